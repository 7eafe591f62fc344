/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/checksum.h"

#include "harness.h"
#include "stack/arch/cc.h"

TEST(checksum_of_rfc_1071)
{
	static const uint8_t data[8] = { 0x00, 0x01, 0xf2, 0x03,
					 0xf4, 0xf5, 0xf6, 0xf7 };

	CHECK_EQ(tl_checksum_sum(TL_BYTES_OF(data)), 0xddf2);
	CHECK_EQ(tl_checksum_of(TL_BYTES_OF(data)), 0x220d);
}

static uint16_t slow_sum(const uint8_t *at, size_t n)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

TEST(checksum_at_any_length_and_alignment)
{
	uint8_t data[80];
	size_t from;
	size_t n;

	for (n = 0; n < sizeof(data); n++)
		data[n] = (uint8_t)(255 - n * n * 3);
	for (from = 0; from < 8; from++) {
		for (n = 0; n < 72; n++)
			CHECK_EQ(tl_checksum_sum(tl_bytes(data + from, n)),
				 slow_sum(data + from, n));
	}
}

static void check_copy(const uint8_t *from, size_t n)
{
	uint8_t to[400];
	uint8_t two[2];
	uint16_t sum;

	memset(to, 0xee, sizeof(to));
	sum = tl_checksum_copy(to, from, n);
	memcpy(two, &sum, 2);
	CHECK_EQ(tl_load_be16(two), slow_sum(from, n));
	CHECK_MEM(to, from, n);
	CHECK_EQ(to[n], 0xee);
}

TEST(checksum_while_copying_at_any_length_and_alignment)
{
	uint8_t data[340];
	size_t from;
	size_t n;

	for (n = 0; n < sizeof(data); n++)
		data[n] = (uint8_t)(255 - n * n * 3);
	for (from = 0; from < 33; from++) {
		for (n = 0; n < 300; n++)
			check_copy(data + from, n);
	}
	memset(data, 0xff, sizeof(data));
	for (n = 0; n < 300; n++)
		check_copy(data, n);
}

TEST(checksum_of_a_copied_payload_is_that_of_the_whole)
{
	uint8_t packet[200] = { 0x45 };
	struct bytes b = TL_BYTES_OF(packet);
	uint8_t copy[200];
	uint16_t sum;
	size_t n;

	for (n = 1; n < sizeof(packet); n++)
		packet[n] = (uint8_t)(n * 7);
	for (n = 0; n < 160; n++) {
		sum = tl_checksum_copy(copy, packet + 40, n);
		b.n = 40 + n;
		CHECK_EQ(tl_checksum_copied(b, 20, 40, 6, sum),
			 tl_checksum_transport(b, 20, 6));
	}
}

TEST(checksum_of_lwip_is_in_its_byte_order)
{
	static const uint8_t data[3] = { 1, 2, 3 };
	uint16_t sum = tl_checksum(data, 3);
	uint8_t bytes[2];

	memcpy(bytes, &sum, 2);
	CHECK_EQ(tl_load_be16(bytes), 0x0402);
}

TEST(checksum_covers_the_pseudo_header)
{
	/* An echo request in IPv6 from ::1 to ::1. */
	uint8_t packet[48] = { 0x60, 0, 0, 0, 0, 8, 58, 64 };
	uint16_t sum;

	packet[23] = 1;
	packet[39] = 1;
	packet[40] = 128;
	packet[47] = 5;
	/* 0x0001 + 0x0001 + 8 + 58 + 0x8000 + 5 */
	sum = tl_checksum_transport(TL_BYTES_OF(packet), 40, 58);
	CHECK_EQ(sum, (uint16_t) ~(1 + 1 + 8 + 58 + 0x8000 + 5));
	tl_store_be16(packet + 42, sum);
	CHECK_EQ(tl_checksum_transport(TL_BYTES_OF(packet), 40, 58), 0);
}
