/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket.c - how a socket is born, bound and shut down
 *
 * The client makes both ends of a pair, so that the application's end gets the
 * lowest free number, as socket(2) promises, and passes both to the service.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>

#include "sdk/client/address.h"
#include "sdk/client/call.h"
#include "sdk/client/client.h"
#include "sdk/client/endpoint.h"
#include "sdk/client/names.h"
#include "sdk/client/replace.h"
#include "sdk/client/sys.h"
#include "sdk/client/tag.h"

/* Ports that the virtual side may refuse before bind does. */
#define BIND_TRIES 16

#define CREDIT_MAX 64

#define TYPE_FLAGS (SOCK_NONBLOCK | SOCK_CLOEXEC)

static bool is_icmp(int domain, int protocol)
{
	return protocol == (domain == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
}

bool tl_client_has(int domain, int type, int protocol)
{
	if (domain != AF_INET && domain != AF_INET6)
		return false;

	switch (type & ~TYPE_FLAGS) {
	case SOCK_STREAM:
		return protocol == 0 || protocol == IPPROTO_TCP;
	case SOCK_DGRAM:
		return protocol == 0 || protocol == IPPROTO_UDP ||
		       is_icmp(domain, protocol);
	default:
		return false;
	}
}

/* A stream's send buffer is small until it is connected, and one byte is put
 * into it, so that the service can always leave one unread (proto.h). */
static int prepare(int fd, uint32_t tag)
{
	int sndbuf = RPC_SNDBUF_BORN;
	int r;

	r = tl_sys_setsockopt(fd, SOL_SOCKET, SO_INCOMING_CPU, &tag,
			      sizeof(tag));
	if (r < 0 || tl_tag_is_udp(tag))
		return r;

	r = tl_sys_setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &sndbuf,
			      sizeof(sndbuf));
	if (r < 0)
		return r;
	r = (int)tl_sys_send(fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	return r < 0 ? r : 0;
}

/* What the service is to know of a socket from its birth on. */
static uint16_t birth_flags(unsigned int number)
{
	const struct service_endpoint *e = tl_endpoint_at(number);
	int flags = 0;

	if (e && e->isolate)
		flags |= RPC_FLAG_ISOLATE;
	if (e && e->dns_off)
		flags |= RPC_FLAG_NO_RESOLVER;
	if (tl_policy_closes(tl_policy_at(number)))
		flags |= RPC_FLAG_CLOSED;
	return (uint16_t)flags;
}

/* How many streams may be made without waiting for the service to say that it
 * took them. Each one that it did say so for brings some; near its limits none.
 * The first one in a process therefore waits, and finds out what is wrong. A
 * program may read from a datagram socket at once, and must not read what the
 * service proves it with. */
static _Atomic int32_t credits[ENDPOINTS_MAX];

static bool take_credit(_Atomic int32_t *credit)
{
	int32_t had = *credit;

	while (had > 0) {
		if (atomic_compare_exchange_weak(credit, &had, had - 1))
			return true;
	}
	return false;
}

static int hand_over_call(struct call *c)
{
	unsigned int number = tl_tag_endpoint(c->request.tag);
	_Atomic int32_t *credit = &credits[number];
	int r;

	c->quiet = !tl_tag_is_udp(c->request.tag) && take_credit(credit);
	r = tl_call_at(c, number);
	if (r == 0 && !c->quiet)
		*credit = (int32_t)TL_MIN(c->reply.value, CREDIT_MAX);
	return r;
}

/* @companion: -1 if there is none. */
static int hand_over(int app_end, int service_end, uint32_t tag, int companion)
{
	struct call c = { .request = { .op = RPC_SOCKET },
			  .fds = { service_end, app_end, companion },
			  .n_fds = companion < 0 ? 2 : 3 };
	int r;

	tag |= companion < 0 ? 0 : TAG_COMPANION;
	c.request.tag = tag;
	c.request.flags = birth_flags(tl_tag_endpoint(tag));
	r = prepare(app_end, tag);
	return r < 0 ? r : hand_over_call(&c);
}

/* A socket of the host like ours. Where the host has none of that family there
 * is nothing to be reached either, so that is no failure. */
static int make_companion(uint32_t tag)
{
	int type = tl_tag_is_udp(tag) ? SOCK_DGRAM : SOCK_STREAM;
	int only6 = (tag & TAG_V6ONLY) != 0;
	int fd;

	fd = tl_sys_socket(tag & TAG_DOMAIN6 ? AF_INET6 : AF_INET,
			   type | SOCK_CLOEXEC | SOCK_NONBLOCK,
			   tl_tag_protocol(tag));
	/* Said in any case: net.ipv6.bindv6only is not ours. */
	if (fd >= 0 && (tag & TAG_DOMAIN6))
		tl_sys_setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only6,
				  sizeof(only6));
	return fd;
}

