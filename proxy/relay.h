/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay.h - two connected descriptors, coupled
 *
 * What one side writes the other reads, no faster than it does. An orderly end
 * is passed on as one, for each direction by itself; a reset as a reset, so
 * that nobody takes a part for the whole. A connection that is silent holds no
 * buffer and no timer, and may be so for ever.
 *
 * A direction can be told more, for HTTP: to send something first, to ask a
 * hook about what comes before it passes it on, and to end with a body.
 */
#ifndef TL_PROXY_RELAY_H
#define TL_PROXY_RELAY_H

#include "proxy/http_body.h"
#include "proxy/server.h"

struct relay;

/* Named after the descriptor that is read: a is @fds[0], b is @fds[1]. */
enum relay_way {
	RELAY_A_TO_B,
	RELAY_B_TO_A,
};

/**
 * typedef relay_hook - Look at what a direction would read
 * @fd:		to be read with MSG_PEEK, and with recv(2) what is to go
 * @ended:	the other side has ended its stream: no more comes
 *
 * Called whenever something may have come, until it returns 0. It may use
 * tl_relay_put() and tl_relay_limit() for its own direction, and
 * tl_relay_finish().
 *
 * Return: 0, and the direction passes on what comes; 1 to be called again at
 * once; -EAGAIN if there is not enough yet; another negative errno ends the
 * relay as a reset.
 */
typedef int (*relay_hook)(void *ctx, struct relay *r, int fd, bool ended);

/**
 * tl_relay_new() - Couple
 * @fds:	both consumed, in any case
 * @done:	called once when both sides have ended and are closed; the relay
 *		is freed after it
 *
 * Return: 0; -ENOMEM or a negative errno of epoll_ctl(2).
 */
TL_MUST_USE int tl_relay_new(struct relay **rp, struct server *s, int fds[2],
			     server_fn done, void *ctx);

/* Bytes that go first, copied. 0 or -ENOMEM. Only before tl_relay_start() or
 * from within the hook of @way. */
TL_MUST_USE int tl_relay_put(struct relay *r, enum relay_way way,
			     struct bytes b);

void tl_relay_set_hook(struct relay *r, enum relay_way way, relay_hook hook);

/**
 * tl_relay_limit() - A direction ends where @body does
 * @is_request:	what comes behind is read and thrown away, its end is not passed
 *		on, and a failure to write leaves the other direction alive;
 *		without it the end of the body is the end of the relay
 *
 * A body that breaks off or is malformed ends the relay as a reset.
 */
void tl_relay_limit(struct relay *r, enum relay_way way,
		    const struct http_body *body, bool is_request);

/* What was put goes out, then the direction ends as if its body had. */
void tl_relay_finish(struct relay *r, enum relay_way way);

/* Begin; nothing moves before. @done may be called from within. */
void tl_relay_start(struct relay *r);

/* Reset both sides and free, without a call of @done. Accepts NULL. */
void tl_relay_kill(struct relay *r);

#endif /* TL_PROXY_RELAY_H */
