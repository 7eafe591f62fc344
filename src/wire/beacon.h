/* SPDX-License-Identifier: Apache-2.0 */
/*
 * beacon.h - "here I am" on the local network (doc/protocol.md)
 *
 * Our own format, sent to a multicast group of our own, where no other
 * implementation listens:
 *
 *	 0        4   5   6      8          16          87  88      88+8N
 *	 +--------+---+---+------+----------+-----------+---+--------+
 *	 |"TLbc"  | 1 | 0 |port  | instance | identity  | N | N hints|
 *	 +--------+---+---+------+----------+-----------+---+--------+
 *
 * A hint tells those who know a network's ID that the sender has joined it, and
 * others nothing: it is a hash of the ID, the sender and the instance. Bytes
 * behind the hints are ignored; a beacon of a higher version is not parsed.
 * Nothing in it is authentic.
 */
#ifndef TL_WIRE_BEACON_H
#define TL_WIRE_BEACON_H

#include "wire/identity.h"

#define BEACON_VERSION 1
#define BEACON_MAX_HINTS 16
#define BEACON_MAX_LEN (17 + IDENTITY_WIRE_LEN + 8 * BEACON_MAX_HINTS)

/**
 * struct beacon - What a node says of itself
 * @port:	of its UDP sockets, not 0
 * @instance:	random number of this run, not 0
 * @identity:	without private key
 * @hints:	tl_beacon_hint() of its networks
 */
struct beacon {
	uint16_t port;
	uint64_t instance;
	struct identity identity;
	uint64_t hints[BEACON_MAX_HINTS];
	unsigned int n_hints;
};

/* What @who, running as @instance, says if it has joined @net. */
uint64_t tl_beacon_hint(struct network_id net, struct address who,
			uint64_t instance);

void tl_write_beacon(struct writer *w, const struct beacon *b);

/* False if it is no beacon of our version, or malformed. */
TL_MUST_USE bool tl_beacon_parse(struct beacon *out, struct bytes datagram);

#endif /* TL_WIRE_BEACON_H */
