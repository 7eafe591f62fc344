/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolver_ask.c - questions to the name servers of networks
 *
 * Each try has an ID and a port of its own, both unguessable, and is connected
 * to the server; the question is the application's, byte by byte. An answer
 * that was cut is asked for again over TCP, and told as far as the application
 * has room. Servers are tried in turn.
 */
#include "sockets/resolver.h"

#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "lwip/ip.h"
#include "lwip/pbuf.h"
#include "lwip/tcp.h"
#include "lwip/udp.h"

#include "base/alloc.h"
#include "os/clock.h"
#include "sockets/socket_impl.h"

#define TRY_US 2000000
#define TCP_TRY_US 5000000
#define TRIES_MIN 3 /* of one server alone */
#define TRIES_MAX 6
#define PORT_FIRST 32768
#define PORT_COUNT 28232
#define PORT_TRIES 16
#define TTL 64

/**
 * struct dns_ask - A question under way
 * @k:		who asks; dropped with it
 * @from:	from whom the application expects the answer
 * @id:		of this try
 * @list:	@n servers; @tries were made so far
 * @port:	of this try, at our end
 * @until_us:	when this try is over
 * @udp, @tcp:	at most one is there
 * @stream:	what came by TCP: @n_stream bytes of @stream_len, which is 2
 *		until the length is known
 * @message:	the question, @len bytes after two for TCP's length
 */
struct dns_ask {
	struct list link;
	struct socket *k;
	struct rpc_addr from;
	struct dns_question q;
	uint16_t id;
	struct rpc_addr list[RPC_LOOKUP_MAX];
	size_t n;
	size_t tries;
	uint16_t port;
	int64_t until_us;
	struct udp_pcb *udp;
	struct tcp_pcb *tcp;
	uint8_t *stream;
	size_t n_stream;
	size_t stream_len;
	size_t len;
	uint8_t message[2 + RESOLVER_QUESTION_MAX];
};

static void try_next(struct dns_ask *a);

static struct bytes question_of(const struct dns_ask *a)
{
	return tl_bytes(a->message + 2, a->len);
}

static const struct rpc_addr *server_of(const struct dns_ask *a)
{
	return &a->list[(a->tries - 1) % a->n];
}

/* --- time --- */

static void on_timer(void *ctx, TL_UNUSED uint32_t events);

/* Have the timer fire when the first try is over, or not at all. */
static void set_timer(struct sockets *s)
{
	struct resolver *r = &s->resolver;
	struct itimerspec t = { 0 };
	int64_t first = INT64_MAX;
	int64_t left;

	tl_list_each(at, next, &r->asks) {
		struct dns_ask *a = tl_container_of(at, struct dns_ask, link);

		first = TL_MIN(first, a->until_us);
	}
	if (first != INT64_MAX) {
		left = TL_MAX(first - tl_clock_us(), (int64_t)1);
		t.it_value.tv_sec = left / 1000000;
		t.it_value.tv_nsec = left % 1000000 * 1000;
	}
	(void)timerfd_settime(r->timer_fd, 0, &t, NULL);
}

static bool open_timer(struct sockets *s)
{
	struct resolver *r = &s->resolver;
	int fd;

	if (r->timer_fd >= 0)
		return true;
	fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (fd < 0)
		return false;
	r->timer.fn = on_timer;
	r->timer.ctx = s;
	if (tl_poll_add(s->config.poll, &r->timer, fd, WATCH_IN)) {
		close(fd);
		return false;
	}
	r->timer_fd = fd;
	return true;
}

/* --- the end of a try, and of a question --- */

static void close_tcp(struct dns_ask *a)
{
	struct tcp_pcb *pcb = a->tcp;

	if (!pcb)
		return;
	a->tcp = NULL;
	tcp_arg(pcb, NULL);
	tcp_recv(pcb, NULL);
	tcp_err(pcb, NULL);
	(void)tcp_close(pcb); /* what it cannot do now it does later */
}

static void end_try(struct dns_ask *a)
{
	if (a->udp)
		udp_remove(a->udp);
	a->udp = NULL;
	close_tcp(a);
	tl_free(a->stream);
	a->stream = NULL;
	a->n_stream = 0;
}

