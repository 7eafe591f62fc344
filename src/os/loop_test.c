/* SPDX-License-Identifier: Apache-2.0 */
/* Our own loop, in builds that use libuv's, too: so it is included. */
#include "os/loop/loop.c"

#include <pthread.h>
#include <sys/socket.h>

#include "harness.h"

static uv_loop_t loop;
static char said[64];

static void say(char c)
{
	size_t n = strlen(said);

	CHECK(n < sizeof(said) - 1);
	said[n] = c;
}

static void on_timer(uv_timer_t *t)
{
	say(*(const char *)t->data);
}

static void on_closed(uv_handle_t *h)
{
	(void)h;
	say('c');
}

static void close_all(uv_handle_t *h, void *arg)
{
	(void)arg;
	if (!uv_is_closing(h))
		uv_close(h, on_closed);
}

/* Everything goes, and is told so. */
static void finish(size_t n)
{
	memset(said, 0, sizeof(said));
	uv_walk(&loop, close_all, NULL);
	CHECK_EQ(uv_loop_close(&loop), UV_EBUSY);
	CHECK_EQ(uv_run(&loop, UV_RUN_DEFAULT), 0);
	CHECK_EQ(strspn(said, "c"), n);
	CHECK_EQ(uv_loop_close(&loop), 0);
}

static void start_timer(uv_timer_t *t, const char *name, uint64_t ms)
{
	uv_timer_init(&loop, t);
	t->data = (char *)(uintptr_t)name;
	CHECK_EQ(uv_timer_start(t, on_timer, ms, 0), 0);
}

TEST(loop_runs_timers_in_order_of_time_and_start)
{
	uv_timer_t t[4];

	CHECK_EQ(uv_loop_init(&loop), 0);
	start_timer(&t[0], "a", 20);
	start_timer(&t[1], "b", 0);
	start_timer(&t[2], "d", 20);
	start_timer(&t[3], "e", 10);
	CHECK(uv_is_active((uv_handle_t *)&t[0]));
	CHECK_EQ(uv_run(&loop, UV_RUN_DEFAULT), 0);
	CHECK(!uv_is_active((uv_handle_t *)&t[0]));
	CHECK_STR(said, "bead");
	finish(4);
}

TEST(loop_stopped_and_restarted_timers)
{
	uv_timer_t t[2];
	uint64_t began;

	CHECK_EQ(uv_loop_init(&loop), 0);
	began = uv_now(&loop);
	start_timer(&t[0], "a", 0);
	start_timer(&t[1], "b", 0);
	uv_timer_stop(&t[0]);
	CHECK_EQ(uv_timer_start(&t[1], on_timer, 30, 0), 0);
	CHECK_EQ(uv_timer_start(&t[1], NULL, 30, 0), UV_EINVAL);
	uv_run(&loop, UV_RUN_DEFAULT);
	CHECK_STR(said, "b");
	CHECK(uv_now(&loop) - began >= 30);
	finish(2);
}

static void again(uv_timer_t *t)
{
	say('x');
	if (strlen(said) == 5)
		uv_stop(&loop);
	else
		uv_timer_start(t, again, 0, 0);
}

/* One at 0 ms starts itself anew, and others have their turn all the same. */
TEST(loop_lets_others_in_between)
{
	uv_timer_t t[2];
	uv_async_t a;

	CHECK_EQ(uv_loop_init(&loop), 0);
	uv_async_init(&loop, &a, NULL);
	uv_timer_init(&loop, &t[0]);
	uv_timer_start(&t[0], again, 0, 0);
	start_timer(&t[1], "b", 0);
	CHECK(uv_run(&loop, UV_RUN_DEFAULT) != 0);
	CHECK_STR(said, "xbxxx");
	finish(3);
}

static void repeated(uv_timer_t *t)
{
	say('r');
	if (strlen(said) == 3)
		uv_close((uv_handle_t *)t, on_closed);
}

TEST(loop_repeats_timers_until_they_are_closed)
{
	uv_timer_t t;

	CHECK_EQ(uv_loop_init(&loop), 0);
	uv_timer_init(&loop, &t);
	uv_timer_start(&t, repeated, 0, 5);
	CHECK_EQ(uv_run(&loop, UV_RUN_DEFAULT), 0);
	CHECK_STR(said, "rrrc");
	CHECK_EQ(uv_timer_start(&t, repeated, 0, 5), UV_EINVAL);
	CHECK_EQ(uv_loop_close(&loop), 0);
}

static void on_poll(uv_poll_t *p, int status, int events)
{
	CHECK_EQ(status, 0);
	say(*(const char *)p->data);
	if (events & UV_READABLE)
		say('r');
	if (events & UV_WRITABLE)
		say('w');
	if (events & UV_DISCONNECT)
		say('d');
	uv_stop(&loop);
}

static void start_poll(uv_poll_t *p, const char *name, int fd, int events)
{
	CHECK_EQ(uv_poll_init(&loop, p, fd), 0);
	p->data = (char *)(uintptr_t)name;
	CHECK_EQ(uv_poll_start(p, events, on_poll), 0);
}

