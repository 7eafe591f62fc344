/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/extended_armor.h"

#include <errno.h>

#include "base/alloc.h"
#include "vectors/vector.h"
#include "wire/armor.h"
#include "wire/hello.h"

/* A and B of vl1.md B.1. */
static const char a_text[] =
	"8e4df28b72:0:ac3d46abe0c21f3cfe7a6c8d6a85cfcffcb82fbd55af6a4d6350657c"
	"68200843fa2e16f9418bbd9702cae365f2af5fb4c420908b803a681d4daef6114d78a2"
	"d7:bd8dd6e4ce7022d2f812797a80c6ee8ad180dc4ebf301dec8b06d1be08832bddd63"
	"a2f1cfa7b2c504474c75bdc8898ba476ef92e8e2d0509f8441985171ff16e";
static const char b_text[] =
	"7f825062b0:0:6faab97f471d89386827fbff672903d6a180d81d348feddb964c9f4f"
	"f74c9d40d203649dd35ecfc5dd5ae042fcfc69c6c4a891bef873602e0e713c03bf12d1"
	"91:501bc98b9dcb00495fcf8bd3f76a253a1ea0db4cb306a072aeb43d488bc8b10fbf0"
	"9d681691fa5081499cb4f877e241b17a40bcc326a5f888dccab2043ad8f7c";

/* The HELLO of vl1.md B.4 in extended armor, from A to B, with the ephemeral
 * scalar 01 02 ... 20. Made by other code than ours, from vl1.md E.2: Python's
 * "cryptography" for X25519, AES and Poly1305, Salsa20 by hand. */
static const char wire_text[] =
	"0123456789abcdef7f825062b08e4df28b7280ccdaadf6c051825fac6fe7a983616505"
	"7c93100abaf6a5cb687815dc4418641e88c3db73a6550fb52384cfba080c572ed99b01"
	"080e4fc311d709a381fd753a9938ead762b625ecc9ac0e95b7420df1220d6dcc0b0788"
	"dbbf9ae4364bc752a9f3c24e66bd286596625e6561967e1a562dfced42477fe9a508c9"
	"08b1019213e038dbedf13c9adeae07a37cbc142093c8b755dc1b10e86cb426374ad16a"
	"a853ed0bdfc0b2b86d1c7c";
static const char plain_text[] =
	"0123456789abcdef7f825062b08e4df28b7280c5dde8752e068ef1010c010e00010000"
	"018bcfe568008e4df28b7200ac3d46abe0c21f3cfe7a6c8d6a85cfcffcb82fbd55af6a"
	"4d6350657c68200843fa2e16f9418bbd9702cae365f2af5fb4c420908b803a681d4dae"
	"f6114d78a2d70004c000020a27090000000008eac90a0000017ee95760cdb1adf667eb"
	"2f49ed33587204791a4289b26212";

static void parse(struct identity *id, const char *text)
{
	CHECK_EQ(tl_identity_parse(id, tl_bytes_from_str(text)), 0);
}

TEST(extended_armor_of_another_sender_is_taken_off)
{
	struct buffer want = tl_vector_unhex(plain_text);
	struct buffer p = tl_vector_unhex(wire_text);
	struct armor *armor;
	struct pair_key key;
	struct identity a;
	struct identity b;
	struct hello h;
	struct reader r;

	parse(&a, a_text);
	parse(&b, b_text);
	CHECK(tl_is_extended_armor(tl_buffer_bytes(p)));
	CHECK_EQ(tl_extended_armor_open(&b, &p), 0);
	CHECK_BYTES(tl_buffer_bytes(p), tl_buffer_bytes(want));

	/* And what is inside is authentic, with the flag in its key. */
	CHECK_EQ(tl_identity_agree(&key, &b, &a), 0);
	CHECK_EQ(tl_armor_new(&armor, &key), 0);
	CHECK_EQ(tl_armor_open(armor, p), DROP_NONE);
	p.at[PACKET_AT_FLAGS] &= (uint8_t)~PACKET_FLAG_ENCRYPTED;
	CHECK_EQ(tl_armor_open(armor, p), DROP_BAD_MAC);
	tl_armor_free(armor);
	r = tl_reader(tl_bytes_skip(tl_buffer_bytes(p), PACKET_AT_PAYLOAD));
	CHECK(tl_hello_parse(&r, &h));
	a.has_priv = false;
	CHECK(tl_identity_equal(&h.identity, &a));
}

