/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/internal.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "lwip/netif.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/udp.h"
#include "stack/arch/hooks.h"

#define IFCS_MAX 250
#define NETIF_SUMS                                                             \
	(NETIF_CHECKSUM_GEN_IP | NETIF_CHECKSUM_GEN_UDP |                      \
	 NETIF_CHECKSUM_GEN_ICMP | NETIF_CHECKSUM_GEN_ICMP6)

struct ip tl_ip(uint8_t family, const uint8_t *at)
{
	struct ip ip = { .family = family };

	memcpy(ip.at, at, family == 4 ? 4 : 16);
	return ip;
}

bool tl_ip_equal(const struct ip *a, const struct ip *b)
{
	return a->family == b->family && !memcmp(a->at, b->at, 16);
}

bool tl_ip_is_multicast(const struct ip *ip)
{
	return ip->family == 4 ? ip->at[0] >> 4 == 14 : ip->at[0] == 0xff;
}

static bool is_any(const struct ip *ip)
{
	static const uint8_t any[16];

	return !memcmp(ip->at, any, 16);
}

bool tl_ifc_has(const struct ifc *ifc, const struct ip *ip)
{
	size_t n = ip->family == 4 ? 4 : 16;
	size_t i;

	for (i = 0; i < ifc->n_addresses; i++) {
		if (ifc->addresses[i].family == ip->family &&
		    !memcmp(ifc->addresses[i].ip, ip->at, n))
			return true;
	}
	return ip->family == 6 && !memcmp(ifc->link_local, ip->at, 16);
}

/* All bits of the host part are set; networks of 31 and 32 bits have none. */
static bool is_directed_broadcast(const struct ifc_address *a,
				  const struct ip *ip)
{
	uint32_t host;

	if (a->family != 4 || a->bits > 30)
		return false;
	host = UINT32_MAX >> a->bits;
	return tl_load_be32(ip->at) == (tl_load_be32(a->ip) | host);
}

bool tl_ifc_is_broadcast(const struct ifc *ifc, const struct ip *ip)
{
	size_t i;

	if (ip->family != 4)
		return false;
	if (tl_load_be32(ip->at) == UINT32_MAX)
		return true;
	for (i = 0; i < ifc->n_addresses; i++) {
		if (is_directed_broadcast(&ifc->addresses[i], ip))
			return true;
	}
	return false;
}

static bool is_solicited_node(const uint8_t group[16], const uint8_t ip[16])
{
	static const uint8_t start[13] = { 0xff, 2, [11] = 1, 0xff };

	return !memcmp(group, start, 13) && !memcmp(group + 13, ip + 13, 3);
}

static bool is_all_nodes(const struct ip *ip)
{
	static const uint8_t all4[4] = { 224, 0, 0, 1 };
	static const uint8_t all6[14] = { [13] = 1 };

	if (ip->family == 4)
		return !memcmp(ip->at, all4, 4);
	return ip->at[0] == 0xff && (ip->at[1] == 1 || ip->at[1] == 2) &&
	       !memcmp(ip->at + 2, all6, 14);
}

static struct joined *find_joined(struct ifc *ifc, const struct ip *ip)
{
	size_t i;

	for (i = 0; i < ifc->n_joined; i++) {
		if (tl_ip_equal(&ifc->joined[i].ip, ip))
			return &ifc->joined[i];
	}
	return NULL;
}

bool tl_ifc_has_group(const struct ifc *ifc, const struct ip *ip)
{
	size_t i;

	if (is_all_nodes(ip))
		return true;
	for (i = 0; i < ifc->n_joined; i++) {
		if (tl_ip_equal(&ifc->joined[i].ip, ip))
			return true;
	}
	if (ip->family == 4)
		return false;
	for (i = 0; i < ifc->n_addresses; i++) {
		if (ifc->addresses[i].family == 6 &&
		    is_solicited_node(ip->at, ifc->addresses[i].ip))
			return true;
	}
	return is_solicited_node(ip->at, ifc->link_local);
}

int tl_lwip_accept4(struct netif *netif, const ip4_addr_t *dest)
{
	struct ip ip = tl_ip(4, (const uint8_t *)&dest->addr);

	return tl_ifc_has(netif->state, &ip) ||
	       tl_ifc_is_broadcast(netif->state, &ip);
}

int tl_lwip_accept6(struct netif *netif, const ip6_addr_t *dest)
{
	struct ip ip = tl_ip(6, (const uint8_t *)dest->addr);

	return tl_ifc_has_group(netif->state, &ip);
}

