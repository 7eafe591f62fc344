/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "wire/compress.h"
#include "wire/lz4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* @data as the compressed payload of a packet, over a room full of @filler. */
static enum drop decompress(struct buffer *packetp, struct bytes data,
			    uint8_t in[PACKET_MAX_LEN],
			    uint8_t out[PACKET_MAX_LEN], int filler)
{
	memset(out, filler, PACKET_MAX_LEN);
	memset(in, 0, PACKET_HEADER_LEN);
	in[PACKET_AT_VERB] = VERB_ECHO | VERB_FLAG_COMPRESSED;
	if (data.n > 0)
		memcpy(in + PACKET_HEADER_LEN, data.at, data.n);
	*packetp = tl_buffer(in, PACKET_HEADER_LEN + data.n);
	return tl_packet_decompress(packetp, tl_buffer(out, PACKET_MAX_LEN));
}

/* What the library takes the plain code takes, too, with the same result. */
static void check_plain(struct bytes block, struct bytes payload)
{
	static uint8_t room[PACKET_MAX_LEN];
	size_t n = tl_lz4_decode_plain(TL_BUFFER_OF(room), block);

	tl_assert(tl_bytes_equal(tl_bytes(room, n), payload));
}

/* The result depends on the block alone, never on what was in the buffer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static uint8_t in[PACKET_MAX_LEN];
	static uint8_t out[2][PACKET_MAX_LEN];
	struct buffer a;
	struct buffer b;
	enum drop drop;

	if (n > PACKET_MAX_LEN - PACKET_HEADER_LEN)
		return 0;
	drop = decompress(&a, tl_bytes(data, n), in, out[0], 0x00);
	tl_assert(drop == decompress(&b, tl_bytes(data, n), in, out[1], 0xff));
	if (drop != DROP_NONE) {
		(void)tl_lz4_decode_plain(TL_BUFFER_OF(in), tl_bytes(data, n));
		return 0;
	}
	tl_assert(tl_bytes_equal(tl_buffer_bytes(a), tl_buffer_bytes(b)));
	check_plain(tl_bytes(data, n),
		    tl_buffer_bytes(tl_buffer_skip(a, PACKET_AT_PAYLOAD)));

	/* And back: whatever it is compressed to gives the same again. */
	a.n = tl_packet_compress(a);
	drop = tl_packet_decompress(&a, TL_BUFFER_OF(in));
	tl_assert(drop == DROP_NONE);
	tl_assert(tl_bytes_equal(tl_buffer_bytes(a), tl_buffer_bytes(b)));
	return 0;
}
