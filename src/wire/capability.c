/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/capability.h"

#include <errno.h>
#include <string.h>

#define SIGNING_MAX                                                            \
	(2 * SIGNING_MARKER_LEN + 8 + 8 + 4 + 2 + CAPABILITY_RULES_LEN_MAX +   \
	 1 + 2)

struct bytes tl_read_rule_run(struct reader *r, unsigned int n)
{
	struct bytes run = r->rest;

	for (; n > 0 && tl_reader_ok(r); n--) {
		tl_read_skip(r, 1); /* type */
		tl_read_skip(r, tl_read_u8(r));
	}
	if (!tl_reader_ok(r))
		return tl_bytes(NULL, 0);
	run.n -= r->rest.n;
	return run;
}

static void read_rules(struct reader *r, struct capability *out)
{
	struct bytes rules;

	out->n_rules = tl_read_be16(r);
	if (out->n_rules > CAPABILITY_MAX_RULES) {
		tl_reader_fail(r);
		return;
	}
	rules = tl_read_rule_run(r, out->n_rules);
	if (rules.n > CAPABILITY_RULES_LEN_MAX) {
		tl_reader_fail(r);
		return;
	}
	out->rules_len = rules.n;
	if (rules.n > 0)
		memcpy(out->rules, rules.at, rules.n);
}

/* Links up to the zero address that ends them. */
static void read_custody(struct reader *r, struct capability *out)
{
	while (tl_reader_ok(r)) {
		struct address to = tl_read_address(r);
		struct custody *link;

		if (to.v == 0)
			return;
		if (out->n_custody == out->max_custody) {
			tl_reader_fail(r);
			return;
		}
		link = &out->custody[out->n_custody++];
		link->to = to;
		link->seal.signed_by = tl_read_address(r);
		tl_read_signature_block(r, &link->seal.present,
					&link->seal.signature);
	}
}

void tl_read_capability(struct reader *r, struct capability *out)
{
	memset(out, 0, sizeof(*out));
	out->network.v = tl_read_be64(r);
	out->timestamp = (int64_t)tl_read_be64(r);
	out->id = tl_read_be32(r);
	read_rules(r, out);
	out->max_custody = tl_read_u8(r);
	if (out->max_custody < 1 || out->max_custody > CAPABILITY_MAX_CUSTODY) {
		tl_reader_fail(r);
		return;
	}
	read_custody(r, out);
	tl_read_skip_extra(r);
}

static void write_body(struct writer *w, const struct capability *cap)
{
	tl_write_be64(w, cap->network.v);
	tl_write_be64(w, (uint64_t)cap->timestamp);
	tl_write_be32(w, cap->id);
	tl_write_be16(w, (uint16_t)cap->n_rules);
	tl_write_bytes(w, tl_capability_rules(cap));
	tl_write_u8(w, (uint8_t)cap->max_custody);
}

void tl_write_capability(struct writer *w, const struct capability *cap)
{
	unsigned int i;

	write_body(w, cap);
	for (i = 0; i < cap->n_custody; i++) {
		const struct custody *link = &cap->custody[i];

		tl_write_address(w, link->to);
		tl_write_address(w, link->seal.signed_by);
		tl_write_signature_block(w, link->seal.present,
					 &link->seal.signature);
	}
	tl_write_zeroes(w, ADDRESS_LEN);
	tl_write_be16(w, 0);
}

void tl_write_capability_signing(struct writer *w, const struct capability *cap)
{
	tl_write_signing_marker(w);
	write_body(w, cap);
	tl_write_be16(w, 0);
	tl_write_signing_marker(w);
}

size_t tl_capability_wire_len(const struct capability *cap)
{
	return 8 + 8 + 4 + 2 + cap->rules_len + 1 +
	       cap->n_custody * (2 * ADDRESS_LEN + SIGNATURE_BLOCK_LEN) +
	       ADDRESS_LEN + 2;
}

