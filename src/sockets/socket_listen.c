/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_listen.c - listeners, and giving them their connections
 *
 * Theory of operation
 *
 * A connection that the stack has accepted first waits in the listener's queue,
 * then it is sent as a record with its descriptor on the listener's stream,
 * where any process that holds the listener takes it. At most min(backlog, 256)
 * records are under way, which the kernel's own count of unread memory tells.
 * At most as many wait again, counted by the stack's backlog; beyond that the
 * stack ignores SYNs, and the other side tries again.
 *
 * Listeners with one address and SO_REUSEPORT are one to the stack; connections
 * go to them in turn, past those that have as many waiting as they want. When
 * one of them ends, what waits for it goes to the others.
 *
 * When records cannot be sent now (no room, too many descriptors under way, no
 * descriptors left) the connection waits. It is never dropped for that.
 *
 * A listener on both sides sends its companion (socket_host.c) when that has a
 * connection, and not again before the record has been taken.
 */
#include "sockets/socket_impl.h"

#include <sys/socket.h>
#include <unistd.h>

#include "lwip/tcp.h"

#include "base/alloc.h"
#include "rpc/fdpass.h"

#define IN_FLIGHT_MAX KEPT_BACKLOG_MAX
/* What a listener's accepted sockets have in common with it. */
#define INHERITED_TAGS                                                         \
	(TAG_MAGIC_MASK | TAG_ENDPOINT | TAG_DOMAIN6 | TAG_V6ONLY |            \
	 TAG_NODELAY | TAG_QUICKACK | TAG_CORK)

/* Whose turn it is; the last in the queue for the next one. */
static struct socket *next_member(struct listen_group *g)
{
	struct socket *turn =
		tl_list_first(&g->members, struct socket, listen.in_group);

	tl_list_each(at, next, &g->members) {
		struct socket *l =
			tl_container_of(at, struct socket, listen.in_group);

		if (l->listen.n_queue < l->listen.backlog) {
			turn = l;
			break;
		}
	}
	tl_list_remove(&turn->listen.in_group);
	tl_list_append(&g->members, &turn->listen.in_group);
	return turn;
}

static void enqueue(struct socket *l, struct socket *k)
{
	k->tcp.listener = l;
	tl_list_append(&l->listen.queue, &k->tcp.waiting);
	l->listen.n_queue++;
	tl_socket_mark(l);
}

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
	struct socket *l;
	struct socket *k;

	if (err != ERR_OK || !pcb)
		return ERR_OK;
	l = next_member(arg);
	k = tl_tcp_accepted(l, pcb);
	if (!k)
		return ERR_MEM;
	tcp_backlog_delayed(pcb);
	enqueue(l, k);
	return ERR_OK;
}

void tl_listen_forget(struct socket *listener, struct socket *child)
{
	child->tcp.listener = NULL;
	tl_list_remove(&child->tcp.waiting);
	listener->listen.n_queue--;
}

static int open_pcb(struct socket *k, struct listen_group *g)
{
	struct tcp_pcb *pcb, *lpcb;
	ip_addr_t ip;
	err_t err;

	tl_socket_local_ip(&ip, k);
	pcb = tcp_new_ip_type(IP_GET_TYPE(&ip));
	if (!pcb)
		return ENOBUFS;
	ip_set_option(pcb, SOF_REUSEADDR);
	if (k->opt.keepalive)
		ip_set_option(pcb, SOF_KEEPALIVE);
	if (k->opt.device)
		pcb->netif_idx = k->opt.device;
	err = tcp_bind(pcb, &ip, k->local.port);
	if (err != ERR_OK) {
		tcp_abort(pcb);
		return tl_socket_errno(err);
	}
	lpcb = tcp_listen_with_backlog_and_err(pcb, 1, &err);
	if (!lpcb) {
		tcp_abort(pcb);
		return tl_socket_errno(err);
	}
	tcp_arg(lpcb, g);
	tcp_accept(lpcb, on_accept);
	g->pcb = lpcb;
	return 0;
}

static int group_new(struct listen_group **gp, struct socket *k)
{
	struct listen_group *g = tl_alloc_zeroed(sizeof(*g));
	int err;

	if (!g)
		return ENOBUFS;
	tl_list_init(&g->members);
	err = open_pcb(k, g);
	if (err) {
		tl_free(g);
		return err;
	}
	*gp = g;
	return 0;
}

/* As many as all of them together, up to what the stack can count. */
static void set_backlog(struct listen_group *g)
{
	size_t sum = 0;
	u8_t max;

	tl_list_each(at, next, &g->members) {
		const struct socket *k =
			tl_container_of(at, struct socket, listen.in_group);

		sum += k->closed.on ? 0 : k->listen.backlog;
	}
	max = (u8_t)TL_MIN(sum, 255);
	/* Not by the macro, which knows no 0: no SYN is answered then. */
	((struct tcp_pcb_listen *)g->pcb)->backlog = max;
}

