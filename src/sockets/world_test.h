/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world_test.h - a service in a thread and a client made of system calls
 *
 * The stack has one interface, zt0, with 10.7.0.1/24 and fd00::1/64: programs
 * on one node that talk through its own addresses. Clients do what proto.h says
 * by hand, so that the tests see what a program would see.
 */
#ifndef TL_SOCKETS_WORLD_TEST_H
#define TL_SOCKETS_WORLD_TEST_H

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

#include "rpc/end.h"
#include "rpc/fdpass.h"
#include "sockets/socket.h"

#define WAIT_MS 20000

typedef void (*world_fn)(void *ctx);

struct world {
	char name[64];
	struct packet_pool packets;
	struct poll_set *poll;
	struct ifc *ifc;
	struct sockets *sockets;
	struct watch wake;
	int wake_fd;
	pthread_t thread;
	struct sockets_config config;
	bool runs; /* protected by lock */
	bool stop;
	world_fn todo;
	void *todo_ctx;
	pthread_mutex_t lock; /* todo, stop */
	pthread_cond_t done;
	int foreign_closed;
	_Atomic unsigned int to_all; /* frames to more than one station */
	bool is_bare; /* no interface yet */
	bool leaves; /* what is kept, when it ends */
};

static struct world world;

static TL_UNUSED int64_t world_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static TL_UNUSED void world_output(void *ctx, const uint8_t dst[6],
				   TL_UNUSED const uint8_t src[6],
				   TL_UNUSED uint16_t ethertype,
				   struct packet *p)
{
	struct world *w = ctx;

	/* Nobody else is on the network. */
	w->to_all += dst[0] & 1;
	tl_packet_free(p);
}

static TL_UNUSED bool world_resolve(TL_UNUSED void *ctx,
				    TL_UNUSED const uint8_t ip6[16],
				    TL_UNUSED uint8_t mac[6])
{
	return false;
}

static TL_UNUSED void world_groups(TL_UNUSED void *ctx)
{
}

static TL_UNUSED void world_error(void *ctx, const struct ifc_error *e)
{
	struct world *w = ctx;

	tl_sockets_on_ifc_error(w->sockets, e);
}

static TL_UNUSED void world_random(TL_UNUSED void *ctx, struct buffer out)
{
	CHECK_EQ(getrandom(out.at, out.n, 0), (ssize_t)out.n);
}

static TL_UNUSED void world_stack_random(void *out, size_t n)
{
	world_random(NULL, tl_buffer(out, n));
}

static TL_UNUSED void world_close(void *ctx, int fd)
{
	struct world *w = ctx;

	w->foreign_closed++;
	close(fd);
}

static TL_UNUSED void world_on_wake(void *ctx, TL_UNUSED uint32_t events)
{
	struct world *w = ctx;
	uint64_t n;

	(void)!read(w->wake_fd, &n, sizeof(n));
	pthread_mutex_lock(&w->lock);
	if (w->todo)
		w->todo(w->todo_ctx);
	w->todo = NULL;
	pthread_cond_signal(&w->done);
	pthread_mutex_unlock(&w->lock);
}

static TL_UNUSED void world_loop(struct world *w)
{
	bool more = false;
	int64_t next_us;
	int timeout;

	while (!w->stop) {
		next_us = tl_stack_next_us();
		timeout = -1;
		if (next_us != INT64_MAX)
			timeout = (int)((TL_MAX(next_us - world_now_us(), 0) +
					 999) /
					1000);
		CHECK(tl_poll_run(w->poll, more ? 0 : timeout) >= 0);
		(void)tl_stack_run(world_now_us());
		more = tl_sockets_end_pass(w->sockets, world_now_us());
		tl_stack_end_pass();
		more = more || tl_sockets_has_work(w->sockets);
	}
}

/* Run @fn in the service's thread. */
static TL_UNUSED void world_do(world_fn fn, void *ctx)
{
	struct world *w = &world;
	uint64_t one = 1;

	pthread_mutex_lock(&w->lock);
	w->todo = fn;
	w->todo_ctx = ctx;
	CHECK_EQ(write(w->wake_fd, &one, 8), 8);
	while (w->todo)
		pthread_cond_wait(&w->done, &w->lock);
	pthread_mutex_unlock(&w->lock);
}

