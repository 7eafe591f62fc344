/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node and the application it runs in do not disturb each other: fork, exec,
 * closing of all descriptors, signals, limits, and libuv used by both.
 */
#include "sdk/inprocess_test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <uv.h>

static void finish(const struct test_home *h)
{
	CHECK_EQ(zt_stop(), ZT_OK);
	test_remove_home(h);
}

static void check_child(pid_t pid)
{
	int status;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

TEST(coexist_child_may_come_and_go)
{
	struct test_home h;
	uint64_t network = test_start_lan(&h);
	int ends[2];
	pid_t pid;

	test_pair(ends, network, 7000);
	pid = fork();
	if (pid == 0)
		_exit(0);
	check_child(pid);
	test_exchange(ends);
	test_pair(ends, network, 7001);
	test_exchange(ends);
	finish(&h);
}

/* Were the service's ends inherited, a child would keep them open. */
TEST(coexist_child_does_not_hold_the_services_ends)
{
	struct test_home h;
	uint64_t network = test_start_lan(&h);
	int ends[2];
	int go[2];
	pid_t pid;
	char c;

	CHECK_EQ(pipe2(go, O_CLOEXEC), 0);
	test_pair(ends, network, 7000);
	test_exchange(ends);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		close(ends[1]);
		close(go[1]);
		_exit(read(go[0], &c, 1) != 0);
	}
	close(ends[1]);
	CHECK_EQ(recv(ends[0], &c, 1, 0), 0);
	close(ends[0]);

	/* Nor does it when the service ends everything. */
	test_pair(ends, network, 7001);
	test_exchange(ends);
	CHECK_EQ(zt_stop(), ZT_OK);
	CHECK_EQ(recv(ends[0], &c, 1, 0), -1);
	CHECK_EQ(errno, ECONNRESET);
	close(go[1]);
	check_child(pid);
	test_remove_home(&h);
}

TEST(coexist_child_uses_its_parents_node)
{
	struct test_home h;
	uint64_t network = test_start_lan(&h);
	struct sockaddr_in at = test_address(network, 7000);
	int l = test_listen(at);
	char got[8] = "";
	pid_t pid;
	int fd;

	pid = fork();
	if (pid == 0) {
		CHECK_EQ(zt_node_id(), 0);
		CHECK_EQ(zt_stop(), ZT_ERR_STATE);
		CHECK_EQ(zt_start(NULL), ZT_ERR_STATE);
		CHECK_EQ(zt_join(network), ZT_ERR_STATE);
		CHECK_EQ(zt_wait_online(-1), ZT_ERR_STATE);
		fd = test_connect(at);
		_exit(send(fd, "a child", 7, MSG_NOSIGNAL) != 7);
	}
	fd = zt_accept(l, NULL, NULL);
	CHECK(fd >= 0);
	CHECK_EQ(recv(fd, got, 7, MSG_WAITALL), 7);
	CHECK_STR(got, "a child");
	CHECK_EQ(recv(fd, got, 1, 0), 0);
	check_child(pid);
	finish(&h);
}

/* What is open here, by number, is the same file in a child: libuv closes two
 * numbers there. */
TEST(coexist_child_keeps_its_descriptors)
{
	struct test_home h;
	struct stat here;
	struct stat there;
	int pipes[32][2];
	pid_t pid;
	int i;

	test_make_home(&h);
	CHECK_EQ(test_start(&h, 0), ZT_OK);
	close_range(3, ~0U, 0);
	for (i = 0; i < 32; i++)
		CHECK_EQ(pipe2(pipes[i], O_NONBLOCK), 0);
	pid = fork();
	for (i = 0; i < 32; i++) {
		if (pid == 0)
			CHECK_EQ(write(pipes[i][1], &i, sizeof(i)), 4);
	}
	if (pid == 0)
		_exit(0);
	check_child(pid);
	for (i = 0; i < 32; i++) {
		int got;

		CHECK_EQ(fstat(pipes[i][0], &here), 0);
		CHECK_EQ(fstat(pipes[i][1], &there), 0);
		CHECK_EQ(here.st_ino, there.st_ino);
		CHECK_EQ(read(pipes[i][0], &got, sizeof(got)), 4);
		CHECK_EQ(got, i);
	}
	finish(&h);
}

TEST(coexist_closing_everything)
{
	struct test_home h;
	uint64_t network = test_start_lan(&h);
	int ends[2];

	CHECK_EQ(close_range(3, ~0U, 0), 0);
	test_pair(ends, network, 7000);
	test_exchange(ends);
	CHECK_EQ(close_range(0, ~0U, 0), 0);
	test_pair(ends, network, 7001);
	test_exchange(ends);
	finish(&h);
}

