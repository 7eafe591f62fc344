/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolver_ask.c - sockets' questions to the name servers of networks
 *
 * Over our own stack, as dns_ask.h says. Each try has a port of its own, which
 * cannot be guessed, and is connected to the server.
 */
#include "sockets/resolver.h"

#include <string.h>

#include "lwip/ip.h"
#include "lwip/pbuf.h"
#include "lwip/tcp.h"
#include "lwip/udp.h"

#include "base/alloc.h"
#include "sockets/socket_impl.h"

#define PORT_FIRST 32768
#define PORT_COUNT 28232
#define PORT_TRIES 16
#define TTL 64

/**
 * struct resolver_ask - A question under way
 * @k:		who asks; dropped with it
 * @from:	from whom the application expects the answer
 * @port:	of this try, at our end
 * @udp, @tcp:	at most one is there
 */
struct resolver_ask {
	struct dns_ask ask;
	struct socket *k;
	struct rpc_addr from;
	uint16_t port;
	struct udp_pcb *udp;
	struct tcp_pcb *tcp;
};

static struct resolver_ask *own(struct dns_ask *a)
{
	return tl_container_of(a, struct resolver_ask, ask);
}

/* --- the end of a try, and of a question --- */

static void close_tcp(struct resolver_ask *a)
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

static void end_try(struct dns_ask *ask)
{
	struct resolver_ask *a = own(ask);

	if (a->udp)
		udp_remove(a->udp);
	a->udp = NULL;
	close_tcp(a);
}

static void end(struct dns_ask *ask)
{
	own(ask)->k->resolver.n_asks--;
	tl_free(own(ask));
}

static void tell(struct dns_ask *ask, struct bytes message)
{
	tl_resolver_tell(own(ask)->k, &own(ask)->from, message);
}

/* --- TCP --- */

static void on_tcp_error(void *arg, TL_UNUSED err_t err)
{
	struct resolver_ask *a = arg;

	/* The pcb is gone already. */
	a->tcp = NULL;
	tl_dns_ask_fail(&a->ask);
}

static err_t on_tcp_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p,
			 TL_UNUSED err_t err)
{
	struct resolver_ask *a = arg;
	bool waits = p != NULL;

	if (p)
		tcp_recved(pcb, p->tot_len);
	else
		tl_dns_ask_fail(&a->ask);
	for (struct pbuf *at = p; at && waits; at = at->next)
		waits = tl_dns_ask_stream_heard(&a->ask,
						tl_bytes(at->payload, at->len));
	if (p)
		pbuf_free(p);
	return ERR_OK;
}

