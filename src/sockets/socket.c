/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket.c - one socket: how it is made, named and given up
 */
#include "sockets/socket_impl.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lwip/err.h"

#include "base/alloc.h"

/* Names are unguessable enough that a few tries find a free one. */
#define NAME_TRIES 4

void tl_socket_random(struct sockets *s, void *out, size_t n)
{
	s->config.random(s->config.ctx, tl_buffer(out, n));
}

void tl_socket_mark(struct socket *k)
{
	if (k->gone)
		return;
	tl_list_remove(&k->dirty);
	tl_list_append(&k->owner->dirty, &k->dirty);
}

void tl_socket_starve(struct socket *k)
{
	k->owner->counts.starved++;
	tl_list_remove(&k->starved);
	tl_list_append(&k->owner->starved, &k->starved);
}

void tl_socket_answer(struct rpc_call *call, int error)
{
	struct rpc_reply reply = { .status = (uint32_t)error };

	tl_rpc_reply(call, &reply);
}

void tl_socket_answer_names(struct rpc_call *call, const struct socket *k,
			    int error)
{
	struct rpc_reply reply = { .status = (uint32_t)error,
				   .local = k->local,
				   .remote = k->remote };

	tl_rpc_reply(call, &reply);
}

int tl_socket_errno(int err)
{
	switch (err) {
	case ERR_OK:
		return 0;
	case ERR_MEM:
	case ERR_BUF:
		return ENOBUFS;
	case ERR_RTE:
		return ENETUNREACH;
	case ERR_USE:
		return EADDRINUSE;
	case ERR_ISCONN:
		return EISCONN;
	case ERR_RST:
		return ECONNRESET;
	case ERR_ABRT:
		return ECONNABORTED;
	default:
		return EINVAL;
	}
}

void tl_socket_to_ip(ip_addr_t *out, const struct rpc_addr *a)
{
	memset(out, 0, sizeof(*out));
	if (a->family == 6) {
		memcpy(ip_2_ip6(out)->addr, a->ip, 16);
		if (tl_addr_is_link_local(a))
			ip6_addr_set_zone(ip_2_ip6(out), a->ifc);
		IP_SET_TYPE(out, IPADDR_TYPE_V6);
	} else {
		memcpy(&ip_2_ip4(out)->addr, a->ip, 4);
		IP_SET_TYPE(out, IPADDR_TYPE_V4);
	}
}

struct rpc_addr tl_socket_from_ip(const ip_addr_t *ip, uint16_t port)
{
	struct rpc_addr a = { .port = port };

	if (IP_IS_V6_VAL(*ip)) {
		a.family = 6;
		memcpy(a.ip, ip_2_ip6(ip)->addr, 16);
		if (tl_addr_is_link_local(&a))
			a.ifc = ip6_addr_zone(ip_2_ip6(ip));
	} else {
		a.family = 4;
		memcpy(a.ip, &ip_2_ip4(ip)->addr, 4);
	}
	return a;
}

uint8_t tl_socket_ip_type(const struct socket *k)
{
	if (!tl_socket_is_v6(k))
		return IPADDR_TYPE_V4;
	return k->tag & TAG_V6ONLY ? IPADDR_TYPE_V6 : IPADDR_TYPE_ANY;
}

void tl_socket_local_ip(ip_addr_t *out, const struct socket *k)
{
	if (k->local.family != 0 && !tl_addr_is_any(&k->local)) {
		tl_socket_to_ip(out, &k->local);
		return;
	}
	memset(out, 0, sizeof(*out));
	/* 0.0.0.0 on a socket of AF_INET6 takes IPv4 only. */
	if (k->local.family == 4)
		IP_SET_TYPE(out, IPADDR_TYPE_V4);
	else
		IP_SET_TYPE(out, tl_socket_ip_type(k));
}

void tl_socket_read_native(struct socket *k, int app)
{
	k->opt.reuse = tl_end_option(app, SOL_SOCKET, SO_REUSEADDR, 0);
	k->opt.keepalive = tl_end_option(app, SOL_SOCKET, SO_KEEPALIVE, 0);
	k->opt.linger = tl_end_linger(app);
}

int tl_socket_name(struct socket *k, enum name_kind kind)
{
	struct rpc_name name = { .kind = kind,
				 .local = k->local,
				 .remote = k->remote };
	int tries;
	int err = 0;

	for (tries = 0; !k->named && tries < NAME_TRIES; tries++) {
		name.unique = k->owner->unique++;
		err = tl_end_bind(k->watch.fd, &name);
		if (!err)
			k->named = true;
		else if (err != -EADDRINUSE)
			break;
		else
			tl_socket_random(k->owner, &k->owner->unique,
					 sizeof(k->owner->unique));
	}
	return err;
}

