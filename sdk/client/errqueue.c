/* SPDX-License-Identifier: Apache-2.0 */
/*
 * errqueue.c - recvmsg(2) with MSG_ERRQUEUE
 *
 * What exactly was said about a datagram that did not arrive waits with the
 * service. That there is something is told by an error in the queue of
 * datagrams, which goes away with it, as Linux has it.
 */
#include "sdk/client/control.h"

#include <errno.h>
#include <time.h> /* what follows needs it with some C libraries */

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>

#include "sdk/client/address.h"
#include "sdk/client/call.h"
#include "sdk/client/client.h"
#include "sdk/client/tag.h"

/* What IP_RECVERR and IPV6_RECVERR say. */
struct said4 {
	struct sock_extended_err e;
	struct sockaddr_in offender;
};

struct said6 {
	struct sock_extended_err e;
	struct sockaddr_in6 offender;
};

static struct sock_extended_err extended(const struct rpc_queued_error *q)
{
	return (struct sock_extended_err){
		.ee_errno = q->error,
		.ee_origin = q->origin,
		.ee_type = q->type,
		.ee_code = q->code,
		.ee_info = q->info,
	};
}

/* The offender has no port, and no family if it is ourselves. */
static void put_said(struct msghdr *m, size_t room, uint32_t tag,
		     const struct rpc_queued_error *q)
{
	struct said4 s4 = { .e = extended(q) };
	struct said6 s6 = { .e = extended(q) };
	bool is_told = q->offender.family != 0;
	socklen_t len;

	if (tag & TAG_DOMAIN6) {
		len = sizeof(s6.offender);
		if (is_told)
			tl_address_to_sockaddr((struct sockaddr *)&s6.offender,
					       &len, tag, &q->offender);
		tl_control_put(m, room, IPPROTO_IPV6, IPV6_RECVERR, &s6,
			       sizeof(s6));
		return;
	}
	len = sizeof(s4.offender);
	if (is_told)
		tl_address_to_sockaddr((struct sockaddr *)&s4.offender, &len,
				       tag, &q->offender);
	tl_control_put(m, room, IPPROTO_IP, IP_RECVERR, &s4, sizeof(s4));
}

/* Bytes that fit. */
static size_t scatter(const struct msghdr *m, struct bytes from)
{
	size_t done = 0;
	size_t part;

	for (size_t i = 0; i < m->msg_iovlen && done < from.n; i++) {
		part = TL_MIN(m->msg_iov[i].iov_len, from.n - done);
		if (part > 0)
			memcpy(m->msg_iov[i].iov_base, from.at + done, part);
		done += part;
	}
	return done;
}

ssize_t tl_client_recv_error(int fd, uint32_t tag, struct msghdr *m)
{
	size_t room = m->msg_controllen;
	struct rpc_queued_error q;
	struct call c = { 0 };
	struct reader r;
	size_t n;
	int err;

	if (!(tag & TAG_RECVERR) || !tl_tag_is_udp(tag))
		return -EAGAIN;
	err = tl_call_about(&c, RPC_TAKE_ERROR, fd, tag);
	if (err != 0)
		return err < 0 ? err : -EAGAIN;
	r = tl_reader(c.reply.opt);
	tl_rpc_read_queued_error(&r, &q);
	if (!tl_reader_done(&r))
		return -ENETDOWN;
	/* Of a bare one the service has taken it back. */
	if (!(tag & TAG_BARE))
		(void)tl_client_take_error(fd);
	m->msg_controllen = 0;
	m->msg_flags = MSG_ERRQUEUE;
	tl_control_put_ttl(m, room, tag, q.ttl);
	put_said(m, room, tag, &q);
	if (m->msg_name)
		tl_address_to_sockaddr(m->msg_name, &m->msg_namelen, tag,
				       &q.dest);
	n = scatter(m, q.payload);
	if (n < q.payload.n)
		m->msg_flags |= MSG_TRUNC;
	return (ssize_t)n;
}
