/* SPDX-License-Identifier: Apache-2.0 */
/* drop_rows.c - what was dropped, wherever in the service it is counted */
#include "service/service_impl.h"

struct rows {
	struct drop_row *out;
	size_t n;
	size_t max;
};

static void add(struct rows *r, struct drop_row row)
{
	if (r->n < r->max)
		r->out[r->n++] = row;
}

static void add_packets(struct rows *r, const struct service *s)
{
	const struct drop_counts *engine = tl_node_drops(s->node);
	const struct drop_counts *stack = tl_stack_drops();
	int i;

	for (i = DROP_NONE + 1; i < DROP_COUNT; i++) {
		enum drop why = (enum drop)i;
		bool is_of_stack = stack->n[i] && !engine->n[i];

		add(r, (struct drop_row){
			       .name = tl_drop_name(why),
			       .text = tl_drop_text(why),
			       .advice = tl_drop_advice(why),
			       .where = is_of_stack ? "stack" : "engine",
			       .n = engine->n[i] + stack->n[i],
		       });
	}
}

static void add_wire(struct rows *r, const struct service *s)
{
	const struct udp_counts *c = tl_udp_counts(s->udp);

	add(r,
	    (struct drop_row){
		    "UDP_QUEUE_FULL", "too much waited to be sent",
		    "The kernel takes datagrams more slowly than we send: "
		    "the line is full; raise net.core.wmem_max or send less.",
		    "wire", c->dropped_full });
	add(r, (struct drop_row){
		       "UDP_REFUSED", "the kernel did not send a datagram",
		       "There is no route to an address, or a firewall forbids "
		       "it: normal for some of a peer's addresses; see tapless "
		       "trace.",
		       "wire", c->dropped_error });
}

static void add_sockets(struct rows *r, const struct service *s)
{
	const struct sockets_counts *c = tl_sockets_counts(s->sockets);
	const struct rpc_server_counts *rpc = tl_sockets_rpc_counts(s->sockets);

	add(r, (struct drop_row){
		       "SOCKET_RECEIVE_FULL", "a program's buffer was full",
		       "A program does not read its datagrams fast enough: "
		       "raise its SO_RCVBUF or send less.",
		       "sockets", c->receive_dropped });
	add(r, (struct drop_row){
		       "SOCKET_SEND", "a program's datagram was not sent",
		       "The stack did not take it: no route, no neighbour, or "
		       "no memory; see the other rows.",
		       "sockets", c->send_dropped });
	add(r, (struct drop_row){
		       "SOCKET_MALFORMED", "a program sent nonsense",
		       "A record on a UDP socket was none: the program uses a "
		       "library of another version; restart it.",
		       "sockets", c->malformed });
	add(r, (struct drop_row){
		       "CALL_MALFORMED", "a request of a program was nonsense",
		       "A program talks to the service in its own way: it uses "
		       "a library of another version; restart it.",
		       "sockets", rpc->malformed });
	add(r,
	    (struct drop_row){
		    "CALL_REFUSED", "a program was not let in",
		    "A user who may not, or with too many sockets: see "
		    "--share-group and --user-sockets in tapless-service(1).",
		    "sockets", rpc->refused });
}

static void add_http(struct rows *r, const struct service *s)
{
	const struct http_counts *c = tl_http_server_counts(s->http);

	add(r,
	    (struct drop_row){
		    "HTTP_REFUSED", "a request without the right token",
		    "Somebody asked the HTTP interface without the token, or "
		    "from where nobody may; see allowManagementFrom.",
		    "http", c->refused });
	add(r, (struct drop_row){
		       "HTTP_TOO_LARGE", "a request was too large",
		       "The body of a request is above the limit: split it.",
		       "http", c->too_large });
	add(r, (struct drop_row){
		       "HTTP_METHOD", "a request with an unknown method",
		       "A client uses a method that there is not: GET, POST, "
		       "PUT and DELETE are.",
		       "http", c->bad_method });
	add(r, (struct drop_row){
		       "HTTP_OVERDUE", "a request was never completed",
		       "A client connected and did not send a whole request in "
		       "time: its connection was closed.",
		       "http", c->overdue });
}

size_t tl_drop_rows(const struct service *s, struct drop_row *out, size_t max)
{
	struct rows r = { .out = out, .max = max };

	add_packets(&r, s);
	add_wire(&r, s);
	add_sockets(&r, s);
	if (s->http)
		add_http(&r, s);
	return r.n;
}
