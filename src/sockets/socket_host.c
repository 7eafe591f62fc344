/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_host.c - the host's half of a socket: its companion
 *
 * Theory of operation
 *
 * Some sockets have to be on both sides at once: an unconnected UDP socket may
 * send to the virtual network now and to the host next, and a wildcard listener
 * may be wanted on both. The application's descriptor can only be one socket,
 * so the client makes a second one of the host, the companion, and hands it
 * over. It was made by the application: it is in the application's network
 * namespace, and was bound with the application's rights.
 *
 * Datagrams are relayed. A companion that was not bound gets a port of the
 * host's when the first datagram leaves by it, and is not read before.
 *
 * Connections are not. The service never accepts from a companion: accept(2)
 * has no flag against waiting, and others who hold the companion could make it
 * wait. When one is readable the companion itself goes down the listener's
 * stream, and the client accepts from it: the application gets a plain socket
 * of the host. One such record is under way at a time, so that a connection is
 * not offered twice.
 *
 * Closing may block, as with all descriptors of strangers: it is done
 * elsewhere.
 */
#include "sockets/socket_impl.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Room for what is asked for and what is told: address, TTL and TOS, on sockets
 * of both families by either. */
union control {
	struct cmsghdr head;
	uint8_t room[CMSG_SPACE(sizeof(struct in6_pktinfo)) +
		     CMSG_SPACE(sizeof(struct in_pktinfo)) +
		     4 * CMSG_SPACE(sizeof(int))];
};

static void take_error(struct socket *k)
{
	int err = tl_end_option(k->host.watch.fd, SOL_SOCKET, SO_ERROR, 0);

	if (err > 0 && k->resolver.connected)
		tl_socket_udp_report(k, &k->remote, err);
}

static void on_companion(void *ctx, uint32_t events)
{
	struct socket *k = ctx;

	if (events & WATCH_IN)
		k->host.readable = true;
	if (events & WATCH_OUT)
		k->host.full = false;
	/* Asynchronous errors of the host; reading them takes them away. */
	if (events & WATCH_ERR)
		take_error(k);
	tl_socket_mark(k);
}

static void ask_for_addresses(int fd, bool v6)
{
	const int on = 1;
	const int off = 0;

	(void)setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_IP, IP_RECVTOS, &on, sizeof(on));
	/* A queue of errors that nobody reads fills the receive buffer. */
	(void)setsockopt(fd, IPPROTO_IP, IP_RECVERR, &off, sizeof(off));
	if (!v6)
		return;
	(void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &off, sizeof(off));
	(void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, &on, sizeof(on));
}

/* A connection might make closing wait for its data. Only that of an earlier
 * worker may listen already. */
static bool is_unconnected(const struct socket *k, int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
	       (info.tcpi_state == TCP_CLOSE ||
		(k->wish && info.tcpi_state == TCP_LISTEN));
}

static int protocol_of(const struct socket *k)
{
	if (tl_socket_is_icmp(k))
		return tl_socket_is_v6(k) ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	return k->state == SOCKET_UDP ? IPPROTO_UDP : IPPROTO_TCP;
}

static bool is_fit(const struct socket *k, int fd)
{
	bool udp = k->state == SOCKET_UDP;

	if (!udp && !is_unconnected(k, fd))
		return false;

	return tl_end_option(fd, SOL_SOCKET, SO_DOMAIN, -1) ==
		       (tl_socket_is_v6(k) ? AF_INET6 : AF_INET) &&
	       tl_end_option(fd, SOL_SOCKET, SO_TYPE, -1) ==
		       (udp ? SOCK_DGRAM : SOCK_STREAM) &&
	       tl_end_option(fd, SOL_SOCKET, SO_PROTOCOL, -1) == protocol_of(k);
}

/* Is it bound to a port of its own? */
static bool has_port(int fd)
{
	struct sockaddr_in6 sa = { 0 };
	socklen_t len = sizeof(sa);

	/* The port has the same place in both families. */
	return getsockname(fd, (struct sockaddr *)&sa, &len) == 0 &&
	       sa.sin6_port != 0;
}

