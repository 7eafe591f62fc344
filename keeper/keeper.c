/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper.c - one loop: signals, the line to the worker, and what is due
 *
 * Theory of operation
 *
 * A worker first gets all that is held, then a hello, and then only speaks. It
 * counts as started when it says so: until then an exit status of its own is
 * the service's, since it has told why, and nobody else could do better. From
 * then on its end is a crash, unless it was asked for.
 *
 * A worker that crashed is followed by one of the same program, whatever lies
 * in its file by now: the file is held open. SIGUSR2 makes the worker leave
 * everything to a successor, which is what the service was started by: a file
 * that was replaced comes into use. If that one cannot even start, the program
 * that worked is started again.
 *
 * When a service manager has asked for a watchdog the worker's loop sends a
 * beat, which is passed on. A loop that has missed it is killed, before the
 * manager would kill everything. Without a watchdog nothing wakes the keeper.
 *
 * The worker is killed by the kernel when the keeper dies, and sees the end of
 * the line besides.
 */
#include "keeper/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "keeper/child.h"
#include "keeper/pause.h"
#include "keeper/table.h"
#include "os/clock.h"
#include "os/limits.h"
#include "os/notify.h"
#include "rpc/keep.h"

#define TOO_MANY_RETRY_MS 5
#define COMPLAIN_MS 10000
#define RECORDS_A_TURN 1024
/* Workers in a row that died at their start. */
#define GIVE_UP_AFTER 4
/* A start may have to make an identity. */
#define START_LIMIT_MS 60000

/*
 * The life of a worker.
 *
 * NONE		there is none; the next is due at @due_ms
 * GIVING	it is given what is held, from @give_at on
 * STARTING	it has all
 * RUNNING	it has said that it has started
 * GONE		its line has ended; its status is waited for
 */
enum worker_state {
	WORKER_NONE,
	WORKER_GIVING,
	WORKER_STARTING,
	WORKER_RUNNING,
	WORKER_GONE,
};

/*
 * @program:	what is run, opened
 * @fresh:	what is tried after SIGUSR2; -1: nothing
 * @due_ms:	when the next one is started, or a beat is missed
 * @has_started: this worker
 * @is_ending:	the service was asked to end
 * @wants_upgrade: SIGUSR2 came before the worker was ready for it
 * @exit_status: -1: go on
 */
struct keeper {
	const struct keeper_options *o;
	struct table table;
	enum worker_state state;
	struct child child;
	struct entry *give_at;
	int signals;
	sigset_t mask;
	int program;
	int fresh;
	int64_t due_ms;
	int64_t started_ms;
	int64_t watchdog_ms;
	struct keep_hello hello;
	unsigned int failures;
	bool has_started;
	bool is_ending;
	bool wants_upgrade;
	struct log_limit complaints;
	int exit_status;
};

static void say(const char *lines)
{
	(void)tl_notify(tl_bytes_from_str(lines));
}

/* --- starting --- */

