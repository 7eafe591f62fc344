/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_nat.h - a NAT for UDP in the terms of RFC 4787
 *
 * A pure machine that rewrites endpoints: no datagrams, no wires. Whoever
 * routes asks it what becomes of a datagram that leaves and of one that comes
 * in. Owns its bindings; their number is bounded, and a full NAT lets nobody
 * new out.
 */
#ifndef TL_TEST_SIM_NAT_H
#define TL_TEST_SIM_NAT_H

#include "base/map.h"
#include "sim_random.h"
#include "wire/endpoint.h"

#define NAT_FIRST_PORT 1024
#define NAT_BINDINGS_MAX 4096
#define NAT_PERMITS_MAX 64
#define NAT_TIMEOUT_MS 120000 /* RFC 4787 REQ-5: no less */

/* What of the remote endpoint counts (RFC 4787 4.1, 5). */
enum nat_scope {
	NAT_INDEPENDENT, /* nothing */
	NAT_ADDRESS, /* its address */
	NAT_ADDRESS_AND_PORT,
};

/* Where the port of a new binding comes from (RFC 4787 4.2). */
enum nat_ports {
	NAT_PRESERVING, /* the one inside, if it is free; else the next */
	NAT_SEQUENTIAL,
	NAT_RANDOM,
};

/**
 * struct nat_config - What kind of NAT it is; all zeroes: a "full cone"
 * @mapping:	when two datagrams of one endpoint inside share a binding
 * @filtering:	who may send to a binding: whoever, or whom it was used for
 * @hairpins:	hosts inside reach one another by the addresses outside
 * @is_kept_by_inbound: what comes in refreshes a binding too
 * @is_blocking: no UDP at all
 * @timeout_ms:	how long an unused binding lasts; 0: NAT_TIMEOUT_MS
 */
struct nat_config {
	enum nat_scope mapping;
	enum nat_scope filtering;
	enum nat_ports ports;
	bool hairpins;
	bool is_kept_by_inbound;
	bool is_blocking;
	int64_t timeout_ms;
};

/**
 * struct nat - A NAT in use
 * @outside:	its address there; the port is 0
 */
struct nat {
	struct nat_config config;
	struct endpoint outside;
	struct map by_inside;
	struct map by_port;
	unsigned int next_port;
	struct sim_random random;
};

void nat_init(struct nat *n, const struct nat_config *c,
	      const struct endpoint *outside, uint64_t seed);
void nat_fini(struct nat *n);

/* Forget all bindings, as one does that was switched off. */
void nat_reboot(struct nat *n);

/**
 * nat_out() - A datagram leaves
 * @source:	endpoint inside; becomes the one outside
 *
 * Return: false if it does not get out.
 */
bool nat_out(struct nat *n, struct endpoint *source,
	     const struct endpoint *dest, int64_t now);

/**
 * nat_in() - A datagram comes in
 * @dest:	endpoint outside; becomes the one inside
 *
 * Return: false if it is not let in.
 */
bool nat_in(struct nat *n, struct endpoint *dest, const struct endpoint *source,
	    int64_t now);

#endif /* TL_TEST_SIM_NAT_H */
