/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_call.c - what programs ask of their sockets
 *
 * A request is about the socket whose application's end came along, which is
 * found by its cookie; or about none, and then it may make one.
 */
#include "sockets/socket_impl.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* A client may take so much of what is left without being told each time. */
#define CREDIT_PART 16

static void remember(struct sockets *s, uint64_t cookie, int error,
		     bool at_birth)
{
	size_t i = cookie % SOCKET_ERRORS;

	s->errors[i].cookie = cookie;
	s->errors[i].error = error;
	s->errors[i].at_birth = at_birth;
}

void tl_socket_remember(struct socket *k, int error)
{
	size_t i = k->cookie % SOCKET_ERRORS;

	/* None is news only where there was one. */
	if (!k->in_table || (!error && k->owner->errors[i].cookie != k->cookie))
		return;
	remember(k->owner, k->cookie, error, false);
}

static struct socket *find(const struct sockets *s, uint64_t cookie)
{
	struct map_node *n = tl_map_first(
		&s->by_cookie, tl_map_hash_u64(&s->by_cookie, cookie));

	for (; n; n = tl_map_next(n)) {
		struct socket *k = tl_container_of(n, struct socket, by_cookie);

		if (k->cookie == cookie)
			return k;
	}
	return NULL;
}

static bool is_valid_tag(uint32_t tag)
{
	if ((tag & TAG_MAGIC_MASK) != TAG_MAGIC)
		return false;
	return !(tag & TAG_ICMP) || (tag & TAG_DGRAM);
}

/* The companion that came as descriptor @i of @call, if one did. */
static int adopt_companion(struct socket *k, struct rpc_call *call, size_t i)
{
	int err;

	if (call->n_fds <= i)
		return 0;
	err = tl_host_adopt(k, call->fds[i]);
	if (!err)
		call->fds[i] = -1;
	return err;
}

/* Why tl_socket_make() has made none. */
static int why_none(struct sockets *s, uint32_t uid)
{
	if (s->counts.sockets >= SOCKETS_MAX)
		return -ENFILE;
	if (!tl_quota_take(&s->quota, uid, QUOTA_SOCKETS))
		return -EMFILE;
	tl_quota_give(&s->quota, uid, QUOTA_SOCKETS);
	return -ENOMEM;
}

static int make_known(struct sockets *s, struct rpc_call *call,
		      const struct rpc_request *q, uint64_t cookie)
{
	struct socket *k;
	int err;

	/* The same pair twice: the first one has it. */
	if (find(s, cookie))
		return -EINVAL;
	k = tl_socket_make(s, call->uid, call->user, q->tag);
	if (!k)
		return why_none(s, call->user);
	k->host.only_loopback = q->flags & RPC_FLAG_ISOLATE;
	k->closed.on = q->flags & RPC_FLAG_CLOSED;
	k->resolver.off = q->flags & RPC_FLAG_NO_RESOLVER;
	err = tl_socket_adopt(k, call->fds[0], cookie);
	if (!err) {
		call->fds[0] = -1;
		err = adopt_companion(k, call, 2);
	}
	if (err)
		tl_socket_drop(k);
	return err;
}

/* Who did not wait may be polling it by now, and would see the nonce. */
static int check_ends(struct sockets *s, const struct rpc_call *call,
		      const struct rpc_request *q)
{
	int type = q->tag & TAG_DGRAM ? SOCK_SEQPACKET : SOCK_STREAM;
	uint64_t nonce;

	if (q->flags & RPC_FLAG_QUIET)
		return tl_end_check(call->fds[0], call->fds[1], type);
	tl_socket_random(s, &nonce, sizeof(nonce));
	return tl_end_verify(call->fds[0], call->fds[1], type, nonce);
}

static int make_checked(struct sockets *s, struct rpc_call *call,
			const struct rpc_request *q)
{
	uint64_t cookie;
	int err = check_ends(s, call, q);

	if (!err)
		err = tl_end_cookie(call->fds[1], &cookie);
	if (err)
		return err;
	/* The application holds it too. */
	close(call->fds[1]);
	call->fds[1] = -1;
	call->known_fds = call->n_fds == 2;
	err = make_known(s, call, q, cookie);
	if (err)
		remember(s, cookie, -err, true);
	return err;
}

/* How much a client may ask for without waiting, after what came as descriptor
 * @fd: a part of what there is left of everything. The lowest number
 * that is free says roughly how many descriptors there are. */
static uint32_t credit_of(const struct sockets *s, uint32_t user, int fd)
{
	uint32_t left = tl_quota_left(&s->quota, user, QUOTA_SOCKETS);
	struct rlimit files;
	uint64_t in_use = TL_MAX((uint64_t)fd, s->counts.sockets);

	if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur <= in_use)
		return 0;
	left = (uint32_t)TL_MIN(left, files.rlim_cur - in_use);
	left = (uint32_t)TL_MIN(left, SOCKETS_MAX - s->counts.sockets);
	return left / CREDIT_PART;
}

uint32_t tl_socket_credit(const struct socket *k)
{
	return credit_of(k->owner, k->user, k->watch.fd);
}

static void on_socket(struct sockets *s, struct rpc_call *call,
		      const struct rpc_request *q)
{
	struct rpc_reply reply = { 0 };
	int fd = call->fds[0];
	int err;

	if (!call->may_create)
		err = -EPERM;
	else if (!is_valid_tag(q->tag))
		err = -EPROTONOSUPPORT;
	else
		err = make_checked(s, call, q);
	reply.status = (uint32_t)-err;
	if (!err && !(q->flags & RPC_FLAG_QUIET))
		reply.value = credit_of(s, call->user, fd);
	tl_rpc_reply(call, &reply);
}

