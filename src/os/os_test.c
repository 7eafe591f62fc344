/* SPDX-License-Identifier: Apache-2.0 */
/* The small ones: clock, random, limits, log sink, addresses, worker. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/ifaddrs.h"
#include "os/limits.h"
#include "os/logsink.h"
#include "os/random.h"
#include "os/worker.h"

TEST(clock_steady_never_goes_back)
{
	int64_t last = tl_clock_us();
	int i;

	for (i = 0; i < 10000; i++) {
		int64_t now = tl_clock_us();

		CHECK(now >= last);
		last = now;
	}
	CHECK(tl_clock_ms() >= last / 1000);
	CHECK(tl_clock_ms() - last / 1000 < 10000);
}

TEST(clock_wall_is_after_the_year_2020)
{
	CHECK(tl_clock_wall_ms() > 1577836800000);
}

TEST(random_fills_all_and_differs)
{
	uint8_t a[1000] = { 0 };
	uint8_t b[1000] = { 0 };
	int zeroes = 0;
	size_t i;

	tl_random(NULL, a, sizeof(a));
	tl_random(NULL, b, sizeof(b));
	CHECK(memcmp(a, b, sizeof(a)) != 0);
	for (i = 0; i < sizeof(a); i++)
		zeroes += a[i] == 0;
	CHECK(zeroes < 40); /* 4 expected */
	tl_random(NULL, a, 0);
}

TEST(limits_soft_becomes_hard)
{
	struct rlimit r;

	CHECK(getrlimit(RLIMIT_NOFILE, &r) == 0);
	r.rlim_cur = 64;
	CHECK(setrlimit(RLIMIT_NOFILE, &r) == 0);
	CHECK_EQ(tl_limits_raise_files(), r.rlim_max);
	CHECK(getrlimit(RLIMIT_NOFILE, &r) == 0);
	CHECK_EQ(r.rlim_cur, r.rlim_max);
}

#if defined(__GLIBC__)
static size_t mapped_blocks(void)
{
	return mallinfo2().hblks;
}

static void large_blocks_stay_out(void)
{
	size_t before = mapped_blocks();
	void *p;
	int i;

	tl_limits_return_memory();
	for (i = 0; i < 3; i++) {
		p = malloc(2 << 20);
		CHECK(p);
		/* A sanitizer has a heap of its own. */
		if (mallinfo2().uordblks)
			CHECK_EQ(mapped_blocks(), before + 1);
		free(p);
		CHECK_EQ(mapped_blocks(), before);
	}
}
#else
static void large_blocks_stay_out(void)
{
	SKIP("this C library does not say where its blocks are");
}
#endif

TEST(limits_large_blocks_stay_out_of_the_heap)
{
	large_blocks_stay_out();
}

static size_t log_through_pipe(char *out, size_t size, const char *line)
{
	int fds[2];
	ssize_t n;
	int saved = dup(STDERR_FILENO);

	CHECK(pipe(fds) == 0);
	dup2(fds[1], STDERR_FILENO);
	tl_logsink_stderr(NULL, TL_LOG_WARN, line);
	dup2(saved, STDERR_FILENO);
	n = read(fds[0], out, size - 1);
	CHECK(n > 0);
	out[n] = 0;
	return (size_t)n;
}

TEST(logsink_line_has_time_and_level)
{
	char out[5000];

	unsetenv("JOURNAL_STREAM");
	log_through_pipe(out, sizeof(out), "cannot do it");
	CHECK_STR(out + 25, "warning: cannot do it\n");
	CHECK_EQ(out[10], 'T');
	CHECK_EQ(out[23], 'Z');
	setenv("JOURNAL_STREAM", "8:1", 1);
	log_through_pipe(out, sizeof(out), "cannot do it");
	CHECK_STR(out, "warning: cannot do it\n");
}

TEST(logsink_long_line_is_cut_but_ends)
{
	static char line[4000];
	char out[5000];
	size_t n;

	memset(line, 'x', sizeof(line) - 1);
	n = log_through_pipe(out, sizeof(out), line);
	CHECK(n < 2100);
	CHECK_EQ(out[n - 1], '\n');
	CHECK_EQ(out[n - 2], 'x');
}

static const struct local_addr *find_loopback(const struct local_addr *a,
					      size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (a[i].addr.family == 4 && a[i].addr.ip[0] == 127)
			return &a[i];
	return NULL;
}

TEST(ifaddrs_lists_loopback_unless_skipped)
{
	static const char *const skip[] = { "zt", "l", NULL };
	static struct local_addr a[256];
	const struct local_addr *lo;
	size_t n;

	CHECK_EQ(tl_ifaddrs_list(a, &n, 256, NULL), 0);
	lo = find_loopback(a, n);
	CHECK(lo);
	CHECK_STR(lo->device, "lo");
	CHECK_EQ(lo->bits, 8);
	CHECK_EQ(lo->addr.port, 0);
	CHECK(lo->is_loopback && !lo->is_temporary);
	CHECK_EQ(tl_ifaddrs_list(a, &n, 256, skip), 0);
	CHECK(!find_loopback(a, n));
	CHECK_EQ(tl_ifaddrs_list(a, &n, 0, NULL), 0);
	CHECK_EQ(n, 0);
}

