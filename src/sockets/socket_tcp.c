/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_tcp.c - connections: making them, moving bytes, ending them
 *
 * Theory of operation
 *
 * The stack's callbacks only note what happened: pbufs are put into the pass's
 * batch, acknowledged bytes leave the send ring. tl_tcp_run() then does the
 * rest, once a pass: one write to the application, one read from it, one
 * tcp_output(). So no pcb is ever aborted inside one of its own callbacks.
 *
 * Towards the application: a batch is written straight from the pbufs; what its
 * buffer does not take is copied to chunks, and beyond the fair share of those
 * the stack is told to keep it, which then announces a window of zero. The
 * window is opened only for what the application's buffer took.
 *
 * From the application: bytes are read into chunks and referred to by the stack
 * until acknowledged. No more is read than the stack takes, so that the
 * application's own buffer fills and stops it.
 *
 * The end has these forms. FIN from the peer: shutdown() of our end, once all
 * was written. End of the application's stream: FIN, once all was handed over.
 * Reset or time-out: our end is closed with the last byte unread, which gives
 * ECONNRESET, once the application's buffer took what came before. Application
 * gone: reset if something was left unread or it asked for that, else FIN, and
 * the socket goes on draining without a descriptor until all is acknowledged.
 */
#include "sockets/socket_impl.h"

#include <string.h>

#include "lwip/ip.h"
#include "lwip/pbuf.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/tcp.h"

#include "base/alloc.h"

/* Ports drawn for one connection before it is given up. */
#define PORT_TRIES 64

static void set_callbacks(struct tcp_pcb *pcb, struct socket *k);

/* The stack ends the connection by itself from here on. */
static void release(struct socket *k)
{
	struct tcp_pcb *pcb = k->tcp.pcb;

	if (!pcb)
		return;
	set_callbacks(pcb, NULL);
	k->tcp.pcb = NULL;
	k->tcp.ended = true;
}

/* Nothing that the pcb still does concerns us, or refers to our memory. */
static void release_if_done(struct socket *k)
{
	struct tcp_side *t = &k->tcp;

	if (t->sent_end && t->tx.n == 0 &&
	    (t->peer_end || k->state == SOCKET_DRAINING))
		release(k);
}

/* --- batches of received pbufs --- */

static bool batch_add(struct socket *k, struct pbuf *p)
{
	struct sockets *s = k->owner;
	struct batch *b = k->tcp.batch;

	if (!b) {
		b = s->free_batches;
		if (b)
			s->free_batches = b->next;
		else
			b = tl_alloc(sizeof(*b));
		if (!b)
			return false;
		b->n = 0;
		k->tcp.batch = b;
	}
	if (b->n == BATCH_MAX)
		return false;
	b->p[b->n++] = p;
	return true;
}

static size_t batch_bytes(const struct batch *b)
{
	size_t n = 0;
	size_t i;

	for (i = 0; b && i < b->n; i++)
		n += b->p[i]->tot_len;
	return n;
}

/* Drop @n bytes from the front; an empty batch goes back to the list. */
static void batch_consume(struct socket *k, size_t n)
{
	struct sockets *s = k->owner;
	struct batch *b = k->tcp.batch;
	size_t i = 0;

	while (i < b->n && n >= b->p[i]->tot_len) {
		n -= b->p[i]->tot_len;
		pbuf_free(b->p[i++]);
	}
	if (i < b->n && n > 0)
		b->p[i] = pbuf_free_header(b->p[i], (u16_t)n);
	b->n -= i;
	memmove(b->p, b->p + i, b->n * sizeof(b->p[0]));
	if (b->n > 0)
		return;
	k->tcp.batch = NULL;
	b->next = s->free_batches;
	s->free_batches = b;
}

/* The stack leaves pbufs without bytes in a chain whose front came again. */
static size_t batch_runs(const struct batch *b, struct bytes *out, size_t max)
{
	const struct pbuf *p;
	size_t n = 0;
	size_t i;

	for (i = 0; i < b->n; i++) {
		for (p = b->p[i]; p && n < max; p = p->next) {
			if (p->len > 0)
				out[n++] = tl_bytes(p->payload, p->len);
		}
	}
	return n;
}

