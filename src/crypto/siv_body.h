/* SPDX-License-Identifier: Apache-2.0 */
/*
 * siv_body.h - AES-GMAC-SIV in terms of a processor's operations on blocks
 *
 * Theory of operation: a kernel's source names the kernel, defines the
 * operations below in terms of its instructions, and then includes this file,
 * which compiles to nothing without that. All is inlined; the operations are
 *
 *	BLK	a block of 16 bytes, as a little-endian number of 128 bits
 *	VEC	VEC_BLOCKS of them side by side, its lanes
 *	vec_reverse	turns the bytes of each block around
 *	vec_only	a block in the lowest lane, zeroes in the others
 *	vec_each	the same block in all lanes
 *	vec_sum		the lanes, added up
 *	vec_counters	a counter block and those after it, reversed
 *	vec_next	the ones after those
 *	vec_mul_*	carry-less products of the low or the high halves
 *	vec_keep	the first bytes, zeroes behind them
 *	*_first, *_round	rounds 0 and 1 to 12 of AES, and the last two;
 *	*_last			when its key is added in a round is the
 *				processor's choice
 *
 * AES (FIPS 197). An AES round takes a few cycles until its result is there,
 * but one or two can begin in each cycle; so a chunk of CHUNK_VECS vectors goes
 * through the rounds side by side, and what is left vector by vector, where the
 * processor itself finds that they do not depend on one another.
 *
 * GHASH (NIST SP 800-38D 6.4) adds each block to a sum and multiplies that by
 * the key H, in the field of polynomials in x modulo x^128 + x^7 + x^2 + x + 1,
 * whose coefficient of x^0 is the block's first bit. That order is the wrong
 * way round for carry-less multiplication; but with its bytes reversed a block
 * is the number whose bit i is the coefficient of x^(127-i). Write y for 1/x:
 * it is then a polynomial A in y, the block is x^127 A, and the modulus becomes
 *
 *	Q = y^128 + y^127 + y^126 + y^121 + 1
 *
 * The product of x^127 A and x^127 B is x^127 C with C = A B / y^127. So keep
 * B' = B y modulo Q of the key instead of B: C = A B' / y^128, which is what
 * Montgomery's reduction computes. Q's low 64 bits are 1, so adding T Q, where
 * T are the low 64 bits of a number, makes these zero, and they are cut off:
 * that divides by y^64 and costs one multiplication, of T and y^63 + y^62 +
 * y^57. Twice that is y^128. The middle products stand at y^64, in between,
 * and so are added after the first step without any shift. The powers' form
 * is kept by the same multiplication: H^i y times H y over y is H^(i+1) y.
 *
 * Multiplications of halves are what is scarce; Karatsuba's way takes three for
 * a block instead of four. Reducing is linear, so it is done once for a run of
 * m blocks, "aggregated":
 *
 *	(sum + X1) H^m + X2 H^(m-1) + ... + Xm H
 *
 * Powers are kept highest first, so that m blocks, whatever m is, meet the last
 * m of them in order, and vectors of blocks meet vectors of powers. The lanes
 * behind the end hold zeroes, and what they are multiplied with is of no
 * interest. The last run has the block of lengths at its end, and the only one
 * of a short packet the additional data at its beginning: hence two powers more
 * than a chunk has blocks.
 *
 * GMAC is over the plaintext and counter mode begins with its result: sealing
 * takes two passes. Opening takes one: each chunk is hashed while the next one
 * is decrypted, the instructions of both mixed, because a processor does not
 * look far enough ahead to do so by itself. That was measured to be twice as
 * fast as one after the other with wide vectors.
 *
 * Constant time: lengths and places decide about branches and addresses, keys
 * and data never do; the instructions used take the same time for all values.
 */
#ifndef TL_CRYPTO_SIV_BODY_H
#define TL_CRYPTO_SIV_BODY_H
#ifdef SIV_KERNEL

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "crypto/gmac_siv.h"
#include "crypto/siv_kernel.h"
#include "crypto/siv_part.h"

#define N_ROUNDS (SIV_N_KEYS - 1)
#define VEC_LEN (VEC_BLOCKS * AES_BLOCK_LEN)
#define CHUNK_BLOCKS (CHUNK_VECS * VEC_BLOCKS)
#define CHUNK_LEN (CHUNK_BLOCKS * AES_BLOCK_LEN)

#define N_POWERS (CHUNK_BLOCKS + 2)
#define N_SPARE (VEC_BLOCKS - 1)
#define KEY_SIZE                                                               \
	(offsetof(struct siv_fast_key, powers) +                               \
	 (N_POWERS + N_SPARE) * AES_BLOCK_LEN)

