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
 *	vec_mul_*	carry-less products of halves: lows, highs, and across
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
 * Reducing is linear, so it is done once for a run of m blocks, "aggregated":
 *
 *	sum H^m + X1 H^m + X2 H^(m-1) + ... + Xm H
 *
 * Powers are kept highest first, so that m blocks, whatever m is, meet the last
 * m of them in order, and vectors of blocks meet vectors of powers. The lanes
 * behind the end hold zeroes, and what they are multiplied with is of no
 * interest. The last run has the block of lengths at its end and the first one
 * the additional data at its beginning: hence two more powers than a chunk has
 * blocks, and one reduction only for a short packet.
 *
 * GMAC is over the plaintext and counter mode begins with its result: sealing
 * takes two passes, opening decrypts and hashes a chunk in one.
 *
 * Constant time: lengths and places decide about branches and addresses, keys
 * and data never do; the instructions used take the same time for all values.
 */
#ifndef TL_CRYPTO_SIV_BODY_H
#define TL_CRYPTO_SIV_BODY_H
#ifdef SIV_KERNEL

#include <assert.h>
#include <string.h>

#include "crypto/gmac_siv.h"
#include "crypto/siv_kernel.h"
#include "crypto/siv_part.h"

#define N_ROUNDS (SIV_N_KEYS - 1)
#define VEC_LEN (VEC_BLOCKS * AES_BLOCK_LEN)
#define CHUNK_BLOCKS (CHUNK_VECS * VEC_BLOCKS)
#define CHUNK_LEN (CHUNK_BLOCKS * AES_BLOCK_LEN)

static_assert(CHUNK_BLOCKS + 2 <= SIV_N_POWERS, "too few powers");
static_assert(VEC_BLOCKS <= SIV_N_SPARE + 1, "wide loads leave the key");

/* Loops over vectors are laid out flat, for these to stay in registers. */
#ifdef __clang__
#define FLAT _Pragma("unroll")
#else
#define FLAT _Pragma("GCC unroll 16")
#endif

/**
 * struct sums - Products of blocks and powers, added up but not reduced
 * @low:	y^0 to y^127 of each lane
 * @middle:	y^64 to y^191
 * @high:	y^128 to y^255
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
	FLAT for (int r = 1; r < N_ROUNDS - 1; r++)
		b = blk_round(b, blk_load(keys[r]));
	return blk_last(b, blk_load(keys[N_ROUNDS - 1]),
			blk_load(keys[N_ROUNDS]));
}

SIV_OP BLK decrypt_block(BLK b, const uint8_t (*keys)[AES_BLOCK_LEN])
{
	b = blk_inv_first(b, blk_load(keys[0]));
	FLAT for (int r = 1; r < N_ROUNDS - 1; r++)
		b = blk_inv_round(b, blk_load(keys[r]));
	return blk_inv_last(b, blk_load(keys[N_ROUNDS - 1]),
			    blk_load(keys[N_ROUNDS]));
}

/* The next @n vectors of the key stream; *@counters goes on. */
SIV_OP void key_stream(VEC *v, int n, VEC *counters,
		       const uint8_t (*keys)[AES_BLOCK_LEN])
{
	VEC key = vec_each(blk_load(keys[0]));

	FLAT for (int i = 0; i < n; i++)
	{
		v[i] = vec_first(vec_reverse(*counters), key);
		*counters = vec_next(*counters);
	}
	FLAT for (int r = 1; r < N_ROUNDS - 1; r++)
	{
		key = vec_each(blk_load(keys[r]));
		FLAT for (int i = 0; i < n; i++) v[i] = vec_round(v[i], key);
	}
	key = vec_each(blk_load(keys[N_ROUNDS - 1]));
	FLAT for (int i = 0; i < n; i++)
		v[i] = vec_last(v[i], key, vec_each(blk_load(keys[N_ROUNDS])));
}

/* ---- GHASH ---- */

/* Where the @i-th power is, and behind it the lower ones. */
SIV_OP const uint8_t *power(const struct siv_fast_key *key, size_t i)
{
	return key->powers[SIV_N_POWERS - i];
}

SIV_OP void add_product(struct sums *sums, VEC a, VEC b)
{
	sums->low = vec_xor(sums->low, vec_mul_lows(a, b));
	sums->middle = vec_xor3(sums->middle, vec_mul_low_high(a, b),
				vec_mul_high_low(a, b));
	sums->high = vec_xor(sums->high, vec_mul_highs(a, b));
}