/* --- towards the application --- */

static void set_writable(struct socket *k, bool writable)
{
	struct tcp_side *t = &k->tcp;

	if (t->writable == writable)
		return;
	t->writable = writable;
	tl_poll_mod(k->owner->config.poll, &k->watch,
		    writable ? WATCH_IN : WATCH_IN | WATCH_OUT);
}

/* Write, and note what an error says. Return: bytes written. */
static size_t write_runs(struct socket *k, const struct bytes *runs, size_t n)
{
	size_t done;
	int err = tl_end_write(k->watch.fd, runs, n, &done);

	if (err == -EAGAIN || err == -ENOBUFS || err == -ENOMEM)
		set_writable(k, false);
	else if (err)
		k->tcp.deaf = true;
	k->owner->counts.bytes_in += done;
	return done;
}

static size_t write_ring(struct socket *k)
{
	struct tcp_side *t = &k->tcp;
	struct bytes runs[END_RUNS_MAX];
	size_t total = 0;
	size_t n;

	while (t->rx.n > 0 && t->writable && !t->deaf) {
		n = write_runs(k, runs,
			       tl_ring_head(&t->rx, runs, END_RUNS_MAX));
		tl_ring_consume(&t->rx, &k->owner->rx_pool, n);
		total += n;
	}
	return total;
}

static size_t write_batch(struct socket *k)
{
	struct tcp_side *t = &k->tcp;
	struct bytes runs[END_RUNS_MAX];
	size_t total = 0;
	size_t n;

	while (t->batch && t->rx.n == 0 && t->writable && !t->deaf) {
		n = write_runs(k, runs,
			       batch_runs(t->batch, runs, END_RUNS_MAX));
		batch_consume(k, n);
		total += n;
	}
	return total;
}

/* No receive buffer outlives its pass: the rest of the batch goes to chunks. */
static void store_batch(struct socket *k)
{
	struct tcp_side *t = &k->tcp;
	struct bytes run;
	size_t n;

	while (t->batch && batch_runs(t->batch, &run, 1) == 1) {
		n = tl_ring_append(&t->rx, &k->owner->rx_pool, run);
		batch_consume(k, n);
		if (n < run.n)
			return;
	}
}

static void open_window(struct socket *k, size_t n)
{
	u16_t step;

	for (; k->tcp.pcb && n > 0; n -= step) {
		step = (u16_t)TL_MIN(n, 0xffff);
		tcp_recved(k->tcp.pcb, step);
	}
}

static size_t discard(struct socket *k)
{
	struct tcp_side *t = &k->tcp;
	size_t n = t->rx.n + batch_bytes(t->batch);

	tl_ring_clear(&t->rx, &k->owner->rx_pool);
	while (t->batch)
		batch_consume(k, batch_bytes(t->batch));
	return n;
}

static void flush(struct socket *k)
{
	struct tcp_side *t = &k->tcp;
	size_t n = t->unsaid + write_ring(k) + write_batch(k);

	t->unsaid = 0;

	/* Nobody reads: what came is lost, the end will be a reset. */
	if (t->deaf && (t->rx.n > 0 || t->batch)) {
		n += discard(k);
		t->app_reset = true;
	}
	store_batch(k);
	open_window(k, n);
	/* Asked again only when the answer will be another. */
	if (t->refusing && t->pcb && !t->batch &&
	    (t->writable ||
	     tl_ring_allowance(&t->rx, &k->owner->rx_pool) >= t->refused)) {
		t->refusing = false;
		(void)tcp_process_refused_data(t->pcb);
	}
}

static bool is_delivered(const struct socket *k)
{
	const struct tcp_side *t = &k->tcp;

	return t->rx.n == 0 && !t->batch && !t->refusing;
}

/* --- from the application --- */

