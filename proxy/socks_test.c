/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/socks.h"

#include <errno.h>

#include "harness.h"

/* Every beginning of a message asks for more, and what follows is not taken. */
#define CHECK_LENGTHS(parse, message, ...)                                     \
	do {                                                                   \
		uint8_t longer_[sizeof(message) + 3] = { 0 };                  \
                                                                               \
		for (size_t n_ = 0; n_ < sizeof(message); n_++)                \
			CHECK_EQ(parse(__VA_ARGS__, tl_bytes(message, n_)),    \
				 0);                                           \
		memcpy(longer_, message, sizeof(message));                     \
		CHECK_EQ(parse(__VA_ARGS__, TL_BYTES_OF(longer_)),             \
			 sizeof(message));                                     \
	} while (0)

static const uint8_t greeting[] = { 5, 2, 0, 2 };
static const uint8_t password[] = { 1, 3, 'b', 'o', 'b', 2, 'p', 'w' };
static const uint8_t to_ip4[] = { 5, 1, 0, 1, 10, 0, 0, 9, 0x1f, 0x90 };
static const uint8_t to_name[] = { 5, 2, 0, 3, 4, 'h', 'o', 's', 't', 0, 80 };
static const uint8_t to_ip6[] = { 5, 3, 0, 4, 0xfd, 0, 0, 0, 0,	   0, 0,
				  0, 0, 0, 0, 0,    0, 0, 0, 0x11, 1, 187 };

TEST(socks_messages_are_whole_or_wanted)
{
	struct socks_request q;
	struct bytes a;
	struct bytes b;

	CHECK_LENGTHS(tl_socks_parse_greeting, greeting, &a);
	CHECK_LENGTHS(tl_socks_parse_password, password, &a, &b);
	CHECK_LENGTHS(tl_socks_parse_request, to_ip4, &q);
	CHECK_LENGTHS(tl_socks_parse_request, to_name, &q);
	CHECK_LENGTHS(tl_socks_parse_request, to_ip6, &q);
}

TEST(socks_greeting_lists_methods)
{
	static const uint8_t none[] = { 5, 0 };
	static const uint8_t old[] = { 4, 1, 0 };
	struct bytes m;

	CHECK_EQ(tl_socks_parse_greeting(&m, TL_BYTES_OF(greeting)), 4);
	CHECK_EQ(m.n, 2);
	CHECK_EQ(m.at[1], SOCKS_METHOD_PASSWORD);
	CHECK_EQ(tl_socks_parse_greeting(&m, TL_BYTES_OF(none)), 2);
	CHECK_EQ(m.n, 0);
	CHECK_EQ(tl_socks_parse_greeting(&m, TL_BYTES_OF(old)), -EPROTO);
	CHECK_EQ(tl_socks_parse_greeting(&m, tl_bytes(old, 1)), -EPROTO);
}

TEST(socks_password_may_be_empty)
{
	static const uint8_t empty[] = { 1, 0, 0 };
	static const uint8_t wrong[] = { 5, 0, 0 };
	struct bytes n;
	struct bytes p;

	CHECK_EQ(tl_socks_parse_password(&n, &p, TL_BYTES_OF(password)), 8);
	CHECK(tl_bytes_equal(n, tl_bytes_from_str("bob")));
	CHECK(tl_bytes_equal(p, tl_bytes_from_str("pw")));
	CHECK_EQ(tl_socks_parse_password(&n, &p, TL_BYTES_OF(empty)), 3);
	CHECK_EQ(n.n + p.n, 0);
	CHECK_EQ(tl_socks_parse_password(&n, &p, TL_BYTES_OF(wrong)), -EPROTO);
}

TEST(socks_request_names_a_target)
{
	struct socks_request q;
	char text[PLACE_TEXT_SIZE];

	CHECK_EQ(tl_socks_parse_request(&q, TL_BYTES_OF(to_ip4)), 10);
	CHECK_EQ(q.command, SOCKS_CONNECT);
	tl_place_print(text, &q.to.ip);
	CHECK_STR(text, "10.0.0.9:8080");
	CHECK_EQ(tl_socks_parse_request(&q, TL_BYTES_OF(to_ip6)), 22);
	CHECK_EQ(q.command, SOCKS_ASSOCIATE);
	tl_place_print(text, &q.to.ip);
	CHECK_STR(text, "[fd00::11]:443");
	CHECK_EQ(tl_socks_parse_request(&q, TL_BYTES_OF(to_name)), 11);
	CHECK_EQ(q.command, SOCKS_BIND);
	CHECK_EQ(q.to.ip.sa.sa_family, 0);
	CHECK_STR(q.to.name, "host");
	CHECK_EQ(q.to.port, 80);
}

