/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/dns_message.h"

#include <string.h>

#include "harness.h"

#define ID 0x1234

static uint8_t asked[1024];

static void write_name(struct writer *w, const char *name)
{
	size_t n;

	for (; *name; name += n + (name[n] == '.')) {
		n = strcspn(name, ".");
		tl_write_u8(w, (uint8_t)n);
		tl_write_bytes(w, tl_bytes(name, n));
	}
	tl_write_u8(w, 0);
}

/* @edns: the size that is said; 0: no extensions. */
static struct bytes ask(const char *name, uint16_t type, uint16_t edns)
{
	struct writer w = tl_writer(TL_BUFFER_OF(asked));

	tl_write_be16(&w, ID);
	tl_write_be16(&w, 0x0100);
	tl_write_be16(&w, 1);
	tl_write_zeroes(&w, 4);
	tl_write_be16(&w, edns != 0);
	write_name(&w, name);
	tl_write_be16(&w, type);
	tl_write_be16(&w, 1);
	if (edns) {
		tl_write_u8(&w, 0);
		tl_write_be16(&w, DNS_RECORD_OPT);
		tl_write_be16(&w, edns);
		tl_write_zeroes(&w, 6);
	}
	return tl_writer_bytes(&w);
}

static struct dns_question read_back(struct bytes message)
{
	struct dns_question q;

	CHECK(tl_dns_question_read(&q, message));
	return q;
}

TEST(dns_message_reads_a_question)
{
	struct dns_question q = read_back(ask("Host.zt", DNS_RECORD_A, 0));

	CHECK_STR(q.name, "Host.zt");
	CHECK_EQ(q.id, ID);
	CHECK_EQ(q.type, DNS_RECORD_A);
	CHECK_EQ(q.class, 1);
	CHECK_EQ(q.room, DNS_ROOM_MIN);
	CHECK(!q.has_edns);
	CHECK_EQ(q.end, 12 + 9 + 4);
}

TEST(dns_message_takes_the_size_that_is_said)
{
	CHECK_EQ(read_back(ask("a.zt", 1, 1232)).room, 1232);
	CHECK_EQ(read_back(ask("a.zt", 1, 100)).room, DNS_ROOM_MIN);
	CHECK_EQ(read_back(ask("a.zt", 1, 65535)).room, DNS_ROOM_MAX);
	CHECK(read_back(ask("a.zt", 1, 1232)).has_edns);
}

TEST(dns_message_takes_the_longest_name)
{
	char name[RPC_HOST_NAME_MAX + 3];
	struct dns_question q;

	memset(name, 'a', sizeof(name));
	name[63] = name[127] = name[191] = '.';
	name[RPC_HOST_NAME_MAX] = 0;
	CHECK_STR(read_back(ask(name, 1, 0)).name, name);
	name[RPC_HOST_NAME_MAX] = 'a';
	name[RPC_HOST_NAME_MAX + 1] = 0;
	CHECK(!tl_dns_question_read(&q, ask(name, 1, 0)));
}

TEST(dns_message_refuses_what_is_no_question)
{
	struct dns_question q;
	struct bytes m = ask("host.zt", DNS_RECORD_A, 1232);
	uint8_t own[128];

	for (size_t n = 0; n < m.n; n++)
		CHECK(!tl_dns_question_read(&q, tl_bytes_first(m, n)));
	memcpy(own, m.at, m.n);
	own[2] = 0x81; /* an answer */
	CHECK(!tl_dns_question_read(&q, tl_bytes(own, m.n)));
	own[2] = 0x29; /* another operation */
	CHECK(!tl_dns_question_read(&q, tl_bytes(own, m.n)));
	own[2] = 1;
	own[5] = 2; /* two questions */
	CHECK(!tl_dns_question_read(&q, tl_bytes(own, m.n)));
	own[5] = 1;
	own[7] = 1; /* an answer in it */
	CHECK(!tl_dns_question_read(&q, tl_bytes(own, m.n)));
	own[7] = 0;
	CHECK(tl_dns_question_read(&q, tl_bytes(own, m.n)));
	own[12] = 0xc0; /* a pointer */
	CHECK(!tl_dns_question_read(&q, tl_bytes(own, m.n)));
	own[12] = 4;
	own[14] = '.'; /* what reads as another name */
	CHECK(!tl_dns_question_read(&q, tl_bytes(own, m.n)));
	own[14] = 0;
	CHECK(!tl_dns_question_read(&q, tl_bytes(own, m.n)));
}