TEST(extended_armor_survives_a_relay)
{
	struct buffer want = tl_vector_unhex(plain_text);
	struct buffer p = tl_vector_unhex(wire_text);
	struct identity b;

	parse(&b, b_text);
	p.at[PACKET_AT_FLAGS] |= 2;
	want.at[PACKET_AT_FLAGS] |= 2;
	CHECK_EQ(tl_extended_armor_open(&b, &p), 0);
	CHECK_BYTES(tl_buffer_bytes(p), tl_buffer_bytes(want));
}

TEST(extended_armor_for_another_is_noise)
{
	struct buffer p = tl_vector_unhex(wire_text);
	struct armor *armor;
	struct pair_key key;
	struct identity a;
	struct identity b;

	parse(&a, a_text);
	parse(&b, b_text);
	CHECK_EQ(tl_extended_armor_open(&a, &p), 0);
	CHECK_EQ(tl_identity_agree(&key, &b, &a), 0);
	CHECK_EQ(tl_armor_new(&armor, &key), 0);
	CHECK_EQ(tl_armor_open(armor, p), DROP_BAD_MAC);
	tl_armor_free(armor);
}

TEST(extended_armor_with_a_key_of_low_order_is_refused)
{
	struct buffer want = tl_vector_unhex(wire_text);
	struct buffer p = tl_vector_unhex(wire_text);
	struct identity b;

	parse(&b, b_text);
	memset(p.at + p.n - EXTENDED_ARMOR_KEY_LEN, 0, EXTENDED_ARMOR_KEY_LEN);
	memset(want.at + p.n - EXTENDED_ARMOR_KEY_LEN, 0,
	       EXTENDED_ARMOR_KEY_LEN);
	CHECK_EQ(tl_extended_armor_open(&b, &p), -EKEYREJECTED);
	CHECK_BYTES(tl_buffer_bytes(p), tl_buffer_bytes(want));
}

TEST(extended_armor_is_told_by_suite_flag_and_length)
{
	uint8_t p[EXTENDED_ARMOR_MIN_LEN] = { 0 };
	unsigned int suite;

	CHECK(!tl_is_extended_armor(TL_BYTES_OF(p)));
	p[PACKET_AT_FLAGS] = PACKET_FLAG_ENCRYPTED;
	CHECK(tl_is_extended_armor(TL_BYTES_OF(p)));
	CHECK(!tl_is_extended_armor(tl_bytes(p, sizeof(p) - 1)));
	for (suite = 1; suite < 8; suite++) {
		p[PACKET_AT_FLAGS] =
			(uint8_t)(PACKET_FLAG_ENCRYPTED | suite << 3);
		CHECK(!tl_is_extended_armor(TL_BYTES_OF(p)));
	}
}

/* The shortest there can be is all header. */
TEST(extended_armor_of_nothing_leaves_a_header)
{
	uint8_t room[EXTENDED_ARMOR_MIN_LEN] = { 0 };
	struct buffer p = TL_BUFFER_OF(room);
	struct identity b;

	parse(&b, b_text);
	room[PACKET_AT_FLAGS] = PACKET_FLAG_ENCRYPTED;
	room[PACKET_HEADER_LEN] = 9;
	CHECK_EQ(tl_extended_armor_open(&b, &p), 0);
	CHECK_EQ(p.n, PACKET_HEADER_LEN);
}
