/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.c - a queue of events, and a descriptor that tells of them
 *
 * Theory of operation: the service says that something has changed, not what.
 * So what was last told of each network is kept here and compared with what it
 * is now. This runs on the service's thread; the queue is in memory that both
 * sides have.
 *
 * The descriptor is another matter, since the service has a table of its own:
 * it is one end of a connection between the two tables, made when it is first
 * asked for. While events wait there is one byte in it. Either side only ever
 * touches its own end, so an application that closes what it does not know
 * hurts nobody: that the number is still ours is told by the socket's inode
 * before it is read or closed.
 */
#include "sdk/events.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "sdk/inprocess.h"

/* What the application was told of a network. */
struct seen {
	uint64_t id;
	struct service_network now;
};

/**
 * struct events - The queue, and both ends of what tells of it
 * @seen:	@n_seen networks, ascending; with @was_online of the service's
 *		thread
 * @listener, @there: the service's; -1: none
 * @making:	held by whoever makes @here
 * @lock:	protects all that follows, and @there
 * @arrived:	an event waits, or @is_over
 * @here:	the application's end; -1: none
 * @is_lit:	a byte is in it
 */
static struct events {
	struct seen *seen;
	size_t n_seen;
	size_t room_seen;
	bool was_online;
	int listener;

	pthread_mutex_t making;
	pthread_mutex_t lock;
	pthread_cond_t arrived;
	struct zt_event queue[EVENTS_MAX];
	size_t first;
	size_t n;
	bool is_over;
	int there;
	int here;
	dev_t here_dev;
	ino_t here_ino;
	bool is_lit;
} events = {
	.listener = -1,
	.making = PTHREAD_MUTEX_INITIALIZER,
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.arrived = PTHREAD_COND_INITIALIZER,
	.is_over = true,
	.there = -1,
	.here = -1,
};

/* --- the service's side --- */