static void hand_over(struct socket *k)
{
	struct tcp_side *t = &k->tcp;
	struct bytes runs[END_RUNS_MAX];
	err_t err = ERR_OK;
	size_t n, i, len;

	while (t->tx_new > 0 && err == ERR_OK) {
		n = tl_ring_tail(&t->tx, t->tx_new, runs, END_RUNS_MAX);
		for (i = 0; i < n && err == ERR_OK; i++) {
			len = TL_MIN(runs[i].n, (size_t)t->pcb->snd_buf);
			if (len == 0)
				return;
			err = tcp_write(t->pcb, runs[i].at, (u16_t)len,
					len < t->tx_new ? TCP_WRITE_FLAG_MORE
							: 0);
			if (err != ERR_OK)
				break;
			t->tx_new -= len;
			if (len < runs[i].n)
				break;
		}
	}
	/* Otherwise the next acknowledgement tries again. */
	if (err != ERR_OK && t->tx.n == t->tx_new)
		tl_socket_starve(k);
}

/*
 * How much to take from the application: what the stack has not sent yet it has
 * to walk through again and again, and it is better kept in the application's
 * buffer. Each acknowledgement asks again.
 */
static size_t send_room(const struct tcp_side *t)
{
	size_t unsent = t->pcb->snd_lbb - t->pcb->snd_nxt + t->tx_new;
	size_t room = t->pcb->snd_buf;

	if (unsent >= UNSENT_MAX || room <= t->tx_new)
		return 0;
	return TL_MIN(room - t->tx_new, UNSENT_MAX - unsent);
}

/* True if there is more that could be taken at once. */
static bool pump(struct socket *k)
{
	struct tcp_side *t = &k->tcp;
	struct buffer runs[END_RUNS_MAX];
	size_t waiting, room, n, got;

	if (!t->readable || t->sent_end)
		return false;
	waiting = tl_end_waiting(k->watch.fd);
	if (waiting <= 1) {
		t->readable = false;
		return false;
	}
	waiting--;
	room = send_room(t);
	if (room == 0)
		return false;
	n = tl_ring_reserve(&t->tx, &k->owner->tx_pool, TL_MIN(waiting, room),
			    runs, END_RUNS_MAX);
	if (n == 0) {
		tl_socket_starve(k);
		return false;
	}
	got = tl_end_read(k->watch.fd, runs, n);
	tl_ring_commit(&t->tx, &k->owner->tx_pool, got);
	t->tx_new += got;
	k->owner->counts.bytes_out += got;
	/* What is written from now on makes a new edge. */
	t->readable = got > 0 && got < waiting;
	return t->readable;
}

static bool send_out(struct socket *k)
{
	struct tcp_side *t = &k->tcp;
	bool more;

	if (!t->pcb)
		return false;
	more = pump(k);
	if (t->tx_new > 0)
		hand_over(k);
	if (t->app_end && !t->readable && t->tx_new == 0 && !t->sent_end) {
		t->sent_end = tcp_shutdown(t->pcb, 0, 1) == ERR_OK;
		if (!t->sent_end)
			tl_socket_starve(k);
		release_if_done(k);
	} else {
		tcp_output(t->pcb);
	}
	return more;
}

/* --- the stack's callbacks --- */

/*
 * A full batch is written at once, if somebody is there to take it, else kept:
 * the stack throws away what comes after a pbuf that was refused, so refusing
 * is for when chunks have run out.
 */
static void make_room(struct socket *k)
{
	struct tcp_side *t = &k->tcp;

	if (k->state == SOCKET_OPEN && t->rx.n > 0)
		t->unsaid += write_ring(k);
	if (k->state == SOCKET_OPEN)
		t->unsaid += write_batch(k);
	store_batch(k);
}

