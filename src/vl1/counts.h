/* SPDX-License-Identifier: Apache-2.0 */
/*
 * counts.h - what a node counts, for those who watch it
 *
 * Nothing in the protocol depends on it.
 */
#ifndef TL_VL1_COUNTS_H
#define TL_VL1_COUNTS_H

#include <stddef.h>
#include <stdint.h>

#define COUNT_VERBS 32
#define COUNT_ERRORS 16
#define LATENCY_BUCKETS 11 /* the last one is for all above */

/* Upper ends of the buckets, as the reference has them; the last has none. */
extern const uint16_t tl_latency_ends_ms[LATENCY_BUCKETS - 1];

/* Round trips by their length. */
struct latency_counts {
	uint32_t n[LATENCY_BUCKETS];
	uint64_t sum_ms;
};

void tl_latency_count(struct latency_counts *l, int64_t rtt_ms);

/**
 * struct peer_counts - Of one peer
 * @received, @sent: authentic packets, relayed ones too
 * @errors:	ERROR packets among @received
 */
struct peer_counts {
	uint64_t received;
	uint64_t sent;
	uint64_t errors;
	struct latency_counts latency;
};

/**
 * struct node_counts - Of all
 * @received, @sent: authentic packets by verb
 * @errors_received, @errors_sent: ERROR packets by their code
 * @relayed:	datagrams passed on for others
 */
struct node_counts {
	uint64_t received[COUNT_VERBS];
	uint64_t sent[COUNT_VERBS];
	uint64_t errors_received[COUNT_ERRORS];
	uint64_t errors_sent[COUNT_ERRORS];
	uint64_t relayed;
	uint64_t relayed_bytes;
	struct latency_counts latency;
};

/* What there is now: peers, paths, and packets that wait. */
struct node_sizes {
	size_t peers;
	size_t paths;
	size_t waiting_to_send;
	size_t waiting_to_decode;
};

#endif /* TL_VL1_COUNTS_H */
