/* SPDX-License-Identifier: Apache-2.0 */
/* net.c - networks, and the node's addresses in them */
#include "sdk/libzt/zts.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

int zts_net_join(uint64_t net_id)
{
	return tl_zts_error(zt_join(net_id));
}

int zts_net_leave(uint64_t net_id)
{
	return tl_zts_error(zt_leave(net_id));
}

int zts_net_transport_is_ready(uint64_t net_id)
{
	return zt_network_status(net_id) == ZT_NETWORK_READY;
}

/* vl2.md 2.6 */
uint64_t zts_net_compute_adhoc_id(uint16_t start_port, uint16_t end_port)
{
	return UINT64_C(0xff) << 56 | (uint64_t)start_port << 40 |
	       (uint64_t)end_port << 24;
}

uint64_t zts_net_get_mac(uint64_t net_id)
{
	struct network_view *v;
	uint64_t mac = 0;
	int i;

	if (tl_zts_network(&v, net_id) != ZTS_ERR_OK)
		return 0;
	for (i = 0; i < MAC_LEN; i++)
		mac = mac << 8 | v->mac.b[i];
	tl_free(v);
	return mac;
}

int zts_net_get_mac_str(uint64_t net_id, char *dst, unsigned int len)
{
	struct network_view *v;
	int r;

	if (!dst || len < ZTS_MAC_ADDRSTRLEN)
		return ZTS_ERR_ARG;
	r = tl_zts_network(&v, net_id);
	if (r == ZTS_ERR_OK)
		tl_mac_print(dst, v->mac);
	tl_free(v);
	return r;
}

int zts_net_get_name(uint64_t net_id, char *dst, unsigned int len)
{
	struct network_view *v;
	int r;

	if (!dst || !len)
		return ZTS_ERR_ARG;
	r = tl_zts_network(&v, net_id);
	if (r == ZTS_ERR_OK)
		snprintf(dst, len, "%s", v->name);
	tl_free(v);
	return r;
}

/* A number of a network. */
static int number(uint64_t net_id, int (*of)(const struct network_view *v))
{
	struct network_view *v;
	int r = tl_zts_network(&v, net_id);

	if (r == ZTS_ERR_OK)
		r = of(v);
	tl_free(v);
	return r;
}

static int broadcast_of(const struct network_view *v)
{
	return v->has_broadcast;
}

int zts_net_get_broadcast(uint64_t net_id)
{
	return number(net_id, broadcast_of);
}

static int mtu_of(const struct network_view *v)
{
	return (int)v->mtu;
}

int zts_net_get_mtu(uint64_t net_id)
{
	return number(net_id, mtu_of);
}

int zts_net_get_status(uint64_t net_id)
{
	return number(net_id, tl_zts_status_of);
}

static int type_of(const struct network_view *v)
{
	return v->is_public ? ZTS_NETWORK_TYPE_PUBLIC
			    : ZTS_NETWORK_TYPE_PRIVATE;
}

int zts_net_get_type(uint64_t net_id)
{
	return number(net_id, type_of);
}

/* 4, 6, or 0. */
static uint8_t family_of(unsigned int family)
{
	return family == ZTS_AF_INET ? 4 : family == ZTS_AF_INET6 ? 6 : 0;
}

int zts_route_is_assigned(uint64_t net_id, unsigned int family)
{
	struct network_view *v;
	int r;
	size_t i;

	if (!family_of(family))
		return ZTS_ERR_ARG;
	r = tl_zts_network(&v, net_id);
	if (r == ZTS_ERR_OK) {
		for (i = 0; i < v->n_routes; i++)
			r |= v->routes[i].target.family == family_of(family);
	}
	tl_free(v);
	return r;
}

/* The first address of the family. */
static int find(struct endpoint *out, uint64_t net_id, unsigned int family)
{
	struct network_view *v;
	int r;
	size_t i;

	if (!family_of(family))
		return ZTS_ERR_ARG;
	r = tl_zts_network(&v, net_id);
	if (r != ZTS_ERR_OK)
		return r;
	r = ZTS_ERR_NO_RESULT;
	for (i = 0; i < v->n_addresses && r != ZTS_ERR_OK; i++) {
		if (v->addresses[i].family != family_of(family))
			continue;
		*out = v->addresses[i];
		out->port = 0;
		r = ZTS_ERR_OK;
	}
	tl_free(v);
	return r;
}