static TL_UNUSED void world_open_ifc(struct world *w)
{
	static const struct ifc_ops ops = { .output = world_output,
					    .resolve = world_resolve,
					    .groups_changed = world_groups,
					    .error = world_error };
	const struct ifc_config config = { .name = "zt0",
					   .mac = { 2, 0, 0, 0, 0, 1 },
					   .mtu = 2800,
					   .tag = 1,
					   .ops = &ops,
					   .ctx = w };
	const struct ifc_address addresses[] = {
		{ 4, 24, { 10, 7, 0, 1 } },
		{ 6, 64, { 0xfd, [15] = 1 } },
	};

	CHECK_EQ(tl_ifc_new(&w->ifc, &config), 0);
	CHECK_EQ(tl_ifc_set_addresses(w->ifc, addresses, 2), 0);
}

static TL_UNUSED void world_init(struct world *w)
{
	struct sockets_config *c = &w->config;

	tl_packet_pool_init(&w->packets, 256, 65536);
	CHECK_EQ(tl_stack_init(&w->packets, world_stack_random, world_now_us()),
		 0);
	if (!w->is_bare)
		world_open_ifc(w);
	CHECK_EQ(tl_poll_new(&w->poll), 0);
	c->poll = w->poll;
	c->name = w->name;
	c->owner = c->owner ? c->owner : geteuid();
	c->random = world_random;
	c->close_fd = world_close;
	c->ctx = w;
	CHECK_EQ(tl_sockets_new(&w->sockets, c), 0);
	tl_sockets_take_over(w->sockets);
	w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->wake = (struct watch){ .fd = -1, .fn = world_on_wake, .ctx = w };
	CHECK_EQ(tl_poll_add(w->poll, &w->wake, w->wake_fd, WATCH_IN), 0);
}

/* Everything is given back: pools and quotas assert it. */
static TL_UNUSED void world_fini(struct world *w)
{
	if (w->leaves)
		tl_sockets_leave(w->sockets);
	tl_sockets_free(w->sockets);
	tl_ifc_free(w->ifc);
	w->ifc = NULL;
	tl_stack_fini();
	tl_poll_del(w->poll, &w->wake);
	close(w->wake_fd);
	tl_poll_free(w->poll);
	tl_packet_pool_fini(&w->packets);
}

/* The stack is the thread's from its beginning to its end. */
static TL_UNUSED void *world_main(void *ctx)
{
	struct world *w = ctx;

	world_init(w);
	pthread_mutex_lock(&w->lock);
	w->runs = true;
	pthread_cond_signal(&w->done);
	pthread_mutex_unlock(&w->lock);
	world_loop(w);
	world_fini(w);
	return NULL;
}

static TL_UNUSED void world_start_with(struct sockets_config *c)
{
	struct world *w = &world;

	snprintf(w->name, sizeof(w->name), "tapless-test-%d", getpid());
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->done, NULL);
	w->config = *c;
	w->runs = false;
	w->stop = false;
	CHECK_EQ(pthread_create(&w->thread, NULL, world_main, w), 0);
	pthread_mutex_lock(&w->lock);
	while (!w->runs)
		pthread_cond_wait(&w->done, &w->lock);
	pthread_mutex_unlock(&w->lock);
	*c = w->config;
}

static TL_UNUSED void world_start(void)
{
	struct sockets_config c = { .poll = NULL };

	world_start_with(&c);
}

static TL_UNUSED void world_ask_to_stop(TL_UNUSED void *ctx)
{
	world.stop = true;
}

static TL_UNUSED void world_stop(void)
{
	world_do(world_ask_to_stop, NULL);
	CHECK_EQ(pthread_join(world.thread, NULL), 0);
}

/* --- the client --- */

static TL_UNUSED struct rpc_addr addr4(uint8_t a, uint8_t b, uint8_t c,
				       uint8_t d, uint16_t port)
{
	return (struct rpc_addr){ .family = 4,
				  .port = port,
				  .ip = { a, b, c, d } };
}

static TL_UNUSED struct rpc_addr own4(uint16_t port)
{
	return addr4(10, 7, 0, 1, port);
}