static err_t on_recv(void *arg, TL_UNUSED struct tcp_pcb *pcb, struct pbuf *p,
		     TL_UNUSED err_t err)
{
	struct socket *k = arg;
	struct tcp_side *t = &k->tcp;

	tl_socket_mark(k);
	/* What is offered is all that was refused, whoever offers it again. */
	t->refusing = false;
	if (!p) {
		t->peer_end = true;
		release_if_done(k);
		return ERR_OK;
	}
	if (t->batch && t->batch->n == BATCH_MAX)
		make_room(k);
	if (t->rx.n + batch_bytes(t->batch) > 0 && !t->writable &&
	    tl_ring_allowance(&t->rx, &k->owner->rx_pool) <
		    batch_bytes(t->batch) + p->tot_len) {
		t->refusing = true;
		t->refused = p->tot_len;
		return ERR_MEM;
	}
	if (!batch_add(k, p)) {
		t->refusing = true;
		t->refused = 0;
		return ERR_MEM;
	}
	return ERR_OK;
}

static err_t on_sent(void *arg, TL_UNUSED struct tcp_pcb *pcb, u16_t len)
{
	struct socket *k = arg;
	struct tcp_side *t = &k->tcp;

	tl_ring_consume(&t->tx, &k->owner->tx_pool, len);
	release_if_done(k);
	tl_socket_mark(k);
	return ERR_OK;
}

static int connect_errno(err_t err)
{
	if (err == ERR_RST)
		return ECONNREFUSED;
	return err == ERR_RTE ? EHOSTUNREACH : ETIMEDOUT;
}

/* The pcb is gone already, and with it all that referred to our memory. */
static void on_err(void *arg, err_t err)
{
	struct socket *k = arg;
	struct tcp_side *t = &k->tcp;

	t->pcb = NULL;
	t->ended = true;
	if (k->state == SOCKET_CONNECTING)
		t->why = connect_errno(err);
	else
		t->why = err == ERR_CLSD ? 0 : ECONNRESET;
	tl_ring_clear(&t->tx, &k->owner->tx_pool);
	t->tx_new = 0;
	t->refusing = false;
	tl_socket_mark(k);
}

static void set_callbacks(struct tcp_pcb *pcb, struct socket *k)
{
	tcp_arg(pcb, k);
	tcp_recv(pcb, k ? on_recv : NULL);
	tcp_sent(pcb, k ? on_sent : NULL);
	tcp_err(pcb, k ? on_err : NULL);
}

int tl_tcp_open(struct socket *k)
{
	struct tcp_side *t = &k->tcp;
	int err = 0;

	if (k->owner->counts.sockets <= k->owner->config.eager_names)
		err = tl_socket_name(k, NAME_CONNECTED);
	if (err)
		return err;
	tl_poll_mod(k->owner->config.poll, &k->watch, WATCH_IN);
	/* Only now it becomes writable; what the application writes from here
	 * on stands behind the filler. */
	tl_hold_widen(k);
	if (t->filler > 1)
		tl_end_drain(k->watch.fd, t->filler - 1);
	k->state = SOCKET_OPEN;
	t->readable = true;
	t->writable = true;
	tl_socket_mark(k);
	return 0;
}

void tl_tcp_answer_names(struct socket *k, struct rpc_call *call)
{
	struct rpc_reply reply = { .local = k->local };

	if (k->state == SOCKET_OPEN) {
		reply.remote = k->remote;
		/* Nobody has to ask again. */
		if (tl_socket_name(k, NAME_CONNECTED))
			k->owner->counts.starved++;
	}
	tl_rpc_reply(call, &reply);
}

static void answer_waiter(struct socket *k, int error)
{
	struct rpc_call *waiter = k->tcp.waiter;

	k->tcp.waiter = NULL;
	if (waiter)
		tl_socket_answer_names(waiter, k, error);
}

static err_t on_connected(void *arg, struct tcp_pcb *pcb, TL_UNUSED err_t err)
{
	struct socket *k = arg;
	int failed;

	k->local = tl_socket_from_ip(&pcb->local_ip, pcb->local_port);
	failed = tl_tcp_open(k);
	if (failed) {
		k->tcp.why = -failed;
		tl_socket_mark(k);
		return ERR_OK;
	}
	k->owner->counts.connected++;
	answer_waiter(k, 0);
	return ERR_OK;
}