static err_t netif_start(struct netif *netif)
{
	netif->name[0] = 'z';
	netif->name[1] = 't';
	netif->output = tl_output_ip4;
	netif->output_ip6 = tl_output_ip6;
	netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_LINK_UP;
	NETIF_SET_CHECKSUM_CTRL(netif, NETIF_SUMS);
	return ERR_OK;
}

/* Frames come through tl_ifc_input() only. */
static err_t netif_no_input(struct pbuf *p, struct netif *netif)
{
	(void)netif;
	pbuf_free(p);
	return ERR_OK;
}

/* Not by lwIP's functions, which abort connections of an address set anew. */
static void set_ip6(struct netif *netif, size_t slot, const uint8_t ip[16])
{
	ip6_addr_t a = { 0 };

	memcpy(a.addr, ip, 16);
	ip6_addr_assign_zone(&a, IP6_UNICAST, netif);
	ip_addr_copy_from_ip6(netif->ip6_addr[slot], a);
	netif->ip6_addr_state[slot] = IP6_ADDR_PREFERRED;
}

static void make_link_local(struct ifc *ifc)
{
	const uint8_t *mac = ifc->config.mac;
	uint8_t ip[16] = { 0xfe, 0x80, [11] = 0xff, 0xfe };

	memcpy(ip + 8, mac, 3);
	ip[8] ^= 2;
	memcpy(ip + 13, mac + 3, 3);
	memcpy(ifc->link_local, ip, 16);
}

static size_t count_ifcs(void)
{
	size_t n = 0;

	tl_list_each(it, next, &tl_stack.ifcs)
		n++;
	return n;
}

int tl_ifc_new(struct ifc **ifcp, const struct ifc_config *config)
{
	struct ifc *ifc;

	tl_assert(tl_stack.running);
	if (config->mtu < IFC_MTU_MIN || config->mtu > IFC_MTU_MAX)
		return -EINVAL;
	if (count_ifcs() >= IFCS_MAX)
		return -ENFILE;
	ifc = tl_alloc_zeroed(sizeof(*ifc));
	if (!ifc)
		return -ENOMEM;
	ifc->config = *config;
	ifc->config.name[sizeof(ifc->config.name) - 1] = 0;
	tl_list_init(&ifc->looped);
	tl_list_init(&ifc->entries);
	make_link_local(ifc);
	netif_add(&ifc->netif, NULL, NULL, NULL, ifc, netif_start,
		  netif_no_input);
	ifc->netif.mtu = (u16_t)config->mtu;
	netif_set_up(&ifc->netif);
	set_ip6(&ifc->netif, 0, ifc->link_local);
	tl_list_append(&tl_stack.ifcs, &ifc->link);
	*ifcp = ifc;
	return 0;
}

/* Unlike those of lwIP's lists, connections of ours may have any address. */
static void abort_connections(const struct ifc *ifc, const struct ip *ip)
{
	const void *local;
	struct tcp_pcb *pcb;
	struct tcp_pcb *next;
	struct ip a;

	for (pcb = tcp_active_pcbs; pcb; pcb = next) {
		next = pcb->next;
		if (pcb->netif_idx != NETIF_NO_INDEX &&
		    pcb->netif_idx != netif_get_index(&ifc->netif))
			continue;
		local = ip_2_ip6(&pcb->local_ip)->addr;
		a = tl_ip(IP_IS_V6_VAL(pcb->local_ip) ? 6 : 4, local);
		if (!tl_ip_equal(&a, ip))
			continue;
		tcp_abort(pcb);
		/* Its callbacks may have changed the list. */
		next = tcp_active_pcbs;
	}
}

static bool is_in(const struct ifc_address *list, size_t n, const struct ip *ip)
{
	struct ip a;
	size_t i;

	for (i = 0; i < n; i++) {
		a = tl_ip(list[i].family, list[i].ip);
		if (tl_ip_equal(&a, ip))
			return true;
	}
	return false;
}

static void tell_lwip(struct ifc *ifc)
{
	ip4_addr_t mask = { 0 };
	ip4_addr_t ip = { 0 };
	const struct ifc_address *a;
	uint32_t bits;
	size_t slot = 1;
	size_t i;

	for (i = 0; i < ifc->n_addresses; i++) {
		a = &ifc->addresses[i];
		if (a->family == 6) {
			set_ip6(&ifc->netif, slot++, a->ip);
		} else if (!ip.addr) {
			bits = a->bits ? UINT32_MAX << (32U - a->bits) : 0;
			/* Two hosts have no broadcast (RFC 3021). */
			if (a->bits == 31)
				bits = UINT32_MAX;
			memcpy(&ip.addr, a->ip, 4);
			mask.addr = lwip_htonl(bits);
		}
	}
	for (; slot < LWIP_IPV6_NUM_ADDRESSES; slot++)
		ifc->netif.ip6_addr_state[slot] = IP6_ADDR_INVALID;
	ip4_addr_copy(*ip_2_ip4(&ifc->netif.ip_addr), ip);
	ip4_addr_copy(*ip_2_ip4(&ifc->netif.netmask), mask);
	IP_SET_TYPE_VAL(ifc->netif.ip_addr, IPADDR_TYPE_V4);
	IP_SET_TYPE_VAL(ifc->netif.netmask, IPADDR_TYPE_V4);
}