static int send_record(struct keeper *k, const struct keep_record *record,
		       const int *fds, size_t n_fds)
{
	uint8_t room[KEEP_RECORD_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_keep_write(&w, record);
	tl_assert(tl_writer_ok(&w));
	return tl_fdpass_send(k->child.line, tl_writer_bytes(&w), fds, n_fds,
			      MSG_DONTWAIT);
}

static int send_hello(struct keeper *k)
{
	uint8_t room[KEEP_HELLO_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct keep_record record = { .kind = KEEP_HELLO };

	tl_keep_write_hello(&w, &k->hello);
	tl_assert(tl_writer_ok(&w));
	record.blob = tl_writer_bytes(&w);
	return send_record(k, &record, NULL, 0);
}

/* As much as there is room for. 0 when all is given. */
static int give(struct keeper *k)
{
	struct keep_record record = { .kind = KEEP_GIVE };
	int err = 0;

	while (k->give_at && !err) {
		record.key = k->give_at->key;
		record.blob = tl_bytes(k->give_at->blob, k->give_at->n);
		err = send_record(k, &record, k->give_at->fds,
				  k->give_at->n_fds);
		if (!err)
			k->give_at = tl_table_next(&k->table, k->give_at);
	}
	if (!err)
		err = send_hello(k);
	if (!err)
		k->state = WORKER_STARTING;
	return err;
}

static void start(struct keeper *k)
{
	int program = k->fresh >= 0 ? k->fresh : k->program;
	int err = tl_child_start(&k->child, program, k->o, &k->mask);
	int64_t now = tl_clock_ms();

	k->started_ms = now;
	k->due_ms = now + START_LIMIT_MS;
	if (err) {
		tl_err("cannot start a worker: %s", strerror(-err));
		k->due_ms = now + tl_pause_after(&k->failures, 0);
		k->due_ms = TL_MAX(k->due_ms, now + PAUSE_FIRST_MS);
		return;
	}
	k->state = WORKER_GIVING;
	k->has_started = false;
	k->give_at = tl_table_next(&k->table, NULL);
	(void)give(k);
}

/* --- what the worker says --- */

static void complain(struct keeper *k, int err)
{
	if (tl_log_allowed(&k->complaints, COMPLAIN_MS, tl_clock_ms()))
		tl_warn("a socket will not outlive the worker: %s; %zu are "
			"kept",
			strerror(-err), k->table.n);
}

static void keep(struct keeper *k, const struct keep_record *record,
		 struct fdpass *in)
{
	int err = tl_table_put(&k->table, record->key, record->blob, in);

	if (err)
		complain(k, err);
}

static void drop(struct keeper *k, uint64_t key)
{
	if (k->give_at && k->give_at->key == key)
		k->give_at = tl_table_next(&k->table, k->give_at);
	tl_table_drop(&k->table, key);
}

/* All processes of the service have got over the worker's end. */
static void on_started(struct keeper *k)
{
	if (k->state != WORKER_STARTING)
		return;
	k->state = WORKER_RUNNING;
	k->has_started = true;
	k->due_ms = tl_clock_ms() + k->watchdog_ms;
	if (k->fresh >= 0) {
		close(k->program);
		k->program = k->fresh;
		k->fresh = -1;
	}
	if (k->wants_upgrade)
		kill(k->child.pid, SIGUSR2);
	k->wants_upgrade = false;
}

static void on_alive(struct keeper *k)
{
	k->due_ms = tl_clock_ms() + k->watchdog_ms;
	if (k->watchdog_ms)
		say("WATCHDOG=1");
}

static void on_record(struct keeper *k, struct bytes bytes, struct fdpass *in)
{
	struct reader r = tl_reader(bytes);
	struct keep_record record;

	tl_keep_read(&r, &record);
	if (!tl_reader_done(&r))
		record.kind = 0;
	switch (record.kind) {
	case KEEP_KEEP:
		keep(k, &record, in);
		return;
	case KEEP_DROP:
		drop(k, record.key);
		break;
	case KEEP_STARTED:
		on_started(k);
		break;
	case KEEP_ALIVE:
		on_alive(k);
		break;
	case KEEP_SAY:
		(void)tl_notify(record.blob);
		break;
	default:
		break;
	}
	tl_fdpass_drop(in);
}

static void hang_up(struct keeper *k)
{
	close(k->child.line);
	k->child.line = -1;
	k->state = WORKER_GONE;
}

/* One record. False if there is none now. */
static bool listen_once(struct keeper *k)
{
	uint8_t room[KEEP_RECORD_MAX];
	struct fdpass in;
	int err = tl_fdpass_recv(k->child.line, &in, TL_BUFFER_OF(room),
				 MSG_DONTWAIT);

	if (err == -EAGAIN || err == -EINTR)
		return false;
	if (err == -EMFILE || err == -ENFILE)
		complain(k, err);
	else if (!err && (in.n || in.n_fds))
		on_record(k, tl_bytes(room, in.n), &in);
	else if (err != -EPROTO)
		hang_up(k);
	return true;
}

/* What there is, but signals have their turn; the end of the line is the
 * worker's. */
static void listen_to(struct keeper *k)
{
	int n;

	for (n = 0; n < RECORDS_A_TURN && k->child.line >= 0; n++) {
		if (!listen_once(k))
			return;
	}
}

/* --- the worker's end --- */

static void describe(char out[80], int status)
{
	if (WIFSIGNALED(status))
		snprintf(out, 80, "was killed by signal %d, %s",
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(out, 80, "ended with status %d", WEXITSTATUS(status));
}

/* If none gets over its start it may be what it is given that kills it. */
static void give_up_sockets(struct keeper *k)
{
	if (k->has_started || k->failures < GIVE_UP_AFTER || k->table.n == 0)
		return;
	tl_err("%u workers died before they had started: the next one gets "
	       "none of the %zu sockets, whose programs see their end",
	       k->failures, k->table.n);
	tl_table_fini(&k->table);
	tl_table_init(&k->table, KEEP_ENTRIES_MAX, KEEP_BYTES_MAX);
}

static void on_crash(struct keeper *k, int status)
{
	int64_t now = tl_clock_ms();
	int64_t pause = tl_pause_after(&k->failures, now - k->started_ms);
	char text[160];
	char how[80];

	describe(how, status);
	if (pause == 0)
		tl_err("the worker %s; another goes on with its %zu sockets",
		       how, k->table.n);
	else
		tl_err("the worker %s, the %u. in a row; the next is started "
		       "in %lld ms. If that goes on, see what is said above, "
		       "stop the service, and run it with --no-keeper under a "
		       "debugger",
		       how, k->failures, (long long)pause);
	snprintf(text, sizeof(text), "%sSTATUS=the worker %s",
		 k->watchdog_ms ? "WATCHDOG=1\n" : "", how);
	say(text);
	give_up_sockets(k);
	k->due_ms = now + pause;
}

/* The program that it was to be replaced by does not even start. */
static bool fall_back(struct keeper *k)
{
	if (k->fresh < 0)
		return false;
	close(k->fresh);
	k->fresh = -1;
	tl_err("%s cannot start; going on with the program that worked",
	       k->o->path ? k->o->path : "the new program");
	k->due_ms = tl_clock_ms();
	return true;
}

static void try_upgrade(struct keeper *k)
{
	k->due_ms = tl_clock_ms();
	if (!k->o->path)
		return;
	k->fresh = open(k->o->path, O_PATH | O_CLOEXEC);
	if (k->fresh < 0)
		tl_err("cannot open %s: %s; going on with the program that "
		       "worked",
		       k->o->path, strerror(errno));
	else
		tl_info("starting %s in place of the worker", k->o->path);
}

/* As a shell tells it; what we had asked for is in order. */
static int final_status(int status)
{
	int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (!number && WEXITSTATUS(status) == KEEP_EXIT_AGAIN)
		return 0;
	if (!number)
		return WEXITSTATUS(status);
	return number == SIGTERM || number == SIGINT ? 0 : 128 + number;
}

static void on_end(struct keeper *k, int status, bool had_started)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	if (k->is_ending) {
		k->exit_status = final_status(status);
		return;
	}
	if (code == KEEP_EXIT_AGAIN) {
		k->hello.restarts++;
		k->hello.last_status = 0;
		try_upgrade(k);
		return;
	}
	if (!had_started && fall_back(k))
		return;
	/* It has said why, or it was asked by somebody else. */
	if (code >= 0 && (!had_started || code == 0)) {
		k->exit_status = code;
		return;
	}
	k->hello.restarts++;
	k->hello.last_status = (uint32_t)status;
	on_crash(k, status);
}

/* What it has said before its end comes first. */
static void reap(struct keeper *k)
{
	int status;

	if (k->child.pid == 0)
		return;
	if (waitpid(k->child.pid, &status, WNOHANG) != k->child.pid)
		return;
	while (k->child.line >= 0 && listen_once(k))
		;
	if (k->child.line >= 0)
		close(k->child.line);
	k->child = (struct child){ .line = -1 };
	k->state = WORKER_NONE;
	k->give_at = NULL;
	on_end(k, status, k->has_started);
}

/* --- the loop --- */

static void on_upgrade(struct keeper *k)
{
	tl_notify_reloading("starting the program again");
	if (k->state == WORKER_RUNNING)
		kill(k->child.pid, SIGUSR2);
	else if (k->state == WORKER_NONE)
		try_upgrade(k);
	else
		k->wants_upgrade = true;
}

/* A worker that has not begun will read its files anyway. */
static void on_reload(const struct keeper *k)
{
	if (k->state == WORKER_RUNNING)
		kill(k->child.pid, SIGHUP);
}

static void on_stop(struct keeper *k, int number)
{
	k->is_ending = true;
	say("STOPPING=1\nSTATUS=ending");
	if (k->child.pid)
		kill(k->child.pid, number);
	else
		k->exit_status = 0;
}

static void on_signals(struct keeper *k)
{
	struct signalfd_siginfo info;

	while (read(k->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGUSR2)
			on_upgrade(k);
		else if (info.ssi_signo == SIGHUP)
			on_reload(k);
		else if (info.ssi_signo != SIGCHLD)
			on_stop(k, (int)info.ssi_signo);
	}
	reap(k);
}

static void on_due(struct keeper *k)
{
	if (k->state == WORKER_NONE) {
		start(k);
		return;
	}
	tl_err("the worker does not answer: its loop stands still; killing it");
	kill(k->child.pid, SIGKILL);
	/* Once: the next thing to come is its end. */
	k->due_ms = INT64_MAX;
}

/* Is anything waited for that the clock ends? */
static bool has_due(const struct keeper *k)
{
	if (k->state == WORKER_NONE)
		return true;
	return k->watchdog_ms && !k->is_ending && k->due_ms != INT64_MAX;
}

static int wait_ms(const struct keeper *k, bool is_full)
{
	int64_t left = k->due_ms - tl_clock_ms();

	if (is_full)
		return TOO_MANY_RETRY_MS;
	if (!has_due(k))
		return -1;
	return (int)TL_MIN(TL_MAX(left, 0), INT32_MAX);
}

static void turn(struct keeper *k)
{
	struct pollfd p[2] = {
		{ .fd = k->signals, .events = POLLIN },
		{ .fd = k->child.line, .events = POLLIN },
	};
	int err = k->state == WORKER_GIVING ? give(k) : 0;
	bool is_full = err == -ETOOMANYREFS;

	if (err == -EAGAIN)
		p[1].events |= POLLOUT;
	(void)poll(p, 2, wait_ms(k, is_full));
	if (p[1].revents & (POLLIN | POLLHUP | POLLERR))
		listen_to(k);
	if (p[0].revents)
		on_signals(k);
	if (k->state == WORKER_GONE)
		reap(k);
	if (k->exit_status < 0 && has_due(k) && tl_clock_ms() >= k->due_ms)
		on_due(k);
}

/* Those that it waits for must not be ignored, whoever has started it. */
static int catch_signals(struct keeper *k)
{
	static const int caught[] = { SIGTERM, SIGINT, SIGUSR2, SIGHUP,
				      SIGCHLD };
	struct sigaction plain = { .sa_handler = SIG_DFL };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < TL_ARRAY_SIZE(caught); i++) {
		/* In a terminal it means that this is closed: the end. */
		if (caught[i] == SIGHUP && isatty(STDERR_FILENO))
			continue;
		sigaction(caught[i], &plain, NULL);
		sigaddset(&set, caught[i]);
	}
	sigaction(SIGPIPE, &ignore, NULL);
	sigprocmask(SIG_BLOCK, &set, &k->mask);
	for (i = 0; i < TL_ARRAY_SIZE(caught); i++)
		sigdelset(&k->mask, caught[i]);
	k->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return k->signals < 0 ? -errno : 0;
}

static int prepare(struct keeper *k)
{
	int err = catch_signals(k);

	if (err)
		return err;
	tl_limits_raise_files();
	tl_table_init(&k->table, KEEP_ENTRIES_MAX, KEEP_BYTES_MAX);
	k->watchdog_ms = tl_notify_watchdog_ms() * 3 / 4;
	k->hello.since_ms = (uint64_t)tl_clock_ms();
	k->hello.beat_ms = (uint32_t)(tl_notify_watchdog_ms() / 2);
	return 0;
}

int tl_keeper_run(const struct keeper_options *o)
{
	struct keeper k = { .o = o,
			    .child = { .line = -1 },
			    .program = o->program,
			    .fresh = -1,
			    .exit_status = -1 };
	int err = prepare(&k);

	if (err) {
		tl_err("cannot keep sockets: %s; run with --no-keeper",
		       strerror(-err));
		return EXIT_FAILURE;
	}
	while (k.exit_status < 0)
		turn(&k);
	tl_table_fini(&k.table);
	close(k.signals);
	close(k.program);
	return k.exit_status;
}
