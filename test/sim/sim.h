/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim.h - whole nodes in one process and in virtual time
 *
 * A simulation owns nodes, a clock, and a wire between them that delays, loses
 * and reorders datagrams by a seeded generator, and can be cut between any two
 * hosts. A run of minutes takes milliseconds and is the same each time.
 */
#ifndef TL_TEST_SIM_H
#define TL_TEST_SIM_H

#include "vl1/node.h"
#include "vl2/vl2.h"

#define SIM_NODES_MAX 64
#define SIM_START_MS INT64_C(1700000000000)

struct sim;
struct sim_controller;

/* A frame that a node's port received. */
struct sim_frame {
	struct network_id net;
	struct mac source;
	struct mac dest;
	uint16_t ethertype;
	size_t n;
	uint8_t payload[10000];
};

/**
 * struct sim_node - One host with one node, at 10.0.0.(index + 1), port 9993
 * @is_down:	it neither hears nor does anything
 * @public_at:	where the others see it; @at unless sim_move() was called
 * @n_frames:	frames delivered to its port
 * @last:	the newest of them
 * @controller:	NULL if it has none; see sim_controller.h
 */
struct sim_node {
	struct sim *sim;
	unsigned int index;
	struct identity id;
	struct endpoint at;
	struct endpoint public_at;
	bool is_down;
	struct node *node;
	struct vl2 *vl2;
	struct sim_controller *controller;
	unsigned int n_frames;
	struct sim_frame last;
	uint64_t n_sent;
	uint64_t n_received;
};

/* @n_roots: the first nodes; 0 is as 1. */
struct sim_options {
	unsigned int n_roots;
	uint64_t seed;
	int64_t delay_ms;
	int64_t jitter_ms; /* reorders when above the gap of datagrams */
	unsigned int loss_percent;
};

/* @n nodes, started. */
struct sim *sim_new(unsigned int n, const struct sim_options *o);
void sim_free(struct sim *s);
struct sim_node *sim_node(struct sim *s, unsigned int i);
int64_t sim_now(const struct sim *s);

/* Let @ms pass. */
void sim_run(struct sim *s, int64_t ms);

/* Run until @done is true, @ms at most. Return: whether it is. */
bool sim_run_until(struct sim *s, bool (*done)(struct sim *s), int64_t ms);

/* Lose everything between two hosts, both ways, or no more. */
void sim_cut(struct sim *s, unsigned int a, unsigned int b, bool is_cut);

/* The power is off, or on again; the node remembers everything. */
void sim_power(struct sim *s, unsigned int i, bool is_on);

/* The node starts anew and has forgotten all but its identity. */
void sim_restart(struct sim *s, unsigned int i);

/* Its NAT gives it another address, 10.0.0.@last, port 9993. */
void sim_move(struct sim *s, unsigned int i, uint8_t last);

/* Datagrams between two hosts, both ways. */
uint64_t sim_traffic(const struct sim *s, unsigned int a, unsigned int b);

/* Send a frame from @from's port on @net to @dest. */
void sim_send(struct sim_node *from, struct network_id net, struct mac dest,
	      uint16_t ethertype, const void *payload, size_t n);

#endif /* TL_TEST_SIM_H */
