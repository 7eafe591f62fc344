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
#include "sdk/node.h"

/* What the application was told of a network. */
struct seen {
	uint64_t id;
	struct service_network now;
};

void tl_events_init(struct events *e)
{
	*e = (struct events){
		.listener = -1, .is_over = true, .there = -1, .here = -1
	};
	pthread_mutex_init(&e->making, NULL);
	pthread_mutex_init(&e->lock, NULL);
	pthread_cond_init(&e->arrived, NULL);
}

/* --- the service's side --- */

/* With the lock. */
static void light(struct events *e)
{
	if (e->there < 0 || e->is_lit || e->n == 0)
		return;
	e->is_lit = send(e->there, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}

static void push(struct events *e, struct zt_event event)
{
	pthread_mutex_lock(&e->lock);
	if (e->n == EVENTS_MAX) {
		e->n = 1;
		e->queue[e->first] =
			(struct zt_event){ .kind = ZT_EVENT_OVERFLOW };
	}
	e->queue[(e->first + e->n++) % EVENTS_MAX] = event;
	light(e);
	pthread_cond_broadcast(&e->arrived);
	pthread_mutex_unlock(&e->lock);
}

void tl_events_on_peer(struct events *e, uint64_t peer, enum service_way way)
{
	struct zt_event event = { .peer = peer };

	switch (way) {
	case SERVICE_WAY_NONE:
		return;
	case SERVICE_WAY_DIRECT:
		event.kind = ZT_EVENT_PEER_DIRECT;
		break;
	case SERVICE_WAY_RELAYED:
		event.kind = ZT_EVENT_PEER_RELAYED;
		break;
	case SERVICE_WAY_LOST:
		event.kind = ZT_EVENT_PEER_LOST;
		break;
	}
	push(e, event);
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
static void push_addresses(struct events *e, uint64_t id,
			   const struct service_network *a,
			   const struct service_network *b,
			   enum zt_event_kind kind)
{
	size_t i;

	for (i = 0; i < a->n_addresses; i++) {
		if (!has(b, &a->addresses[i]))
			push(e,
			     (struct zt_event){ .kind = kind,
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
static void compare(struct events *e, struct seen *seen,
		    const struct service_network *now)
{
	bool is_up = now->state == SERVICE_NETWORK_READY;
	bool has_moved = now->state != seen->now.state;
	struct zt_event event = { .kind = kind_of(now->state),
				  .network = seen->id };

	if (has_moved && !is_up)
		push(e, event);
	push_addresses(e, seen->id, &seen->now, now, ZT_EVENT_ADDRESS_REMOVED);
	push_addresses(e, seen->id, now, &seen->now, ZT_EVENT_ADDRESS_ADDED);
	if (has_moved && is_up)
		push(e, event);
	seen->now = *now;
}

static void forget(struct events *e, size_t i)
{
	struct seen *seen = &e->seen[i];

	push_addresses(e, seen->id, &seen->now, &(struct service_network){ 0 },
		       ZT_EVENT_ADDRESS_REMOVED);
	push(e, (struct zt_event){ .kind = ZT_EVENT_NETWORK_REMOVED,
				   .network = seen->id });
	e->n_seen--;
	memmove(seen, seen + 1, (e->n_seen - i) * sizeof(*seen));
}

/* A new one, before the others that are greater. */
static bool insert(struct events *e, size_t i, uint64_t id)
{
	size_t room = e->room_seen ? 2 * e->room_seen : 4;
	struct seen *more;

	if (e->n_seen == e->room_seen) {
		more = tl_realloc(e->seen, room * sizeof(*more));
		if (!more)
			return false;
		e->seen = more;
		e->room_seen = room;
	}
	memmove(&e->seen[i + 1], &e->seen[i],
		(e->n_seen - i) * sizeof(*e->seen));
	e->seen[i] = (struct seen){ .id = id };
	e->n_seen++;
	return true;
}

static void look_networks(struct events *e, const struct service *s,
			  const uint64_t *ids, size_t n)
{
	struct service_network now;
	size_t i;

	for (i = 0; i < n; i++) {
		while (i < e->n_seen && e->seen[i].id < ids[i])
			forget(e, i);
		if ((i == e->n_seen || e->seen[i].id != ids[i]) &&
		    !insert(e, i, ids[i])) {
			push(e, (struct zt_event){ .kind = ZT_EVENT_OVERFLOW });
			return;
		}
		now = (struct service_network){ 0 };
		if (tl_service_network(s, &now, ids[i]) == 0)
			compare(e, &e->seen[i], &now);
	}
	while (e->n_seen > n)
		forget(e, n);
}

void tl_events_look(struct events *e, const struct service *s)
{
	bool is_online = tl_service_is_online(s);
	uint64_t ids[SERVICE_NETWORKS_MAX];

	if (is_online != e->was_online)
		push(e,
		     (struct zt_event){ .kind = is_online ? ZT_EVENT_ONLINE
							  : ZT_EVENT_OFFLINE });
	e->was_online = is_online;
	look_networks(e, s, ids,
		      tl_service_networks(s, ids, SERVICE_NETWORKS_MAX));
}

void tl_events_close(struct events *e)
{
	tl_free(e->seen);
	e->seen = NULL;
	e->n_seen = 0;
	e->room_seen = 0;
	e->was_online = false;
	pthread_mutex_lock(&e->lock);
	e->is_over = true;
	if (e->there >= 0)
		close(e->there);
	if (e->listener >= 0)
		close(e->listener);
	e->there = -1;
	e->listener = -1;
	pthread_cond_broadcast(&e->arrived);
	pthread_mutex_unlock(&e->lock);
}

/* How the two ends find each other. */
struct meeting {
	struct events *events;
	struct sockaddr_un name;
};

/* A name that the kernel chooses, for the time until we have connected. */
static int run_listen(struct service *s TL_UNUSED, struct call *c)
{
	struct meeting *m = c->ctx;
	struct events *e = m->events;
	struct sockaddr_un *name = &m->name;
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
	if (e->listener >= 0)
		close(e->listener);
	e->listener = fd;
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
static int run_accept(struct service *s TL_UNUSED, struct call *c)
{
	struct meeting *m = c->ctx;
	struct events *e = m->events;
	int fd;

	do
		fd = accept4(e->listener, NULL, NULL,
			     SOCK_CLOEXEC | SOCK_NONBLOCK);
	while (fd >= 0 && !is_us(fd) && close(fd) == 0);
	close(e->listener);
	e->listener = -1;
	if (fd < 0)
		return -EMFILE;
	pthread_mutex_lock(&e->lock);
	if (e->there >= 0)
		close(e->there);
	e->there = fd;
	e->is_lit = false;
	light(e);
	pthread_mutex_unlock(&e->lock);
	return 0;
}

/* --- the application's side --- */

/* With the lock, as all that follows. */
static bool is_here(const struct events *e)
{
	struct stat st;

	return e->here >= 0 && fstat(e->here, &st) == 0 &&
	       st.st_dev == e->here_dev && st.st_ino == e->here_ino;
}

static void darken(struct events *e)
{
	char c;

	if (e->is_lit && is_here(e))
		(void)recv(e->here, &c, 1, MSG_DONTWAIT);
	e->is_lit = false;
}

void tl_events_start(struct events *e)
{
	pthread_mutex_lock(&e->lock);
	e->n = 0;
	e->is_over = false;
	e->is_lit = false;
	pthread_mutex_unlock(&e->lock);
}

void tl_events_stop(struct events *e)
{
	pthread_mutex_lock(&e->lock);
	e->is_over = true;
	e->n = 0;
	if (is_here(e))
		close(e->here);
	e->here = -1;
	pthread_mutex_unlock(&e->lock);
}

static void set_here(struct events *e, int fd, const struct stat *st)
{
	pthread_mutex_lock(&e->lock);
	e->here = fd;
	e->here_dev = st->st_dev;
	e->here_ino = st->st_ino;
	pthread_mutex_unlock(&e->lock);
}

static int connect_to(struct events *e, const struct sockaddr_un *name,
		      socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)name, len) || fstat(fd, &st)) {
		close(fd);
		return -ENETDOWN;
	}
	set_here(e, fd, &st);
	return fd;
}

static int connect_to_service(struct events *e)
{
	struct meeting m = { .events = e };
	struct call call = { .run = run_listen, .ctx = &m };
	struct call answer = { .run = run_accept,
			       .ctx = &m,
			       .result = -ENETDOWN };
	int fd;

	if (tl_inprocess_ask(&call) != ZT_OK)
		return -ENETDOWN;
	if (call.result < 0)
		return call.result;
	fd = connect_to(e, &m.name, (socklen_t)call.result);
	if (fd < 0)
		return fd;
	if (tl_inprocess_ask(&answer) == ZT_OK && answer.result == 0)
		return fd;
	set_here(e, -1, &(struct stat){ 0 });
	close(fd);
	return answer.result == -EMFILE ? -EMFILE : -ENETDOWN;
}

static int find_fd(struct events *e)
{
	int fd = -ENETDOWN;

	pthread_mutex_lock(&e->making);
	pthread_mutex_lock(&e->lock);
	if (!e->is_over && is_here(e))
		fd = e->here;
	pthread_mutex_unlock(&e->lock);
	if (fd < 0)
		fd = connect_to_service(e);
	pthread_mutex_unlock(&e->making);
	return fd;
}

int zt_event_fd(void)
{
	struct zt_node *n = tl_node_used();
	int fd = tl_node_is_ours(n) ? find_fd(&n->events) : -ENETDOWN;

	if (fd >= 0)
		return fd;
	errno = -fd;
	return -1;
}

/* True if one waits, or none ever will. */
static bool wait_for_one(struct events *e, int timeout_ms)
{
	struct timespec until = { 0 };
	int err = timeout_ms == 0 ? ETIMEDOUT : 0;

	if (timeout_ms > 0)
		until = tl_inprocess_after(timeout_ms);
	while (e->n == 0 && !e->is_over && !err) {
		if (timeout_ms > 0)
			err = pthread_cond_clockwait(&e->arrived, &e->lock,
						     CLOCK_MONOTONIC, &until);
		else
			pthread_cond_wait(&e->arrived, &e->lock);
	}
	return e->n > 0 || e->is_over;
}

enum zt_err tl_events_wait(struct zt_event *out, int timeout_ms)
{
	struct zt_node *node = tl_node_used();
	enum zt_err err = ZT_ERR_TIMEOUT;
	struct events *e;

	if (!tl_node_is_ours(node))
		return ZT_ERR_STATE;
	e = &node->events;
	pthread_mutex_lock(&e->lock);
	if (wait_for_one(e, timeout_ms))
		err = e->is_over ? ZT_ERR_STATE : ZT_OK;
	if (err == ZT_OK) {
		*out = e->queue[e->first];
		e->first = (e->first + 1) % EVENTS_MAX;
		e->n--;
	}
	if (e->n == 0)
		darken(e);
	pthread_mutex_unlock(&e->lock);
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
