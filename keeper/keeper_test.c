/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The worker is this program once more: called as one, it does what its third
 * argument says, and ends with a status that tells how it went.
 */
#include "keeper/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#include "rpc/keepline.h"

#define LIMIT_MS 10000
#define DONE 7
#define WRONG 99

/* --- the worker --- */

#define EXPECT(cond)                                                           \
	do {                                                                   \
		if (!(cond)) {                                                 \
			fprintf(stderr, "worker: %s\n", #cond);                \
			_exit(WRONG);                                          \
		}                                                              \
	} while (0)

static struct keepline *line;

static void keep_pipe(uint64_t key, const char *blob)
{
	int p[2];

	EXPECT(pipe2(p, O_CLOEXEC) == 0);
	EXPECT(tl_keepline_keep(line, key, tl_bytes_from_str(blob), p, 2) == 0);
}

/* The first keeps three and drops one, the second gets two of them. */
static void crash_once(uint32_t before)
{
	struct keep_gift *g = tl_keepline_next(line, NULL);
	char c = 0;

	if (before == 0) {
		EXPECT(!g);
		keep_pipe(1, "one");
		keep_pipe(2, "two");
		keep_pipe(3, "three");
		EXPECT(tl_keepline_drop(line, 2) == 0);
		EXPECT(tl_keepline_started(line) == 0);
		raise(SIGKILL);
	}
	EXPECT(tl_keepline_hello(line)->last_status == SIGKILL);
	EXPECT(g && g->key == 1 && g->n_fds == 2);
	EXPECT(tl_bytes_equal(g->blob, tl_bytes_from_str("one")));
	EXPECT(write(g->fds[1], "x", 1) == 1 && read(g->fds[0], &c, 1) == 1);
	g = tl_keepline_next(line, g);
	EXPECT(g && g->key == 3 && !tl_keepline_next(line, g));
	EXPECT(tl_keepline_started(line) == 0);
	_exit(0);
}

/* Dies of what it is given, until it is given nothing. */
static void be_poisoned(uint32_t before)
{
	if (before == 0)
		keep_pipe(1, "poison");
	else if (tl_keepline_next(line, NULL))
		raise(SIGKILL);
	EXPECT(tl_keepline_started(line) == 0);
	if (before == 0)
		raise(SIGKILL);
	EXPECT(before >= 4);
	_exit(0);
}

/* More than a pair holds: it has to be given bit by bit. */
static void keep_many(uint32_t before)
{
	struct keep_gift *g = NULL;
	size_t n = 0;

	if (before == 0) {
		for (uint64_t i = 0; i < 1000; i++) {
			while (tl_keepline_keep(line, i, tl_bytes("b", 1),
						&(int){ 1 }, 1) != 0)
				tl_keepline_wait(line, LIMIT_MS);
		}
		EXPECT(tl_keepline_started(line) == 0);
		_exit(KEEP_EXIT_AGAIN);
	}
	while ((g = tl_keepline_next(line, g)))
		EXPECT(g->key == n++);
	EXPECT(n == 1000);
	EXPECT(tl_keepline_started(line) == 0);
	_exit(0);
}

static void be_signalled(int number)
{
	sigset_t set;
	int got;

	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_BLOCK, &set, NULL);
	EXPECT(tl_keepline_started(line) == 0);
	EXPECT(kill(getppid(), number) == 0);
	EXPECT(sigwait(&set, &got) == 0 && got == number);
	_exit(number == SIGUSR2 ? KEEP_EXIT_AGAIN : DONE);
}

static void tell_pid(const char *where)
{
	char text[16];
	int fd = open(where, O_WRONLY | O_CLOEXEC);
	int n = snprintf(text, sizeof(text), "%d\n", getpid());

	EXPECT(fd >= 0 && write(fd, text, (size_t)n) == n);
	EXPECT(tl_keepline_started(line) == 0);
	pause();
}

