/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checksum.h - the Internet checksum (RFC 1071)
 */
#ifndef TL_STACK_CHECKSUM_H
#define TL_STACK_CHECKSUM_H

#include "base/bytes.h"

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

#endif /* TL_STACK_CHECKSUM_H */
