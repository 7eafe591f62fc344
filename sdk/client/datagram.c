/* SPDX-License-Identifier: Apache-2.0 */
/*
 * datagram.c - UDP over a socket of records
 *
 * Each record is a header of fixed size and the payload. The header travels in
 * an iovec before the program's own, so nothing is copied. Errors of datagrams
 * sent earlier come back as records too and are reported once, by the next
 * call.
 */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "sdk/client/address.h"
#include "sdk/client/bare.h"
#include "sdk/client/call.h"
#include "sdk/client/client.h"
#include "sdk/client/control.h"
#include "sdk/client/endpoint.h"
#include "sdk/client/sys.h"
#include "sdk/client/tag.h"

#define FEW_IOVECS 8
#define MANY_IOVECS 1024 /* UIO_MAXIOV of Linux */

/* A flood is not asked about errors each time: none can answer what was sent so
 * shortly before, and it is told with the next. */
#define ASK_US 10
#define ASKED_MAX 16

/* The program's iovecs behind one for the header. */
static void gather(struct iovec *out, const struct msghdr *m, uint8_t *header)
{
	out[0].iov_base = header;
	out[0].iov_len = RPC_DATAGRAM_LEN;
	if (m->msg_iovlen > 0)
		memcpy(out + 1, m->msg_iov, m->msg_iovlen * sizeof(*out));
}

static int payload_size(size_t *out, const struct msghdr *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->msg_iovlen; i++) {
		if (m->msg_iov[i].iov_len > RPC_DATAGRAM_MAX - n)
			return -EMSGSIZE;
		n += m->msg_iov[i].iov_len;
	}
	*out = n;
	return 0;
}