static void end(struct dns_ask *a)
{
	struct resolver *r = &a->k->owner->resolver;

	end_try(a);
	tl_list_remove(&a->link);
	r->n_asks--;
	a->k->resolver.n_asks--;
	tl_free(a);
}

static void tell_failure(struct dns_ask *a)
{
	static const char why[] = "the network's name servers do not answer";
	const struct dns_reply r = { .code = DNS_CODE_FAILED, .why = why };
	uint8_t room[DNS_ROOM_MAX];
	size_t n = tl_dns_reply_build(TL_BUFFER_OF(room), question_of(a), &a->q,
				      &r, TL_MIN(a->q.room, sizeof(room)));

	tl_resolver_tell(a->k, &a->from, tl_bytes(room, n));
}

/* The answer, as the application has room for it. Ends the question, unless it
 * is no answer: then false. @answer is changed. */
static bool finish(struct dns_ask *a, struct buffer answer)
{
	size_t n = tl_dns_reply_shorten(answer, &a->q, a->q.room);

	if (n == 0)
		return false;
	tl_store_be16(answer.at, a->q.id);
	tl_resolver_tell(a->k, &a->from, tl_bytes(answer.at, n));
	end(a);
	return true;
}

/* --- TCP: RFC 1035 4.2.2, each message with its length in front --- */

static void on_tcp_error(void *arg, TL_UNUSED err_t err)
{
	struct dns_ask *a = arg;

	/* The pcb is gone already. */
	a->tcp = NULL;
	try_next(a);
}

/* Take @n bytes. False: out of memory. */
static bool take(struct dns_ask *a, const uint8_t *at, size_t n)
{
	size_t part;

	while (n > 0 && a->n_stream < a->stream_len) {
		part = TL_MIN(n, a->stream_len - a->n_stream);
		memcpy(a->stream + a->n_stream, at, part);
		a->n_stream += part;
		at += part;
		n -= part;
		if (a->n_stream != 2 || a->stream_len != 2)
			continue;
		a->stream_len += tl_load_be16(a->stream);
		tl_free(a->stream);
		a->stream = tl_alloc(a->stream_len);
		if (!a->stream)
			return false;
	}
	return true;
}

static bool is_whole(const struct dns_ask *a)
{
	return a->stream_len > 2 && a->n_stream == a->stream_len;
}

static void take_stream(struct dns_ask *a)
{
	struct buffer answer = tl_buffer(a->stream + 2, a->stream_len - 2);
	uint8_t *own = a->stream;

	/* Who is told may end the question, and its memory. */
	a->stream = NULL;
	if (!tl_dns_is_reply_to(tl_buffer_bytes(answer), a->id, &a->q) ||
	    !finish(a, answer))
		try_next(a);
	tl_free(own);
}

static err_t on_tcp_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p,
			 TL_UNUSED err_t err)
{
	struct dns_ask *a = arg;
	bool ok = p != NULL;

	for (struct pbuf *at = p; at && ok; at = at->next)
		ok = take(a, at->payload, at->len);
	if (p) {
		tcp_recved(pcb, p->tot_len);
		pbuf_free(p);
	}
	if (!ok)
		try_next(a);
	else if (is_whole(a))
		take_stream(a);
	return ERR_OK;
}

static err_t on_tcp_connected(void *arg, struct tcp_pcb *pcb,
			      TL_UNUSED err_t err)
{
	struct dns_ask *a = arg;

	/* A closed try has left it to the stack. */
	if (a && tcp_write(pcb, a->message, (u16_t)(2 + a->len),
			   TCP_WRITE_FLAG_COPY) == ERR_OK)
		tcp_output(pcb);
	return ERR_OK;
}

/* --- a try --- */

/* Where the server is reached, as the stack has it. */
struct route {
	struct netif *netif;
	ip_addr_t to;
	ip_addr_t source;
};

