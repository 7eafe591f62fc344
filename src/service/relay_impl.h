/* SPDX-License-Identifier: Apache-2.0 */
/* relay_impl.h - what relay.c, who may connect, and relay_conn.c, what then
 * passes, know of each other */
#ifndef TL_SERVICE_RELAY_IMPL_H
#define TL_SERVICE_RELAY_IMPL_H

#include "service/relay.h"
#include "service/relay_gate.h"
#include "service/relay_line.h"
#include "service/service_impl.h"

#define RELAY_LISTENERS 2

/* Of one connection and family; closed while fd is -1. */
struct relay_udp {
	struct relay_conn *conn;
	struct watch watch;
	int fd;
	uint8_t family;
};

/**
 * struct relay_conn - A client
 * @link:	in @relay's strangers or clients, the longest silent first
 * @at_ms:	when it was accepted, or last sent something
 */
struct relay_conn {
	struct list link;
	struct relay *relay;
	struct relay_line line;
	struct endpoint from;
	bool is_greeted;
	int64_t at_ms;
	struct relay_udp udp[2];
};

struct relay_listener {
	struct relay *relay;
	struct watch watch;
	int fd;
};

/**
 * struct relay - The server
 * @bound:	address for UDP sockets, too; family 0: any
 * @strangers:	connections without a greeting
 * @is_short:	of descriptors: accepts again when the timer fires
 * @room:	for one datagram
 */
struct relay {
	struct service *s;
	struct relay_listener listeners[RELAY_LISTENERS];
	struct endpoint bound;
	struct relay_gate gate;
	uint32_t max;
	uint32_t max_per_source;
	struct list strangers;
	struct list clients;
	bool is_short;
	struct relay_counts counts;
	uint8_t room[TCP_RELAY_PAYLOAD_MAX + 1];
};

/* A client has connected; @fd is consumed. */
void tl_relay_conn_new(struct relay *r, int fd, const struct endpoint *from);
void tl_relay_conn_free(struct relay_conn *c);

/* Set the timer to what is due first. */
void tl_relay_plan(struct relay *r);

#endif /* TL_SERVICE_RELAY_IMPL_H */
