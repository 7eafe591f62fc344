/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim.h - whole nodes in one process and in virtual time
 *
 * A simulation owns nodes, a clock, and the wires and NATs between them; all
 * chance comes from one seed. A run of minutes takes milliseconds and is the
 * same each time. It begins as one flat network where every host has an address
 * of its own; hosts are put behind NATs, get links, and are parted by calls.
 *
 * The environment variable TL_SEED replaces the seed of every simulation. A
 * test that ends while one is there has failed, and the command that repeats it
 * is printed.
 */
#ifndef TL_TEST_SIM_H
#define TL_TEST_SIM_H

#include <stdio.h>

#include "base/map.h"
#include "sim_link.h"
#include "sim_nat.h"
#include "vl1/node.h"
#include "vl2/vl2.h"

#define SIM_START_MS INT64_C(1700000000000)
#define SIM_SOCKETS_MAX 3 /* of one family */
#define SIM_PORT 9993
#define SIM_PORT_STEP 10000
#define SIM_PAIRS_NODES_MAX 64 /* sim_traffic() counts up to so many nodes */
#define SIM_BACKLOG_MAX 256 /* datagrams that wait for a stalled node */

struct sim;
struct sim_controller;
struct sim_nat;
struct sim_realm;

/* A frame that a node's port received. */
struct sim_frame {
	struct network_id net;
	struct mac source;
	struct mac dest;
	uint16_t ethertype;
	size_t n;
	size_t room;
	uint8_t *payload;
};

/* An address in a realm: of a host, or of a NAT's outside. */
struct sim_place {
	struct map_node map_node;
	struct sim_realm *realm;
	struct endpoint at; /* the port is 0 */
	struct sim_node *host;
	struct sim_nat *nat;
};

/**
 * struct sim_node - One host with one node
 * @at:		what it takes for its IPv4 endpoint, at its first socket
 * @at6:	likewise IPv6; nil if it has none
 * @places:	where it is, IPv4 and IPv6
 * @group:	see sim_part()
 * @is_down:	it neither hears nor does anything
 * @stalled_until: it does nothing until then, but datagrams wait
 * @up:		from the host
 * @down:	to the host
 * @n_frames:	frames delivered to its port
 * @last:	the newest of them
 * @n_echoes:	answers to tl_node_echo()
 * @echo_hops:	of the newest of them
 * @echo_payload: its bytes, @echo_n of them
 * @n_traced:	reports that it got as an observer, @n_learned of new paths
 * @controller:	NULL if it has none; see sim_controller.h
 * @data:	for the test's use
 */
struct sim_node {
	struct sim *sim;
	unsigned int index;
	struct identity id;
	struct endpoint at;
	struct endpoint at6;
	struct sim_place places[2];
	unsigned int group;
	bool is_down;
	int64_t stalled_until;
	unsigned int n_backlog;
	struct sim_link up;
	struct sim_link down;
	struct node *node;
	struct vl2 *vl2;
	struct sim_controller *controller;
	unsigned int n_traced;
	unsigned int n_learned;
	unsigned int n_frames;
	struct sim_frame last;
	unsigned int n_echoes;
	unsigned int echo_hops;
	uint8_t echo_payload[64];
	size_t echo_n;
	uint64_t n_sent;
	uint64_t n_received;
	uint64_t bytes_sent;
	int64_t timer_ms;
	bool is_touched;
	void *data;
};

/**
 * struct sim_options - What is the same for all
 * @n_roots:	the first nodes; 0 is as 1
 * @n_sockets:	local ports of a host, SIM_PORT_STEP apart; 0 is as 1
 * @is_internet: addresses are global, not of 10.0.0.0/8
 * @has_ip6:	every host has an IPv6 address too
 * @jitter_ms:	reorders when above the gap of datagrams
 * @on_frame:	called for each frame that a port gets; may be NULL
 */
struct sim_options {
	unsigned int n_roots;
	unsigned int n_sockets;
	bool is_internet;
	bool has_ip6;
	uint64_t seed;
	int64_t delay_ms;
	int64_t jitter_ms;
	unsigned int loss_percent;
	void (*on_frame)(struct sim_node *to);
};

