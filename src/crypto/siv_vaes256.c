/* SPDX-License-Identifier: Apache-2.0 */
/*
 * siv_vaes256.c - two blocks in a register: VAES and VPCLMULQDQ with AVX2
 */
#ifdef __x86_64__
#define SIV_TARGET "avx2,vaes,vpclmulqdq,aes,pclmul"

#include "crypto/siv_cpu.h"
#include "crypto/siv_x86.h"

#include "crypto/siv_part.h"

#define SIV_KERNEL tl_siv_vaes256
#define SIV_NAME "vaes-avx2"
#define SIV_USABLE tl_siv_has_vaes256
#define VEC __m256i
#define VEC_BLOCKS 2
#define CHUNK_VECS 8

SIV_OP VEC vec_load(const void *p)
{
	return _mm256_loadu_si256(p);
}

SIV_OP void vec_store(void *p, VEC v)
{
	_mm256_storeu_si256(p, v);
}

SIV_OP VEC vec_load_part(const uint8_t *p, size_t n)
{
	if (n <= sizeof(BLK))
		return _mm256_zextsi128_si256(blk_load_part(p, n));
	return _mm256_set_m128i(blk_load_part(p + sizeof(BLK), n - sizeof(BLK)),
				blk_load(p));
}

SIV_OP void vec_store_part(uint8_t *p, VEC v, size_t n)
{
	if (n <= sizeof(BLK)) {
		blk_store_part(p, _mm256_castsi256_si128(v), n);
		return;
	}
	blk_store(p, _mm256_castsi256_si128(v));
	blk_store_part(p + sizeof(BLK), _mm256_extracti128_si256(v, 1),
		       n - sizeof(BLK));
}

SIV_OP VEC vec_keep(VEC v, size_t n)
{
	static const uint8_t mask[2 * sizeof(VEC)] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	};

	return _mm256_and_si256(v, vec_load(mask + sizeof(VEC) - n));
}

SIV_OP VEC vec_each(BLK b)
{
	return _mm256_broadcastsi128_si256(b);
}

SIV_OP VEC vec_only(BLK b)
{
	return _mm256_zextsi128_si256(b);
}

SIV_OP BLK vec_sum(VEC v)
{
	return _mm_xor_si128(_mm256_castsi256_si128(v),
			     _mm256_extracti128_si256(v, 1));
}

SIV_OP VEC vec_xor(VEC a, VEC b)
{
	return _mm256_xor_si256(a, b);
}

SIV_OP VEC vec_xor3(VEC a, VEC b, VEC c)
{
	return _mm256_xor_si256(a, _mm256_xor_si256(b, c));
}

SIV_OP VEC vec_reverse(VEC v)
{
	return _mm256_shuffle_epi8(v, vec_each(_mm_set_epi8(0, 1, 2, 3, 4, 5, 6,
							    7, 8, 9, 10, 11, 12,
							    13, 14, 15)));
}

SIV_OP VEC vec_counters(BLK b)
{
	return _mm256_add_epi32(vec_each(b),
				_mm256_set_epi32(0, 0, 0, 1, 0, 0, 0, 0));
}

SIV_OP VEC vec_next(VEC v)
{
	return _mm256_add_epi32(v, vec_each(_mm_set_epi32(0, 0, 0, 2)));
}

SIV_OP VEC vec_mul_lows(VEC a, VEC b)
{
	return _mm256_clmulepi64_epi128(a, b, 0x00);
}

SIV_OP VEC vec_mul_highs(VEC a, VEC b)
{
	return _mm256_clmulepi64_epi128(a, b, 0x11);
}

SIV_OP VEC vec_swap_halves(VEC v)
{
	return _mm256_shuffle_epi32(v, 0x4e);
}

SIV_OP VEC vec_first(VEC v, VEC key)
{
	return _mm256_xor_si256(v, key);
}

SIV_OP VEC vec_round(VEC v, VEC key)
{
	return _mm256_aesenc_epi128(v, key);
}

SIV_OP VEC vec_last(VEC v, VEC key, VEC last)
{
	return _mm256_aesenclast_epi128(_mm256_aesenc_epi128(v, key), last);
}

#include "crypto/siv_body.h"

#endif /* __x86_64__ */
