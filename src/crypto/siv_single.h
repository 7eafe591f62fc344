/* SPDX-License-Identifier: Apache-2.0 */
/*
 * siv_single.h - vectors of one block, for processors that have no wider ones
 *
 * For the kernels whose operations on blocks are defined already; siv_body.h
 * says what each operation on vectors means.
 */
#ifndef TL_CRYPTO_SIV_SINGLE_H
#define TL_CRYPTO_SIV_SINGLE_H
#ifdef BLK

#include "crypto/aes.h"
#include "crypto/siv_part.h"

#define VEC BLK
#define VEC_BLOCKS 1
#define CHUNK_VECS 8

SIV_OP VEC vec_load(const void *p)
{
	return blk_load(p);
}

SIV_OP void vec_store(void *p, VEC v)
{
	blk_store(p, v);
}

SIV_OP VEC vec_load_part(const uint8_t *p, size_t n)
{
	return blk_load_part(p, n);
}

SIV_OP void vec_store_part(uint8_t *p, VEC v, size_t n)
{
	blk_store_part(p, v, n);
}

SIV_OP VEC vec_keep(VEC v, size_t n)
{
	static const uint8_t mask[2 * AES_BLOCK_LEN] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	};

	return blk_and(v, blk_load(mask + AES_BLOCK_LEN - n));
}

SIV_OP VEC vec_each(BLK b)
{
	return b;
}

SIV_OP VEC vec_only(BLK b)
{
	return b;
}

SIV_OP BLK vec_sum(VEC v)
{
	return v;
}

SIV_OP VEC vec_xor(VEC a, VEC b)
{
	return blk_xor(a, b);
}

SIV_OP VEC vec_xor3(VEC a, VEC b, VEC c)
{
	return blk_xor(a, blk_xor(b, c));
}

SIV_OP VEC vec_reverse(VEC v)
{
	return blk_reverse(v);
}

SIV_OP VEC vec_counters(BLK b)
{
	return b;
}

SIV_OP VEC vec_next(VEC v)
{
	return blk_add32(v, blk_of(0, 1));
}

SIV_OP VEC vec_mul_lows(VEC a, VEC b)
{
	return blk_mul_lows(a, b);
}

SIV_OP VEC vec_mul_highs(VEC a, VEC b)
{
	return blk_mul_highs(a, b);
}

SIV_OP VEC vec_swap_halves(VEC v)
{
	return blk_swap_halves(v);
}

SIV_OP VEC vec_first(VEC v, VEC key)
{
	return blk_first(v, key);
}

SIV_OP VEC vec_round(VEC v, VEC key)
{
	return blk_round(v, key);
}

SIV_OP VEC vec_last(VEC v, VEC key, VEC last)
{
	return blk_last(v, key, last);
}

#endif /* BLK */
#endif /* TL_CRYPTO_SIV_SINGLE_H */
