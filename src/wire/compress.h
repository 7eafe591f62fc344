/* SPDX-License-Identifier: Apache-2.0 */
/* compress.h - LZ4 payloads (vl1.md 2.7) */
#ifndef TL_WIRE_COMPRESS_H
#define TL_WIRE_COMPRESS_H

#include "base/drop.h"
#include "wire/header.h"

/**
 * tl_packet_compress() - Compress the payload if that makes it shorter
 * @packet:	not yet armored
 *
 * Return: the new length of the packet, at most @packet.n; the verb's flag says
 * whether anything was done.
 */
size_t tl_packet_compress(struct buffer packet);

/**
 * tl_packet_decompress() - Undo compression if the verb's flag asks for it
 * @out:	room for PACKET_MAX_LEN bytes, used only if there is something
 *		to decompress; the whole packet with the flag cleared goes there
 * @packetp:	in: a verified packet; out: the packet to use, either the same
 *		bytes or @out
 *
 * Return: DROP_NONE or DROP_BAD_COMPRESSION. Blocks with offset 0 are refused.
 */
TL_MUST_USE enum drop tl_packet_decompress(struct buffer *packetp,
					   struct buffer out);

#endif /* TL_WIRE_COMPRESS_H */
