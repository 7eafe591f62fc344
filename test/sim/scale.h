/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scale.h - many nodes on one network: do they all reach each other, and what
 * does that cost
 *
 * Three roots, a controller and @n members, each of which talks to a few others
 * drawn at random. Then roots die and return, and a third of the members change
 * their address; after each the same pairs must reach each other again.
 */
#ifndef TL_TEST_SCALE_H
#define TL_TEST_SCALE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SCALE_ROOTS 3
#define SCALE_OTHERS (SCALE_ROOTS + 1) /* and the controller */
#define SCALE_PARTNERS 5

/* Bounds, in milliseconds of virtual time. */
#define SCALE_ROOT_LOST_MS 10000
#define SCALE_ROOT_BACK_MS 10000
#define SCALE_TOLD_MS 10000
#define SCALE_MOVED_MS 35000 /* a root hears of it after up to 25 s */
#define SCALE_FIRST_MS 10000

/* Bounds of memory, in bytes. */
#define SCALE_NODE_BYTES 300000
#define SCALE_PEER_BYTES 10000

/**
 * struct scale_result - What it took; times are virtual milliseconds
 * @online_ms:	until all had reached a root
 * @joined_ms:	until all were members, from then
 * @first_ms:	until all pairs had exchanged a frame, from then
 * @lost_ms:	likewise, from the death of two roots of three
 * @back_ms:	likewise, from the return of these and the death of the third
 * @told_ms:	likewise, since a sixth of the members changed their address
 * @moved_ms:	likewise, since that of a sixth was changed
 * @idle_bytes:	sent by a node in a minute in which nothing is said
 * @node_bytes:	memory of a node that knows only roots
 * @peer_bytes:	and of each further peer
 * @cpu_s:	all of it, of all nodes
 * @idle_cpu_s:	of all nodes in that minute
 * @n_peers:	known to a member, on average
 */
struct scale_result {
	int64_t online_ms;
	int64_t joined_ms;
	int64_t first_ms;
	int64_t lost_ms;
	int64_t back_ms;
	int64_t told_ms;
	int64_t moved_ms;
	uint64_t idle_bytes;
	size_t node_bytes;
	size_t peer_bytes;
	double cpu_s;
	double idle_cpu_s;
	unsigned int n_peers;
};

/* How long all may take to come online and to join. */
int64_t scale_start_bound(unsigned int n);

/* Fails the test where a bound is passed. @log: told of each phase, or NULL. */
struct scale_result scale_run(unsigned int n, uint64_t seed, FILE *log);

#endif /* TL_TEST_SCALE_H */
