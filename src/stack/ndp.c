/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ndp.c - IPv6 neighbour discovery (RFC 4861), as a host without routers
 *
 * Addresses and routes come from the controller, so router advertisements and
 * redirects are not listened to, and no address is tested for duplicates. The
 * nd6.c of lwIP is not compiled; what lwIP calls of it is at the end.
 */
#include "stack/internal.h"

#include <string.h>

#include "lwip/nd6.h"
#include "stack/checksum.h"

#define NS 135
#define NA 136
#define MESSAGE_LEN 24
#define OPTION_SOURCE 1
#define OPTION_TARGET 2
#define FLAG_SOLICITED 0x40
#define FLAG_OVERRIDE 0x20

/**
 * struct message - What distinguishes the messages we send
 * @option:	which link-layer address option carries our MAC; 0 for none
 */
struct message {
	uint8_t type;
	uint8_t flags;
	uint8_t option;
	const uint8_t *src;
	const uint8_t *dst;
	const uint8_t *target;
};

static void ndp_send(struct ifc *ifc, const uint8_t mac[6],
		     const struct message *m)
{
	struct packet *p = tl_packet_new(tl_stack.pool);
	uint8_t *at;
	uint16_t sum;

	if (!p) {
		tl_stack_drop(DROP_NO_MEMORY);
		return;
	}
	at = p->data + p->head;
	p->n = IP6_LEN + MESSAGE_LEN + 8;
	memset(at, 0, p->n);
	at[0] = 0x60;
	tl_store_be16(at + 4, MESSAGE_LEN + 8);
	at[6] = PROTO_ICMP6;
	at[7] = 255;
	memcpy(at + 8, m->src, 16);
	memcpy(at + 24, m->dst, 16);
	at[40] = m->type;
	at[44] = m->flags;
	memcpy(at + 48, m->target, 16);
	at[64] = m->option;
	at[65] = 1;
	memcpy(at + 66, ifc->config.mac, 6);
	sum = tl_checksum_transport(tl_packet_bytes(p), IP6_LEN, PROTO_ICMP6);
	tl_store_be16(at + 42, sum);
	tl_ifc_send(ifc, mac, ETHERTYPE_IP6, p);
}

void tl_ndp_ask(struct ifc *ifc, const struct ip *ip, const uint8_t *mac)
{
	uint8_t group[16] = { 0xff, 2, [11] = 1, 0xff };
	uint8_t group_mac[6] = { 0x33, 0x33, 0xff };
	uint8_t source[16];
	struct message m = { NS, 0, OPTION_SOURCE, source, ip->at, ip->at };

	memcpy(group + 13, ip->at + 13, 3);
	memcpy(group_mac + 3, ip->at + 13, 3);
	if (!tl_ifc_source(ifc, 6, ip->at, source))
		memcpy(source, ifc->link_local, 16);
	if (!mac)
		m.dst = group;
	ndp_send(ifc, mac ? mac : group_mac, &m);
}

/* The MAC in option @type, NULL if there is none; false if malformed. */
static bool find_option(struct bytes options, uint8_t type,
			const uint8_t **macp)
{
	size_t n;

	*macp = NULL;
	while (options.n) {
		if (options.n < 8)
			return false;
		n = 8U * options.at[1];
		if (!n || n > options.n)
			return false;
		if (options.at[0] == type && !*macp)
			*macp = options.at + 2;
		options = tl_bytes_skip(options, n);
	}
	return true;
}

static enum drop on_solicitation(struct ifc *ifc, const struct ip *src,
				 const struct ip *target, const uint8_t *mac,
				 const uint8_t *from)
{
	static const uint8_t all_nodes[16] = { 0xff, 2, [15] = 1 };
	static const uint8_t all_nodes_mac[6] = { 0x33, 0x33, 0, 0, 0, 1 };
	static const uint8_t any[16];
	struct message m = { NA,
			     FLAG_SOLICITED | FLAG_OVERRIDE,
			     OPTION_TARGET,
			     target->at,
			     src->at,
			     target->at };

	if (!tl_ifc_has(ifc, target))
		return DROP_NO_RECIPIENT;
	if (!memcmp(src->at, any, 16)) {
		/* Somebody tests whether the address is free. */
		m.flags = FLAG_OVERRIDE;
		m.dst = all_nodes;
		ndp_send(ifc, all_nodes_mac, &m);
		return DROP_NONE;
	}
	if (mac)
		tl_neighbour_heard(ifc, src, mac, true, false, true);
	ndp_send(ifc, mac ? mac : from, &m);
	return DROP_NONE;
}

static enum drop on_advertisement(struct ifc *ifc, const struct ip *dst,
				  const struct ip *target, uint8_t flags,
				  const uint8_t *mac)
{
	bool solicited = flags & FLAG_SOLICITED;

	if (solicited && tl_ip_is_multicast(dst))
		return DROP_BAD_FRAME;
	if (tl_ifc_has(ifc, target))
		return DROP_OWN_ADDRESS;
	if (mac)
		tl_neighbour_heard(ifc, target, mac, false, solicited,
				   flags & FLAG_OVERRIDE);
	return DROP_NONE;
}

enum drop tl_ndp_input(struct ifc *ifc, const uint8_t from[6],
		       struct bytes frame)
{
	const uint8_t *at = frame.at;
	struct bytes options = tl_bytes_skip(frame, IP6_LEN + MESSAGE_LEN);
	const uint8_t *mac;
	struct ip target;
	struct ip src;
	struct ip dst;

	if (frame.n < IP6_LEN + MESSAGE_LEN || at[7] != 255 || at[41] != 0)
		return DROP_BAD_FRAME;
	src = tl_ip(6, at + 8);
	dst = tl_ip(6, at + 24);
	target = tl_ip(6, at + 48);
	if (tl_ip_is_multicast(&target))
		return DROP_BAD_FRAME;
	if (tl_ifc_has(ifc, &src))
		return DROP_OWN_ADDRESS;
	if (at[40] == NS) {
		if (!find_option(options, OPTION_SOURCE, &mac))
			return DROP_BAD_FRAME;
		return on_solicitation(ifc, &src, &target, mac, from);
	}
	if (!find_option(options, OPTION_TARGET, &mac))
		return DROP_BAD_FRAME;
	return on_advertisement(ifc, &dst, &target, at[44], mac);
}

/* What lwIP calls. */

void nd6_input(struct pbuf *p, struct netif *inp)
{
	(void)inp;
	pbuf_free(p);
}

struct netif *nd6_find_route(const ip6_addr_t *ip6addr)
{
	(void)ip6addr;
	return NULL;
}

u16_t nd6_get_destination_mtu(const ip6_addr_t *ip6addr, struct netif *netif)
{
	(void)ip6addr;
	return netif ? netif->mtu : IFC_MTU_MIN;
}

void nd6_cleanup_netif(struct netif *netif)
{
	(void)netif;
}

void nd6_restart_netif(struct netif *netif)
{
	(void)netif;
}
