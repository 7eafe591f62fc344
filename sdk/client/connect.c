/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connect.c - connect(2), first and again
 *
 * A unix socket is writable at once, which would look like success. So the
 * send buffer, which is born small, is filled until it takes no more, and the
 * service drains and widens it when the connection stands: poll, select and
 * epoll then say "writable" at the very moment they would for TCP. The tag
 * remembers what a second call has to say.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/time.h>

#include "sdk/client/address.h"
#include "sdk/client/call.h"
#include "sdk/client/client.h"
#include "sdk/client/endpoint.h"
#include "sdk/client/known.h"
#include "sdk/client/names.h"
#include "sdk/client/sys.h"
#include "sdk/client/tag.h"

#define DNS_PORT 53

static bool is_nonblocking(int fd)
{
	int flags = tl_sys_fcntl(fd, F_GETFL, 0);

	return flags >= 0 && (flags & O_NONBLOCK);
}

static void read_timeout(struct timeval *out, int fd)
{
	socklen_t len = sizeof(*out);

	*out = (struct timeval){ 0 };
	tl_sys_getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, out, &len);
}

/* False if the service has gone. */
static bool fill(int fd)
{
	static const uint8_t filler[RPC_SNDBUF_BORN];
	ssize_t n;

	do
		n = tl_sys_send(fd, filler, sizeof(filler),
				MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n > 0 || n == -EINTR);
	return n == -EAGAIN;
}

static bool is_of_host(const struct rpc_addr *a)
{
	return tl_address_is_loopback(a) || tl_address_is_any(a);
}

static bool is_question(uint32_t tag, const struct rpc_addr *to)
{
	const struct service_endpoint *e = tl_endpoint_at(tl_tag_endpoint(tag));

	return tl_tag_is_udp(tag) && to->port == DNS_PORT && !(e && e->dns_off);
}

static int check_destination(struct rpc_addr *out, uint32_t tag,
			     const struct sockaddr *sa, socklen_t len)
{
	int r = tl_address_from_sockaddr(out, tag, sa, len);

	if (r < 0)
		return r;
	if ((tag & TAG_V6ONLY) && out->family == 4)
		return -ENETUNREACH;
	if (tl_policy_of(tl_policy_at(tl_tag_endpoint(tag)), out) ==
	    POLICY_HOST)
		return RPC_USE_HOST;
	/* The service looks at questions to the host's name servers. */
	if (is_of_host(out) && !is_question(tag, out))
		return RPC_USE_HOST;
	return 0;
}

static uint16_t connect_flags(uint32_t tag, const struct rpc_addr *to,
			      bool nonblocking)
{
	unsigned int number = tl_tag_endpoint(tag);
	const struct service_endpoint *e = tl_endpoint_at(number);
	bool isolate = !is_of_host(to) &&
		       ((e && e->isolate) ||
			tl_policy_of(tl_policy_at(number), to) == POLICY_ROUTE);

	return (uint16_t)((nonblocking ? RPC_FLAG_NONBLOCK : 0) |
			  (isolate ? RPC_FLAG_ISOLATE : 0));
}

/* What the service said about a TCP connection, and what to remember of it. */
static int after_call(int r, int fd)
{
	switch (r) {
	case 0:
		tl_tag_change(fd, TAG_REPORTED, 0);
		return 0;
	case -EINPROGRESS:
	case -EINTR:
		return r;
	case -EAGAIN: /* SO_SNDTIMEO is over; the handshake goes on */
		return -EINPROGRESS;
	default:
		tl_tag_change(fd, 0, TAG_CONNECTING);
		return r;
	}
}

static int connect_first(int fd, uint32_t tag, const struct sockaddr *sa,
			 socklen_t len, bool nonblocking)
{
	struct call c = { .may_wait = !nonblocking };
	bool is_dead;
	int r;

	r = check_destination(&c.request.addr, tag, sa, len);
	if (r != 0)
		return r;
	/* Without its other end the service can only say what was wrong. */
	is_dead = !fill(fd);
	tl_tag_change(fd, TAG_CONNECTING | TAG_FILLED, 0);
	c.request.flags = connect_flags(tag, &c.request.addr, nonblocking);
	if (!nonblocking)
		read_timeout(&c.timeout, fd);
	/* A socket with a port of its own may be refused at once. */
	c.quiet = nonblocking && !is_dead && !(tag & TAG_BOUND) &&
		  tl_known_take(tl_tag_endpoint(tag), &c.request.addr);
	r = tl_call_about(&c, RPC_CONNECT, fd, tag);
	if (is_dead && (r >= 0 || r == -EBADF))
		r = -ENETDOWN;
	if (c.quiet && r == 0)
		return -EINPROGRESS;
	if (r == -EINPROGRESS)
		tl_known_put(tl_tag_endpoint(tag), &c.request.addr,
			     c.reply.value);
	return after_call(r, fd);
}

