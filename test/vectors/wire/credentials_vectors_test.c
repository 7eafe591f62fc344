/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of credentials.json, but for membership[], which needs vl2. */
#include "vectors/vector.h"
#include "wire/credentials_message.h"

static json_t *root;
static struct identity known[8];
static size_t n_known;

static json_t *cases(const char *key)
{
	return tl_vector_array(root, key);
}

static struct identity identity_named(const char *name)
{
	const json_t *all = tl_vector_get(root, "identities");
	struct identity id;

	CHECK_EQ(tl_identity_parse(
			 &id, tl_bytes_from_str(tl_vector_text(all, name))),
		 0);
	return id;
}

static const struct identity *find(void *ctx, struct address addr)
{
	size_t i;

	CHECK(ctx == &n_known);
	for (i = 0; i < n_known; i++) {
		if (tl_address_equal(known[i].addr, addr))
			return &known[i];
	}
	return NULL;
}

static const struct keyring keys = { find, &n_known };

static void load(void)
{
	json_t *name;
	size_t i;

	root = tl_vector_load("credentials");
	n_known = 0;
	json_array_foreach(cases("verifier_knows"), i, name)
		known[n_known++] = identity_named(json_string_value(name));
}

static struct address address(const json_t *item, const char *key)
{
	return (struct address){ tl_vector_u64(item, key) };
}

static void check_verdict(const json_t *item, enum credential_verdict got,
			  struct address missing)
{
	const char *want = tl_vector_text(item, "verify");

	if (strcmp(want, "valid") == 0) {
		CHECK_EQ(got, CREDENTIAL_VALID);
	} else if (strcmp(want, "invalid") == 0) {
		CHECK_EQ(got, CREDENTIAL_INVALID);
	} else {
		CHECK_STR(want, "signer unknown, ask for it");
		CHECK_EQ(got, CREDENTIAL_SIGNER_UNKNOWN);
		CHECK_EQ(missing.v, identity_named("other_controller").addr.v);
	}
}

/* Signing again with the private key must give the same bytes. */
static bool is_made_by_controller(const json_t *item)
{
	return strcmp(tl_vector_text(item, "verify"), "valid") == 0;
}

static struct com com_of(const json_t *item)
{
	struct bytes binary = tl_vector_bytes(item, "binary");
	struct reader r = tl_reader(binary);
	uint8_t room[COM_WIRE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct com com;

	tl_read_com(&r, &com);
	CHECK(tl_reader_done(&r));
	tl_write_com(&w, &com);
	CHECK_BYTES(tl_writer_bytes(&w), binary);
	return com;
}

static void check_qualifiers(const struct com *com, const json_t *item)
{
	json_t *q;
	size_t i;

	CHECK_EQ(com->n, json_array_size(tl_vector_get(item, "qualifiers")));
	json_array_foreach(tl_vector_get(item, "qualifiers"), i, q)
	{
		CHECK_EQ(com->qualifiers[i].id, tl_vector_int(q, "id"));
		CHECK_EQ(com->qualifiers[i].value, tl_vector_u64(q, "value"));
		CHECK_EQ(com->qualifiers[i].max_delta,
			 tl_vector_u64(q, "max_delta"));
	}
}

TEST(credentials_com)
{
	struct identity controller;
	json_t *item;
	size_t i;

	load();
	controller = identity_named("controller");
	json_array_foreach(cases("com"), i, item)
	{
		struct com com = com_of(item);
		struct com again = com;
		struct address missing = { 0 };
		uint8_t room[COM_WIRE_MAX];
		struct writer w = tl_writer(TL_BUFFER_OF(room));

		CHECK_EQ(tl_com_timestamp(&com),
			 tl_vector_int(item, "timestamp"));
		CHECK_EQ(tl_com_network(&com).v,
			 tl_vector_u64(item, "network_id"));
		CHECK_EQ(tl_com_issued_to(&com).v,
			 address(item, "issued_to").v);
		CHECK_EQ(com.seal.signed_by.v, address(item, "signed_by").v);
		check_qualifiers(&com, item);
		tl_write_com_signing(&w, &com);
		CHECK_BYTES(tl_writer_bytes(&w),
			    tl_vector_bytes(item, "for_signing"));
		check_verdict(item, tl_com_verify(&com, &keys, &missing),
			      missing);
		if (!is_made_by_controller(item))
			continue;
		tl_com_sign(&again, &controller);
		CHECK(tl_com_equal(&again, &com));
	}
}

TEST(credentials_com_as_issued)
{
	struct identity a, controller;
	const json_t *item;
	struct com made, com;

	load();
	a = identity_named("member_a");
	controller = identity_named("controller");
	item = json_array_get(cases("com"), 0);
	com = com_of(item);
	tl_com_init(&made, tl_com_network(&com), &a, tl_com_timestamp(&com),
		    com.qualifiers[0].max_delta);
	tl_com_sign(&made, &controller);
	CHECK(tl_com_equal(&made, &com));
}

static struct com com_named(const char *name)
{
	json_t *item;
	size_t i;

