/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.h - the loop, and what everything that hangs in it shares
 *
 * Owns the event loop, the set of watched descriptors, deadlines, the count of
 * clients, and the way out: the first SIGTERM or SIGINT stops listening and
 * lets what is under way end, for a while; the second ends at once. Everything
 * belongs to one thread. Deadlines, tasks and slots are embedded in their
 * users' objects and must be taken out before those are freed.
 */
#ifndef TL_PROXY_SERVER_H
#define TL_PROXY_SERVER_H

#include <uv.h>

#include "base/list.h"
#include "os/poll.h"
#include "proxy/place.h"
#include "proxy/sock.h"

#define SCRATCH_SIZE 131072

struct server;
struct server_client;

/**
 * struct server_limits - What one run allows
 * @max_clients: clients at the same time; further ones wait to be accepted
 * @max_per_client: for one address (an IPv6 /64; the user at a Unix socket);
 *		 further ones are closed
 * @drain_ms:	 how long connections may go on after the first signal
 * @idle_ms:	 of WAIT_IDLE
 */
struct server_limits {
	size_t max_clients;
	size_t max_per_client;
	int64_t drain_ms;
	int64_t idle_ms;
};

/* Kinds of deadlines, each with a length of its own. */
enum server_wait {
	WAIT_RETRY, /* 1 s: until something is tried again */
	WAIT_FAREWELL, /* 5 s: for the other side to read our last words */
	WAIT_ATTEMPT, /* 30 s: an address answers, a client asks */
	WAIT_IDLE, /* as the limits say: a UDP session without datagrams */
	N_WAITS,
};

typedef void (*server_fn)(void *ctx);

/* In no server while its node is alone. */
struct server_deadline {
	struct list node;
	int64_t at_ms;
	server_fn fn;
	void *ctx;
};

struct server_task {
	struct list node;
	server_fn fn;
	void *ctx;
};

/* A client: counted, and ended by @kill when the time is over. */
struct server_slot {
	struct list node;
	struct server_client *client;
	server_fn kill;
	void *ctx;
};

/* Something that listens: told to stop, and to look again when a client's
 * place or a descriptor has become free. */
struct server_door {
	struct list node;
	server_fn stop;
	server_fn room;
	void *ctx;
};

/* 0, -ENOMEM, or what libuv says. */
TL_MUST_USE int tl_server_new(struct server **sp,
			      const struct server_limits *limits);

/* Everything must have been taken out of it. Accepts NULL. */
void tl_server_free(struct server *s);

/* Until the second signal, or until nothing is left after the first. */
void tl_server_run(struct server *s);

uv_loop_t *tl_server_loop(struct server *s);
struct poll_set *tl_server_poll(struct server *s);
bool tl_server_is_draining(const struct server *s);

/* SCRATCH_SIZE bytes for whoever has the thread; worthless afterwards. */
uint8_t *tl_server_scratch(struct server *s);

/* Call @d->fn once when the wait is over; it starts anew if it was running. */
void tl_server_wait(struct server *s, struct server_deadline *d,
		    enum server_wait wait);
void tl_server_stop_waiting(struct server_deadline *d);

/* Call @t->fn once, soon, after others have had their turn. */
void tl_server_soon(struct server *s, struct server_task *t);
void tl_server_not_soon(struct server_task *t);

/* True if there is no place for another client now. */
bool tl_server_is_full(const struct server *s);

/**
 * tl_server_enter() - Count a client
 * @slot:	with @kill and @ctx set
 * @from:	who it is
 * @fd:		asked for the user, if it is a Unix socket's
 *
 * Return: 0; -EUSERS if this client has too many; -ENOMEM.
 */
TL_MUST_USE int tl_server_enter(struct server *s, struct server_slot *slot,
				const union place *from, int fd);

/* Does nothing for one that is not in. */
void tl_server_leave(struct server *s, struct server_slot *slot);

void tl_server_add_door(struct server *s, struct server_door *door);

#endif /* TL_PROXY_SERVER_H */
