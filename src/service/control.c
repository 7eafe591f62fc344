/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.c - the controller's hands: packets, storage, time
 *
 * The controller decides and hands out payloads; here they become packets. An
 * answer to a request goes back on the path the request came in on, which is
 * known only while the request is being handled. One that has to be stored
 * first goes by the best path, as a push does.
 *
 * Replies of the HTTP interface are held until what they say is on disk.
 */
#include "service/service_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/random.h"
#include "service/failure.h"
#include "service/store_sqlite.h"
#include "service/store_writer.h"

/* For requests of this very node (vl2.md 4.3). */
#define OWN_REQUEST_ID UINT64_MAX

/* The request that is being answered, for the functions below. */
static _Thread_local const struct rx *answering;

/* A reply that waits for its batch. */
struct held {
	struct list link;
	struct http_later *later;
	struct controller_reply reply;
};

static struct address own_address(const struct service *s)
{
	return tl_node_address(s->node);
}

/* A packet that answers @packet_id, or is a push if that is 0. */
static struct packet *start_config(struct service *s, struct address to,
				   uint64_t packet_id)
{
	struct packet *p;
	uint8_t *at;

	if (!packet_id)
		return tl_node_packet(s->node, to, VERB_NETWORK_CONFIG);
	p = tl_node_packet(s->node, to, VERB_OK);
	if (!p)
		return NULL;
	at = p->data + p->head + p->n;
	at[0] = VERB_NETWORK_CONFIG_REQUEST;
	tl_store_be64(at + 1, packet_id);
	p->n += 9;
	return p;
}

static void finish(struct service *s, struct packet *p, struct address to,
		   unsigned int flags)
{
	if (answering && tl_address_equal(answering->peer->id.addr, to))
		tl_node_reply(s->node, answering, p, flags);
	else
		tl_node_send(s->node, p, flags, tl_service_now(s));
}

/* Our own configuration comes in pieces like everybody's; put it together as if
 * it had come from outside. */
static void take_own_chunk(struct service *s, struct network_id net,
			   struct bytes chunk)
{
	tl_vl2_on_own_chunk(s->vl2, net, chunk, tl_service_now(s));
}

static void send_config(void *ctx, struct network_id net, struct address to,
			uint64_t packet_id, struct bytes chunk)
{
	struct service *s = ctx;
	struct packet *p;

	if (tl_address_equal(to, own_address(s))) {
		take_own_chunk(s, net, chunk);
		return;
	}
	p = start_config(s, to, packet_id);
	if (p && tl_packet_append(p, chunk))
		finish(s, p, to, SEND_COMPRESS);
	else
		tl_packet_free(p);
}

static void send_error(void *ctx, struct network_id net, struct address to,
		       uint64_t packet_id, enum error_code code)
{
	struct service *s = ctx;
	struct packet *p;
	uint8_t *at;

	if (tl_address_equal(to, own_address(s))) {
		tl_vl2_on_refusal(s->vl2, net, code);
		return;
	}
	p = tl_node_packet(s->node, to, VERB_ERROR);
	if (!p)
		return;
	at = p->data + p->head + p->n;
	at[0] = VERB_NETWORK_CONFIG_REQUEST;
	tl_store_be64(at + 1, packet_id);
	at[9] = (uint8_t)code;
	tl_store_be64(at + 10, net.v);
	p->n += 18;
	finish(s, p, to, SEND_PLAIN);
}

static void send_credentials(void *ctx, struct network_id net,
			     struct address to, struct bytes payload)
{
	struct service *s = ctx;
	struct packet *p;

	(void)net;
	if (tl_address_equal(to, own_address(s))) {
		tl_vl2_on_own_credentials(s->vl2, payload, tl_service_now(s));
		return;
	}
	p = tl_node_packet(s->node, to, VERB_NETWORK_CREDENTIALS);
	if (p && tl_packet_append(p, payload))
		tl_node_send(s->node, p, SEND_COMPRESS, tl_service_now(s));
	else
		tl_packet_free(p);
}

static bool is_reached(void *ctx, struct address node)
{
	const struct service *s = ctx;
	const struct peer *peer = tl_node_find_peer(s->node, node);

	return peer && tl_peer_is_alive(peer, tl_service_now(s));
}

/* Consumes what @from has. */
static void convert(struct http_reply *to, struct controller_reply *from)
{
	to->status = (unsigned int)from->status;
	if (from->text)
		tl_http_reply_text(to, from->text);
	tl_free(from->text);
}

