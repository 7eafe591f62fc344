/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/address.h"

#include <errno.h>

#include "vectors/vector.h"

static struct bytes text(const char *s)
{
	return tl_bytes_from_str(s);
}

TEST(address_is_printed_with_ten_digits)
{
	char out[ADDRESS_TEXT_SIZE];

	CHECK_STR(tl_address_print(out, (struct address){ 0xc032dd2ec }),
		  "0c032dd2ec");
	CHECK_STR(tl_address_print(out, (struct address){ 0 }), "0000000000");
}

TEST(address_is_parsed_from_exactly_ten_digits)
{
	struct address a = { 7 };

	CHECK_EQ(tl_address_parse(&a, text("8E4df28b72")), 0);
	CHECK_EQ(a.v, 0x8e4df28b72);
	CHECK_EQ(tl_address_parse(&a, text("ff00000001")), 0);
	a.v = 7;
	CHECK_EQ(tl_address_parse(&a, text("e4df28b72")), -EINVAL);
	CHECK_EQ(tl_address_parse(&a, text("08e4df28b72")), -EINVAL);
	CHECK_EQ(tl_address_parse(&a, text("8e4df28b7g")), -EINVAL);
	CHECK_EQ(tl_address_parse(&a, text("8e4df28b7 ")), -EINVAL);
	CHECK_EQ(tl_address_parse(&a, text("")), -EINVAL);
	CHECK_EQ(a.v, 7);
}

TEST(address_of_nobody_is_reserved)
{
	CHECK(tl_address_is_reserved((struct address){ 0 }));
	CHECK(tl_address_is_reserved((struct address){ 0xff00000000 }));
	CHECK(tl_address_is_reserved((struct address){ 0x10000000000 }));
	CHECK(!tl_address_is_reserved((struct address){ 1 }));
	CHECK(!tl_address_is_reserved((struct address){ 0xfeffffffff }));
}

TEST(network_id_is_sixteen_digits)
{
	char out[NETWORK_ID_TEXT_SIZE];
	struct network_id id = { 7 };

	CHECK_EQ(tl_network_id_parse(&id, text("0056c2e21c000001")), 0);
	CHECK_STR(tl_network_id_print(out, id), "0056c2e21c000001");
	CHECK_EQ(tl_network_id_controller(id).v, 0x0056c2e21c);
	CHECK(!tl_network_id_is_adhoc(id));
	CHECK_EQ(tl_network_id_parse(&id, text("56c2e21c000001")), -EINVAL);
	CHECK_EQ(tl_network_id_parse(&id, text("x056c2e21c000001")), -EINVAL);
	CHECK_EQ(id.v, 0x0056c2e21c000001);
	CHECK(tl_network_id_is_adhoc((struct network_id){ 0xffull << 56 }));
}

TEST(mac_is_parsed_with_either_separator)
{
	static const char *const good[] = { "02:01:23:59:85:4B",
					    "02-01-23-59-85-4b",
					    "02012359854b" };
	char out[MAC_TEXT_SIZE];
	struct mac m;

	for (size_t i = 0; i < TL_ARRAY_SIZE(good); i++) {
		CHECK_EQ(tl_mac_parse(&m, text(good[i])), 0);
		CHECK_STR(tl_mac_print(out, m), "02:01:23:59:85:4b");
	}
}

TEST(mac_of_another_form_is_refused)
{
	static const char *const bad[] = {
		"",
		"02:01:23:59:85",
		"02:01:23:59:85:4b:00",
		"02:01-23:59:85:4b",
		"02.01.23.59.85.4b",
		"2:1:23:59:85:4b",
		"02:01:23:59:85:4g",
		"02 01 23 59 85 4b",
		"0201235985-4b",
		"02:01:23:59:854b:",
	};
	struct mac m = { { 1, 2, 3, 4, 5, 6 } };

	for (size_t i = 0; i < TL_ARRAY_SIZE(bad); i++)
		if (tl_mac_parse(&m, text(bad[i])) != -EINVAL)
			FAIL("\"%s\" parses", bad[i]);
	CHECK_EQ(m.b[5], 6);
}

