/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/peer_cache.h"

#include <errno.h>

#include "actors.h"

#define COUNT_AT (PEER_CACHE_HEAD_LEN - 2)

static struct endpoint endpoint(unsigned int i)
{
	uint8_t ip4[4] = { 10, 0, 0, (uint8_t)i };
	uint8_t ip6[16] = { 0xfd, [15] = (uint8_t)i };

	return i % 2 ? tl_endpoint_ip4(ip4, 9993) : tl_endpoint_ip6(ip6, 9994);
}

static struct peer_cache cache(unsigned int n)
{
	struct peer_cache c = {
		.identity = *actor(ACTOR_MEMBER_A),
		.version = { 13, 1, 16, 2 },
	};
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct endpoint e = endpoint(i);

		tl_peer_cache_add(&c, &e);
	}
	return c;
}

/* A file of @c in storage that is used again, with room for more. */
static struct buffer file_of(const struct peer_cache *c)
{
	static uint8_t room[2 * PEER_CACHE_WIRE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_peer_cache_build(&w, c);
	CHECK(tl_writer_ok(&w));
	return tl_buffer(room, w.n);
}

static int parse(struct peer_cache *out, struct buffer file)
{
	return tl_peer_cache_parse(out, tl_buffer_bytes(file));
}

TEST(peer_cache_fields_lie_where_the_format_has_them)
{
	struct peer_cache c = cache(2);
	struct buffer f = file_of(&c);

	CHECK_EQ(f.n, 82 + 19 + 7);
	CHECK_EQ(f.at[0], 2);
	CHECK_EQ(f.at[71], 0); /* no private key */
	CHECK_EQ(tl_load_be16(f.at + 72), 13);
	CHECK_EQ(tl_load_be16(f.at + 74), 1);
	CHECK_EQ(tl_load_be16(f.at + 76), 16);
	CHECK_EQ(tl_load_be16(f.at + 78), 2);
	CHECK_EQ(tl_load_be16(f.at + 80), 2);
	CHECK_EQ(f.at[82], 6);
	CHECK_EQ(f.at[82 + 19], 4);
}

TEST(peer_cache_is_read_as_it_was_written)
{
	unsigned int n;

	for (n = 0; n <= PEER_CACHE_MAX_ENDPOINTS; n++) {
		struct peer_cache c = cache(n), again;
		unsigned int i;

		CHECK_EQ(parse(&again, file_of(&c)), 0);
		CHECK(tl_identity_equal(&again.identity, &c.identity));
		CHECK(!again.identity.has_priv);
		CHECK_EQ(again.version.protocol, 13);
		CHECK_EQ(again.version.major, 1);
		CHECK_EQ(again.version.minor, 16);
		CHECK_EQ(again.version.revision, 2);
		CHECK_EQ(again.n_endpoints, n);
		for (i = 0; i < n; i++)
			CHECK(tl_endpoint_equal(&again.endpoints[i],
						&c.endpoints[i]));
	}
}

TEST(peer_cache_notes_each_address_once_and_so_many)
{
	struct peer_cache c = cache(PEER_CACHE_MAX_ENDPOINTS - 1);
	struct endpoint e = endpoint(0);

	tl_peer_cache_add(&c, &e);
	CHECK_EQ(c.n_endpoints, PEER_CACHE_MAX_ENDPOINTS - 1);
	e = endpoint(100);
	tl_peer_cache_add(&c, &e);
	e = endpoint(101);
	tl_peer_cache_add(&c, &e);
	CHECK_EQ(c.n_endpoints, PEER_CACHE_MAX_ENDPOINTS);
	e = endpoint(100);
	CHECK(tl_endpoint_equal(&c.endpoints[PEER_CACHE_MAX_ENDPOINTS - 1],
				&e));
}

TEST(peer_cache_cut_anywhere_is_useless)
{
	struct peer_cache c = cache(3);
	struct peer_cache out = cache(1);
	struct buffer f = file_of(&c);
	size_t whole = f.n;

	for (f.n = 0; f.n < whole; f.n++)
		CHECK_EQ(parse(&out, f), -EINVAL);
	f.n = whole + 1;
	f.at[whole] = 0;
	CHECK_EQ(parse(&out, f), -EINVAL);
	/* Nothing was written to it meanwhile. */
	CHECK_EQ(out.n_endpoints, 1);
}

static int parse_with(size_t at, uint8_t value)
{
	struct peer_cache c = cache(3);
	struct buffer f = file_of(&c);

	f.at[at] = value;
	return parse(&c, f);
}

TEST(peer_cache_that_is_not_as_written_is_useless)
{
	CHECK_EQ(parse_with(0, 2), 0);
	CHECK_EQ(parse_with(0, 1), -EINVAL);
	CHECK_EQ(parse_with(0, 3), -EINVAL);
	CHECK_EQ(parse_with(1, 0xff), -EINVAL); /* reserved address */
	CHECK_EQ(parse_with(6, 1), -EINVAL); /* kind of identity */
	CHECK_EQ(parse_with(72, 1), -EINVAL); /* protocol above 255 */
	CHECK_EQ(parse_with(74, 1), -EINVAL);
	CHECK_EQ(parse_with(76, 1), -EINVAL);
	CHECK_EQ(parse_with(78, 1), 0);
	CHECK_EQ(parse_with(COUNT_AT, 0xff), -EINVAL);
	CHECK_EQ(parse_with(COUNT_AT + 1, 2), -EINVAL);
	CHECK_EQ(parse_with(COUNT_AT + 1, 4), -EINVAL);
	CHECK_EQ(parse_with(COUNT_AT + 2, 5), -EINVAL); /* kind of address */
}

TEST(peer_cache_with_a_private_key_is_useless)
{
	static uint8_t room[PEER_CACHE_WIRE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct peer_cache c = cache(0);
	struct buffer f = file_of(&c);

	tl_write_bytes(&w, tl_bytes(f.at, IDENTITY_WIRE_LEN));
	tl_write_u8(&w, IDENTITY_PRIV_LEN);
	tl_write_zeroes(&w, IDENTITY_PRIV_LEN);
	tl_write_bytes(&w, tl_bytes(f.at + 1 + IDENTITY_WIRE_LEN, 10));
	CHECK(tl_writer_ok(&w));
	CHECK_EQ(tl_peer_cache_parse(&c, tl_writer_bytes(&w)), -EINVAL);
}

TEST(peer_cache_of_others_may_list_more_and_other_addresses)
{
	static uint8_t room[PEER_CACHE_FILE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct peer_cache c = cache(0);
	struct endpoint nil = { .family = 0 };
	unsigned int i;

	tl_peer_cache_build(&w, &c);
	tl_write_endpoint(&w, &nil);
	tl_write_u8(&w, 1); /* Ethernet */
	tl_write_zeroes(&w, 6);
	for (i = 0; i < 64; i++) {
		struct endpoint e = endpoint(i);

		tl_write_endpoint(&w, &e);
	}
	CHECK(tl_writer_ok(&w));
	room[COUNT_AT + 1] = 66;
	CHECK_EQ(tl_peer_cache_parse(&c, tl_writer_bytes(&w)), 0);
	CHECK_EQ(c.n_endpoints, PEER_CACHE_MAX_ENDPOINTS);
	for (i = 0; i < PEER_CACHE_MAX_ENDPOINTS; i++) {
		struct endpoint e = endpoint(i);

		CHECK(tl_endpoint_equal(&c.endpoints[i], &e));
	}
}
