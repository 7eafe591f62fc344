/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/beacon.h"

#include "harness.h"

#define WHO 0x1122334455

static struct beacon make(unsigned int n_hints)
{
	struct beacon b = { .port = 9993, .instance = 77, .n_hints = n_hints };
	unsigned int i;

	b.identity.addr.v = WHO;
	memset(b.identity.pub, 5, sizeof(b.identity.pub));
	for (i = 0; i < n_hints; i++)
		b.hints[i] = 1000 + i;
	return b;
}

static size_t build(uint8_t *room, size_t size, const struct beacon *b)
{
	struct writer w = tl_writer(tl_buffer(room, size));

	tl_write_beacon(&w, b);
	CHECK(tl_writer_ok(&w));
	return w.n;
}

TEST(what_was_written_is_read)
{
	struct beacon b = make(BEACON_MAX_HINTS);
	uint8_t room[BEACON_MAX_LEN];
	struct beacon got;

	CHECK_EQ(build(room, sizeof(room), &b), BEACON_MAX_LEN);
	CHECK(tl_beacon_parse(&got, TL_BYTES_OF(room)));
	CHECK_EQ(got.port, 9993);
	CHECK_EQ(got.instance, 77);
	CHECK(tl_identity_equal(&got.identity, &b.identity));
	CHECK_EQ(got.n_hints, BEACON_MAX_HINTS);
	CHECK_EQ(memcmp(got.hints, b.hints, sizeof(b.hints)), 0);
}

TEST(each_cut_is_refused_and_what_follows_is_ignored)
{
	struct beacon b = make(2);
	uint8_t room[BEACON_MAX_LEN] = { 0 };
	struct beacon got;
	size_t whole = build(room, sizeof(room), &b);
	size_t n;

	for (n = 0; n < whole; n++)
		CHECK(!tl_beacon_parse(&got, tl_bytes(room, n)));
	CHECK(tl_beacon_parse(&got, tl_bytes(room, whole + 3)));
	CHECK_EQ(got.n_hints, 2);
}

/* Where a byte is, and what makes it no beacon. */
TEST(what_is_no_beacon_of_ours_is_refused)
{
	static const struct {
		size_t at;
		uint8_t value;
	} bad[] = {
		{ 0, 'X' }, { 4, 2 },  { 4, 0 },   { 16, 0xff },
		{ 21, 1 },  { 86, 1 }, { 87, 17 },
	};
	struct beacon b = make(1);
	uint8_t room[BEACON_MAX_LEN];
	struct beacon got;
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(bad); i++) {
		size_t n = build(room, sizeof(room), &b);

		CHECK(tl_beacon_parse(&got, tl_bytes(room, n)));
		room[bad[i].at] = bad[i].value;
		CHECK(!tl_beacon_parse(&got, TL_BYTES_OF(room)));
	}
	b.port = 0;
	build(room, sizeof(room), &b);
	CHECK(!tl_beacon_parse(&got, TL_BYTES_OF(room)));
	b.port = 1;
	b.instance = 0;
	build(room, sizeof(room), &b);
	CHECK(!tl_beacon_parse(&got, TL_BYTES_OF(room)));
}

TEST(hint_depends_on_network_sender_and_instance)
{
	struct network_id net = { 0x8056c2e21c000001 };
	struct address who = { WHO };
	uint64_t hint = tl_beacon_hint(net, who, 1);

	CHECK(hint == tl_beacon_hint(net, who, 1));
	CHECK(hint != tl_beacon_hint(net, who, 2));
	CHECK(hint != tl_beacon_hint(net, (struct address){ WHO + 1 }, 1));
	net.v++;
	CHECK(hint != tl_beacon_hint(net, who, 1));
}