/* Sums that begin with the product of @b and the @i-th power. */
SIV_OP struct sums begin_sums(const struct siv_fast_key *key, BLK b, size_t i)
{
	VEC a = vec_only(b);
	VEC h = vec_load(power(key, i));

	return (struct sums){
		.low = vec_mul_lows(a, h),
		.middle =
			vec_xor(vec_mul_low_high(a, h), vec_mul_high_low(a, h)),
		.high = vec_mul_highs(a, h),
	};
}

/* Divide by y^64: the low half is made zero by adding a multiple of Q. */
SIV_OP BLK reduce_half(BLK b)
{
	return blk_xor(blk_swap_halves(b),
		       blk_mul_lows(b, blk_of(0, UINT64_C(0xc2) << 56)));
}

SIV_OP BLK reduce(const struct sums *sums)
{
	BLK middle =
		blk_xor(vec_sum(sums->middle), reduce_half(vec_sum(sums->low)));

	return blk_xor(vec_sum(sums->high), reduce_half(middle));
}

/* What comes before the data: the last block of @aad with all before it. */
SIV_OP BLK hash_head(const struct siv_fast_key *key, struct bytes aad)
{
	struct sums sums;
	BLK b;

	if (aad.n <= AES_BLOCK_LEN)
		return blk_reverse(blk_load_part(aad.at, aad.n));
	sums = begin_sums(key, blk_reverse(blk_load(aad.at)), 1);
	b = blk_load_part(aad.at + AES_BLOCK_LEN, aad.n - AES_BLOCK_LEN);
	return blk_xor(reduce(&sums), blk_reverse(b));
}

/* The block behind the data, which tells the length in bits of all before. */
SIV_OP BLK length_block(struct bytes aad, struct bytes data)
{
	uint64_t padded =
		(aad.n + AES_BLOCK_LEN - 1) / AES_BLOCK_LEN * AES_BLOCK_LEN;

	return blk_of((padded + data.n) * 8, 0);
}

/* Add @data, at most a chunk, and what is behind it; @h is the power of its
 * first block. */
SIV_OP void hash_rest(struct sums *sums, const uint8_t *h, struct bytes data)
{
	const uint8_t *at = data.at;
	size_t n = data.n;

	for (; n >= VEC_LEN; n -= VEC_LEN) {
		add_product(sums, vec_reverse(vec_load(at)), vec_load(h));
		at += VEC_LEN;
		h += VEC_LEN;
	}
	if (n > 0)
		add_product(sums, vec_reverse(vec_load_part(at, n)),
			    vec_load(h));
}

SIV_OP BLK hash_data(const struct siv_fast_key *key, BLK head,
		     struct bytes data, BLK length)
{
	size_t ahead = 1; /* the head has not been multiplied yet */
	size_t n_blocks;
	struct sums sums;

	while (data.n > CHUNK_LEN) {
		const uint8_t *h = power(key, CHUNK_BLOCKS);

		sums = begin_sums(key, head, CHUNK_BLOCKS + ahead);
		FLAT for (size_t i = 0; i < CHUNK_VECS; i++) add_product(
			&sums, vec_reverse(vec_load(data.at + i * VEC_LEN)),
			vec_load(h + i * VEC_LEN));
		head = reduce(&sums);
		ahead = 0;
		data = tl_bytes_skip(data, CHUNK_LEN);
	}
	n_blocks = (data.n + AES_BLOCK_LEN - 1) / AES_BLOCK_LEN;
	sums = begin_sums(key, head, n_blocks + 1 + ahead);
	hash_rest(&sums, power(key, n_blocks + 1), data);
	add_product(&sums, vec_only(length), vec_load(power(key, 1)));
	return reduce(&sums);
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
	VEC v[CHUNK_VECS];

	for (; src.n >= CHUNK_LEN; src = tl_bytes_skip(src, CHUNK_LEN)) {
		key_stream(v, CHUNK_VECS, &counters, key->aes_keys);
		FLAT for (size_t i = 0; i < CHUNK_VECS; i++) vec_store(
			dst + i * VEC_LEN,
			vec_xor(v[i], vec_load(src.at + i * VEC_LEN)));
		dst += CHUNK_LEN;
	}
	for (; src.n >= VEC_LEN; src = tl_bytes_skip(src, VEC_LEN)) {
		key_stream(v, 1, &counters, key->aes_keys);
		vec_store(dst, vec_xor(v[0], vec_load(src.at)));
		dst += VEC_LEN;
	}
	if (src.n > 0) {
		key_stream(v, 1, &counters, key->aes_keys);
		v[0] = vec_xor(v[0], vec_load_part(src.at, src.n));
		vec_store_part(dst, v[0], src.n);
	}
}

