/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include "harness.h"

static struct trap call(pid_t tid, uint64_t arg)
{
	struct trap t = { .fd = -1, .new_fd = -1 };

	t.task.tid = tid;
	t.data.nr = 42;
	t.data.args[0] = arg;
	return t;
}

static void keep(pid_t tid, uint64_t arg, int64_t value)
{
	struct trap t = call(tid, arg);

	t.value = value;
	tl_journal_keep(&t, TRAP_ANSWER, false);
}

TEST(journal_gives_an_answer_to_the_same_call_once)
{
	struct trap t = call(7, 1);
	enum trap_end end;

	keep(7, 1, 5);
	CHECK(tl_journal_take(&t, &end));
	CHECK_EQ(end, TRAP_ANSWER);
	CHECK_EQ(t.value, 5);
	CHECK(!tl_journal_take(&t, &end));
}

TEST(journal_forgets_when_the_thread_does_something_else)
{
	struct trap other = call(7, 2);
	struct trap stranger = call(8, 1);
	struct trap same = call(7, 1);
	enum trap_end end;

	keep(7, 1, 5);
	CHECK(!tl_journal_take(&stranger, &end));
	CHECK(!tl_journal_take(&other, &end));
	CHECK(!tl_journal_take(&same, &end));
}

TEST(journal_keeps_descriptors_and_closes_those_it_drops)
{
	struct trap t = call(7, 1);
	enum trap_end end;
	int fd = open("/dev/null", O_RDONLY);

	t.new_fd = fd;
	tl_journal_keep(&t, TRAP_ANSWER_FD, false);
	t.new_fd = -1;
	CHECK(tl_journal_take(&t, &end));
	CHECK_EQ(end, TRAP_ANSWER_FD);
	CHECK_EQ(t.new_fd, fd);
	CHECK(fcntl(fd, F_GETFD) >= 0);
	tl_journal_keep(&t, TRAP_ANSWER_FD, false);
	for (pid_t i = 0; i < JOURNAL_MAX; i++)
		keep(100 + i, 1, 0);
	CHECK(fcntl(fd, F_GETFD) < 0);
	tl_journal_clear();
}

TEST(journal_gives_connections_in_order_to_their_listener)
{
	struct accepted a = { .listener = 1 };
	struct accepted got;

	for (int i = 0; i < 3; i++) {
		a.fd = 1000 + i;
		a.listener = i == 1 ? 2 : 1;
		tl_journal_keep_accepted(&a);
	}
	CHECK(tl_journal_take_accepted(&got, 1));
	CHECK_EQ(got.fd, 1000);
	CHECK(tl_journal_take_accepted(&got, 1));
	CHECK_EQ(got.fd, 1002);
	CHECK(!tl_journal_take_accepted(&got, 1));
	CHECK(tl_journal_take_accepted(&got, 2));
}
