/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/fragment.h"

#include <string.h>

/* With fewer bytes, not even the header might fit the first part. */
#define SMALLEST_MTU 64

struct cuts tl_fragment_plan(size_t len, size_t mtu)
{
	struct cuts none = { 0 };
	size_t n = 1;
	size_t size;

	if (len < PACKET_HEADER_LEN || len > PACKET_MAX_LEN)
		return none;
	if (len <= mtu)
		return (struct cuts){ .n = 1, .head_len = len };
	if (mtu < SMALLEST_MTU)
		return none;

	/* Each part costs a header more: share all that leaves equally. */
	while (len + (n - 1) * FRAGMENT_HEADER_LEN > n * mtu)
		n++;
	if (n > FRAGMENT_MAX_PARTS)
		return none;
	size = (len + (n - 1) * FRAGMENT_HEADER_LEN + n - 1) / n;
	return (struct cuts){ .n = (unsigned int)n,
			      .head_len = size,
			      .part_len = size - FRAGMENT_HEADER_LEN };
}

void tl_fragment_header(uint8_t out[FRAGMENT_HEADER_LEN],
			const uint8_t packet[PACKET_HEADER_LEN],
			unsigned int no, unsigned int total)
{
	tl_assert(total <= FRAGMENT_MAX_PARTS && no >= 1 && no < total);

	memcpy(out, packet, PACKET_AT_SRC);
	out[13] = FRAGMENT_INDICATOR;
	out[14] = (uint8_t)(total << 4 | no);
	out[15] = packet[PACKET_AT_FLAGS] & PACKET_HOPS_MASK;
}

bool tl_is_fragment(struct bytes datagram)
{
	return datagram.n > FRAGMENT_HEADER_LEN &&
	       datagram.at[13] == FRAGMENT_INDICATOR;
}

bool tl_fragment_parse(struct fragment *out, struct bytes datagram)
{
	const uint8_t *at = datagram.at;

	out->id = tl_load_be64(at);
	out->dest = (struct address){ tl_load_be40(at + PACKET_AT_DEST) };
	out->total = at[14] >> 4;
	out->no = at[14] & 0x0f;
	out->hops = at[15] & PACKET_HOPS_MASK;
	out->data = tl_bytes_skip(datagram, FRAGMENT_HEADER_LEN);
	return out->total <= FRAGMENT_MAX_PARTS && out->no >= 1 &&
	       out->no < out->total;
}