/* --- connect --- */

static void on_waiter_gone(void *waiter)
{
	struct socket *k = waiter;

	/* As after EINTR: the connection is made all the same. */
	k->tcp.waiter = NULL;
}

static void wait_for_result(struct socket *k, struct rpc_call *call)
{
	k->tcp.waiter = call;
	call->gone = on_waiter_gone;
	call->waiter = k;
}

static int start_pcb(struct socket *k, const struct rpc_addr *to)
{
	struct tcp_pcb *pcb;
	ip_addr_t ip;
	err_t err;

	tl_socket_to_ip(&ip, to);
	pcb = tcp_new_ip_type(IP_GET_TYPE(&ip));
	if (!pcb)
		return ENOBUFS;
	ip_set_option(pcb, SOF_REUSEADDR);
	tcp_nagle_disable(pcb);
	tl_socket_apply_tcp(k, pcb);
	tl_socket_to_ip(&ip, &k->local);
	err = tcp_bind(pcb, &ip, k->local.port);
	if (err == ERR_OK) {
		tcp_bind_netif(pcb, tl_ifc_netif(k->ifc));
		set_callbacks(pcb, k);
		k->tcp.pcb = pcb;
		k->state = SOCKET_CONNECTING;
		tl_socket_to_ip(&ip, to);
		err = tcp_connect(pcb, &ip, to->port, on_connected);
	}
	if (err == ERR_OK)
		return 0;
	k->state = SOCKET_IDLE;
	k->tcp.pcb = NULL;
	set_callbacks(pcb, NULL);
	tcp_abort(pcb);
	return err == ERR_USE ? EADDRNOTAVAIL : tl_socket_errno(err);
}

/* Take a port and connect from it. */
static int start_from(struct socket *k, const struct rpc_addr *to,
		      const struct rpc_addr *source, bool has_port)
{
	int err;

	k->local = *source;
	err = has_port ? 0 : -tl_port_take(k);
	if (err == EADDRINUSE)
		err = EADDRNOTAVAIL;
	if (!err) {
		k->remote = *to;
		err = start_pcb(k, to);
	}
	if (err && !has_port)
		tl_port_leave(k);
	return err;
}

/* Enter addresses and port for a connection to @to, and start it. A port that
 * an earlier connection to the same place still waits on (TIME_WAIT) is no use:
 * then another is drawn. */
static int start(struct socket *k, const struct rpc_addr *to, struct ifc *ifc,
		 const struct rpc_addr *source)
{
	struct rpc_addr local = k->local;
	struct ifc *old_ifc = k->ifc;
	bool has_port = k->has_port;
	int tries = has_port ? 1 : PORT_TRIES;
	int err;

	k->ifc = ifc;
	do {
		err = start_from(k, to, source, has_port);
	} while (err == EADDRNOTAVAIL && --tries);
	if (!err)
		return 0;
	k->local = local;
	k->ifc = old_ifc;
	k->remote = (struct rpc_addr){ 0 };
	return err;
}

static int check_state(const struct socket *k)
{
	switch (k->state) {
	case SOCKET_IDLE:
		return 0;
	case SOCKET_CONNECTING:
		return EALREADY;
	default:
		return EISCONN;
	}
}

/* As tl_port_judge_dest(); our name server is on an interface of its own. */
static uint32_t judge(struct socket *k, const struct rpc_addr *to,
		      uint16_t flags, struct ifc **ifcp,
		      struct rpc_addr *source)
{
	uint32_t status;

	if (k->resolver.off || !tl_resolver_is_own(to))
		return tl_port_judge_dest(k, to, flags, ifcp, source);
	status = (uint32_t)tl_addr_check_family(k, to);
	if (!status && k->ifc)
		status = ENETUNREACH;
	if (status)
		return status;
	*ifcp = tl_resolver_ifc(k->owner);
	*source = *to;
	source->port = k->local.port;
	return *ifcp ? 0 : ENOBUFS;
}