	if (strcmp(name, "empty") == 0)
		return (struct com){ .n = 0 };
	json_array_foreach(cases("com"), i, item)
	{
		if (strcmp(tl_vector_text(item, "name"), name) == 0)
			return com_of(item);
	}
	FAIL("no certificate named %s", name);
}

TEST(credentials_com_agreement)
{
	json_t *item;
	size_t i;

	load();
	json_array_foreach(cases("com_agreement"), i, item)
	{
		struct com mine = com_named(tl_vector_text(item, "mine"));
		struct com other = com_named(tl_vector_text(item, "other"));
		struct identity id =
			identity_named(tl_vector_text(item, "other_identity"));

		if (tl_com_agrees(&mine, &other, &id) !=
		    tl_vector_bool(item, "agrees"))
			FAIL("%s and %s", tl_vector_text(item, "mine"),
			     tl_vector_text(item, "other"));
	}
}

static void check_parse(const json_t *item, const struct reader *r,
			struct bytes input)
{
	if (tl_reader_ok(r) != tl_vector_bool(item, "parses"))
		FAIL("%s", tl_vector_text(item, "why"));
	if (tl_reader_ok(r))
		CHECK_EQ(input.n - r->rest.n, tl_vector_int(item, "consumed"));
}

TEST(credentials_com_parsing)
{
	json_t *item;
	size_t i;

	load();
	json_array_foreach(cases("com_parsing"), i, item)
	{
		struct bytes input = tl_vector_bytes(item, "input");
		struct reader r = tl_reader(input);
		struct com com;

		tl_read_com(&r, &com);
		check_parse(item, &r, input);
	}
}

TEST(credentials_tag)
{
	struct identity controller;
	json_t *item;
	size_t i;

	load();
	controller = identity_named("controller");
	json_array_foreach(cases("tag"), i, item)
	{
		struct bytes binary = tl_vector_bytes(item, "binary");
		struct reader r = tl_reader(binary);
		uint8_t room[TAG_WIRE_LEN];
		struct writer w = tl_writer(TL_BUFFER_OF(room));
		struct address missing = { 0 };
		struct tag tag, again;

		tl_read_tag(&r, &tag);
		CHECK(tl_reader_done(&r));
		CHECK_EQ(tag.network.v, tl_vector_u64(item, "network_id"));
		CHECK_EQ(tag.timestamp, tl_vector_int(item, "timestamp"));
		CHECK_EQ(tag.id, tl_vector_int(item, "id"));
		CHECK_EQ(tag.value, tl_vector_int(item, "value"));
		CHECK_EQ(tag.issued_to.v, address(item, "issued_to").v);
		CHECK_EQ(tag.seal.signed_by.v, address(item, "signed_by").v);
		tl_write_tag(&w, &tag);
		CHECK_BYTES(tl_writer_bytes(&w), binary);
		w = tl_writer(TL_BUFFER_OF(room));
		tl_write_tag_signing(&w, &tag);
		CHECK_BYTES(tl_writer_bytes(&w),
			    tl_vector_bytes(item, "for_signing"));
		check_verdict(item, tl_tag_verify(&tag, &keys, &missing),
			      missing);
		if (!is_made_by_controller(item))
			continue;
		again = tag;
		tl_tag_sign(&again, &controller);
		CHECK(tl_tag_equal(&again, &tag));
	}
}

static void check_custody(const struct capability *cap, const json_t *item)
{
	json_t *link;
	size_t i;

	CHECK_EQ(cap->n_custody,
		 json_array_size(tl_vector_get(item, "custody")));
	json_array_foreach(tl_vector_get(item, "custody"), i, link)
	{
		CHECK_EQ(cap->custody[i].to.v, address(link, "to").v);
		CHECK_EQ(cap->custody[i].seal.signed_by.v,
			 address(link, "from").v);
		CHECK_BYTES(TL_BYTES_OF(cap->custody[i].seal.signature.b),
			    tl_vector_bytes(link, "signature"));
	}
}

/* Hand it on again, with the private keys of all who had it. */
static void check_granting(const struct capability *cap)
{
	struct capability again = *cap;
	unsigned int i;

	again.n_custody = 0;
	for (i = 0; i < cap->n_custody; i++) {
		const struct identity *from =
			find(&n_known, cap->custody[i].seal.signed_by);

		CHECK_EQ(tl_capability_grant(&again, cap->custody[i].to, from),
			 0);
	}
	CHECK(tl_capability_equal(&again, cap));
}

/* A capability whose recipient was altered verifies: only that it is taken
 * from nobody but its recipient keeps it from being stolen. */
TEST(credentials_capability)
{
	json_t *item;
	size_t i;

	load();
	json_array_foreach(cases("capability"), i, item)
	{
		struct bytes binary = tl_vector_bytes(item, "binary");
		struct reader r = tl_reader(binary);
		uint8_t room[CAPABILITY_WIRE_MAX];
		struct writer w = tl_writer(TL_BUFFER_OF(room));
		struct address missing = { 0 };
		struct capability cap;

		tl_read_capability(&r, &cap);
		CHECK(tl_reader_done(&r));
		CHECK_EQ(cap.network.v, tl_vector_u64(item, "network_id"));
		CHECK_EQ(cap.timestamp, tl_vector_int(item, "timestamp"));
		CHECK_EQ(cap.id, tl_vector_int(item, "id"));
		CHECK_EQ(cap.max_custody,
			 tl_vector_int(item, "max_custody_chain_length"));
		CHECK_EQ(cap.n_rules, tl_vector_int(item, "rule_count"));
		CHECK_BYTES(tl_capability_rules(&cap),
			    tl_vector_bytes(item, "rules"));
		CHECK_EQ(tl_capability_issued_to(&cap).v,
			 address(item, "issued_to").v);
		check_custody(&cap, item);
		tl_write_capability(&w, &cap);
		CHECK_BYTES(tl_writer_bytes(&w), binary);
		CHECK_EQ(tl_capability_wire_len(&cap), binary.n);
		w = tl_writer(TL_BUFFER_OF(room));
		tl_write_capability_signing(&w, &cap);
		CHECK_BYTES(tl_writer_bytes(&w),
			    tl_vector_bytes(item, "for_signing"));
		check_verdict(item, tl_capability_verify(&cap, &keys, &missing),
			      missing);
		if (is_made_by_controller(item) &&
		    !strstr(tl_vector_text(item, "name"), "altered"))
			check_granting(&cap);
	}
}

static void check_things(const struct ownership *own, const json_t *item)
{
	json_t *q;
	size_t i;

	CHECK_EQ(own->n_things, json_array_size(tl_vector_get(item, "things")));
	json_array_foreach(tl_vector_get(item, "things"), i, q)
	{
		CHECK_EQ(own->things[i].type, tl_vector_int(q, "type"));
		CHECK_BYTES(TL_BYTES_OF(own->things[i].value),
			    tl_vector_bytes(q, "value16"));
	}
	json_array_foreach(tl_vector_array(item, "ownership"), i, q)
	{
		bool want = tl_vector_bool(q, "owns");
		struct endpoint ip;
		struct mac mac;

		if (tl_vector_has(q, "ip")) {
			CHECK_EQ(tl_endpoint_parse(&ip,
						   tl_vector_text(q, "ip")),
				 0);
			CHECK_EQ(tl_ownership_has_ip(own, &ip), want);
		} else {
			CHECK_EQ(tl_mac_parse(&mac,
					      tl_bytes_from_str(tl_vector_text(
						      q, "mac"))),
				 0);
			CHECK_EQ(tl_ownership_has_mac(own, mac), want);
		}
	}
}

TEST(credentials_ownership)
{
	struct identity controller;
	json_t *item;
	size_t i;

	load();
	controller = identity_named("controller");
	json_array_foreach(cases("ownership"), i, item)
	{
		struct bytes binary = tl_vector_bytes(item, "binary");
		struct reader r = tl_reader(binary);
		uint8_t room[OWNERSHIP_WIRE_MAX];
		struct writer w = tl_writer(TL_BUFFER_OF(room));
		struct address missing = { 0 };
		struct ownership own, again;

		tl_read_ownership(&r, &own);
		CHECK(tl_reader_done(&r));
		CHECK_EQ(own.network.v, tl_vector_u64(item, "network_id"));
		CHECK_EQ(own.timestamp, tl_vector_int(item, "timestamp"));
		CHECK_EQ(own.flags, tl_vector_int(item, "flags"));
		CHECK_EQ(own.id, tl_vector_int(item, "id"));
		CHECK_EQ(own.issued_to.v, address(item, "issued_to").v);
		check_things(&own, item);
		tl_write_ownership(&w, &own);
		CHECK_BYTES(tl_writer_bytes(&w), binary);
		w = tl_writer(TL_BUFFER_OF(room));
		tl_write_ownership_signing(&w, &own);
		CHECK_BYTES(tl_writer_bytes(&w),
			    tl_vector_bytes(item, "for_signing"));
		check_verdict(item, tl_ownership_verify(&own, &keys, &missing),
			      missing);
		if (!is_made_by_controller(item))
			continue;
		again = own;
		tl_ownership_sign(&again, &controller);
		CHECK(tl_ownership_equal(&again, &own));
	}
}

TEST(credentials_revocation)
{
	struct identity controller;
	json_t *item;
	size_t i;

	load();
	controller = identity_named("controller");
	json_array_foreach(cases("revocation"), i, item)
	{
		struct bytes binary = tl_vector_bytes(item, "binary");
		struct reader r = tl_reader(binary);
		uint8_t room[REVOCATION_WIRE_LEN];
		struct writer w = tl_writer(TL_BUFFER_OF(room));
		struct address missing = { 0 };
		struct revocation rev, again;

		tl_read_revocation(&r, &rev);
		CHECK(tl_reader_done(&r));
		CHECK_EQ(rev.id, tl_vector_int(item, "id"));
		CHECK_EQ(rev.network.v, tl_vector_u64(item, "network_id"));
		CHECK_EQ(rev.credential_id,
			 tl_vector_int(item, "credential_id"));
		CHECK_EQ(rev.threshold, tl_vector_int(item, "threshold"));
		CHECK_EQ(rev.flags, tl_vector_int(item, "flags"));
		CHECK_EQ(rev.target.v, address(item, "target").v);
		CHECK_EQ(rev.credential_type,
			 tl_vector_int(item, "credential_type"));
		tl_write_revocation(&w, &rev);
		CHECK_BYTES(tl_writer_bytes(&w), binary);
		w = tl_writer(TL_BUFFER_OF(room));
		tl_write_revocation_signing(&w, &rev);
		CHECK_BYTES(tl_writer_bytes(&w),
			    tl_vector_bytes(item, "for_signing"));
		check_verdict(item, tl_revocation_verify(&rev, &keys, &missing),
			      missing);
		if (!is_made_by_controller(item))
			continue;
		again = rev;
		tl_revocation_sign(&again, &controller);
		CHECK(tl_revocation_equal(&again, &rev));
	}
}

static void read_kind(struct reader *r, const char *kind)
{
	struct credential c;

	if (strcmp(kind, "tag") == 0)
		tl_read_tag(r, &c.tag);
	else if (strcmp(kind, "capability") == 0)
		tl_read_capability(r, &c.capability);
	else if (strcmp(kind, "ownership") == 0)
		tl_read_ownership(r, &c.ownership);
	else if (strcmp(kind, "revocation") == 0)
		tl_read_revocation(r, &c.revocation);
	else
		FAIL("unknown kind %s", kind);
}

TEST(credentials_other_parsing)
{
	json_t *item;
	size_t i;

	load();
	json_array_foreach(cases("other_parsing"), i, item)
	{
		struct bytes input = tl_vector_bytes(item, "input");
		struct reader r = tl_reader(input);

		read_kind(&r, tl_vector_text(item, "kind"));
		check_parse(item, &r, input);
	}
}

static struct bytes binary_named(const char *key, const char *name)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases(key), i, item)
	{
		if (strcmp(tl_vector_text(item, "name"), name) == 0)
			return tl_vector_bytes(item, "binary");
	}
	FAIL("no %s named %s", key, name);
}