static TL_UNUSED struct rpc_addr own6(uint16_t port)
{
	return (struct rpc_addr){ .family = 6,
				  .port = port,
				  .ip = { 0xfd, [15] = 1 } };
}

static TL_UNUSED int dial(void)
{
	struct sockaddr_un sa;
	socklen_t len = tl_fdpass_abstract(&sa, tl_bytes_from_str(world.name));
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	CHECK_EQ(connect(fd, (struct sockaddr *)&sa, len), 0);
	return fd;
}

static TL_UNUSED void send_request(int control, const struct rpc_request *q,
				   const int *fds, size_t n_fds)
{
	uint8_t room[RPC_REQUEST_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_rpc_write_request(&w, q);
	CHECK(tl_writer_ok(&w));
	CHECK_EQ(tl_fdpass_send(control, tl_writer_bytes(&w), fds, n_fds, 0),
		 0);
}

/* False if the service closed instead. */
static TL_UNUSED bool receive_reply(int control, struct rpc_reply *reply,
				    uint8_t room[RPC_REPLY_MAX])
{
	struct fdpass in;
	struct reader r;
	int err =
		tl_fdpass_recv(control, &in, tl_buffer(room, RPC_REPLY_MAX), 0);

	if (err || in.n == 0)
		return false;
	r = tl_reader(tl_bytes(room, in.n));
	tl_rpc_read_reply(&r, reply);
	CHECK(tl_reader_done(&r));
	return true;
}

static uint8_t reply_room[RPC_REPLY_MAX];

/* One call; -1 if the service closed. Its option lasts until the next. */
static TL_UNUSED int call_full(const struct rpc_request *q, const int *fds,
			       size_t n_fds, struct rpc_reply *reply)
{
	int control = dial();
	bool ok;

	send_request(control, q, fds, n_fds);
	ok = receive_reply(control, reply, reply_room);
	close(control);
	return ok ? (int)reply->status : -1;
}

static TL_UNUSED int call(const struct rpc_request *q, int fd)
{
	struct rpc_reply reply;

	return call_full(q, &fd, 1, &reply);
}

#define TAG4 TAG_MAGIC
#define TAG6 (TAG_MAGIC | TAG_DOMAIN6)
#define TAG_UDP (TAG_MAGIC | TAG_DGRAM)

/* As a client's own: narrow until it is connected. */
static TL_UNUSED void prepare(int app, uint32_t tag, int type)
{
	const int size = RPC_SNDBUF_BORN;

	CHECK_EQ(tl_end_prepare(app, tag, type), 0);
	if (type == SOCK_STREAM)
		CHECK_EQ(setsockopt(app, SOL_SOCKET, SO_SNDBUF, &size,
				    sizeof(size)),
			 0);
}

/* socket() with a companion, consumed; -1: without. */
static TL_UNUSED int z_socket_with(uint32_t tag, int companion, uint16_t flags)
{
	int type = tag & TAG_DGRAM ? SOCK_SEQPACKET : SOCK_STREAM;
	const struct rpc_request q = { .op = RPC_SOCKET,
				       .tag = tag,
				       .flags = flags };
	struct rpc_reply reply;
	int fds[3];
	int status;

	CHECK_EQ(tl_end_pair(fds, type), 0);
	prepare(fds[1], tag, type);
	fds[2] = companion;
	status = call_full(&q, fds, companion < 0 ? 2 : 3, &reply);
	close(fds[0]);
	if (companion >= 0)
		close(companion);
	if (status == 0)
		return fds[1];
	close(fds[1]);
	return -status;
}

/* socket(): the application's end, or -errno. */
static TL_UNUSED int z_socket(uint32_t tag)
{
	return z_socket_with(tag, -1, 0);
}

static TL_UNUSED int z_bind(int fd, struct rpc_addr a, struct rpc_addr *local)
{
	const struct rpc_request q = { .op = RPC_BIND, .addr = a };
	struct rpc_reply reply = { 0 };
	int status = call_full(&q, &fd, 1, &reply);

	if (local)
		*local = reply.local;
	return status;
}

static TL_UNUSED int z_listen(int fd, uint32_t backlog)
{
	const struct rpc_request q = { .op = RPC_LISTEN, .value = backlog };

	return call(&q, fd);
}

/* What a client does before it asks to be connected. */
static TL_UNUSED void fill(int fd)
{
	static const uint8_t filler[262144];

	while (send(fd, filler, sizeof(filler), MSG_DONTWAIT) > 0)
		;
	CHECK_EQ(errno, EAGAIN);
}

static TL_UNUSED int z_connect_with(int fd, struct rpc_addr to, uint16_t flags)
{
	struct rpc_request q = { .op = RPC_CONNECT,
				 .addr = to,
				 .flags = flags };

	if (tl_end_option(fd, SOL_SOCKET, SO_TYPE, 0) == SOCK_STREAM)
		fill(fd);
	return call(&q, fd);
}

static TL_UNUSED int z_connect(int fd, struct rpc_addr to)
{
	return z_connect_with(fd, to, 0);
}

/* accept(): blocks as the descriptor does. */
static TL_UNUSED int z_accept(int fd, struct rpc_accept *out)
{
	uint8_t room[RPC_ACCEPT_LEN];
	struct rpc_accept a;
	struct fdpass in;
	struct reader r;
	int err = tl_fdpass_recv(fd, &in, TL_BUFFER_OF(room), 0);

	if (err || in.n == 0)
		return err ? err : -EINVAL;
	r = tl_reader(tl_bytes(room, in.n));
	tl_rpc_read_accept(&r, &a);
	CHECK(tl_reader_done(&r));
	CHECK_EQ(in.n_fds, 1);
	if (out)
		*out = a;
	return in.fds[0];
}

static TL_UNUSED int z_error(int fd)
{
	const struct rpc_request q = { .op = RPC_ERROR };
	struct rpc_reply reply;

	CHECK_EQ(call_full(&q, &fd, 1, &reply), 0);
	return (int)reply.value;
}

static TL_UNUSED int z_listener(struct rpc_addr a, uint32_t backlog)
{
	int fd = z_socket(a.family == 6 ? TAG6 : TAG4);

	CHECK(fd >= 0);
	CHECK_EQ(z_bind(fd, a, NULL), 0);
	CHECK_EQ(z_listen(fd, backlog), 0);
	return fd;
}

/* A connection between two applications: @ends[0] connected, [1] accepted. */
static TL_UNUSED void z_pair(int ends[2])
{
	static uint16_t port = 5000;
	int l = z_listener(own4(++port), 8);

	ends[0] = z_socket(TAG4);
	CHECK(ends[0] >= 0);
	CHECK_EQ(z_connect(ends[0], own4(port)), 0);
	ends[1] = z_accept(l, NULL);
	CHECK(ends[1] >= 0);
	close(l);
}

/* Wait for events; what came, 0 after a long time. */
static TL_UNUSED int wait_for(int fd, short events, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = events };

	CHECK(poll(&p, 1, timeout_ms) >= 0);
	return p.revents;
}