static void work(const char *what, const char *arg)
{
	uint32_t before = tl_keepline_hello(line)->restarts;

	if (strcmp(what, "fail") == 0)
		_exit(DONE);
	if (strcmp(what, "crash") == 0)
		crash_once(before);
	if (strcmp(what, "poison") == 0)
		be_poisoned(before);
	if (strcmp(what, "many") == 0)
		keep_many(before);
	if (strcmp(what, "term") == 0)
		be_signalled(SIGTERM);
	if (strcmp(what, "upgrade") == 0 && before == 0)
		be_signalled(SIGUSR2);
	if (strcmp(what, "pid") == 0)
		tell_pid(arg);
	EXPECT(tl_keepline_started(line) == 0);
	_exit(0);
}

__attribute__((constructor)) static void be_worker(int argc, char **argv)
{
	const char *prefix = "--worker=";

	if (argc < 4 || strcmp(argv[1], "worker") != 0)
		return;
	EXPECT(strncmp(argv[2], prefix, strlen(prefix)) == 0);
	EXPECT(!getenv("NOTIFY_SOCKET"));
	EXPECT(tl_keepline_open(
		       &line, (int)strtoll(argv[2] + strlen(prefix), NULL, 10),
		       LIMIT_MS) == 0);
	work(argv[3], argc > 4 ? argv[4] : "");
	_exit(WRONG);
}

/* --- the keeper --- */

static int run_with(const char *path, char *what, char *arg)
{
	static char self[] = "keeper_test";
	static char worker[] = "worker";
	char *argv[] = { self, worker, self, what, arg, NULL };
	const struct keeper_options o = {
		.program = open("/proc/self/exe", O_PATH | O_CLOEXEC),
		.path = path,
		.argv = argv,
		.line_at = KEEPER_LINE_AT,
	};

	return tl_keeper_run(&o);
}

static int run(const char *what)
{
	char copy[32];

	snprintf(copy, sizeof(copy), "%s", what);
	setenv("NOTIFY_SOCKET", "@nobody-listens-here", 1);
	return run_with(NULL, copy, NULL);
}

TEST(keeper_gives_what_was_kept_to_the_next)
{
	CHECK_EQ(run("crash"), 0);
}

TEST(keeper_gives_more_than_the_line_holds)
{
	CHECK_EQ(run("many"), 0);
}

TEST(keeper_gives_up_what_kills_every_worker)
{
	CHECK_EQ(run("poison"), 0);
}

/* Who could not start has said why. */
TEST(keeper_ends_with_a_worker_that_cannot_start)
{
	CHECK_EQ(run("fail"), DONE);
}

TEST(keeper_ends_as_the_worker_does_when_asked_to)
{
	CHECK_EQ(run("term"), DONE);
}

TEST(keeper_does_not_care_who_ignores_signals)
{
	signal(SIGTERM, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	CHECK_EQ(run("term"), DONE);
}

TEST(keeper_passes_an_upgrade_on)
{
	CHECK_EQ(run("upgrade"), 0);
}

TEST(keeper_goes_on_with_what_worked)
{
	static char what[] = "upgrade";

	CHECK_EQ(run_with("/nonexistent/program", what, NULL), 0);
	/* A text without an interpreter cannot be run. */
	CHECK_EQ(run_with("/etc/passwd", what, NULL), 0);
}

static pid_t read_pid(int fd)
{
	char text[16] = "";

	CHECK(read(fd, text, sizeof(text) - 1) > 0);
	return (pid_t)strtoll(text, NULL, 10);
}

TEST(keeper_takes_its_worker_along)
{
	static char what[] = "pid";
	char where[32];
	struct pollfd p = { .events = POLLIN };
	pid_t keeper;
	int ends[2];

	/* Its other end is the worker's alone, and closes with that. */
	CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
	snprintf(where, sizeof(where), "/proc/%d/fd/%d", getpid(), ends[1]);
	keeper = fork();
	if (keeper == 0)
		_exit(run_with(NULL, what, where));
	CHECK(read_pid(ends[0]) > 0);
	close(ends[1]);
	CHECK_EQ(kill(keeper, SIGKILL), 0);
	CHECK_EQ(waitpid(keeper, NULL, 0), keeper);
	p.fd = ends[0];
	CHECK_EQ(poll(&p, 1, LIMIT_MS), 1);
	CHECK(p.revents & POLLHUP);
}