static void close_companion(int companion)
{
	if (companion >= 0)
		tl_sys_close(companion);
}

int tl_client_socket(int domain, int type, int protocol, unsigned int flags)
{
	return tl_client_socket_at(tl_endpoint_used(), domain, type, protocol,
				   flags);
}

int tl_client_socket_at(unsigned int number, int domain, int type, int protocol,
			unsigned int flags)
{
	bool is_udp = (type & ~TYPE_FLAGS) == SOCK_DGRAM;
	uint32_t tag = TAG_MAGIC;
	int fds[2] = { -1, -1 };
	int companion = -1;
	int r;

	if (!tl_client_has(domain, type, protocol))
		return -EINVAL;
	if (number >= ENDPOINTS_MAX)
		return -ENETDOWN;

	tag |= number << TAG_ENDPOINT_SHIFT;
	tag |= domain == AF_INET6 ? TAG_DOMAIN6 : 0;
	tag |= is_udp ? TAG_DGRAM : 0;
	tag |= is_udp && is_icmp(domain, protocol) ? TAG_ICMP : 0;
	tag |= is_udp && (flags & CLIENT_BARE) ? TAG_BARE : 0;
	r = tl_sys_socketpair(AF_UNIX,
			      (is_udp ? SOCK_SEQPACKET : SOCK_STREAM) |
				      SOCK_CLOEXEC | (type & SOCK_NONBLOCK),
			      0, fds);
	if (r < 0)
		return r;

	if (is_udp && (flags & CLIENT_BOTH_SIDES))
		companion = make_companion(tag);
	r = hand_over(fds[0], fds[1], tag, companion);
	close_companion(companion);
	tl_sys_close(fds[1]);
	if (r != 0) {
		tl_sys_close(fds[0]);
		return r < 0 ? r : -ENETDOWN;
	}
	if (!(type & SOCK_CLOEXEC))
		tl_sys_fcntl(fds[0], F_SETFD, 0);
	return fds[0];
}

/* bind(2) of an AF_INET socket also takes AF_UNSPEC for the wildcard. */
static int bind_address(struct rpc_addr *out, uint32_t tag,
			const struct sockaddr *sa, socklen_t len)
{
	struct sockaddr_in in;

	if (sa && len >= sizeof(in) && !(tag & TAG_DOMAIN6)) {
		memcpy(&in, sa, sizeof(in));
		if (in.sin_family == AF_UNSPEC && in.sin_addr.s_addr == 0) {
			*out = (struct rpc_addr){ .family = 4,
						  .port = ntohs(in.sin_port) };
			return 0;
		}
	}
	return tl_address_from_sockaddr(out, tag, sa, len);
}

/* Binds @host as the socket is to be bound; sets the port if there is none. */
static int bind_companion(int host, uint32_t tag, struct rpc_addr *addr)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct rpc_addr now;
	int r;

	tl_address_to_sockaddr((struct sockaddr *)&ss, &len, tag, addr);
	r = tl_sys_bind(host, &ss, len);
	if (r < 0 || addr->port)
		return r;
	len = sizeof(ss);
	r = tl_sys_getsockname(host, &ss, &len);
	if (r == 0)
		r = tl_address_from_sockaddr(&now, tag, (struct sockaddr *)&ss,
					     len);
	if (r == 0)
		addr->port = now.port;
	return r;
}

