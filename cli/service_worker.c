/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service_worker.c - the node, its signals, and what it tells others
 *
 * With a keeper all that is for the service manager goes by the keeper, whom
 * the manager knows; without one it goes straight.
 */
#include "cli/service_worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/cmd.h"
#include "os/limits.h"
#include "os/notify.h"
#include "rpc/keepline.h"
#include "service/service.h"

/* A keeper that has been given nothing to do answers at once. */
#define HELLO_LIMIT_MS 30000
#define STATUS_SIZE 320

/*
 * @line:	NULL: there is no keeper
 * @said:	the last STATUS= line
 * @is_ready:	READY=1 was said
 * @is_leaving:	another worker is to go on
 */
static struct {
	struct service *service;
	struct keepline *line;
	char said[STATUS_SIZE];
	bool is_ready;
	volatile sig_atomic_t is_leaving;
} worker;

static void say(const char *lines)
{
	if (worker.line)
		(void)tl_keepline_say(worker.line, lines);
	else
		(void)tl_notify(tl_bytes_from_str(lines));
}

/* uv_async_send(), which this ends in, may be called from a signal handler. */
static void on_signal(int number)
{
	if (number == SIGHUP) {
		tl_service_reload(worker.service);
		return;
	}
	if (number == SIGUSR2)
		worker.is_leaving = 1;
	tl_service_stop(worker.service);
}

static void set_signals(bool is_running)
{
	struct sigaction stop = { .sa_handler = is_running ? on_signal
							   : SIG_IGN };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	if (worker.line)
		sigaction(SIGUSR2, &stop, NULL);
	/* In a terminal it means that this is closed. */
	if (!isatty(STDERR_FILENO))
		sigaction(SIGHUP, &stop, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

/* "STATUS=online; 2 of 3 networks; not authorised on 1 of 3 networks" */
static void build_status(char out[STATUS_SIZE])
{
	struct service_health h;

	tl_service_health(worker.service, &h);
	snprintf(out, STATUS_SIZE, "STATUS=%s; %zu of %zu networks up%s%s",
		 h.is_online ? "online" : "offline", h.networks_up, h.networks,
		 h.why[0] ? "; " : "", h.why);
}

static void on_change(void *ctx)
{
	char text[STATUS_SIZE];

	(void)ctx;
	if (!worker.is_ready)
		return;
	build_status(text);
	if (strcmp(text, worker.said) == 0)
		return;
	memcpy(worker.said, text, sizeof(text));
	say(text);
}

/* The loop turns for the first time: whoever calls is answered. */
static void on_first_turn(void *ctx)
{
	char text[STATUS_SIZE + 16];

	(void)ctx;
	if (worker.is_ready)
		return;
	worker.is_ready = true;
	if (worker.line && tl_keepline_started(worker.line))
		tl_warn("the keeper does not listen");
	build_status(worker.said);
	snprintf(text, sizeof(text), "READY=1\n%s", worker.said);
	say(text);
}

static void on_beat(void *ctx)
{
	(void)ctx;
	if (worker.line)
		(void)tl_keepline_alive(worker.line);
	else
		say("WATCHDOG=1");
}

/* Without it nobody would know of this process. */
static void on_keeper_gone(void *ctx)
{
	(void)ctx;
	tl_err("the keeper has died, and with it this worker");
	_exit(EXIT_FAILED);
}

static unsigned int beat_ms(void)
{
	if (worker.line)
		return tl_keepline_hello(worker.line)->beat_ms;
	return (unsigned int)(tl_notify_watchdog_ms() / 2);
}

/* The kernel's word does not outlast a change of privileges in exec, so it is
 * asked for again here. */
static int open_line(int fd)
{
	int err = prctl(PR_SET_PDEATHSIG, SIGKILL) ? -errno : 0;

	/* Else it would be the number of a descriptor. */
	(void)prctl(PR_SET_NAME, "tapless");
	if (!err)
		err = tl_keepline_open(&worker.line, fd, HELLO_LIMIT_MS);
	if (err)
		return tl_cli_fail(EXIT_FAILED,
				   "--worker is for the keeper of a service: "
				   "%s; leave it away",
				   strerror(-err));
	return EXIT_OK;
}

static int finish(void)
{
	bool is_leaving = worker.is_leaving;

	/* Whoever is impatient must not hit what is being freed. */
	set_signals(false);
	if (!worker.line)
		say("STOPPING=1");
	if (is_leaving)
		tl_service_leave_to_next(worker.service);
	tl_service_free(worker.service);
	tl_keepline_free(worker.line);
	return is_leaving ? KEEP_EXIT_AGAIN : EXIT_OK;
}

int tl_cli_work(const struct service_args *a)
{
	struct service_options o = {
		.home = a->home,
		.port = a->port,
		.no_controller = a->no_controller,
		.share_group = a->share_group,
		.user_sockets = a->user_sockets,
		.relay = a->relay,
		.relay_allow_private = a->relay_allow_private,
		.relay_max = a->relay_max,
		.relay_max_per_source = a->relay_max_per_source,
		.on_change = on_change,
		.on_poke = on_first_turn,
		.on_beat = on_beat,
		.on_keeper_gone = on_keeper_gone,
	};
	char error[SERVICE_ERROR_SIZE];
	int status = a->worker >= 0 ? open_line(a->worker) : EXIT_OK;

	if (status)
		return status;
	tl_limits_return_memory();
	o.keeper = worker.line;
	o.beat_ms = beat_ms();
	if (tl_service_new(&worker.service, &o, error)) {
		tl_keepline_free(worker.line);
		return tl_cli_fail(EXIT_FAILED, "%s", error);
	}
	set_signals(true);
	tl_service_poke(worker.service);
	tl_service_run(worker.service);
	return finish();
}
