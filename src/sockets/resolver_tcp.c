/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolver_tcp.c - our own name server's address, over TCP
 *
 * Applications' connections are the stack's, so our end of them is too: on an
 * interface that leads nowhere and that nobody finds. The listeners are bound
 * to it, so what comes by a network's interface is not for them.
 */
#include "sockets/resolver.h"

#include <string.h>

#include "lwip/ip.h"
#include "lwip/pbuf.h"
#include "lwip/tcp.h"

#include "base/alloc.h"
#include "sockets/socket_impl.h"

#define MTU 9000
#define BACKLOG 32

/**
 * struct dns_stream - One connection
 * @k:		the application's socket; NULL: gone
 * @to:		the address that it called
 * @in:		what has come
 */
struct dns_stream {
	struct list link;
	struct sockets *s;
	struct socket *k;
	struct rpc_addr to;
	struct tcp_pcb *pcb;
	struct dns_frame in;
};

static void free_stream(struct dns_stream *st)
{
	if (st->k)
		st->k->resolver.stream = NULL;
	tl_list_remove(&st->link);
	st->s->resolver.n_streams--;
	tl_dns_frame_clear(&st->in);
	tl_free(st);
}

static void end(struct dns_stream *st)
{
	struct tcp_pcb *pcb = st->pcb;

	tcp_arg(pcb, NULL);
	tcp_recv(pcb, NULL);
	tcp_err(pcb, NULL);
	(void)tcp_close(pcb); /* what it cannot do now it does later */
	free_stream(st);
}

void tl_stream_forget(struct dns_stream *st)
{
	st->k->resolver.stream = NULL;
	st->k = NULL;
}

void tl_stream_tell(struct dns_stream *st, struct bytes message)
{
	uint8_t head[2];

	tl_store_be16(head, (uint16_t)message.n);
	/* Who takes no answers loses them. */
	if (tcp_sndbuf(st->pcb) < message.n + sizeof(head) ||
	    tcp_write(st->pcb, head, sizeof(head),
		      TCP_WRITE_FLAG_COPY | TCP_WRITE_FLAG_MORE) != ERR_OK)
		return;
	/* Half of one would make nonsense of all that follows. */
	if (tcp_write(st->pcb, message.at, (u16_t)message.n,
		      TCP_WRITE_FLAG_COPY) != ERR_OK)
		tl_stream_forget(st);
	else
		tcp_output(st->pcb);
}

/* False: it cannot be understood, or the application has gone. */
static bool take(struct dns_stream *st, struct bytes from)
{
	while (from.n > 0 && st->k) {
		if (tl_dns_frame_take(&st->in, &from))
			return false;
		if (!tl_dns_frame_is_whole(&st->in))
			continue;
		tl_resolver_hears(
			st->k, &st->to,
			tl_buffer_bytes(tl_dns_frame_message(&st->in)));
		tl_dns_frame_clear(&st->in);
	}
	return st->k != NULL;
}

static err_t on_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p,
		     TL_UNUSED err_t err)
{
	struct dns_stream *st = arg;
	bool ok = p != NULL;

	for (struct pbuf *at = p; at && ok; at = at->next)
		ok = take(st, tl_bytes(at->payload, at->len));
	if (p) {
		tcp_recved(pcb, p->tot_len);
		pbuf_free(p);
	}
	if (!ok)
		end(st);
	return ERR_OK;
}

static void on_error(void *arg, TL_UNUSED err_t err)
{
	/* The pcb is gone already. */
	free_stream(arg);
}

/* The application's socket that has called from this port. */
static struct socket *find_caller(const struct sockets *s, uint16_t port)
{
	struct map_node *n;