/* Looks at the first record without taking it; false if there is none. */
static bool peek(struct rpc_datagram *out, size_t *payload, int fd)
{
	uint8_t header[RPC_DATAGRAM_LEN];
	struct reader r;
	ssize_t n;

	n = tl_sys_recv(fd, header, sizeof(header),
			MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
	if (n < (ssize_t)sizeof(header))
		return false;
	r = tl_reader(TL_BYTES_OF(header));
	tl_rpc_read_datagram(&r, out);
	*payload = (size_t)n - sizeof(header);
	return tl_reader_ok(&r);
}

static int take_error(int fd)
{
	uint8_t header[RPC_DATAGRAM_LEN];
	struct rpc_datagram d;
	size_t n;

	if (!peek(&d, &n, fd) || d.kind != DATAGRAM_ERROR)
		return 0;
	tl_sys_recv(fd, header, sizeof(header), MSG_DONTWAIT);
	return (int)d.error;
}

int tl_client_take_error(int fd)
{
	uint32_t tag;

	if (tl_tag_get(&tag, fd) && (tag & TAG_BARE))
		return tl_bare_take_error(fd, tag);
	return take_error(fd);
}

/* Was this descriptor asked just now? If not, it is as from now. */
static bool was_asked(int fd)
{
	static _Atomic uint64_t asked[ASKED_MAX]; /* us, and descriptor */
	_Atomic uint64_t *last = &asked[(unsigned int)fd % ASKED_MAX];
	struct timespec t;
	uint64_t was;
	uint64_t is;

	clock_gettime(CLOCK_MONOTONIC, &t);
	is = (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
	is = is << 20 | ((unsigned int)fd & 0xfffff);
	was = atomic_load_explicit(last, memory_order_relaxed);
	if ((was ^ is) << 44 == 0 && is - was < (uint64_t)ASK_US << 20)
		return true;
	atomic_store_explicit(last, is, memory_order_relaxed);
	return false;
}

/* Linux tells connected sockets only, if nothing is asked for; and of a bare
 * one it costs a call to the service. */
static int earlier_error(int fd, uint32_t tag)
{
	if (tag & TAG_BARE)
		return tag & TAG_CONNECTING ? tl_bare_take_error(fd, tag) : 0;
	return was_asked(fd) ? 0 : take_error(fd);
}

int tl_client_next_size(int fd)
{
	struct rpc_datagram d;
	uint32_t tag;
	size_t n;

	if (tl_tag_get(&tag, fd) && (tag & TAG_BARE))
		return tl_bare_next_size(fd);
	if (!peek(&d, &n, fd) || d.kind != DATAGRAM_DATA)
		return 0;
	return (int)n;
}

/* The interface by which a datagram is to leave: one of ours where it goes to a
 * group, or the host's. */
static void choose_ifc(struct rpc_datagram *d, uint32_t index)
{
	uint8_t number = tl_interface_number(index);

	if (number)
		d->peer.ifc = number;
	else if (index)
		d->index = index;
}

/* IP_PKTINFO and IPV6_PKTINFO choose the source address. */
static void read_control(struct rpc_datagram *d, const struct msghdr *m)
{
	struct msghdr walk = *m; /* CMSG_NXTHDR() wants it writable */
	struct in6_pktinfo info6;
	struct in_pktinfo info;
	struct cmsghdr *c;
	int v;

	if (!m->msg_control)
		return;
	for (c = CMSG_FIRSTHDR(&walk); c; c = CMSG_NXTHDR(&walk, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO &&
		    c->cmsg_len >= CMSG_LEN(sizeof(info))) {
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			d->local.family = info.ipi_spec_dst.s_addr ? 4 : 0;
			memcpy(d->local.ip, &info.ipi_spec_dst, 4);
			choose_ifc(d, (uint32_t)info.ipi_ifindex);
		} else if (c->cmsg_level == IPPROTO_IPV6 &&
			   c->cmsg_type == IPV6_PKTINFO &&
			   c->cmsg_len >= CMSG_LEN(sizeof(info6))) {
			memcpy(&info6, CMSG_DATA(c), sizeof(info6));
			d->local.family = 6;
			memcpy(d->local.ip, &info6.ipi6_addr, 16);
			if (tl_address_is_any(&d->local))
				d->local = (struct rpc_addr){ 0 };
			choose_ifc(d, info6.ipi6_ifindex);
		} else if (c->cmsg_len >= CMSG_LEN(sizeof(v)) &&
			   ((c->cmsg_level == IPPROTO_IP &&
			     c->cmsg_type == IP_TTL) ||
			    (c->cmsg_level == IPPROTO_IPV6 &&
			     c->cmsg_type == IPV6_HOPLIMIT))) {
			memcpy(&v, CMSG_DATA(c), sizeof(v));
			d->ttl = (uint8_t)v;
		} else if (c->cmsg_len >= CMSG_LEN(sizeof(v)) &&
			   ((c->cmsg_level == IPPROTO_IP &&
			     c->cmsg_type == IP_TOS) ||
			    (c->cmsg_level == IPPROTO_IPV6 &&
			     c->cmsg_type == IPV6_TCLASS))) {
			memcpy(&v, CMSG_DATA(c), sizeof(v));
			d->tos = (uint8_t)v;
		}
	}
}

/* The service keeps the queue of errors. */
static int too_long(int fd, uint32_t tag, const struct rpc_addr *to)
{
	struct call c = { .request = { .value = ERROR_TOO_LONG, .addr = *to } };
	int r;

	if (tag & TAG_RECVERR) {
		r = tl_call_about(&c, RPC_TAKE_ERROR, fd, tag);
		(void)r; /* then there is nothing to be read of it */
	}
	return -EMSGSIZE;
}

static uint8_t side_of(uint32_t tag, const struct rpc_addr *to)
{
	switch (tl_policy_of(tl_policy_at(tl_tag_endpoint(tag)), to)) {
	case POLICY_HOST:
		return DATAGRAM_TO_HOST;
	case POLICY_ROUTE:
		return DATAGRAM_TO_VIRTUAL;
	default:
		return DATAGRAM_BY_ROUTE;
	}
}

/* The scope of a link-local address, where it is an interface of the host. */
static void read_scope(struct rpc_datagram *d, uint32_t tag,
		       const struct msghdr *m)
{
	struct sockaddr_in6 in6;

	if (!(tag & TAG_DOMAIN6) || m->msg_namelen < sizeof(in6))
		return;
	memcpy(&in6, m->msg_name, sizeof(in6));
	choose_ifc(d, in6.sin6_scope_id);
}

static int destination(struct rpc_datagram *d, uint32_t tag,
		       const struct msghdr *m)
{
	int r;

	if (!m->msg_name || m->msg_namelen == 0)
		return tag & TAG_CONNECTING ? 0 : -EDESTADDRREQ;

	r = tl_address_from_sockaddr(&d->peer, tag, m->msg_name,
				     m->msg_namelen);
	if (r < 0)
		return r;
	read_scope(d, tag, m);
	if (d->peer.port == 0 && !(tag & TAG_ICMP))
		return -EINVAL;
	if ((tag & TAG_V6ONLY) && d->peer.family == 4)
		return -ENETUNREACH;
	d->side = side_of(tag, &d->peer);
	if ((tl_address_is_loopback(&d->peer) || tl_address_is_any(&d->peer)) &&
	    !(tag & TAG_COMPANION))
		return -ENETUNREACH;
	return 0;
}

/* The limited one; only the service knows those of subnets. */
static bool is_forbidden_broadcast(int fd, const struct rpc_addr *to)
{
	socklen_t len = sizeof(int);
	int on = 0;

	if (to->family != 4 || tl_load_be32(to->ip) != 0xffffffff)
		return false;
	return tl_sys_getsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, &len) < 0 ||
	       !on;
}

static ssize_t send_record(int fd, const struct msghdr *m, uint8_t *header,
			   struct iovec *iov, int flags)
{
	struct msghdr out = { .msg_iov = iov, .msg_iovlen = m->msg_iovlen + 1 };
	ssize_t n;

	gather(iov, m, header);
	n = tl_sys_sendmsg(fd, &out, (flags & MSG_DONTWAIT) | MSG_NOSIGNAL);
	if (n == -EPIPE || n == -ECONNRESET || n == -ENOTCONN)
		return -ENETDOWN;
	return n < 0 ? n : n - RPC_DATAGRAM_LEN;
}

static __attribute__((noinline)) ssize_t send_many(int fd,
						   const struct msghdr *m,
						   uint8_t *header, int flags)
{
	struct iovec iov[MANY_IOVECS + 1];

	return send_record(fd, m, header, iov, flags);
}

static ssize_t send_few(int fd, const struct msghdr *m, uint8_t *header,
			int flags)
{
	struct iovec iov[FEW_IOVECS + 1];

	return send_record(fd, m, header, iov, flags);
}

ssize_t tl_client_send(int fd, uint32_t tag, const struct msghdr *m, int flags)
{
	struct rpc_datagram d = { .kind = DATAGRAM_DATA };
	uint8_t header[RPC_DATAGRAM_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(header));
	size_t n;
	int r;

	if (flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (m->msg_iovlen >= MANY_IOVECS)
		return -EMSGSIZE;
	r = destination(&d, tag, m);
	if (r < 0)
		return r;
	r = payload_size(&n, m);
	if (r < 0)
		return too_long(fd, tag, &d.peer);
	if (is_forbidden_broadcast(fd, &d.peer))
		return -EACCES;
	r = earlier_error(fd, tag);
	if (r > 0)
		return -r;

	read_control(&d, m);
	tl_rpc_write_datagram(&w, &d);
	if (!(tag & (TAG_SENT | TAG_CONNECTING)))
		tl_tag_change(fd, TAG_SENT, 0);
	if (tag & TAG_BARE)
		return n > RPC_DATAGRAM_MAX ? -EMSGSIZE
					    : tl_bare_send(fd, m, &d, flags);
	return m->msg_iovlen <= FEW_IOVECS ? send_few(fd, m, header, flags)
					   : send_many(fd, m, header, flags);
}

/**
 * struct inbox - A record being received
 * @m:		the program's message header
 * @header:	where the record's header lands
 * @iov:	room for the program's iovecs and one more
 */
struct inbox {
	struct msghdr *m;
	uint8_t header[RPC_DATAGRAM_LEN];
	struct iovec *iov;
};

void tl_control_put(struct msghdr *m, size_t room, int level, int type,
		    const void *data, size_t n)
{
	size_t at = CMSG_ALIGN(m->msg_controllen);
	struct cmsghdr c = { .cmsg_level = level,
			     .cmsg_type = type,
			     .cmsg_len = CMSG_LEN(n) };
	uint8_t *p;

	if (!m->msg_control || at > room || room - at < CMSG_LEN(n)) {
		m->msg_flags |= MSG_CTRUNC;
		return;
	}
	p = (uint8_t *)m->msg_control + at;
	memcpy(p, &c, sizeof(c));
	memcpy(p + CMSG_LEN(0), data, n);
	m->msg_controllen = TL_MIN(at + CMSG_SPACE(n), room);
}

static void put_pktinfo(struct msghdr *m, size_t room, uint32_t tag,
			const struct rpc_datagram *d)
{
	const struct rpc_addr *local = &d->local;
	uint32_t index = local->ifc ? tl_interface_index(local->ifc) : d->index;
	struct in6_pktinfo info6 = { 0 };
	struct in_pktinfo info = { 0 };
	struct sockaddr_in6 in6;
	socklen_t len = sizeof(in6);

	if (!(tag & TAG_DOMAIN6)) {
		info.ipi_ifindex = (int)index;
		memcpy(&info.ipi_spec_dst, local->ip, 4);
		memcpy(&info.ipi_addr, local->ip, 4);
		tl_control_put(m, room, IPPROTO_IP, IP_PKTINFO, &info,
			       sizeof(info));
		return;
	}
	tl_address_to_sockaddr((struct sockaddr *)&in6, &len, tag, local);
	info6.ipi6_ifindex = index;
	info6.ipi6_addr = in6.sin6_addr;
	tl_control_put(m, room, IPPROTO_IPV6, IPV6_PKTINFO, &info6,
		       sizeof(info6));
}

void tl_control_put_ttl(struct msghdr *m, size_t room, uint32_t tag,
			uint8_t ttl)
{
	bool v6 = (tag & TAG_DOMAIN6) != 0;
	int v = ttl;

	if (tag & TAG_RECVTTL)
		tl_control_put(m, room, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
			       v6 ? IPV6_HOPLIMIT : IP_TTL, &v, sizeof(v));
	if (v6 && (tag & TAG_OLD_HOPS))
		tl_control_put(m, room, IPPROTO_IPV6, IPV6_2292HOPLIMIT, &v,
			       sizeof(v));
}

static void write_control(struct msghdr *m, size_t room, uint32_t tag,
			  const struct rpc_datagram *d)
{
	bool v6 = (tag & TAG_DOMAIN6) != 0;
	int tos = d->tos;

	if (tag & TAG_PKTINFO)
		put_pktinfo(m, room, tag, d);
	tl_control_put_ttl(m, room, tag, d->ttl);
	if ((tag & TAG_RECVTOS) && v6)
		tl_control_put(m, room, IPPROTO_IPV6, IPV6_TCLASS, &tos,
			       sizeof(tos));
	else if (tag & TAG_RECVTOS)
		tl_control_put(m, room, IPPROTO_IP, IP_TOS, &d->tos,
			       sizeof(d->tos));
}

/* recvmsg(2) into header and payload; the part after RPC_DATAGRAM_LEN
 * counts. */
static ssize_t receive(int fd, struct inbox *in, struct msghdr *raw, int flags)
{
	int saved = errno;
	ssize_t n;

	gather(in->iov, in->m, in->header);
	*raw = (struct msghdr){ .msg_iov = in->iov,
				.msg_iovlen = in->m->msg_iovlen + 1,
				.msg_control = in->m->msg_control,
				.msg_controllen = in->m->msg_controllen };
	n = tl_sys_wait(fd, raw, flags);
	if (n < 0) {
		n = errno == ECONNRESET ? -ENETDOWN : -errno;
		errno = saved;
		return n;
	}
	return n < RPC_DATAGRAM_LEN ? -ENETDOWN : n - RPC_DATAGRAM_LEN;
}

static void put_origin(struct msghdr *m, uint32_t tag,
		       const struct rpc_datagram *d)
{
	socklen_t room = m->msg_namelen;
	const size_t at = offsetof(struct sockaddr_in6, sin6_scope_id);

	tl_address_to_sockaddr(m->msg_name, &m->msg_namelen, tag, &d->peer);
	if (tl_address_is_link_local(&d->peer) && !d->peer.ifc &&
	    room >= sizeof(struct sockaddr_in6))
		memcpy((uint8_t *)m->msg_name + at, &d->index,
		       sizeof(d->index));
}

/* What the header or label of a datagram says, for the program. */
static void tell(struct msghdr *m, size_t room, uint32_t tag,
		 const struct rpc_datagram *d)
{
	write_control(m, room, tag, d);
	if (m->msg_name)
		put_origin(m, tag, d);
}

static ssize_t receive_bare(int fd, uint32_t tag, struct msghdr *m, int flags)
{
	size_t room = m->msg_controllen;
	struct rpc_datagram d;
	ssize_t n;

	n = tl_bare_recv(fd, m, &d, flags);
	if (n >= 0)
		tell(m, room, tag, &d);
	return n;
}

static ssize_t receive_record(int fd, uint32_t tag, struct inbox *in, int flags)
{
	size_t room = in->m->msg_controllen;
	struct rpc_datagram d;
	struct reader r;
	struct msghdr raw;
	ssize_t n;

	n = receive(fd, in, &raw, flags);
	if (n < 0)
		return n;
	r = tl_reader(TL_BYTES_OF(in->header));
	tl_rpc_read_datagram(&r, &d);
	if (!tl_reader_ok(&r))
		return -ENETDOWN;
	if (d.kind == DATAGRAM_ERROR) {
		if (flags & MSG_PEEK)
			tl_client_take_error(fd);
		return -(ssize_t)d.error;
	}

	in->m->msg_flags = raw.msg_flags & ~MSG_EOR;
	in->m->msg_controllen = raw.msg_controllen;
	tell(in->m, room, tag, &d);
	return n;
}

static __attribute__((noinline)) ssize_t receive_many(int fd, uint32_t tag,
						      struct msghdr *m,
						      int flags)
{
	struct iovec iov[MANY_IOVECS + 1];
	struct inbox in = { .m = m, .iov = iov };

	return receive_record(fd, tag, &in, flags);
}

static ssize_t receive_few(int fd, uint32_t tag, struct msghdr *m, int flags)
{
	struct iovec iov[FEW_IOVECS + 1];
	struct inbox in = { .m = m, .iov = iov };

	return receive_record(fd, tag, &in, flags);
}

ssize_t tl_client_recv(int fd, uint32_t tag, struct msghdr *m, int flags)
{
	if (flags & MSG_ERRQUEUE)
		return tl_client_recv_error(fd, tag, m);
	if (flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (m->msg_iovlen >= MANY_IOVECS)
		return -EMSGSIZE;
	if (tag & TAG_BARE)
		return receive_bare(fd, tag, m, flags);

	return m->msg_iovlen <= FEW_IOVECS ? receive_few(fd, tag, m, flags)
					   : receive_many(fd, tag, m, flags);
}
