/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/armor.h"

#include <errno.h>

#include "base/alloc.h"
#include "vectors/vector.h"

/* The key of A and B in vl1.md B.3. */
static struct armor *make_armor(void)
{
	struct armor *armor;
	struct pair_key key;

	memcpy(key.b,
	       tl_vector_unhex("e10c416a9c11d222694673a38f1d210a"
			       "76eb99f841390167a52885ce08f7abcd"
			       "05033ee63289461bebb064957a21d8d7")
		       .at,
	       PAIR_KEY_LEN);
	CHECK_EQ(tl_armor_new(&armor, &key), 0);
	return armor;
}

static void make_packet(uint8_t *p, uint64_t id, const char *payload)
{
	tl_packet_init(p, id, (struct address){ 0x7f825062b0 },
		       (struct address){ 0x8e4df28b72 }, VERB_ECHO);
	memcpy(p + PACKET_HEADER_LEN, payload, strlen(payload));
}

static void check_seal(enum suite suite, uint64_t id, const char *payload,
		       const char *want)
{
	struct armor *armor = make_armor();
	uint8_t room[128];
	struct buffer p = tl_buffer(room, PACKET_HEADER_LEN + strlen(payload));

	make_packet(room, id, payload);
	CHECK_EQ(tl_armor_seal(armor, suite, p), 0);
	CHECK_BYTES(tl_buffer_bytes(p), tl_buffer_bytes(tl_vector_unhex(want)));
	CHECK_EQ(tl_armor_open(armor, p), DROP_NONE);
	CHECK_EQ(p.at[PACKET_AT_VERB], VERB_ECHO);
	CHECK_MEM(p.at + PACKET_HEADER_LEN, payload, strlen(payload));
	tl_armor_free(armor);
}

/* vl1.md B.5. */
TEST(armor_of_the_specification)
{
	check_seal(SUITE_SALSA_POLY1305, 0x0123456789abcdef, "",
		   "0123456789abcdef7f825062b08e4df28b72"
		   "8881d98ff29bb1ecccd0");
	check_seal(SUITE_AES_GMAC_SIV, 0x0123456789abcdef, "",
		   "313e29719769db457f825062b08e4df28b72"
		   "18704dac24ba5ae9cd0c");
	check_seal(SUITE_AES_GMAC_SIV, 0x0011223344556600, "ping",
		   "7ef8aea1be58811e7f825062b08e4df28b72"
		   "180793d040db0ca905291171b2e4");
}

static const enum suite suites[] = { SUITE_POLY1305, SUITE_SALSA_POLY1305,
				     SUITE_AES_GMAC_SIV };

/* Every bit but those of the hops makes a difference. */
TEST(armor_covers_every_bit_but_the_hops)
{
	struct armor *armor = make_armor();
	uint8_t sealed[PACKET_HEADER_LEN + 6];

	for (size_t s = 0; s < TL_ARRAY_SIZE(suites); s++) {
		make_packet(sealed, 77, "abcdef");
		CHECK_EQ(tl_armor_seal(armor, suites[s], TL_BUFFER_OF(sealed)),
			 0);
		for (size_t bit = 0; bit < 8 * sizeof(sealed); bit++) {
			bool is_hop = bit / 8 == PACKET_AT_FLAGS && bit % 8 < 3;
			uint8_t p[sizeof(sealed)];

			memcpy(p, sealed, sizeof(p));
			p[bit / 8] ^= (uint8_t)(1u << bit % 8);
			CHECK_EQ(tl_armor_open(armor, TL_BUFFER_OF(p)) ==
					 DROP_NONE,
				 is_hop);
		}
	}
	tl_armor_free(armor);
}

/* Roots send suite 1 with flag 0x80 clear; the key has the flag in it. */
TEST(armor_mixes_flags_as_received)
{
	struct armor *armor = make_armor();
	uint8_t p[PACKET_HEADER_LEN + 4];

	make_packet(p, 77, "abcd");
	CHECK_EQ(tl_armor_seal(armor, SUITE_SALSA_POLY1305, TL_BUFFER_OF(p)),
		 0);
	CHECK_EQ(p[PACKET_AT_FLAGS], 0x88);
	p[PACKET_AT_FLAGS] = 0x08;
	CHECK_EQ(tl_armor_open(armor, TL_BUFFER_OF(p)), DROP_BAD_MAC);
	tl_armor_free(armor);
}

