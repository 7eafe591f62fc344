/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_impl.h - what the files of the simulator know of each other
 *
 * sim.c owns the clock and the nodes' lives, sim_host.c is what a node asks of
 * its host, sim_wire.c takes datagrams from one host to another. Not for tests.
 */
#ifndef TL_TEST_SIM_IMPL_H
#define TL_TEST_SIM_IMPL_H

#include "sim.h"
#include "sim_queue.h"

/**
 * struct sim_realm - One space of addresses: the Internet, or a LAN
 * @nat:	what leads out of it; NULL: the Internet
 * @n_given:	addresses given out so far
 */
struct sim_realm {
	uint32_t number;
	struct sim_nat *nat;
	unsigned int n_given;
	bool is_carrier;
};

struct sim_nat {
	struct sim *sim;
	struct nat core;
	struct sim_place place; /* of its outside */
	struct sim_realm inside;
	struct sim_nat *next;
};

/* What is between two hosts, if anything was ever said of them. */
struct pair {
	struct map_node node;
	uint64_t key;
	uint64_t traffic;
	bool is_cut;
};

struct sim {
	struct sim_options o;
	struct sim_random random;
	int64_t now;
	unsigned int n;
	struct packet_pool pool;
	struct sim_node *nodes;
	unsigned int *touched;
	unsigned int n_touched;
	struct sim_queue queue;
	struct sim_realm internet;
	struct sim_nat *nats;
	uint32_t n_realms;
	struct map places;
	struct map pairs;
	bool is_parted;
	uint8_t planet[WORLD_WIRE_MAX];
	size_t planet_len;
};

/* sim.c: something happened at the host: its timers must be looked at. */
void sim_touch(struct sim_node *node);

/* sim_host.c */
extern const struct node_host sim_node_host;
extern const struct vl2_host sim_vl2_host;

/* sim_wire.c */
void sim_wire_init(struct sim *s);
void sim_wire_fini(struct sim *s);
void sim_wire_settle(struct sim_node *node);
/* A datagram leaves @from by @socket. @ttl 0: the default. */
void sim_wire_send(struct sim_node *from, int socket, const struct endpoint *to,
		   struct bytes head, struct bytes rest, int ttl);
/* Both consume the event. */
void sim_wire_arrive(struct sim *s, struct event *e);
void sim_wire_deliver(struct sim *s, struct event *e);

#endif /* TL_TEST_SIM_IMPL_H */
