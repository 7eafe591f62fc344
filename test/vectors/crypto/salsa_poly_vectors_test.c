/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/crypto.h"
#include "crypto/poly1305.h"
#include "crypto/salsa20.h"
#include "vectors/vector.h"

static void apply(struct salsa20 *s, const json_t *item, struct buffer data)
{
	switch (tl_vector_int(item, "rounds")) {
	case 12:
		tl_salsa20_12_xor(s, data);
		break;
	case 20:
		tl_salsa20_20_xor(s, data);
		break;
	default:
		FAIL("other rounds than 12 or 20");
	}
}

static void init(struct salsa20 *s, const json_t *item, uint64_t block)
{
	tl_salsa20_init(s, tl_vector_fixed(item, "key", 32),
			tl_vector_fixed(item, "iv", 8), block);
}

TEST(salsa20_key_streams)
{
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(tl_vector_load("salsa_poly"),
					   "salsa20"),
			   i, item)
	{
		struct bytes want = tl_vector_bytes(item, "keystream");
		uint8_t *got = calloc(1, want.n);
		struct salsa20 s;

		CHECK_EQ(want.n, tl_vector_int(item, "length"));
		init(&s, item, 0);
		apply(&s, item, tl_buffer(got, want.n));
		CHECK_MEM(got, want.at, want.n);
		free(got);
	}
}

TEST(salsa20_key_streams_from_any_block)
{
	size_t n_blocks = 0;
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(tl_vector_load("salsa_poly"),
					   "salsa20"),
			   i, item)
	{
		struct bytes want = tl_vector_bytes(item, "keystream");

		for (size_t at = 0; at + 64 <= want.n; at += 64) {
			uint8_t got[64] = { 0 };
			struct salsa20 s;

			init(&s, item, at / 64);
			apply(&s, item, TL_BUFFER_OF(got));
			CHECK_MEM(got, want.at + at, 64);
			n_blocks++;
		}
	}
	CHECK(n_blocks > 100);
}

TEST(salsa20_calls_begin_with_new_blocks)
{
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(tl_vector_load("salsa_poly"),
					   "salsa20_split_calls"),
			   i, item)
	{
		struct bytes first = tl_vector_bytes(item, "first_call_output");
		struct bytes second =
			tl_vector_bytes(item, "second_call_output");
		uint8_t got[4096] = { 0 };
		struct salsa20 s;

		CHECK(first.n + second.n <= sizeof(got));
		CHECK_EQ(first.n, tl_vector_int(item, "first_call_length"));
		init(&s, item, 0);
		apply(&s, item, tl_buffer(got, first.n));
		apply(&s, item, tl_buffer(got + first.n, second.n));
		CHECK_MEM(got, first.at, first.n);
		CHECK_MEM(got + first.n, second.at, second.n);
	}
}

TEST(salsa20_encrypts_and_decrypts)
{
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(tl_vector_load("salsa_poly"),
					   "salsa20_encrypt"),
			   i, item)
	{
		struct buffer data = tl_vector_buffer(item, "plaintext");
		struct salsa20 s;

		init(&s, item, 0);
		apply(&s, item, data);
		CHECK_BYTES(tl_buffer_bytes(data),
			    tl_vector_bytes(item, "ciphertext"));
		init(&s, item, 0);
		apply(&s, item, data);
		CHECK_BYTES(tl_buffer_bytes(data),
			    tl_vector_bytes(item, "plaintext"));
	}
}

static void check_poly1305(void)
{
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(tl_vector_load("salsa_poly"),
					   "poly1305"),
			   i, item)
	{
		uint8_t tag[POLY1305_TAG_LEN];

		tl_poly1305(tag, tl_vector_fixed(item, "key", 32),
			    tl_vector_bytes(item, "message"));
		CHECK_MEM(tag, tl_vector_fixed(item, "tag", 16), 16);
		CHECK_MEM(tag, tl_vector_fixed(item, "packet_mac", 8), 8);
	}
}

TEST(poly1305_tags)
{
	check_poly1305();
}

TEST(poly1305_tags_by_the_fastest_code)
{
	CHECK_EQ(tl_crypto_init(), 0);
	check_poly1305();
}