static_assert(KEY_SIZE <= sizeof(struct siv_fast_key), "too few powers");
static_assert(CHUNK_VECS <= N_ROUNDS - 2, "a vector is hashed each round");

/**
 * struct sums - Products of blocks and powers, added up but not reduced
 * @low:	of the low halves, at y^0
 * @middle:	of the halves' sums, at y^64; less the others it is the middle
 * @high:	of the high halves, at y^128
 */
struct sums {
	VEC low;
	VEC middle;
	VEC high;
};

/* ---- AES ---- */

SIV_OP BLK encrypt_block(BLK b, const uint8_t (*keys)[AES_BLOCK_LEN])
{
	b = blk_first(b, blk_load(keys[0]));
#pragma GCC unroll 32
	for (int r = 1; r < N_ROUNDS - 1; r++)
		b = blk_round(b, blk_load(keys[r]));
	return blk_last(b, blk_load(keys[N_ROUNDS - 1]),
			blk_load(keys[N_ROUNDS]));
}

SIV_OP BLK decrypt_block(BLK b, const uint8_t (*keys)[AES_BLOCK_LEN])
{
	b = blk_inv_first(b, blk_load(keys[0]));
#pragma GCC unroll 32
	for (int r = 1; r < N_ROUNDS - 1; r++)
		b = blk_inv_round(b, blk_load(keys[r]));
	return blk_inv_last(b, blk_load(keys[N_ROUNDS - 1]),
			    blk_load(keys[N_ROUNDS]));
}

/* A vector of the key stream. */
SIV_OP VEC stream_vec(VEC counters, const uint8_t (*keys)[AES_BLOCK_LEN])
{
	VEC v = vec_first(vec_reverse(counters), vec_each(blk_load(keys[0])));

#pragma GCC unroll 32
	for (int r = 1; r < N_ROUNDS - 1; r++)
		v = vec_round(v, vec_each(blk_load(keys[r])));
	return vec_last(v, vec_each(blk_load(keys[N_ROUNDS - 1])),
			vec_each(blk_load(keys[N_ROUNDS])));
}

/* A chunk of the key stream, in steps: round 0; *@counters goes on. */
SIV_OP void begin_stream(VEC v[CHUNK_VECS], VEC *counters,
			 const uint8_t (*keys)[AES_BLOCK_LEN])
{
	VEC key = vec_each(blk_load(keys[0]));

#pragma GCC unroll 32
	for (int i = 0; i < CHUNK_VECS; i++) {
		v[i] = vec_first(vec_reverse(*counters), key);
		*counters = vec_next(*counters);
	}
}

/* Round @r of 1 to 12. */
SIV_OP void go_on_stream(VEC v[CHUNK_VECS], int r,
			 const uint8_t (*keys)[AES_BLOCK_LEN])
{
	VEC key = vec_each(blk_load(keys[r]));

#pragma GCC unroll 32
	for (int i = 0; i < CHUNK_VECS; i++)
		v[i] = vec_round(v[i], key);
}

/* The last rounds; then the chunk at @src goes to @dst, changed. */
SIV_OP void end_stream(VEC v[CHUNK_VECS], const uint8_t (*keys)[AES_BLOCK_LEN],
		       uint8_t *dst, const uint8_t *src)
{
	VEC key = vec_each(blk_load(keys[N_ROUNDS - 1]));
	VEC last = vec_each(blk_load(keys[N_ROUNDS]));

#pragma GCC unroll 32
	for (int i = 0; i < CHUNK_VECS; i++) {
		v[i] = vec_last(v[i], key, last);
		v[i] = vec_xor(v[i], vec_load(src + i * VEC_LEN));
		vec_store(dst + i * VEC_LEN, v[i]);
	}
}

/* Encrypt or decrypt a chunk. */
SIV_OP void crypt_chunk(VEC *counters, const uint8_t (*keys)[AES_BLOCK_LEN],
			uint8_t *dst, const uint8_t *src)
{
	VEC v[CHUNK_VECS];

	begin_stream(v, counters, keys);
#pragma GCC unroll 32
	for (int r = 1; r < N_ROUNDS - 1; r++)
		go_on_stream(v, r, keys);
	end_stream(v, keys, dst, src);
}

/* The same for less than a chunk. Return: of what comes out the end that is
 * less than a vector, with zeroes behind it. */