/* With those who listen there already, or alone. */
static int join_group(struct socket *k)
{
	struct listen_group *g = NULL;
	struct socket *other;
	int err = tl_port_find_listener(k, &other);

	if (err)
		return err;
	if (other)
		g = other->listen.group;
	else
		err = group_new(&g, k);
	if (err)
		return err;
	k->listen.group = g;
	tl_list_append(&g->members, &k->listen.in_group);
	set_backlog(g);
	return 0;
}

static int start(struct socket *k, uint32_t backlog)
{
	int err = 0;

	if (!k->has_port) {
		k->local.family = tl_socket_is_v6(k) ? 6 : 4;
		err = -tl_port_take(k);
	}
	if (!err)
		err = join_group(k);
	if (err)
		return err;
	err = tl_host_listen(k, backlog);
	k->state = SOCKET_LISTENING;
	/* So that getpeername(2) tells what it is, as for connections. */
	if (!err)
		err = -tl_socket_name(k, NAME_LISTENING);
	if (err) {
		tl_host_drop(k);
		tl_listen_free(k);
		k->state = SOCKET_IDLE;
	}
	return err;
}

void tl_listen_start(struct socket *k, struct rpc_call *call,
		     const struct rpc_request *q)
{
	int err = 0;

	if (k->state != SOCKET_IDLE && k->state != SOCKET_LISTENING) {
		tl_socket_answer(call,
				 k->state == SOCKET_UDP ? EOPNOTSUPP : EINVAL);
		return;
	}
	/* Linux takes one more than it is told, and negative ones as many. */
	k->listen.backlog = TL_MIN((size_t)q->value, IN_FLIGHT_MAX - 1) + 1;
	k->listen.tag = (k->tag & INHERITED_TAGS) | TAG_CONNECTING;
	if (k->state == SOCKET_LISTENING) {
		set_backlog(k->listen.group);
		err = tl_host_listen(k, q->value);
	} else {
		tl_socket_read_native(k, call->fds[0]);
		err = start(k, q->value);
	}
	tl_socket_answer_names(call, k, err);
}

/* What one record takes in the queue, tried where nobody else is: that of an
 * earlier worker may hold some. */
static size_t measure_unit(void)
{
	uint8_t record[RPC_ACCEPT_LEN] = { 0 };
	size_t unit = 0;
	int ends[2];

	if (tl_end_pair(ends, SOCK_STREAM))
		return 0;
	if (tl_fdpass_send(ends[0], TL_BYTES_OF(record), &ends[0], 1,
			   MSG_DONTWAIT) == 0)
		unit = tl_end_unread(ends[0]);
	close(ends[0]);
	close(ends[1]);
	return unit;
}

int tl_listen_resume(struct socket *k)
{
	k->listen.tag = (k->tag & INHERITED_TAGS) | TAG_CONNECTING;
	k->listen.unit = measure_unit();
	return start(k, HOST_LISTENS);
}

/* May one more record be under way? */
static bool has_room(struct socket *l)
{
	size_t unread = tl_end_unread(l->watch.fd);

	if (unread == 0 || l->listen.unit == 0)
		return true;
	return unread / l->listen.unit < l->listen.backlog;
}