SIV_CODE static void seal_siv(const struct gmac_siv *siv, uint8_t *tag,
			      const uint8_t *iv, struct bytes aad, uint8_t *dst,
			      struct bytes src)
{
	const struct siv_fast_key *key = &siv->fast;
	BLK b = blk_of(0, load_u64(iv));
	BLK mask = mac_mask(key, b);
	BLK hash = hash_data(key, hash_head(key, aad), src,
			     length_block(aad, src));

	b = blk_low_halves(b, fold_mac(hash, mask));
	b = encrypt_block(b, key->aes_keys);
	blk_store(tag, b);
	crypt_data(key, b, dst, src);
}

/* Decrypt at most a chunk, and add what comes of it; @h as in hash_rest(). */
SIV_OP void open_rest(const struct siv_fast_key *key, struct sums *sums,
		      const uint8_t *h, VEC counters, uint8_t *dst,
		      struct bytes src)
{
	VEC v;

	for (; src.n >= VEC_LEN; src = tl_bytes_skip(src, VEC_LEN)) {
		key_stream(&v, 1, &counters, key->aes_keys);
		v = vec_xor(v, vec_load(src.at));
		vec_store(dst, v);
		add_product(sums, vec_reverse(v), vec_load(h));
		dst += VEC_LEN;
		h += VEC_LEN;
	}
	if (src.n == 0)
		return;
	key_stream(&v, 1, &counters, key->aes_keys);
	v = vec_keep(vec_xor(v, vec_load_part(src.at, src.n)), src.n);
	vec_store_part(dst, v, src.n);
	add_product(sums, vec_reverse(v), vec_load(h));
}

/* Decrypt and hash in one pass: hash_data() and crypt_data() interleaved. */
SIV_OP BLK open_data(const struct siv_fast_key *key, BLK head, BLK tag,
		     BLK length, uint8_t *dst, struct bytes src)
{
	VEC counters = first_counters(tag);
	size_t ahead = 1;
	size_t n_blocks;
	struct sums sums;
	VEC v[CHUNK_VECS];

	while (src.n > CHUNK_LEN) {
		const uint8_t *h = power(key, CHUNK_BLOCKS);

		key_stream(v, CHUNK_VECS, &counters, key->aes_keys);
		sums = begin_sums(key, head, CHUNK_BLOCKS + ahead);
		FLAT for (size_t i = 0; i < CHUNK_VECS; i++)
		{
			v[i] = vec_xor(v[i], vec_load(src.at + i * VEC_LEN));
			vec_store(dst + i * VEC_LEN, v[i]);
			add_product(&sums, vec_reverse(v[i]),
				    vec_load(h + i * VEC_LEN));
		}
		head = reduce(&sums);
		ahead = 0;
		dst += CHUNK_LEN;
		src = tl_bytes_skip(src, CHUNK_LEN);
	}
	n_blocks = (src.n + AES_BLOCK_LEN - 1) / AES_BLOCK_LEN;
	sums = begin_sums(key, head, n_blocks + 1 + ahead);
	open_rest(key, &sums, power(key, n_blocks + 1), counters, dst, src);
	add_product(&sums, vec_only(length), vec_load(power(key, 1)));
	return reduce(&sums);
}

SIV_CODE static bool open_siv(const struct gmac_siv *siv, const uint8_t *tag,
			      struct bytes aad, uint8_t *dst, struct bytes src)
{
	const struct siv_fast_key *key = &siv->fast;
	BLK b = blk_load_halves(tag);
	BLK want = decrypt_block(b, key->inv_keys);
	BLK mask = mac_mask(key, want);
	BLK hash = open_data(key, hash_head(key, aad), b,
			     length_block(aad, src), dst, src);

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
	struct sums sums;
	BLK h;

	memset(key, 0, sizeof(*key));
	expand_key(key->mac_keys, mac_key);
	expand_key(key->aes_keys, aes_key);
	for (size_t i = 0; i < SIV_N_KEYS; i++) {
		BLK b = blk_load(key->aes_keys[N_ROUNDS - i]);

		if (i > 0 && i < N_ROUNDS)
			b = blk_inv_mix(b);
		blk_store(key->inv_keys[i], b);
	}

	h = hash_key(key);
	blk_store(key->powers[SIV_N_POWERS - 1], h);
	for (size_t i = 2; i <= SIV_N_POWERS; i++) {
		sums = begin_sums(key, h, 1);
		h = reduce(&sums);
		blk_store(key->powers[SIV_N_POWERS - i], h);
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
