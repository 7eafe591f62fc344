/* SPDX-License-Identifier: Apache-2.0 */
/* core.c - details of networks and peers, one by one */
#include "sdk/libzt/zts.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

int zts_core_lock_obtain(void)
{
	return tl_zts_is_up() ? ZTS_ERR_OK : ZTS_ERR_SERVICE;
}

int zts_core_lock_release(void)
{
	return zts_core_lock_obtain();
}

int zts_stats_get_all(zts_stats_counter_t *dst)
{
	return dst ? ZTS_ERR_NO_RESULT : ZTS_ERR_ARG;
}

/* "IP" or, @with_number, "IP/number". */
static int print(char *dst, unsigned int len, const struct endpoint *e,
		 bool with_number)
{
	char text[ENDPOINT_TEXT_SIZE];
	int n;

	if (!dst)
		return ZTS_ERR_ARG;
	if (tl_endpoint_is_nil(e))
		text[0] = '\0';
	else if (with_number)
		tl_endpoint_print(text, e);
	else
		tl_endpoint_print_ip(text, e);
	n = snprintf(dst, len, "%s", text);
	return n < 0 || (unsigned int)n >= len ? ZTS_ERR_ARG : ZTS_ERR_OK;
}

/* The network, if it has more than @idx of what @n counts. */
static int find(struct network_view **v, uint64_t net_id, unsigned int idx,
		size_t (*count)(const struct network_view *v))
{
	int r = tl_zts_network(v, net_id);

	if (r != ZTS_ERR_OK || idx < count(*v))
		return r;
	tl_free(*v);
	*v = NULL;
	return ZTS_ERR_NO_RESULT;
}

static int count_of(uint64_t net_id,
		    size_t (*count)(const struct network_view *v))
{
	struct network_view *v;
	int r = tl_zts_network(&v, net_id);

	if (r == ZTS_ERR_OK)
		r = (int)count(v);
	tl_free(v);
	return r;
}

static size_t n_addresses(const struct network_view *v)
{
	return v->n_addresses;
}

static size_t n_routes(const struct network_view *v)
{
	return v->n_routes;
}

static size_t n_groups(const struct network_view *v)
{
	return v->n_groups;
}

int zts_core_query_addr_count(uint64_t net_id)
{
	return count_of(net_id, n_addresses);
}

int zts_core_query_route_count(uint64_t net_id)
{
	return count_of(net_id, n_routes);
}

int zts_core_query_mc_count(uint64_t net_id)
{
	return count_of(net_id, n_groups);
}

int zts_core_query_addr(uint64_t net_id, unsigned int idx, char *addr,
			unsigned int len)
{
	struct network_view *v;
	int r = find(&v, net_id, idx, n_addresses);

	if (r == ZTS_ERR_OK)
		r = print(addr, len, &v->addresses[idx], false);
	tl_free(v);
	return r;
}

int zts_core_query_route(uint64_t net_id, unsigned int idx, char *target,
			 char *via, unsigned int len, uint16_t *flags,
			 uint16_t *metric)
{
	struct network_view *v;
	int r;

	if (!flags || !metric)
		return ZTS_ERR_ARG;
	r = find(&v, net_id, idx, n_routes);
	if (r == ZTS_ERR_OK)
		r = print(target, len, &v->routes[idx].target, true);
	if (r == ZTS_ERR_OK)
		r = print(via, len, &v->routes[idx].via, false);
	if (r == ZTS_ERR_OK) {
		*flags = v->routes[idx].flags;
		*metric = v->routes[idx].metric;
	}
	tl_free(v);
	return r;
}

int zts_core_query_mc(uint64_t net_id, unsigned int idx, uint64_t *mac,
		      uint32_t *adi)
{
	struct network_view *v;
	int r;
	int i;

	if (!mac || !adi)
		return ZTS_ERR_ARG;
	r = find(&v, net_id, idx, n_groups);
	if (r == ZTS_ERR_OK) {
		*mac = 0;
		for (i = 0; i < MAC_LEN; i++)
			*mac = *mac << 8 | v->groups[idx].mac.b[i];
		*adi = v->groups[idx].adi;
	}
	tl_free(v);
	return r;
}

int zts_core_query_path_count(uint64_t peer_id)
{
	struct peer_view *v;
	int r = tl_zts_peer(&v, peer_id);

	if (r == ZTS_ERR_OK)
		r = (int)v->n_paths;
	tl_free(v);
	return r;
}

int zts_core_query_path(uint64_t peer_id, unsigned int idx, char *dst,
			unsigned int len)
{
	struct peer_view *v;
	int r = tl_zts_peer(&v, peer_id);

	if (r == ZTS_ERR_OK && idx >= v->n_paths)
		r = ZTS_ERR_NO_RESULT;
	if (r == ZTS_ERR_OK)
		r = print(dst, len, &v->paths[idx].remote, true);
	tl_free(v);
	return r;
}
