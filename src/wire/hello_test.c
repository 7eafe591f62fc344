/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/hello.h"

#include "vectors/vector.h"
#include "wire/armor.h"

static const char *const identity_a =
	"8e4df28b72:0:"
	"ac3d46abe0c21f3cfe7a6c8d6a85cfcffcb82fbd55af6a4d6350657c68200843"
	"fa2e16f9418bbd9702cae365f2af5fb4c420908b803a681d4daef6114d78a2d7";

/* The HELLO of vl1.md B.4. */
static struct hello example(void)
{
	static const uint8_t ip[4] = { 192, 0, 2, 10 };
	struct hello h = {
		.version = { 12, 1, 14, 1 },
		.timestamp = 1700000000000,
		.sent_to = tl_endpoint_ip4(ip, 9993),
		.planet_id = 149604618,
		.planet_timestamp = 1644592324813,
		.n_moons = 1,
		.moons = { { 0xdeadbeef00, 0 } },
	};

	CHECK_EQ(tl_identity_parse(&h.identity, tl_bytes_from_str(identity_a)),
		 0);
	return h;
}

TEST(hello_of_the_specification)
{
	uint8_t room[PACKET_HEADER_LEN + HELLO_MAX_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct hello h = example();
	struct armor *armor;
	struct pair_key key;
	size_t mask_at;

	memcpy(key.b,
	       tl_vector_unhex("e10c416a9c11d222694673a38f1d210a"
			       "76eb99f841390167a52885ce08f7abcd"
			       "05033ee63289461bebb064957a21d8d7")
		       .at,
	       PAIR_KEY_LEN);
	CHECK_EQ(tl_armor_new(&armor, &key), 0);
	tl_packet_init(tl_write_room(&w, PACKET_HEADER_LEN), 0x0123456789abcdef,
		       (struct address){ 0x7f825062b0 }, h.identity.addr,
		       VERB_HELLO);
	tl_hello_build(&w, &h, &mask_at);
	CHECK_EQ(mask_at, 135);
	tl_armor_mask_field(armor, tl_buffer(room, w.n), mask_at);
	CHECK_EQ(tl_armor_seal(armor, SUITE_POLY1305, tl_buffer(room, w.n)), 0);
	CHECK_BYTES(tl_writer_bytes(&w),
		    tl_buffer_bytes(tl_vector_unhex(
			    "0123456789abcdef7f825062b08e4df28b7200"
			    "e9d514665c1429a7010c010e00010000018bcfe56800"
			    "8e4df28b7200ac3d46abe0c21f3cfe7a6c8d6a85cfcf"
			    "fcb82fbd55af6a4d6350657c68200843fa2e16f9418b"
			    "bd9702cae365f2af5fb4c420908b803a681d4daef611"
			    "4d78a2d70004c000020a27090000000008eac90a0000"
			    "017ee95760cdb1adf667eb2f49ed33587204791a4289"
			    "b26212")));
	tl_armor_free(armor);
}

/* The example in the clear. */
static size_t build(uint8_t room[HELLO_MAX_LEN], const struct hello *h,
		    size_t *mask_at)
{
	struct writer w = tl_writer(tl_buffer(room, HELLO_MAX_LEN));

	tl_hello_build(&w, h, mask_at);
	CHECK(tl_writer_ok(&w));
	return w.n;
}

/* Old senders stop early; a cut anywhere else is an error. */
TEST(hello_cut_short)
{
	struct hello h = example();
	uint8_t room[HELLO_MAX_LEN];
	size_t mask_at;
	size_t len = build(room, &h, &mask_at);

	for (size_t n = 0; n <= len; n++) {
		struct reader r = tl_reader(tl_bytes(room, n));
		struct hello out;
		bool in_endpoint = n > 84 && n < 91;
		bool ok = tl_hello_parse(&r, &out);

		CHECK_EQ(ok, n >= 84 && !in_endpoint);
		if (!ok)
			continue;
		CHECK_EQ(out.sent_to.family, n >= 91 ? 4 : 0);
		CHECK_EQ(out.planet_id, n >= mask_at ? h.planet_id : 0);
		CHECK_EQ(r.rest.n, n > mask_at ? n - mask_at : 0);
		CHECK_EQ(out.n_moons, 0);
		CHECK_EQ(tl_hello_parse_moons(&out, r.rest),
			 n <= mask_at || n == len);
		CHECK_EQ(out.n_moons, n == len);
	}
}

TEST(hello_with_a_private_key_is_refused)
{
	struct hello h = example();
	uint8_t room[HELLO_MAX_LEN];
	size_t mask_at;
	size_t len = build(room, &h, &mask_at);
	struct reader r = tl_reader(tl_bytes(room, len));
	struct hello out;

	CHECK(tl_hello_parse(&r, &out));
	/* The private key's length; what follows would be the key. */
	memset(room + 84, 0, sizeof(room) - 84);
	room[83] = IDENTITY_PRIV_LEN;
	r = tl_reader(TL_BYTES_OF(room));
	CHECK(!tl_hello_parse(&r, &out));
}

TEST(hello_with_an_unknown_kind_of_endpoint_is_refused)
{
	struct hello h = example();
	uint8_t room[HELLO_MAX_LEN];
	size_t mask_at;
	size_t len = build(room, &h, &mask_at);
	struct reader r;
	struct hello out;

	room[84] = 5;
	r = tl_reader(tl_bytes(room, len));
	CHECK(!tl_hello_parse(&r, &out));
}

TEST(hello_moons_other_than_moons_are_left_out)
{
	uint8_t tail[2 + 3 * 17] = { 0, 3 };
	struct hello out;

	for (unsigned int i = 0; i < 3; i++) {
		tail[2 + 17 * i] = i == 1 ? 1 : 127;
		tail[2 + 17 * i + 8] = (uint8_t)(i + 1);
		tail[2 + 17 * i + 16] = (uint8_t)(i + 7);
	}
	CHECK(tl_hello_parse_moons(&out, TL_BYTES_OF(tail)));
	CHECK_EQ(out.n_moons, 2);
	CHECK_EQ(out.moons[0].id, 1);
	CHECK_EQ(out.moons[0].timestamp, 7);
	CHECK_EQ(out.moons[1].id, 3);
	CHECK_EQ(out.moons[1].timestamp, 9);
}

TEST(hello_moons_over_the_limit_are_left_out)
{
	uint8_t tail[2 + 100 * 17] = { 0, 100 };
	struct hello out;

	for (unsigned int i = 0; i < 100; i++) {
		tail[2 + 17 * i] = 127;
		tail[2 + 17 * i + 8] = (uint8_t)i;
	}
	CHECK(tl_hello_parse_moons(&out, TL_BYTES_OF(tail)));
	CHECK_EQ(out.n_moons, HELLO_MAX_MOONS);
	CHECK_EQ(out.moons[HELLO_MAX_MOONS - 1].id, HELLO_MAX_MOONS - 1);
	CHECK(!tl_hello_parse_moons(&out, tl_bytes(tail, sizeof(tail) - 1)));
	CHECK(!tl_hello_parse_moons(&out, tl_bytes(tail, 1)));
	CHECK_EQ(out.n_moons, 0);
	CHECK(tl_hello_parse_moons(&out, tl_bytes(NULL, 0)));
}

TEST(hello_longest_one_fits)
{
	static const uint8_t ip[16] = { 0x20, 1 };
	struct hello h = example();
	uint8_t room[HELLO_MAX_LEN];
	struct reader r;
	struct hello out;
	size_t mask_at;

	h.sent_to = tl_endpoint_ip6(ip, 9993);
	h.n_moons = HELLO_MAX_MOONS;
	for (unsigned int i = 0; i < HELLO_MAX_MOONS; i++)
		h.moons[i] = (struct moon_note){ i + 1, i + 100 };
	CHECK_EQ(build(room, &h, &mask_at), HELLO_MAX_LEN);
	CHECK_EQ(PACKET_HEADER_LEN + mask_at, 147);

	r = tl_reader(TL_BYTES_OF(room));
	CHECK(tl_hello_parse(&r, &out));
	CHECK(tl_hello_parse_moons(&out, r.rest));
	CHECK(tl_endpoint_equal(&out.sent_to, &h.sent_to));
	CHECK_EQ(out.n_moons, h.n_moons);
	CHECK_MEM(out.moons, h.moons, sizeof(h.moons));
}

TEST(hello_without_room_fails_the_writer)
{
	struct hello h = example();
	uint8_t room[HELLO_MAX_LEN];
	size_t mask_at;
	size_t len = build(room, &h, &mask_at);

	for (size_t n = 0; n < len; n++) {
		struct writer w = tl_writer(tl_buffer(room, n));

		tl_hello_build(&w, &h, &mask_at);
		CHECK(!tl_writer_ok(&w));
	}
}

/* vl1.md B.6. */
static const char *const ok_hex =
	"0000018bcfe568000c010e000104c6336407752a0000";

TEST(ok_hello_of_the_specification)
{
	struct bytes raw = tl_buffer_bytes(tl_vector_unhex(ok_hex));
	struct reader r = tl_reader(raw);
	uint8_t room[64];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	char text[ENDPOINT_TEXT_SIZE];
	struct ok_hello ok;

	CHECK(tl_ok_hello_parse(&r, &ok));
	CHECK(tl_reader_done(&r));
	CHECK_EQ(ok.timestamp, 1700000000000);
	CHECK_EQ(ok.version.protocol, 12);
	CHECK_EQ(ok.version.revision, 1);
	CHECK_STR(tl_endpoint_print(text, &ok.seen_at), "198.51.100.7/29994");
	CHECK_EQ(ok.worlds.n, 0);
	tl_ok_hello_build(&w, &ok);
	CHECK_BYTES(tl_writer_bytes(&w), raw);
}

/* Roots without a planet file leave the last field out. */
TEST(ok_hello_cut_short)
{
	struct bytes raw = tl_buffer_bytes(tl_vector_unhex(ok_hex));

	for (size_t n = 0; n <= raw.n; n++) {
		struct reader r = tl_reader(tl_bytes_first(raw, n));
		struct ok_hello ok;

		CHECK_EQ(tl_ok_hello_parse(&r, &ok),
			 n == 13 || n == 20 || n == 22);
	}
}

TEST(ok_hello_with_worlds)
{
	static uint8_t worlds[70000];
	static uint8_t room[70000];
	struct ok_hello ok = { .worlds = tl_bytes(worlds, 516) };
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct ok_hello out;
	struct reader r;

	memset(worlds, 7, sizeof(worlds));
	tl_ok_hello_build(&w, &ok);
	r = tl_reader(tl_writer_bytes(&w));
	CHECK(tl_ok_hello_parse(&r, &out));
	CHECK_BYTES(out.worlds, ok.worlds);
	r = tl_reader(tl_bytes(room, w.n - 1));
	CHECK(!tl_ok_hello_parse(&r, &out));

	ok.worlds.n = 65536;
	w = tl_writer(TL_BUFFER_OF(room));
	tl_ok_hello_build(&w, &ok);
	CHECK(!tl_writer_ok(&w));
}