static bool find_route(struct route *out, const struct socket *k,
		       const struct rpc_addr *server)
{
	struct rpc_addr source = { .family = server->family };
	struct ifc *ifc = tl_sight_route(k, server);

	if (!ifc || !tl_ifc_source(ifc, server->family, server->ip, source.ip))
		return false;
	out->netif = tl_ifc_netif(ifc);
	tl_socket_to_ip(&out->to, server);
	tl_socket_to_ip(&out->source, &source);
	return true;
}

/* A port that no application has. */
static uint16_t draw_port(struct sockets *s, enum ports ports)
{
	uint16_t port = PORT_FIRST;
	uint32_t r;

	for (int i = 0; i < PORT_TRIES; i++) {
		tl_socket_random(s, &r, sizeof(r));
		port = (uint16_t)(PORT_FIRST + r % PORT_COUNT);
		if (!tl_port_first(s, ports, port))
			break;
	}
	return port;
}

static bool try_tcp(struct dns_ask *a, const struct rpc_addr *server)
{
	struct route route;
	struct tcp_pcb *pcb;

	a->stream = tl_alloc(2);
	if (!a->stream || !find_route(&route, a->k, server))
		return false;
	pcb = tcp_new_ip_type(IP_GET_TYPE(&route.to));
	if (!pcb)
		return false;
	a->n_stream = 0;
	a->stream_len = 2;
	a->tcp = pcb;
	a->port = draw_port(a->k->owner, PORTS_TCP);
	a->until_us = tl_clock_us() + TCP_TRY_US;
	ip_set_option(pcb, SOF_REUSEADDR);
	tcp_arg(pcb, a);
	tcp_recv(pcb, on_tcp_recv);
	tcp_err(pcb, on_tcp_error);
	if (tcp_bind(pcb, &route.source, a->port) != ERR_OK)
		return false;
	tcp_bind_netif(pcb, route.netif);
	return tcp_connect(pcb, &route.to, RESOLVER_PORT, on_tcp_connected) ==
	       ERR_OK;
}

/* The same server once more, by TCP. */
static void ask_by_tcp(struct dns_ask *a)
{
	const struct rpc_addr *server = server_of(a);

	end_try(a);
	if (!try_tcp(a, server))
		try_next(a);
	else
		set_timer(a->k->owner);
}

static void on_udp_recv(void *arg, TL_UNUSED struct udp_pcb *pcb,
			struct pbuf *p, TL_UNUSED const ip_addr_t *addr,
			TL_UNUSED u16_t port)
{
	struct dns_ask *a = arg;
	uint8_t room[DNS_ROOM_MAX];
	size_t n = pbuf_copy_partial(p, room, sizeof(room), 0);
	struct bytes answer = tl_bytes(room, n);
	bool is_longer = p->tot_len > sizeof(room);

	pbuf_free(p);
	/* Others' are as if they had not come. */
	if (!tl_dns_is_reply_to(answer, a->id, &a->q))
		return;
	if (is_longer || tl_dns_reply_is_cut(answer))
		ask_by_tcp(a);
	else if ((tl_dns_reply_code(answer) != DNS_CODE_OK &&
		  tl_dns_reply_code(answer) != DNS_CODE_NO_NAME &&
		  a->tries < a->n) ||
		 !finish(a, tl_buffer(room, n)))
		try_next(a);
}

static bool send_question(struct dns_ask *a, const struct route *route)
{
	struct pbuf *p;
	err_t err;

	p = pbuf_alloc(PBUF_TRANSPORT, (u16_t)a->len, PBUF_RAM);
	if (!p)
		return false;
	(void)pbuf_take(p, a->message + 2, (u16_t)a->len);
	err = udp_sendto_if_src(a->udp, p, &route->to, RESOLVER_PORT,
				route->netif, &route->source);
	pbuf_free(p);
	return err == ERR_OK;
}

