/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/gmac_siv.h"

#include "vectors/vector.h"

static const uint8_t k0[AES_KEY_LEN] = { 1 };
static const uint8_t k1[AES_KEY_LEN] = { 2 };
static const uint8_t iv[GMAC_SIV_IV_LEN] = { 3 };
static const uint8_t aad[11] = { 4 };

TEST(gmac_siv_round_trip_of_every_length)
{
	uint8_t plain[300];
	uint8_t data[300];
	uint8_t tag[GMAC_SIV_TAG_LEN];
	struct gmac_siv siv;

	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (uint8_t)(i * 7);
	tl_gmac_siv_init(&siv, k0, k1);
	for (size_t n = 0; n <= sizeof(plain); n++) {
		memcpy(data, plain, sizeof(data));
		tl_gmac_siv_seal(&siv, tag, iv, TL_BYTES_OF(aad),
				 tl_buffer(data, n));
		CHECK_MEM(data + n, plain + n, sizeof(plain) - n);
		CHECK(n < 16 || memcmp(data, plain, n) != 0);
		CHECK(tl_gmac_siv_open(&siv, tag, TL_BYTES_OF(aad),
				       tl_buffer(data, n)));
		CHECK_MEM(data, plain, sizeof(plain));
	}
}

/* Flip each bit of tag, associated data and ciphertext in turn. */
TEST(gmac_siv_notices_every_bit)
{
	uint8_t sealed[16 + 11 + 40] = { 0 };
	struct gmac_siv siv;

	tl_gmac_siv_init(&siv, k0, k1);
	memcpy(sealed + 16, aad, sizeof(aad));
	tl_gmac_siv_seal(&siv, sealed, iv, TL_BYTES_OF(aad),
			 tl_buffer(sealed + 27, 40));
	for (size_t bit = 0; bit < 8 * sizeof(sealed); bit++) {
		uint8_t copy[sizeof(sealed)];

		memcpy(copy, sealed, sizeof(copy));
		copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
		CHECK(!tl_gmac_siv_open(&siv, copy, tl_bytes(copy + 16, 11),
					tl_buffer(copy + 27, 40)));
	}
	CHECK(tl_gmac_siv_open(&siv, sealed, tl_bytes(sealed + 16, 11),
			       tl_buffer(sealed + 27, 40)));
}

TEST(gmac_siv_depends_on_the_iv)
{
	uint8_t other[GMAC_SIV_IV_LEN] = { 3, 0, 0, 0, 0, 0, 0, 1 };
	uint8_t a[32] = { 0 };
	uint8_t b[32] = { 0 };
	uint8_t tag_a[GMAC_SIV_TAG_LEN];
	uint8_t tag_b[GMAC_SIV_TAG_LEN];
	struct gmac_siv siv;

	tl_gmac_siv_init(&siv, k0, k1);
	tl_gmac_siv_seal(&siv, tag_a, iv, TL_BYTES_OF(aad), TL_BUFFER_OF(a));
	tl_gmac_siv_seal(&siv, tag_b, other, TL_BYTES_OF(aad), TL_BUFFER_OF(b));
	CHECK(memcmp(tag_a, tag_b, sizeof(tag_a)) != 0);
	CHECK(memcmp(a, b, sizeof(a)) != 0);
}