/* @n nodes, started; up to sim_pool_size(). */
struct sim *sim_new(unsigned int n, const struct sim_options *o);

/* Every packet must be back in the pool when the nodes are gone. */
void sim_free(struct sim *s);
struct sim_node *sim_node(struct sim *s, unsigned int i);
unsigned int sim_count(const struct sim *s);
int64_t sim_now(const struct sim *s);
struct sim_random *sim_chance(struct sim *s);

/* The seeds a test should go through, of @n from @first: all, or TL_SEED. */
uint64_t sim_first_seed(uint64_t first);
unsigned int sim_n_seeds(unsigned int n);

/* Let @ms pass. */
void sim_run(struct sim *s, int64_t ms);

/* Run until @done is true, @ms at most. Return: whether it is. */
bool sim_run_until(struct sim *s, bool (*done)(struct sim *s), int64_t ms);

/* Call @fn in @ms. It may do what a test may, but not run the simulation. */
void sim_after(struct sim *s, int64_t ms, void (*fn)(struct sim *s, void *ctx),
	       void *ctx);

/* Lose everything between two hosts, both ways, or no more. */
void sim_cut(struct sim *s, unsigned int a, unsigned int b, bool is_cut);

/* Hosts of different groups hear nothing of each other; all begin in 0. */
void sim_part(struct sim *s, unsigned int i, unsigned int group);

/* The wire of a host, both ways. */
void sim_set_link(struct sim *s, unsigned int i, const struct link_config *c);

/* Loss and delay between any two hosts from now on. */
void sim_set_weather(struct sim *s, int64_t delay_ms, int64_t jitter_ms,
		     unsigned int loss_percent);

/* The power is off, or on again; the node remembers everything. */
void sim_power(struct sim *s, unsigned int i, bool is_on);

/* The node does nothing for @ms, as when its machine sleeps or its process
 * hangs; SIM_BACKLOG_MAX datagrams wait for it. */
void sim_stall(struct sim *s, unsigned int i, int64_t ms);

/* The node starts anew and has forgotten all but its identity. */
void sim_restart(struct sim *s, unsigned int i);

/* Its NAT gives it another address, the last byte of which is @last; itself it
 * does not notice. */
void sim_move(struct sim *s, unsigned int i, uint8_t last);

/* It has a new address. Unless it @is_told it does not know, and IPv6 stays. */
void sim_readdress(struct sim *s, unsigned int i, bool is_told);

/**
 * sim_nat_new() - A NAT with a LAN inside
 * @behind:	another one that it is behind of (a carrier's); NULL: none
 *
 * LANs have the same addresses, 192.168.1.2 and so on, as they do; that behind
 * which another NAT can be has 100.64.0.0/10. Owned by the simulation.
 */
struct sim_nat *sim_nat_new(struct sim *s, const struct nat_config *c,
			    struct sim_nat *behind);

/* Move a host into the LAN of @nat; NULL: to the Internet, at an address of its
 * own again. IPv6 stays as it was: it is not translated. */
void sim_put_behind(struct sim *s, unsigned int i, struct sim_nat *nat);

/* All its bindings are gone; with @has_moved its address is a new one too. */
void sim_nat_reboot(struct sim_nat *nat, bool has_moved);

struct nat *sim_nat_core(struct sim_nat *nat);

/* Datagrams between two hosts, both ways; few nodes only. */
uint64_t sim_traffic(const struct sim *s, unsigned int a, unsigned int b);

/* Send a frame from @from's port on @net to @dest. */
void sim_send(struct sim_node *from, struct network_id net, struct mac dest,
	      uint16_t ethertype, const void *payload, size_t n);

/* Likewise with another source, as a bridge does. */
void sim_send_as(struct sim_node *from, struct network_id net,
		 struct mac source, struct mac dest, uint16_t ethertype,
		 struct bytes payload);

/* What host @i knows of host @about and its paths; times are milliseconds
 * ago. */
void sim_explain(FILE *out, struct sim *s, unsigned int i, unsigned int about);

#endif /* TL_TEST_SIM_H */