/* 0, a positive errno or RPC_USE_HOST. */
static uint32_t connect_to(struct socket *k, struct rpc_call *call,
			   const struct rpc_request *q)
{
	struct rpc_addr to = q->addr;
	struct rpc_addr source;
	struct ifc *ifc;
	uint32_t status;

	tl_addr_unmap(&to);
	status = judge(k, &to, q->flags, &ifc, &source);
	if (!status && (tl_addr_is_multicast(&to) || tl_addr_is_broadcast(&to)))
		status = ENETUNREACH;
	if (!status && to.port == 0)
		status = ECONNREFUSED;
	if (status)
		return status;
	tl_socket_read_native(k, call->fds[0]);
	k->tcp.filler = tl_end_waiting(k->watch.fd);
	status = (uint32_t)start(k, &to, ifc, &source);
	if (!status && k->state == SOCKET_CONNECTING)
		tl_hold_take(k, call);
	return status;
}

/* Nobody waits for the reply: SO_ERROR will tell. */
static void fail_quietly(struct socket *k, struct rpc_call *call,
			 uint32_t status)
{
	k->owner->counts.failed++;
	tl_socket_remember(k,
			   status == RPC_USE_HOST ? ENETUNREACH : (int)status);
	tl_socket_answer(call, (int)status);
	tl_socket_drop(k);
}

static void answer_in_progress(struct socket *k, struct rpc_call *call)
{
	struct rpc_reply reply = { .status = EINPROGRESS,
				   .value = tl_socket_credit(k),
				   .local = k->local,
				   .remote = k->remote };

	tl_rpc_reply(call, &reply);
}

void tl_tcp_connect(struct socket *k, struct rpc_call *call,
		    const struct rpc_request *q)
{
	bool wait = !(q->flags & RPC_FLAG_NONBLOCK);
	uint32_t status = (uint32_t)check_state(k);

	if (status == EALREADY && wait && !k->tcp.waiter) {
		wait_for_result(k, call);
		return;
	}
	if (status) {
		tl_socket_answer(call, (int)status);
		return;
	}
	status = connect_to(k, call, q);
	if (status && (q->flags & RPC_FLAG_QUIET)) {
		fail_quietly(k, call, status);
		return;
	}
	if (status == RPC_USE_HOST)
		tl_host_release(k);
	if (status)
		tl_socket_answer(call, (int)status);
	else if (wait)
		wait_for_result(k, call);
	else
		answer_in_progress(k, call);
}

struct socket *tl_tcp_accepted(struct socket *listener, struct tcp_pcb *pcb)
{
	struct socket *k = tl_socket_make(listener->owner, listener->uid,
					  listener->user, listener->listen.tag);

	if (!k)
		return NULL;
	k->state = SOCKET_WAITING;
	k->opt = listener->opt;
	k->local = tl_socket_from_ip(&pcb->local_ip, pcb->local_port);
	k->remote = tl_socket_from_ip(&pcb->remote_ip, pcb->remote_port);
	k->ifc = tl_ifc_of_address(k->local.family, k->local.ip);
	k->tcp.pcb = pcb;
	k->tcp.listener = listener;
	k->tcp.filler = 1;
	tcp_bind_netif(pcb, ip_current_input_netif());
	tcp_nagle_disable(pcb);
	tl_socket_apply_tcp(k, pcb);
	set_callbacks(pcb, k);
	return k;
}

/* --- the end --- */

void tl_tcp_abort(struct socket *k)
{
	struct tcp_pcb *pcb = k->tcp.pcb;

	if (!pcb)
		return;
	release(k);
	k->owner->counts.reset++;
	tcp_abort(pcb);
}