/* A socket whose connect failed is gone; what is left of it is its error. */
static void on_error_of(struct sockets *s, struct rpc_call *call,
			uint64_t cookie)
{
	size_t i = cookie % SOCKET_ERRORS;
	struct rpc_reply reply = { 0 };

	if (s->errors[i].cookie == cookie) {
		reply.value = (uint32_t)s->errors[i].error;
		s->errors[i].cookie = 0;
	}
	tl_rpc_reply(call, &reply);
}

/* What was wrong with a socket that there never was. */
static int birth_error(const struct sockets *s, uint64_t cookie)
{
	size_t i = cookie % SOCKET_ERRORS;

	if (s->errors[i].cookie == cookie && s->errors[i].at_birth)
		return s->errors[i].error;
	return EBADF;
}

static void on_bind(struct socket *k, struct rpc_call *call,
		    const struct rpc_request *q)
{
	struct rpc_addr a = q->addr;
	uint32_t status;
	int err;

	if (k->has_port ||
	    (k->state != SOCKET_IDLE && k->state != SOCKET_UDP)) {
		tl_socket_answer(call, EINVAL);
		return;
	}
	tl_addr_unmap(&a);
	status = tl_port_judge_bind(k, &a, q->flags);
	if (status) {
		tl_socket_answer(call, (int)status);
		return;
	}
	tl_socket_read_native(k, call->fds[0]);
	if (q->flags & RPC_FLAG_OPEN)
		k->closed.on = false;
	k->local = a;
	err = tl_port_take(k);
	if (!err) {
		err = adopt_companion(k, call, 1);
		if (err)
			tl_port_leave(k);
	}
	if (err) {
		k->local = (struct rpc_addr){ 0 };
		tl_socket_answer(call, -err);
		return;
	}
	if (k->state == SOCKET_UDP)
		tl_socket_udp_bind(k, call);
	else
		tl_socket_answer_names(call, k, 0);
}

static void on_known(struct socket *k, struct rpc_call *call,
		     const struct rpc_request *q)
{
	const uint32_t fixed = TAG_DOMAIN6 | TAG_DGRAM | TAG_ICMP;
	bool tell_keeper;

	k->tag = (k->tag & fixed) | ((q->tag ? q->tag : k->tag) & ~fixed);
	/* Only then something may be new; the socket may be gone afterwards,
	 * but not its memory. */
	tell_keeper = q->op != RPC_NAMES && q->op != RPC_GETOPT;
	switch (q->op) {
	case RPC_BIND:
		on_bind(k, call, q);
		break;
	case RPC_LISTEN:
		tl_listen_start(k, call, q);
		break;
	case RPC_CONNECT:
		if (k->state == SOCKET_UDP)
			tl_socket_udp_connect(k, call, q);
		else
			tl_tcp_connect(k, call, q);
		break;
	case RPC_DISCONNECT:
		tl_socket_udp_disconnect(k, call);
		break;
	case RPC_TAKE_ERROR:
		tl_errors_call(k, call, q);
		break;
	case RPC_SETOPT:
		tl_socket_setopt(k, call, q);
		break;
	case RPC_GETOPT:
		tl_socket_getopt(k, call, q);
		break;
	default:
		if (k->state == SOCKET_UDP)
			tl_socket_answer_names(call, k, 0);
		else
			tl_tcp_answer_names(k, call);
		break;
	}
	if (tell_keeper)
		tl_keep_note(k);
}

/* Requests that concern no socket that there is already. */
static bool is_about_none(uint16_t op)
{
	return op == RPC_SOCKET || op == RPC_INTERFACE || op == RPC_LOOKUP ||
	       op == RPC_WAIT;
}

static void on_wait(struct sockets *s, struct rpc_call *call,
		    const struct rpc_request *q)
{
	if (!call->may_create)
		tl_socket_answer(call, EPERM);
	else if (!s->config.wait)
		tl_socket_answer(call, EOPNOTSUPP);
	else
		s->config.wait(s->config.ctx, call, q);
}

static void on_call_about_none(struct sockets *s, struct rpc_call *call,
			       const struct rpc_request *q)
{
	if (q->op == RPC_SOCKET)
		on_socket(s, call, q);
	else if (q->op == RPC_INTERFACE)
		tl_socket_answer_interface(s, call, q);
	else if (q->op == RPC_WAIT)
		on_wait(s, call, q);
	else
		tl_socket_answer_lookup(s, call, q);
}

void tl_sockets_on_call(void *ctx, struct rpc_call *call,
			const struct rpc_request *q)
{
	struct sockets *s = ctx;
	struct socket *k;
	uint64_t cookie;

	if (is_about_none(q->op)) {
		on_call_about_none(s, call, q);
		return;
	}
	if (tl_end_cookie(call->fds[0], &cookie)) {
		tl_socket_answer(call, ENOTSOCK);
		return;
	}
	k = find(s, cookie);
	call->known_fds = call->n_fds == 1 &&
			  (k || tl_end_is_unix(call->fds[0]));
	if (q->op == RPC_ERROR)
		on_error_of(s, call, cookie);
	else if (k)
		on_known(k, call, q);
	else
		tl_socket_answer(call, birth_error(s, cookie));
}
