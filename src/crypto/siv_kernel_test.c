/* SPDX-License-Identifier: Apache-2.0 */
/*
 * siv_kernel_test.c - every kernel gives what the plain one gives
 */
#include "crypto/siv_kernel.h"

#include <sys/mman.h>
#include <unistd.h>

#include "crypto/gmac_siv.h"
#include "vectors/vector.h"

#ifdef __aarch64__
#define SINGLE "armv8"
#else
#define SINGLE "aes-ni"
#endif

#define LEN_MAX 2100
#define ROOM (LEN_MAX + 256)

/* A kernel and the plain one, with the same keys. */
struct pair {
	struct gmac_siv tried;
	struct gmac_siv plain;
};

/* What the two make of the same bytes, and what is around it. */
struct sealed {
	uint8_t tag[GMAC_SIV_TAG_LEN];
	uint8_t room[ROOM];
};

static uint64_t seed = 1;

static uint8_t some_byte(void)
{
	seed = seed * 6364136223846793005 + 1442695040888963407;
	return (uint8_t)(seed >> 56);
}

static void fill(uint8_t *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		at[i] = some_byte();
}

/* The kernel called @name; the test is skipped where it cannot run. */
static const struct siv_kernel *need_kernel(const char *name)
{
	const struct siv_kernel *kernel;

	for (size_t i = 0; (kernel = tl_siv_kernel_at(i)); i++) {
		if (strcmp(kernel->name, name) != 0)
			continue;
		if (!kernel->is_usable())
			SKIP("this processor cannot run the kernel %s", name);
		return kernel;
	}
	SKIP("the kernel %s is not in this build", name);
}

static void init_pair(struct pair *pair, const struct siv_kernel *kernel)
{
	uint8_t k0[AES_KEY_LEN];
	uint8_t k1[AES_KEY_LEN];

	fill(k0, sizeof(k0));
	fill(k1, sizeof(k1));
	tl_gmac_siv_init_with(&pair->tried, kernel, k0, k1);
	tl_gmac_siv_init_with(&pair->plain, &tl_siv_plain, k0, k1);
}

/* Both seal @n bytes: the tried one from @from to @to in its room, which may be
 * the same place; the same bytes come out, and none is written beside them. */
static void check_seal(const struct pair *pair, struct bytes aad,
		       const uint8_t *iv, size_t from, size_t to, size_t n)
{
	static struct sealed tried;
	static struct sealed plain;
	static uint8_t text[LEN_MAX];
	struct siv_text there = { aad, tl_bytes(tried.room + from, n),
				  tried.room + to };
	struct siv_text back = { aad, tl_bytes(tried.room + to, n),
				 tried.room + from };

	fill(text, n);
	fill(plain.room, sizeof(plain.room));
	memcpy(tried.room, plain.room, sizeof(plain.room));
	memcpy(tried.room + from, text, n);
	if (from != to)
		memcpy(plain.room + from, text, n);
	memcpy(plain.room + to, text, n);

	tl_gmac_siv_seal(&pair->plain, plain.tag, iv, aad,
			 tl_buffer(plain.room + to, n));
	tl_gmac_siv_seal_text(&pair->tried, tried.tag, iv, &there);
	CHECK_MEM(tried.tag, plain.tag, sizeof(tried.tag));
	CHECK_MEM(tried.room, plain.room, sizeof(tried.room));

	memcpy(plain.room + from, text, n);
	CHECK(tl_gmac_siv_open_text(&pair->tried, tried.tag, &back));
	CHECK_MEM(tried.room, plain.room, sizeof(tried.room));
}

/* A bit of tag or data that is another one, at the end and anywhere. */
static void check_tampered(const struct pair *pair, struct bytes aad,
			   const uint8_t *iv, size_t n)
{
	static uint8_t data[LEN_MAX];
	static uint8_t copy[LEN_MAX];
	uint8_t tag[GMAC_SIV_TAG_LEN];
	size_t at[3] = { 0, n / 2, n - 1 };

	fill(data, n);
	tl_gmac_siv_seal(&pair->tried, tag, iv, aad, tl_buffer(data, n));
	for (size_t i = 0; n > 0 && i < TL_ARRAY_SIZE(at); i++) {
		memcpy(copy, data, n);
		copy[at[i]] ^= (uint8_t)(1u << some_byte() % 8);
		CHECK(!tl_gmac_siv_open(&pair->tried, tag, aad,
					tl_buffer(copy, n)));
	}
	memcpy(copy, data, n);
	tag[some_byte() % sizeof(tag)] ^= (uint8_t)(1u << some_byte() % 8);
	CHECK(!tl_gmac_siv_open(&pair->tried, tag, aad, tl_buffer(copy, n)));
}

static void check_lengths(const struct siv_kernel *kernel)
{
	static struct pair pair;
	uint8_t aad[GMAC_SIV_AAD_MAX];
	uint8_t iv[GMAC_SIV_IV_LEN];

	for (size_t n = 0; n <= LEN_MAX; n++) {
		size_t from = some_byte() % 64;
		struct bytes some = tl_bytes(aad, n % (sizeof(aad) + 1));

		if (n % 100 == 0)
			init_pair(&pair, kernel);
		fill(iv, sizeof(iv));
		fill(aad, sizeof(aad));
		check_seal(&pair, some, iv, from, from, n);
		check_seal(&pair, tl_bytes(aad, 11), iv, from, from, n);
		check_tampered(&pair, some, iv, n);
	}
}