static void replace_addresses(struct ifc *ifc, const struct ifc_address *list,
			      size_t n)
{
	struct ifc_address old[IFC_MAX_ADDRESSES];
	size_t n_old = ifc->n_addresses;
	struct ip ip;
	size_t i;

	memcpy(old, ifc->addresses, sizeof(old));
	for (i = 0; i < n_old; i++) {
		ip = tl_ip(old[i].family, old[i].ip);
		if (!is_in(list, n, &ip))
			abort_connections(ifc, &ip);
	}
	if (n)
		memcpy(ifc->addresses, list, n * sizeof(*list));
	ifc->n_addresses = n;
	tell_lwip(ifc);
}

static void free_looped(struct ifc *ifc)
{
	struct packet *p;

	while ((p = tl_list_first(&ifc->looped, struct packet, link))) {
		tl_list_remove(&p->link);
		tl_packet_free(p);
	}
}

void tl_ifc_free(struct ifc *ifc)
{
	struct ip ip;

	if (!ifc)
		return;
	tl_gro_flush();
	replace_addresses(ifc, NULL, 0);
	ip = tl_ip(6, ifc->link_local);
	abort_connections(ifc, &ip);
	tl_neighbour_flush(ifc);
	netif_remove(&ifc->netif);
	free_looped(ifc);
	tl_list_remove(&ifc->link);
	tl_free(ifc);
}

static bool is_host_address(const struct ifc_address *a)
{
	struct ip ip;

	if (a->family != 4 && a->family != 6)
		return false;
	if (a->bits > (a->family == 4 ? 32 : 128))
		return false;
	ip = tl_ip(a->family, a->ip);
	return !is_any(&ip) && !tl_ip_is_multicast(&ip) &&
	       !(a->family == 4 && (ip.at[0] == 127 || ip.at[0] == 255));
}

static void groups_changed(struct ifc *ifc)
{
	if (ifc->config.ops->groups_changed)
		ifc->config.ops->groups_changed(ifc->config.ctx);
}

int tl_ifc_set_addresses(struct ifc *ifc, const struct ifc_address *list,
			 size_t n)
{
	size_t i;

	if (n > IFC_MAX_ADDRESSES)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		if (!is_host_address(&list[i]))
			return -EINVAL;
	}
	replace_addresses(ifc, list, n);
	groups_changed(ifc);
	return 0;
}

static bool is_route(const struct ifc_route *r)
{
	unsigned int max = r->target.family == 4 ? 32 : 128;

	if (r->target.family != 4 && r->target.family != 6)
		return false;
	if (r->target.bits > max)
		return false;
	return !r->via.family || r->via.family == r->target.family;
}

int tl_ifc_set_routes(struct ifc *ifc, const struct ifc_route *list, size_t n)
{
	size_t i;

	if (n > IFC_MAX_ROUTES)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		if (!is_route(&list[i]))
			return -EINVAL;
	}
	if (n)
		memcpy(ifc->routes, list, n * sizeof(*list));
	ifc->n_routes = n;
	return 0;
}

void tl_ifc_set_mtu(struct ifc *ifc, unsigned int mtu)
{
	mtu = TL_MIN(TL_MAX(mtu, (unsigned int)IFC_MTU_MIN),
		     (unsigned int)IFC_MTU_MAX);
	ifc->config.mtu = mtu;
	ifc->netif.mtu = (u16_t)mtu;
}

void tl_ifc_set_jumbo(struct ifc *ifc, bool may)
{
	ifc->may_jumbo = may;
}

int tl_ifc_join(struct ifc *ifc, uint8_t family, const uint8_t at[16])
{
	struct ip ip = tl_ip(family, at);
	struct joined *j = find_joined(ifc, &ip);

	if (!tl_ip_is_multicast(&ip))
		return -EINVAL;
	if (j) {
		j->count++;
		return 0;
	}
	if (ifc->n_joined >= IFC_MAX_JOINED)
		return -ENOBUFS;
	ifc->joined[ifc->n_joined++] = (struct joined){ .ip = ip, .count = 1 };
	groups_changed(ifc);
	return 0;
}

