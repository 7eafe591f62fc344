/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/identity.h"

#include <errno.h>

#include "base/alloc.h"
#include "vectors/vector.h"

/* vl1.md B.1. */
#define A_PUBLIC                                                               \
	"8e4df28b72:0:"                                                        \
	"ac3d46abe0c21f3cfe7a6c8d6a85cfcffcb82fbd55af6a4d6350657c68200843"     \
	"fa2e16f9418bbd9702cae365f2af5fb4c420908b803a681d4daef6114d78a2d7"
#define A_SECRET                                                               \
	A_PUBLIC                                                               \
	":bd8dd6e4ce7022d2f812797a80c6ee8ad180dc4ebf301dec8b06d1be08832bdd"    \
	"d63a2f1cfa7b2c504474c75bdc8898ba476ef92e8e2d0509f8441985171ff16e"
#define B_SECRET                                                               \
	"7f825062b0:0:"                                                        \
	"6faab97f471d89386827fbff672903d6a180d81d348feddb964c9f4ff74c9d40"     \
	"d203649dd35ecfc5dd5ae042fcfc69c6c4a891bef873602e0e713c03bf12d191:"    \
	"501bc98b9dcb00495fcf8bd3f76a253a1ea0db4cb306a072aeb43d488bc8b10f"     \
	"bf09d681691fa5081499cb4f877e241b17a40bcc326a5f888dccab2043ad8f7c"

static struct identity parse(const char *text)
{
	struct identity id;

	CHECK_EQ(tl_identity_parse(&id, tl_bytes_from_str(text)), 0);
	return id;
}

static bool parses(const char *text)
{
	struct identity id = { .addr = { 7 } };
	int err = tl_identity_parse(&id, tl_bytes_from_str(text));

	CHECK(err == 0 || err == -EINVAL);
	CHECK(err == 0 || id.addr.v == 7);
	return err == 0;
}

TEST(identity_text_may_end_in_white_space)
{
	CHECK(parses(A_PUBLIC));
	CHECK(parses(A_PUBLIC "\n"));
	CHECK(parses(A_SECRET " \t\r\n"));
	CHECK(!parses(" " A_PUBLIC));
	CHECK(!parses(A_PUBLIC "\v"));
	CHECK(!parses(A_PUBLIC "\n:"));
	CHECK(!parses(" \n"));
}

TEST(identity_text_fields_must_be_there_and_of_the_right_length)
{
	CHECK(!parses(""));
	CHECK(!parses(":"));
	CHECK(!parses(":::"));
	CHECK(!parses("8e4df28b72"));
	CHECK(!parses("8e4df28b72:0"));
	CHECK(!parses("8e4df28b72:0:"));
	CHECK(!parses("8e4df28b72:0:00"));
	CHECK(!parses(A_PUBLIC ":"));
	CHECK(!parses(A_PUBLIC "00"));
	CHECK(!parses(A_SECRET ":"));
	CHECK(!parses(A_SECRET ":00"));
	CHECK(!parses(A_SECRET "0"));
}

/* A zero byte is no end: the length is. */
TEST(identity_text_with_a_zero_byte_is_refused)
{
	static const char text[] = A_PUBLIC "\0";
	struct identity id;

	CHECK_EQ(tl_identity_parse(&id, tl_bytes(text, sizeof(text) - 1)),
		 -EINVAL);
	CHECK_EQ(tl_identity_parse(&id, tl_bytes(text, sizeof(text) - 2)), 0);
}

TEST(identity_longest_text_fits)
{
	struct identity a = parse(A_SECRET);
	char text[IDENTITY_TEXT_SIZE];

	CHECK_STR(tl_identity_print(text, &a, true), A_SECRET);
	CHECK_STR(tl_identity_print(text, &a, false), A_PUBLIC);
	CHECK(strlen(A_SECRET) < IDENTITY_TEXT_SIZE);
}

TEST(identity_validates_address_and_private_key)
{
	struct identity a = parse(A_SECRET);
	struct identity b = parse(B_SECRET);
	struct identity bad;

	CHECK_EQ(tl_identity_validate(&a), 0);
	CHECK_EQ(tl_identity_validate(&b), 0);

	bad = a;
	bad.addr.v ^= 0x1000000000;
	CHECK_EQ(tl_identity_validate(&bad), -EKEYREJECTED);
	bad = a;
	bad.addr.v = 0;
	CHECK_EQ(tl_identity_validate(&bad), -EKEYREJECTED);
	for (size_t i = 0; i < IDENTITY_PRIV_LEN; i += 31) {
		bad = a;
		bad.priv[i] ^= 0x10;
		CHECK_EQ(tl_identity_validate(&bad), -EKEYREJECTED);
		bad.has_priv = false;
		CHECK_EQ(tl_identity_validate(&bad), 0);
	}
}

/* Enough for a test: the same numbers each time. */
static void fixed_random(void *ctx, void *out, size_t n)
{
	uint32_t *state = ctx;
	uint8_t *at = out;

	for (size_t i = 0; i < n; i++) {
		*state = *state * 1664525 + 1013904223;
		at[i] = (uint8_t)(*state >> 24);
	}
}

