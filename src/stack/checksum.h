/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checksum.h - the Internet checksum (RFC 1071)
 */
#ifndef TL_STACK_CHECKSUM_H
#define TL_STACK_CHECKSUM_H

#include "base/bytes.h"

/**
 * tl_checksum_copy() - Copy @n bytes, and add them up on the way
 *
 * Return: their sum as 16-bit words in the machine's order, folded, as if @from
 * were even; to be added to others of tl_checksum_copy().
 */
uint16_t tl_checksum_copy(uint8_t *to, const uint8_t *from, size_t n);

/* Sum of @b as 16-bit words in network order, folded; not complemented. */
uint16_t tl_checksum_sum(struct bytes b);

/* The checksum of @b, as it is stored with tl_store_be16(). */
uint16_t tl_checksum_of(struct bytes b);

/**
 * tl_checksum_transport() - Checksum of a transport message in an IP packet
 * @packet:	the whole IP packet, version 4 or 6, well-formed
 * @offset:	where the message starts; its checksum field counts, so zero it
 * @protocol:	of the pseudo header
 */
uint16_t tl_checksum_transport(struct bytes packet, size_t offset,
			       uint8_t protocol);

/* Likewise, of a message whose bytes from @payload on, an even number behind
 * @offset, have the sum @sum by tl_checksum_copy(). */
uint16_t tl_checksum_copied(struct bytes packet, size_t offset, size_t payload,
			    uint8_t protocol, uint16_t sum);

#endif /* TL_STACK_CHECKSUM_H */
