/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_udp.c - datagrams between applications and the stack
 *
 * A datagram travels with its header in one record, in either direction; the
 * kernel keeps records whole. What the application's buffer does not take is
 * dropped, the newest first, and counted. Outgoing payloads are read straight
 * into a buffer with room for the stack's headers. What is for no virtual
 * network leaves by the socket's companion (socket_host.c), if it has one.
 */
#include "sockets/socket_impl.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "lwip/ip.h"
#include "lwip/pbuf.h"
#include "lwip/udp.h"

#include "base/alloc.h"

/* In front of the payload: UDP, IPv6 and some alignment. */
#define HEADROOM 64
/* Datagrams of all sockets that wait for room in their companions: 16 MiB. */
#define HELD_MAX 256

/* Reused as soon as the stack lets go of it, which is mostly at once. */
struct datagram_buffer {
	struct pbuf_custom custom;
	struct datagram_buffer *next;
	struct sockets *owner;
	uint8_t room[HEADROOM + RPC_DATAGRAM_MAX];
};

static void give_buffer(struct sockets *s, struct datagram_buffer *b)
{
	b->next = s->free_datagrams;
	s->free_datagrams = b;
}

static void on_buffer_free(struct pbuf *p)
{
	struct datagram_buffer *b =
		tl_container_of(p, struct datagram_buffer, custom.pbuf);

	if (b->owner)
		give_buffer(b->owner, b);
	else
		tl_free(b);
}

static struct datagram_buffer *take_buffer(struct sockets *s)
{
	struct datagram_buffer *b = s->free_datagrams;

	if (b) {
		s->free_datagrams = b->next;
		return b;
	}
	b = tl_alloc(sizeof(*b));
	if (!b)
		return NULL;
	b->owner = s;
	b->custom.custom_free_function = on_buffer_free;
	return b;
}

void tl_socket_udp_free_buffers(struct sockets *s)
{
	struct datagram_buffer *b;

	while ((b = s->free_datagrams)) {
		s->free_datagrams = b->next;
		tl_free(b);
	}
}

/* --- towards the application --- */

static void count_drop(struct socket *k)
{
	k->udp.dropped++;
	k->owner->counts.receive_dropped++;
}

/* @runs: @n of them; the first is for the header. */
static void write_runs(struct socket *k, const struct rpc_datagram *d,
		       struct bytes *runs, size_t n)
{
	uint8_t header[RPC_DATAGRAM_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(header));
	size_t done;
	int err;

	tl_rpc_write_datagram(&w, d);
	tl_assert(tl_writer_ok(&w));
	runs[0] = tl_writer_bytes(&w);
	if (k->udp.bare)
		err = tl_bare_write(k, d, runs + 1, n - 1);
	else
		err = tl_end_write(k->watch.fd, runs, n, &done);
	if (err)
		count_drop(k);
	else
		k->owner->counts.datagrams_in++;
}

static void write_record(struct socket *k, const struct rpc_datagram *d,
			 const struct pbuf *p)
{
	struct bytes runs[END_RUNS_MAX];
	size_t n = 1;

	for (; p && n < END_RUNS_MAX; p = p->next)
		runs[n++] = tl_bytes(p->payload, p->len);
	if (p)
		count_drop(k);
	else
		write_runs(k, d, runs, n);
}

void tl_socket_udp_deliver(struct socket *k, const struct pbuf *p,
			   const struct rpc_addr *peer)
{
	struct rpc_datagram d = { .kind = DATAGRAM_DATA, .peer = *peer };

	d.local = tl_socket_from_ip(ip_current_dest_addr(), k->local.port);
	d.local.ifc = netif_get_index(ip_current_input_netif());
	if (k->resolver.connected || !tl_closed_hears(k, &d.peer) ||
	    !tl_mcast_is_heard(k, tl_ifc_of_netif(ip_current_input_netif()),
			       &d.local, &d.peer))
		return;
	if (ip_current_is_v6()) {
		d.ttl = IP6H_HOPLIM(ip6_current_header());
		d.tos = (uint8_t)IP6H_TC(ip6_current_header());
	} else {
		d.ttl = IPH_TTL(ip4_current_header());
		d.tos = IPH_TOS(ip4_current_header());
	}
	write_record(k, &d, p);
}