static bool try_udp(struct dns_ask *a, const struct rpc_addr *server)
{
	struct sockets *s = a->k->owner;
	struct route route;

	if (!find_route(&route, a->k, server))
		return false;
	tl_socket_random(s, &a->id, sizeof(a->id));
	tl_store_be16(a->message + 2, a->id);
	a->port = draw_port(s, PORTS_UDP);
	a->until_us = tl_clock_us() + TRY_US;
	a->udp = udp_new_ip_type(IP_GET_TYPE(&route.to));
	if (!a->udp)
		return false;
	ip_set_option(a->udp, SOF_REUSEADDR);
	udp_bind_netif(a->udp, route.netif);
	udp_recv(a->udp, on_udp_recv, a);
	a->udp->ttl = TTL;
	if (udp_bind(a->udp, &route.source, a->port) != ERR_OK ||
	    udp_connect(a->udp, &route.to, RESOLVER_PORT) != ERR_OK)
		return false;
	return send_question(a, &route);
}

/* The next server, if the question has not been tried often enough. */
static void try_next(struct dns_ask *a)
{
	struct sockets *s = a->k->owner;
	size_t most =
		TL_MIN(TL_MAX(a->n, (size_t)TRIES_MIN), (size_t)TRIES_MAX);

	end_try(a);
	while (a->tries < most) {
		a->tries++;
		if (try_udp(a, server_of(a))) {
			set_timer(s);
			return;
		}
		end_try(a);
	}
	tell_failure(a);
	end(a);
	set_timer(s);
}

static void on_timer(void *ctx, TL_UNUSED uint32_t events)
{
	struct sockets *s = ctx;
	int64_t now = tl_clock_us();
	uint64_t n;

	(void)!read(s->resolver.timer_fd, &n, sizeof(n));
	tl_list_each(at, next, &s->resolver.asks) {
		struct dns_ask *a = tl_container_of(at, struct dns_ask, link);

		if (a->until_us <= now)
			try_next(a);
	}
	set_timer(s);
}

void tl_ask_on_error(struct sockets *s, const struct socket_error *e)
{
	tl_list_each(at, next, &s->resolver.asks) {
		struct dns_ask *a = tl_container_of(at, struct dns_ask, link);
		const struct rpc_addr *server = server_of(a);

		if (e->udp && a->udp && a->port == e->local.port &&
		    e->remote.port == RESOLVER_PORT &&
		    server->family == e->remote.family &&
		    memcmp(server->ip, e->remote.ip, sizeof(server->ip)) == 0)
			try_next(a);
	}
}

/* --- questions --- */

/* The application asks again, since it has waited long enough. */
static bool is_under_way(const struct socket *k, const struct dns_question *q)
{
	const struct resolver *r = &k->owner->resolver;

	tl_list_each(at, next, &r->asks) {
		struct dns_ask *a = tl_container_of(at, struct dns_ask, link);

		if (a->k == k && a->q.id == q->id && a->q.type == q->type &&
		    strcmp(a->q.name, q->name) == 0)
			return true;
	}
	return false;
}

bool tl_ask_start(struct socket *k, const struct rpc_addr *from,
		  const struct dns_question *q, struct bytes message,
		  const struct rpc_addr *list, size_t n)
{
	struct resolver *r = &k->owner->resolver;
	struct dns_ask *a;

	if (is_under_way(k, q))
		return true;
	if (r->n_asks >= RESOLVER_ASKS_MAX ||
	    k->resolver.n_asks >= RESOLVER_SOCKET_ASKS_MAX ||
	    !open_timer(k->owner))
		return false;
	a = tl_alloc_zeroed(sizeof(*a));
	if (!a)
		return false;
	a->k = k;
	a->from = *from;
	a->q = *q;
	a->n = TL_MIN(n, (size_t)RPC_LOOKUP_MAX);
	memcpy(a->list, list, a->n * sizeof(*list));
	a->len = message.n;
	tl_store_be16(a->message, (uint16_t)message.n);
	memcpy(a->message + 2, message.at, message.n);
	tl_list_append(&r->asks, &a->link);
	r->n_asks++;
	k->resolver.n_asks++;
	try_next(a);
	return true;
}

void tl_resolver_forget(struct socket *k)
{
	tl_list_each(at, next, &k->owner->resolver.asks) {
		struct dns_ask *a = tl_container_of(at, struct dns_ask, link);

		if (a->k == k)
			end(a);
	}
	tl_free(k->resolver.passed);
	k->resolver.passed = NULL;
	if (k->resolver.stream)
		tl_stream_forget(k->resolver.stream);
}
