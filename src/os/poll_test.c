/* SPDX-License-Identifier: Apache-2.0 */
#include "os/poll.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "os/clock.h"

struct end {
	struct poll_set *set;
	struct watch watch;
	struct end *victim;
	int other;
	int calls;
	uint32_t events;
};

static void on_ready(void *ctx, uint32_t events)
{
	struct end *e = ctx;

	e->calls++;
	e->events = events;
	if (e->victim)
		tl_poll_del(e->set, &e->victim->watch);
}

static void open_end(struct poll_set *set, struct end *e, uint32_t events)
{
	int fds[2];

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	*e = (struct end){ .set = set, .other = fds[1] };
	e->watch = (struct watch){ .fd = -1, .fn = on_ready, .ctx = e };
	CHECK_EQ(tl_poll_add(set, &e->watch, fds[0], events), 0);
}

TEST(poll_reports_an_edge_once)
{
	struct poll_set *set;
	struct end e;

	CHECK_EQ(tl_poll_new(&set), 0);
	open_end(set, &e, WATCH_IN);
	CHECK_EQ(tl_poll_run(set, 0), 0);
	CHECK_EQ(write(e.other, "x", 1), 1);
	CHECK_EQ(tl_poll_run(set, -1), 1);
	CHECK_EQ(e.events, WATCH_IN);
	CHECK_EQ(tl_poll_run(set, 0), 0);
	CHECK_EQ(write(e.other, "x", 1), 1);
	CHECK_EQ(tl_poll_run(set, -1), 1);
	CHECK_EQ(e.calls, 2);
	tl_poll_del(set, &e.watch);
	tl_poll_free(set);
}

TEST(poll_waits_and_tells_apart)
{
	struct poll_set *set;
	struct end e;

	CHECK_EQ(tl_poll_new(&set), 0);
	open_end(set, &e, WATCH_IN);
	CHECK_EQ(tl_poll_wait(set, 0), 0);
	tl_poll_tell(set);
	CHECK_EQ(write(e.other, "x", 1), 1);
	CHECK_EQ(tl_poll_wait(set, -1), 1);
	CHECK_EQ(e.calls, 0);
	tl_poll_tell(set);
	CHECK_EQ(e.calls, 1);
	tl_poll_tell(set);
	CHECK_EQ(e.calls, 1);
	tl_poll_del(set, &e.watch);
	tl_poll_free(set);
}

TEST(poll_spin_ends_with_the_first_event_or_in_time)
{
	struct poll_set *set;
	struct end e;
	int64_t start;

	CHECK_EQ(tl_poll_new(&set), 0);
	open_end(set, &e, WATCH_IN);
	start = tl_clock_us();
	CHECK_EQ(tl_poll_spin(set, 2000), 0);
	CHECK(tl_clock_us() - start >= 2000);
	CHECK_EQ(write(e.other, "x", 1), 1);
	CHECK_EQ(tl_poll_spin(set, 60000000), 1);
	tl_poll_tell(set);
	CHECK_EQ(e.calls, 1);
	tl_poll_del(set, &e.watch);
	tl_poll_free(set);
}

TEST(poll_reports_a_level_as_long_as_it_is_so)
{
	struct poll_set *set;
	struct end e;
	char byte;

	CHECK_EQ(tl_poll_new(&set), 0);
	open_end(set, &e, WATCH_IN | WATCH_LEVEL);
	CHECK_EQ(tl_poll_run(set, 0), 0);
	CHECK_EQ(write(e.other, "x", 1), 1);
	CHECK_EQ(tl_poll_run(set, 0), 1);
	CHECK_EQ(tl_poll_run(set, 0), 1);
	CHECK_EQ(read(e.watch.fd, &byte, 1), 1);
	CHECK_EQ(tl_poll_run(set, 0), 0);
	tl_poll_del(set, &e.watch);
	tl_poll_free(set);
}

