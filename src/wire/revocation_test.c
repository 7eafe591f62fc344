/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/revocation.h"

#include "actors.h"

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

TEST(revocation_any_changed_byte_is_invalid)
{
	struct revocation rev = revocation();
	uint8_t room[REVOCATION_WIRE_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct revocation other;
	struct address missing;
	size_t i;

	tl_write_revocation(&w, &rev);
	for (i = 0; i < REVOCATION_WIRE_LEN - 2; i++) {
		struct reader r = tl_reader(tl_writer_bytes(&w));

		room[i] ^= 4;
		tl_read_revocation(&r, &other);
		if (tl_reader_ok(&r)) {
			CHECK(!tl_revocation_equal(&rev, &other));
			CHECK_EQ(tl_revocation_verify(&other, actor_keys(),
						      &missing),
				 CREDENTIAL_INVALID);
		}
		room[i] ^= 4;
	}
}
