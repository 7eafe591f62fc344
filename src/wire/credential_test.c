/* SPDX-License-Identifier: Apache-2.0 */
/* What most credentials have in common, shown with tags. */
#include "wire/credential.h"

#include "actors.h"
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

TEST(credential_asks_for_the_controller_it_does_not_know)
{
	struct address missing = { 0 };
	struct tag t = tag();

	CHECK_EQ(tl_tag_verify(&t, actor_no_keys(), &missing),
		 CREDENTIAL_SIGNER_UNKNOWN);
	CHECK_EQ(missing.v, actor(ACTOR_CONTROLLER)->addr.v);
}
