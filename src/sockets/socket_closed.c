/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_closed.c - sockets that nobody may call
 *
 * A program that runs with a list of open ports (--allow) has its other sockets
 * closed towards the network: a listener there gets no connection, and a
 * datagram is dropped unless it comes from where the socket has sent to lately,
 * as packet filters keep it.
 */
#include "sockets/socket_impl.h"

#include <string.h>

#include "base/alloc.h"

void tl_closed_note(struct socket *k, const struct rpc_addr *to)
{
	struct closed_side *c = &k->closed;

	if (!c->on || tl_closed_hears(k, to))
		return;
	if (!c->sent_to)
		c->sent_to =
			tl_alloc_zeroed(CLOSED_PEERS * sizeof(*c->sent_to));
	if (c->sent_to)
		c->sent_to[c->next++ % CLOSED_PEERS] = *to;
}

/* A group answers from addresses of its members. */
static bool is_answer(const struct rpc_addr *sent_to,
		      const struct rpc_addr *from)
{
	if (sent_to->family != from->family || sent_to->port != from->port)
		return false;
	return tl_addr_is_multicast(sent_to) || tl_addr_is_broadcast(sent_to) ||
	       memcmp(sent_to->ip, from->ip, sizeof(from->ip)) == 0;
}

bool tl_closed_hears(const struct socket *k, const struct rpc_addr *from)
{
	const struct closed_side *c = &k->closed;
	size_t i;

	if (!c->on || k->udp.connected)
		return true;
	for (i = 0; c->sent_to && i < CLOSED_PEERS; i++) {
		if (is_answer(&c->sent_to[i], from))
			return true;
	}
	return false;
}

void tl_closed_free(struct socket *k)
{
	tl_free(k->closed.sent_to);
	k->closed.sent_to = NULL;
}