static int begin_watching(struct socket *k)
{
	int fd = k->host.fd;

	if (k->host.watch.fd >= 0)
		return 0;
	k->host.watch.fn = on_companion;
	k->host.watch.ctx = k;
	return tl_poll_add(k->owner->config.poll, &k->host.watch, fd, WATCH_IN);
}

int tl_host_adopt(struct socket *k, int fd)
{
	int err = 0;

	if (!is_fit(k, fd))
		return -EINVAL;
	tl_host_drop(k);
	k->host.fd = fd;
	if (k->state != SOCKET_UDP)
		return 0;
	ask_for_addresses(fd, tl_socket_is_v6(k));
	if (has_port(fd))
		err = begin_watching(k);
	if (err)
		k->host.fd = -1;
	return err;
}

/* Who holds it too may have made something of it that lingers. */
static int take_away(struct socket *k)
{
	const struct linger off = { 0 };
	int fd = k->host.fd;

	tl_poll_del(k->owner->config.poll, &k->host.watch);
	k->host.fd = -1;
	k->host.readable = false;
	k->host.full = false;
	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &off, sizeof(off));
	return fd;
}

void tl_host_release(struct socket *k)
{
	const int on = 1;
	int fd = take_away(k);

	if (fd < 0)
		return;
	/* The keeper may hold it a moment longer. */
	if (k->note && k->state == SOCKET_UDP)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	close(fd);
}

void tl_host_drop(struct socket *k)
{
	struct sockets *s = k->owner;
	int fd = take_away(k);

	if (fd < 0)
		return;
	if (s->config.close_fd)
		s->config.close_fd(s->config.ctx, fd);
	else
		close(fd);
}

/* --- datagrams --- */

static socklen_t to_sockaddr(struct sockaddr_storage *ss, bool v6,
			     const struct rpc_addr *a, uint32_t scope)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(a->port) };
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(a->port) };

	if (!v6) {
		memcpy(&in.sin_addr, a->ip, 4);
		memcpy(ss, &in, sizeof(in));
		return sizeof(in);
	}
	if (a->family == 6) {
		memcpy(&in6.sin6_addr, a->ip, 16);
		if (tl_addr_is_link_local(a) || tl_addr_is_multicast(a))
			in6.sin6_scope_id = scope;
	} else {
		in6.sin6_addr.s6_addr[10] = 0xff;
		in6.sin6_addr.s6_addr[11] = 0xff;
		memcpy(in6.sin6_addr.s6_addr + 12, a->ip, 4);
	}
	memcpy(ss, &in6, sizeof(in6));
	return sizeof(in6);
}

static struct rpc_addr from_sockaddr(const struct sockaddr_storage *ss)
{
	struct rpc_addr a = { 0 };
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	if (ss->ss_family == AF_INET) {
		memcpy(&in, ss, sizeof(in));
		a.family = 4;
		a.port = ntohs(in.sin_port);
		memcpy(a.ip, &in.sin_addr, 4);
	} else if (ss->ss_family == AF_INET6) {
		memcpy(&in6, ss, sizeof(in6));
		a.family = 6;
		a.port = ntohs(in6.sin6_port);
		memcpy(a.ip, &in6.sin6_addr, 16);
		tl_addr_unmap(&a);
	}
	return a;
}

static void put(struct msghdr *m, int level, int type, const void *v, size_t n)
{
	struct cmsghdr *c = (struct cmsghdr *)((uint8_t *)m->msg_control +
					       m->msg_controllen);

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(n);
	memcpy(CMSG_DATA(c), v, n);
	m->msg_controllen += CMSG_SPACE(n);
}

