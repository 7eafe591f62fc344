/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drop.h - why a packet or frame was not used
 *
 * A bad packet is neither a failure nor an outcome: its handler returns one of
 * these, which is counted by its caller and shown by name. DROP_NONE means the
 * packet was used.
 */
#ifndef TL_BASE_DROP_H
#define TL_BASE_DROP_H

#include <stdint.h>

/* name, text */
#define TL_DROP_REASONS(X)                                                     \
	X(NONE, "not dropped")                                                 \
	X(TOO_SHORT, "datagram too short")                                     \
	X(TOO_LONG, "packet too long")                                         \
	X(MALFORMED, "malformed packet")                                       \
	X(OWN_ADDRESS, "our own address as source")                            \
	X(BAD_FRAGMENT, "impossible fragment number")                          \
	X(REASSEMBLY, "fragments never completed")                             \
	X(DUPLICATE, "packet seen before")                                     \
	X(BAD_SUITE, "unassigned cipher suite")                                \
	X(BAD_MAC, "authentication failed")                                    \
	X(BAD_COMPRESSION, "decompression failed")                             \
	X(NO_PEER, "sender unknown")                                           \
	X(QUEUE_FULL, "queue full")                                            \
	X(QUEUE_TIMEOUT, "waited too long in a queue")                         \
	X(OLD_VERSION, "protocol version too old")                             \
	X(BAD_IDENTITY, "identity invalid")                                    \
	X(COLLISION, "other identity for a known address")                     \
	X(GATE, "rate limit for this sender")                                  \
	X(STRANGER_GATE, "rate limit for strangers")                           \
	X(UNEXPECTED, "reply that nobody asked for")                           \
	X(NOT_UPSTREAM, "only a root may send this")                           \
	X(NOT_CONTROLLER, "only the controller may send this")                 \
	X(BAD_PATH, "address not acceptable for this peer")                    \
	X(HOPS, "too many hops")                                               \
	X(NO_RELAY, "not relaying for this sender")                            \
	X(NO_ROUTE, "no path to the destination")                              \
	X(TRUSTED_PATH, "trusted path not configured")                         \
	X(PEER_TABLE_FULL, "too many peers")                                   \
	X(NOT_JOINED, "network not joined")                                    \
	X(NO_CONFIG, "network not configured yet")                             \
	X(NOT_MEMBER, "sender has no valid certificate of membership")         \
	X(BAD_SIGNATURE, "signature invalid")                                  \
	X(BAD_CREDENTIAL, "credential forged, revoked or older than ours")     \
	X(RULES_OUT, "dropped by the network's rules, outbound")               \
	X(RULES_IN, "dropped by the network's rules, inbound")                 \
	X(RULES_UNKNOWN, "rule that cannot be evaluated")                      \
	X(NOT_BRIDGE, "foreign MAC from a node that is no bridge")             \
	X(NO_MULTICAST, "multicast disabled on this network")                  \
	X(NO_BROADCAST, "broadcast disabled on this network")                  \
	X(NO_RECIPIENT, "nobody to send the multicast to")                     \
	X(BAD_FRAME, "malformed frame")                                        \
	X(NO_NEIGHBOUR, "destination did not answer ARP or NDP")               \
	X(NO_MEMORY, "out of memory or over a limit")                          \
	X(RECEIVE_BUFFER, "application does not read fast enough")             \
	X(UNSUPPORTED, "not supported")

enum drop {
#define X(name, text) DROP_##name,
	TL_DROP_REASONS(X)
#undef X
	DROP_COUNT
};

/**
 * struct drop_counts - How often each reason occurred
 */
struct drop_counts {
	uint64_t n[DROP_COUNT];
};

/* Upper-case name, such as "BAD_MAC". */
const char *tl_drop_name(enum drop reason);

/* One plain phrase for people. */
const char *tl_drop_text(enum drop reason);

/* A sentence for people: what it means, and what to do about it. */
const char *tl_drop_advice(enum drop reason);

#endif /* TL_BASE_DROP_H */