TEST(poll_mod_reports_again)
{
	struct poll_set *set;
	struct end e;

	CHECK_EQ(tl_poll_new(&set), 0);
	open_end(set, &e, 0);
	CHECK_EQ(write(e.other, "x", 1), 1);
	CHECK_EQ(tl_poll_run(set, 0), 0);
	tl_poll_mod(set, &e.watch, WATCH_IN | WATCH_OUT);
	CHECK_EQ(tl_poll_run(set, 0), 1);
	CHECK_EQ(e.events, WATCH_IN | WATCH_OUT);
	tl_poll_mod(set, &e.watch, WATCH_IN);
	CHECK_EQ(tl_poll_run(set, 0), 1);
	CHECK_EQ(e.events, WATCH_IN);
	tl_poll_del(set, &e.watch);
	tl_poll_free(set);
}

TEST(poll_reports_the_end_unasked)
{
	struct poll_set *set;
	struct end e;

	CHECK_EQ(tl_poll_new(&set), 0);
	open_end(set, &e, 0);
	CHECK_EQ(shutdown(e.other, SHUT_WR), 0);
	CHECK_EQ(tl_poll_run(set, 0), 1);
	CHECK_EQ(e.events, WATCH_RDHUP);
	CHECK_EQ(close(e.other), 0);
	CHECK_EQ(tl_poll_run(set, 0), 1);
	CHECK(e.events & WATCH_HUP);
	tl_poll_del(set, &e.watch);
	tl_poll_free(set);
}

TEST(poll_watch_deleted_in_the_batch_is_not_called)
{
	struct poll_set *set;
	struct end a, b;

	CHECK_EQ(tl_poll_new(&set), 0);
	open_end(set, &a, WATCH_IN);
	open_end(set, &b, WATCH_IN);
	a.victim = &b;
	b.victim = &a;
	CHECK_EQ(write(a.other, "x", 1), 1);
	CHECK_EQ(write(b.other, "x", 1), 1);
	CHECK_EQ(tl_poll_run(set, 0), 2);
	CHECK_EQ(a.calls + b.calls, 1);
	CHECK((a.watch.fd < 0) != (b.watch.fd < 0));
	/* Deleting one that is in no set does nothing. */
	tl_poll_del(set, &a.watch);
	tl_poll_del(set, &b.watch);
	tl_poll_del(set, &b.watch);
	tl_poll_free(set);
}

TEST(poll_set_is_readable_when_it_has_events)
{
	struct poll_set *set;
	struct pollfd p;
	struct end e;

	CHECK_EQ(tl_poll_new(&set), 0);
	open_end(set, &e, WATCH_IN);
	p = (struct pollfd){ .fd = tl_poll_fd(set), .events = POLLIN };
	CHECK_EQ(poll(&p, 1, 0), 0);
	CHECK_EQ(write(e.other, "x", 1), 1);
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(tl_poll_run(set, 0), 1);
	CHECK_EQ(poll(&p, 1, 0), 0);
	tl_poll_del(set, &e.watch);
	tl_poll_free(set);
}

#define MANY 300

/* More than one run takes, and always more: what has happened is told all the
 * same, and that it was is known. */
TEST(poll_sweeps_end_however_much_happens)
{
	static struct end ends[MANY];
	struct poll_set *set;
	struct end late;
	uint64_t before;
	int runs = 0;
	size_t i;

	CHECK_EQ(tl_poll_new(&set), 0);
	for (i = 0; i < MANY; i++)
		open_end(set, &ends[i], WATCH_IN);
	open_end(set, &late, WATCH_IN);
	for (i = 0; i < MANY; i++)
		CHECK_EQ(write(ends[i].other, "x", 1), 1);
	CHECK(tl_poll_run(set, 0) < MANY);
	CHECK_EQ(write(late.other, "x", 1), 1);
	before = tl_poll_sweeps(set);
	while (tl_poll_sweeps(set) < before + 2) {
		for (i = 0; i < MANY; i++)
			CHECK_EQ(write(ends[i].other, "x", 1), 1);
		CHECK(tl_poll_run(set, 0) < MANY);
		CHECK(++runs < 12);
	}
	CHECK_EQ(late.calls, 1);
	tl_poll_del(set, &late.watch);
	for (i = 0; i < MANY; i++)
		tl_poll_del(set, &ends[i].watch);
	tl_poll_free(set);
}
