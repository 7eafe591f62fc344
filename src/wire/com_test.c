/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/com.h"

#include "actors.h"

#define DELTA 1000

static struct com com_of(enum actor who, int64_t timestamp)
{
	struct com com;

	tl_com_init(&com, ACTOR_NETWORK, actor(who), timestamp, DELTA);
	tl_com_sign(&com, actor(ACTOR_CONTROLLER));
	return com;
}

TEST(com_of_the_controller_is_valid)
{
	struct com com = com_of(ACTOR_MEMBER_A, 5000);
	struct address missing = { 0 };

	CHECK_EQ(tl_com_verify(&com, actor_keys(), &missing), CREDENTIAL_VALID);
	CHECK_EQ(tl_com_timestamp(&com), 5000);
	CHECK_EQ(tl_com_network(&com).v, ACTOR_NETWORK.v);
	CHECK_EQ(tl_com_issued_to(&com).v, actor(ACTOR_MEMBER_A)->addr.v);
	CHECK_EQ(tl_com_verify(&com, actor_no_keys(), &missing),
		 CREDENTIAL_SIGNER_UNKNOWN);
	CHECK_EQ(missing.v, actor(ACTOR_CONTROLLER)->addr.v);
}

TEST(com_signed_by_a_member_is_invalid)
{
	struct com com = com_of(ACTOR_MEMBER_A, 5000);
	struct address missing;

	tl_com_sign(&com, actor(ACTOR_MEMBER_A));
	CHECK_EQ(tl_com_verify(&com, actor_keys(), &missing),
		 CREDENTIAL_INVALID);
	/* nor does a false name help */
	com.seal.signed_by = actor(ACTOR_CONTROLLER)->addr;
	CHECK_EQ(tl_com_verify(&com, actor_keys(), &missing),
		 CREDENTIAL_INVALID);
}

TEST(com_without_a_network_is_invalid)
{
	struct com com = com_of(ACTOR_MEMBER_A, 5000);
	struct address missing;

	com.n = 1;
	tl_com_sign(&com, actor(ACTOR_CONTROLLER));
	CHECK_EQ(tl_com_network(&com).v, 0);
	CHECK_EQ(tl_com_verify(&com, actor_keys(), &missing),
		 CREDENTIAL_INVALID);
}

TEST(com_agreement_is_by_our_delta)
{
	struct com a = com_of(ACTOR_MEMBER_A, 5000);
	struct com b = com_of(ACTOR_MEMBER_B, 6000);
	const struct identity *id_b = actor(ACTOR_MEMBER_B);

	CHECK(tl_com_agrees(&a, &b, id_b));
	CHECK(tl_com_agrees(&b, &a, actor(ACTOR_MEMBER_A)));
	a.qualifiers[0].max_delta = 999;
	CHECK(!tl_com_agrees(&a, &b, id_b));
	CHECK(tl_com_agrees(&b, &a, actor(ACTOR_MEMBER_A)));
}

TEST(com_of_somebody_else_does_not_agree)
{
	struct com a = com_of(ACTOR_MEMBER_A, 5000);
	struct com b = com_of(ACTOR_MEMBER_B, 5000);

	CHECK(!tl_com_agrees(&a, &b, actor(ACTOR_MEMBER_A)));
}

TEST(com_unsigned_times_do_not_wrap)
{
	struct com a = com_of(ACTOR_MEMBER_A, -1);
	struct com b = com_of(ACTOR_MEMBER_B, 0);

	/* As unsigned numbers they are as far apart as can be. */
	CHECK(!tl_com_agrees(&a, &b, actor(ACTOR_MEMBER_B)));
}

TEST(com_equal_looks_at_every_byte)
{
	struct com com = com_of(ACTOR_MEMBER_A, 5000);
	uint8_t room[COM_WIRE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	size_t i;

	tl_write_com(&w, &com);
	for (i = 3; i < w.n; i++) {
		struct reader r = tl_reader(tl_writer_bytes(&w));
		struct com other;

		room[i] ^= 0x80;
		tl_read_com(&r, &other);
		if (tl_reader_ok(&r))
			CHECK(!tl_com_equal(&com, &other));
		room[i] ^= 0x80;
	}
}

TEST(com_empty_is_written_and_read)
{
	struct com com = { .n = 0 };
	uint8_t room[COM_WIRE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct reader r;

	tl_write_com(&w, &com);
	CHECK_EQ(w.n, 8);
	r = tl_reader(tl_writer_bytes(&w));
	tl_read_com(&r, &com);
	CHECK(tl_reader_done(&r));
	CHECK_EQ(com.n, 0);
}
