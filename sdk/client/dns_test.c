/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/client/dns.h"

#include <string.h>

#include "base/writer.h"
#include "harness.h"

#define ID 0x1234

static uint8_t room[2048];
static struct writer w;

static void name(const char *text)
{
	const char *dot;

	for (; *text; text = *dot ? dot + 1 : dot) {
		dot = strchrnul(text, '.');
		tl_write_u8(&w, (uint8_t)(dot - text));
		tl_write_bytes(&w, tl_bytes(text, (size_t)(dot - text)));
	}
	tl_write_u8(&w, 0);
}

/* Header and question of an answer with @n records. */
static void begin(uint16_t flags, uint16_t n)
{
	w = tl_writer(TL_BUFFER_OF(room));
	tl_write_be16(&w, ID);
	tl_write_be16(&w, flags);
	tl_write_be16(&w, 1);
	tl_write_be16(&w, n);
	tl_write_zeroes(&w, 4);
	name("www.a.test");
	tl_write_be16(&w, DNS_A);
	tl_write_be16(&w, 1);
}

static void pointer(uint16_t to)
{
	tl_write_be16(&w, 0xc000 | to);
}

/* What follows a record's name: an address. */
static void address(uint8_t last)
{
	const uint8_t ip[4] = { 10, 0, 0, last };

	tl_write_be16(&w, DNS_A);
	tl_write_be16(&w, 1);
	tl_write_be32(&w, 60);
	tl_write_be16(&w, 4);
	tl_write_bytes(&w, TL_BYTES_OF(ip));
}

static enum dns_result parse(struct dns_answer *out, size_t n)
{
	return tl_dns_parse(out, tl_bytes(room, n), ID, "www.a.test", DNS_A);
}

TEST(dns_query_is_as_the_rfc_has_it)
{
	static const uint8_t want[] = { 0x12, 0x34, 1, 0, 0,  1,   0,	0,
					0,    0,    0, 0, 3,  'w', 'w', 'w',
					1,    'a',  0, 0, 28, 0,   1 };
	uint8_t out[DNS_QUERY_MAX];

	CHECK_EQ(tl_dns_query(out, ID, "www.a", DNS_AAAA), sizeof(want));
	CHECK_MEM(out, want, sizeof(want));
}

TEST(dns_query_refuses_what_is_no_name)
{
	static const char label[] = "0123456789012345678901234567890123456789"
				    "012345678901234567890123";
	uint8_t out[DNS_QUERY_MAX];
	char longest[300] = "";
	size_t i;

	CHECK_EQ(strlen(label), 64);
	CHECK(tl_dns_query(out, ID, label + 1, DNS_A) > 0);
	CHECK_EQ(tl_dns_query(out, ID, label, DNS_A), 0);
	CHECK_EQ(tl_dns_query(out, ID, "", DNS_A), 0);
	CHECK_EQ(tl_dns_query(out, ID, ".", DNS_A), 0);
	CHECK_EQ(tl_dns_query(out, ID, "a..b", DNS_A), 0);
	for (i = 0; i < 126; i++)
		memcpy(longest + 2 * i, "a.", 3);
	memcpy(longest + 252, "b", 2);
	CHECK_EQ(tl_dns_query(out, ID, longest, DNS_A), DNS_QUERY_MAX - 1);
	memcpy(longest + 253, "b", 2);
	CHECK_EQ(tl_dns_query(out, ID, longest, DNS_A), 0);
}

TEST(dns_answer_gives_its_addresses)
{
	struct dns_answer a = { 0 };

	begin(0x8180, 2);
	pointer(12);
	address(1);
	name("WWW.A.test");
	address(2);
	CHECK_EQ(parse(&a, w.n), DNS_OK);
	CHECK_EQ(a.n, 2);
	CHECK_EQ(a.ip[0][3], 1);
	CHECK_EQ(a.ip[1][3], 2);
}

TEST(dns_answer_cut_anywhere_is_none)
{
	struct dns_answer a = { .n = 7 };
	size_t whole;
	size_t n;

	begin(0x8180, 1);
	pointer(12);
	address(1);
	whole = w.n;
	CHECK_EQ(parse(&a, whole), DNS_OK);
	a.n = 7;
	for (n = 0; n < whole; n++)
		CHECK(parse(&a, n) != DNS_OK);
	CHECK_EQ(a.n, 7);
}

TEST(dns_answer_follows_aliases_in_order)
{
	struct dns_answer a = { 0 };
	size_t at;

	begin(0x8180, 3);
	pointer(12);
	tl_write_be16(&w, 5);
	tl_write_be16(&w, 1);
	tl_write_be32(&w, 60);
	tl_write_be16(&w, 6);
	at = w.n;
	tl_write_u8(&w, 3);
	tl_write_bytes(&w, tl_bytes("xyz", 3));
	pointer(18); /* test */
	pointer((uint16_t)at);
	address(5);
	name("other.test");
	address(6);
	CHECK_EQ(parse(&a, w.n), DNS_OK);
	CHECK_EQ(a.n, 1);
	CHECK_EQ(a.ip[0][3], 5);
}

TEST(dns_answer_to_something_else_is_foreign)
{
	struct dns_answer a;

	begin(0x8180, 0);
	CHECK_EQ(parse(&a, w.n), DNS_OK);
	CHECK_EQ(tl_dns_parse(&a, tl_bytes(room, w.n), ID + 1, "www.a.test",
			      DNS_A),
		 DNS_FOREIGN);
	CHECK_EQ(tl_dns_parse(&a, tl_bytes(room, w.n), ID, "wwx.a.test", DNS_A),
		 DNS_FOREIGN);
	CHECK_EQ(tl_dns_parse(&a, tl_bytes(room, w.n), ID, "www.a.test",
			      DNS_AAAA),
		 DNS_FOREIGN);
	begin(0x0180, 0);
	CHECK_EQ(parse(&a, w.n), DNS_FOREIGN);
	begin(0x8980, 0);
	CHECK_EQ(parse(&a, w.n), DNS_FOREIGN);
}

TEST(dns_answer_tells_why_not)
{
	struct dns_answer a;

	begin(0x8183, 0);
	CHECK_EQ(parse(&a, w.n), DNS_NO_NAME);
	begin(0x8182, 0);
	CHECK_EQ(parse(&a, w.n), DNS_FAILED);
	begin(0x8380, 0);
	CHECK_EQ(parse(&a, w.n), DNS_CUT);
}

TEST(dns_pointers_lead_backwards_only)
{
	struct dns_answer a;

	begin(0x8180, 1);
	pointer((uint16_t)w.n);
	address(1);
	CHECK_EQ(parse(&a, w.n), DNS_FAILED);
	begin(0x8180, 1);
	pointer((uint16_t)(w.n + 4));
	address(1);
	CHECK_EQ(parse(&a, w.n), DNS_FAILED);
	/* A label and a pointer to itself: would grow for ever. */
	begin(0x8180, 1);
	tl_write_u8(&w, 1);
	tl_write_u8(&w, 'a');
	pointer((uint16_t)(w.n - 2));
	address(1);
	CHECK_EQ(parse(&a, w.n), DNS_FAILED);
}

TEST(dns_answer_of_many_is_limited)
{
	struct dns_answer a;
	uint8_t i;

	begin(0x8180, DNS_ADDRESSES_MAX + 4);
	for (i = 0; i < DNS_ADDRESSES_MAX + 4; i++) {
		pointer(12);
		address(i);
	}
	CHECK_EQ(parse(&a, w.n), DNS_OK);
	CHECK_EQ(a.n, DNS_ADDRESSES_MAX);
}