TEST(loop_tells_what_was_asked_for)
{
	uv_poll_t p;
	int fds[2];

	CHECK_EQ(uv_loop_init(&loop), 0);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	start_poll(&p, "1", fds[0], UV_READABLE | UV_WRITABLE);
	uv_run(&loop, UV_RUN_DEFAULT);
	CHECK_STR(said, "1w");
	CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_EQ(uv_poll_start(&p, UV_READABLE, on_poll), 0);
	uv_run(&loop, UV_RUN_ONCE);
	uv_run(&loop, UV_RUN_ONCE); /* it is still there */
	CHECK_STR(said, "1w1r1r");
	CHECK_EQ(uv_poll_start(&p, UV_WRITABLE, on_poll), 0);
	close(fds[1]);
	uv_run(&loop, UV_RUN_ONCE);
	CHECK_EQ(uv_poll_start(&p, UV_DISCONNECT, on_poll), 0);
	uv_run(&loop, UV_RUN_ONCE);
	CHECK_STR(said, "1w1r1r1w1d");
	CHECK_EQ(uv_poll_stop(&p), 0);
	CHECK_EQ(uv_poll_stop(&p), 0);
	CHECK_EQ(uv_run(&loop, UV_RUN_DEFAULT), 0);
	close(fds[0]);
	finish(1);
}

TEST(loop_refuses_descriptors_that_cannot_be_polled)
{
	uv_poll_t p;

	CHECK_EQ(uv_loop_init(&loop), 0);
	CHECK_EQ(uv_poll_init(&loop, &p, 0x7fff), 0);
	CHECK_EQ(uv_poll_start(&p, UV_READABLE, on_poll), -EBADF);
	CHECK_EQ(uv_poll_start(&p, 0, on_poll), UV_EINVAL);
	finish(1);
}

static uv_poll_t pair[2];

static void close_other(uv_poll_t *p, int status, int events)
{
	(void)status;
	(void)events;
	say('p');
	uv_close((uv_handle_t *)&pair[p == &pair[0]], on_closed);
	uv_poll_stop(p);
}

/* Both are ready in the same batch. */
TEST(loop_forgets_events_of_what_was_closed)
{
	int fds[2];

	CHECK_EQ(uv_loop_init(&loop), 0);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	for (int i = 0; i < 2; i++) {
		uv_poll_init(&loop, &pair[i], fds[i]);
		uv_poll_start(&pair[i], UV_WRITABLE, close_other);
	}
	CHECK_EQ(uv_run(&loop, UV_RUN_DEFAULT), 0);
	CHECK_STR(said, "pc");
	close(fds[0]);
	close(fds[1]);
	finish(1);
}

static void on_async(uv_async_t *a)
{
	say(*(const char *)a->data);
}

static void *send_both(void *arg)
{
	uv_async_t *a = arg;

	CHECK_EQ(uv_async_send(&a[1]), 0);
	CHECK_EQ(uv_async_send(&a[1]), 0);
	CHECK_EQ(uv_async_send(&a[0]), 0);
	return NULL;
}

TEST(loop_hears_other_threads)
{
	static char names[3][2] = { "x", "y", "z" };
	uv_async_t a[3];
	pthread_t thread;

	CHECK_EQ(uv_loop_init(&loop), 0);
	for (size_t i = 0; i < 3; i++) {
		uv_async_init(&loop, &a[i], on_async);
		a[i].data = names[i];
	}
	CHECK_EQ(pthread_create(&thread, NULL, send_both, a), 0);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	uv_run(&loop, UV_RUN_ONCE);
	CHECK_STR(said, "xy");
	/* Only those that are referenced keep it turning. */
	for (size_t i = 0; i < 3; i++)
		uv_unref((uv_handle_t *)&a[i]);
	CHECK_EQ(uv_run(&loop, UV_RUN_DEFAULT), 0);
	uv_ref((uv_handle_t *)&a[2]);
	uv_async_send(&a[2]);
	CHECK(uv_run(&loop, UV_RUN_NOWAIT) != 0);
	CHECK_STR(said, "xyz");
	finish(3);
}

/* As the service turns it, inside a loop of its own. */
TEST(loop_says_when_it_has_something_to_do)
{
	struct epoll_event e = { .events = EPOLLIN };
	int outer = epoll_create1(EPOLL_CLOEXEC);
	static char name[] = "x";
	uv_async_t a;
	uv_timer_t t;

	CHECK_EQ(uv_loop_init(&loop), 0);
	CHECK_EQ(uv_backend_timeout(&loop), 0);
	CHECK_EQ(epoll_ctl(outer, EPOLL_CTL_ADD, uv_backend_fd(&loop), &e), 0);
	uv_async_init(&loop, &a, on_async);
	a.data = name;
	CHECK_EQ(uv_backend_timeout(&loop), -1);
	CHECK_EQ(epoll_wait(outer, &e, 1, 0), 0);
	uv_async_send(&a);
	CHECK_EQ(epoll_wait(outer, &e, 1, 0), 1);
	uv_run(&loop, UV_RUN_NOWAIT);
	CHECK_STR(said, "x");
	CHECK_EQ(epoll_wait(outer, &e, 1, 0), 0);
	start_timer(&t, "y", 50000);
	CHECK_EQ(uv_backend_timeout(&loop), 50000);
	uv_timer_start(&t, on_timer, 0, 0);
	CHECK_EQ(uv_backend_timeout(&loop), 0);
	close(outer);
	finish(2);
}

static uv_timer_t second;

static void close_second(uv_handle_t *h)
{
	(void)h;
	say('1');
	uv_close((uv_handle_t *)&second, on_closed);
}

TEST(loop_closes_what_a_closing_function_closes)
{
	uv_timer_t first;

	CHECK_EQ(uv_loop_init(&loop), 0);
	uv_timer_init(&loop, &first);
	uv_timer_init(&loop, &second);
	uv_close((uv_handle_t *)&first, close_second);
	CHECK(uv_is_closing((uv_handle_t *)&first));
	CHECK_EQ(uv_run(&loop, UV_RUN_DEFAULT), 0);
	CHECK_STR(said, "1c");
	CHECK_EQ(uv_loop_close(&loop), 0);
}
