/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call.h - one request to the service and its reply
 *
 * A call opens a control channel, sends, waits and closes. It takes no lock,
 * allocates nothing and leaves nothing behind.
 */
#ifndef TL_SDK_CLIENT_CALL_H
#define TL_SDK_CLIENT_CALL_H

#include <sys/time.h>

#include "rpc/proto.h"

/**
 * struct call - A request and what came back
 * @request:	what to ask; the token is filled in
 * @fds:	descriptors to pass; borrowed
 * @n_fds:	how many, at most RPC_MAX_FDS
 * @may_wait:	a reply may take long: signals end the call with -EINTR
 * @timeout:	with @may_wait: gives up with -EAGAIN; zero waits for ever
 * @quiet:	do not wait for the reply
 * @reply:	valid if tl_call() returned 0 or more
 * @record:	what @reply borrows from
 */
struct call {
	struct rpc_request request;
	int fds[RPC_MAX_FDS];
	size_t n_fds;
	bool may_wait;
	bool quiet;
	struct timeval timeout;
	struct rpc_reply reply;
	uint8_t record[RPC_REPLY_MAX];
};

/**
 * tl_call() - Ask the service
 *
 * If it dies with the call, it is asked once more, should there be another.
 *
 * Return: 0; RPC_USE_HOST; the negative errno the service answered with;
 * -ENETDOWN if it cannot be reached or does not answer sense; -EINTR, -EAGAIN
 * as said at struct call; -EMFILE, -ENFILE.
 */
TL_MUST_USE int tl_call(struct call *c);

/* The same of the service with this number (endpoint.h). */
TL_MUST_USE int tl_call_at(struct call *c, unsigned int number);

/* tl_call() of @op about the socket @fd with its present @tag. @fd goes first;
 * others that go along stand in c->fds[1] and after, counted in c->n_fds. */
TL_MUST_USE int tl_call_about(struct call *c, enum rpc_op op, int fd,
			      uint32_t tag);

#endif /* TL_SDK_CLIENT_CALL_H */