/* With the lock. */
static void light(void)
{
	if (events.there < 0 || events.is_lit || events.n == 0)
		return;
	events.is_lit =
		send(events.there, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}

static void push(struct zt_event event)
{
	pthread_mutex_lock(&events.lock);
	if (events.n == EVENTS_MAX) {
		events.n = 1;
		events.queue[events.first] =
			(struct zt_event){ .kind = ZT_EVENT_OVERFLOW };
	}
	events.queue[(events.first + events.n++) % EVENTS_MAX] = event;
	light();
	pthread_cond_broadcast(&events.arrived);
	pthread_mutex_unlock(&events.lock);
}

void tl_events_on_peer(uint64_t peer, enum service_way way)
{
	struct zt_event e = { .peer = peer };

	switch (way) {
	case SERVICE_WAY_NONE:
		return;
	case SERVICE_WAY_DIRECT:
		e.kind = ZT_EVENT_PEER_DIRECT;
		break;
	case SERVICE_WAY_RELAYED:
		e.kind = ZT_EVENT_PEER_RELAYED;
		break;
	case SERVICE_WAY_LOST:
		e.kind = ZT_EVENT_PEER_LOST;
		break;
	}
	push(e);
}

static bool has(const struct service_network *n,
		const struct service_address *a)
{
	size_t i;

	for (i = 0; i < n->n_addresses; i++) {
		if (n->addresses[i].family == a->family &&
		    memcmp(n->addresses[i].ip, a->ip, sizeof(a->ip)) == 0)
			return true;
	}
	return false;
}

/* Addresses of @a that @b has not. */
static void push_addresses(uint64_t id, const struct service_network *a,
			   const struct service_network *b,
			   enum zt_event_kind kind)
{
	size_t i;

	for (i = 0; i < a->n_addresses; i++) {
		if (!has(b, &a->addresses[i]))
			push((struct zt_event){ .kind = kind,
						.network = id,
						.address = a->addresses[i] });
	}
}

static enum zt_event_kind kind_of(enum service_network_state state)
{
	switch (state) {
	case SERVICE_NETWORK_WAITING:
		return ZT_EVENT_NETWORK_DOWN;
	case SERVICE_NETWORK_READY:
		return ZT_EVENT_NETWORK_UP;
	case SERVICE_NETWORK_DENIED:
		return ZT_EVENT_NETWORK_DENIED;
	case SERVICE_NETWORK_NOT_FOUND:
		break;
	}
	return ZT_EVENT_NETWORK_NOT_FOUND;
}

/* An address is there before the network is up, and goes after it. */
static void compare(struct seen *seen, const struct service_network *now)
{
	bool is_up = now->state == SERVICE_NETWORK_READY;
	bool has_moved = now->state != seen->now.state;
	struct zt_event e = { .kind = kind_of(now->state),
			      .network = seen->id };

	if (has_moved && !is_up)
		push(e);
	push_addresses(seen->id, &seen->now, now, ZT_EVENT_ADDRESS_REMOVED);
	push_addresses(seen->id, now, &seen->now, ZT_EVENT_ADDRESS_ADDED);
	if (has_moved && is_up)
		push(e);
	seen->now = *now;
}

static void forget(size_t i)
{
	struct seen *seen = &events.seen[i];

	push_addresses(seen->id, &seen->now, &(struct service_network){ 0 },
		       ZT_EVENT_ADDRESS_REMOVED);
	push((struct zt_event){ .kind = ZT_EVENT_NETWORK_REMOVED,
				.network = seen->id });
	events.n_seen--;
	memmove(seen, seen + 1, (events.n_seen - i) * sizeof(*seen));
}

/* A new one, before the others that are greater. */
static bool insert(size_t i, uint64_t id)
{
	size_t room = events.room_seen ? 2 * events.room_seen : 4;
	struct seen *more;

	if (events.n_seen == events.room_seen) {
		more = tl_realloc(events.seen, room * sizeof(*more));
		if (!more)
			return false;
		events.seen = more;
		events.room_seen = room;
	}
	memmove(&events.seen[i + 1], &events.seen[i],
		(events.n_seen - i) * sizeof(*events.seen));
	events.seen[i] = (struct seen){ .id = id };
	events.n_seen++;
	return true;
}

static void look_networks(const struct service *s, const uint64_t *ids,
			  size_t n)
{
	struct service_network now;
	size_t i;

	for (i = 0; i < n; i++) {
		while (i < events.n_seen && events.seen[i].id < ids[i])
			forget(i);
		if ((i == events.n_seen || events.seen[i].id != ids[i]) &&
		    !insert(i, ids[i])) {
			push((struct zt_event){ .kind = ZT_EVENT_OVERFLOW });
			return;
		}
		now = (struct service_network){ 0 };
		if (tl_service_network(s, &now, ids[i]) == 0)
			compare(&events.seen[i], &now);
	}
	while (events.n_seen > n)
		forget(n);
}

void tl_events_look(const struct service *s)
{
	bool is_online = tl_service_is_online(s);
	uint64_t ids[SERVICE_NETWORKS_MAX];

	if (is_online != events.was_online)
		push((struct zt_event){ .kind = is_online ? ZT_EVENT_ONLINE
							  : ZT_EVENT_OFFLINE });
	events.was_online = is_online;
	look_networks(s, ids,
		      tl_service_networks(s, ids, SERVICE_NETWORKS_MAX));
}

void tl_events_close(void)
{
	tl_free(events.seen);
	events.seen = NULL;
	events.n_seen = 0;
	events.room_seen = 0;
	events.was_online = false;
	pthread_mutex_lock(&events.lock);
	events.is_over = true;
	if (events.there >= 0)
		close(events.there);
	if (events.listener >= 0)
		close(events.listener);
	events.there = -1;
	events.listener = -1;
	pthread_cond_broadcast(&events.arrived);
	pthread_mutex_unlock(&events.lock);
}

/* A name that the kernel chooses, for the time until we have connected. */
static int run_listen(struct service *s TL_UNUSED, struct call *c)
{
	struct sockaddr_un *name = c->ctx;
	socklen_t len = sizeof(name->sun_family);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	name->sun_family = AF_UNIX;
	if (bind(fd, (struct sockaddr *)name, len) || listen(fd, 8)) {
		int r = -errno;

		close(fd);
		return r;
	}
	len = sizeof(*name);
	getsockname(fd, (struct sockaddr *)name, &len);
	if (events.listener >= 0)
		close(events.listener);
	events.listener = fd;
	return (int)len;
}

static bool is_us(int fd)
{
	struct ucred who = { 0 };
	socklen_t len = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 &&
	       who.pid == getpid();
}

/* Others may have found the name, too. */
static int run_accept(struct service *s TL_UNUSED, struct call *c TL_UNUSED)
{
	int fd;

	do
		fd = accept4(events.listener, NULL, NULL,
			     SOCK_CLOEXEC | SOCK_NONBLOCK);
	while (fd >= 0 && !is_us(fd) && close(fd) == 0);
	close(events.listener);
	events.listener = -1;
	if (fd < 0)
		return -EMFILE;
	pthread_mutex_lock(&events.lock);
	if (events.there >= 0)
		close(events.there);
	events.there = fd;
	events.is_lit = false;
	light();
	pthread_mutex_unlock(&events.lock);
	return 0;
}

/* --- the application's side --- */

/* With the lock, as all that follows. */
static bool is_here(void)
{
	struct stat st;

	return events.here >= 0 && fstat(events.here, &st) == 0 &&
	       st.st_dev == events.here_dev && st.st_ino == events.here_ino;
}

static void darken(void)
{
	char c;

	if (events.is_lit && is_here())
		(void)recv(events.here, &c, 1, MSG_DONTWAIT);
	events.is_lit = false;
}

void tl_events_start(void)
{
	pthread_mutex_lock(&events.lock);
	events.n = 0;
	events.is_over = false;
	events.is_lit = false;
	pthread_mutex_unlock(&events.lock);
}

void tl_events_stop(void)
{
	pthread_mutex_lock(&events.lock);
	events.is_over = true;
	events.n = 0;
	if (is_here())
		close(events.here);
	events.here = -1;
	pthread_mutex_unlock(&events.lock);
}

static void set_here(int fd, const struct stat *st)
{
	pthread_mutex_lock(&events.lock);
	events.here = fd;
	events.here_dev = st->st_dev;
	events.here_ino = st->st_ino;
	pthread_mutex_unlock(&events.lock);
}

static int connect_to(const struct sockaddr_un *name, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)name, len) || fstat(fd, &st)) {
		close(fd);
		return -ENETDOWN;
	}
	set_here(fd, &st);
	return fd;
}

