/* SPDX-License-Identifier: Apache-2.0 */
/*
 * siv_x86.h - operations on one block with AES-NI and PCLMULQDQ
 *
 * For the kernels of x86-64; siv_body.h says what each operation means. Whoever
 * includes it sets SIV_TARGET to the instructions its functions may use, so
 * that the compiler's own flags stay those of any processor.
 */
#ifndef TL_CRYPTO_SIV_X86_H
#define TL_CRYPTO_SIV_X86_H
#ifdef __x86_64__

#include <immintrin.h>
#include <stdint.h>

#ifndef SIV_TARGET
#define SIV_TARGET "aes,pclmul,ssse3,sse4.1"
#endif
#define SIV_CODE __attribute__((target(SIV_TARGET)))
#define SIV_OP static inline __attribute__((always_inline, target(SIV_TARGET)))

#define BLK __m128i

SIV_OP BLK blk_load(const void *p)
{
	return _mm_loadu_si128(p);
}

SIV_OP void blk_store(void *p, BLK b)
{
	_mm_storeu_si128(p, b);
}

SIV_OP BLK blk_of(uint64_t high, uint64_t low)
{
	return _mm_set_epi64x((int64_t)high, (int64_t)low);
}

SIV_OP BLK blk_xor(BLK a, BLK b)
{
	return _mm_xor_si128(a, b);
}

SIV_OP BLK blk_and(BLK a, BLK b)
{
	return _mm_and_si128(a, b);
}

SIV_OP BLK blk_add32(BLK a, BLK b)
{
	return _mm_add_epi32(a, b);
}

SIV_OP BLK blk_low_halves(BLK low, BLK high)
{
	return _mm_unpacklo_epi64(low, high);
}

SIV_OP BLK blk_swap_halves(BLK b)
{
	return _mm_shuffle_epi32(b, 0x4e);
}

SIV_OP uint64_t blk_low(BLK b)
{
	return (uint64_t)_mm_cvtsi128_si64(b);
}

SIV_OP uint64_t blk_high(BLK b)
{
	return (uint64_t)_mm_extract_epi64(b, 1);
}

SIV_OP BLK blk_reverse(BLK b)
{
	return _mm_shuffle_epi8(b, _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
						10, 11, 12, 13, 14, 15));
}

SIV_OP BLK blk_mul_lows(BLK a, BLK b)
{
	return _mm_clmulepi64_si128(a, b, 0x00);
}

SIV_OP BLK blk_mul_highs(BLK a, BLK b)
{
	return _mm_clmulepi64_si128(a, b, 0x11);
}

SIV_OP BLK blk_first(BLK b, BLK key)
{
	return _mm_xor_si128(b, key);
}

SIV_OP BLK blk_round(BLK b, BLK key)
{
	return _mm_aesenc_si128(b, key);
}

SIV_OP BLK blk_last(BLK b, BLK key, BLK last)
{
	return _mm_aesenclast_si128(_mm_aesenc_si128(b, key), last);
}

SIV_OP BLK blk_inv_first(BLK b, BLK key)
{
	return _mm_xor_si128(b, key);
}

SIV_OP BLK blk_inv_round(BLK b, BLK key)
{
	return _mm_aesdec_si128(b, key);
}

SIV_OP BLK blk_inv_last(BLK b, BLK key, BLK last)
{
	return _mm_aesdeclast_si128(_mm_aesdec_si128(b, key), last);
}

SIV_OP BLK blk_inv_mix(BLK key)
{
	return _mm_aesimc_si128(key);
}

SIV_OP uint32_t sub_word(uint32_t word)
{
	BLK b = _mm_set1_epi32((int32_t)word);

	b = _mm_aeskeygenassist_si128(b, 0);
	return (uint32_t)_mm_cvtsi128_si32(b);
}

#endif /* __x86_64__ */
#endif /* TL_CRYPTO_SIV_X86_H */
