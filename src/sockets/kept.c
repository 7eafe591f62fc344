/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/kept.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

/* Without groups, and each of these. */
#define HEAD_LEN 144
#define GROUP_LEN (8 + RPC_ADDR_LEN)

static_assert(HEAD_LEN + KEPT_GROUPS_MAX * GROUP_LEN <= KEEP_BLOB_MAX,
	      "every socket fits");

static void write_int(struct writer *w, int32_t v)
{
	tl_write_be32(w, (uint32_t)v);
}

static int32_t read_int(struct reader *r)
{
	uint32_t v = tl_read_be32(r);
	int32_t out;

	memcpy(&out, &v, sizeof(out));
	return out;
}

static void write_options(struct writer *w, const struct kept_socket *k)
{
	tl_write_u8(w, k->ttl);
	tl_write_u8(w, k->tos);
	tl_write_u8(w, k->mcast_ttl);
	write_int(w, k->linger);
	write_int(w, k->keep_idle_s);
	write_int(w, k->keep_interval_s);
	write_int(w, k->keep_count);
	write_int(w, k->mss);
	write_int(w, k->user_timeout_ms);
	write_int(w, k->defer_accept_s);
	tl_write_u8(w, k->mtu_discover);
	tl_write_u8(w, k->mtu_discover6);
}

static void read_options(struct reader *r, struct kept_socket *k)
{
	k->ttl = tl_read_u8(r);
	k->tos = tl_read_u8(r);
	k->mcast_ttl = tl_read_u8(r);
	k->linger = read_int(r);
	k->keep_idle_s = read_int(r);
	k->keep_interval_s = read_int(r);
	k->keep_count = read_int(r);
	k->mss = read_int(r);
	k->user_timeout_ms = read_int(r);
	k->defer_accept_s = read_int(r);
	k->mtu_discover = tl_read_u8(r);
	k->mtu_discover6 = tl_read_u8(r);
}

void tl_kept_build(struct writer *w, const struct kept_socket *k)
{
	size_t i;

	tl_write_u8(w, KEPT_VERSION);
	tl_write_u8(w, k->kind);
	if (k->kind == KEPT_ENDPOINT) {
		tl_write_u8(w, k->endpoint);
		return;
	}
	tl_write_be32(w, k->uid);
	tl_write_be32(w, k->user);
	tl_write_be32(w, k->tag);
	tl_write_be32(w, k->flags);
	tl_rpc_write_addr(w, &k->local);
	tl_rpc_write_addr(w, &k->remote);
	tl_write_be64(w, k->network);
	tl_write_be64(w, k->scope);
	tl_write_be64(w, k->device);
	write_options(w, k);
	tl_write_be16(w, k->backlog);
	tl_write_be64(w, k->out);
	tl_rpc_write_addr(w, &k->out_address);
	tl_write_u8(w, (uint8_t)k->n_groups);
	for (i = 0; i < k->n_groups; i++) {
		tl_write_be64(w, k->groups[i].network);
		tl_rpc_write_addr(w, &k->groups[i].group);
	}
}

static void read_groups(struct reader *r, struct kept_socket *k)
{
	size_t i;

	k->n_groups = tl_read_u8(r);
	if (k->n_groups > KEPT_GROUPS_MAX) {
		tl_reader_fail(r);
		k->n_groups = 0;
	}
	for (i = 0; i < k->n_groups; i++) {
		k->groups[i].network = tl_read_be64(r);
		k->groups[i].group = tl_rpc_read_addr(r);
	}
}

static void read_socket(struct reader *r, struct kept_socket *k)
{
	k->uid = tl_read_be32(r);
	k->user = tl_read_be32(r);
	k->tag = tl_read_be32(r);
	k->flags = tl_read_be32(r);
	k->local = tl_rpc_read_addr(r);
	k->remote = tl_rpc_read_addr(r);
	k->network = tl_read_be64(r);
	k->scope = tl_read_be64(r);
	k->device = tl_read_be64(r);
	read_options(r, k);
	k->backlog = tl_read_be16(r);
	k->out = tl_read_be64(r);
	k->out_address = tl_rpc_read_addr(r);
	read_groups(r, k);
}

static bool in_range(int32_t v, int32_t min, int32_t max)
{
	return v >= min && v <= max;
}

/* The ranges of socket_option.c. */
static bool has_fit_options(const struct kept_socket *k)
{
	return k->ttl > 0 && k->linger >= -1 &&
	       in_range(k->keep_idle_s, 1, 32767) &&
	       in_range(k->keep_interval_s, 1, 32767) &&
	       in_range(k->keep_count, 1, 127) &&
	       (k->mss == 0 || in_range(k->mss, 88, 32767)) &&
	       k->user_timeout_ms >= 0 && k->defer_accept_s >= 0 &&
	       k->mtu_discover <= IP_PMTUDISC_OMIT &&
	       k->mtu_discover6 <= IPV6_PMTUDISC_OMIT;
}

static bool has_fit_groups(const struct kept_socket *k)
{
	size_t i;

	for (i = 0; i < k->n_groups; i++) {
		const struct rpc_addr *g = &k->groups[i].group;

		if (!(g->family == 4 && (g->ip[0] & 0xf0) == 0xe0) &&
		    !(g->family == 6 && g->ip[0] == 0xff))
			return false;
	}
	return k->n_groups == 0 || k->kind == KEPT_UDP;
}

static bool is_of_family(const struct kept_socket *k, const struct rpc_addr *a)
{
	if (a->family == 4)
		return !(k->tag & TAG_DOMAIN6) || !(k->tag & TAG_V6ONLY);
	return a->family == 6 && (k->tag & TAG_DOMAIN6);
}

static bool has_fit_addresses(const struct kept_socket *k)
{
	if (!is_of_family(k, &k->local) || k->local.port == 0)
		return false;
	if (!(k->flags & KEPT_CONNECTED))
		return k->remote.family == 0;
	return k->kind == KEPT_UDP && is_of_family(k, &k->remote);
}

static bool is_fit(const struct kept_socket *k)
{
	bool is_udp = (k->tag & TAG_DGRAM) != 0;

	if (k->kind != KEPT_LISTENER && k->kind != KEPT_UDP)
		return false;
	if ((k->tag & TAG_MAGIC_MASK) != TAG_MAGIC || (k->tag & TAG_ICMP) ||
	    is_udp != (k->kind == KEPT_UDP) || k->flags > KEPT_FLAGS_ALL)
		return false;
	if (is_udp ? k->backlog != 0
		   : k->backlog == 0 || k->backlog > KEPT_BACKLOG_MAX)
		return false;
	return has_fit_addresses(k) && has_fit_options(k) && has_fit_groups(k);
}

int tl_kept_parse(struct kept_socket *out, struct bytes blob)
{
	struct reader r = tl_reader(blob);
	struct kept_socket k = { 0 };
	uint8_t version = tl_read_u8(&r);

	if (tl_reader_ok(&r) && version != KEPT_VERSION)
		return -EPROTONOSUPPORT;
	k.kind = tl_read_u8(&r);
	if (k.kind == KEPT_ENDPOINT)
		k.endpoint = tl_read_u8(&r);
	else
		read_socket(&r, &k);
	if (!tl_reader_done(&r) || (k.kind != KEPT_ENDPOINT && !is_fit(&k)))
		return -EBADMSG;
	*out = k;
	return 0;
}