/* Whoever waits at the other end of the application's standard output sees it
 * closed when the application has closed it. */
TEST(coexist_service_keeps_no_file_open)
{
	struct test_home h;
	int out[2];
	char c;

	test_make_home(&h);
	CHECK_EQ(pipe2(out, O_CLOEXEC), 0);
	CHECK_EQ(dup2(out[1], 1), 1);
	close(out[1]);
	CHECK_EQ(test_start(&h, 0), ZT_OK);
	close(1);
	CHECK_EQ(read(out[0], &c, 1), 0);
	finish(&h);
}

TEST(coexist_limits_are_left_alone)
{
	struct rlimit before = { 200, 0 };
	struct rlimit after;
	struct test_home h;

	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
	before.rlim_max = after.rlim_max;
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
	test_make_home(&h);
	CHECK_EQ(test_start(&h, 0), ZT_OK);
	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
	CHECK_EQ(after.rlim_cur, 200);
	finish(&h);
}

static pthread_t handled_by;

static void on_signal(int number)
{
	(void)number;
	handled_by = pthread_self();
}

TEST(coexist_signals_are_the_applications)
{
	struct sigaction on = { .sa_handler = on_signal };
	struct test_home h;
	sigset_t old;
	sigset_t one;
	int got;

	test_make_home(&h);
	CHECK_EQ(sigaction(SIGUSR1, &on, NULL), 0);
	CHECK_EQ(test_start(&h, 0), ZT_OK);
	/* Blocked here, it would be handled by any other thread. */
	sigemptyset(&one);
	sigaddset(&one, SIGUSR1);
	CHECK_EQ(pthread_sigmask(SIG_BLOCK, &one, &old), 0);
	CHECK(!sigismember(&old, SIGUSR1));
	CHECK_EQ(kill(getpid(), SIGUSR1), 0);
	CHECK_EQ(sigwait(&one, &got), 0);
	CHECK_EQ(got, SIGUSR1);
	CHECK_EQ(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
	CHECK_EQ(kill(getpid(), SIGUSR1), 0);
	CHECK(pthread_equal(handled_by, pthread_self()));
	finish(&h);
}

struct uv_use {
	uv_work_t work;
	uv_signal_t signal;
	bool is_worked;
	bool is_done;
	bool is_signalled;
};

static void uv_work(uv_work_t *w)
{
	((struct uv_use *)w->data)->is_worked = true;
}

static void uv_worked(uv_work_t *w, int status)
{
	struct uv_use *u = w->data;

	CHECK_EQ(status, 0);
	u->is_done = true;
	CHECK_EQ(kill(getpid(), SIGUSR2), 0);
}

static void uv_signalled(uv_signal_t *signal, int number)
{
	struct uv_use *u = signal->data;

	u->is_signalled = number == SIGUSR2;
	uv_close((uv_handle_t *)signal, NULL);
}

static void use_uv(void)
{
	struct uv_use u = { 0 };
	uv_loop_t loop;

	u.work.data = &u;
	u.signal.data = &u;
	CHECK_EQ(uv_loop_init(&loop), 0);
	CHECK_EQ(uv_signal_init(&loop, &u.signal), 0);
	CHECK_EQ(uv_signal_start(&u.signal, uv_signalled, SIGUSR2), 0);
	CHECK_EQ(uv_queue_work(&loop, &u.work, uv_work, uv_worked), 0);
	CHECK_EQ(uv_run(&loop, UV_RUN_DEFAULT), 0);
	CHECK(u.is_worked && u.is_done && u.is_signalled);
	CHECK_EQ(uv_loop_close(&loop), 0);
}

TEST(coexist_application_uses_libuv_afterwards)
{
	struct test_home h;
	uint64_t network = test_start_lan(&h);
	int ends[2];

	use_uv();
	test_pair(ends, network, 7000);
	test_exchange(ends);
	CHECK_EQ(zt_stop(), ZT_OK);
	use_uv();
	CHECK_EQ(test_start(&h, 0), ZT_OK);
	use_uv();
	finish(&h);
}

TEST(coexist_application_has_used_libuv_before)
{
	struct test_home h;
	uint64_t network;
	int ends[2];

	use_uv();
	network = test_start_lan(&h);
	test_pair(ends, network, 7000);
	test_exchange(ends);
	use_uv();
	finish(&h);
}
