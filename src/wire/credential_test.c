/* SPDX-License-Identifier: Apache-2.0 */
/* What tags, certificates of ownership and revocations have in common. */
#include "wire/credential.h"

#include <errno.h>

#include "actors.h"
#include "wire/ownership.h"
#include "wire/revocation.h"
#include "wire/tag.h"

static struct tag tag(void)
{
	struct tag t = {
		.network = ACTOR_NETWORK,
		.timestamp = 1000,
		.id = 7,
		.value = 9,
		.issued_to = actor(ACTOR_MEMBER_A)->addr,
	};

	tl_tag_sign(&t, actor(ACTOR_CONTROLLER));
	return t;
}

static struct revocation revocation(void)
{
	struct revocation rev = {
		.id = 1,
		.network = ACTOR_NETWORK,
		.credential_id = 7,
		.threshold = 1000,
		.flags = REVOCATION_FAST_PROPAGATE,
		.target = actor(ACTOR_MEMBER_A)->addr,
		.credential_type = CREDENTIAL_TAG,
	};

	tl_revocation_sign(&rev, actor(ACTOR_CONTROLLER));
	return rev;
}

TEST(tag_any_changed_field_is_invalid)
{
	struct address missing;
	struct tag t = tag();

	CHECK_EQ(tl_tag_verify(&t, actor_keys(), &missing), CREDENTIAL_VALID);
	t.timestamp++;
	CHECK_EQ(tl_tag_verify(&t, actor_keys(), &missing), CREDENTIAL_INVALID);
	t = tag();
	t.id++;
	CHECK_EQ(tl_tag_verify(&t, actor_keys(), &missing), CREDENTIAL_INVALID);
	t = tag();
	t.issued_to.v++;
	CHECK_EQ(tl_tag_verify(&t, actor_keys(), &missing), CREDENTIAL_INVALID);
	t = tag();
	t.network.v++; /* same controller, other network */
	CHECK_EQ(tl_tag_verify(&t, actor_keys(), &missing), CREDENTIAL_INVALID);
}

TEST(credential_of_an_unknown_signature_type_is_invalid)
{
	struct tag t = tag();
	uint8_t room[TAG_WIRE_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct address missing;
	struct reader r;

	tl_write_tag(&w, &t);
	room[34] = 2; /* the type of the signature */
	r = tl_reader(tl_writer_bytes(&w));
	tl_read_tag(&r, &t);
	CHECK(tl_reader_done(&r));
	CHECK(!t.seal.present);
	CHECK_EQ(tl_tag_verify(&t, actor_keys(), &missing), CREDENTIAL_INVALID);
}

TEST(credential_verifies_without_its_extra_bytes)
{
	struct tag t = tag(), again;
	uint8_t room[TAG_WIRE_LEN + 3];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct address missing;
	struct reader r;

	tl_write_tag(&w, &t);
	room[TAG_WIRE_LEN - 1] = 3;
	tl_write_zeroes(&w, 3);
	r = tl_reader(tl_writer_bytes(&w));
	tl_read_tag(&r, &again);
	CHECK(tl_reader_done(&r));
	CHECK(tl_tag_equal(&t, &again));
	CHECK_EQ(tl_tag_verify(&again, actor_keys(), &missing),
		 CREDENTIAL_VALID);
}

TEST(credential_of_a_network_without_controller_is_invalid)
{
	struct address missing = { 0 };
	struct tag t = tag();

	t.network.v |= UINT64_C(0xff) << 56;
	t.seal.signed_by = tl_network_id_controller(t.network);
	CHECK_EQ(tl_tag_verify(&t, actor_keys(), &missing), CREDENTIAL_INVALID);
	CHECK_EQ(missing.v, 0);
}

TEST(revocation_covers_its_reserved_fields)
{
	struct revocation rev = revocation();
	uint8_t room[REVOCATION_WIRE_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct address missing;
	struct reader r;

	tl_write_revocation(&w, &rev);
	CHECK_EQ(w.n, REVOCATION_WIRE_LEN);
	CHECK_EQ(tl_revocation_verify(&rev, actor_keys(), &missing),
		 CREDENTIAL_VALID);
	room[0] = 1;
	r = tl_reader(tl_writer_bytes(&w));
	tl_read_revocation(&r, &rev);
	CHECK(tl_reader_done(&r));
	CHECK_EQ(tl_revocation_verify(&rev, actor_keys(), &missing),
		 CREDENTIAL_INVALID);
}

TEST(ownership_takes_sixteen_things)
{
	struct ownership own = { .network = ACTOR_NETWORK, .id = 1 };
	struct endpoint nil = { .family = 0 };
	struct endpoint last, other;
	struct mac mac = { { 2, 0, 0, 0, 0, 1 } };
	struct address missing;
	uint8_t i;

	CHECK_EQ(tl_ownership_add_ip(&own, &nil), -EINVAL);
	CHECK_EQ(tl_ownership_add_mac(&own, mac), 0);
	for (i = 1; i < OWNERSHIP_MAX_THINGS; i++) {
		uint8_t ip[16] = { 10, 0, 0, i };

		last = i & 1 ? tl_endpoint_ip4(ip, 24) : tl_endpoint_ip6(ip, 9);
		CHECK_EQ(tl_ownership_add_ip(&own, &last), 0);
	}
	CHECK_EQ(tl_ownership_add_ip(&own, &last), -ENOSPC);
	CHECK_EQ(tl_ownership_add_mac(&own, mac), -ENOSPC);
	tl_ownership_sign(&own, actor(ACTOR_CONTROLLER));
	CHECK_EQ(tl_ownership_verify(&own, actor_keys(), &missing),
		 CREDENTIAL_VALID);
	last.port = 0;
	CHECK(tl_ownership_has_ip(&own, &last));
	CHECK(tl_ownership_has_mac(&own, mac));
	CHECK(!tl_ownership_has_ip(&own, &nil));
	/* 10.0.0.1 is a thing, a00:1:: is not although it begins the same */
	other = tl_endpoint_ip6((const uint8_t[16]){ 10, 0, 0, 1 }, 0);
	CHECK(!tl_ownership_has_ip(&own, &other));
	mac.b[5]++;
	CHECK(!tl_ownership_has_mac(&own, mac));
}