/* From one place to another, each at any alignment. */
static void check_places(const struct siv_kernel *kernel)
{
	static struct pair pair;
	uint8_t aad[11];
	uint8_t iv[GMAC_SIV_IV_LEN];

	init_pair(&pair, kernel);
	for (size_t n = 0; n <= LEN_MAX / 2; n++) {
		size_t near = some_byte() % 64;
		size_t far = near + n + some_byte() % 64;

		fill(iv, sizeof(iv));
		fill(aad, sizeof(aad));
		check_seal(&pair, TL_BYTES_OF(aad), iv, near, far, n);
		check_seal(&pair, TL_BYTES_OF(aad), iv, far, near, n);
	}
}

/* So long that the counter's lower bytes carry, at random places. */
static void check_carries(const struct siv_kernel *kernel)
{
	static struct pair pair;
	static uint8_t tried[1 << 17];
	static uint8_t plain[1 << 17];
	uint8_t iv[GMAC_SIV_IV_LEN];
	uint8_t tags[2][GMAC_SIV_TAG_LEN];

	init_pair(&pair, kernel);
	for (int i = 0; i < 16; i++) {
		fill(iv, sizeof(iv));
		fill(tried, sizeof(tried));
		memcpy(plain, tried, sizeof(plain));
		tl_gmac_siv_seal(&pair.tried, tags[0], iv, tl_bytes(NULL, 0),
				 TL_BUFFER_OF(tried));
		tl_gmac_siv_seal(&pair.plain, tags[1], iv, tl_bytes(NULL, 0),
				 TL_BUFFER_OF(plain));
		CHECK_MEM(tags[0], tags[1], sizeof(tags[0]));
		CHECK_MEM(tried, plain, sizeof(tried));
	}
}

/* What lies behind the bytes that a key is said to use is left alone. */
static void check_key_size(const struct siv_kernel *kernel)
{
	static struct gmac_siv siv;
	const uint8_t *bytes = (const uint8_t *)&siv;
	uint8_t key[AES_KEY_LEN] = { 1 };

	CHECK(kernel->key_size <= sizeof(siv));
	memset(&siv, 0xa5, sizeof(siv));
	tl_gmac_siv_init_with(&siv, kernel, key, key);
	for (size_t i = kernel->key_size; i < sizeof(siv); i++)
		CHECK_EQ(bytes[i], 0xa5);
}

/* A page between two that nobody may touch. */
static struct buffer lonely_page(void)
{
	size_t n = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *at = mmap(NULL, 3 * n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			   /* cppcheck-suppress invalidFunctionArg; no file */
			   -1, 0);

	CHECK(at != MAP_FAILED);
	CHECK_EQ(mprotect(at + n, n, PROT_READ | PROT_WRITE), 0);
	return tl_buffer(at + n, n);
}

/* Nothing is read or written beside the data, at neither end of it. */
static void check_edges(const struct siv_kernel *kernel)
{
	struct buffer page = lonely_page();
	struct buffer aad = lonely_page();
	struct gmac_siv siv;
	uint8_t key[AES_KEY_LEN] = { 1 };
	uint8_t tag[GMAC_SIV_TAG_LEN];

	tl_gmac_siv_init_with(&siv, kernel, key, key);
	for (size_t n = 0; n <= 1100; n++) {
		size_t n_aad = n % (GMAC_SIV_AAD_MAX + 1);
		uint8_t *last = page.at + page.n - n;
		struct bytes a = tl_bytes(aad.at + aad.n - n_aad, n_aad);

		tl_gmac_siv_seal(&siv, tag, key, a, tl_buffer(last, n));
		CHECK(tl_gmac_siv_open(&siv, tag, a, tl_buffer(last, n)));
		a = tl_bytes(aad.at, n_aad);
		tl_gmac_siv_seal(&siv, tag, key, a, tl_buffer(page.at, n));
		CHECK(tl_gmac_siv_open(&siv, tag, a, tl_buffer(page.at, n)));
	}
}

static void check_kernel(const char *name)
{
	const struct siv_kernel *kernel = need_kernel(name);

	check_key_size(kernel);
	check_lengths(kernel);
	check_places(kernel);
	check_edges(kernel);
	check_carries(kernel);
}

TEST(siv_kernel_vaes_avx512_is_as_the_plain_one)
{
	check_kernel("vaes-avx512");
}

TEST(siv_kernel_vaes_avx2_is_as_the_plain_one)
{
	check_kernel("vaes-avx2");
}

TEST(siv_kernel_of_single_blocks_is_as_the_plain_one)
{
	check_kernel(SINGLE);
}

TEST(siv_kernel_plain_goes_from_one_place_to_another)
{
	check_kernel("plain");
}

TEST(siv_kernel_best_is_the_first_usable_one)
{
	const struct siv_kernel *best = tl_siv_kernel_best();
	size_t i = 0;

	CHECK(best->is_usable());
	while (tl_siv_kernel_at(i) != best)
		CHECK(!tl_siv_kernel_at(i++)->is_usable());
	while (tl_siv_kernel_at(i))
		i++;
	CHECK(tl_siv_kernel_at(i - 1) == &tl_siv_plain);
	CHECK_EQ(tl_gmac_siv_size(), best->key_size);
}
