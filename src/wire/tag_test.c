/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/tag.h"

#include "actors.h"

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

TEST(tag_equal_looks_at_every_byte)
{
	struct tag t = tag(), other;
	uint8_t room[TAG_WIRE_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	size_t i;

	tl_write_tag(&w, &t);
	CHECK_EQ(w.n, TAG_WIRE_LEN);
	/* all but the length of the extra bytes */
	for (i = 0; i < TAG_WIRE_LEN - 2; i++) {
		struct reader r = tl_reader(tl_writer_bytes(&w));

		room[i] ^= 4;
		tl_read_tag(&r, &other);
		if (tl_reader_ok(&r))
			CHECK(!tl_tag_equal(&t, &other));
		room[i] ^= 4;
	}
}
