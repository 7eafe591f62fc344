/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay.h - a TCP relay: UDP for those who have none (vl1.md 7.13)
 *
 * Each connection has one UDP socket for each family, through which what it
 * sends goes out and what comes back is returned. The relay reads nothing of
 * the packets. relay_gate.h says where it sends.
 *
 * Limits: connections in all and of one /24 or /64; RELAY_GREETING_MS until the
 * first message, RELAY_IDLE_MS between two; RELAY_LINE_QUEUE bytes that a
 * client does not read, after which datagrams are dropped.
 */
#ifndef TL_SERVICE_RELAY_H
#define TL_SERVICE_RELAY_H

#include "service/service.h"

#define RELAY_IDLE_MS 300000
#define RELAY_GREETING_MS 10000

/**
 * struct relay_counts - Since the start, but for @connections: now
 * @refused:	connections above a limit
 * @broken:	ended because what came made no sense
 * @idle:	ended because nothing came
 * @to_udp, @from_udp: datagrams passed on, and their bytes
 * @denied:	not sent: a destination or a size that is not allowed
 * @dropped:	not passed on: somebody does not take them fast enough
 */
struct relay_counts {
	uint64_t connections;
	uint64_t accepted;
	uint64_t refused;
	uint64_t broken;
	uint64_t idle;
	uint64_t to_udp;
	uint64_t to_udp_bytes;
	uint64_t from_udp;
	uint64_t from_udp_bytes;
	uint64_t denied;
	uint64_t dropped;
};

struct relay;

/**
 * tl_relay_open() - Listen, if the options say so
 * @o:		its relay fields
 *
 * Return: 0, or a negative errno with one line in @error.
 */
TL_MUST_USE int tl_relay_open(struct service *s,
			      const struct service_options *o,
			      char error[SERVICE_ERROR_SIZE]);

/* Ends all connections. Accepts that it was never opened. */
void tl_relay_close(struct service *s);

/* Addresses of this host may have changed. */
void tl_relay_refresh(struct service *s);

/* NULL if there is no relay here. */
const struct relay_counts *tl_relay_counts(const struct service *s);

#endif /* TL_SERVICE_RELAY_H */