int zts_addr_is_assigned(uint64_t net_id, unsigned int family)
{
	struct endpoint e;
	int r = find(&e, net_id, family);

	if (r == ZTS_ERR_OK)
		return 1;
	return r == ZTS_ERR_NO_RESULT ? 0 : r;
}

int zts_addr_get(uint64_t net_id, unsigned int family,
		 struct zts_sockaddr_storage *addr)
{
	struct endpoint e;
	int r = addr ? find(&e, net_id, family) : ZTS_ERR_ARG;

	if (r == ZTS_ERR_OK)
		tl_zts_from_endpoint(addr, &e);
	return r;
}

/* In ZTS_IP_MAX_STR_LEN characters. */
static int print(char *dst, unsigned int len, const struct endpoint *e)
{
	struct zts_sockaddr_storage a;

	if (!dst || len < ZTS_IP_MAX_STR_LEN)
		return ZTS_ERR_ARG;
	tl_zts_from_endpoint(&a, e);
	return zts_util_ntop((struct zts_sockaddr *)&a, sizeof(a), dst,
			     ZTS_IP_MAX_STR_LEN, NULL);
}

int zts_addr_get_str(uint64_t net_id, unsigned int family, char *dst,
		     unsigned int len)
{
	struct endpoint e;
	int r;

	if (!dst || len < ZTS_IP_MAX_STR_LEN)
		return ZTS_ERR_ARG;
	r = find(&e, net_id, family);
	return r == ZTS_ERR_OK ? print(dst, len, &e) : r;
}

int zts_addr_get_all(uint64_t net_id, struct zts_sockaddr_storage *addr,
		     unsigned int *count)
{
	struct network_view *v;
	size_t n;
	size_t i;
	int r;

	if (!addr || !count)
		return ZTS_ERR_ARG;
	r = tl_zts_network(&v, net_id);
	if (r != ZTS_ERR_OK)
		return r;
	n = TL_MIN(v->n_addresses, (size_t)*count);
	for (i = 0; i < n; i++) {
		v->addresses[i].port = 0;
		tl_zts_from_endpoint(&addr[i], &v->addresses[i]);
	}
	*count = (unsigned int)n;
	tl_free(v);
	return ZTS_ERR_OK;
}

typedef void (*spell_fn)(uint8_t out[16], struct network_id net,
			 struct address member);

static struct endpoint spell(spell_fn fn, uint64_t net_id, uint64_t node_id)
{
	struct endpoint e = { .family = 6 };

	fn(e.ip, (struct network_id){ net_id }, (struct address){ node_id });
	return e;
}

int zts_addr_compute_6plane(uint64_t net_id, uint64_t node_id,
			    struct zts_sockaddr_storage *addr)
{
	struct endpoint e = spell(tl_ip6_6plane, net_id, node_id);

	if (!addr || !net_id || !node_id)
		return ZTS_ERR_ARG;
	tl_zts_from_endpoint(addr, &e);
	return ZTS_ERR_OK;
}

int zts_addr_compute_rfc4193(uint64_t net_id, uint64_t node_id,
			     struct zts_sockaddr_storage *addr)
{
	struct endpoint e = spell(tl_ip6_rfc4193, net_id, node_id);

	if (!addr || !net_id || !node_id)
		return ZTS_ERR_ARG;
	tl_zts_from_endpoint(addr, &e);
	return ZTS_ERR_OK;
}

int zts_addr_compute_6plane_str(uint64_t net_id, uint64_t node_id, char *dst,
				unsigned int len)
{
	struct endpoint e = spell(tl_ip6_6plane, net_id, node_id);

	return net_id && node_id ? print(dst, len, &e) : ZTS_ERR_ARG;
}

int zts_addr_compute_rfc4193_str(uint64_t net_id, uint64_t node_id, char *dst,
				 unsigned int len)
{
	struct endpoint e = spell(tl_ip6_rfc4193, net_id, node_id);

	return net_id && node_id ? print(dst, len, &e) : ZTS_ERR_ARG;
}