TEST(armor_seal_keeps_the_fragmented_flag_only)
{
	static const uint8_t want[] = { 0x40, 0xc8, 0x58 };
	struct armor *armor = make_armor();
	uint8_t p[PACKET_HEADER_LEN + 4];

	for (size_t s = 0; s < TL_ARRAY_SIZE(suites); s++) {
		make_packet(p, 77, "abcd");
		p[PACKET_AT_FLAGS] = 0xff;
		CHECK_EQ(tl_armor_seal(armor, suites[s], TL_BUFFER_OF(p)), 0);
		CHECK_EQ(p[PACKET_AT_FLAGS], want[s]);
		CHECK_EQ(tl_armor_open(armor, TL_BUFFER_OF(p)), DROP_NONE);
	}
	tl_armor_free(armor);
}

TEST(armor_refuses_what_is_no_packet)
{
	struct armor *armor = make_armor();
	uint8_t p[PACKET_HEADER_LEN] = { 0 };

	for (size_t n = 0; n < PACKET_HEADER_LEN; n++)
		CHECK_EQ(tl_armor_open(armor, tl_buffer(p, n)), DROP_TOO_SHORT);
	for (unsigned int suite = 0; suite < 8; suite++) {
		bool known = suite == 0 || suite == 1 || suite == 3;

		p[PACKET_AT_FLAGS] = (uint8_t)(suite << 3);
		CHECK_EQ(tl_armor_open(armor, TL_BUFFER_OF(p)),
			 known ? DROP_BAD_MAC : DROP_BAD_SUITE);
	}
	tl_armor_free(armor);
}

TEST(armor_of_long_packets)
{
	static uint8_t p[PACKET_MAX_LEN];
	struct armor *armor = make_armor();

	for (size_t s = 0; s < TL_ARRAY_SIZE(suites); s++) {
		make_packet(p, s, "");
		for (size_t i = PACKET_HEADER_LEN; i < sizeof(p); i++)
			p[i] = (uint8_t)(i * 13);
		CHECK_EQ(tl_armor_seal(armor, suites[s], TL_BUFFER_OF(p)), 0);
		CHECK_EQ(tl_armor_open(armor, TL_BUFFER_OF(p)), DROP_NONE);
		for (size_t i = PACKET_HEADER_LEN; i < sizeof(p); i++)
			CHECK_EQ(p[i], (uint8_t)(i * 13));
	}
	tl_armor_free(armor);
}

TEST(armor_masks_to_the_end)
{
	struct armor *armor = make_armor();
	uint8_t p[PACKET_HEADER_LEN + 19] = { 0 };
	struct buffer plain =
		tl_vector_unhex("00017f000000deadbeef000000000000000000");

	/* vl1.md B.4: from this ID, whose low bits do not count. */
	make_packet(p, 0x0123456789abcdef, "");
	memcpy(p + PACKET_HEADER_LEN, plain.at, plain.n);
	tl_armor_mask_field(armor, TL_BUFFER_OF(p), PACKET_HEADER_LEN);
	CHECK_MEM(p + PACKET_HEADER_LEN,
		  tl_vector_unhex("b1adf667eb2f49ed33587204791a4289b26212").at,
		  plain.n);
	p[7] ^= 7;
	tl_armor_mask_field(armor, TL_BUFFER_OF(p), PACKET_HEADER_LEN);
	CHECK_MEM(p + PACKET_HEADER_LEN, plain.at, plain.n);
	tl_armor_mask_field(armor, TL_BUFFER_OF(p), sizeof(p));
	CHECK_MEM(p + PACKET_HEADER_LEN, plain.at, plain.n);
	tl_armor_free(armor);
}

TEST(armor_without_memory_fails)
{
	struct armor *armor = NULL;
	struct pair_key key = { { 0 } };
	uint8_t p[PACKET_HEADER_LEN];

	tl_alloc_fail_after(0);
	CHECK_EQ(tl_armor_new(&armor, &key), -ENOMEM);
	CHECK(!armor);

	armor = make_armor();
	make_packet(p, 1, "");
	tl_alloc_fail_after(0);
	CHECK_EQ(tl_armor_seal(armor, SUITE_AES_GMAC_SIV, TL_BUFFER_OF(p)),
		 -ENOMEM);
	CHECK_EQ(tl_armor_seal(armor, SUITE_AES_GMAC_SIV, TL_BUFFER_OF(p)), 0);
	tl_armor_free(armor);

	armor = make_armor();
	tl_alloc_fail_after(0);
	CHECK_EQ(tl_armor_open(armor, TL_BUFFER_OF(p)), DROP_NO_MEMORY);
	CHECK_EQ(tl_armor_open(armor, TL_BUFFER_OF(p)), DROP_NONE);
	tl_armor_free(armor);
	tl_armor_free(NULL);
}