static const struct rpc_addr both[] = {
	{ .family = 4, .ip = { 10, 0, 0, 1 } },
	{ .family = 6, .ip = { 0xfd, [15] = 1 } },
};

static uint8_t said[DNS_ROOM_MAX];

/* An answer to @m in @said: its length. */
static size_t say(struct bytes m, const struct dns_reply *r)
{
	struct dns_question q = read_back(m);
	size_t n = tl_dns_reply_build(TL_BUFFER_OF(said), m, &q, r, q.room);

	CHECK(tl_dns_is_reply_to(tl_bytes(said, n), ID, &q));
	CHECK(!tl_dns_reply_is_cut(tl_bytes(said, n)));
	CHECK_EQ(tl_dns_reply_code(tl_bytes(said, n)), r->code);
	return n;
}

TEST(dns_message_answers_with_the_family_that_was_asked_for)
{
	static const uint8_t record[] = { 0xc0, 12, 0, 1, 0,  1, 0, 0,
					  0,	10, 0, 4, 10, 0, 0, 1 };
	const struct dns_reply r = { .list = both, .n = 2 };
	size_t n = say(ask("a.zt", DNS_RECORD_A, 0), &r);

	CHECK_EQ(tl_load_be16(said + 2), 0x8180);
	CHECK_EQ(tl_load_be16(said + 6), 1);
	CHECK_EQ(n, 12 + 6 + 4 + sizeof(record));
	CHECK_MEM(said + n - sizeof(record), record, sizeof(record));

	n = say(ask("a.zt", DNS_RECORD_AAAA, 0), &r);
	CHECK_EQ(tl_load_be16(said + 6), 1);
	CHECK_MEM(said + n - 16, both[1].ip, 16);
	say(ask("a.zt", DNS_RECORD_ANY, 0), &r);
	CHECK_EQ(tl_load_be16(said + 6), 2);
	/* The name exists, and has nothing of that kind. */
	say(ask("a.zt", 15, 0), &r);
	CHECK_EQ(tl_load_be16(said + 6), 0);
}

TEST(dns_message_answers_with_a_name)
{
	static const char name[] = "\x0a"
				   "0123456789"
				   "\x02"
				   "zt";
	const struct dns_reply r = { .name = "0123456789.zt" };
	size_t n = say(ask("1.0.0.10.in-addr.arpa", DNS_RECORD_PTR, 0), &r);

	CHECK_EQ(tl_load_be16(said + 6), 1);
	CHECK_EQ(tl_load_be16(said + n - sizeof(name) - 2), sizeof(name));
	CHECK_MEM(said + n - sizeof(name), name, sizeof(name));
}

TEST(dns_message_leaves_out_addresses_that_do_not_fit)
{
	struct rpc_addr list[100];
	const struct dns_reply r = { .list = list, .n = 100 };
	size_t n;

	for (size_t i = 0; i < 100; i++)
		list[i] = both[1];
	n = say(ask("a.zt", DNS_RECORD_AAAA, 0), &r);
	CHECK(n <= 512 && n > 512 - 28);
	n = say(ask("a.zt", DNS_RECORD_AAAA, 4096), &r);
	CHECK_EQ(tl_load_be16(said + 6), 100);
	CHECK_EQ(tl_load_be16(said + 10), 1);
}

TEST(dns_message_tells_why_to_those_who_understand)
{
	const struct dns_reply r = { .code = DNS_CODE_REFUSED, .why = "so" };
	struct bytes m = ask("a.test", DNS_RECORD_A, 0);
	size_t n = say(m, &r);

	CHECK_EQ(n, m.n);
	n = say(ask("a.test", DNS_RECORD_A, 1232), &r);
	CHECK_EQ(n, m.n + 11 + 6 + 2);
	CHECK_MEM(said + n - 2, "so", 2);
}

TEST(dns_message_says_that_it_does_not_fit)
{
	struct bytes m = ask("a.test", DNS_RECORD_A, 0);
	struct dns_question q = read_back(m);
	size_t n = tl_dns_reply_cut(TL_BUFFER_OF(said), m, &q);

	CHECK_EQ(n, m.n);
	CHECK(tl_dns_reply_is_cut(tl_bytes(said, n)));
	CHECK(tl_dns_is_reply_to(tl_bytes(said, n), ID, &q));
}