static void on_recv(void *arg, TL_UNUSED struct udp_pcb *pcb, struct pbuf *p,
		    const ip_addr_t *addr, u16_t port)
{
	const struct rpc_addr peer = tl_socket_from_ip(addr, port);

	tl_socket_udp_deliver(arg, p, &peer);
	pbuf_free(p);
}

void tl_socket_udp_tell(struct socket *k, const struct rpc_datagram *d,
			struct bytes payload)
{
	struct bytes runs[2] = { [1] = payload };

	write_runs(k, d, runs, 2);
}

void tl_socket_udp_report(struct socket *k, const struct rpc_addr *peer,
			  int error)
{
	struct rpc_datagram d = { .kind = DATAGRAM_ERROR,
				  .error = (uint32_t)error,
				  .peer = *peer,
				  .local = k->local };

	write_record(k, &d, NULL);
}

/* --- binding and connecting --- */

static int open_pcb(struct socket *k)
{
	struct udp_pcb *pcb;
	ip_addr_t ip;
	err_t err;

	if (tl_socket_is_icmp(k))
		return tl_icmp_open(k);
	tl_socket_local_ip(&ip, k);
	pcb = udp_new_ip_type(IP_GET_TYPE(&ip));
	if (!pcb)
		return ENOBUFS;
	ip_set_option(pcb, SOF_REUSEADDR);
	ip_set_option(pcb, SOF_BROADCAST);
	err = udp_bind(pcb, &ip, k->local.port);
	if (err != ERR_OK) {
		udp_remove(pcb);
		return tl_socket_errno(err);
	}
	udp_recv(pcb, on_recv, k);
	k->udp.pcb = pcb;
	tl_keep_note(k);
	return 0;
}

void tl_socket_udp_bind(struct socket *k, struct rpc_call *call)
{
	int err = open_pcb(k);

	if (err) {
		tl_host_drop(k);
		tl_port_leave(k);
		k->local = (struct rpc_addr){ 0 };
	}
	tl_socket_answer_names(call, k, err);
}

/* A port of its own, if it was not bound. */
static int bind_any(struct socket *k)
{
	int err = 0;

	if (k->udp.pcb || (tl_socket_is_icmp(k) && k->has_port))
		return 0;
	if (!k->has_port) {
		k->local.family = tl_socket_is_v6(k) ? 6 : 4;
		err = -tl_port_take(k);
	}
	return err ? err : open_pcb(k);
}

static int check_broadcast(const struct rpc_addr *to, int app)
{
	if (!tl_addr_is_broadcast(to))
		return 0;
	return tl_end_option(app, SOL_SOCKET, SO_BROADCAST, 0) ? 0 : EACCES;
}

static int connect_udp(struct udp_pcb *pcb, const struct rpc_addr *to)
{
	ip_addr_t ip;

	tl_socket_to_ip(&ip, to);
	/* The wildcard socket of both families takes the peer's. */
	IP_SET_TYPE(&pcb->local_ip, IP_GET_TYPE(&ip));
	return tl_socket_errno(udp_connect(pcb, &ip, to->port));
}

int tl_socket_udp_resume(struct socket *k)
{
	int err = k->udp.pcb ? 0 : open_pcb(k);

	if (err || !k->udp.connected || k->resolver.connected)
		return err;
	err = connect_udp(k->udp.pcb, &k->remote);
	tl_socket_to_ip(&k->udp.pcb->local_ip, &k->local);
	return err;
}

static int connect_pcb(struct socket *k, const struct rpc_addr *to,
		       const struct rpc_addr *source)
{
	int err = bind_any(k);

	if (!err && k->udp.pcb)
		err = connect_udp(k->udp.pcb, to);
	if (err)
		return err;
	memcpy(k->local.ip, source->ip, sizeof(source->ip));
	k->local.family = source->family;
	if (k->udp.pcb)
		tl_socket_to_ip(&k->udp.pcb->local_ip, &k->local);
	k->remote = *to;
	k->udp.connected = true;
	/* A name is for ever: for a later peer the client asks RPC_NAMES. */
	return k->named ? 0 : -tl_socket_name(k, NAME_CONNECTED);
}