static void release(struct held *h)
{
	struct http_reply reply = { 0 };

	convert(&reply, &h->reply);
	tl_http_later_answer(h->later, &reply);
	tl_list_remove(&h->link);
	tl_free(h);
}

static void committed(void *ctx, uint64_t batch, int err)
{
	struct service *s = ctx;

	tl_list_each(it, next, &s->held_replies) {
		struct held *h = tl_container_of(it, struct held, link);

		if (h->reply.batch > batch)
			continue;
		if (err)
			tl_controller_reply_fail(&h->reply, err);
		release(h);
	}
}

void tl_control_reply(struct service *s, struct controller_reply *from,
		      struct http_reply *reply)
{
	struct held *h;

	if (!from->batch) {
		convert(reply, from);
		return;
	}
	h = tl_alloc_zeroed(sizeof(*h));
	if (h)
		h->later = tl_http_later_new(s->http);
	if (!h || !h->later) {
		tl_controller_reply_fail(from, -ENOMEM);
		convert(reply, from);
		tl_free(h);
		return;
	}
	h->reply = *from;
	tl_list_append(&s->held_replies, &h->link);
	reply->later = h->later;
}

static void on_written(void *ctx, int err)
{
	struct service *s = ctx;

	if (!s->controller)
		return;
	tl_controller_committed(s->controller, err, tl_service_now(s));
	tl_service_wake(s);
}

/* The database, and the thread that writes to it. */
static int open_store(struct service *s)
{
	char path[FILE_PATH_SIZE];
	int r = tl_path_join(path, s->home.path, "controller.db");

	if (!r)
		r = tl_store_sqlite_open(&s->store, path);
	if (r)
		return r;
	r = tl_store_writer_new(&s->store_writer, &s->loop, &s->store,
				on_written, s);
	if (r)
		tl_store_sqlite_close(&s->store);
	s->has_store = !r;
	return r;
}

int tl_control_open(struct service *s, char error[SERVICE_ERROR_SIZE])
{
	struct controller_host host = {
		.ctx = s,
		.send_config = send_config,
		.send_error = send_error,
		.send_credentials = send_credentials,
		.random = tl_random,
		.hears_taken = true,
		.is_reached = is_reached,
		.committed = committed,
	};
	struct store store;
	int r = open_store(s);

	if (r)
		return tl_failure(error, r,
				  "cannot open %s/controller.db: %s; restore "
				  "it, or start with --no-controller",
				  s->home.path,
				  r == -EINVAL ? "no database of a controller, "
						 "or of a newer version"
					       : strerror(-r));
	tl_list_init(&s->held_replies);
	store = tl_store_writer_ops(s->store_writer);
	r = tl_controller_new(&s->controller, &s->home.id, &host, &store,
			      tl_service_now(s));
	if (r)
		return tl_failure(error, r,
				  "cannot read the controller's "
				  "networks: %s",
				  strerror(-r));
	return 0;
}

void tl_control_close(struct service *s)
{
	tl_controller_free(s->controller);
	s->controller = NULL;
	if (!s->has_store)
		return;
	/* Whatever was put is written; nobody was told that it is. */
	tl_list_each(it, next, &s->held_replies) {
		struct held *h = tl_container_of(it, struct held, link);

		tl_controller_reply_fail(&h->reply, -EIO);
		release(h);
	}
	tl_store_writer_free(s->store_writer);
	s->store_writer = NULL;
	tl_store_sqlite_close(&s->store);
	s->has_store = false;
}

bool tl_control_request(struct service *s, const struct rx *rx,
			struct network_id net, struct bytes metadata)
{
	struct controller_request request = {
		.network = net,
		.from = rx->hops ? NULL : &rx->path->remote,
		.packet_id = rx->id,
		.requester = &rx->peer->id,
		.metadata = metadata,
	};

	if (!s->controller)
		return false;
	answering = rx;
	tl_controller_on_request(s->controller, &request, rx->now);
	answering = NULL;
	return true;
}

bool tl_control_own_request(struct service *s, struct network_id net,
			    struct bytes metadata)
{
	struct controller_request request = {
		.network = net,
		.packet_id = OWN_REQUEST_ID,
		.requester = &s->home.id,
		.metadata = metadata,
	};

	if (!s->controller)
		return false;
	tl_controller_on_request(s->controller, &request, tl_service_now(s));
	return true;
}
