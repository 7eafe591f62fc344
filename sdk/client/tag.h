/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tag.h - what the descriptor itself knows (SO_INCOMING_CPU, see proto.h)
 *
 * One getsockopt(2), safe in signal handlers, after vfork and in sandboxes.
 * Nothing is cached: the kernel's socket is the only memory, so dup, fork, exec
 * and passing need no care.
 */
#ifndef TL_SDK_CLIENT_TAG_H
#define TL_SDK_CLIENT_TAG_H

#include <netinet/in.h>

#include "base/bytes.h"
#include "rpc/proto.h"

/* Bits that only the client uses, beside those of enum tag_bits. With them all
 * of 0x01ffffff are in use. */
#define TAG_FILLED 0x00010000 /* connect wrote filler: no second attempt */
#define TAG_REPORTED 0x00020000 /* connect reported success: now EISCONN */
#define TAG_OPTIONS 0x00040000 /* the service was told options */
#define TAG_SENT 0x00080000 /* a datagram was sent without connect */
#define TAG_SHUT 0x00100000 /* a listener that the program has shut down */
#define TAG_OLD_HOPS 0x00400000 /* IPV6_2292HOPLIMIT */
#define TAG_ENDPOINT_SHIFT 23

/**
 * tl_tag_get() - Is it ours, and what is it?
 *
 * Return: true and the tag, if @fd is one of our sockets; false for anything
 * else, closed descriptors included. Leaves errno alone.
 */
TL_MUST_USE bool tl_tag_get(uint32_t *tag, int fd);

/* Adds and takes away bits. @fd is known to be ours. */
void tl_tag_change(int fd, uint32_t add, uint32_t remove);

/* The number of the service that made it (endpoint.h). It is 0 but in
 * applications that run several nodes. */
static inline unsigned int tl_tag_endpoint(uint32_t tag)
{
	return (tag & TAG_ENDPOINT) >> TAG_ENDPOINT_SHIFT;
}

/* Sockets of records: UDP ones, and those for ICMP echo requests. */
static inline bool tl_tag_is_udp(uint32_t tag)
{
	return (tag & TAG_DGRAM) != 0;
}

/* What socket(2) was told, or might have been. */
static inline int tl_tag_protocol(uint32_t tag)
{
	if (tag & TAG_ICMP)
		return tag & TAG_DOMAIN6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	return tag & TAG_DGRAM ? IPPROTO_UDP : IPPROTO_TCP;
}

#endif /* TL_SDK_CLIENT_TAG_H */
