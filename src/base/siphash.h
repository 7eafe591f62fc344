/* SPDX-License-Identifier: Apache-2.0 */
/*
 * siphash.h - a keyed hash of short inputs
 *
 * SipHash (Aumasson, Bernstein: SipHash, a fast short-input PRF, 2012).
 */
#ifndef TL_BASE_SIPHASH_H
#define TL_BASE_SIPHASH_H

#include "base/bytes.h"

/* With 1 and 3 rounds, for hash tables: strangers cannot make keys collide. */
uint64_t tl_siphash_13(const uint64_t key[2], struct bytes b);
/* Of @value, most significant byte first. */
uint64_t tl_siphash_13_u64(const uint64_t key[2], uint64_t value);

/* With 2 and 4 rounds, as a message authentication code of 64 bits. */
uint64_t tl_siphash_24(const uint8_t key[16], struct bytes b);

#endif /* TL_BASE_SIPHASH_H */
