/* SPDX-License-Identifier: Apache-2.0 */
/*
 * siv_kernel_fuzz.c - every kernel of AES-GMAC-SIV does as the plain one does
 *
 * The input is: both keys' first bytes, how much additional data there is and
 * where in memory the rest lies, then IV, tag, additional data, data.
 */
#include <string.h>

#include "base/reader.h"
#include "crypto/gmac_siv.h"
#include "crypto/siv_kernel.h"

#define LEN_MAX 12000
#define OFFSET_MASK 63

/**
 * struct input - What the fuzzer's bytes say
 * @offset:	alignment of the data
 */
struct input {
	uint8_t mac_key[AES_KEY_LEN];
	uint8_t aes_key[AES_KEY_LEN];
	size_t offset;
	struct bytes iv;
	struct bytes tag;
	struct bytes aad;
	struct bytes data;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool parse(struct input *in, struct bytes from)
{
	struct reader r = tl_reader(from);
	size_t n_aad;

	memset(in, 0, sizeof(*in));
	in->mac_key[0] = tl_read_u8(&r);
	in->aes_key[0] = tl_read_u8(&r);
	n_aad = tl_read_u8(&r) % (GMAC_SIV_AAD_MAX + 1);
	in->offset = tl_read_u8(&r) & OFFSET_MASK;
	in->iv = tl_read_slice(&r, GMAC_SIV_IV_LEN);
	in->tag = tl_read_slice(&r, GMAC_SIV_TAG_LEN);
	in->aad = tl_read_slice(&r, n_aad);
	in->data = r.rest;
	return tl_reader_ok(&r) && in->data.n <= LEN_MAX;
}

static void check_kernel(const struct siv_kernel *kernel,
			 const struct input *in)
{
	static uint8_t room[2][LEN_MAX + OFFSET_MASK];
	static struct gmac_siv tried;
	static struct gmac_siv plain;
	uint8_t tags[2][GMAC_SIV_TAG_LEN];
	uint8_t *got = room[0] + in->offset;
	uint8_t *want = room[1];
	struct siv_text got_text = { in->aad, in->data, got };
	struct siv_text want_text = { in->aad, in->data, want };
	size_t n = in->data.n;
	bool ok;

	tl_gmac_siv_init_with(&tried, kernel, in->mac_key, in->aes_key);
	tl_gmac_siv_init_with(&plain, &tl_siv_plain, in->mac_key, in->aes_key);
	ok = tl_gmac_siv_open_text(&plain, in->tag.at, &want_text);
	tl_assert(tl_gmac_siv_open_text(&tried, in->tag.at, &got_text) == ok);
	tl_assert(memcmp(got, want, n) == 0);

	tl_gmac_siv_seal_text(&plain, tags[1], in->iv.at, &want_text);
	tl_gmac_siv_seal_text(&tried, tags[0], in->iv.at, &got_text);
	tl_assert(memcmp(tags[0], tags[1], sizeof(tags[0])) == 0);
	tl_assert(memcmp(got, want, n) == 0);
	tl_assert(
		tl_gmac_siv_open(&tried, tags[0], in->aad, tl_buffer(got, n)));
	tl_assert(tl_bytes_equal(tl_bytes(got, n), in->data));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct siv_kernel *kernel;
	struct input in;

	if (!parse(&in, tl_bytes(data, n)))
		return 0;
	for (size_t i = 0; (kernel = tl_siv_kernel_at(i)); i++)
		if (kernel->is_usable())
			check_kernel(kernel, &in);
	return 0;
}
