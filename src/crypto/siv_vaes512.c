/* SPDX-License-Identifier: Apache-2.0 */
/*
 * siv_vaes512.c - four blocks in a register: VAES and VPCLMULQDQ of AVX-512
 */
#ifdef __x86_64__
#define SIV_TARGET "avx512f,avx512bw,avx512vl,vaes,vpclmulqdq,aes,pclmul"

#include "crypto/siv_cpu.h"
#include "crypto/siv_x86.h"

#define SIV_KERNEL tl_siv_vaes512
#define SIV_NAME "vaes-avx512"
#define SIV_USABLE tl_siv_has_vaes512
#define VEC __m512i
#define VEC_BLOCKS 4
#define CHUNK_VECS 8

SIV_OP VEC vec_load(const void *p)
{
	return _mm512_loadu_si512(p);
}

SIV_OP void vec_store(void *p, VEC v)
{
	_mm512_storeu_si512(p, v);
}

SIV_OP __mmask64 first_bytes(size_t n)
{
	return ~UINT64_C(0) >> (64 - n);
}

SIV_OP VEC vec_load_part(const uint8_t *p, size_t n)
{
	return _mm512_maskz_loadu_epi8(first_bytes(n), p);
}

SIV_OP void vec_store_part(uint8_t *p, VEC v, size_t n)
{
	_mm512_mask_storeu_epi8(p, first_bytes(n), v);
}

SIV_OP VEC vec_keep(VEC v, size_t n)
{
	return _mm512_maskz_mov_epi8(first_bytes(n), v);
}

SIV_OP VEC vec_each(BLK b)
{
	return _mm512_broadcast_i32x4(b);
}

SIV_OP VEC vec_only(BLK b)
{
	return _mm512_zextsi128_si512(b);
}

SIV_OP BLK vec_sum(VEC v)
{
	__m256i w = _mm256_xor_si256(_mm512_castsi512_si256(v),
				     _mm512_extracti64x4_epi64(v, 1));

	return _mm_xor_si128(_mm256_castsi256_si128(w),
			     _mm256_extracti128_si256(w, 1));
}

SIV_OP VEC vec_xor(VEC a, VEC b)
{
	return _mm512_xor_si512(a, b);
}

SIV_OP VEC vec_xor3(VEC a, VEC b, VEC c)
{
	return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}

SIV_OP VEC vec_reverse(VEC v)
{
	return _mm512_shuffle_epi8(v, vec_each(_mm_set_epi8(0, 1, 2, 3, 4, 5, 6,
							    7, 8, 9, 10, 11, 12,
							    13, 14, 15)));
}

SIV_OP VEC vec_counters(BLK b)
{
	return _mm512_add_epi32(vec_each(b),
				_mm512_set_epi32(0, 0, 0, 3, 0, 0, 0, 2, 0, 0,
						 0, 1, 0, 0, 0, 0));
}

SIV_OP VEC vec_next(VEC v)
{
	return _mm512_add_epi32(v, vec_each(_mm_set_epi32(0, 0, 0, 4)));
}

SIV_OP VEC vec_mul_lows(VEC a, VEC b)
{
	return _mm512_clmulepi64_epi128(a, b, 0x00);
}

SIV_OP VEC vec_mul_highs(VEC a, VEC b)
{
	return _mm512_clmulepi64_epi128(a, b, 0x11);
}

SIV_OP VEC vec_swap_halves(VEC v)
{
	return _mm512_shuffle_epi32(v, 0x4e);
}

SIV_OP VEC vec_first(VEC v, VEC key)
{
	return _mm512_xor_si512(v, key);
}

SIV_OP VEC vec_round(VEC v, VEC key)
{
	return _mm512_aesenc_epi128(v, key);
}

SIV_OP VEC vec_last(VEC v, VEC key, VEC last)
{
	return _mm512_aesenclast_epi128(_mm512_aesenc_epi128(v, key), last);
}

#include "crypto/siv_body.h"

#endif /* __x86_64__ */