static TL_UNUSED void write_all(int fd, const void *at, size_t n)
{
	const uint8_t *p = at;
	ssize_t done;

	for (; n > 0; n -= (size_t)done, p += done) {
		done = send(fd, p, n, MSG_NOSIGNAL);
		CHECK(done > 0);
	}
}

static TL_UNUSED void read_all(int fd, void *at, size_t n)
{
	uint8_t *p = at;
	ssize_t done;

	for (; n > 0; n -= (size_t)done, p += done) {
		done = read(fd, p, n);
		CHECK(done > 0);
	}
}

struct counts_wanted {
	uint64_t sockets;
	uint64_t got;
};

static TL_UNUSED void world_get_sockets(void *ctx)
{
	*(uint64_t *)ctx = tl_sockets_counts(world.sockets)->sockets;
}

/* Wait until the service holds so many sockets. */
static TL_UNUSED void wait_for_sockets(uint64_t n)
{
	int64_t until = world_now_us() + WAIT_MS * 1000;
	uint64_t now = ~n;

	while (now != n) {
		world_do(world_get_sockets, &now);
		if (world_now_us() > until)
			FAIL("%llu sockets, not %llu", (unsigned long long)now,
			     (unsigned long long)n);
	}
}

#endif /* TL_SOCKETS_WORLD_TEST_H */