	for (n = tl_port_first(s, PORTS_TCP, port); n; n = tl_map_next(n)) {
		struct socket *k = tl_container_of(n, struct socket, by_port);

		if (k->local.port == port && k->state != SOCKET_UDP &&
		    !k->resolver.stream && tl_resolver_is_own(&k->remote))
			return k;
	}
	return NULL;
}

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
	struct sockets *s = arg;
	struct dns_stream *st = NULL;
	struct socket *k;

	if (err != ERR_OK || !pcb)
		return ERR_VAL;
	k = find_caller(s, pcb->remote_port);
	if (k && s->resolver.n_streams < RESOLVER_STREAMS_MAX)
		st = tl_alloc_zeroed(sizeof(*st));
	if (!st) {
		tcp_abort(pcb);
		return ERR_ABRT;
	}
	st->s = s;
	st->k = k;
	st->to = k->remote;
	st->pcb = pcb;
	st->in.max = DNS_QUESTION_MAX;
	k->resolver.stream = st;
	tl_list_append(&s->resolver.streams, &st->link);
	s->resolver.n_streams++;
	tcp_nagle_disable(pcb);
	tcp_arg(pcb, st);
	tcp_recv(pcb, on_recv);
	tcp_err(pcb, on_error);
	return ERR_OK;
}

/* --- the interface --- */

static void on_output(TL_UNUSED void *ctx, TL_UNUSED const uint8_t dst[6],
		      TL_UNUSED const uint8_t src[6],
		      TL_UNUSED uint16_t ethertype, struct packet *p)
{
	tl_packet_free(p);
}

static bool on_resolve(TL_UNUSED void *ctx, TL_UNUSED const uint8_t ip6[16],
		       TL_UNUSED uint8_t mac[6])
{
	return false;
}

static struct tcp_pcb *listen_at(struct sockets *s, const struct ifc_address *a)
{
	struct rpc_addr at = { .family = a->family };
	struct tcp_pcb *pcb, *listener;
	ip_addr_t ip;

	memcpy(at.ip, a->ip, sizeof(at.ip));
	tl_socket_to_ip(&ip, &at);
	pcb = tcp_new_ip_type(IP_GET_TYPE(&ip));
	if (!pcb)
		return NULL;
	tcp_bind_netif(pcb, tl_ifc_netif(s->resolver.ifc));
	listener = tcp_bind(pcb, &ip, DNS_PORT) == ERR_OK
			   ? tcp_listen_with_backlog(pcb, BACKLOG)
			   : NULL;
	if (!listener) {
		(void)tcp_close(pcb);
		return NULL;
	}
	tcp_arg(listener, s);
	tcp_accept(listener, on_accept);
	return listener;
}

static void close_all(struct resolver *r)
{
	for (size_t i = 0; i < TL_ARRAY_SIZE(r->listeners); i++) {
		if (r->listeners[i])
			(void)tcp_close(r->listeners[i]);
		r->listeners[i] = NULL;
	}
	tl_ifc_free(r->ifc);
	r->ifc = NULL;
}

struct ifc *tl_resolver_ifc(struct sockets *s)
{
	static const struct ifc_ops ops = { .output = on_output,
					    .resolve = on_resolve };
	static const struct ifc_config config = { .name = "resolver",
						  .mac = { 2, [5] = 53 },
						  .mtu = MTU,
						  .is_hidden = true,
						  .ops = &ops };
	static const struct ifc_address list[] = { { 4, 32, RESOLVER_IP4 },
						   { 6, 128, RESOLVER_IP6 } };
	struct resolver *r = &s->resolver;

	if (r->ifc)
		return r->ifc;
	if (tl_ifc_new(&r->ifc, &config))
		return NULL;
	if (tl_ifc_set_addresses(r->ifc, list, TL_ARRAY_SIZE(list)))
		goto fail;
	for (size_t i = 0; i < TL_ARRAY_SIZE(list); i++) {
		r->listeners[i] = listen_at(s, &list[i]);
		if (!r->listeners[i])
			goto fail;
	}
	return r->ifc;

fail:
	close_all(r);
	return NULL;
}

void tl_stream_fini(struct sockets *s)
{
	struct resolver *r = &s->resolver;
	struct dns_stream *st;

	while ((st = tl_list_first(&r->streams, struct dns_stream, link)))
		end(st);
	close_all(r);
}
