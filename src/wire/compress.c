/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/compress.h"

#include <string.h>

#include "wire/lz4.h"

#define PAYLOAD_MAX (PACKET_MAX_LEN - PACKET_HEADER_LEN)

/* Payloads of this length or less are not worth it. */
#define PAYLOAD_TOO_SHORT 64

size_t tl_packet_compress(struct buffer packet)
{
	struct buffer payload = tl_buffer_skip(packet, PACKET_AT_PAYLOAD);
	uint8_t shorter[PAYLOAD_MAX];
	size_t n;

	if (payload.n <= PAYLOAD_TOO_SHORT || payload.n > PAYLOAD_MAX ||
	    packet.at[PACKET_AT_VERB] & VERB_FLAG_COMPRESSED)
		return packet.n;

	n = tl_lz4_encode(tl_buffer(shorter, payload.n - 1),
			  tl_buffer_bytes(payload));
	if (n == 0)
		return packet.n;
	memcpy(payload.at, shorter, n);
	packet.at[PACKET_AT_VERB] |= VERB_FLAG_COMPRESSED;
	return PACKET_HEADER_LEN + n;
}

/* A length in a token goes on in the bytes that follow if it is 15. */
static size_t read_length(struct reader *r, unsigned int nibble)
{
	size_t n = nibble;
	uint8_t more;

	if (nibble != 15)
		return n;
	do {
		more = tl_read_u8(r);
		n += more;
	} while (more == 255);
	return n;
}

/*
 * A match at offset 0 copies bytes from where they are about to be written, so
 * that what comes out is whatever the buffer held before: ours, or somebody
 * else's packet. The library lets it pass, so walk over all sequences first.
 */
static bool has_offset_zero(struct bytes block)
{
	struct reader r = tl_reader(block);

	while (r.rest.n > 0) {
		unsigned int token = tl_read_u8(&r);

		tl_read_skip(&r, read_length(&r, token >> 4));
		if (r.rest.n == 0)
			break; /* the last sequence has no match */
		if (tl_read_be16(&r) == 0 && tl_reader_ok(&r))
			return true;
		read_length(&r, token & 15);
	}
	return false;
}

enum drop tl_packet_decompress(struct buffer *packetp, struct buffer out)
{
	struct buffer in = *packetp;
	struct buffer payload = tl_buffer_skip(in, PACKET_AT_PAYLOAD);
	size_t n = 0;

	if (!(in.at[PACKET_AT_VERB] & VERB_FLAG_COMPRESSED))
		return DROP_NONE;

	tl_assert(out.n >= PACKET_MAX_LEN);
	if (payload.n > 0) {
		if (payload.n > PAYLOAD_MAX ||
		    has_offset_zero(tl_buffer_bytes(payload)))
			return DROP_BAD_COMPRESSION;
		n = tl_lz4_decode(tl_buffer(out.at + PACKET_AT_PAYLOAD,
					    PAYLOAD_MAX),
				  tl_buffer_bytes(payload));
		if (n == 0)
			return DROP_BAD_COMPRESSION;
	}

	memcpy(out.at, in.at, PACKET_HEADER_LEN);
	out.at[PACKET_AT_VERB] &= (uint8_t)~VERB_FLAG_COMPRESSED;
	*packetp = tl_buffer(out.at, PACKET_HEADER_LEN + n);
	return DROP_NONE;
}
