/* SPDX-License-Identifier: Apache-2.0 */
/*
 * waiters.c - calls that are answered when the node or a network is ready
 *
 * RPC_WAIT of programs (`tapless wait`). A call stays open until what it waits
 * for has come, or whoever waits has gone; nobody asks again and again. Their
 * number is limited by the quota of control connections.
 */
#include "service/service_impl.h"

#include <errno.h>

#include "base/alloc.h"

/**
 * struct waiter - One such call
 * @network:	0: for the node to be online
 */
struct waiter {
	struct list link;
	struct rpc_call *call;
	uint64_t network;
};

/* A network that is not there for the user has not been joined. */
static enum wait_state state_of(const struct service *s, uint64_t network,
				uint32_t user)
{
	const struct network *net =
		tl_vl2_find(s->vl2, (struct network_id){ network });

	struct service_network n;

	if (network == 0)
		return tl_service_is_online(s) ? WAIT_READY : WAIT_WAITING;
	if (!net || !tl_share_has(s, net, user) ||
	    tl_service_network(s, &n, network))
		return WAIT_NOT_JOINED;
	switch (n.state) {
	case SERVICE_NETWORK_READY:
		return WAIT_READY;
	case SERVICE_NETWORK_DENIED:
		return WAIT_DENIED;
	case SERVICE_NETWORK_NOT_FOUND:
		return WAIT_NOT_FOUND;
	case SERVICE_NETWORK_WAITING:
		break;
	}
	return WAIT_WAITING;
}

static void forget(struct waiter *w)
{
	tl_list_remove(&w->link);
	tl_free(w);
}

static void on_gone(void *ctx)
{
	forget(ctx);
}

static void answer(struct rpc_call *call, uint32_t status,
		   enum wait_state state)
{
	struct rpc_reply reply = { .status = status, .value = state };

	tl_rpc_reply(call, &reply);
}

void tl_waiters_init(struct service *s)
{
	tl_list_init(&s->waiters);
}

void tl_waiters_call(void *ctx, struct rpc_call *call,
		     const struct rpc_request *q)
{
	struct service *s = ctx;
	uint64_t network = q->opt.n == 8 ? tl_load_be64(q->opt.at) : 0;
	enum wait_state state = state_of(s, network, call->user);
	struct waiter *w;

	if (state == WAIT_READY || q->value == WAIT_NOT) {
		answer(call, 0, state);
		return;
	}
	w = tl_alloc_zeroed(sizeof(*w));
	if (!w) {
		answer(call, ENOMEM, state);
		return;
	}
	w->call = call;
	w->network = network;
	call->waiter = w;
	call->gone = on_gone;
	tl_list_append(&s->waiters, &w->link);
}

void tl_waiters_notice(struct service *s)
{
	struct rpc_call *call;

	tl_list_each(at, next, &s->waiters) {
		struct waiter *w = tl_container_of(at, struct waiter, link);

		if (state_of(s, w->network, w->call->user) != WAIT_READY)
			continue;
		call = w->call;
		forget(w);
		answer(call, 0, WAIT_READY);
	}
}