void tl_socket_udp_connect(struct socket *k, struct rpc_call *call,
			   const struct rpc_request *q)
{
	struct rpc_addr to = q->addr;
	struct rpc_addr source;
	struct ifc *ifc;
	uint32_t status;

	tl_addr_unmap(&to);
	if (tl_resolver_minds(k, &to) && !tl_sight_route(k, &to)) {
		status = (uint32_t)tl_resolver_connect(k, &to);
		/* An earlier peer's packets are not for it any more. */
		if (!status && k->udp.pcb)
			udp_disconnect(k->udp.pcb);
		tl_socket_answer_names(call, k, (int)status);
		return;
	}
	status = tl_port_judge_dest(k, &to, q->flags, &ifc, &source);
	if (!status)
		status = (uint32_t)check_broadcast(&to, call->fds[0]);
	if (!status)
		tl_resolver_disconnect(k);
	if (!status)
		status = (uint32_t)connect_pcb(k, &to, &source);
	if (status == RPC_USE_HOST)
		tl_host_release(k);
	tl_socket_answer_names(call, k, (int)status);
}

void tl_socket_udp_disconnect(struct socket *k, struct rpc_call *call)
{
	if (k->state != SOCKET_UDP) {
		tl_socket_answer(call, EAFNOSUPPORT);
		return;
	}
	if (k->udp.pcb)
		udp_disconnect(k->udp.pcb);
	tl_resolver_disconnect(k);
	k->udp.connected = false;
	k->remote = (struct rpc_addr){ 0 };
	tl_socket_answer_names(call, k, 0);
}

/* --- from the application --- */

/* 0, RPC_USE_HOST or an errno; @to is set in any case. */
static int find_way(struct socket *k, const struct rpc_datagram *d,
		    struct rpc_addr *to, struct rpc_addr *source,
		    struct ifc **ifcp)
{
	bool is_virtual = d->side == DATAGRAM_TO_VIRTUAL;
	uint32_t status;

	*to = d->peer;
	tl_addr_unmap(to);
	if (to->family == 0) {
		if (!k->udp.connected)
			return EDESTADDRREQ;
		*to = k->remote;
		is_virtual = !k->resolver.connected;
	}
	status = d->side == DATAGRAM_TO_HOST
			 ? RPC_USE_HOST
			 : tl_port_judge_dest(k, to, 0, ifcp, source);
	if (status == RPC_USE_HOST && (is_virtual || !tl_host_takes(k, to)))
		return ENETUNREACH;
	if (status || d->local.family == 0)
		return (int)status;
	/* IP_PKTINFO: the application chose its address. */
	if (d->local.family != to->family)
		return EINVAL;
	if (!tl_addr_is_any(&d->local)) {
		if (!tl_sight_of_address(k, &d->local))
			return EADDRNOTAVAIL;
		memcpy(source->ip, d->local.ip, sizeof(source->ip));
	}
	return 0;
}

/* A payload on its way, at the beginning of a buffer's room. */
struct outgoing {
	struct rpc_datagram d;
	struct datagram_buffer *b;
	size_t n;
};

static struct way way_of(const struct socket *k, const struct rpc_datagram *d,
			 const struct rpc_addr *to,
			 const struct rpc_addr *source, struct ifc *ifc)
{
	uint8_t own = tl_addr_is_multicast(to) ? k->opt.mcast_ttl : k->opt.ttl;
	struct way way = { .netif = tl_ifc_netif(ifc),
			   .ttl = d->ttl ? d->ttl : own,
			   .tos = d->tos ? d->tos : k->opt.tos,
			   .loops = tl_mcast_loops(k, to) };

	tl_socket_to_ip(&way.to, to);
	tl_socket_to_ip(&way.source, source);
	return way;
}

static int send_udp(struct udp_pcb *pcb, struct pbuf *p, const struct way *way,
		    uint16_t port)
{
	err_t sent;

	pcb->ttl = way->ttl;
	pcb->tos = way->tos;
	udp_set_multicast_ttl(pcb, way->ttl);
	udp_clear_flags(pcb, UDP_FLAGS_MULTICAST_LOOP);
	if (way->loops)
		udp_set_flags(pcb, UDP_FLAGS_MULTICAST_LOOP);
	sent = udp_sendto_if_src(pcb, p, &way->to, port, way->netif,
				 &way->source);
	return sent == ERR_RTE ? EHOSTUNREACH : tl_socket_errno(sent);
}