static int connect_to_service(void)
{
	struct sockaddr_un name = { 0 };
	struct call call = { .run = run_listen, .ctx = &name };
	struct call answer = { .run = run_accept, .result = -ENETDOWN };
	int fd;

	if (tl_inprocess_ask(&call) != ZT_OK)
		return -ENETDOWN;
	if (call.result < 0)
		return call.result;
	fd = connect_to(&name, (socklen_t)call.result);
	if (fd < 0)
		return fd;
	if (tl_inprocess_ask(&answer) == ZT_OK && answer.result == 0)
		return fd;
	set_here(-1, &(struct stat){ 0 });
	close(fd);
	return answer.result == -EMFILE ? -EMFILE : -ENETDOWN;
}

int zt_event_fd(void)
{
	int fd = -ENETDOWN;

	if (!tl_inprocess_is_owner())
		goto out;
	pthread_mutex_lock(&events.making);
	pthread_mutex_lock(&events.lock);
	if (!events.is_over && is_here())
		fd = events.here;
	pthread_mutex_unlock(&events.lock);
	if (fd < 0)
		fd = connect_to_service();
	pthread_mutex_unlock(&events.making);
out:
	if (fd >= 0)
		return fd;
	errno = -fd;
	return -1;
}

/* True if one waits, or none ever will. */
static bool wait_for_one(int timeout_ms)
{
	struct timespec until = { 0 };
	int err = timeout_ms == 0 ? ETIMEDOUT : 0;

	if (timeout_ms > 0)
		until = tl_inprocess_after(timeout_ms);
	while (events.n == 0 && !events.is_over && !err) {
		if (timeout_ms > 0)
			err = pthread_cond_clockwait(&events.arrived,
						     &events.lock,
						     CLOCK_MONOTONIC, &until);
		else
			pthread_cond_wait(&events.arrived, &events.lock);
	}
	return events.n > 0 || events.is_over;
}

