/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route.c - which interface, and which neighbour on it
 *
 * Longest prefix over the networks of an interface's addresses and its managed
 * routes; a managed route beats the network of an address of the same length,
 * earlier interfaces beat later ones. Tables are short (160 at most), so they
 * are walked.
 */
#include "stack/internal.h"

#include <string.h>

#include "lwip/ip.h"
#include "lwip/priv/tcp_priv.h"
#include "stack/arch/hooks.h"

static bool prefix_matches(const struct ifc_address *prefix,
			   const struct ip *ip)
{
	unsigned int whole = prefix->bits / 8U;
	unsigned int rest = prefix->bits % 8U;

	if (prefix->family != ip->family)
		return false;
	if (memcmp(prefix->ip, ip->at, whole))
		return false;
	return !rest || !((prefix->ip[whole] ^ ip->at[whole]) >> (8U - rest));
}

/* Length of the best prefix for @to, -1 if none; the gateway in @via. */
static int best_route(const struct ifc *ifc, const struct ip *to,
		      const struct ifc_address **via)
{
	const struct ifc_route *route;
	int best = -1;
	size_t i;

	*via = NULL;
	for (i = 0; i < ifc->n_routes; i++) {
		route = &ifc->routes[i];
		if (route->target.bits > best &&
		    prefix_matches(&route->target, to)) {
			best = route->target.bits;
			*via = route->via.family ? &route->via : NULL;
		}
	}
	for (i = 0; i < ifc->n_addresses; i++) {
		if (ifc->addresses[i].bits > best &&
		    prefix_matches(&ifc->addresses[i], to)) {
			best = ifc->addresses[i].bits;
			*via = NULL;
		}
	}
	return best;
}

static bool is_link_local(const struct ip *ip)
{
	return ip->family == 6 && ip->at[0] == 0xfe &&
	       (ip->at[1] & 0xc0) == 0x80;
}

bool tl_route_next_hop(const struct ifc *ifc, const struct ip *to,
		       struct ip *next)
{
	const struct ifc_address *via;

	*next = *to;
	if (is_link_local(to))
		return true;
	if (best_route(ifc, to, &via) < 0)
		return false;
	if (via)
		*next = tl_ip(via->family, via->ip);
	return true;
}

/* Hidden ones are in no list; others may be for some who look. */
static bool is_seen(const struct ifc *ifc, ifc_sees_fn sees, const void *who)
{
	return !ifc->config.is_hidden && (!sees || sees(who, ifc));
}

static struct ifc *route_to(const struct ip *to, ifc_sees_fn sees,
			    const void *who)
{
	const struct ifc_address *via;
	struct ifc *best = NULL;
	struct ifc *ifc;
	int best_bits = -1;
	int bits;

	tl_list_each(it, next, &tl_stack.ifcs) {
		ifc = tl_container_of(it, struct ifc, link);
		if (!is_seen(ifc, sees, who))
			continue;
		bits = best_route(ifc, to, &via);
		if (tl_ifc_has(ifc, to))
			bits = 129;
		if (bits > best_bits) {
			best_bits = bits;
			best = ifc;
		}
	}
	return best;
}

struct ifc *tl_ifc_route(uint8_t family, const uint8_t ip[16])
{
	return tl_ifc_route_seen(family, ip, NULL, NULL);
}

struct ifc *tl_ifc_route_seen(uint8_t family, const uint8_t ip[16],
			      ifc_sees_fn sees, const void *who)
{
	struct ip to = tl_ip(family, ip);

	return route_to(&to, sees, who);
}

struct ifc *tl_ifc_first(uint8_t family)
{
	return tl_ifc_first_seen(family, NULL, NULL);
}

struct ifc *tl_ifc_first_seen(uint8_t family, ifc_sees_fn sees, const void *who)
{
	struct ifc *ifc;
	size_t i;

	tl_list_each(it, next, &tl_stack.ifcs) {
		ifc = tl_container_of(it, struct ifc, link);
		if (!is_seen(ifc, sees, who))
			continue;
		for (i = 0; i < ifc->n_addresses; i++) {
			if (ifc->addresses[i].family == family)
				return ifc;
		}
	}
	return NULL;
}

struct ifc *tl_ifc_at(size_t i)
{
	return tl_ifc_at_seen(i, NULL, NULL);
}

struct ifc *tl_ifc_at_seen(size_t i, ifc_sees_fn sees, const void *who)
{
	struct ifc *ifc;

	tl_list_each(it, next, &tl_stack.ifcs) {
		ifc = tl_container_of(it, struct ifc, link);
		if (is_seen(ifc, sees, who) && i-- == 0)
			return ifc;
	}
	return NULL;
}

struct ifc *tl_ifc_of_number(uint8_t number)
{
	struct ifc *ifc;

	tl_list_each(it, next, &tl_stack.ifcs) {
		ifc = tl_container_of(it, struct ifc, link);
		if (ifc->config.is_hidden)
			continue;
		if (tl_ifc_number(ifc) == number)
			return ifc;
	}
	return NULL;
}

struct ifc *tl_ifc_of_name(const char *name)
{
	struct ifc *ifc;

	tl_list_each(it, next, &tl_stack.ifcs) {
		ifc = tl_container_of(it, struct ifc, link);
		if (ifc->config.is_hidden)
			continue;
		if (strcmp(ifc->config.name, name) == 0)
			return ifc;
	}
	return NULL;
}

static struct ifc *ifc_of(const struct ip *ip, ifc_sees_fn sees,
			  const void *who)
{
	struct ifc *ifc;

	tl_list_each(it, next, &tl_stack.ifcs) {
		ifc = tl_container_of(it, struct ifc, link);
		if (!is_seen(ifc, sees, who))
			continue;
		if (tl_ifc_has(ifc, ip))
			return ifc;
	}
	return NULL;
}