SIV_OP VEC crypt_rest(VEC counters, const uint8_t (*keys)[AES_BLOCK_LEN],
		      uint8_t *dst, struct bytes src)
{
	VEC v;

	for (; src.n >= VEC_LEN; src = tl_bytes_skip(src, VEC_LEN)) {
		v = stream_vec(counters, keys);
		vec_store(dst, vec_xor(v, vec_load(src.at)));
		counters = vec_next(counters);
		dst += VEC_LEN;
	}
	if (src.n == 0)
		return vec_only(blk_of(0, 0));
	v = vec_xor(stream_vec(counters, keys), vec_load_part(src.at, src.n));
	v = vec_keep(v, src.n);
	vec_store_part(dst, v, src.n);
	return v;
}

/* ---- GHASH ---- */

SIV_OP size_t count_blocks(size_t n)
{
	return (n + AES_BLOCK_LEN - 1) / AES_BLOCK_LEN;
}

/* Where the @i-th power is, and behind it the lower ones. */
SIV_OP const uint8_t *power(const struct siv_fast_key *key, size_t i)
{
	return key->powers[N_POWERS - i];
}

SIV_OP VEC add_halves(VEC v)
{
	return vec_xor(v, vec_swap_halves(v));
}

/* Karatsuba: the middle lacks the two others, which reduce() adds at once. */
SIV_OP void add_product(struct sums *sums, VEC a, VEC b)
{
	sums->low = vec_xor(sums->low, vec_mul_lows(a, b));
	sums->middle = vec_xor(sums->middle,
			       vec_mul_lows(add_halves(a), add_halves(b)));
	sums->high = vec_xor(sums->high, vec_mul_highs(a, b));
}

/* Divide by y^64: the low half is made zero by adding a multiple of Q. */
SIV_OP BLK reduce_half(BLK b)
{
	return blk_xor(blk_swap_halves(b),
		       blk_mul_lows(b, blk_of(0, UINT64_C(0xc2) << 56)));
}

SIV_OP BLK reduce(const struct sums *sums)
{
	VEC middle = vec_xor3(sums->middle, sums->low, sums->high);
	BLK b = blk_xor(vec_sum(middle), reduce_half(vec_sum(sums->low)));

	return blk_xor(vec_sum(sums->high), reduce_half(b));
}

/* @b times the hash key. */
SIV_OP BLK multiply(const struct siv_fast_key *key, BLK b)
{
	struct sums sums = { 0 };

	add_product(&sums, vec_only(b), vec_load(power(key, 1)));
	return reduce(&sums);
}

/* What comes before the data, but for its last multiplication. */
SIV_OP BLK hash_head(const struct siv_fast_key *key, struct bytes aad)
{
	BLK hash;
	BLK b;

	if (aad.n <= AES_BLOCK_LEN)
		return blk_reverse(blk_load_part(aad.at, aad.n));
	hash = multiply(key, blk_reverse(blk_load(aad.at)));
	b = blk_load_part(aad.at + AES_BLOCK_LEN, aad.n - AES_BLOCK_LEN);
	return blk_xor(hash, blk_reverse(b));
}

/* That multiplication: a short run's sums begin with it, and *@hash is used up;
 * before @n bytes that are more than a chunk it is done at once. */
SIV_OP struct sums begin_sums(const struct siv_fast_key *key, BLK *hash,
			      size_t n)
{
	struct sums sums = { 0 };

	if (n > CHUNK_LEN) {
		*hash = multiply(key, *hash);
		return sums;
	}
	add_product(&sums, vec_only(*hash),
		    vec_load(power(key, count_blocks(n) + 2)));
	*hash = blk_of(0, 0);
	return sums;
}

/* The block behind the data, which tells the length in bits of all before. */
SIV_OP BLK length_block(struct bytes aad, struct bytes data)
{
	uint64_t padded = count_blocks(aad.n) * AES_BLOCK_LEN;

	return blk_of((padded + data.n) * 8, 0);
}

/* The hash of what is left of @data, at most a chunk, and of @length, after
 * @sums and @hash; @part is what is less than a vector of the data. */
SIV_OP BLK hash_rest(const struct siv_fast_key *key, struct sums sums, BLK hash,
		     struct bytes data, VEC part, BLK length)
{
	const uint8_t *h = power(key, count_blocks(data.n) + 1);
	VEC v;

	for (; data.n >= VEC_LEN; data = tl_bytes_skip(data, VEC_LEN)) {
		v = vec_xor(vec_reverse(vec_load(data.at)), vec_only(hash));
		add_product(&sums, v, vec_load(h));
		hash = blk_of(0, 0);
		h += VEC_LEN;
	}
	if (data.n > 0) {
		v = vec_xor(vec_reverse(part), vec_only(hash));
		add_product(&sums, v, vec_load(h));
		hash = blk_of(0, 0);
	}
	add_product(&sums, vec_only(blk_xor(length, hash)),
		    vec_load(power(key, 1)));
	return reduce(&sums);
}