static err_t on_tcp_connected(void *arg, struct tcp_pcb *pcb,
			      TL_UNUSED err_t err)
{
	struct resolver_ask *a = arg;
	struct bytes question;

	if (!a)
		return ERR_OK; /* a closed try has left it to the stack */
	question = tl_dns_ask_stream(&a->ask);
	if (tcp_write(pcb, question.at, (u16_t)question.n,
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

static bool try_tcp(struct dns_ask *ask, const struct rpc_addr *server)
{
	struct resolver_ask *a = own(ask);
	struct route route;
	struct tcp_pcb *pcb;

	if (!find_route(&route, a->k, server))
		return false;
	pcb = tcp_new_ip_type(IP_GET_TYPE(&route.to));
	if (!pcb)
		return false;
	a->tcp = pcb;
	a->port = draw_port(a->k->owner, PORTS_TCP);
	ip_set_option(pcb, SOF_REUSEADDR);
	tcp_arg(pcb, a);
	tcp_recv(pcb, on_tcp_recv);
	tcp_err(pcb, on_tcp_error);
	if (tcp_bind(pcb, &route.source, a->port) != ERR_OK)
		return false;
	tcp_bind_netif(pcb, route.netif);
	return tcp_connect(pcb, &route.to, DNS_PORT, on_tcp_connected) ==
	       ERR_OK;
}

static void on_udp_recv(void *arg, TL_UNUSED struct udp_pcb *pcb,
			struct pbuf *p, TL_UNUSED const ip_addr_t *addr,
			TL_UNUSED u16_t port)
{
	struct resolver_ask *a = arg;
	uint8_t room[DNS_ROOM_MAX];
	size_t n = pbuf_copy_partial(p, room, sizeof(room), 0);
	bool is_longer = p->tot_len > sizeof(room);

	pbuf_free(p);
	tl_dns_ask_heard(&a->ask, tl_buffer(room, n), is_longer);
}

static bool send_question(struct resolver_ask *a, const struct route *route)
{
	struct bytes question = tl_dns_ask_question(&a->ask);
	struct pbuf *p;
	err_t err;

	p = pbuf_alloc(PBUF_TRANSPORT, (u16_t)question.n, PBUF_RAM);
	if (!p)
		return false;
	(void)pbuf_take(p, question.at, (u16_t)question.n);
	err = udp_sendto_if_src(a->udp, p, &route->to, DNS_PORT, route->netif,
				&route->source);
	pbuf_free(p);
	return err == ERR_OK;
}

static bool try_udp(struct dns_ask *ask, const struct rpc_addr *server)
{
	struct resolver_ask *a = own(ask);
	struct route route;

	if (!find_route(&route, a->k, server))
		return false;
	a->port = draw_port(a->k->owner, PORTS_UDP);
	a->udp = udp_new_ip_type(IP_GET_TYPE(&route.to));
	if (!a->udp)
		return false;
	ip_set_option(a->udp, SOF_REUSEADDR);
	udp_bind_netif(a->udp, route.netif);
	udp_recv(a->udp, on_udp_recv, a);
	a->udp->ttl = TTL;
	if (udp_bind(a->udp, &route.source, a->port) != ERR_OK ||
	    udp_connect(a->udp, &route.to, DNS_PORT) != ERR_OK)
		return false;
	return send_question(a, &route);
}

void tl_asks_init(struct sockets *s)
{
	static const struct dns_ask_ops ops = { .try_udp = try_udp,
						.try_tcp = try_tcp,
						.end_try = end_try,
						.tell = tell,
						.end = end };

	tl_dns_asks_init(&s->resolver.asks, &ops, s->config.poll,
			 RESOLVER_ASKS_MAX);
}

void tl_ask_on_error(struct sockets *s, const struct socket_error *e)
{
	tl_list_each(at, next, &s->resolver.asks.list) {
		struct dns_ask *ask = tl_container_of(at, struct dns_ask, link);
		const struct rpc_addr *server = tl_dns_ask_server(ask);

		if (e->udp && own(ask)->udp &&
		    own(ask)->port == e->local.port &&
		    e->remote.port == DNS_PORT &&
		    server->family == e->remote.family &&
		    memcmp(server->ip, e->remote.ip, sizeof(server->ip)) == 0)
			tl_dns_ask_fail(ask);
	}
}

/* --- questions --- */

/* The application asks again, since it has waited long enough. */
static bool is_under_way(const struct socket *k, const struct dns_question *q)
{
	const struct dns_asks *all = &k->owner->resolver.asks;

	tl_list_each(at, next, &all->list) {
		struct dns_ask *a = tl_container_of(at, struct dns_ask, link);

		if (own(a)->k == k && a->q.id == q->id &&
		    a->q.type == q->type && strcmp(a->q.name, q->name) == 0)
			return true;
	}
	return false;
}

bool tl_ask_start(struct socket *k, const struct rpc_addr *from,
		  const struct dns_question *q, struct bytes message,
		  const struct rpc_addr *list, size_t n)
{
	struct dns_asks *all = &k->owner->resolver.asks;
	struct resolver_ask *a;

	if (is_under_way(k, q))
		return true;
	if (k->resolver.n_asks >= RESOLVER_SOCKET_ASKS_MAX ||
	    !tl_dns_asks_have_room(all))
		return false;
	a = tl_alloc_zeroed(sizeof(*a));
	if (!a)
		return false;
	a->k = k;
	a->from = *from;
	k->resolver.n_asks++;
	tl_dns_ask_start(&a->ask, all, q, message, list, n);
	return true;
}

void tl_resolver_forget(struct socket *k)
{
	tl_list_each(at, next, &k->owner->resolver.asks.list) {
		struct dns_ask *a = tl_container_of(at, struct dns_ask, link);

		if (own(a)->k == k)
			tl_dns_ask_drop(a);
	}
	tl_free(k->resolver.passed);
	k->resolver.passed = NULL;
	if (k->resolver.stream)
		tl_stream_forget(k->resolver.stream);
}
