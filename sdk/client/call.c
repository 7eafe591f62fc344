/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/client/call.h"

#include <errno.h>
#include <string.h>

#include "sdk/client/endpoint.h"
#include "sdk/client/sys.h"
#include "sdk/client/tag.h"

/* The channel died with the call; another worker may answer it. No errno of a
 * reply: those are below. */
#define CALL_LOST (-5000)

/* Ancillary data of one SCM_RIGHTS message, aligned. */
union control {
	struct cmsghdr head;
	uint8_t room[CMSG_SPACE(RPC_MAX_FDS * sizeof(int))];
};

static void attach_fds(struct msghdr *m, union control *control,
		       const struct call *c)
{
	struct cmsghdr *head;

	if (c->n_fds == 0)
		return;

	memset(control, 0, sizeof(*control));
	m->msg_control = control->room;
	m->msg_controllen = CMSG_SPACE(c->n_fds * sizeof(int));
	head = CMSG_FIRSTHDR(m);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(c->n_fds * sizeof(int));
	memcpy(CMSG_DATA(head), c->fds, c->n_fds * sizeof(int));
}

static int send_request(int fd, struct call *c)
{
	uint8_t room[RPC_REQUEST_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct iovec iov;
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control control;
	ssize_t n;

	tl_rpc_write_request(&w, &c->request);
	if (!tl_writer_ok(&w))
		return -EINVAL;

	iov.iov_base = room;
	iov.iov_len = w.n;
	attach_fds(&m, &control, c);
	do
		n = tl_sys_sendmsg(fd, &m, MSG_NOSIGNAL);
	while (n == -EINTR);
	if (n == -ETOOMANYREFS)
		return -ETOOMANYREFS;
	return n < 0 ? CALL_LOST : 0;
}

/* The wait for a connection is the program's: signals and cancellation end it
 * as they would end connect(2). */
static ssize_t wait_long(int fd, struct msghdr *m,
			 const struct timeval *timeout)
{
	int saved = errno;
	ssize_t n;

	if (timeout->tv_sec || timeout->tv_usec)
		tl_sys_setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeout,
				  sizeof(*timeout));
	n = tl_sys_wait(fd, m, 0);
	if (n < 0)
		n = -errno;
	errno = saved;
	return n;
}

static ssize_t wait_short(int fd, struct msghdr *m)
{
	ssize_t n;

	do
		n = tl_sys_recvmsg(fd, m, 0);
	while (n == -EINTR);
	return n;
}

static int receive_reply(int fd, struct call *c)
{
	struct iovec iov = { .iov_base = c->record,
			     .iov_len = sizeof(c->record) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct reader r;
	ssize_t n;

	n = c->may_wait ? wait_long(fd, &m, &c->timeout) : wait_short(fd, &m);
	if (n == -EINTR || n == -EAGAIN)
		return (int)n;
	if (n <= 0)
		return CALL_LOST;

	r = tl_reader(tl_bytes(c->record, (size_t)n));
	tl_rpc_read_reply(&r, &c->reply);
	if (!tl_reader_ok(&r))
		return -ENETDOWN;
	if (c->reply.status == RPC_USE_HOST)
		return RPC_USE_HOST;
	if (c->reply.status > 4095)
		return -ENETDOWN;
	return -(int)c->reply.status;
}

static int call_once(struct call *c, unsigned int number)
{
	const struct service_endpoint *e = tl_endpoint_at(number);
	int fd;
	int r;

	fd = tl_endpoint_open_at(number, c->may_wait);
	if (fd < 0)
		return fd;

	memcpy(c->request.token, e->token, sizeof(c->request.token));
	c->request.flags |= RPC_FLAG_ONLY | (c->quiet ? RPC_FLAG_QUIET : 0);
	r = send_request(fd, c);
	if (r == 0 && !c->quiet)
		r = receive_reply(fd, c);
	tl_sys_close(fd);
	return r;
}

/*
 * The kernel lets a user have only so many descriptors under way, and requests
 * that nobody waits for may have used that up. They are served in order: when
 * one without descriptors is answered, those before it have arrived.
 */
static int call_in_turn(struct call *c, unsigned int number)
{
	struct call hello = { .request.op = RPC_HELLO };
	int r = call_once(c, number);

	if (r != -ETOOMANYREFS)
		return r;
	r = call_once(&hello, number);
	if (r == 0)
		r = call_once(c, number);
	return r == -ETOOMANYREFS ? -ENFILE : r;
}

/* When a worker dies its keeper has another one at the same endpoint, in whose
 * queue the call waits. What it asks for may be done twice without harm; the
 * socket that it is about may have died with the worker. */
int tl_call_at(struct call *c, unsigned int number)
{
	int r = call_in_turn(c, number);

	if (r != CALL_LOST)
		return r;
	r = call_in_turn(c, number);
	return r == CALL_LOST || r == -EBADF ? -ENETDOWN : r;
}

int tl_call(struct call *c)
{
	return tl_call_at(c, tl_endpoint_used());
}

int tl_call_about(struct call *c, enum rpc_op op, int fd, uint32_t tag)
{
	c->request.op = (uint16_t)op;
	c->request.tag = tag;
	c->fds[0] = fd;
	c->n_fds = TL_MAX(c->n_fds, 1);
	return tl_call_at(c, tl_tag_endpoint(tag));
}