/* What a node sends: read it, compare its parts, and write the same. */
TEST(credentials_push)
{
	const json_t *push;
	struct bytes payload;
	struct credentials_parser p;
	struct credential c[4], end;
	struct credential_set set;
	uint8_t room[2048];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	size_t n = 0;

	load();
	push = tl_vector_get(root, "push");
	payload = tl_vector_bytes(push, "payload");
	CHECK_BYTES(payload,
		    tl_bytes_skip(tl_vector_bytes(push, "plaintext"), 28));
	p = tl_credentials_parser(payload);
	while (n < 4 && tl_credentials_next(&p, &c[n]))
		n++;
	CHECK_EQ(n, 4);
	CHECK(!tl_credentials_next(&p, &end));
	CHECK(tl_credentials_ok(&p));
	CHECK_EQ(p.r.rest.n, 0);
	CHECK_EQ(c[0].type, CREDENTIAL_COM);
	CHECK_EQ(c[1].type, CREDENTIAL_CAPABILITY);
	CHECK_EQ(c[2].type, CREDENTIAL_TAG);
	CHECK_EQ(c[3].type, CREDENTIAL_OWNERSHIP);
	tl_write_capability(&w, &c[1].capability);
	CHECK_BYTES(tl_writer_bytes(&w), binary_named("capability", "cap1"));

	w = tl_writer(TL_BUFFER_OF(room));
	set = (struct credential_set){
		.com = &c[0].com,
		.capabilities = &c[1].capability,
		.n_capabilities = 1,
		.tags = &c[2].tag,
		.n_tags = 1,
		.ownerships = &c[3].ownership,
		.n_ownerships = 1,
	};
	CHECK(tl_write_credentials(&w, &set));
	CHECK(tl_credential_set_is_empty(&set));
	CHECK_BYTES(tl_writer_bytes(&w), payload);
}
