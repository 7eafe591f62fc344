/* SPDX-License-Identifier: Apache-2.0 */
/*
 * siv_arm.c - one block in a register: the cryptographic extension of ARMv8
 *
 * Its instructions add a round's key before they substitute bytes, those of x86
 * after they have mixed columns: rounds 0, 1 to 12 and the last two are divided
 * accordingly, with the same keys.
 */
#include "crypto/siv_cpu.h"

#ifdef SIV_ON_ARM

#include <arm_neon.h>

#ifdef __clang__
#define SIV_TARGET "aes"
#else
#define SIV_TARGET "+crypto"
#endif
#define SIV_CODE __attribute__((target(SIV_TARGET)))
#define SIV_OP static inline __attribute__((always_inline, target(SIV_TARGET)))

#define BLK uint8x16_t

SIV_OP BLK blk_load(const void *p)
{
	return vld1q_u8(p);
}

SIV_OP void blk_store(void *p, BLK b)
{
	vst1q_u8(p, b);
}

SIV_OP BLK blk_of(uint64_t high, uint64_t low)
{
	return vreinterpretq_u8_u64(
		vcombine_u64(vcreate_u64(low), vcreate_u64(high)));
}

SIV_OP BLK blk_xor(BLK a, BLK b)
{
	return veorq_u8(a, b);
}

SIV_OP BLK blk_and(BLK a, BLK b)
{
	return vandq_u8(a, b);
}

SIV_OP BLK blk_add32(BLK a, BLK b)
{
	return vreinterpretq_u8_u32(
		vaddq_u32(vreinterpretq_u32_u8(a), vreinterpretq_u32_u8(b)));
}

SIV_OP BLK blk_low_halves(BLK low, BLK high)
{
	return vreinterpretq_u8_u64(vzip1q_u64(vreinterpretq_u64_u8(low),
					       vreinterpretq_u64_u8(high)));
}

SIV_OP BLK blk_swap_halves(BLK b)
{
	return vextq_u8(b, b, 8);
}

SIV_OP uint64_t blk_low(BLK b)
{
	return vgetq_lane_u64(vreinterpretq_u64_u8(b), 0);
}

SIV_OP uint64_t blk_high(BLK b)
{
	return vgetq_lane_u64(vreinterpretq_u64_u8(b), 1);
}

SIV_OP BLK blk_reverse(BLK b)
{
	return blk_swap_halves(vrev64q_u8(b));
}

SIV_OP BLK blk_mul_lows(BLK a, BLK b)
{
	poly64_t x = vgetq_lane_p64(vreinterpretq_p64_u8(a), 0);
	poly64_t y = vgetq_lane_p64(vreinterpretq_p64_u8(b), 0);

	return vreinterpretq_u8_p128(vmull_p64(x, y));
}

SIV_OP BLK blk_mul_highs(BLK a, BLK b)
{
	return vreinterpretq_u8_p128(vmull_high_p64(vreinterpretq_p64_u8(a),
						    vreinterpretq_p64_u8(b)));
}

SIV_OP BLK blk_first(BLK b, BLK key)
{
	return vaesmcq_u8(vaeseq_u8(b, key));
}

SIV_OP BLK blk_round(BLK b, BLK key)
{
	return vaesmcq_u8(vaeseq_u8(b, key));
}

SIV_OP BLK blk_last(BLK b, BLK key, BLK last)
{
	return veorq_u8(vaeseq_u8(b, key), last);
}

SIV_OP BLK blk_inv_first(BLK b, BLK key)
{
	return vaesimcq_u8(vaesdq_u8(b, key));
}

SIV_OP BLK blk_inv_round(BLK b, BLK key)
{
	return vaesimcq_u8(vaesdq_u8(b, key));
}

SIV_OP BLK blk_inv_last(BLK b, BLK key, BLK last)
{
	return veorq_u8(vaesdq_u8(b, key), last);
}

SIV_OP BLK blk_inv_mix(BLK key)
{
	return vaesimcq_u8(key);
}

/* With the same word in each column, shifting rows changes nothing. */
SIV_OP uint32_t sub_word(uint32_t word)
{
	BLK b = vreinterpretq_u8_u32(vdupq_n_u32(word));

	b = vaeseq_u8(b, vdupq_n_u8(0));
	return vgetq_lane_u32(vreinterpretq_u32_u8(b), 0);
}

#include "crypto/siv_single.h"

#define SIV_KERNEL tl_siv_arm
#define SIV_NAME "armv8"
#define SIV_USABLE tl_siv_has_arm

#include "crypto/siv_body.h"

#endif /* SIV_ON_ARM */