/* May datagrams to an address of this family be cut into fragments? */
static bool may_fragment(const struct socket *k, uint8_t family)
{
	uint8_t v = family == 4 ? k->opt.mtu_discover : k->opt.mtu_discover6;

	if (family == 6 && k->opt.dont_fragment6)
		return false;
	return v < IP_PMTUDISC_DO || v == IP_PMTUDISC_OMIT;
}

static bool is_too_long(const struct socket *k, const struct rpc_addr *to,
			const struct ifc *ifc, size_t n)
{
	n += to->family == 4 ? IP_HLEN : IP6_HLEN;
	n += tl_socket_is_icmp(k) ? 0U : UDP_HLEN;
	return !may_fragment(k, to->family) && n > tl_ifc_config(ifc)->mtu;
}

static int send_to_stack(struct socket *k, const struct outgoing *o,
			 const struct rpc_addr *to,
			 const struct rpc_addr *source, struct ifc *ifc)
{
	const struct way way = way_of(k, &o->d, to, source, ifc);
	struct pbuf *p;
	int err;

	if (is_too_long(k, to, ifc, o->n)) {
		give_buffer(k->owner, o->b);
		tl_errors_too_long(k, to);
		return EMSGSIZE;
	}
	p = pbuf_alloced_custom(PBUF_RAW, (u16_t)o->n, PBUF_RAM, &o->b->custom,
				o->b->room + HEADROOM, (u16_t)o->n);
	tl_assert(p);
	if (!tl_socket_is_icmp(k))
		err = send_udp(k->udp.pcb, p, &way, to->port);
	else
		err = tl_icmp_send(k, p, &way);
	/* And with it the buffer, if the stack has let go of it. */
	pbuf_free(p);
	return err;
}

/* The application waits, and with it this one, as in sendto(2). */
static void hold(struct socket *k, const struct outgoing *o)
{
	k->udp.held = o->b;
	k->udp.held_len = o->n;
	k->udp.held_as = o->d;
	k->owner->n_held++;
}

static int send_to_host(struct socket *k, const struct outgoing *o,
			const struct rpc_addr *to)
{
	int err = tl_host_send(k, &o->d, to,
			       tl_bytes(o->b->room + HEADROOM, o->n));

	if (err == EAGAIN)
		tl_host_wait_writable(k);
	if (err == EAGAIN && k->owner->n_held < HELD_MAX) {
		hold(k, o);
		return 0;
	}
	give_buffer(k->owner, o->b);
	return err;
}

/* Consumes the buffer. */
static int send_payload(struct socket *k, struct outgoing *o)
{
	struct rpc_addr to, source;
	struct ifc *ifc;
	int way;
	int err;

	if (tl_resolver_takes(k, &o->d,
			      tl_bytes(o->b->room + HEADROOM, o->n))) {
		give_buffer(k->owner, o->b);
		return 0;
	}
	way = find_way(k, &o->d, &to, &source, &ifc);
	err = way && way != RPC_USE_HOST ? way : bind_any(k);
	if (err)
		give_buffer(k->owner, o->b);
	else if (way == RPC_USE_HOST)
		err = send_to_host(k, o, &to);
	else
		err = send_to_stack(k, o, &to, &source, ifc);
	if (!err)
		tl_closed_note(k, &to);
	/* What is a mere lack of room is no news for a sender of datagrams. */
	if (err && err != EAGAIN && err != ENOBUFS)
		tl_socket_udp_report(k, &to, err);
	return err;
}

static void send_held(struct socket *k)
{
	struct outgoing o = { .d = k->udp.held_as,
			      .b = k->udp.held,
			      .n = k->udp.held_len };

	k->udp.held = NULL;
	k->owner->n_held--;
	if (send_payload(k, &o))
		k->owner->counts.send_dropped++;
}

/* A record with its header. 0, or as tl_bare_read(). */
static int read_headed(struct socket *k, struct rpc_datagram *d,
		       struct buffer room, size_t *n)
{
	uint8_t header[RPC_DATAGRAM_LEN];
	struct reader r = tl_reader(TL_BYTES_OF(header));
	int err;