/* Add the @i-th vector of a chunk; @hash is that of all before the chunk. */
SIV_OP void hash_vec(const struct siv_fast_key *key, struct sums *sums,
		     BLK hash, const uint8_t *data, size_t i)
{
	const uint8_t *h = power(key, CHUNK_BLOCKS) + i * VEC_LEN;
	VEC v = vec_reverse(vec_load(data + i * VEC_LEN));

	if (i == 0)
		v = vec_xor(v, vec_only(hash));
	add_product(sums, v, vec_load(h));
}

SIV_OP BLK hash_chunk(const struct siv_fast_key *key, BLK hash,
		      const uint8_t *data)
{
	struct sums sums = { 0 };

#pragma GCC unroll 32
	for (size_t i = 0; i < CHUNK_VECS; i++)
		hash_vec(key, &sums, hash, data, i);
	return reduce(&sums);
}

/* The hash of @data and @length after @hash. */
SIV_OP BLK hash_data(const struct siv_fast_key *key, BLK hash,
		     struct bytes data, BLK length)
{
	struct sums sums = begin_sums(key, &hash, data.n);
	VEC part = vec_only(blk_of(0, 0));

	for (; data.n > CHUNK_LEN; data = tl_bytes_skip(data, CHUNK_LEN))
		hash = hash_chunk(key, hash, data.at);
	if (data.n % VEC_LEN > 0)
		part = vec_load_part(data.at + data.n / VEC_LEN * VEC_LEN,
				     data.n % VEC_LEN);
	return hash_rest(key, sums, hash, data, part, length);
}

/* ---- the whole ---- */

/* Encrypted first block of GMAC, from an IV in the low half of @b. */
SIV_OP BLK mac_mask(const struct siv_fast_key *key, BLK b)
{
	return encrypt_block(blk_low_halves(b, blk_of(0, UINT64_C(1) << 56)),
			     key->mac_keys);
}

/* The halves of GMAC's tag combined: in both halves of the result. */
SIV_OP BLK fold_mac(BLK hash, BLK mask)
{
	BLK mac = blk_xor(blk_reverse(hash), mask);

	return blk_xor(mac, blk_swap_halves(mac));
}

/* The counter's top bit is cleared, so that it cannot wrap around. */
SIV_OP VEC first_counters(BLK tag)
{
	BLK mask = blk_of(~UINT64_C(0), ~(UINT64_C(1) << 31));

	return vec_counters(blk_and(blk_reverse(tag), mask));
}

SIV_OP void crypt_data(const struct siv_fast_key *key, BLK tag, uint8_t *dst,
		       struct bytes src)
{
	VEC counters = first_counters(tag);

	for (; src.n >= CHUNK_LEN; src = tl_bytes_skip(src, CHUNK_LEN)) {
		crypt_chunk(&counters, key->aes_keys, dst, src.at);
		dst += CHUNK_LEN;
	}
	crypt_rest(counters, key->aes_keys, dst, src);
}

SIV_CODE static void seal_siv(const struct gmac_siv *siv, uint8_t *tag,
			      const uint8_t *iv, const struct siv_text *text)
{
	const struct siv_fast_key *key = &siv->fast;
	BLK b = blk_of(0, load_u64(iv));
	BLK mask = mac_mask(key, b);
	BLK hash = hash_data(key, hash_head(key, text->aad), text->src,
			     length_block(text->aad, text->src));

	b = blk_low_halves(b, fold_mac(hash, mask));
	b = encrypt_block(b, key->aes_keys);
	blk_store(tag, b);
	crypt_data(key, b, text->dst, text->src);
}

/* Decrypt a chunk, and meanwhile hash the one before it. */
SIV_OP BLK open_chunk(const struct siv_fast_key *key, BLK hash, VEC *counters,
		      uint8_t *dst, const uint8_t *src)
{
	struct sums sums = { 0 };
	VEC v[CHUNK_VECS];

	begin_stream(v, counters, key->aes_keys);
#pragma GCC unroll 32
	for (int r = 1; r < N_ROUNDS - 1; r++) {
		go_on_stream(v, r, key->aes_keys);
		if (r <= CHUNK_VECS)
			hash_vec(key, &sums, hash, dst - CHUNK_LEN,
				 (size_t)r - 1);
	}
	end_stream(v, key->aes_keys, dst, src);
	return reduce(&sums);
}