static void on_watch(void *ctx, uint32_t events)
{
	struct socket *k = ctx;

	if (k->state == SOCKET_UDP)
		tl_socket_udp_on_watch(k, events);
	else if (k->state == SOCKET_LISTENING)
		tl_listen_on_watch(k, events);
	else
		tl_tcp_on_watch(k, events);
}

struct socket *tl_socket_make(struct sockets *s, uint32_t uid, uint32_t user,
			      uint32_t tag)
{
	struct socket *k;

	if (s->counts.sockets >= SOCKETS_MAX ||
	    !tl_quota_take(&s->quota, user, QUOTA_SOCKETS))
		return NULL;
	k = tl_alloc_zeroed(sizeof(*k));
	if (!k) {
		tl_quota_give(&s->quota, user, QUOTA_SOCKETS);
		return NULL;
	}
	s->counts.sockets++;
	k->owner = s;
	k->uid = uid;
	k->user = user;
	k->tag = tag;
	k->watch = (struct watch){ .fd = -1, .fn = on_watch, .ctx = k };
	k->opt = (struct socket_options){ .ttl = 64,
					  .mcast_ttl = 1,
					  .linger = -1,
					  .mtu_discover = IP_PMTUDISC_WANT,
					  .mtu_discover6 = IPV6_PMTUDISC_WANT,
					  .keep_idle_s = 7200,
					  .keep_interval_s = 75,
					  .keep_count = 9 };
	k->hold.app = -1;
	tl_list_init(&k->hold.link);
	k->host.fd = -1;
	k->host.watch.fd = -1;
	tl_list_init(&k->dirty);
	tl_list_init(&k->starved);
	tl_list_init(&k->tcp.waiting);
	tl_list_init(&k->listen.queue);
	tl_list_init(&k->listen.in_group);
	tl_list_init(&k->errors.queue);
	tl_ring_init(&k->tcp.rx, tl_quota_counter(&s->quota, user, 0));
	tl_ring_init(&k->tcp.tx, tl_quota_counter(&s->quota, user, 1));
	tl_list_append(&s->all, &k->link);
	if (tag & TAG_DGRAM)
		k->state = SOCKET_UDP;
	k->udp.bare = (tag & TAG_DGRAM) && (tag & TAG_BARE);
	return k;
}

int tl_socket_adopt(struct socket *k, int fd, uint64_t cookie)
{
	struct sockets *s = k->owner;
	int on = 1;
	int err;

	/* An urgent byte must not stop the stream, it is read as any other. */
	if (!(k->tag & TAG_DGRAM))
		(void)setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on));
	err = tl_map_insert(&s->by_cookie, &k->by_cookie,
			    tl_map_hash_u64(&s->by_cookie, cookie));
	if (err)
		return err;
	err = tl_poll_add(s->config.poll, &k->watch, fd,
			  k->state == SOCKET_UDP ? WATCH_IN : 0);
	if (err) {
		tl_map_remove(&s->by_cookie, &k->by_cookie);
		return err;
	}
	k->in_table = true;
	k->cookie = cookie;
	return 0;
}

void tl_socket_detach(struct socket *k)
{
	struct sockets *s = k->owner;
	int fd = k->watch.fd;

	if (k->in_table)
		tl_map_remove(&s->by_cookie, &k->by_cookie);
	k->in_table = false;
	tl_port_leave(k);
	if (fd < 0)
		return;
	tl_poll_del(s->config.poll, &k->watch);
	close(fd);
}

void tl_socket_drop(struct socket *k)
{
	struct sockets *s = k->owner;

	if (k->gone)
		return;
	tl_keep_forget(k);
	tl_resume_free(k);
	tl_tcp_free(k);
	tl_listen_free(k);
	tl_socket_udp_free(k);
	tl_mcast_free(k);
	tl_closed_free(k);
	tl_resolver_forget(k);
	tl_errors_free(k);
	tl_host_drop(k);
	tl_hold_drop(k);
	tl_socket_detach(k);
	tl_list_remove(&k->dirty);
	tl_list_remove(&k->starved);
	tl_list_remove(&k->link);
	tl_list_append(&s->dead, &k->link);
	k->gone = true;
	tl_quota_give(&s->quota, k->user, QUOTA_SOCKETS);
	s->counts.sockets--;
}
