/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/tcp_relay.h"

#include <string.h>

#include "harness.h"

static struct tcp_relay_reader reader;
static struct tcp_relay_message got;

static const uint8_t ip4[4] = { 192, 0, 2, 1 };
static const uint8_t ip6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };

static bool parses(const uint8_t *at, size_t n)
{
	static uint8_t room[64];

	memcpy(room, at, n);
	return tl_tcp_relay_parse(&got, tl_buffer(room, n));
}

/* As if it came from a socket, all at once. */
static void feed(struct bytes b)
{
	struct buffer room = tl_tcp_relay_room(&reader);

	CHECK(b.n <= room.n);
	memcpy(room.at, b.at, b.n);
	tl_tcp_relay_took(&reader, b.n);
}

static struct endpoint at4(void)
{
	return tl_endpoint_ip4(ip4, 9993);
}

/* A record with a datagram of @n bytes, each its own number. */
static size_t record(uint8_t *out, const struct endpoint *to, size_t n)
{
	size_t head = tl_tcp_relay_prefix(out, to, n);
	size_t i;

	for (i = 0; i < n; i++)
		out[head + i] = (uint8_t)i;
	return head + n;
}

TEST(greeting_is_exactly_four_bytes)
{
	static const uint8_t body[] = { 1, 14, 0, 2, 0 };

	CHECK(parses(body, 4));
	CHECK_EQ(got.kind, TCP_RELAY_GREETS);
	CHECK_EQ(got.major, 1);
	CHECK_EQ(got.minor, 14);
	CHECK_EQ(got.revision, 2);
	CHECK(!parses(body, 3));
	CHECK(!parses(body, 5));
}

TEST(greeting_wins_over_what_its_first_byte_says)
{
	static const uint8_t body[] = { 4, 0, 0, 0 };

	CHECK(parses(body, 4));
	CHECK_EQ(got.kind, TCP_RELAY_GREETS);
}

TEST(empty_and_addressless_messages_are_ignored)
{
	static const uint8_t body[] = { 0, 9, 9, 9, 9, 9, 9, 9 };

	CHECK(parses(body, 0));
	CHECK_EQ(got.kind, TCP_RELAY_NOTHING);
	CHECK(parses(body, 1));
	CHECK_EQ(got.kind, TCP_RELAY_NOTHING);
	CHECK(parses(body, sizeof(body)));
	CHECK_EQ(got.kind, TCP_RELAY_NOTHING);
}

TEST(datagrams_have_an_address)
{
	static const uint8_t v4[] = { 4, 192, 0, 2, 1, 0x27, 0x09, 0xaa };
	uint8_t v6[20] = { 6 };

	CHECK(parses(v4, sizeof(v4)));
	CHECK_EQ(got.kind, TCP_RELAY_CARRIES);
	CHECK_EQ(got.at.family, 4);
	CHECK_EQ(got.at.port, 9993);
	CHECK_MEM(got.at.ip, ip4, 4);
	CHECK_EQ(got.payload.n, 1);
	CHECK_EQ(got.payload.at[0], 0xaa);
	CHECK(parses(v4, 7));
	CHECK_EQ(got.payload.n, 0);
	CHECK(!parses(v4, 6));

	memcpy(v6 + 1, ip6, 16);
	v6[18] = 7;
	CHECK(parses(v6, 20));
	CHECK_EQ(got.at.family, 6);
	CHECK_EQ(got.at.port, 7);
	CHECK_MEM(got.at.ip, ip6, 16);
	CHECK_EQ(got.payload.n, 1);
	CHECK(parses(v6, 19));
	CHECK(!parses(v6, 18));
}

TEST(other_first_bytes_are_refused)
{
	uint8_t body[32] = { 0 };
	unsigned int i;

	for (i = 1; i < 256; i++) {
		body[0] = (uint8_t)i;
		CHECK_EQ(parses(body, sizeof(body)), i == 4 || i == 6);
	}
}

TEST(greeting_as_it_is_on_the_wire)
{
	static const uint8_t want[] = { 0x17, 3, 3, 0, 4, 1, 14, 0, 2 };
	uint8_t out[TCP_RELAY_HEAD + TCP_RELAY_GREETING];

	tl_tcp_relay_greeting(out, 1, 14, 2);
	CHECK_MEM(out, want, sizeof(want));
}

TEST(datagram_as_it_is_on_the_wire)
{
	static const uint8_t want4[] = { 0x17, 3, 3, 0, 23,   0x04,
					 192,  0, 2, 1, 0x27, 0x09 };
	static const uint8_t want6[] = { 0x17, 3, 3, 0, 35, 0x06 };
	struct endpoint e = at4();
	uint8_t out[TCP_RELAY_PREFIX_MAX];

	CHECK_EQ(tl_tcp_relay_prefix(out, &e, 16), sizeof(want4));
	CHECK_MEM(out, want4, sizeof(want4));
	e = tl_endpoint_ip6(ip6, 9993);
	CHECK_EQ(tl_tcp_relay_prefix(out, &e, 16), TCP_RELAY_PREFIX_MAX);
	CHECK_MEM(out, want6, sizeof(want6));
	CHECK_MEM(out + 6, ip6, 16);
}

