/* SPDX-License-Identifier: Apache-2.0 */
#include "service/capture_headers.h"

#include "harness.h"

#define ROOM "0123456789abcdef0123456789abcdef0123456789abcdef"

static struct buffer payload_of(uint8_t *room, size_t n)
{
	return tl_buffer(room + CAPTURE_HEADERS_MAX, n);
}

/* Sum of 16-bit words, folded: 0xffff over data with a good checksum. */
static unsigned int sum_of(const uint8_t *at, size_t n, unsigned int sum)
{
	size_t i;

	for (i = 0; i < n; i++)
		sum += i % 2 ? at[i] : (unsigned int)at[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

TEST(capture_headers_of_ipv4_are_right)
{
	const struct udp_addr from = { 4, 9993, { 192, 0, 2, 1 } };
	const struct udp_addr to = { 4, 1234, { 198, 51, 100, 7 } };
	uint8_t room[] = ROOM "hello";
	struct bytes whole =
		tl_capture_headers(payload_of(room, 5), &from, &to);
	const uint8_t *b = whole.at;

	CHECK_EQ(whole.n, 33);
	CHECK(memcmp(b + 28, "hello", 5) == 0);
	CHECK_EQ(b[0], 0x45);
	CHECK_EQ(tl_load_be16(b + 2), 33);
	CHECK_EQ(b[9], 17);
	CHECK_EQ(sum_of(b, 20, 0), 0xffff);
	CHECK_EQ(tl_load_be16(b + 20), 9993);
	CHECK_EQ(tl_load_be16(b + 22), 1234);
	CHECK_EQ(tl_load_be16(b + 24), 13);
	/* The pseudo header: addresses, protocol, length. */
	CHECK_EQ(sum_of(b + 12, 8 + 13, 17 + 13), 0xffff);
}

TEST(capture_headers_of_ipv6_are_right)
{
	const struct udp_addr from = { 6, 9993, { 0x20, 1, [15] = 1 } };
	const struct udp_addr to = { 6, 9994, { 0xfd, [15] = 2 } };
	uint8_t room[] = ROOM "odd";
	struct bytes whole =
		tl_capture_headers(payload_of(room, 3), &from, &to);
	const uint8_t *b = whole.at;

	CHECK_EQ(whole.n, 51);
	CHECK_EQ(b[0], 0x60);
	CHECK_EQ(tl_load_be16(b + 4), 11);
	CHECK_EQ(b[6], 17);
	CHECK(memcmp(b + 8, from.ip, 16) == 0);
	CHECK(memcmp(b + 24, to.ip, 16) == 0);
	CHECK_EQ(sum_of(b + 8, 32 + 11, 17 + 11), 0xffff);
}

/* A sum of zero is written as its other form: zero means that there is none. */
TEST(capture_headers_have_no_zero_checksum)
{
	struct udp_addr zero = { .family = 4 };
	uint8_t room[CAPTURE_HEADERS_MAX + 2];
	struct bytes whole;

	/* 17 + 10 + 10 + x = 0xffff */
	tl_store_be16(room + CAPTURE_HEADERS_MAX, 0xffff - 37);
	whole = tl_capture_headers(payload_of(room, 2), &zero, &zero);
	CHECK_EQ(tl_load_be16(whole.at + 26), 0xffff);
}