TEST(dns_message_knows_answers_to_other_questions)
{
	const struct dns_reply r = { .list = both, .n = 2 };
	size_t n = say(ask("a.zt", DNS_RECORD_A, 0), &r);
	struct bytes answer = tl_bytes(said, n);
	struct dns_question q = read_back(ask("A.ZT", DNS_RECORD_A, 0));

	CHECK(tl_dns_is_reply_to(answer, ID, &q));
	CHECK(!tl_dns_is_reply_to(answer, ID + 1, &q));
	for (size_t i = 0; i < q.end; i++)
		CHECK(!tl_dns_is_reply_to(tl_bytes_first(answer, i), ID, &q));
	q = read_back(ask("b.zt", DNS_RECORD_A, 0));
	CHECK(!tl_dns_is_reply_to(answer, ID, &q));
	q = read_back(ask("a.zt", DNS_RECORD_AAAA, 0));
	CHECK(!tl_dns_is_reply_to(answer, ID, &q));
	/* A question is no answer. */
	q = read_back(ask("a.zt", DNS_RECORD_A, 0));
	CHECK(!tl_dns_is_reply_to(ask("a.zt", DNS_RECORD_A, 0), ID, &q));
}

/* An answer of @n records of IPv4 in @said: its length. */
static size_t long_answer(struct dns_question *q, size_t n, uint16_t type)
{
	struct rpc_addr list[100];
	const struct dns_reply r = { .list = list, .n = n };
	size_t len;

	for (size_t i = 0; i < n; i++)
		list[i] = both[0];
	*q = read_back(ask("a.zt", DNS_RECORD_A, 4096));
	len = say(ask("a.zt", DNS_RECORD_A, 4096), &r);
	tl_store_be16(said + q->end - 4, type);
	q->type = type;
	return len;
}

TEST(dns_message_shortens_by_whole_records)
{
	struct dns_question q;
	size_t n = long_answer(&q, 100, DNS_RECORD_A);
	size_t left;

	left = tl_dns_reply_shorten(tl_buffer(said, n), &q, 512);
	CHECK_EQ(left, q.end + 30 * 16);
	CHECK_EQ(tl_load_be16(said + 6), 30);
	CHECK_EQ(tl_load_be16(said + 10), 0);
	CHECK(!tl_dns_reply_is_cut(tl_bytes(said, left)));
	/* Of what is no set of alternatives a part is no answer. */
	n = long_answer(&q, 100, 16);
	left = tl_dns_reply_shorten(tl_buffer(said, n), &q, 512);
	CHECK(tl_dns_reply_is_cut(tl_bytes(said, left)));
	/* What fits stays as it is. */
	n = long_answer(&q, 3, DNS_RECORD_A);
	CHECK_EQ(tl_dns_reply_shorten(tl_buffer(said, n), &q, 512), n);
	CHECK_EQ(tl_load_be16(said + 10), 1);
}

TEST(dns_message_shortens_nothing_that_is_broken)
{
	struct dns_question q;
	size_t n = long_answer(&q, 100, DNS_RECORD_A);

	CHECK_EQ(tl_dns_reply_shorten(tl_buffer(said, n), &q, q.end - 1), 0);
	tl_store_be16(said + q.end + 10, 60000); /* a record's length */
	CHECK_EQ(tl_dns_reply_shorten(tl_buffer(said, n), &q, 512), 0);
}

TEST(dns_message_reads_names_of_addresses)
{
	static const uint8_t ip6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 0x1f };
	struct rpc_addr a;

	CHECK(tl_dns_reverse(&a, "4.3.2.10.in-addr.arpa"));
	CHECK_EQ(a.family, 4);
	CHECK_MEM(a.ip, ((uint8_t[]){ 10, 2, 3, 4 }), 4);
	CHECK(tl_dns_reverse(&a, "F.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"
				 ".0.8.b.d.0.1.0.0.2.IP6.ARPA"));
	CHECK_EQ(a.family, 6);
	CHECK_MEM(a.ip, ip6, 16);
}

TEST(dns_message_knows_other_names_below_arpa)
{
	static const char *const others[] = {
		"",
		"in-addr.arpa",
		"3.2.10.in-addr.arpa",
		"5.4.3.2.10.in-addr.arpa",
		"256.3.2.10.in-addr.arpa",
		"04.3.2.10.in-addr.arpa",
		"4.3.2.10.in-addr.arpa.test",
		"4.3.2.10",
		"g.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0."
		"0.2.ip6.arpa",
		"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
		".ip6.arpa",
	};
	struct rpc_addr a;

	for (size_t i = 0; i < TL_ARRAY_SIZE(others); i++)
		CHECK(!tl_dns_reverse(&a, others[i]));
}