/* Only what differs from the host's own defaults is said. */
static void put_control(struct msghdr *m, const struct socket *k,
			const struct rpc_datagram *d, const struct rpc_addr *to)
{
	struct in6_pktinfo info6 = { 0 };
	struct in_pktinfo info = { 0 };
	bool v6 = to->family == 6;
	int own = tl_addr_is_multicast(to) ? k->opt.mcast_ttl : k->opt.ttl;
	int usual = tl_addr_is_multicast(to) ? 1 : 64;
	int ttl = d->ttl ? d->ttl : own;
	int tos = d->tos ? d->tos : k->opt.tos;

	if (!v6 && (d->local.family == 4 || d->index)) {
		info.ipi_ifindex = (int)d->index;
		memcpy(&info.ipi_spec_dst, d->local.ip, 4);
		put(m, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	} else if (v6 && (d->local.family == 6 || d->index)) {
		info6.ipi6_ifindex = d->index;
		memcpy(&info6.ipi6_addr, d->local.ip, 16);
		put(m, IPPROTO_IPV6, IPV6_PKTINFO, &info6, sizeof(info6));
	}
	if (ttl != usual)
		put(m, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
		    v6 ? IPV6_HOPLIMIT : IP_TTL, &ttl, sizeof(ttl));
	if (tos)
		put(m, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
		    v6 ? IPV6_TCLASS : IP_TOS, &tos, sizeof(tos));
}

bool tl_host_is_heard(const struct socket *k, const struct rpc_addr *from)
{
	if (k->udp.connected)
		return k->resolver.connected && from->port == k->remote.port &&
		       from->family == k->remote.family &&
		       memcmp(from->ip, k->remote.ip, sizeof(from->ip)) == 0;
	return !k->host.only_loopback || tl_addr_is_loopback(from) ||
	       tl_resolver_is_own(from);
}

int tl_host_allow_broadcast(struct socket *k, bool allow)
{
	const int on = allow;

	if (k->host.fd >= 0 &&
	    setsockopt(k->host.fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)))
		return errno;
	return 0;
}

int tl_host_set_option(struct socket *k, int level, int name,
		       struct bytes value)
{
	if (k->host.fd < 0 || k->host.only_loopback)
		return ENODEV;
	return setsockopt(k->host.fd, level, name, value.at, (socklen_t)value.n)
		       ? errno
		       : 0;
}

bool tl_host_is_bound(const struct socket *k)
{
	return k->host.watch.fd >= 0;
}

bool tl_host_takes(const struct socket *k, const struct rpc_addr *to)
{
	if (k->host.fd < 0)
		return false;
	return !k->host.only_loopback || tl_addr_is_loopback(to) ||
	       tl_addr_is_any(to);
}

int tl_host_send(struct socket *k, const struct rpc_datagram *d,
		 const struct rpc_addr *to, struct bytes payload)
{
	union control control = { .room = { 0 } };
	struct iovec iov = { .iov_len = payload.n };
	struct sockaddr_storage ss;
	struct msghdr m = { .msg_name = &ss,
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.room };
	ssize_t n;
	int err;

	memcpy(&iov.iov_base, &payload.at, sizeof(payload.at));
	m.msg_namelen = to_sockaddr(&ss, tl_socket_is_v6(k), to, d->index);
	put_control(&m, k, d, to);
	do
		n = sendmsg(k->host.fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	/* Without a port left on the host there is nothing to wait for. */
	if (n < 0)
		return errno == EAGAIN && k->host.watch.fd < 0 ? EADDRNOTAVAIL
							       : errno;
	/* It has a port now, so there may be answers. */
	err = begin_watching(k);
	return -err;
}

/* Copies what @c holds; false if it was cut. */
static bool read_into(void *out, size_t n, const struct cmsghdr *c)
{
	if (c->cmsg_len < CMSG_LEN(n))
		return false;
	memcpy(out, CMSG_DATA(c), n);
	return true;
}

static void read_ip(struct rpc_datagram *d, const struct cmsghdr *c)
{
	struct in_pktinfo info;
	int ttl;

	switch (c->cmsg_type) {
	case IP_PKTINFO:
		if (!read_into(&info, sizeof(info), c))
			return;
		d->local.family = 4;
		d->index = (uint32_t)info.ipi_ifindex;
		memcpy(d->local.ip, &info.ipi_addr, 4);
		break;
	case IP_TTL:
		if (read_into(&ttl, sizeof(ttl), c))
			d->ttl = (uint8_t)ttl;
		break;
	case IP_TOS: /* one byte, in this family */
		(void)read_into(&d->tos, sizeof(d->tos), c);
		break;
	default:
		break;
	}
}

static void read_ip6(struct rpc_datagram *d, const struct cmsghdr *c)
{
	struct in6_pktinfo info;
	int v;

	switch (c->cmsg_type) {
	case IPV6_PKTINFO:
		if (!read_into(&info, sizeof(info), c))
			return;
		d->local.family = 6;
		d->index = info.ipi6_ifindex;
		memcpy(d->local.ip, &info.ipi6_addr, 16);
		tl_addr_unmap(&d->local);
		break;
	case IPV6_HOPLIMIT:
		if (read_into(&v, sizeof(v), c))
			d->ttl = (uint8_t)v;
		break;
	case IPV6_TCLASS:
		if (read_into(&v, sizeof(v), c))
			d->tos = (uint8_t)v;
		break;
	default:
		break;
	}
}

static void read_control(struct rpc_datagram *d, struct msghdr *m)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP)
			read_ip(d, c);
		else if (c->cmsg_level == IPPROTO_IPV6)
			read_ip6(d, c);
	}
}

