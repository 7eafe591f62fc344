/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arp.c - ARP for IPv4 over Ethernet (RFC 826)
 */
#include "stack/internal.h"

#include <string.h>

#define ARP_LEN 28
#define ARP_REQUEST 1
#define ARP_REPLY 2

static void arp_send(struct ifc *ifc, const uint8_t dst[6], uint16_t operation,
		     const uint8_t sender[4], const uint8_t target_mac[6],
		     const uint8_t target[4])
{
	static const uint8_t start[6] = { 0, 1, 0x08, 0x00, 6, 4 };
	struct packet *p = tl_packet_new(tl_stack.pool);
	uint8_t *at;

	if (!p) {
		tl_stack_drop(DROP_NO_MEMORY);
		return;
	}
	at = p->data + p->head;
	memcpy(at, start, 6);
	tl_store_be16(at + 6, operation);
	memcpy(at + 8, ifc->config.mac, 6);
	memcpy(at + 14, sender, 4);
	memcpy(at + 18, target_mac, 6);
	memcpy(at + 24, target, 4);
	p->n = ARP_LEN;
	tl_ifc_send(ifc, dst, ETHERTYPE_ARP, p);
}

void tl_arp_ask(struct ifc *ifc, const struct ip *ip, const uint8_t *mac)
{
	static const uint8_t everybody[6] = { 255, 255, 255, 255, 255, 255 };
	static const uint8_t nobody[6];
	uint8_t source[16];

	if (!tl_ifc_source(ifc, 4, ip->at, source))
		return;
	arp_send(ifc, mac ? mac : everybody, ARP_REQUEST, source,
		 mac ? mac : nobody, ip->at);
}

enum drop tl_arp_input(struct ifc *ifc, struct bytes frame)
{
	static const uint8_t start[6] = { 0, 1, 0x08, 0x00, 6, 4 };
	static const uint8_t any[4];
	const uint8_t *at = frame.at;
	struct ip sender;
	struct ip target;
	uint16_t operation;
	bool for_us;

	if (frame.n < ARP_LEN || memcmp(at, start, 6))
		return DROP_BAD_FRAME;
	operation = tl_load_be16(at + 6);
	if (operation != ARP_REQUEST && operation != ARP_REPLY)
		return DROP_BAD_FRAME;
	sender = tl_ip(4, at + 14);
	target = tl_ip(4, at + 24);
	if (tl_ifc_has(ifc, &sender))
		return DROP_OWN_ADDRESS;
	for_us = tl_ifc_has(ifc, &target);
	if (memcmp(sender.at, any, 4) && !tl_ip_is_multicast(&sender) &&
	    !tl_ifc_is_broadcast(ifc, &sender))
		tl_neighbour_heard(ifc, &sender, at + 8,
				   for_us && operation == ARP_REQUEST,
				   for_us && operation == ARP_REPLY, true);
	if (for_us && operation == ARP_REQUEST)
		arp_send(ifc, at + 8, ARP_REPLY, target.at, at + 8, sender.at);
	return DROP_NONE;
}
