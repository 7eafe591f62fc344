/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uv.h - the part of libuv's interface that the service uses
 *
 * For small builds, where this folder is searched before the system's: libuv
 * would be a third of the program. The names and what they do are libuv's, see
 * its manual; what differs is said here. Only uv_async_send() may be called
 * from other threads and from signal handlers.
 *
 * Timers are few, so they lie in a list and are looked at one after the other.
 * One that is started by a timer's function runs in the next turn at the
 * earliest. A descriptor that fails or hangs up is told as all that was asked
 * for, with status 0.
 */
#ifndef TL_OS_LOOP_UV_H
#define TL_OS_LOOP_UV_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "base/list.h"

#define UV_EBUSY (-EBUSY)
#define UV_EINVAL (-EINVAL)
#define UV_LOOP_BATCH 16

typedef struct uv_loop_s uv_loop_t;
typedef struct uv_handle_s uv_handle_t;
typedef struct uv_timer_s uv_timer_t;
typedef struct uv_poll_s uv_poll_t;
typedef struct uv_async_s uv_async_t;

typedef void (*uv_close_cb)(uv_handle_t *h);
typedef void (*uv_walk_cb)(uv_handle_t *h, void *arg);
typedef void (*uv_timer_cb)(uv_timer_t *t);
typedef void (*uv_poll_cb)(uv_poll_t *p, int status, int events);
typedef void (*uv_async_cb)(uv_async_t *a);

typedef enum {
	UV_ASYNC = 1,
	UV_POLL,
	UV_TIMER,
} uv_handle_type;

typedef enum {
	UV_RUN_DEFAULT,
	UV_RUN_ONCE,
	UV_RUN_NOWAIT,
} uv_run_mode;

enum uv_poll_event {
	UV_READABLE = 1,
	UV_WRITABLE = 2,
	UV_DISCONNECT = 4,
};

/* What all handles begin with; @data is the user's. */
#define UV_HANDLE_FIELDS                                                       \
	void *data;                                                            \
	uv_loop_t *loop;                                                       \
	uv_handle_type type;                                                   \
	struct list link;                                                      \
	uv_close_cb close_cb;                                                  \
	bool is_active;                                                        \
	bool is_closing;                                                       \
	bool is_unref

/* Every handle is looked at as one of these, too. */
struct __attribute__((may_alias)) uv_handle_s {
	UV_HANDLE_FIELDS;
};

struct uv_timer_s {
	UV_HANDLE_FIELDS;
	uv_timer_cb cb;
	uint64_t due_ms;
	uint64_t repeat_ms;
	uint64_t
		number; /* of all starts: those due at the same time go by it */
};

struct uv_poll_s {
	UV_HANDLE_FIELDS;
	uv_poll_cb cb;
	int fd;
	int events;
};

struct uv_async_s {
	UV_HANDLE_FIELDS;
	uv_async_cb cb;
	atomic_bool is_sent;
};

/**
 * struct uv_loop_s - A loop
 * @epoll_fd, @event_fd: the latter is for uv_async_send()
 * @handles:	all that are not closed
 * @n_closing:	of them, whose function is still to be called
 * @ready, @n_ready, @at: the batch under way
 */
struct uv_loop_s {
	void *data;
	int epoll_fd;
	int event_fd;
	struct list handles;
	unsigned int n_closing;
	uint64_t now_ms;
	uint64_t n_starts;
	bool is_stopped;
	int n_ready;
	int at;
	struct epoll_event ready[UV_LOOP_BATCH];
};

int uv_loop_init(uv_loop_t *loop);
int uv_loop_close(uv_loop_t *loop);
int uv_run(uv_loop_t *loop, uv_run_mode mode);
void uv_stop(uv_loop_t *loop);
/* For a loop inside another one: readable when there is something to do, and
 * when a timer is due, in ms; -1: none is. */
int uv_backend_fd(const uv_loop_t *loop);
int uv_backend_timeout(const uv_loop_t *loop);
uint64_t uv_now(const uv_loop_t *loop);
void uv_update_time(uv_loop_t *loop);
void uv_walk(uv_loop_t *loop, uv_walk_cb fn, void *arg);

void uv_close(uv_handle_t *h, uv_close_cb fn);
int uv_is_active(const uv_handle_t *h);
int uv_is_closing(const uv_handle_t *h);
void uv_ref(uv_handle_t *h);
void uv_unref(uv_handle_t *h);

int uv_timer_init(uv_loop_t *loop, uv_timer_t *t);
int uv_timer_start(uv_timer_t *t, uv_timer_cb fn, uint64_t timeout,
		   uint64_t repeat);
int uv_timer_stop(uv_timer_t *t);

int uv_poll_init(uv_loop_t *loop, uv_poll_t *p, int fd);
int uv_poll_start(uv_poll_t *p, int events, uv_poll_cb fn);
int uv_poll_stop(uv_poll_t *p);

int uv_async_init(uv_loop_t *loop, uv_async_t *a, uv_async_cb fn);
int uv_async_send(uv_async_t *a);

#endif /* TL_OS_LOOP_UV_H */