int tl_ifc_leave(struct ifc *ifc, uint8_t family, const uint8_t at[16])
{
	struct ip ip = tl_ip(family, at);
	struct joined *j = find_joined(ifc, &ip);

	if (!j)
		return -EADDRNOTAVAIL;
	if (--j->count)
		return 0;
	*j = ifc->joined[--ifc->n_joined];
	groups_changed(ifc);
	return 0;
}

/**
 * struct groups - Groups being listed, each once
 */
struct groups {
	struct ifc_group *out;
	size_t max;
	size_t n;
};

static void add_group(struct groups *g, const uint8_t mac[6], uint32_t adi)
{
	size_t i;

	for (i = 0; i < g->n; i++) {
		if (!memcmp(g->out[i].mac, mac, 6) && g->out[i].adi == adi)
			return;
	}
	if (g->n >= g->max)
		return;
	memcpy(g->out[g->n].mac, mac, 6);
	g->out[g->n++].adi = adi;
}

static void add_solicited_node(struct groups *g, const uint8_t ip[16])
{
	uint8_t mac[6] = { 0x33, 0x33, 0xff, ip[13], ip[14], ip[15] };

	add_group(g, mac, 0);
}

static void add_joined(struct groups *g, const struct ip *ip)
{
	const uint8_t *at = ip->at;
	uint8_t mac4[6] = { 0x01, 0x00, 0x5e, at[1] & 0x7f, at[2], at[3] };
	uint8_t mac6[6] = { 0x33, 0x33, at[12], at[13], at[14], at[15] };

	add_group(g, ip->family == 4 ? mac4 : mac6, 0);
}

size_t tl_ifc_groups(const struct ifc *ifc, struct ifc_group *out, size_t max)
{
	static const uint8_t everybody[6] = { 255, 255, 255, 255, 255, 255 };
	static const uint8_t all_nodes[6] = { 0x33, 0x33, 0, 0, 0, 1 };
	struct groups g = { .out = out, .max = max };
	const struct ifc_address *a;
	size_t i;

	add_group(&g, all_nodes, 0);
	add_solicited_node(&g, ifc->link_local);
	for (i = 0; i < ifc->n_addresses; i++) {
		a = &ifc->addresses[i];
		if (a->family == 6)
			add_solicited_node(&g, a->ip);
		else
			add_group(&g, everybody, tl_load_be32(a->ip));
	}
	for (i = 0; i < ifc->n_joined; i++)
		add_joined(&g, &ifc->joined[i].ip);
	return g.n;
}

struct netif *tl_ifc_netif(struct ifc *ifc)
{
	return &ifc->netif;
}

struct ifc *tl_ifc_of_netif(struct netif *netif)
{
	return netif ? netif->state : NULL;
}

const struct ifc_config *tl_ifc_config(const struct ifc *ifc)
{
	return &ifc->config;
}

uint8_t tl_ifc_number(const struct ifc *ifc)
{
	return ifc->netif.num + 1;
}

size_t tl_ifc_addresses(const struct ifc *ifc, struct ifc_address *out,
			size_t max)
{
	struct ifc_address own = { .family = 6, .bits = 64 };
	size_t i;

	memcpy(own.ip, ifc->link_local, sizeof(own.ip));
	for (i = 0; i < max && i < 1 + ifc->n_addresses; i++)
		out[i] = i == 0 ? own : ifc->addresses[i - 1];
	return 1 + ifc->n_addresses;
}

void tl_ifc_send(struct ifc *ifc, const uint8_t dst[6], uint16_t ethertype,
		 struct packet *p)
{
	ifc->config.ops->output(ifc->config.ctx, dst, ifc->config.mac,
				ethertype, p);
}

enum drop tl_ifc_input(struct ifc *ifc, const uint8_t dst[6],
		       const uint8_t src[6], uint16_t ethertype,
		       struct buffer payload)
{
	if (payload.n > IFC_MTU_MAX)
		return tl_stack_drop(DROP_TOO_LONG);
	if (!(dst[0] & 1) && memcmp(dst, ifc->config.mac, 6))
		return tl_stack_drop(DROP_NO_RECIPIENT);
	if ((src[0] & 1) || !memcmp(src, ifc->config.mac, 6))
		return tl_stack_drop(DROP_BAD_FRAME);
	return tl_stack_drop(tl_rx_input(ifc, ethertype, payload, false, src));
}