struct ifc *tl_ifc_of_address(uint8_t family, const uint8_t ip[16])
{
	return tl_ifc_of_address_seen(family, ip, NULL, NULL);
}

struct ifc *tl_ifc_of_address_seen(uint8_t family, const uint8_t ip[16],
				   ifc_sees_fn sees, const void *who)
{
	struct ip a = tl_ip(family, ip);

	return ifc_of(&a, sees, who);
}

static size_t common_bits(const uint8_t *a, const uint8_t *b, size_t n)
{
	size_t i;

	for (i = 0; i < n * 8; i++) {
		if ((a[i / 8] ^ b[i / 8]) & (0x80U >> (i % 8)))
			break;
	}
	return i;
}

bool tl_ifc_source(const struct ifc *ifc, uint8_t family, const uint8_t ip[16],
		   uint8_t out[16])
{
	struct ip to = tl_ip(family, ip);
	const struct ifc_address *best = NULL;
	size_t best_bits = 0;
	struct ip next;
	size_t bits;
	size_t i;

	if (tl_ifc_has(ifc, &to)) {
		memcpy(out, to.at, 16);
		return true;
	}
	if (is_link_local(&to) ||
	    (family == 6 && to.at[0] == 0xff && (to.at[1] & 15) <= 2)) {
		memcpy(out, ifc->link_local, 16);
		return true;
	}
	if (tl_ip_is_multicast(&to) || !tl_route_next_hop(ifc, &to, &next))
		next = to;
	for (i = 0; i < ifc->n_addresses; i++) {
		if (ifc->addresses[i].family != family)
			continue;
		bits = common_bits(ifc->addresses[i].ip, next.at,
				   family == 4 ? 4 : 16);
		if (bits > ifc->addresses[i].bits)
			bits = ifc->addresses[i].bits;
		if (!best || bits > best_bits) {
			best = &ifc->addresses[i];
			best_bits = bits;
		}
	}
	if (!best)
		return false;
	memcpy(out, tl_ip(family, best->ip).at, 16);
	return true;
}

/*
 * lwIP asks for what is not bound to an interface: the one the packet being
 * answered came in on, the one of the source address, the best route.
 */
static struct netif *route_for_lwip(const struct ip *src, const struct ip *to)
{
	static const uint8_t any[16];
	struct netif *in = ip_current_input_netif();
	struct ifc *ifc = NULL;
	struct ip next;

	if (src && memcmp(src->at, any, 16)) {
		if (in && tl_ifc_has(in->state, src))
			return in;
		ifc = ifc_of(src, NULL, NULL);
		if (ifc && tl_route_next_hop(ifc, to, &next))
			return &ifc->netif;
	}
	if (!ifc || !tl_ip_is_multicast(to))
		ifc = route_to(to, NULL, NULL);
	if (!ifc && tl_ip_is_multicast(to))
		ifc = tl_ifc_at(0);
	return ifc ? &ifc->netif : NULL;
}

struct netif *tl_lwip_route4(const ip4_addr_t *src, const ip4_addr_t *dest)
{
	struct ip from;
	struct ip to = tl_ip(4, (const uint8_t *)&dest->addr);

	if (!src)
		return route_for_lwip(NULL, &to);
	from = tl_ip(4, (const uint8_t *)&src->addr);
	return route_for_lwip(&from, &to);
}

struct netif *tl_lwip_route6(const ip6_addr_t *src, const ip6_addr_t *dest)
{
	struct ip from = tl_ip(6, (const uint8_t *)src->addr);
	struct ip to = tl_ip(6, (const uint8_t *)dest->addr);

	return route_for_lwip(&from, &to);
}

u16_t tl_lwip_jumbo_mss(const struct netif *netif, const ip_addr_t *dest)
{
	struct ip to = tl_ip(IP_IS_V6(dest) ? 6 : 4,
			     (const uint8_t *)ip_2_ip6(dest)->addr);
	const struct ifc *ifc = netif ? netif->state : NULL;
	struct ip next;

	if (!ifc || !ifc->may_jumbo || !tl_route_next_hop(ifc, &to, &next) ||
	    !tl_ip_equal(&to, &next))
		return 0;
	return IFC_JUMBO - (to.family == 6 ? IP6_HLEN : IP_HLEN) - TCP_HLEN;
}

static bool connects_through(const struct tcp_pcb *pcb, const struct ifc *ifc,
			     const struct ip *next)
{
	uint8_t index = netif_get_index(&ifc->netif);
	struct ip to;
	struct ip hop;

	if (pcb->state != SYN_SENT)
		return false;
	if (pcb->netif_idx != NETIF_NO_INDEX && pcb->netif_idx != index)
		return false;
	to = tl_ip(IP_IS_V6_VAL(pcb->remote_ip) ? 6 : 4,
		   (const uint8_t *)ip_2_ip6(&pcb->remote_ip)->addr);
	return tl_route_next_hop(ifc, &to, &hop) && tl_ip_equal(&hop, next);
}

void tl_route_unreachable(const struct ifc *ifc, const struct ip *next)
{
	struct tcp_pcb *pcb = tcp_active_pcbs;
	tcp_err_fn told;
	void *arg;

	while (pcb) {
		if (!connects_through(pcb, ifc, next)) {
			pcb = pcb->next;
			continue;
		}
		told = pcb->errf;
		arg = pcb->callback_arg;
		tcp_err(pcb, NULL);
		tcp_abandon(pcb, 0);
		if (told)
			told(arg, ERR_RTE);
		/* The callback may have changed the list. */
		pcb = tcp_active_pcbs;
	}
}
