/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_resume.c - go on with the sockets of an earlier worker
 *
 * Theory of operation
 *
 * The descriptors come from the keeper, each with what that worker has written
 * about its socket (kept.h). Programs notice nothing: what they have written
 * meanwhile lies in the kernel's queues, and what they were sent does, too. A
 * program that has closed its socket meanwhile is seen by the hang-up.
 *
 * What names a network that has no interface yet stays as a wish of the socket.
 * A socket that needs it, since it is bound to an address there, is not opened
 * before: its datagrams wait in the queue, and nobody can call it anyway.
 * Memberships of groups follow when they can.
 */
#include "sockets/socket_impl.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"

/* What has become of them. */
struct harvest {
	size_t listeners;
	size_t udp;
	size_t closed;
	size_t lost;
};

static struct ifc *ifc_of_network(const struct socket *k, uint64_t network)
{
	struct ifc *ifc;
	size_t i;

	for (i = 0; (ifc = tl_sight_at(k->owner, k->user, i)); i++) {
		if (tl_ifc_config(ifc)->tag == network)
			return ifc;
	}
	return NULL;
}

int tl_resume_endpoint(struct sockets *s, uint8_t which)
{
	struct keep_gift *g = NULL;
	struct kept_socket kept;
	int fd = -1;

	if (!s->keep.line)
		return -1;
	while ((g = tl_keepline_next(s->keep.line, g))) {
		if (tl_kept_parse(&kept, g->blob) ||
		    kept.kind != KEPT_ENDPOINT || kept.endpoint != which ||
		    g->n_fds == 0 || g->fds[0] < 0)
			continue;
		fd = g->fds[0];
		g->fds[0] = -1;
		break;
	}
	return fd;
}

static void forget_wish(struct socket *k)
{
	tl_free(k->wish);
	k->wish = NULL;
	k->owner->keep.n_wishes--;
}

void tl_resume_free(struct socket *k)
{
	if (k->wish)
		forget_wish(k);
}

/* --- wishes --- */

/* The numbers that interfaces have now. */
static void set_scope(struct socket *k, const struct ifc *ifc)
{
	if (tl_addr_is_link_local(&k->local))
		k->local.ifc = tl_ifc_number(ifc);
	if (tl_addr_is_link_local(&k->remote) ||
	    (tl_addr_is_multicast(&k->remote) && k->remote.ifc))
		k->remote.ifc = tl_ifc_number(ifc);
}

static void grant_needs(struct socket *k, struct kept_socket *w)
{
	struct ifc *ifc;

	if (w->network && (ifc = ifc_of_network(k, w->network))) {
		k->ifc = ifc;
		set_scope(k, ifc);
		w->network = 0;
	}
	if (w->scope && (ifc = ifc_of_network(k, w->scope))) {
		set_scope(k, ifc);
		w->scope = 0;
	}
	if (w->device && (ifc = ifc_of_network(k, w->device))) {
		k->opt.device = tl_ifc_number(ifc);
		w->device = 0;
	}
}

static void grant_groups(struct socket *k, struct kept_socket *w)
{
	struct ifc *ifc = w->out ? ifc_of_network(k, w->out) : NULL;
	size_t i;

	if (ifc) {
		k->group.out = tl_ifc_number(ifc);
		w->out = 0;
	}
	for (i = w->n_groups; i > 0; i--) {
		struct kept_group *g = &w->groups[i - 1];

		ifc = ifc_of_network(k, g->network);
		if (!ifc)
			continue;
		tl_mcast_resume(k, ifc, &g->group);
		*g = w->groups[--w->n_groups];
	}
}

static bool has_come_true(const struct kept_socket *w)
{
	return !w->network && !w->scope && !w->device && !w->out &&
	       w->n_groups == 0;
}

/* 0 or an errno. */
static int open_socket(struct socket *k)
{
	int err;

	if (k->state == SOCKET_UDP)
		err = tl_socket_udp_resume(k);
	else if (k->state == SOCKET_IDLE)
		err = tl_listen_resume(k);
	else
		return 0; /* the program has done so */
	if (!err)
		tl_socket_mark(k);
	return err;
}

/* What can be had of it by now; the socket may be gone afterwards. */
static int grant(struct socket *k)
{
	bool waited = tl_resume_waits(k);
	int err = 0;

	grant_needs(k, k->wish);
	grant_groups(k, k->wish);
	if (waited && !tl_resume_waits(k))
		err = open_socket(k);
	if (!err && has_come_true(k->wish))
		forget_wish(k);
	return err;
}

void tl_sockets_on_ifc_changed(struct sockets *s)
{
	if (s->keep.n_wishes == 0)
		return;
	tl_list_each(at, next, &s->all) {
		struct socket *k = tl_container_of(at, struct socket, link);

		if (!k->wish || !grant(k))
			continue;
		tl_warn("a socket of user %u at port %u cannot be opened again",
			k->uid, k->local.port);
		tl_socket_drop(k);
	}
}

/* --- taking over --- */

static void set_options(struct socket *k, const struct kept_socket *kept)
{
	k->opt.ttl = kept->ttl;
	k->opt.tos = kept->tos;
	k->opt.mcast_ttl = kept->mcast_ttl;
	k->opt.reuse = kept->flags & KEPT_REUSE;
	k->opt.reuse_port = kept->flags & KEPT_REUSE_PORT;
	k->opt.keepalive = kept->flags & KEPT_KEEPALIVE;
	k->opt.linger = kept->linger;
	k->opt.keep_idle_s = kept->keep_idle_s;
	k->opt.keep_interval_s = kept->keep_interval_s;
	k->opt.keep_count = kept->keep_count;
	k->opt.mss = kept->mss;
	k->opt.user_timeout_ms = kept->user_timeout_ms;
	k->opt.defer_accept_s = kept->defer_accept_s;
	k->opt.mtu_discover = kept->mtu_discover;
	k->opt.mtu_discover6 = kept->mtu_discover6;
	k->opt.dont_fragment6 = kept->flags & KEPT_DONT_FRAGMENT6;
	if (kept->device == KEPT_NO_NETWORK)
		k->opt.device = UINT8_MAX;
}