	err = tl_end_record(k->watch.fd, TL_BUFFER_OF(header), room, n);
	if (err)
		return err;
	if (*n == 0)
		return -EPIPE;
	if (*n < sizeof(header))
		return -EBADMSG;
	*n -= sizeof(header);
	tl_rpc_read_datagram(&r, d);
	return tl_reader_done(&r) ? 0 : -EBADMSG;
}

/* Hand one datagram over. */
static void send_record(struct socket *k, struct outgoing *o)
{
	struct sockets *s = k->owner;

	if (o->d.kind != DATAGRAM_DATA) {
		s->counts.malformed++;
		give_buffer(s, o->b);
	} else if (send_payload(k, o)) {
		s->counts.send_dropped++;
	} else {
		s->counts.datagrams_out++;
	}
}

/* One record. False if there was none. */
static bool pump(struct socket *k)
{
	struct sockets *s = k->owner;
	struct outgoing o = { .b = take_buffer(s) };
	struct buffer room;
	int err;

	if (!o.b) {
		tl_socket_starve(k);
		return false;
	}
	room = tl_buffer(o.b->room + HEADROOM, RPC_DATAGRAM_MAX);
	err = k->udp.bare ? tl_bare_read(k, &o.d, room, &o.n)
			  : read_headed(k, &o.d, room, &o.n);
	if (!err) {
		send_record(k, &o);
		return true;
	}
	give_buffer(s, o.b);
	if (err == -EMSGSIZE || err == -EBADMSG) {
		s->counts.malformed++;
		return true;
	}
	k->udp.readable = false;
	return false;
}

/* One datagram of the host's. False if there was none. */
static bool pump_host(struct socket *k)
{
	struct datagram_buffer *b = take_buffer(k->owner);
	struct bytes runs[2];
	struct rpc_datagram d;
	size_t n = 0;
	int err;

	if (!b) {
		tl_socket_starve(k);
		return false;
	}
	err = tl_host_receive(k, &d, tl_buffer(b->room, RPC_DATAGRAM_MAX), &n);
	runs[1] = tl_bytes(b->room, n);
	if (!err)
		tl_resolver_receives(k, &d, runs[1]);
	if (err == EAGAIN)
		k->host.readable = false;
	else if (err == EMSGSIZE || (!err && !tl_host_is_heard(k, &d.peer)))
		count_drop(k);
	else if (!err)
		write_runs(k, &d, runs, 2);
	else if (k->resolver.connected)
		tl_socket_udp_report(k, &k->remote, err);
	/* Else an error of the host's, now taken away. */
	give_buffer(k->owner, b);
	return k->host.readable;
}

bool tl_socket_udp_run(struct socket *k)
{
	size_t i, j;

	if (k->gone)
		return false;
	if (tl_resume_waits(k)) {
		if (k->tcp.app_gone)
			tl_socket_drop(k);
		return false;
	}
	if (k->udp.held && !k->host.full)
		send_held(k);
	for (i = 0; i < PASS_DATAGRAMS && k->udp.readable && !k->host.full;
	     i++) {
		if (!pump(k))
			break;
	}
	for (j = 0; j < PASS_DATAGRAMS && k->host.readable; j++) {
		if (!pump_host(k))
			break;
	}
	if (i == PASS_DATAGRAMS || j == PASS_DATAGRAMS)
		return true;
	/* What it sent before it went is sent. */
	if (k->tcp.app_gone && !k->host.full)
		tl_socket_drop(k);
	return false;
}

void tl_socket_udp_on_watch(struct socket *k, uint32_t events)
{
	/* What was sent before the end is still there. */
	if (events & (WATCH_IN | WATCH_HUP))
		k->udp.readable = true;
	if (events & (WATCH_HUP | WATCH_ERR))
		k->tcp.app_gone = true;
	tl_socket_mark(k);
}

void tl_socket_udp_free(struct socket *k)
{
	if (k->udp.held) {
		give_buffer(k->owner, k->udp.held);
		k->udp.held = NULL;
		k->owner->n_held--;
	}
	if (k->udp.pcb)
		udp_remove(k->udp.pcb);
	k->udp.pcb = NULL;
}
