/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity.h - who a node is: an address and two key pairs (vl1.md 1)
 *
 * A value of fixed size. One with a private key is a secret: wipe it with
 * tl_identity_wipe() when it is no longer needed.
 */
#ifndef TL_WIRE_IDENTITY_H
#define TL_WIRE_IDENTITY_H

#include "wire/address.h"

#define IDENTITY_PUB_LEN 64
#define IDENTITY_PRIV_LEN 64
#define IDENTITY_WIRE_LEN 71 /* without private key */
#define IDENTITY_WIRE_SECRET_LEN 135
#define IDENTITY_TEXT_SIZE 384 /* longest text and a zero */
#define IDENTITY_HASH_LEN 48
#define SIGNATURE_LEN 96
#define PAIR_KEY_LEN 48

/**
 * struct identity - Address and keys of a node
 * @addr:	derived from @pub
 * @pub:	X25519 public key, then Ed25519 public key
 * @priv:	X25519 scalar as stored (not clamped), then Ed25519 seed; zeroes
 *		unless @has_priv
 * @has_priv:	whether this is one's own identity
 */
struct identity {
	struct address addr;
	uint8_t pub[IDENTITY_PUB_LEN];
	uint8_t priv[IDENTITY_PRIV_LEN];
	bool has_priv;
};

/* The permanent key of two nodes (vl1.md 1.8). */
struct pair_key {
	uint8_t b[PAIR_KEY_LEN];
};

struct signature {
	uint8_t b[SIGNATURE_LEN];
};

/**
 * tl_identity_generate() - Make a new identity
 * @random:	fills a buffer with secret random bytes
 *
 * Takes about 15 times tl_identity_validate(): 0.3 s or more.
 *
 * Return: 0, or -ENOMEM.
 */
typedef void (*random_fn)(void *ctx, void *out, size_t n);
TL_MUST_USE int tl_identity_generate(struct identity *out, random_fn random,
				     void *ctx);

/**
 * tl_identity_validate() - Is the address really derived from the keys?
 *
 * Costs 2 MiB of memory and some 25 ms (vl1.md 1.4). With a private key, that
 * it belongs to the public key is checked too.
 *
 * Return: 0, -EKEYREJECTED if invalid, or -ENOMEM.
 */
TL_MUST_USE int tl_identity_validate(const struct identity *id);

/* Equal address and public key; the private key does not matter. */
bool tl_identity_equal(const struct identity *a, const struct identity *b);

/* By address, then public key. */
int tl_identity_compare(const struct identity *a, const struct identity *b);

void tl_identity_wipe(struct identity *id);

/**
 * tl_identity_parse() - Read the string form (vl1.md 1.5)
 *
 * Stricter than the reference: digits must be digits, fields must be there and
 * of the right length; white space after the last field is allowed.
 *
 * Return: 0, or -EINVAL.
 */
TL_MUST_USE int tl_identity_parse(struct identity *out, struct bytes text);

/* @out: IDENTITY_TEXT_SIZE. @with_private needs @id->has_priv. */
char *tl_identity_print(char *out, const struct identity *id,
			bool with_private);

/* Binary form (vl1.md 1.6); fails @r if malformed. Either length is read. */
void tl_read_identity(struct reader *r, struct identity *out);

/* Binary form without the private key. */
void tl_write_identity(struct writer *w, const struct identity *id);

/* SHA-384 over address and public key (vl1.md 1.9). */
void tl_identity_hash(uint8_t out[IDENTITY_HASH_LEN],
		      const struct identity *id);

/* vl1.md 1.7; @id needs its private key. */
void tl_identity_sign(struct signature *out, const struct identity *id,
		      struct bytes message);

/* @pub: 64 bytes of which the Ed25519 half is used. Refuses S >= L and
 * low-order keys, which the reference takes. */
TL_MUST_USE bool tl_signature_verify(const struct signature *sig,
				     const uint8_t pub[IDENTITY_PUB_LEN],
				     struct bytes message);

/**
 * tl_identity_agree() - Compute the permanent key of two nodes
 * @mine:	with private key
 *
 * Return: 0, or -EKEYREJECTED if @theirs is a low-order public key.
 */
TL_MUST_USE int tl_identity_agree(struct pair_key *out,
				  const struct identity *mine,
				  const struct identity *theirs);

#endif /* TL_WIRE_IDENTITY_H */