int tl_capability_set_rules(struct capability *cap, unsigned int n,
			    struct bytes rules)
{
	struct reader r = tl_reader(rules);

	if (n > CAPABILITY_MAX_RULES || rules.n > CAPABILITY_RULES_LEN_MAX)
		return -EMSGSIZE;
	tl_read_rule_run(&r, n);
	if (!tl_reader_done(&r))
		return -EINVAL;
	cap->n_rules = n;
	cap->rules_len = rules.n;
	if (rules.n > 0)
		memcpy(cap->rules, rules.at, rules.n);
	return 0;
}

int tl_capability_grant(struct capability *cap, struct address to,
			const struct identity *from)
{
	uint8_t message[SIGNING_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(message));
	struct custody *link;

	if (cap->n_custody >= TL_MIN(cap->max_custody, CAPABILITY_MAX_CUSTODY))
		return -ENOSPC;
	tl_write_capability_signing(&w, cap);
	link = &cap->custody[cap->n_custody++];
	link->to = to;
	tl_seal_make(&link->seal, from, tl_writer_bytes(&w));
	return 0;
}

static enum credential_verdict check_link(const struct custody *link,
					  struct bytes message,
					  const struct keyring *keys,
					  struct address *missing)
{
	const struct identity *from;

	if (!link->seal.present)
		return CREDENTIAL_INVALID;
	from = keys->find(keys->ctx, link->seal.signed_by);
	if (!from) {
		*missing = link->seal.signed_by;
		return CREDENTIAL_SIGNER_UNKNOWN;
	}
	if (!tl_signature_verify(&link->seal.signature, from->pub, message))
		return CREDENTIAL_INVALID;
	return CREDENTIAL_VALID;
}

/* Does every link begin where the one before ended, the first one with the
 * controller? */
static bool is_chain(const struct capability *cap)
{
	struct address holder = tl_network_id_controller(cap->network);
	unsigned int i;

	if (cap->n_custody == 0 || tl_address_is_reserved(holder))
		return false;
	for (i = 0; i < cap->n_custody; i++) {
		const struct custody *link = &cap->custody[i];

		if (!tl_address_equal(link->seal.signed_by, holder) ||
		    tl_address_is_reserved(link->to))
			return false;
		holder = link->to;
	}
	return true;
}

enum credential_verdict tl_capability_verify(const struct capability *cap,
					     const struct keyring *keys,
					     struct address *missing)
{
	uint8_t message[SIGNING_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(message));
	unsigned int i;

	if (!is_chain(cap))
		return CREDENTIAL_INVALID;
	tl_write_capability_signing(&w, cap);
	for (i = 0; i < cap->n_custody; i++) {
		enum credential_verdict verdict = check_link(
			&cap->custody[i], tl_writer_bytes(&w), keys, missing);

		if (verdict != CREDENTIAL_VALID)
			return verdict;
	}
	return CREDENTIAL_VALID;
}

struct address tl_capability_issued_to(const struct capability *cap)
{
	if (cap->n_custody == 0)
		return (struct address){ 0 };
	return cap->custody[cap->n_custody - 1].to;
}

static bool same_custody(const struct capability *a, const struct capability *b)
{
	unsigned int i;

	if (a->n_custody != b->n_custody)
		return false;
	for (i = 0; i < a->n_custody; i++) {
		if (!tl_address_equal(a->custody[i].to, b->custody[i].to) ||
		    !tl_seal_equal(&a->custody[i].seal, &b->custody[i].seal))
			return false;
	}
	return true;
}

bool tl_capability_equal(const struct capability *a, const struct capability *b)
{
	return tl_network_id_equal(a->network, b->network) &&
	       a->timestamp == b->timestamp && a->id == b->id &&
	       a->max_custody == b->max_custody && a->n_rules == b->n_rules &&
	       tl_bytes_equal(tl_capability_rules(a), tl_capability_rules(b)) &&
	       same_custody(a, b);
}
