/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_hold.c - holding the application's end while it connects
 *
 * Theory of operation: a socket that connects must not be writable, so its
 * send buffer is full. To fill and drain a whole one took longer than all the
 * rest of a connect on a fast network. So it is born with the smallest one
 * there is, and we hold the application's end, to widen it when the connection
 * stands. Most do within milliseconds.
 *
 * Nothing tells us that the application has closed its end while we hold it,
 * too. Those that take long are therefore filled to the full width, as if they
 * had been born with it, and let go.
 */
#include "sockets/socket_impl.h"

#include <unistd.h>

/* A wait of the stack while anything connects is 250 ms at most, so that it is
 * this and up to 250 ms more. */
#define HOLD_US ((int64_t)100000)

void tl_hold_take(struct socket *k, struct rpc_call *call)
{
	k->hold.app = call->fds[0];
	call->fds[0] = -1;
	tl_list_append(&k->owner->held_new, &k->hold.link);
}

void tl_hold_drop(struct socket *k)
{
	if (k->hold.app < 0)
		return;
	/* The end of a socket of ours: nothing lingers. */
	close(k->hold.app);
	k->hold.app = -1;
	tl_list_remove(&k->hold.link);
}

void tl_hold_widen(struct socket *k)
{
	if (k->hold.app < 0)
		return;
	tl_end_widen(k->hold.app);
	tl_hold_drop(k);
}

static void fill_and_drop(struct socket *k)
{
	int err = tl_end_fill(k->watch.fd, k->hold.app, &k->tcp.filler);

	tl_hold_drop(k);
	/* It has written all the same, or shut itself down. */
	if (err && !k->tcp.why) {
		k->tcp.why = ECONNRESET;
		tl_socket_mark(k);
	}
}

void tl_hold_run(struct sockets *s, int64_t now_us)
{
	struct socket *k;

	while ((k = tl_list_first(&s->held, struct socket, hold.link))) {
		if (now_us - k->hold.since_us < HOLD_US)
			break;
		fill_and_drop(k);
	}
	while ((k = tl_list_first(&s->held_new, struct socket, hold.link))) {
		k->hold.since_us = now_us;
		tl_list_remove(&k->hold.link);
		tl_list_append(&s->held, &k->hold.link);
	}
}