void tl_tcp_fail(struct socket *k, int error)
{
	/* Its name tells that it was no connect that failed. */
	if (k->state == SOCKET_OPEN && !k->tcp.app_gone &&
	    tl_socket_name(k, NAME_CONNECTED))
		k->owner->counts.starved++;
	tl_tcp_abort(k);
	if (k->state == SOCKET_CONNECTING) {
		k->owner->counts.failed++;
		/* The reply carries it, or else SO_ERROR will. */
		if (!k->tcp.waiter)
			tl_socket_remember(k, error);
		answer_waiter(k, error);
	}
	tl_socket_drop(k);
}

void tl_tcp_free(struct socket *k)
{
	struct tcp_side *t = &k->tcp;

	tl_tcp_abort(k);
	if (t->listener)
		tl_listen_forget(t->listener, k);
	if (t->waiter)
		answer_waiter(k, ECONNABORTED);
	(void)discard(k);
	tl_ring_clear(&t->tx, &k->owner->tx_pool);
}

/* All was handed over and the application is gone: go on without it. */
static void start_draining(struct socket *k)
{
	/* Whoever still holds the descriptor after shutting it down reads the
	 * end, not a reset. */
	tl_end_drain(k->watch.fd, tl_end_waiting(k->watch.fd));
	k->state = SOCKET_DRAINING;
	tl_socket_detach(k);
	/* What comes now has no reader: the stack resets. tcp_close() would do
	 * the same in these states, but may free the pcb. */
	if (k->tcp.pcb)
		tcp_set_flags(k->tcp.pcb, TF_RXCLOSED);
	release_if_done(k);
	if (!k->tcp.pcb)
		tl_socket_drop(k);
}

/* The application is gone. True if the socket is, too, or drains. */
static bool settle(struct socket *k)
{
	struct tcp_side *t = &k->tcp;

	if (t->app_reset || k->opt.linger == 0 || !is_delivered(k)) {
		tl_tcp_abort(k);
		tl_socket_drop(k);
		return true;
	}
	if (!t->sent_end && !t->ended)
		return false;
	start_draining(k);
	return true;
}

static bool run_open(struct socket *k)
{
	struct tcp_side *t = &k->tcp;
	bool more;

	flush(k);
	if (t->app_gone && settle(k))
		return false;
	if (t->peer_end && is_delivered(k) && !t->told_end) {
		t->told_end = true;
		tl_end_shutdown(k->watch.fd);
	}
	more = send_out(k);
	if (t->app_gone && settle(k))
		return false;
	if (t->ended && t->why && (is_delivered(k) || t->deaf)) {
		k->owner->counts.reset++;
		tl_tcp_fail(k, t->why);
		return false;
	}
	return more;
}

bool tl_tcp_run(struct socket *k)
{
	struct tcp_side *t = &k->tcp;

	if (k->gone)
		return false;
	switch (k->state) {
	case SOCKET_OPEN:
		return run_open(k);
	case SOCKET_CONNECTING:
		if (t->why)
			tl_tcp_fail(k, t->why);
		else if (t->app_gone)
			tl_socket_drop(k);
		return false;
	case SOCKET_WAITING:
		/* No descriptor yet: what came is kept in chunks. */
		store_batch(k);
		if (t->ended && t->why)
			tl_socket_drop(k);
		return false;
	default:
		/* What drains has no application, and ends with its pcb. */
		if (k->state == SOCKET_DRAINING ? !t->pcb : t->app_gone)
			tl_socket_drop(k);
		return false;
	}
}

void tl_tcp_on_watch(struct socket *k, uint32_t events)
{
	struct tcp_side *t = &k->tcp;

	if (events & WATCH_IN)
		t->readable = true;
	if (events & WATCH_OUT)
		set_writable(k, true);
	if (events & WATCH_RDHUP) {
		t->app_end = true;
		t->readable = true;
	}
	if (events & (WATCH_HUP | WATCH_ERR) && !t->app_gone) {
		t->app_gone = true;
		t->app_end = true;
		t->readable = true;
		if (tl_end_was_reset(k->watch.fd))
			t->app_reset = true;
	}
	tl_socket_mark(k);
}
