/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/address.h"

#include <errno.h>
#include <string.h>

#include "base/hex.h"

char *tl_address_print(char *out, struct address a)
{
	uint8_t raw[ADDRESS_LEN];

	tl_store_be40(raw, a.v);
	return tl_hex_encode(out, TL_BYTES_OF(raw));
}

int tl_address_parse(struct address *out, struct bytes text)
{
	return tl_hex_to_u64(&out->v, 2 * ADDRESS_LEN, text);
}

char *tl_network_id_print(char *out, struct network_id id)
{
	uint8_t raw[8];

	tl_store_be64(raw, id.v);
	return tl_hex_encode(out, TL_BYTES_OF(raw));
}

int tl_network_id_parse(struct network_id *out, struct bytes text)
{
	return tl_hex_to_u64(&out->v, 16, text);
}

bool tl_mac_is_broadcast(struct mac m)
{
	static const struct mac broadcast = { { 0xff, 0xff, 0xff, 0xff, 0xff,
						0xff } };

	return tl_mac_equal(m, broadcast);
}

bool tl_mac_equal(struct mac a, struct mac b)
{
	return memcmp(a.b, b.b, MAC_LEN) == 0;
}

struct mac tl_read_mac(struct reader *r)
{
	struct mac m;

	tl_read_copy(r, m.b, MAC_LEN);
	return m;
}

void tl_write_mac(struct writer *w, struct mac m)
{
	tl_write_bytes(w, TL_BYTES_OF(m.b));
}

char *tl_mac_print(char *out, struct mac m)
{
	for (size_t i = 0; i < MAC_LEN; i++) {
		tl_hex_encode(out + 3 * i, tl_bytes(m.b + i, 1));
		out[3 * i + 2] = i + 1 < MAC_LEN ? ':' : '\0';
	}
	return out;
}

int tl_mac_parse(struct mac *out, struct bytes text)
{
	uint8_t digits[2 * MAC_LEN];
	uint8_t separator;

	if (text.n == sizeof(digits))
		return tl_hex_decode(out->b, MAC_LEN, text);
	if (text.n != MAC_TEXT_SIZE - 1)
		return -EINVAL;

	separator = text.at[2];
	if (separator != ':' && separator != '-')
		return -EINVAL;
	for (size_t i = 0; i < MAC_LEN; i++) {
		if (i + 1 < MAC_LEN && text.at[3 * i + 2] != separator)
			return -EINVAL;
		memcpy(digits + 2 * i, text.at + 3 * i, 2);
	}
	return tl_hex_decode(out->b, MAC_LEN, TL_BYTES_OF(digits));
}

/* vl2.md 2.2, "network octet": 52 is what hypervisors like to use. */
static uint8_t first_octet(struct network_id net)
{
	uint8_t octet = (uint8_t)((net.v & 0xfe) | 0x02);

	return octet == 0x52 ? 0x32 : octet;
}

/* The address bytes are hidden by bytes 6 to 2 of the network ID. */
static uint64_t network_mask(struct network_id net)
{
	uint64_t mask = 0;

	for (unsigned int shift = 8; shift <= 40; shift += 8)
		mask = mask << 8 | ((net.v >> shift) & 0xff);
	return mask;
}

struct mac tl_mac_of_member(struct network_id net, struct address member)
{
	struct mac m;

	m.b[0] = first_octet(net);
	tl_store_be40(m.b + 1, member.v ^ network_mask(net));
	return m;
}

bool tl_mac_is_member_of(struct mac m, struct network_id net)
{
	return m.b[0] == first_octet(net);
}

struct address tl_mac_to_member(struct mac m, struct network_id net)
{
	return (struct address){ tl_load_be40(m.b + 1) ^ network_mask(net) };
}

struct group tl_group_of_ipv4(const uint8_t ip[4])
{
	struct group g;

	memset(g.mac.b, 0xff, MAC_LEN);
	g.adi = tl_load_be32(ip);
	return g;
}

struct group tl_group_of_ipv6(const uint8_t ip[16])
{
	struct group g = { .mac = { { 0x33, 0x33, 0xff } }, .adi = 0 };

	memcpy(g.mac.b + 3, ip + 13, 3);
	return g;
}

int tl_group_compare(struct group a, struct group b)
{
	int order = memcmp(a.mac.b, b.mac.b, MAC_LEN);

	if (order != 0)
		return order;
	return (a.adi > b.adi) - (a.adi < b.adi);
}

void tl_ip6_rfc4193(uint8_t out[16], struct network_id net,
		    struct address member)
{
	out[0] = 0xfd;
	tl_store_be64(out + 1, net.v);
	out[9] = 0x99;
	out[10] = 0x93;
	tl_store_be40(out + 11, member.v);
}

void tl_ip6_6plane(uint8_t out[16], struct network_id net,
		   struct address member)
{
	memset(out, 0, 16);
	out[0] = 0xfc;
	tl_store_be32(out + 1, (uint32_t)(net.v >> 32) ^ (uint32_t)net.v);
	tl_store_be40(out + 5, member.v);
	out[15] = 1;
}