TEST(ifaddrs_watch_sees_a_change)
{
	static struct local_addr a[16];
	struct ifreq r = { .ifr_name = "lo" };
	struct pollfd p = { .events = POLLIN };
	size_t n;
	int fd;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		SKIP("no user namespaces here: %s", strerror(errno));
	p.fd = tl_ifaddrs_watch();
	CHECK(p.fd >= 0);
	CHECK(!tl_ifaddrs_watch_drain(p.fd));
	CHECK_EQ(tl_ifaddrs_list(a, &n, 16, NULL), 0);
	CHECK_EQ(n, 0);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	r.ifr_flags = IFF_UP;
	CHECK(ioctl(fd, SIOCSIFFLAGS, &r) == 0);
	CHECK_EQ(poll(&p, 1, 5000), 1);
	CHECK(tl_ifaddrs_watch_drain(p.fd));
	CHECK_EQ(poll(&p, 1, 0), 0);
	CHECK_EQ(tl_ifaddrs_list(a, &n, 16, NULL), 0);
	CHECK(n >= 1);
	tl_fd_close(&p.fd);
	close(fd);
}

struct sum {
	int in;
	int out;
	int done;
	int cancelled;
};

static void work(void *job)
{
	struct sum *s = job;

	s->out = s->in * 2;
}

static void done(void *job, bool cancelled)
{
	struct sum *s = job;

	s->done++;
	s->cancelled += cancelled;
}

TEST(worker_runs_a_bounded_number_of_jobs)
{
	struct sum s[4] = { { 1 }, { 2 }, { 3 }, { 4 } };
	struct worker *w;
	uv_loop_t loop;
	int i;

	CHECK_EQ(uv_loop_init(&loop), 0);
	CHECK_EQ(tl_worker_new(&w, &loop, 3), 0);
	for (i = 0; i < 3; i++)
		CHECK_EQ(tl_worker_submit(w, work, done, &s[i]), 0);
	CHECK_EQ(tl_worker_submit(w, work, done, &s[3]), -EAGAIN);
	CHECK_EQ(tl_worker_n_jobs(w), 3);
	uv_run(&loop, UV_RUN_DEFAULT);
	CHECK_EQ(tl_worker_n_jobs(w), 0);
	for (i = 0; i < 3; i++) {
		CHECK_EQ(s[i].out, s[i].in * 2);
		CHECK_EQ(s[i].done, 1);
	}
	CHECK_EQ(s[3].done, 0);
	CHECK_EQ(tl_worker_submit(w, work, done, &s[3]), 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	CHECK_EQ(s[3].out, 8);
	tl_worker_free(w);
	uv_run(&loop, UV_RUN_DEFAULT);
	CHECK_EQ(uv_loop_close(&loop), 0);
}

struct gate {
	int started[2];
	int go[2];
};

static void wait_for_go(void *job)
{
	const struct gate *g = job;
	char c;

	CHECK_EQ(write(g->started[1], "x", 1), 1);
	CHECK_EQ(read(g->go[0], &c, 1), 1);
}

static void nothing(void *job, bool cancelled)
{
	(void)job;
	CHECK(!cancelled);
}

TEST(worker_cancels_what_has_not_started)
{
	struct sum s = { 5, 0, 0, 0 };
	struct worker *w;
	struct gate g;
	uv_loop_t loop;
	char c;

	CHECK(pipe(g.started) == 0 && pipe(g.go) == 0);
	CHECK_EQ(uv_loop_init(&loop), 0);
	CHECK_EQ(tl_worker_new(&w, &loop, 8), 0);
	CHECK_EQ(tl_worker_submit(w, wait_for_go, nothing, &g), 0);
	CHECK_EQ(read(g.started[0], &c, 1), 1);
	CHECK_EQ(tl_worker_submit(w, work, done, &s), 0);
	tl_worker_cancel_all(w);
	CHECK_EQ(write(g.go[1], "x", 1), 1);
	uv_run(&loop, UV_RUN_DEFAULT);
	CHECK_EQ(s.done, 1);
	CHECK_EQ(s.cancelled, 1);
	CHECK_EQ(s.out, 0);
	tl_worker_free(w);
	uv_run(&loop, UV_RUN_DEFAULT);
	CHECK_EQ(uv_loop_close(&loop), 0);
}

TEST(worker_closes_descriptors_elsewhere)
{
	struct worker *w;
	uv_loop_t loop;
	int fds[300][2];
	char c;
	int i;

	CHECK_EQ(uv_loop_init(&loop), 0);
	CHECK_EQ(tl_worker_new(&w, &loop, 1), 0);
	tl_worker_close_fd(w, -1);
	for (i = 0; i < 300; i++) {
		CHECK(pipe(fds[i]) == 0);
		tl_worker_close_fd(w, fds[i][1]);
	}
	for (i = 0; i < 300; i++) {
		CHECK_EQ(read(fds[i][0], &c, 1), 0); /* waits for the close */
		close(fds[i][0]);
	}
	CHECK(pipe(fds[0]) == 0);
	tl_worker_close_fd(w, fds[0][1]);
	tl_worker_free(w);
	CHECK_EQ(fcntl(fds[0][1], F_GETFD), -1);
	CHECK_EQ(read(fds[0][0], &c, 1), 0);
	tl_worker_free(NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	CHECK_EQ(uv_loop_close(&loop), 0);
}
