/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>

#include "vectors/vector.h"
#include "wire/address.h"

static json_t *cases(const char *key)
{
	return tl_vector_array(tl_vector_load("mac"), key);
}

static struct network_id network(const json_t *item)
{
	struct network_id id;

	CHECK_EQ(tl_network_id_parse(&id, tl_bytes_from_str(tl_vector_text(
						  item, "network_id"))),
		 0);
	return id;
}

static struct address address(const json_t *item, const char *key)
{
	struct address a;

	CHECK_EQ(tl_address_parse(&a,
				  tl_bytes_from_str(tl_vector_text(item, key))),
		 0);
	return a;
}

static struct mac mac(const json_t *item)
{
	struct mac m;

	CHECK_EQ(tl_mac_parse(&m,
			      tl_bytes_from_str(tl_vector_text(item, "mac"))),
		 0);
	return m;
}

TEST(mac_of_members_and_back)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("mac"), i, item)
	{
		struct network_id net = network(item);
		struct mac m = tl_mac_of_member(net, address(item, "address"));
		char text[MAC_TEXT_SIZE];

		CHECK_STR(tl_mac_print(text, m), tl_vector_text(item, "mac"));
		CHECK(tl_mac_equal(mac(item), m));
		CHECK_EQ(m.b[0], tl_vector_u64(item, "first_octet"));
		CHECK(tl_mac_is_member_of(m, net));
		CHECK(tl_address_equal(tl_mac_to_member(m, net),
				       address(item, "address_back")));
	}
}

TEST(mac_of_others)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("mac_to_address"), i, item)
	{
		struct network_id net = network(item);
		struct mac m = mac(item);
		struct address a = tl_mac_to_member(m, net);

		CHECK(tl_address_equal(a, address(item, "address")));
		CHECK_EQ(tl_mac_is_member_of(m, net),
			 tl_vector_bool(item, "first_octet_is_this_networks"));
		CHECK_EQ(tl_mac_is_multicast(m),
			 tl_vector_bool(item, "multicast"));
		CHECK_EQ(tl_mac_is_broadcast(m),
			 tl_vector_bool(item, "broadcast"));
		CHECK_EQ(tl_address_is_reserved(a),
			 tl_vector_bool(item, "address_reserved"));
	}
}

TEST(mac_groups_for_address_resolution)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("address_resolution_groups"), i, item)
	{
		const char *text = tl_vector_text(item, "ip");
		uint8_t wire[10];
		struct writer w = tl_writer(TL_BUFFER_OF(wire));
		uint8_t ip[16];
		struct group g;

		if (inet_pton(AF_INET, text, ip) == 1) {
			g = tl_group_of_ipv4(ip);
		} else {
			CHECK_EQ(inet_pton(AF_INET6, text, ip), 1);
			g = tl_group_of_ipv6(ip);
		}
		CHECK(tl_mac_equal(g.mac, mac(item)));
		CHECK_EQ(g.adi, tl_vector_int(item, "adi"));
		CHECK_EQ(g.adi, tl_vector_u64(item, "adi_hex"));
		tl_write_mac(&w, g.mac);
		tl_write_be32(&w, g.adi);
		CHECK_BYTES(tl_writer_bytes(&w), tl_vector_bytes(item, "wire"));
	}
}

TEST(mac_groups_are_ordered)
{
	struct group last = { 0 };
	json_t *item;
	size_t i;

	json_array_foreach(cases("group_sort_order"), i, item)
	{
		struct group g = {
			.mac = mac(item),
			.adi = (uint32_t)tl_vector_int(item, "adi"),
		};

		CHECK(tl_group_compare(last, g) < 0);
		CHECK(tl_group_compare(g, last) > 0);
		CHECK_EQ(tl_group_compare(g, g), 0);
		last = g;
	}
}

static void check_ip6(const json_t *item, const char *key, const uint8_t ip[16],
		      int bits)
{
	char text[INET6_ADDRSTRLEN];
	char with_bits[INET6_ADDRSTRLEN + 8];

	CHECK(inet_ntop(AF_INET6, ip, text, sizeof(text)));
	snprintf(with_bits, sizeof(with_bits), "%s/%d", text, bits);
	CHECK_STR(with_bits, tl_vector_text(item, key));
}

/* RFC 4291, appendix A: the MAC in the middle of which ff:fe is put. */
static void check_link_local(const json_t *item)
{
	struct mac m =
		tl_mac_of_member(network(item), address(item, "address"));
	uint8_t ip[16] = { 0xfe, 0x80 };

	memcpy(ip + 8, m.b, 3);
	ip[8] ^= 2;
	ip[11] = 0xff;
	ip[12] = 0xfe;
	memcpy(ip + 13, m.b + 3, 3);
	check_ip6(item, "link_local", ip, 64);
}

TEST(mac_ipv6_addresses_of_members)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("ipv6_addresses"), i, item)
	{
		struct network_id net = network(item);
		struct address a = address(item, "address");
		uint8_t ip[16];

		tl_ip6_6plane(ip, net, a);
		CHECK_MEM(ip, tl_vector_fixed(item, "sixplane_raw", 16), 16);
		check_ip6(item, "sixplane", ip, 40);
		tl_ip6_rfc4193(ip, net, a);
		CHECK_MEM(ip, tl_vector_fixed(item, "rfc4193_raw", 16), 16);
		check_ip6(item, "rfc4193", ip, 88);
		check_link_local(item);
	}
}

TEST(mac_ad_hoc_networks_are_recognised)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("adhoc_networks"), i, item)
	{
		CHECK(tl_network_id_is_adhoc(network(item)));
		if (tl_vector_has(item, "mac"))
			CHECK(tl_mac_equal(
				mac(item),
				tl_mac_of_member(network(item),
						 address(item, "member"))));
	}
}

TEST(mac_reserved_addresses)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("reserved_addresses"), i, item)
		CHECK_EQ(tl_address_is_reserved(address(item, "address")),
			 tl_vector_bool(item, "reserved"));
}

TEST(mac_controllers_of_networks)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("controller_of_network"), i, item)
		CHECK(tl_address_equal(tl_network_id_controller(network(item)),
				       address(item, "controller")));
}
