/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ping.h - what pinging a node and pinging a virtual address have in common
 *
 * Answers are printed as they come, a summary at the end; the exit status is
 * that of ping(8): 0 if somebody answered, 1 if nobody did, 2 for what cannot
 * be done at all.
 */
#ifndef TL_CLI_PING_H
#define TL_CLI_PING_H

#include "cli/cmd.h"

#define PING_TIMEOUT_MS 2000

/**
 * struct ping_options - What to do
 * @target:	as it was given
 * @count:	0: until it is interrupted
 */
struct ping_options {
	const struct cli *cli;
	const char *target;
	int64_t count;
	int64_t interval_ms;
};

/**
 * struct ping_sum - What has been seen; begins zeroed
 */
struct ping_sum {
	int64_t sent;
	int64_t answered;
	int64_t min_us;
	int64_t max_us;
	double total_us;
	double total_square;
	int64_t began_ms;
};

/* To be called once, with the name that is shown. */
void tl_ping_begin(struct ping_sum *sum, const struct ping_options *o,
		   const char *shown);

/* An answer. @way: the object of the service that says how it came, or NULL. */
void tl_ping_answered(struct ping_sum *sum, const struct ping_options *o,
		      const char *from, int64_t seq, int64_t us,
		      const json_t *way);

/* There was none in time. */
void tl_ping_lost(struct ping_sum *sum, const struct ping_options *o,
		  const char *from, int64_t seq);

/* Returns the exit status. */
int tl_ping_end(const struct ping_sum *sum, const struct ping_options *o,
		const char *shown);

/* ping_node.c, ping_virtual.c */
int tl_ping_node(const struct ping_options *o);
int tl_ping_virtual(const struct ping_options *o);

/* "direct 192.0.2.1/9993", "relayed by ROOT", "TCP relay", "" without @way. */
void tl_way_print(char *out, size_t size, const json_t *way);

#endif /* TL_CLI_PING_H */