enum zt_err tl_events_wait(struct zt_event *out, int timeout_ms)
{
	enum zt_err err = ZT_ERR_TIMEOUT;

	if (!tl_inprocess_is_owner())
		return ZT_ERR_STATE;
	pthread_mutex_lock(&events.lock);
	if (wait_for_one(timeout_ms))
		err = events.is_over ? ZT_ERR_STATE : ZT_OK;
	if (err == ZT_OK) {
		*out = events.queue[events.first];
		events.first = (events.first + 1) % EVENTS_MAX;
		events.n--;
	}
	if (events.n == 0)
		darken();
	pthread_mutex_unlock(&events.lock);
	return err;
}

enum zt_err zt_next_event(struct zt_event *event)
{
	if (!event)
		return ZT_ERR_ARGUMENT;
	return tl_events_wait(event, 0);
}

/* --- events --- */

struct zt_event *zt_event_new(void)
{
	return tl_alloc_zeroed(sizeof(struct zt_event));
}

void zt_event_free(struct zt_event *event)
{
	tl_free(event);
}

enum zt_event_kind zt_event_kind(const struct zt_event *event)
{
	return event ? event->kind : ZT_EVENT_NONE;
}

uint64_t zt_event_network(const struct zt_event *event)
{
	return event ? event->network : 0;
}

uint64_t zt_event_peer(const struct zt_event *event)
{
	return event ? event->peer : 0;
}

enum zt_err zt_event_address(const struct zt_event *event,
			     struct sockaddr *addr, socklen_t *len)
{
	if (!event || !addr || !len)
		return ZT_ERR_ARGUMENT;
	if (!event->address.family)
		return ZT_ERR_NOT_FOUND;
	tl_inprocess_put_address(addr, len, &event->address);
	return ZT_OK;
}

const char *zt_event_kind_name(enum zt_event_kind kind)
{
	switch (kind) {
	case ZT_EVENT_NONE:
		return "none";
	case ZT_EVENT_OVERFLOW:
		return "overflow";
	case ZT_EVENT_ONLINE:
		return "online";
	case ZT_EVENT_OFFLINE:
		return "offline";
	case ZT_EVENT_NETWORK_UP:
		return "network up";
	case ZT_EVENT_NETWORK_DOWN:
		return "network down";
	case ZT_EVENT_NETWORK_DENIED:
		return "network denied";
	case ZT_EVENT_NETWORK_NOT_FOUND:
		return "network not found";
	case ZT_EVENT_NETWORK_REMOVED:
		return "network removed";
	case ZT_EVENT_ADDRESS_ADDED:
		return "address added";
	case ZT_EVENT_ADDRESS_REMOVED:
		return "address removed";
	case ZT_EVENT_PEER_DIRECT:
		return "peer direct";
	case ZT_EVENT_PEER_RELAYED:
		return "peer relayed";
	case ZT_EVENT_PEER_LOST:
		return "peer lost";
	}
	return "unknown";
}
