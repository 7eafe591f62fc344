/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_errors.c - datagrams that did not arrive
 *
 * A connected socket is told errors that will stay. One with IP_RECVERR is told
 * all, of whatever destination, and can ask what exactly was said: the answers
 * wait here, since the application's queue has one order only and these are
 * read apart from datagrams. A full queue loses the newest, as Linux does.
 */
#include "sockets/socket_impl.h"

#include <linux/errqueue.h>
#include <string.h>

#include "base/alloc.h"

struct queued_error {
	struct list link;
	struct rpc_queued_error e;
	uint8_t payload[RPC_QUEUED_PAYLOAD_MAX];
};

/* @origin: SO_EE_ORIGIN_... */
static void enqueue(struct socket *k, const struct socket_error *e,
		    uint8_t origin)
{
	size_t n = TL_MIN(e->quoted.n, (size_t)RPC_QUEUED_PAYLOAD_MAX);
	struct queued_error *q;

	q = tl_alloc_zeroed(sizeof(*q));
	if (!q)
		return;
	q->e = (struct rpc_queued_error){
		.error = (uint32_t)e->error,
		.info = e->info,
		.origin = origin,
		.type = e->type,
		.code = e->code,
		.ttl = e->ttl,
		.offender = e->from,
		.dest = e->remote,
		.payload = tl_bytes(q->payload, n),
	};
	if (n > 0)
		memcpy(q->payload, e->quoted.at, n);
	tl_list_append(&k->errors.queue, &q->link);
	k->errors.n++;
}

static void dequeue(struct socket *k, struct queued_error *q)
{
	tl_list_remove(&q->link);
	k->errors.n--;
	tl_free(q);
}

void tl_errors_free(struct socket *k)
{
	struct queued_error *q;

	while ((q = tl_list_first(&k->errors.queue, struct queued_error, link)))
		dequeue(k, q);
}

void tl_errors_note(struct socket *k, const struct socket_error *e)
{
	if (!k->errors.on) {
		if (k->udp.connected && !e->passes)
			tl_socket_udp_report(k, &e->remote, e->error);
		return;
	}
	if (k->errors.n >= QUEUED_ERRORS_MAX)
		return;
	enqueue(k, e,
		e->local.family == 4 ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6);
	tl_socket_udp_report(k, &e->remote, e->error);
}

void tl_errors_too_long(struct socket *k, const struct rpc_addr *to)
{
	const struct ifc *ifc = tl_sight_route(k, to);
	struct socket_error e = {
		.error = EMSGSIZE,
		.remote = *to,
		.info = ifc ? tl_ifc_config(ifc)->mtu : UINT16_MAX,
	};

	/* Linux tells the port of the connected peer. */
	if (to->family == 4 && !k->udp.connected)
		e.remote.port = 0;
	if (k->errors.on && to->family && k->errors.n < QUEUED_ERRORS_MAX)
		enqueue(k, &e, SO_EE_ORIGIN_LOCAL);
}

void tl_errors_set(struct socket *k, int on)
{
	k->errors.on = on != 0 && k->state == SOCKET_UDP;
	if (!k->errors.on)
		tl_errors_free(k);
}

static void take(struct socket *k, struct rpc_call *call)
{
	struct queued_error *q =
		tl_list_first(&k->errors.queue, struct queued_error, link);
	struct rpc_reply reply = { 0 };
	uint8_t room[RPC_OPT_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	if (!q) {
		tl_socket_answer(call, EAGAIN);
		return;
	}
	tl_rpc_write_queued_error(&w, &q->e);
	tl_assert(tl_writer_ok(&w));
	reply.opt = tl_writer_bytes(&w);
	dequeue(k, q);
	/* As SO_ERROR of Linux then: the next one's, or none. */
	q = tl_list_first(&k->errors.queue, struct queued_error, link);
	if (k->udp.bare)
		tl_socket_remember(k, q ? (int)q->e.error : 0);
	tl_rpc_reply(call, &reply);
}

void tl_errors_call(struct socket *k, struct rpc_call *call,
		    const struct rpc_request *q)
{
	struct rpc_addr to = q->addr.family ? q->addr : k->remote;

	if (q->value == ERROR_TAKE) {
		take(k, call);
		return;
	}
	tl_addr_unmap(&to);
	if (k->state == SOCKET_UDP)
		tl_errors_too_long(k, &to);
	tl_socket_answer(call, 0);
}
