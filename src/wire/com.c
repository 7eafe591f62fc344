/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/com.h"

#include <string.h>

#define COM_VERSION 1
#define HASH_WORDS 4
#define BASIC_QUALIFIERS 3 /* before those of the hash, usually */
#define SIGNING_MAX (COM_MAX_QUALIFIERS * COM_QUALIFIER_LEN)

static void read_qualifiers(struct reader *r, struct com *out)
{
	unsigned int i;

	for (i = 0; i < out->n; i++) {
		struct com_qualifier *q = &out->qualifiers[i];

		q->id = tl_read_be64(r);
		q->value = tl_read_be64(r);
		q->max_delta = tl_read_be64(r);
		if (i > 0 && q->id < q[-1].id)
			tl_reader_fail(r);
	}
}

void tl_read_com(struct reader *r, struct com *out)
{
	memset(out, 0, sizeof(*out));
	if (tl_read_u8(r) != COM_VERSION) {
		tl_reader_fail(r);
		return;
	}
	out->n = tl_read_be16(r);
	if (out->n > COM_MAX_QUALIFIERS) {
		tl_reader_fail(r);
		return;
	}
	read_qualifiers(r, out);
	out->seal.signed_by = tl_read_address(r);
	out->seal.present = out->seal.signed_by.v != 0;
	if (out->seal.present)
		tl_read_copy(r, out->seal.signature.b, SIGNATURE_LEN);
}

void tl_write_com_signing(struct writer *w, const struct com *com)
{
	unsigned int i;

	for (i = 0; i < com->n; i++) {
		tl_write_be64(w, com->qualifiers[i].id);
		tl_write_be64(w, com->qualifiers[i].value);
		tl_write_be64(w, com->qualifiers[i].max_delta);
	}
}

void tl_write_com(struct writer *w, const struct com *com)
{
	tl_write_u8(w, COM_VERSION);
	tl_write_be16(w, (uint16_t)com->n);
	tl_write_com_signing(w, com);
	tl_write_address(w, com->seal.signed_by);
	if (com->seal.signed_by.v != 0)
		tl_write_bytes(w, TL_BYTES_OF(com->seal.signature.b));
}

static void add(struct com *com, uint64_t id, uint64_t value, uint64_t delta)
{
	com->qualifiers[com->n++] = (struct com_qualifier){
		.id = id,
		.value = value,
		.max_delta = delta,
	};
}

void tl_com_init(struct com *com, struct network_id net,
		 const struct identity *member, int64_t timestamp,
		 uint64_t max_delta)
{
	uint8_t hash[IDENTITY_HASH_LEN];
	unsigned int i;

	memset(com, 0, sizeof(*com));
	tl_identity_hash(hash, member);
	add(com, COM_TIMESTAMP, (uint64_t)timestamp, max_delta);
	add(com, COM_NETWORK, net.v, 0);
	add(com, COM_ISSUED_TO, member->addr.v, UINT64_MAX);
	for (i = 0; i < HASH_WORDS; i++)
		add(com, COM_IDENTITY_HASH + i, tl_load_be64(hash + 8 * i),
		    UINT64_MAX);
}

void tl_com_sign(struct com *com, const struct identity *controller)
{
	uint8_t message[SIGNING_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(message));

	tl_write_com_signing(&w, com);
	tl_seal_make(&com->seal, controller, tl_writer_bytes(&w));
}

enum credential_verdict tl_com_verify(const struct com *com,
				      const struct keyring *keys,
				      struct address *missing)
{
	uint8_t message[SIGNING_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(message));

	tl_write_com_signing(&w, com);
	return tl_seal_check(&com->seal, tl_com_network(com),
			     tl_writer_bytes(&w), keys, missing);
}

/* Certificates of a network list the same in the same order: where it should
 * be is looked at first. Of several the first counts. */
static const struct com_qualifier *find(const struct com *com, uint64_t id,
					unsigned int likely)
{
	unsigned int i;

	if (likely < com->n && com->qualifiers[likely].id == id &&
	    (!likely || com->qualifiers[likely - 1].id != id))
		return &com->qualifiers[likely];
	for (i = 0; i < com->n; i++) {
		if (com->qualifiers[i].id == id)
			return &com->qualifiers[i];
	}
	return NULL;
}

static uint64_t value_of(const struct com *com, uint64_t id)
{
	const struct com_qualifier *q = find(com, id, 0);

	return q ? q->value : 0;
}

static bool is_hash_id(uint64_t id)
{
	return id >= COM_IDENTITY_HASH && id < COM_IDENTITY_HASH + HASH_WORDS;
}

static bool names_hash(const struct com *com,
		       const uint8_t hash[IDENTITY_HASH_LEN])
{
	unsigned int i;

	for (i = 0; i < HASH_WORDS; i++) {
		const struct com_qualifier *q =
			find(com, COM_IDENTITY_HASH + i, BASIC_QUALIFIERS + i);

		if (!q || q->value != tl_load_be64(hash + 8 * i))
			return false;
	}
	return true;
}

bool tl_com_agrees_hash(const struct com *mine, const struct com *theirs,
			const uint8_t hash[IDENTITY_HASH_LEN])
{
	bool full = false;
	unsigned int i;

	if (mine->n == 0 || theirs->n == 0)
		return false;
	for (i = 0; i < mine->n; i++) {
		const struct com_qualifier *q = &mine->qualifiers[i];
		const struct com_qualifier *t = find(theirs, q->id, i);
		uint64_t delta;

		if (!t)
			return false;
		delta = q->value > t->value ? q->value - t->value
					    : t->value - q->value;
		if (delta > q->max_delta)
			return false;
		full |= is_hash_id(q->id);
	}
	return !full || names_hash(theirs, hash);
}

bool tl_com_agrees(const struct com *mine, const struct com *theirs,
		   const struct identity *identity)
{
	uint8_t hash[IDENTITY_HASH_LEN];

	tl_identity_hash(hash, identity);
	return tl_com_agrees_hash(mine, theirs, hash);
}

int64_t tl_com_timestamp(const struct com *com)
{
	return (int64_t)value_of(com, COM_TIMESTAMP);
}

struct network_id tl_com_network(const struct com *com)
{
	return (struct network_id){ value_of(com, COM_NETWORK) };
}

struct address tl_com_issued_to(const struct com *com)
{
	return (struct address){ value_of(com, COM_ISSUED_TO) };
}

bool tl_com_equal(const struct com *a, const struct com *b)
{
	unsigned int i;

	if (a->n != b->n || !tl_seal_equal(&a->seal, &b->seal))
		return false;
	for (i = 0; i < a->n; i++) {
		const struct com_qualifier *p = &a->qualifiers[i];
		const struct com_qualifier *q = &b->qualifiers[i];

		if (p->id != q->id || p->value != q->value ||
		    p->max_delta != q->max_delta)
			return false;
	}
	return true;
}