TEST(mac_predicates)
{
	struct mac broadcast = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
	struct mac group = { { 0x33, 0x33, 0, 0, 0, 1 } };
	struct mac zero = { { 0 } };
	struct mac one = { { 0, 0, 0, 0, 0, 1 } };

	CHECK(tl_mac_is_broadcast(broadcast));
	CHECK(tl_mac_is_multicast(broadcast));
	CHECK(tl_mac_is_multicast(group));
	CHECK(!tl_mac_is_broadcast(group));
	CHECK(tl_mac_is_zero(zero));
	CHECK(!tl_mac_is_zero(one));
	CHECK(!tl_mac_equal(zero, one));
}

TEST(mac_on_the_wire_is_six_bytes)
{
	uint8_t room[6];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct reader r = tl_reader(TL_BYTES_OF(room));
	struct mac m = { { 1, 2, 3, 4, 5, 6 } };

	tl_write_mac(&w, m);
	CHECK_EQ(w.n, MAC_LEN);
	CHECK(tl_mac_equal(tl_read_mac(&r), m));
	CHECK(tl_reader_done(&r));
	CHECK(tl_mac_is_zero(tl_read_mac(&r)));
	CHECK(!tl_reader_ok(&r));
}

/* vl2.md 2.7. */
TEST(mac_and_ipv6_addresses_of_the_specification)
{
	static const struct {
		uint64_t net;
		uint64_t addr;
		const char *mac;
		const char *sixplane;
		const char *rfc4193;
	} rows[] = {
		{ 0x8056c2e21c000001, 0x0123456789, "02:01:23:59:85:4b",
		  "fc9c56c2e30123456789000000000001",
		  "fd8056c2e21c00000199930123456789" },
		{ 0xff00160016000000, 0x0123456789, "02:01:23:53:67:9f",
		  "fce90016000123456789000000000001",
		  "fdff0016001600000099930123456789" },
		{ 0xaabbccddee123450, 0x9988776655, "32:ad:9a:99:bb:99",
		  "fc44a9f88d9988776655000000000001",
		  "fdaabbccddee12345099939988776655" },
		{ 0x565799d8f6788eec, 0xf5015d7c3e, "ee:7b:79:ab:a4:a7",
		  "fca02f1734f5015d7c3e000000000001",
		  "fd565799d8f6788eec9993f5015d7c3e" },
	};
	char out[MAC_TEXT_SIZE];
	uint8_t ip[16];

	for (size_t i = 0; i < TL_ARRAY_SIZE(rows); i++) {
		struct network_id net = { rows[i].net };
		struct address a = { rows[i].addr };
		struct mac m = tl_mac_of_member(net, a);

		CHECK_STR(tl_mac_print(out, m), rows[i].mac);
		CHECK(tl_mac_is_member_of(m, net));
		CHECK_EQ(tl_mac_to_member(m, net).v, a.v);
		tl_ip6_6plane(ip, net, a);
		CHECK_MEM(ip, tl_vector_unhex(rows[i].sixplane).at, 16);
		tl_ip6_rfc4193(ip, net, a);
		CHECK_MEM(ip, tl_vector_unhex(rows[i].rfc4193).at, 16);
	}
}

TEST(mac_of_another_network_is_no_member)
{
	struct network_id net = { 0x8056c2e21c000001 };
	struct mac m = tl_mac_of_member(net, (struct address){ 1 });

	m.b[0] ^= 4;
	CHECK(!tl_mac_is_member_of(m, net));
}

TEST(group_of_addresses)
{
	const uint8_t ip4[4] = { 10, 1, 2, 3 };
	const uint8_t ip6[16] = { 0xfe, 0x80, [13] = 0xab, 0xcd, 0xef };
	struct group g4 = tl_group_of_ipv4(ip4);
	struct group g6 = tl_group_of_ipv6(ip6);
	char out[MAC_TEXT_SIZE];

	CHECK(tl_mac_is_broadcast(g4.mac));
	CHECK_EQ(g4.adi, 0x0a010203);
	CHECK_STR(tl_mac_print(out, g6.mac), "33:33:ff:ab:cd:ef");
	CHECK_EQ(g6.adi, 0);
	CHECK(tl_group_compare(g6, g4) < 0);
	CHECK(tl_group_compare(g4, g6) > 0);
	g6 = g4;
	CHECK_EQ(tl_group_compare(g4, g6), 0);
	g6.adi++;
	CHECK(tl_group_compare(g4, g6) < 0);
}