static void set_state(struct socket *k, const struct kept_socket *kept)
{
	set_options(k, kept);
	k->local = kept->local;
	k->remote = kept->remote;
	k->udp.connected = kept->flags & KEPT_CONNECTED;
	k->closed.on = kept->flags & KEPT_CLOSED;
	k->errors.on = kept->flags & KEPT_RECVERR;
	k->resolver.off = kept->flags & KEPT_NO_RESOLVER;
	k->resolver.connected = kept->flags & KEPT_TO_SERVER;
	k->host.only_loopback = kept->flags & KEPT_ONLY_LOOPBACK;
	k->group.no_loop = kept->flags & KEPT_NO_LOOP;
	k->group.no_loop6 = kept->flags & KEPT_NO_LOOP6;
	k->group.own_only = kept->flags & KEPT_OWN_ONLY;
	k->group.out_is_host = kept->flags & KEPT_OUT_IS_HOST;
	k->group.out_address = kept->out_address;
	k->listen.backlog = kept->backlog;
}

static int make_wish(struct socket *k, const struct kept_socket *kept)
{
	k->wish = tl_alloc(sizeof(*k->wish));
	if (!k->wish)
		return -ENOMEM;
	*k->wish = *kept;
	if (k->wish->device == KEPT_NO_NETWORK)
		k->wish->device = 0;
	k->owner->keep.n_wishes++;
	return 0;
}

/* A service's end keeps the name that it was given. */
static bool has_name(int fd)
{
	struct sockaddr_un un;
	socklen_t len = sizeof(un);

	return getsockname(fd, (struct sockaddr *)&un, &len) == 0 &&
	       len > offsetof(struct sockaddr_un, sun_path);
}

static bool is_end(int fd, const struct kept_socket *kept)
{
	int type = kept->kind == KEPT_UDP ? SOCK_SEQPACKET : SOCK_STREAM;

	return fd >= 0 && tl_end_is_unix(fd) &&
	       tl_end_option(fd, SOL_SOCKET, SO_TYPE, -1) == type;
}

static bool has_hung_up(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR));
}

/* The socket with its descriptors, not open yet. */
static int rebuild(struct socket *k, struct keep_gift *g,
		   const struct kept_socket *kept)
{
	int err;

	set_state(k, kept);
	k->named = has_name(g->fds[0]);
	err = make_wish(k, kept);
	if (!err)
		err = tl_socket_adopt(k, g->fds[0], g->key);
	if (err)
		return err;
	g->fds[0] = -1;
	if (!tl_keep_note_known(k))
		return -ENOMEM;
	if (g->n_fds > 1) {
		err = tl_host_adopt(k, g->fds[1]);
		if (err)
			return err;
		g->fds[1] = -1;
	}
	return tl_port_join(k);
}

/* What it has sent before its end is sent, and then its port is free. */
static void finish(struct socket *k)
{
	if (k->state != SOCKET_UDP)
		return;
	k->udp.readable = true;
	k->tcp.app_gone = true;
	while (tl_socket_udp_run(k))
		;
	tl_socket_drop(k);
}

/* Consumes what it takes of the gift. 0, or a negative errno. */
static int resume(struct sockets *s, struct keep_gift *g,
		  const struct kept_socket *kept, bool is_over)
{
	struct socket *k = tl_socket_make(s, kept->uid, kept->user, kept->tag);
	bool waits;
	int err;

	if (!k)
		return -ENFILE;
	err = rebuild(k, g, kept);
	if (!err) {
		waits = tl_resume_waits(k);
		err = -grant(k);
		/* Else it was opened there. */
		if (!err && !waits)
			err = -open_socket(k);
	}
	if (err)
		tl_socket_drop(k);
	else if (is_over)
		finish(k);
	return err;
}

static void take(struct sockets *s, struct keep_gift *g, struct harvest *h)
{
	struct kept_socket kept;
	bool is_over;
	int err = g->n_fds ? tl_kept_parse(&kept, g->blob) : -EBADMSG;

	if (!err && kept.kind == KEPT_ENDPOINT && g->fds[0] < 0)
		return;
	if (!err && !is_end(g->fds[0], &kept))
		err = -ENOTSOCK;
	is_over = !err && has_hung_up(g->fds[0]);
	if (is_over)
		h->closed++;
	if (!err && !(is_over && kept.kind == KEPT_LISTENER))
		err = resume(s, g, &kept, is_over);
	if (err || is_over) {
		h->lost += err != 0;
		tl_keep_forget_key(s, g->key);
		return;
	}
	h->listeners += kept.kind == KEPT_LISTENER;
	h->udp += kept.kind == KEPT_UDP;
}

void tl_sockets_take_over(struct sockets *s)
{
	struct harvest h = { 0 };
	struct keep_gift *g;

	if (!s->keep.line)
		return;
	while ((g = tl_keepline_next(s->keep.line, NULL))) {
		take(s, g, &h);
		tl_keepline_gift_free(g);
	}
	if (h.lost)
		tl_warn("%zu sockets of the worker before cannot be used; "
			"their programs see their end",
			h.lost);
	if (h.listeners || h.udp || h.closed)
		tl_info("took over %zu listeners and %zu UDP sockets; %zu were "
			"closed meanwhile",
			h.listeners, h.udp, h.closed);
}
