/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay_gate.h - where a TCP relay sends datagrams, and for whom
 *
 * A relay must not become a way into its operator's networks. So it sends to
 * global addresses only, and of those not to networks that this host is in nor
 * to this host itself, where a firewall would not be asked; but for the node's
 * own ports, since a root is often its own relay. Pure: no I/O.
 */
#ifndef TL_SERVICE_RELAY_GATE_H
#define TL_SERVICE_RELAY_GATE_H

#include "base/compiler.h"
#include "wire/endpoint.h"

#define RELAY_PORT_MIN 1025
#define RELAY_PAYLOAD_MIN 16
#define RELAY_NETS_MAX 128
#define RELAY_PORTS_MAX 4

/**
 * struct relay_gate - What is known of this host
 * @allow_private: private networks, this host's, and its other ports too
 * @allow_loopback: for tests
 * @nets:	addresses of this host, with the prefix lengths of their nets
 * @ports:	UDP ports of the node
 */
struct relay_gate {
	bool allow_private;
	bool allow_loopback;
	struct endpoint nets[RELAY_NETS_MAX];
	size_t n_nets;
	uint16_t ports[RELAY_PORTS_MAX];
	size_t n_ports;
};

/* May a datagram go there? */
TL_MUST_USE bool tl_relay_may_send(const struct relay_gate *g,
				   const struct endpoint *to);

/* Who counts as one source of connections: a /24, or a /64. */
TL_MUST_USE bool tl_relay_same_source(const struct endpoint *a,
				      const struct endpoint *b);

#endif /* TL_SERVICE_RELAY_GATE_H */