int tl_host_receive(struct socket *k, struct rpc_datagram *d,
		    struct buffer room, size_t *n)
{
	union control control;
	struct sockaddr_storage ss = { 0 };
	struct iovec iov = { .iov_base = room.at, .iov_len = room.n };
	struct msghdr m = { .msg_name = &ss,
			    .msg_namelen = sizeof(ss),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.room,
			    .msg_controllen = sizeof(control.room) };
	ssize_t got;

	do
		got = recvmsg(k->host.fd, &m, MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno;
	*d = (struct rpc_datagram){ .kind = DATAGRAM_DATA };
	d->peer = from_sockaddr(&ss);
	read_control(d, &m);
	d->local.port = k->local.port;
	*n = (size_t)got;
	return m.msg_flags & MSG_TRUNC ? EMSGSIZE : 0;
}

struct rpc_addr tl_host_connect(struct socket *k, const struct rpc_addr *to)
{
	struct sockaddr_storage ss = { 0 };
	struct rpc_addr none = { 0 };
	socklen_t len;

	if (!tl_host_takes(k, to))
		return none;
	len = to_sockaddr(&ss, tl_socket_is_v6(k), to, 0);
	if (connect(k->host.fd, (struct sockaddr *)&ss, len) != 0)
		return none;
	len = sizeof(ss);
	if (begin_watching(k) != 0 ||
	    getsockname(k->host.fd, (struct sockaddr *)&ss, &len) != 0)
		return none;
	return from_sockaddr(&ss);
}

void tl_host_disconnect(struct socket *k)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };

	if (k->host.fd >= 0)
		(void)connect(k->host.fd, &none, sizeof(none));
}

void tl_host_wait_writable(struct socket *k)
{
	k->host.full = true;
	/* The edge comes again if there is room by now. */
	tl_poll_mod(k->owner->config.poll, &k->host.watch,
		    WATCH_IN | WATCH_OUT);
}

/* --- listeners --- */

int tl_host_listen(struct socket *k, uint32_t backlog)
{
	if (k->host.fd < 0)
		return 0;
	if (backlog != HOST_LISTENS &&
	    listen(k->host.fd, (int)TL_MIN(backlog, (uint32_t)INT32_MAX)))
		return errno;
	return -begin_watching(k);
}

bool tl_host_has_connection(struct socket *k)
{
	struct pollfd p = { .fd = k->host.fd, .events = POLLIN };

	if (k->host.fd < 0 || !k->host.readable)
		return false;
	/* Somebody may have taken it since, or left it there. */
	k->host.readable = poll(&p, 1, 0) == 1 && (p.revents & POLLIN);
	return k->host.readable;
}