TEST(identity_generated_is_valid)
{
	uint32_t state = 1;
	struct identity id = { 0 };
	struct pair_key ours;
	struct pair_key theirs;
	struct identity a = parse(A_SECRET);

	CHECK_EQ(tl_identity_generate(&id, fixed_random, &state), 0);
	CHECK(id.has_priv);
	CHECK(!tl_address_is_reserved(id.addr));
	CHECK_EQ(tl_identity_validate(&id), 0);
	CHECK_EQ(tl_identity_agree(&ours, &id, &a), 0);
	CHECK_EQ(tl_identity_agree(&theirs, &a, &id), 0);
	CHECK_MEM(ours.b, theirs.b, PAIR_KEY_LEN);
}

TEST(identity_without_memory_fails)
{
	uint32_t state = 1;
	struct identity id = parse(A_SECRET);
	struct identity none = { 0 };

	tl_alloc_fail_after(0);
	CHECK_EQ(tl_identity_validate(&id), -ENOMEM);
	tl_alloc_fail_after(0);
	CHECK_EQ(tl_identity_generate(&none, fixed_random, &state), -ENOMEM);
	CHECK_EQ(none.addr.v, 0);
}

TEST(identity_equality_ignores_the_private_key)
{
	struct identity a = parse(A_SECRET);
	struct identity b = parse(B_SECRET);
	struct identity other = parse(A_PUBLIC);

	CHECK(tl_identity_equal(&a, &other));
	CHECK_EQ(tl_identity_compare(&a, &other), 0);
	CHECK(tl_identity_compare(&a, &b) > 0);
	CHECK(tl_identity_compare(&b, &a) < 0);
	other.pub[63] ^= 1;
	CHECK(!tl_identity_equal(&a, &other));
	other = a;
	other.addr.v ^= 1;
	CHECK(!tl_identity_equal(&a, &other));
}

TEST(identity_wipe_leaves_nothing)
{
	static const struct identity zero;
	struct identity a = parse(A_SECRET);

	tl_identity_wipe(&a);
	CHECK_MEM(&a.pub, &zero.pub, IDENTITY_PUB_LEN);
	CHECK_MEM(&a.priv, &zero.priv, IDENTITY_PRIV_LEN);
	CHECK(!a.has_priv);
}

TEST(identity_binary_stops_at_every_cut)
{
	struct identity a = parse(A_SECRET);
	uint8_t raw[IDENTITY_WIRE_SECRET_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(raw));
	struct identity out;

	tl_write_identity(&w, &a);
	CHECK_EQ(w.n, IDENTITY_WIRE_LEN);
	raw[70] = IDENTITY_PRIV_LEN;
	memcpy(raw + 71, a.priv, IDENTITY_PRIV_LEN);
	for (size_t n = 0; n < sizeof(raw); n++) {
		struct reader r = tl_reader(tl_bytes(raw, n));

		tl_read_identity(&r, &out);
		CHECK(!tl_reader_ok(&r));
		CHECK(!out.has_priv);
	}
	raw[5] = 1;
	for (size_t n = 0; n <= sizeof(raw); n++) {
		struct reader r = tl_reader(tl_bytes(raw, n));

		tl_read_identity(&r, &out);
		CHECK(!tl_reader_ok(&r));
	}
}

/* vl1.md B.3. */
TEST(identity_agrees_and_signs_as_specified)
{
	struct identity a = parse(A_SECRET);
	struct identity b = parse(B_SECRET);
	struct pair_key key;
	struct signature sig;

	CHECK_EQ(tl_identity_agree(&key, &a, &b), 0);
	CHECK_BYTES(TL_BYTES_OF(key.b),
		    tl_buffer_bytes(tl_vector_unhex(
			    "e10c416a9c11d222694673a38f1d210a"
			    "76eb99f841390167a52885ce08f7abcd"
			    "05033ee63289461bebb064957a21d8d7")));
	tl_identity_sign(&sig, &a, tl_bytes_from_str("vl1"));
	CHECK_BYTES(TL_BYTES_OF(sig.b),
		    tl_buffer_bytes(tl_vector_unhex(
			    "9d3804ebe6c75150ccc3c328525690e8"
			    "d8764e15a1cb8c63a3cff9d16342f11d"
			    "47d72e81b8364f02bc9fc0c6fb3f99d5"
			    "bd3a23abdf1fb476f9ffcef1dbc1dc0e"
			    "e7315d52241b43e8f70612c73f517ad2"
			    "a872cf4bade731fcaf8cbef00ac48b5b")));
	CHECK(tl_signature_verify(&sig, a.pub, tl_bytes_from_str("vl1")));
	CHECK(!tl_signature_verify(&sig, a.pub, tl_bytes_from_str("vl2")));
	CHECK(!tl_signature_verify(&sig, b.pub, tl_bytes_from_str("vl1")));
}

TEST(identity_does_not_agree_with_a_low_order_key)
{
	struct identity a = parse(A_SECRET);
	struct identity theirs = parse(B_SECRET);
	struct pair_key key = { { 0x5a } };

	memset(theirs.pub, 0, 32);
	CHECK_EQ(tl_identity_agree(&key, &a, &theirs), -EKEYREJECTED);
	CHECK_EQ(key.b[0], 0x5a);
}
