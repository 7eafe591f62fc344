/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/ownership.h"

#include <errno.h>
#include <string.h>

#define SIGNING_MAX OWNERSHIP_WIRE_MAX

static void write_body(struct writer *w, const struct ownership *own)
{
	unsigned int i;

	tl_write_be64(w, own->network.v);
	tl_write_be64(w, (uint64_t)own->timestamp);
	tl_write_be64(w, own->flags);
	tl_write_be32(w, own->id);
	tl_write_be16(w, (uint16_t)own->n_things);
	for (i = 0; i < own->n_things; i++) {
		tl_write_u8(w, own->things[i].type);
		tl_write_bytes(w, TL_BYTES_OF(own->things[i].value));
	}
	tl_write_address(w, own->issued_to);
	tl_write_address(w, own->seal.signed_by);
}

void tl_read_ownership(struct reader *r, struct ownership *out)
{
	unsigned int i;

	memset(out, 0, sizeof(*out));
	out->network.v = tl_read_be64(r);
	out->timestamp = (int64_t)tl_read_be64(r);
	out->flags = tl_read_be64(r);
	out->id = tl_read_be32(r);
	out->n_things = tl_read_be16(r);
	if (out->n_things > OWNERSHIP_MAX_THINGS) {
		tl_reader_fail(r);
		return;
	}
	for (i = 0; i < out->n_things; i++) {
		out->things[i].type = tl_read_u8(r);
		tl_read_copy(r, out->things[i].value,
			     sizeof(out->things[i].value));
	}
	out->issued_to = tl_read_address(r);
	out->seal.signed_by = tl_read_address(r);
	tl_read_signature_block(r, &out->seal.present, &out->seal.signature);
	tl_read_skip_extra(r);
}

void tl_write_ownership(struct writer *w, const struct ownership *own)
{
	write_body(w, own);
	tl_write_signature_block(w, own->seal.present, &own->seal.signature);
	tl_write_be16(w, 0);
}

void tl_write_ownership_signing(struct writer *w, const struct ownership *own)
{
	tl_write_signing_marker(w);
	write_body(w, own);
	tl_write_be16(w, 0);
	tl_write_signing_marker(w);
}

static int add_thing(struct ownership *own, enum thing_type type,
		     struct bytes value)
{
	struct thing *thing;

	if (own->n_things == OWNERSHIP_MAX_THINGS)
		return -ENOSPC;
	thing = &own->things[own->n_things++];
	memset(thing, 0, sizeof(*thing));
	thing->type = (uint8_t)type;
	memcpy(thing->value, value.at, value.n);
	return 0;
}

int tl_ownership_add_ip(struct ownership *own, const struct endpoint *ip)
{
	if (tl_endpoint_is_nil(ip))
		return -EINVAL;
	return add_thing(own, ip->family == 4 ? THING_IPV4 : THING_IPV6,
			 tl_bytes(ip->ip, tl_endpoint_ip_len(ip)));
}

int tl_ownership_add_mac(struct ownership *own, struct mac mac)
{
	return add_thing(own, THING_MAC, TL_BYTES_OF(mac.b));
}

void tl_ownership_sign(struct ownership *own, const struct identity *controller)
{
	uint8_t message[SIGNING_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(message));

	/* The signer's address is signed, too. */
	own->seal.signed_by = controller->addr;
	tl_write_ownership_signing(&w, own);
	tl_seal_make(&own->seal, controller, tl_writer_bytes(&w));
}

enum credential_verdict tl_ownership_verify(const struct ownership *own,
					    const struct keyring *keys,
					    struct address *missing)
{
	uint8_t message[SIGNING_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(message));

	tl_write_ownership_signing(&w, own);
	return tl_seal_check(&own->seal, own->network, tl_writer_bytes(&w),
			     keys, missing);
}

static bool has_thing(const struct ownership *own, enum thing_type type,
		      struct bytes value)
{
	unsigned int i;

	for (i = 0; i < own->n_things; i++) {
		if (own->things[i].type == type &&
		    memcmp(own->things[i].value, value.at, value.n) == 0)
			return true;
	}
	return false;
}

bool tl_ownership_has_ip(const struct ownership *own, const struct endpoint *ip)
{
	if (tl_endpoint_is_nil(ip))
		return false;
	return has_thing(own, ip->family == 4 ? THING_IPV4 : THING_IPV6,
			 tl_bytes(ip->ip, tl_endpoint_ip_len(ip)));
}

bool tl_ownership_has_mac(const struct ownership *own, struct mac mac)
{
	return has_thing(own, THING_MAC, TL_BYTES_OF(mac.b));
}

static bool same_things(const struct ownership *a, const struct ownership *b)
{
	unsigned int i;

	if (a->n_things != b->n_things)
		return false;
	for (i = 0; i < a->n_things; i++) {
		if (a->things[i].type != b->things[i].type ||
		    memcmp(a->things[i].value, b->things[i].value,
			   sizeof(a->things[i].value)) != 0)
			return false;
	}
	return true;
}

bool tl_ownership_equal(const struct ownership *a, const struct ownership *b)
{
	return tl_network_id_equal(a->network, b->network) &&
	       a->timestamp == b->timestamp && a->flags == b->flags &&
	       a->id == b->id && same_things(a, b) &&
	       tl_address_equal(a->issued_to, b->issued_to) &&
	       tl_seal_equal(&a->seal, &b->seal);
}
