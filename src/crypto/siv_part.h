/* SPDX-License-Identifier: Apache-2.0 */
/*
 * siv_part.h - blocks that are not full, from register to register
 *
 * A block that is put together in memory is read back before its pieces have
 * left the processor's store buffer, and then the load waits until everything
 * before it is done: that costs a short packet more than its encryption. So
 * these functions read and write with a few accesses of fixed sizes; how many
 * bytes there are is no secret. For kernels, whose blocks are little-endian.
 */
#ifndef TL_CRYPTO_SIV_PART_H
#define TL_CRYPTO_SIV_PART_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t load_u64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline void store_u64(uint8_t *p, uint64_t v)
{
	memcpy(p, &v, sizeof(v));
}

/* The @n < 8 bytes at @p, zeroes above them. */
static inline uint64_t load_below_8(const uint8_t *p, size_t n)
{
	uint64_t v = 0;
	uint32_t four;
	uint16_t two;

	if (n & 1)
		v = p[n - 1];
	if (n & 2) {
		memcpy(&two, p + (n & 4), sizeof(two));
		v = v << 16 | two;
	}
	if (n & 4) {
		memcpy(&four, p, sizeof(four));
		v = v << 32 | four;
	}
	return v;
}

static inline void store_below_8(uint8_t *p, uint64_t v, size_t n)
{
	uint32_t four = (uint32_t)v;
	uint16_t two;

	if (n & 4) {
		memcpy(p, &four, sizeof(four));
		p += sizeof(four);
		v >>= 32;
	}
	two = (uint16_t)v;
	if (n & 2) {
		memcpy(p, &two, sizeof(two));
		p += sizeof(two);
		v >>= 16;
	}
	if (n & 1)
		*p = (uint8_t)v;
}

#ifdef BLK

/* Two halves of a block, which may have been written apart. */
SIV_OP BLK blk_load_halves(const uint8_t *p)
{
	return blk_of(load_u64(p + 8), load_u64(p));
}

/* The @n <= 16 bytes at @p, zeroes behind them. */
SIV_OP BLK blk_load_part(const uint8_t *p, size_t n)
{
	if (n >= 16)
		return blk_load(p);
	if (n >= 8)
		return blk_of(load_below_8(p + 8, n - 8), load_u64(p));
	return blk_of(0, load_below_8(p, n));
}

SIV_OP void blk_store_part(uint8_t *p, BLK b, size_t n)
{
	if (n >= 16) {
		blk_store(p, b);
	} else if (n >= 8) {
		store_u64(p, blk_low(b));
		store_below_8(p + 8, blk_high(b), n - 8);
	} else {
		store_below_8(p, blk_low(b), n);
	}
}

#endif /* BLK */
#endif /* TL_CRYPTO_SIV_PART_H */