static int report_success(int fd, uint32_t tag)
{
	if ((tag & TAG_REPORTED) || !(tag & TAG_FILLED))
		return -EISCONN;
	tl_tag_change(fd, TAG_REPORTED, 0);
	return 0;
}

static int report_failure(int fd, uint32_t tag)
{
	struct call c = { 0 };
	int r = tl_call_about(&c, RPC_ERROR, fd, tag);

	tl_tag_change(fd, 0, TAG_CONNECTING);
	if (r < 0)
		return r;
	return c.reply.value ? -(int)c.reply.value : -ECONNABORTED;
}

/* Until the socket is writable or dead; only as long as connect(2) may take. */
static int wait_writable(struct pollfd *p, bool nonblocking)
{
	struct timespec ts;
	struct timeval tv;
	int r;

	if (nonblocking)
		return -EALREADY;
	read_timeout(&tv, p->fd);
	ts = (struct timespec){ .tv_sec = tv.tv_sec,
				.tv_nsec = tv.tv_usec * 1000 };
	r = tl_sys_poll(p, 1, tv.tv_sec || tv.tv_usec ? &ts : NULL);
	return r == 0 ? -EINPROGRESS : r;
}

/* One that connects is not writable, and one that has failed hangs up; both can
 * also be true of one that is connected. It has a name then, or the service
 * tells. */
static int connect_again(int fd, uint32_t tag, bool nonblocking)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	struct timespec zero = { 0 };
	struct rpc_addr remote;
	int r;

	if (tl_names_is_connected(fd))
		return report_success(fd, tag);
	r = tl_sys_poll(&p, 1, &zero);
	if (r == 0 && tl_names_remote(&remote, fd, tag))
		return report_success(fd, tag);
	if (r == 0)
		r = wait_writable(&p, nonblocking);
	if (r < 0)
		return r;
	if (!(p.revents & (POLLHUP | POLLERR)) || tl_names_is_connected(fd))
		return report_success(fd, tag);
	return report_failure(fd, tag);
}

static int connect_udp(int fd, uint32_t tag, const struct sockaddr *sa,
		       socklen_t len)
{
	bool again = (tag & (TAG_CONNECTING | TAG_RENAMED)) != 0;
	struct call c = { 0 };
	int r;

	r = check_destination(&c.request.addr, tag, sa, len);
	if (r != 0)
		return r;

	c.request.flags = connect_flags(tag, &c.request.addr, true);
	r = tl_call_about(&c, RPC_CONNECT, fd, tag);
	if (r == 0)
		tl_tag_change(fd, TAG_CONNECTING | (again ? TAG_RENAMED : 0),
			      0);
	return r;
}

/* connect(2) to AF_UNSPEC. */
static int disconnect(int fd, uint32_t tag)
{
	struct call c = { 0 };
	int r;

	if (!tl_tag_is_udp(tag))
		return tag & (TAG_FILLED | TAG_CONNECTING | TAG_LISTENING)
			       ? CLIENT_RENEW
			       : 0;
	if (!(tag & TAG_CONNECTING))
		return 0;

	r = tl_call_about(&c, RPC_DISCONNECT, fd, tag);
	if (r == 0)
		tl_tag_change(fd, TAG_RENAMED, TAG_CONNECTING);
	return r;
}

static int connect_socket(int fd, uint32_t tag, const struct sockaddr *sa,
			  socklen_t len, bool nonblocking)
{
	if (!sa)
		return -EFAULT;
	if (len < sizeof(sa->sa_family))
		return -EINVAL;
	if (sa->sa_family == AF_UNSPEC)
		return disconnect(fd, tag);
	if (tl_tag_is_udp(tag))
		return connect_udp(fd, tag, sa, len);
	if (tag & TAG_LISTENING)
		return -EISCONN;
	if (tag & TAG_CONNECTING)
		return connect_again(fd, tag, nonblocking);
	if (tag & TAG_FILLED)
		return CLIENT_RENEW;
	return connect_first(fd, tag, sa, len, nonblocking);
}

int tl_client_connect(int fd, uint32_t tag, const struct sockaddr *sa,
		      socklen_t len)
{
	return connect_socket(fd, tag, sa, len, is_nonblocking(fd));
}

int tl_client_connect_now(int fd, uint32_t tag, const struct sockaddr *sa,
			  socklen_t len)
{
	return connect_socket(fd, tag, sa, len, true);
}
