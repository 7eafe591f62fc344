/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/listener.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"

/* Connections taken before others have their turn. */
#define ACCEPT_BURST 64

struct listener {
	struct server *server;
	struct server_door door;
	struct server_task again;
	struct server_deadline retry;
	struct watch watch;
	int fd;
	union place at;
	enum side side;
	bool owns_path;
	bool waits_for_room;
	listener_fn fn;
	void *ctx;
};

static void on_ready(void *ctx, uint32_t events);

/* Nobody answers there: what a process left that could not tidy up. */
static int remove_stale(const union place *at)
{
	struct stat st;
	int err;
	int fd;

	if (lstat(at->un.sun_path, &st) != 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	err = connect(fd, &at->sa, sizeof(at->un)) == 0 ? 0 : errno;
	close(fd);
	if (err != ECONNREFUSED)
		return -EADDRINUSE;
	return unlink(at->un.sun_path) == 0 ? 0 : -errno;
}

static int bind_path(const union place *at)
{
	mode_t before;
	int r = remove_stale(at);

	if (r < 0)
		return r;
	before = umask(0177);
	r = tl_sock_bind(at, SOCK_STREAM, SIDE_HOST);
	umask(before);
	return r;
}

static int open_socket(struct listener *l)
{
	bool is_path = l->at.sa.sa_family == AF_UNIX;
	union place now;
	int r;

	l->fd = is_path ? bind_path(&l->at)
			: tl_sock_bind(&l->at, SOCK_STREAM, l->side);
	if (l->fd < 0) {
		r = l->fd;
		l->fd = -1;
		return r;
	}
	l->owns_path = is_path;
	if (!is_path) {
		/* Made again, it has the same port. */
		tl_sock_local(&now, l->fd);
		tl_place_set_port(&l->at, tl_place_port(&now));
	}
	return tl_poll_add(tl_server_poll(l->server), &l->watch, l->fd,
			   WATCH_IN);
}

static void close_socket(struct listener *l)
{
	tl_poll_del(tl_server_poll(l->server), &l->watch);
	tl_sock_close(&l->fd);
	if (l->owns_path)
		unlink(l->at.un.sun_path);
	l->owns_path = false;
}

static void on_retry(void *ctx)
{
	struct listener *l = ctx;
	int r = open_socket(l);

	if (r == 0) {
		tl_info("the service is back");
		return;
	}
	close_socket(l);
	tl_server_wait(l->server, &l->retry, WAIT_RETRY);
}

/* The service has gone, and our listener with it. */
static void on_lost(struct listener *l, int err)
{
	char text[PLACE_TEXT_SIZE];

	tl_place_print(text, &l->at);
	tl_warn("cannot listen on %s any more: %s; waiting for the service",
		text, strerror(-err));
	/* Accepting has exchanged the descriptor, and epoll has forgotten it:
	 * sdk/client/quiet.h. */
	l->watch.fd = -1;
	close_socket(l);
	tl_server_wait(l->server, &l->retry, WAIT_RETRY);
}

static void on_ready(void *ctx, uint32_t events)
{
	struct listener *l = ctx;
	union place from;
	int i;
	int fd;

	(void)events;
	for (i = 0; i < ACCEPT_BURST && l->fd >= 0; i++) {
		l->waits_for_room = tl_server_is_full(l->server);
		if (l->waits_for_room)
			return;
		fd = tl_sock_accept(l->fd, &from);
		if (fd >= 0) {
			l->fn(l->ctx, fd, &from);
			continue;
		}
		if (fd == -EINVAL && l->side == SIDE_VIRTUAL)
			on_lost(l, -ENETDOWN);
		l->waits_for_room = fd != -EAGAIN;
		if (fd != -ECONNABORTED && fd != -EINTR)
			return;
	}
	tl_server_soon(l->server, &l->again);
}

static void on_again(void *ctx)
{
	on_ready(ctx, WATCH_IN);
}

static void on_room(void *ctx)
{
	struct listener *l = ctx;

	if (l->fd >= 0 && l->waits_for_room)
		tl_server_soon(l->server, &l->again);
}

static void on_stop(void *ctx)
{
	struct listener *l = ctx;

	tl_server_stop_waiting(&l->retry);
	tl_server_not_soon(&l->again);
	close_socket(l);
}

int tl_listener_new(struct listener **lp, struct server *s,
		    const union place *at, enum side side, listener_fn fn,
		    void *ctx)
{
	struct listener *l = tl_alloc_zeroed(sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	l->server = s;
	l->fd = -1;
	l->at = *at;
	l->side = side;
	l->fn = fn;
	l->ctx = ctx;
	l->watch = (struct watch){ .fd = -1, .fn = on_ready, .ctx = l };
	l->door = (struct server_door){ .stop = on_stop,
					.room = on_room,
					.ctx = l };
	tl_list_init(&l->door.node);
	l->again = (struct server_task){ .fn = on_again, .ctx = l };
	l->retry = (struct server_deadline){ .fn = on_retry, .ctx = l };
	r = open_socket(l);
	if (r < 0) {
		tl_listener_free(l);
		return r;
	}
	tl_server_add_door(s, &l->door);
	*lp = l;
	return 0;
}

void tl_listener_free(struct listener *l)
{
	if (!l)
		return;
	on_stop(l);
	tl_list_remove(&l->door.node);
	tl_free(l);
}

void tl_listener_address(union place *out, const struct listener *l)
{
	*out = l->at;
}
