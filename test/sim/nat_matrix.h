/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nat_matrix.h - do two members behind NATs get a direct path, and how soon
 *
 * Two members of a network, with a root and its controller on the Internet,
 * send frames to each other through every pair of types of NAT. The table in
 * doc/nat.md is what this measures.
 */
#ifndef TL_TEST_NAT_MATRIX_H
#define TL_TEST_NAT_MATRIX_H

#include <stdint.h>
#include <stdio.h>

enum nat_type {
	TYPE_NONE,
	TYPE_FULL_CONE,
	TYPE_ADDRESS,
	TYPE_PORT,
	TYPE_SEQUENTIAL,
	TYPE_RANDOM,
	TYPE_CARRIER,
	TYPE_BLOCKED,
	N_NAT_TYPES,
};

/* Two members whose places have to do with each other. */
enum nat_shared {
	SHARED_LAN,
	SHARED_LAN_HAIRPIN,
	SHARED_CARRIER,
	SHARED_CARRIER_HAIRPIN,
	SHARED_IP6,
	N_NAT_SHARED,
};

#define NAT_SEEDS 15
#define NAT_WAIT_MS 60000

/**
 * struct nat_cell - What came of it
 * @n_direct:	of NAT_SEEDS: both had a direct path within NAT_WAIT_MS
 * @n_reached:	frames got through at the end
 * @median_ms, @slowest_ms: from the first frame to the path, of those that are
 *		direct
 */
struct nat_cell {
	unsigned int n_direct;
	unsigned int n_reached;
	int64_t median_ms;
	int64_t slowest_ms;
};

const char *nat_type_name(enum nat_type t);
const char *nat_shared_name(enum nat_shared s);

struct nat_cell nat_measure(enum nat_type a, enum nat_type b);
struct nat_cell nat_measure_shared(enum nat_shared how);

/* The tables of doc/nat.md, in its form. */
void nat_print_tables(FILE *out);

#endif /* TL_TEST_NAT_MATRIX_H */
