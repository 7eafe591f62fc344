/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/identity.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "crypto/curve.h"
#include "crypto/hard_hash.h"
#include "crypto/hash.h"

#define IDENTITY_TYPE 0
#define FIRST_BYTE_LIMIT 17 /* vl1.md 1.3 step 5 */
#define SIGNED_HASH_LEN 32

/* The halves of both keys: X25519, then Ed25519. */
#define ED25519_AT 32

static void public_from_private(uint8_t pub[IDENTITY_PUB_LEN],
				const uint8_t priv[IDENTITY_PRIV_LEN])
{
	tl_x25519_public(pub, priv);
	tl_ed25519_public(pub + ED25519_AT, priv + ED25519_AT);
}

/* False if these keys have no address; @memory is scratch. */
static bool derive_address(struct address *out,
			   const uint8_t pub[IDENTITY_PUB_LEN],
			   uint8_t memory[HARD_HASH_MEMORY])
{
	struct hard_hash h;
	struct address addr;

	tl_hard_hash_init(&h, memory, tl_bytes(pub, IDENTITY_PUB_LEN));
	tl_hard_hash_run(&h, HARD_HASH_STEPS);
	addr.v = tl_load_be40(h.digest + SHA512_LEN - ADDRESS_LEN);
	if (h.digest[0] >= FIRST_BYTE_LIMIT || tl_address_is_reserved(addr))
		return false;
	*out = addr;
	return true;
}

int tl_identity_generate(struct identity *out, random_fn random, void *ctx)
{
	uint8_t *memory = tl_alloc(HARD_HASH_MEMORY);
	struct identity id = { .has_priv = true };

	if (!memory)
		return -ENOMEM;

	random(ctx, id.priv, IDENTITY_PRIV_LEN);
	public_from_private(id.pub, id.priv);
	while (!derive_address(&id.addr, id.pub, memory)) {
		random(ctx, id.priv, X25519_LEN);
		tl_x25519_public(id.pub, id.priv);
	}

	*out = id;
	tl_identity_wipe(&id);
	tl_free(memory);
	return 0;
}

int tl_identity_validate(const struct identity *id)
{
	struct address addr;
	uint8_t pub[IDENTITY_PUB_LEN];
	uint8_t *memory;
	bool valid;

	if (tl_address_is_reserved(id->addr))
		return -EKEYREJECTED;
	if (id->has_priv) {
		public_from_private(pub, id->priv);
		if (memcmp(pub, id->pub, sizeof(pub)) != 0)
			return -EKEYREJECTED;
	}

	memory = tl_alloc(HARD_HASH_MEMORY);
	if (!memory)
		return -ENOMEM;
	valid = derive_address(&addr, id->pub, memory) &&
		tl_address_equal(addr, id->addr);
	tl_free(memory);
	return valid ? 0 : -EKEYREJECTED;
}

bool tl_identity_equal(const struct identity *a, const struct identity *b)
{
	return tl_identity_compare(a, b) == 0;
}

int tl_identity_compare(const struct identity *a, const struct identity *b)
{
	if (a->addr.v != b->addr.v)
		return a->addr.v < b->addr.v ? -1 : 1;
	return memcmp(a->pub, b->pub, IDENTITY_PUB_LEN);
}

void tl_identity_wipe(struct identity *id)
{
	tl_wipe(id, sizeof(*id));
}

/* Take the text up to the next ':' or the end; false if there is none left. */
static bool next_field(struct bytes *field, struct bytes *text)
{
	const uint8_t *colon;

	if (!text->at)
		return false;
	colon = text->n ? memchr(text->at, ':', text->n) : NULL;
	if (!colon) {
		*field = *text;
		*text = tl_bytes(NULL, 0);
		return true;
	}
	*field = tl_bytes(text->at, (size_t)(colon - text->at));
	*text = tl_bytes(colon + 1, text->n - field->n - 1);
	return true;
}

static struct bytes without_white_end(struct bytes text)
{
	while (text.n > 0 && text.at[text.n - 1] != 0 &&
	       strchr(" \t\r\n", text.at[text.n - 1]))
		text.n--;
	return text;
}

