/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a frame is, as one word of bits (vl2.md 10.8), and whether its sender
 * may use the addresses in it.
 */
#include "vl2/filter_match.h"

#include <string.h>

#define ICMP6_NEIGHBOUR_SOLICITATION 0x87
#define ICMP6_NEIGHBOUR_ADVERTISEMENT 0x88

static bool owns(const struct filter_side *side, enum filter_thing_type type,
		 const uint8_t *value, size_t len)
{
	size_t i;

	for (i = 0; i < side->n_owned; i++) {
		if (side->owned[i].type == type &&
		    memcmp(side->owned[i].value, value, len) == 0)
			return true;
	}
	return false;
}

static const struct filter_side *sender(const struct filter_eval *e)
{
	return e->inbound ? e->remote : &e->policy->side;
}

static bool has_address(const struct filter_policy *p, const uint8_t ip[16])
{
	size_t i;

	for (i = 0; i < p->n_addresses; i++) {
		if (p->addresses[i].family == 6 &&
		    memcmp(p->addresses[i].ip, ip, 16) == 0)
			return true;
	}
	return false;
}

/*
 * An address that names its owner needs no certificate: where NDP is emulated,
 * nobody could ask for one. It must name the sender, not just any member (the
 * reference looks at the network's prefix only). A member owns its whole
 * 6PLANE /80, and nodes do send from the rest of it.
 */
static bool is_derived_from_sender(const struct filter_eval *e,
				   const uint8_t ip[16])
{
	const struct filter_policy *p = e->policy;
	uint8_t own[16];
	uint8_t theirs[16];

	if (!e->inbound || !(p->flags & FILTER_FLAG_NDP_EMULATION))
		return false;
	tl_ip6_6plane(own, p->network, p->own);
	tl_ip6_6plane(theirs, p->network, e->zt_source);
	if (memcmp(ip, theirs, 10) == 0 && has_address(p, own))
		return true;
	tl_ip6_rfc4193(own, p->network, p->own);
	tl_ip6_rfc4193(theirs, p->network, e->zt_source);
	return memcmp(ip, theirs, 16) == 0 && has_address(p, own);
}

static bool is_ip6_authentic(const struct filter_eval *e)
{
	struct bytes p = e->frame->payload;
	const uint8_t *ip = p.at + 8;

	if (p.n >= 64 && p.at[6] == 0x3a) {
		if (p.at[40] == ICMP6_NEIGHBOUR_SOLICITATION)
			return true;
		if (p.at[40] == ICMP6_NEIGHBOUR_ADVERTISEMENT)
			ip = p.at + 48;
	}
	return owns(sender(e), FILTER_THING_IPV6, ip, 16) ||
	       is_derived_from_sender(e, ip);
}

static bool look_at_ip(const struct filter_eval *e)
{
	const struct filter_frame *f = e->frame;
	const uint8_t *p = f->payload.at;

	if (tl_filter_is_ip4(f))
		return owns(sender(e), FILTER_THING_IPV4, p + 12, 4);
	if (f->ethertype == 0x0806 && f->payload.n >= 28)
		return owns(sender(e), FILTER_THING_IPV4, p + 14, 4);
	if (tl_filter_is_ip6(f))
		return is_ip6_authentic(e);
	return false;
}

static bool is_ip_authentic(struct filter_eval *e)
{
	if (e->ipauth == FILTER_IPAUTH_DUE)
		e->ipauth = look_at_ip(e) ? FILTER_IPAUTH_YES
					  : FILTER_IPAUTH_NO;
	return e->ipauth == FILTER_IPAUTH_YES;
}

/* The reference asks one byte more of IPv6 than of IPv4. For IPv4 it asks for
 * nothing and reads beyond the frame: there, a cut header has no flags. */
static uint64_t tcp_bits(struct filter_eval *e)
{
	struct bytes p = e->frame->payload;
	size_t need = e->frame->ethertype == 0x86dd ? 15 : 14;
	uint8_t proto;
	size_t pos;

	if (!tl_filter_find_l4(e, &pos, &proto) || proto != 6)
		return 0;
	if (pos > p.n || p.n - pos < need)
		return 0;
	return (uint64_t)(p.at[pos + 12] & 0x0f) << 8 | p.at[pos + 13];
}

static void look_at_frame(struct filter_eval *e)
{
	e->bits = FILTER_BITS_KNOWN | tcp_bits(e);
	if (e->inbound)
		e->bits |= CHARACTERISTIC_INBOUND;
	if (tl_mac_is_multicast(e->frame->dest))
		e->bits |= CHARACTERISTIC_MULTICAST;
	if (tl_mac_is_broadcast(e->frame->dest))
		e->bits |= CHARACTERISTIC_BROADCAST;
}

bool tl_filter_has_characteristic(struct filter_eval *e, uint64_t mask)
{
	if (TL_UNLIKELY(!e->bits))
		look_at_frame(e);
	if (e->bits & mask & ~FILTER_BITS_KNOWN)
		return true;
	if ((mask & CHARACTERISTIC_IPAUTH) && is_ip_authentic(e))
		return true;
	return (mask & CHARACTERISTIC_MACAUTH) &&
	       owns(sender(e), FILTER_THING_MAC, e->frame->source.b, MAC_LEN);
}
