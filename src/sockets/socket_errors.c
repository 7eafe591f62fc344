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

static void enqueue(struct socket *k, const struct socket_error *e)
{
	size_t n = TL_MIN(e->quoted.n, (size_t)RPC_QUEUED_PAYLOAD_MAX);
	struct queued_error *q;

	q = tl_alloc_zeroed(sizeof(*q));
	if (!q)
		return;
	q->e = (struct rpc_queued_error){
		.error = (uint32_t)e->error,
		.info = e->info,
		.origin = e->local.family == 4 ? SO_EE_ORIGIN_ICMP
					       : SO_EE_ORIGIN_ICMP6,
		.type = e->type,
		.code = e->code,
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
	enqueue(k, e);
	tl_socket_udp_report(k, &e->remote, e->error);
}

void tl_errors_set(struct socket *k, int on)
{
	k->errors.on = on != 0 && k->state == SOCKET_UDP;
	if (!k->errors.on)
		tl_errors_free(k);
}

void tl_errors_take(struct socket *k, struct rpc_call *call)
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
