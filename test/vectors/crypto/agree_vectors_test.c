/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "crypto/crypto.h"
#include "crypto/curve.h"
#include "crypto/hash.h"
#include "crypto/kbkdf.h"
#include "vectors/vector.h"

TEST(x25519_public_keys_follow_from_private_keys)
{
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(tl_vector_load("agree"),
					   "public_from_private"),
			   i, item)
	{
		const uint8_t *priv = tl_vector_fixed(item, "private_key", 64);
		uint8_t pub[64];

		tl_x25519_public(pub, priv);
		tl_ed25519_public(pub + 32, priv + 32);
		CHECK_BYTES(TL_BYTES_OF(pub),
			    tl_vector_bytes(item, "public_key"));
	}
}

/* The reference takes keys of low order and shares zero with everybody. */
static void check_unusual_keys(void)
{
	static const uint8_t zero[32];
	size_t n_refused = 0;
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(tl_vector_load("agree"),
					   "unusual_peer_keys"),
			   i, item)
	{
		const uint8_t *want = tl_vector_fixed(item, "x25519_raw", 32);
		uint8_t raw[32];
		int err = tl_x25519_agree(
			raw, tl_vector_fixed(item, "private_key", 32),
			tl_vector_fixed(item, "peer_x25519_public", 32));

		if (memcmp(want, zero, 32) == 0) {
			CHECK_EQ(err, -EKEYREJECTED);
			n_refused++;
			continue;
		}
		CHECK_EQ(err, 0);
		CHECK_MEM(raw, want, 32);
	}
	CHECK_EQ(n_refused, 4);
}

TEST(x25519_refuses_an_all_zero_result)
{
	check_unusual_keys();
}

TEST(x25519_refuses_it_by_the_fastest_code_too)
{
	CHECK_EQ(tl_crypto_init(), 0);
	check_unusual_keys();
}

TEST(hmac_sha384_and_hashes_of_messages)
{
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(tl_vector_load("agree"),
					   "hmac_sha384"),
			   i, item)
	{
		struct bytes message = tl_vector_bytes(item, "message");
		uint8_t out[64];

		tl_hmac_sha384(out, tl_vector_bytes(item, "key"), message);
		CHECK_MEM(out, tl_vector_fixed(item, "hmac_sha384", 48), 48);
		tl_sha384(out, message);
		CHECK_MEM(out, tl_vector_fixed(item, "sha384_of_message", 48),
			  48);
		tl_sha512(out, message);
		CHECK_MEM(out, tl_vector_fixed(item, "sha512_of_message", 64),
			  64);
	}
}

static void check_kbkdf(const json_t *item, const uint8_t *key)
{
	uint8_t out[48];

	tl_kbkdf(out, key, (char)tl_vector_int(item, "label_byte"),
		 (uint8_t)tl_vector_int(item, "context"),
		 (uint32_t)tl_vector_int(item, "iter"));
	CHECK_MEM(out, tl_vector_fixed(item, "output", 48), 48);
}

TEST(kbkdf_of_every_label)
{
	json_t *kbkdf = tl_vector_get(tl_vector_load("agree"), "kbkdf");
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(kbkdf, "cases"), i, item)
		check_kbkdf(item, tl_vector_fixed(item, "key", 48));
}

TEST(kbkdf_of_every_pair)
{
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(tl_vector_load("agree"), "pairs"), i,
			   item)
	{
		const uint8_t *key = tl_vector_fixed(item, "key48", 48);
		uint8_t out[48];

		check_kbkdf(tl_vector_get(item, "kbkdf_k0"), key);
		check_kbkdf(tl_vector_get(item, "kbkdf_k1"), key);
		tl_kbkdf(out, key, '0', 0, 0);
		CHECK_MEM(out, tl_vector_fixed(item, "aes_k0", 32), 32);
		tl_kbkdf(out, key, '1', 0, 0);
		CHECK_MEM(out, tl_vector_fixed(item, "aes_k1", 32), 32);
	}
}

/* Both keys of an identity in text: public at 13, private at 142. */
static const uint8_t *key_at(const json_t *item, const char *which, size_t at)
{
	char digits[129] = { 0 };

	CHECK_EQ(strlen(tl_vector_text(item, which)), 142 + 128);
	memcpy(digits, tl_vector_text(item, which) + at, 128);
	return tl_vector_unhex(digits).at;
}

TEST(x25519_of_every_pair)
{
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(tl_vector_load("agree"), "pairs"), i,
			   item)
	{
		const uint8_t *want = tl_vector_fixed(item, "x25519_raw", 32);
		uint8_t raw[32];
		uint8_t hash[SHA512_LEN];

		CHECK_EQ(tl_x25519_agree(raw, key_at(item, "a", 142),
					 key_at(item, "b", 13)),
			 0);
		CHECK_MEM(raw, want, 32);
		CHECK_EQ(tl_x25519_agree(raw, key_at(item, "b", 142),
					 key_at(item, "a", 13)),
			 0);
		CHECK_MEM(raw, want, 32);
		tl_sha512(hash, TL_BYTES_OF(raw));
		CHECK_MEM(hash, tl_vector_fixed(item, "sha512_of_raw", 64), 64);
		CHECK_MEM(hash, tl_vector_fixed(item, "key48", 48), 48);
	}
}