/* One port on both sides. */
static int try_both(struct call *c, int fd, uint32_t tag)
{
	int host = make_companion(tag);
	int r;

	if (host < 0)
		return host;
	tl_replace_carry_options(host, fd, tag);
	r = bind_companion(host, tag, &c->request.addr);
	if (r == 0) {
		c->fds[1] = host;
		r = tl_call_about(c, RPC_BIND, fd, tag | TAG_COMPANION);
	}
	tl_sys_close(host);
	return r;
}

/* The host chooses a free port, which the virtual side may have given away. */
static int bind_both(struct call *c, int fd, uint32_t tag)
{
	bool any_port = c->request.addr.port == 0;
	int r = -EADDRINUSE;

	c->n_fds = 2;
	for (int i = 0; i < BIND_TRIES && r == -EADDRINUSE; i++) {
		r = try_both(c, fd, tag);
		if (!any_port)
			break;
		if (r == -EADDRINUSE)
			c->request.addr.port = 0;
	}
	/* A host without IPv6 has nothing to listen on. */
	if ((tag & TAG_DOMAIN6) &&
	    (r == -EAFNOSUPPORT || r == -EADDRNOTAVAIL)) {
		c->n_fds = 1;
		return tl_call_about(c, RPC_BIND, fd, tag);
	}
	if (r == 0)
		tl_tag_change(fd, TAG_COMPANION, 0);
	return r;
}

static enum listen_sides sides_of(uint32_t tag, const struct rpc_addr *a)
{
	const struct service_endpoint *e = tl_endpoint_at(tl_tag_endpoint(tag));

	if (!e || !tl_address_is_any(a) || e->isolate)
		return LISTEN_VIRTUAL;
	return e->listen;
}

static bool is_of_host(const struct policy *p, const struct rpc_addr *own)
{
	return !tl_address_is_any(own) && tl_policy_of(p, own) == POLICY_HOST;
}

int tl_client_bind(int fd, uint32_t tag, const struct sockaddr *sa,
		   socklen_t len)
{
	const struct policy *p = tl_policy_at(tl_tag_endpoint(tag));
	enum listen_sides sides;
	struct call c = { 0 };
	int r;

	r = bind_address(&c.request.addr, tag, sa, len);
	if (r < 0)
		return r;
	if (tag & (TAG_BOUND | TAG_CONNECTING | TAG_LISTENING | TAG_SENT))
		return -EINVAL;
	if ((tag & TAG_V6ONLY) && c.request.addr.family == 4)
		return -EINVAL;
	sides = sides_of(tag, &c.request.addr);
	if (tl_address_is_loopback(&c.request.addr) || sides == LISTEN_HOST ||
	    is_of_host(p, &c.request.addr))
		return RPC_USE_HOST;
	if (tl_policy_allows(p, tl_tag_is_udp(tag), c.request.addr.port))
		c.request.flags |= RPC_FLAG_OPEN;

	c.n_fds = 1;
	if (sides == LISTEN_BOTH)
		r = bind_both(&c, fd, tag);
	else
		r = tl_call_about(&c, RPC_BIND, fd, tag);
	if (r != 0)
		return r;
	tl_names_set_bound(fd, &c.reply.local);
	tl_tag_change(fd, TAG_BOUND, 0);
	return 0;
}

int tl_client_shutdown(int fd, uint32_t tag, int how)
{
	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	if (!(tag & (TAG_CONNECTING | TAG_LISTENING)))
		return -ENOTCONN;
	if (tl_tag_is_udp(tag))
		return 0;
	/* A listener that ends so has not lost its service. */
	if ((tag & TAG_LISTENING) && how != SHUT_WR)
		tl_tag_change(fd, TAG_SHUT, 0);
	return tl_sys_shutdown(fd, how);
}
