/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/credentials_message.h"

#include "actors.h"

static struct tag tag(uint32_t id)
{
	return (struct tag){ .network = ACTOR_NETWORK, .id = id };
}

static size_t count(struct bytes payload, bool *ok)
{
	struct credentials_parser p = tl_credentials_parser(payload);
	struct credential c;
	size_t n = 0;

	while (tl_credentials_next(&p, &c))
		n++;
	*ok = tl_credentials_ok(&p);
	return n;
}

TEST(credentials_message_may_end_after_any_part)
{
	static const uint8_t zeroes[9];
	size_t n;
	bool ok;

	for (n = 0; n <= sizeof(zeroes); n++) {
		CHECK_EQ(count(tl_bytes(zeroes, n), &ok), 0);
		/* Counts have two bytes, so even lengths cut one. */
		CHECK_EQ(ok, n == 0 || n % 2 == 1);
	}
}

TEST(credentials_message_must_begin_with_a_certificate_or_zero)
{
	static const uint8_t two[] = { 2, 0, 0 };
	bool ok;

	CHECK_EQ(count(TL_BYTES_OF(two), &ok), 0);
	CHECK(!ok);
}

TEST(credentials_message_objects_before_a_bad_one_count)
{
	struct tag tags[2] = { tag(1), tag(2) };
	struct credential_set set = { .tags = tags, .n_tags = 2 };
	uint8_t room[400];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	bool ok;

	CHECK(tl_write_credentials(&w, &set));
	CHECK_EQ(count(tl_writer_bytes(&w), &ok), 2);
	CHECK(ok);
	CHECK_EQ(count(tl_bytes(room, 5 + TAG_WIRE_LEN + 7), &ok), 1);
	CHECK(!ok);
}

TEST(credentials_message_is_cut_to_the_room_there_is)
{
	struct tag tags[10];
	struct ownership own = { .network = ACTOR_NETWORK };
	struct com com = { .n = 0 };
	struct credential_set set = { .com = &com,
				      .tags = tags,
				      .n_tags = 10,
				      .ownerships = &own,
				      .n_ownerships = 1 };
	uint8_t room[9 + 4 * TAG_WIRE_LEN + 20];
	size_t packets = 0;
	size_t objects = 0;
	uint32_t i;
	bool ok;

	for (i = 0; i < 10; i++)
		tags[i] = tag(i);
	while (!tl_credential_set_is_empty(&set)) {
		struct writer w = tl_writer(TL_BUFFER_OF(room));

		CHECK(tl_write_credentials(&w, &set));
		objects += count(tl_writer_bytes(&w), &ok);
		CHECK(ok);
		packets++;
	}
	CHECK_EQ(objects, 12);
	CHECK_EQ(packets, 3);
	CHECK(!set.com);
}

TEST(credentials_message_without_room_writes_nothing)
{
	struct tag one = tag(1);
	struct credential_set set = { .tags = &one, .n_tags = 1 };
	uint8_t room[9 + TAG_WIRE_LEN];
	struct writer w = tl_writer(tl_buffer(room, sizeof(room) - 1));

	CHECK(!tl_write_credentials(&w, &set));
	CHECK(tl_writer_ok(&w));
	CHECK_EQ(w.n, 0);
	CHECK_EQ(set.n_tags, 1);
	w = tl_writer(TL_BUFFER_OF(room));
	CHECK(tl_write_credentials(&w, &set));
	CHECK_EQ(w.n, sizeof(room));
	CHECK(!tl_write_credentials(&w, &set));
	w = tl_writer(tl_buffer(room, 8));
	CHECK(!tl_write_credentials(&w, &set));
}

TEST(credentials_message_of_one_revocation)
{
	struct revocation rev = { .network = ACTOR_NETWORK, .id = 5 };
	struct credential_set set = { .revocations = &rev, .n_revocations = 1 };
	uint8_t room[256];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct credentials_parser p;
	struct credential c;

	CHECK(tl_write_credentials(&w, &set));
	/* vl2.md 7.4: 00, no capabilities, no tags, one, no ownerships */
	CHECK_MEM(room, "\0\0\0\0\0\0\1", 7);
	CHECK_EQ(w.n, 7 + REVOCATION_WIRE_LEN + 2);
	p = tl_credentials_parser(tl_writer_bytes(&w));
	CHECK(tl_credentials_next(&p, &c));
	CHECK_EQ(c.type, CREDENTIAL_REVOCATION);
	CHECK_EQ(c.revocation.id, 5);
}