/* Decrypt and hash in one pass, a chunk behind. */
SIV_OP BLK open_data(const struct siv_fast_key *key, BLK hash, BLK tag,
		     uint8_t *dst, struct bytes src, BLK length)
{
	struct sums sums = begin_sums(key, &hash, src.n);
	VEC counters = first_counters(tag);
	VEC part;

	if (src.n <= CHUNK_LEN) {
		part = crypt_rest(counters, key->aes_keys, dst, src);
		return hash_rest(key, sums, hash, tl_bytes(dst, src.n), part,
				 length);
	}
	crypt_chunk(&counters, key->aes_keys, dst, src.at);
	dst += CHUNK_LEN;
	src = tl_bytes_skip(src, CHUNK_LEN);
	for (; src.n > CHUNK_LEN; src = tl_bytes_skip(src, CHUNK_LEN)) {
		hash = open_chunk(key, hash, &counters, dst, src.at);
		dst += CHUNK_LEN;
	}
	part = crypt_rest(counters, key->aes_keys, dst, src);
	hash = hash_chunk(key, hash, dst - CHUNK_LEN);
	return hash_rest(key, sums, hash, tl_bytes(dst, src.n), part, length);
}

SIV_CODE static bool open_siv(const struct gmac_siv *siv, const uint8_t *tag,
			      const struct siv_text *text)
{
	const struct siv_fast_key *key = &siv->fast;
	BLK b = blk_load_halves(tag);
	BLK want = decrypt_block(b, key->inv_keys);
	BLK mask = mac_mask(key, want);
	BLK hash = open_data(key, hash_head(key, text->aad), b, text->dst,
			     text->src, length_block(text->aad, text->src));

	return blk_high(blk_xor(fold_mac(hash, mask), want)) == 0;
}

/* ---- keys ---- */

/* FIPS 197 5.2; its words are little-endian here. */
SIV_CODE static void expand_key(uint8_t (*keys)[AES_BLOCK_LEN],
				const uint8_t *key)
{
	uint32_t w[4 * SIV_N_KEYS];
	uint32_t constant = 1;

	memcpy(w, key, AES_KEY_LEN);
	for (size_t i = 8; i < TL_ARRAY_SIZE(w); i++) {
		uint32_t t = w[i - 1];

		if (i % 8 == 0) {
			t = sub_word(t >> 8 | t << 24) ^ constant;
			constant <<= 1;
		} else if (i % 8 == 4) {
			t = sub_word(t);
		}
		w[i] = w[i - 8] ^ t;
	}
	memcpy(keys, w, sizeof(w));
	tl_wipe(w, sizeof(w));
}

/* The hash key times y, which is what makes products come out right. */
SIV_OP BLK hash_key(const struct siv_fast_key *key)
{
	uint64_t h[2];
	uint64_t carry;

	blk_store(h, blk_reverse(encrypt_block(blk_of(0, 0), key->mac_keys)));
	carry = 0 - (h[1] >> 63);
	h[1] = h[1] << 1 | h[0] >> 63;
	h[0] <<= 1;
	return blk_xor(blk_of(h[1], h[0]),
		       blk_of(carry & UINT64_C(0xc2) << 56, carry & 1));
}

SIV_CODE static void init(struct gmac_siv *siv, const uint8_t *mac_key,
			  const uint8_t *aes_key)
{
	struct siv_fast_key *key = &siv->fast;
	BLK h;

	memset(key, 0, KEY_SIZE);
	expand_key(key->mac_keys, mac_key);
	expand_key(key->aes_keys, aes_key);
	for (size_t i = 0; i < SIV_N_KEYS; i++) {
		BLK b = blk_load(key->aes_keys[N_ROUNDS - i]);

		if (i > 0 && i < N_ROUNDS)
			b = blk_inv_mix(b);
		blk_store(key->inv_keys[i], b);
	}

	h = hash_key(key);
	blk_store(key->powers[N_POWERS - 1], h);
	for (size_t i = 2; i <= N_POWERS; i++) {
		h = multiply(key, h);
		blk_store(key->powers[N_POWERS - i], h);
	}
}

const struct siv_kernel SIV_KERNEL = {
	.name = SIV_NAME,
	.key_size =
		offsetof(struct gmac_siv, fast) + sizeof(struct siv_fast_key),
	.is_usable = SIV_USABLE,
	.init = init,
	.seal = seal_siv,
	.open = open_siv,
};

#endif /* SIV_KERNEL */
#endif /* TL_CRYPTO_SIV_BODY_H */