TEST(socks_name_that_is_an_address_is_one)
{
	static const uint8_t b[] = { 5,	  1,   0,   3,	 7,   '1', '.',
				     '2', '.', '3', '.', '4', 0,   80 };
	struct socks_request q;

	CHECK_EQ(tl_socks_parse_request(&q, TL_BYTES_OF(b)), sizeof(b));
	CHECK_EQ(q.to.ip.sa.sa_family, AF_INET);
	CHECK_EQ(tl_place_port(&q.to.ip), 80);
}

TEST(socks_bad_addresses_are_told_apart_from_nonsense)
{
	static const uint8_t type[] = { 5, 1, 0, 2, 0 };
	static const uint8_t no_name[] = { 5, 1, 0, 3, 0, 0, 80 };
	static const uint8_t zero[] = { 5, 1, 0, 3, 2, 'a', 0, 0, 80 };
	static const uint8_t version[] = { 4, 1, 0, 1, 1, 2, 3, 4, 0, 80 };
	static const uint8_t reserved[] = { 5, 1, 7, 1, 1, 2, 3, 4, 0, 80 };
	struct socks_request q;

	CHECK(tl_socks_parse_request(&q, TL_BYTES_OF(type)) > 0);
	CHECK(q.is_bad_address);
	CHECK(tl_socks_parse_request(&q, TL_BYTES_OF(no_name)) > 0);
	CHECK(q.is_bad_address);
	CHECK(tl_socks_parse_request(&q, TL_BYTES_OF(zero)) > 0);
	CHECK(q.is_bad_address);
	CHECK_EQ(tl_socks_parse_request(&q, TL_BYTES_OF(version)), -EPROTO);
	CHECK_EQ(tl_socks_parse_request(&q, TL_BYTES_OF(reserved)), -EPROTO);
}

TEST(socks_datagrams_round_trip)
{
	union place from;
	uint8_t room[64];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct bytes payload;
	struct target to;

	CHECK(tl_place_parse(&from, "fd00::7", 5353));
	tl_socks_write_datagram_head(&w, &from);
	tl_write_bytes(&w, tl_bytes_from_str("hello"));
	CHECK_EQ(tl_socks_parse_datagram(&to, &payload, tl_writer_bytes(&w)),
		 0);
	CHECK(tl_place_same_host(&to.ip, &from));
	CHECK_EQ(to.port, 5353);
	CHECK(tl_bytes_equal(payload, tl_bytes_from_str("hello")));
	for (size_t n = 0; n < w.n - 5; n++)
		CHECK_EQ(tl_socks_parse_datagram(&to, &payload,
						 tl_bytes(room, n)),
			 -EPROTO);
	room[2] = 1;
	CHECK_EQ(tl_socks_parse_datagram(&to, &payload, tl_writer_bytes(&w)),
		 -EOPNOTSUPP);
	room[0] = 1;
	CHECK_EQ(tl_socks_parse_datagram(&to, &payload, tl_writer_bytes(&w)),
		 -EPROTO);
}

TEST(socks_reply_without_address_is_all_zeroes)
{
	static const uint8_t want[] = { 5, 5, 0, 1, 0, 0, 0, 0, 0, 0 };
	uint8_t room[SOCKS_REPLY_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_socks_write_reply(&w, SOCKS_REFUSED, NULL);
	CHECK(tl_bytes_equal(tl_writer_bytes(&w), TL_BYTES_OF(want)));
}

TEST(socks_codes_say_what_failed)
{
	CHECK_EQ(tl_socks_code_of(0), SOCKS_OK);
	CHECK_EQ(tl_socks_code_of(-ECONNREFUSED), SOCKS_REFUSED);
	CHECK_EQ(tl_socks_code_of(-ENETUNREACH), SOCKS_NETWORK_UNREACHABLE);
	CHECK_EQ(tl_socks_code_of(-EHOSTUNREACH), SOCKS_HOST_UNREACHABLE);
	CHECK_EQ(tl_socks_code_of(-ENOENT), SOCKS_HOST_UNREACHABLE);
	CHECK_EQ(tl_socks_code_of(-ETIMEDOUT), SOCKS_TTL_EXPIRED);
	CHECK_EQ(tl_socks_code_of(-EACCES), SOCKS_NOT_ALLOWED);
	CHECK_EQ(tl_socks_code_of(-EAFNOSUPPORT), SOCKS_BAD_ADDRESS);
	CHECK_EQ(tl_socks_code_of(-EMFILE), SOCKS_FAILED);
}
