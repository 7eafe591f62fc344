/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address.h - names of nodes, networks and Ethernet ports
 *
 * Values; each is a type of its own, so that they cannot be swapped
 * (vl1.md 1.1, vl2.md 2).
 */
#ifndef TL_WIRE_ADDRESS_H
#define TL_WIRE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/reader.h"
#include "base/writer.h"

#define ADDRESS_LEN 5
#define ADDRESS_TEXT_SIZE 11 /* ten digits and a zero */
#define NETWORK_ID_TEXT_SIZE 17
#define MAC_LEN 6
#define MAC_TEXT_SIZE 18

/* A node: 40 bits. Zero and ff........ name nobody. */
struct address {
	uint64_t v;
};

/* A virtual network: the controller's address, then 24 bits. */
struct network_id {
	uint64_t v;
};

/* An Ethernet address, in transmission order. */
struct mac {
	uint8_t b[MAC_LEN];
};

/* A multicast group: vl2.md 9.1. */
struct group {
	struct mac mac;
	uint32_t adi;
};

static inline bool tl_address_equal(struct address a, struct address b)
{
	return a.v == b.v;
}

static inline bool tl_address_is_reserved(struct address a)
{
	return a.v == 0 || (a.v >> 32) == 0xff || a.v >> 40 != 0;
}

static inline struct address tl_read_address(struct reader *r)
{
	return (struct address){ tl_read_be40(r) };
}

static inline void tl_write_address(struct writer *w, struct address a)
{
	tl_write_be40(w, a.v);
}

/* Ten lower-case digits; @out has ADDRESS_TEXT_SIZE characters. */
char *tl_address_print(char *out, struct address a);

/* Exactly ten digits. Reserved addresses parse. 0 or -EINVAL. */
TL_MUST_USE int tl_address_parse(struct address *out, struct bytes text);

static inline bool tl_network_id_equal(struct network_id a, struct network_id b)
{
	return a.v == b.v;
}

static inline struct address tl_network_id_controller(struct network_id id)
{
	return (struct address){ id.v >> 24 };
}

/* No controller: the configuration follows from the number (vl2.md 2.6). */
static inline bool tl_network_id_is_adhoc(struct network_id id)
{
	return id.v >> 56 == 0xff;
}

char *tl_network_id_print(char *out, struct network_id id);

/* Exactly sixteen digits. 0 or -EINVAL. */
TL_MUST_USE int tl_network_id_parse(struct network_id *out, struct bytes text);

static inline bool tl_mac_is_multicast(struct mac m)
{
	return m.b[0] & 1;
}

static inline bool tl_mac_is_zero(struct mac m)
{
	return !(m.b[0] | m.b[1] | m.b[2] | m.b[3] | m.b[4] | m.b[5]);
}

bool tl_mac_is_broadcast(struct mac m);
bool tl_mac_equal(struct mac a, struct mac b);

struct mac tl_read_mac(struct reader *r);
void tl_write_mac(struct writer *w, struct mac m);

/* aa:bb:cc:dd:ee:ff */
char *tl_mac_print(char *out, struct mac m);

/* Twelve digits, in pairs parted by ':' or '-' or nothing. 0 or -EINVAL. */
TL_MUST_USE int tl_mac_parse(struct mac *out, struct bytes text);

/* The MAC of a member (vl2.md 2.2). */
struct mac tl_mac_of_member(struct network_id net, struct address member);

/* True if @m has the network's first octet, so a member can own it. */
bool tl_mac_is_member_of(struct mac m, struct network_id net);

/* The member that owns @m, which must satisfy tl_mac_is_member_of(). */
struct address tl_mac_to_member(struct mac m, struct network_id net);

/* The group in which a node with this IPv4 address answers ARP: vl2.md 9.1. */
struct group tl_group_of_ipv4(const uint8_t ip[4]);

/* The solicited-node group of an IPv6 address: vl2.md 9.1, RFC 4291 2.7.1. */
struct group tl_group_of_ipv6(const uint8_t ip[16]);

/* Order by MAC, then ADI. */
int tl_group_compare(struct group a, struct group b);

/* vl2.md 2.3, /88, and 2.4, /40: 16 bytes each. */
void tl_ip6_rfc4193(uint8_t out[16], struct network_id net,
		    struct address member);
void tl_ip6_6plane(uint8_t out[16], struct network_id net,
		   struct address member);

#endif /* TL_WIRE_ADDRESS_H */