TEST(messages_come_out_as_they_were_put_in)
{
	static uint8_t stream[3 * (TCP_RELAY_PREFIX_MAX + 1500)];
	struct endpoint e4 = at4();
	struct endpoint e6 = tl_endpoint_ip6(ip6, 4444);
	size_t n = record(stream, &e4, 16);

	n += record(stream + n, &e6, 1432);
	n += record(stream + n, &e4, 0);
	tl_tcp_relay_reader_init(&reader);
	feed(tl_bytes(stream, n));
	CHECK_EQ(tl_tcp_relay_next(&reader, &got), TCP_RELAY_MESSAGE);
	CHECK(tl_endpoint_equal(&got.at, &e4));
	CHECK_EQ(got.payload.n, 16);
	CHECK_EQ(tl_tcp_relay_next(&reader, &got), TCP_RELAY_MESSAGE);
	CHECK(tl_endpoint_equal(&got.at, &e6));
	CHECK_EQ(got.payload.n, 1432);
	CHECK_EQ(got.payload.at[1431], (uint8_t)1431);
	CHECK_EQ(tl_tcp_relay_next(&reader, &got), TCP_RELAY_MESSAGE);
	CHECK_EQ(got.payload.n, 0);
	CHECK_EQ(tl_tcp_relay_next(&reader, &got), TCP_RELAY_MORE);
	CHECK_EQ(tl_tcp_relay_room(&reader).n, TCP_RELAY_BUFFER);
}

TEST(messages_may_come_byte_by_byte)
{
	uint8_t stream[TCP_RELAY_PREFIX_MAX + 20];
	struct endpoint e = at4();
	size_t n = record(stream, &e, 20);
	size_t i;

	tl_tcp_relay_reader_init(&reader);
	for (i = 0; i < n; i++) {
		CHECK_EQ(tl_tcp_relay_next(&reader, &got), TCP_RELAY_MORE);
		feed(tl_bytes(stream + i, 1));
	}
	CHECK_EQ(tl_tcp_relay_next(&reader, &got), TCP_RELAY_MESSAGE);
	CHECK_EQ(got.payload.n, 20);
	CHECK_EQ(got.payload.at[19], 19);
}

TEST(messages_that_straddle_the_buffer_are_whole)
{
	static uint8_t stream[TCP_RELAY_PREFIX_MAX + TCP_RELAY_PAYLOAD_MAX];
	struct endpoint e = at4();
	size_t size = record(stream, &e, 1000);
	size_t at = 0;
	unsigned int n_got = 0;

	tl_tcp_relay_reader_init(&reader);
	while (n_got < 100) {
		struct buffer room = tl_tcp_relay_room(&reader);
		size_t i;

		CHECK(room.n > 0);
		for (i = 0; i < room.n; i++)
			room.at[i] = stream[at++ % size];
		tl_tcp_relay_took(&reader, room.n);
		while (tl_tcp_relay_next(&reader, &got) == TCP_RELAY_MESSAGE) {
			CHECK_EQ(got.payload.n, 1000);
			CHECK_EQ(got.payload.at[999], (uint8_t)999);
			n_got++;
		}
	}
}

TEST(largest_datagram_fits_and_a_larger_one_breaks)
{
	static uint8_t stream[TCP_RELAY_PREFIX_MAX + TCP_RELAY_PAYLOAD_MAX];
	struct endpoint e = tl_endpoint_ip6(ip6, 1);
	size_t n = record(stream, &e, TCP_RELAY_PAYLOAD_MAX);

	tl_tcp_relay_reader_init(&reader);
	feed(tl_bytes(stream, n));
	CHECK_EQ(tl_tcp_relay_next(&reader, &got), TCP_RELAY_MESSAGE);
	CHECK_EQ(got.payload.n, TCP_RELAY_PAYLOAD_MAX);

	tl_store_be16(stream + 3, TCP_RELAY_MESSAGE_MAX + 1);
	tl_tcp_relay_reader_init(&reader);
	feed(tl_bytes(stream, TCP_RELAY_HEAD));
	CHECK_EQ(tl_tcp_relay_next(&reader, &got), TCP_RELAY_BROKEN);
}

TEST(other_streams_are_broken_from_their_first_byte)
{
	static const char *const others[] = { "GET / HTTP/1.1\r\n", "\x16\x03",
					      "\x17\x04", "\x17\x03\x01" };
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(others); i++) {
		tl_tcp_relay_reader_init(&reader);
		feed(tl_bytes_from_str(others[i]));
		CHECK_EQ(tl_tcp_relay_next(&reader, &got), TCP_RELAY_BROKEN);
	}
}

TEST(message_that_is_none_breaks_the_stream)
{
	static const uint8_t stream[] = { 0x17, 3, 3, 0, 3, 5, 5, 5 };

	tl_tcp_relay_reader_init(&reader);
	feed(TL_BYTES_OF(stream));
	CHECK_EQ(tl_tcp_relay_next(&reader, &got), TCP_RELAY_BROKEN);
}