static int parse_fields(struct identity *out, struct bytes text)
{
	struct bytes field = { 0 };
	int err;

	if (!next_field(&field, &text))
		return -EINVAL;
	err = tl_address_parse(&out->addr, field);
	if (err || tl_address_is_reserved(out->addr))
		return -EINVAL;

	if (!next_field(&field, &text) || field.n != 1 || field.at[0] != '0')
		return -EINVAL;
	if (!next_field(&field, &text))
		return -EINVAL;
	err = tl_hex_decode(out->pub, IDENTITY_PUB_LEN, field);
	if (err || !next_field(&field, &text))
		return err;

	out->has_priv = true;
	err = tl_hex_decode(out->priv, IDENTITY_PRIV_LEN, field);
	if (err)
		return err;
	return next_field(&field, &text) ? -EINVAL : 0;
}

int tl_identity_parse(struct identity *out, struct bytes text)
{
	struct identity id = { 0 };
	int err = parse_fields(&id, without_white_end(text));

	if (!err)
		*out = id;
	tl_identity_wipe(&id);
	return err;
}

char *tl_identity_print(char *out, const struct identity *id, bool with_private)
{
	char *at = out;

	tl_assert(!with_private || id->has_priv);
	tl_address_print(at, id->addr);
	at += 2 * ADDRESS_LEN;
	memcpy(at, ":0:", 3);
	at += 3;
	tl_hex_encode(at, TL_BYTES_OF(id->pub));
	at += 2 * sizeof(id->pub);
	if (with_private) {
		*at++ = ':';
		tl_hex_encode(at, TL_BYTES_OF(id->priv));
	}
	return out;
}

void tl_read_identity(struct reader *r, struct identity *out)
{
	uint8_t type;
	uint8_t priv_len;

	*out = (struct identity){ 0 };
	out->addr = tl_read_address(r);
	type = tl_read_u8(r);
	tl_read_copy(r, out->pub, IDENTITY_PUB_LEN);
	priv_len = tl_read_u8(r);
	if (type != IDENTITY_TYPE ||
	    (priv_len != 0 && priv_len != IDENTITY_PRIV_LEN)) {
		tl_reader_fail(r);
		return;
	}
	if (priv_len == IDENTITY_PRIV_LEN) {
		tl_read_copy(r, out->priv, IDENTITY_PRIV_LEN);
		out->has_priv = tl_reader_ok(r);
	}
}

void tl_write_identity(struct writer *w, const struct identity *id)
{
	tl_write_address(w, id->addr);
	tl_write_u8(w, IDENTITY_TYPE);
	tl_write_bytes(w, TL_BYTES_OF(id->pub));
	tl_write_u8(w, 0);
}

void tl_identity_hash(uint8_t out[IDENTITY_HASH_LEN], const struct identity *id)
{
	uint8_t message[ADDRESS_LEN + IDENTITY_PUB_LEN];

	tl_store_be40(message, id->addr.v);
	memcpy(message + ADDRESS_LEN, id->pub, IDENTITY_PUB_LEN);
	tl_sha384(out, TL_BYTES_OF(message));
}

/* What is really signed is half of the message's hash, and it is sent along. */
void tl_identity_sign(struct signature *out, const struct identity *id,
		      struct bytes message)
{
	uint8_t hash[SHA512_LEN];

	tl_assert(id->has_priv);
	tl_sha512(hash, message);
	tl_ed25519_sign(out->b, id->priv + ED25519_AT, id->pub + ED25519_AT,
			tl_bytes(hash, SIGNED_HASH_LEN));
	memcpy(out->b + ED25519_SIGNATURE_LEN, hash, SIGNED_HASH_LEN);
}

bool tl_signature_verify(const struct signature *sig,
			 const uint8_t pub[IDENTITY_PUB_LEN],
			 struct bytes message)
{
	const uint8_t *signed_hash = sig->b + ED25519_SIGNATURE_LEN;
	uint8_t hash[SHA512_LEN];

	tl_sha512(hash, message);
	if (memcmp(hash, signed_hash, SIGNED_HASH_LEN) != 0)
		return false;
	return tl_ed25519_verify(sig->b, pub + ED25519_AT,
				 tl_bytes(signed_hash, SIGNED_HASH_LEN));
}

int tl_identity_agree(struct pair_key *out, const struct identity *mine,
		      const struct identity *theirs)
{
	uint8_t raw[X25519_LEN];
	uint8_t hash[SHA512_LEN];
	int err;

	tl_assert(mine->has_priv);
	err = tl_x25519_agree(raw, mine->priv, theirs->pub);
	if (err)
		return err;
	tl_sha512(hash, TL_BYTES_OF(raw));
	memcpy(out->b, hash, PAIR_KEY_LEN);
	tl_wipe(raw, sizeof(raw));
	tl_wipe(hash, sizeof(hash));
	return 0;
}
