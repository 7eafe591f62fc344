/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "wire/fragment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_parse(struct bytes datagram)
{
	uint8_t header[FRAGMENT_HEADER_LEN];
	uint8_t packet[PACKET_HEADER_LEN] = { 0 };
	struct fragment f;

	if (!tl_is_fragment(datagram) || !tl_fragment_parse(&f, datagram))
		return;
	tl_assert(f.no >= 1 && f.no < f.total);
	tl_assert(f.total <= FRAGMENT_MAX_PARTS);
	tl_assert(f.data.n == datagram.n - FRAGMENT_HEADER_LEN);

	/* The header that leads to this one, but for unused bits. */
	memcpy(packet, datagram.at, PACKET_AT_SRC);
	packet[PACKET_AT_FLAGS] = (uint8_t)f.hops;
	tl_fragment_header(header, packet, f.no, f.total);
	tl_assert(memcmp(header, datagram.at, FRAGMENT_HEADER_LEN - 1) == 0);
}

/* No datagram is longer than the MTU and none is empty. */
static void check_plan(size_t len, size_t mtu)
{
	struct cuts cuts = tl_fragment_plan(len, mtu);
	size_t before_last;

	if (cuts.n == 0)
		return;
	tl_assert(cuts.n <= FRAGMENT_MAX_PARTS && cuts.head_len <= mtu);
	tl_assert(cuts.head_len >= PACKET_HEADER_LEN);
	if (cuts.n == 1) {
		tl_assert(cuts.head_len == len);
		return;
	}
	tl_assert(cuts.part_len + FRAGMENT_HEADER_LEN == cuts.head_len);
	before_last = cuts.head_len + (cuts.n - 2) * cuts.part_len;
	tl_assert(before_last < len);
	tl_assert(len - before_last <= cuts.part_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	check_parse(tl_bytes(data, n));
	if (n >= 4)
		check_plan(tl_load_be16(data), tl_load_be16(data + 2));
	return 0;
}