static int send_record(struct socket *l, const struct rpc_accept *record,
		       int fd)
{
	uint8_t room[RPC_ACCEPT_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	size_t before = tl_end_unread(l->watch.fd);
	size_t after;
	int err;

	tl_rpc_write_accept(&w, record);
	tl_assert(tl_writer_ok(&w));
	err = tl_fdpass_send(l->watch.fd, tl_writer_bytes(&w), &fd, 1,
			     MSG_DONTWAIT);
	if (err)
		return err;
	after = tl_end_unread(l->watch.fd);
	/* Unless it has been taken already. */
	if (before == 0 && after >= RPC_ACCEPT_LEN)
		l->listen.unit = after;
	l->host.after++;
	return 0;
}

static void inherit_native(const struct socket *k, int app)
{
	const struct linger linger = { .l_onoff = 1,
				       .l_linger = k->opt.linger };
	const int on = 1;

	if (k->opt.keepalive)
		(void)setsockopt(app, SOL_SOCKET, SO_KEEPALIVE, &on,
				 sizeof(on));
	if (k->opt.linger >= 0)
		(void)setsockopt(app, SOL_SOCKET, SO_LINGER, &linger,
				 sizeof(linger));
}

/* Give a waiting connection its ends; one is the socket's then. */
static int make_ends(struct socket *k, int ends[2])
{
	uint64_t cookie;
	int err = tl_end_pair(ends, SOCK_STREAM);

	if (err)
		return err;
	err = tl_end_prepare(ends[1], k->tag, SOCK_STREAM);
	if (!err)
		err = tl_end_cookie(ends[1], &cookie);
	if (!err)
		err = tl_socket_adopt(k, ends[0], cookie);
	if (err) {
		close(ends[0]);
		close(ends[1]);
		ends[1] = -1;
		return err;
	}
	inherit_native(k, ends[1]);
	return tl_tcp_open(k);
}

/* Back into the queue, as it was. */
static void unmake_ends(struct socket *k)
{
	tl_socket_detach(k);
	k->named = false;
	k->state = SOCKET_WAITING;
}

static int deliver(struct socket *l, struct socket *k)
{
	const struct rpc_accept record = { .kind = ACCEPT_VIRTUAL,
					   .local = k->local,
					   .remote = k->remote };
	int ends[2] = { -1, -1 };
	int err = make_ends(k, ends);

	if (!err)
		err = send_record(l, &record, ends[1]);
	if (err && k->watch.fd >= 0)
		unmake_ends(k);
	if (ends[1] >= 0)
		close(ends[1]);
	if (err)
		return err;
	tl_listen_forget(l, k);
	if (k->tcp.pcb)
		tcp_backlog_accepted(k->tcp.pcb);
	/* As Linux: it keeps the port from those who do not share. Without
	 * memory for that it is a connection all the same. */
	if (tl_port_join(k))
		l->owner->counts.starved++;
	l->owner->counts.accepted++;
	return 0;
}

/* Records are taken in order: those behind the companion's tell whether it has
 * been. Whole ones count, since the kernel wakes us before it has subtracted
 * the last byte of a record that was taken. */
static bool is_companion_under_way(struct socket *l)
{
	if (!l->host.told)
		return false;
	l->host.told = l->listen.unit &&
		       tl_end_unread(l->watch.fd) / l->listen.unit >
			       l->host.after;
	return l->host.told;
}

static int offer_companion(struct socket *l)
{
	const struct rpc_accept record = { .kind = ACCEPT_HOST };
	int err;

	if (is_companion_under_way(l) || !tl_host_has_connection(l))
		return 0;
	if (!has_room(l))
		return -EAGAIN;
	err = send_record(l, &record, l->host.fd);
	if (!err) {
		l->host.told = true;
		l->host.after = 0;
	}
	return err;
}

static void want_room(struct socket *l, bool want)
{
	uint32_t events = want ? WATCH_OUT : 0;

	if (l->watch.events != events)
		tl_poll_mod(l->owner->config.poll, &l->watch, events);
}

bool tl_listen_run(struct socket *l)
{
	struct socket *k;
	int err = 0;

	if (l->gone)
		return false;
	if (l->tcp.app_gone) {
		tl_socket_drop(l);
		return false;
	}
	/* One record at most, so that neither side keeps the other waiting. */
	err = offer_companion(l);
	while (!err && l->listen.n_queue > 0) {
		if (!has_room(l)) {
			err = -EAGAIN;
			break;
		}
		k = tl_container_of(l->listen.queue.next, struct socket,
				    tcp.waiting);
		err = deliver(l, k);
	}
	/* An edge comes when a record is taken; the rest passes by itself. */
	want_room(l, l->listen.n_queue > 0 || l->host.readable);
	if (err && err != -EAGAIN)
		tl_socket_starve(l);
	return false;
}

void tl_listen_on_watch(struct socket *l, uint32_t events)
{
	if (events & (WATCH_HUP | WATCH_ERR))
		l->tcp.app_gone = true;
	tl_socket_mark(l);
}

/* What waits for @l goes to @heir, or is reset if there is none. */
static void clear_queue(struct socket *l, struct socket *heir)
{
	struct socket *k;

	while ((k = tl_list_first(&l->listen.queue, struct socket,
				  tcp.waiting))) {
		if (heir) {
			tl_listen_forget(l, k);
			enqueue(heir, k);
			continue;
		}
		tl_tcp_abort(k);
		tl_socket_drop(k);
	}
}

void tl_listen_free(struct socket *l)
{
	struct listen_group *g = l->listen.group;

	if (!g)
		return;
	l->listen.group = NULL;
	tl_list_remove(&l->listen.in_group);
	clear_queue(l,
		    tl_list_first(&g->members, struct socket, listen.in_group));
	if (!tl_list_is_empty(&g->members)) {
		set_backlog(g);
		return;
	}
	tcp_arg(g->pcb, NULL);
	tcp_accept(g->pcb, NULL);
	(void)tcp_close(g->pcb);
	tl_free(g);
}
