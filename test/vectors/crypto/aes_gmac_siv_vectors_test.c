/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/gmac_siv.h"
#include "crypto/siv_kernel.h"
#include "vectors/vector.h"

static json_t *cases(const char *key)
{
	return tl_vector_array(tl_vector_load("aes_gmac_siv"), key);
}

TEST(aes256_single_blocks)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("aes256_ecb"), i, item)
	{
		const uint8_t *plain = tl_vector_fixed(item, "plaintext", 16);
		struct aes aes;
		uint8_t block[16];

		tl_aes_init(&aes, tl_vector_fixed(item, "key", 32));
		tl_aes_encrypt(&aes, block, plain);
		CHECK_MEM(block, tl_vector_fixed(item, "ciphertext", 16), 16);
		tl_aes_decrypt(&aes, block, block);
		CHECK_MEM(block, plain, 16);
	}
}

TEST(gmac_tags)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("gmac"), i, item)
	{
		struct bytes data = tl_vector_bytes(item, "data");
		const uint8_t *want = tl_vector_fixed(item, "tag", 16);
		struct gmac gmac;
		uint8_t tag[16];

		tl_gmac_init(&gmac, tl_vector_fixed(item, "key", 32));
		for (size_t head = 0; head <= data.n; head += 16) {
			tl_gmac(&gmac, tag, tl_vector_fixed(item, "iv", 12),
				tl_bytes_first(data, head),
				tl_bytes_skip(data, head));
			CHECK_MEM(tag, want, 16);
		}
	}
}

TEST(aes256_counter_mode)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("aes256_ctr"), i, item)
	{
		struct buffer data = tl_vector_buffer(item, "plaintext");
		const uint8_t *counter =
			tl_vector_fixed(item, "initial_counter_block", 16);
		struct aes aes;

		tl_aes_init(&aes, tl_vector_fixed(item, "key", 32));
		tl_aes_ctr(&aes, counter, data);
		CHECK_BYTES(tl_buffer_bytes(data),
			    tl_vector_bytes(item, "ciphertext"));
		tl_aes_ctr(&aes, counter, data);
		CHECK_BYTES(tl_buffer_bytes(data),
			    tl_vector_bytes(item, "plaintext"));
	}
}

static void init(struct gmac_siv *siv, const struct siv_kernel *kernel,
		 const json_t *item)
{
	tl_gmac_siv_init_with(siv, kernel, tl_vector_fixed(item, "k0", 32),
			      tl_vector_fixed(item, "k1", 32));
}

/* The steps in between, from the primitives. */
static void check_steps(const json_t *item)
{
	uint8_t iv[12] = { 0 };
	uint8_t head[64] = { 0 };
	uint8_t block[16];
	uint8_t tag[16];
	struct bytes aad = tl_vector_bytes(item, "aad");
	struct gmac gmac;
	struct aes aes;

	tl_gmac_init(&gmac, tl_vector_fixed(item, "k0", 32));
	tl_aes_init(&aes, tl_vector_fixed(item, "k1", 32));
	memcpy(iv, tl_vector_fixed(item, "iv", 8), 8);
	if (aad.n > 0)
		memcpy(head, aad.at, aad.n);
	tl_gmac(&gmac, tag, iv, tl_bytes(head, (aad.n + 15) / 16 * 16),
		tl_vector_bytes(item, "plaintext"));
	CHECK_MEM(tag, tl_vector_fixed(item, "gmac", 16), 16);

	memcpy(block, iv, 8);
	for (size_t i = 0; i < 8; i++)
		block[8 + i] = tag[i] ^ tag[8 + i];
	CHECK_MEM(block + 8, tl_vector_fixed(item, "gmac_folded", 8), 8);
	CHECK_MEM(block, tl_vector_fixed(item, "block_before_encryption", 16),
		  16);
	tl_aes_encrypt(&aes, tag, block);
	CHECK_MEM(tag, tl_vector_fixed(item, "tag", 16), 16);
	tag[12] &= 0x7f;
	CHECK_MEM(tag, tl_vector_fixed(item, "ctr_initial_block", 16), 16);
}

TEST(gmac_siv_steps)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("gmac_siv"), i, item) check_steps(item);
}

static void check_case(const struct siv_kernel *kernel, const json_t *item)
{
	struct buffer data = tl_vector_buffer(item, "plaintext");
	struct bytes aad = tl_vector_bytes(item, "aad");
	struct gmac_siv siv;
	uint8_t tag[16];

	init(&siv, kernel, item);
	tl_gmac_siv_seal(&siv, tag, tl_vector_fixed(item, "iv", 8), aad, data);
	CHECK_MEM(tag, tl_vector_fixed(item, "tag", 16), 16);
	CHECK_MEM(tag, tl_vector_fixed(item, "wire_packet_id", 8), 8);
	CHECK_MEM(tag + 8, tl_vector_fixed(item, "wire_mac", 8), 8);
	CHECK_BYTES(tl_buffer_bytes(data), tl_vector_bytes(item, "ciphertext"));

	CHECK(tl_gmac_siv_open(&siv, tag, aad, data));
	CHECK_BYTES(tl_buffer_bytes(data), tl_vector_bytes(item, "plaintext"));
}

static void check_tampered(const struct siv_kernel *kernel, const json_t *item)
{
	struct gmac_siv siv;

	init(&siv, kernel, item);
	CHECK_EQ(tl_gmac_siv_open(&siv, tl_vector_fixed(item, "tag", 16),
				  tl_vector_bytes(item, "aad"),
				  tl_vector_buffer(item, "ciphertext")),
		 tl_vector_bool(item, "authentic"));
}

static void each_case(const char *key,
		      void (*check)(const struct siv_kernel *, const json_t *))
{
	const struct siv_kernel *kernel;
	json_t *item;
	size_t i;

	for (size_t k = 0; (kernel = tl_siv_kernel_at(k)); k++) {
		if (!kernel->is_usable()) {
			fprintf(stderr,
				"SKIPPED in part: kernel %s: not for this "
				"processor\n",
				kernel->name);
			continue;
		}
		json_array_foreach(cases(key), i, item) check(kernel, item);
	}
}

TEST(gmac_siv_seals_and_opens)
{
	each_case("gmac_siv", check_case);
}

TEST(gmac_siv_notices_tampering)
{
	each_case("gmac_siv_tampered", check_tampered);
}
