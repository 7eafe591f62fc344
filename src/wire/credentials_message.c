/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/credentials_message.h"

#define COM_FOLLOWS 0x01
#define COMS_END 0x00
/* The end of the certificates of membership, and four counts. */
#define FRAME_LEN (1 + 4 * 2)

enum part {
	PART_COMS,
	PART_CAPABILITIES,
	PART_TAGS,
	PART_REVOCATIONS,
	PART_OWNERSHIPS,
	PART_END,
};

struct credentials_parser tl_credentials_parser(struct bytes payload)
{
	return (struct credentials_parser){ .r = tl_reader(payload) };
}

/* False once there are no more; their end is then behind us. */
static bool next_com(struct credentials_parser *p, struct credential *out)
{
	if (p->r.rest.n == 0)
		return false;
	if (p->r.rest.at[0] == COM_FOLLOWS) {
		out->type = CREDENTIAL_COM;
		tl_read_com(&p->r, &out->com);
		return tl_reader_ok(&p->r);
	}
	if (tl_read_u8(&p->r) != COMS_END)
		tl_reader_fail(&p->r);
	return false;
}

static bool read_one(struct credentials_parser *p, struct credential *out)
{
	switch (p->part) {
	case PART_CAPABILITIES:
		out->type = CREDENTIAL_CAPABILITY;
		tl_read_capability(&p->r, &out->capability);
		break;
	case PART_TAGS:
		out->type = CREDENTIAL_TAG;
		tl_read_tag(&p->r, &out->tag);
		break;
	case PART_REVOCATIONS:
		out->type = CREDENTIAL_REVOCATION;
		tl_read_revocation(&p->r, &out->revocation);
		break;
	default:
		out->type = CREDENTIAL_OWNERSHIP;
		tl_read_ownership(&p->r, &out->ownership);
		break;
	}
	p->left--;
	return tl_reader_ok(&p->r);
}

/* Each part begins with a count, but a message may end before it. */
static void enter_next_part(struct credentials_parser *p)
{
	p->part++;
	if (p->r.rest.n == 0)
		p->part = PART_END;
	if (p->part != PART_END)
		p->left = tl_read_be16(&p->r);
}

bool tl_credentials_next(struct credentials_parser *p, struct credential *out)
{
	if (p->part == PART_COMS && next_com(p, out))
		return true;
	while (tl_reader_ok(&p->r) && p->part != PART_END) {
		if (p->left > 0)
			return read_one(p, out);
		enter_next_part(p);
	}
	return false;
}

bool tl_credential_set_is_empty(const struct credential_set *set)
{
	return !set->com && set->n_capabilities == 0 && set->n_tags == 0 &&
	       set->n_revocations == 0 && set->n_ownerships == 0;
}

/* How many objects of @len bytes fit; their room is taken off *@left. */
static size_t take(size_t *left, size_t n, size_t len)
{
	n = TL_MIN(n, *left / len);
	n = TL_MIN(n, UINT16_MAX);
	*left -= n * len;
	return n;
}

static size_t take_capabilities(size_t *left, const struct credential_set *set)
{
	size_t n;

	for (n = 0; n < TL_MIN(set->n_capabilities, UINT16_MAX); n++) {
		size_t len = tl_capability_wire_len(&set->capabilities[n]);

		if (len > *left)
			break;
		*left -= len;
	}
	return n;
}

static size_t take_ownerships(size_t *left, const struct credential_set *set)
{
	size_t n;

	for (n = 0; n < TL_MIN(set->n_ownerships, UINT16_MAX); n++) {
		size_t len =
			141 + OWNERSHIP_THING_LEN * set->ownerships[n].n_things;

		if (len > *left)
			break;
		*left -= len;
	}
	return n;
}

static bool take_com(size_t *left, const struct com *com)
{
	size_t len;

	if (!com)
		return false;
	len = 3 + com->n * COM_QUALIFIER_LEN + ADDRESS_LEN +
	      (com->seal.present ? SIGNATURE_LEN : 0);
	if (len > *left)
		return false;
	*left -= len;
	return true;
}

/* The first of @set that fit @left bytes. */
static struct credential_set choose(const struct credential_set *set,
				    size_t left)
{
	struct credential_set some = *set;

	some.com = take_com(&left, set->com) ? set->com : NULL;
	some.n_capabilities = take_capabilities(&left, set);
	some.n_tags = take(&left, set->n_tags, TAG_WIRE_LEN);
	some.n_revocations =
		take(&left, set->n_revocations, REVOCATION_WIRE_LEN);
	some.n_ownerships = take_ownerships(&left, set);
	return some;
}

static void write_set(struct writer *w, const struct credential_set *set)
{
	size_t i;

	if (set->com)
		tl_write_com(w, set->com);
	tl_write_u8(w, COMS_END);
	tl_write_be16(w, (uint16_t)set->n_capabilities);
	for (i = 0; i < set->n_capabilities; i++)
		tl_write_capability(w, &set->capabilities[i]);
	tl_write_be16(w, (uint16_t)set->n_tags);
	for (i = 0; i < set->n_tags; i++)
		tl_write_tag(w, &set->tags[i]);
	tl_write_be16(w, (uint16_t)set->n_revocations);
	for (i = 0; i < set->n_revocations; i++)
		tl_write_revocation(w, &set->revocations[i]);
	tl_write_be16(w, (uint16_t)set->n_ownerships);
	for (i = 0; i < set->n_ownerships; i++)
		tl_write_ownership(w, &set->ownerships[i]);
}

/* Arrays without elements may be null pointers: those stay as they are. */
static void take_off(struct credential_set *set,
		     const struct credential_set *some)
{
	if (some->com)
		set->com = NULL;
	if (some->n_capabilities)
		set->capabilities += some->n_capabilities;
	set->n_capabilities -= some->n_capabilities;
	if (some->n_tags)
		set->tags += some->n_tags;
	set->n_tags -= some->n_tags;
	if (some->n_revocations)
		set->revocations += some->n_revocations;
	set->n_revocations -= some->n_revocations;
	if (some->n_ownerships)
		set->ownerships += some->n_ownerships;
	set->n_ownerships -= some->n_ownerships;
}

bool tl_write_credentials(struct writer *w, struct credential_set *set)
{
	size_t left = tl_writer_left(w);
	struct credential_set some;

	if (left < FRAME_LEN)
		return false;
	some = choose(set, left - FRAME_LEN);
	if (tl_credential_set_is_empty(&some))
		return false;
	write_set(w, &some);
	tl_assert(tl_writer_ok(w));
	take_off(set, &some);
	return true;
}
