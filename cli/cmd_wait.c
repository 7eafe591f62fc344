/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_wait.c - wait until the node is online, or a network is ready
 *
 * The service answers when it is so. If it does not run yet, the file that it
 * writes when it does is waited for (inotify(7)).
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/use_service.h"
#include "os/clock.h"
#include "sdk/client/call.h"
#include "wire/address.h"

#define FOREVER INT64_MAX
#define TIMEOUT_MAX_S 31536000 /* a year */

struct wait_options {
	const char *home;
	uint64_t network;
	int64_t end_us;
	int64_t timeout_s;
};

static int64_t left_us(const struct wait_options *o)
{
	int64_t left = o->end_us - tl_clock_us();

	return o->end_us == FOREVER ? FOREVER : TL_MAX(left, 0);
}

/* A call, for what is left of the time; -EAGAIN when that is over. */
static int ask(const struct wait_options *o, enum wait_how how,
	       enum wait_state *state)
{
	uint8_t network[8];
	struct call c = { .request = { .op = RPC_WAIT, .value = how },
			  .may_wait = how == WAIT_UNTIL };
	int64_t left = left_us(o);
	int err;

	tl_store_be64(network, o->network);
	if (o->network)
		c.request.opt = TL_BYTES_OF(network);
	if (left != FOREVER) {
		c.timeout.tv_sec = (time_t)(left / 1000000);
		c.timeout.tv_usec = TL_MAX((int)(left % 1000000), 1);
	}
	err = tl_call(&c);
	*state = (enum wait_state)c.reply.value;
	return err;
}

/* Until something in the home folder has changed, or the time is over. */
static int wait_for_change(const struct wait_options *o, int watch)
{
	struct pollfd p = { .fd = watch, .events = POLLIN };
	int64_t left = left_us(o);
	char room[4096];
	int r;

	r = poll(&p, 1,
		 left == FOREVER ? -1
				 : (int)TL_MIN((left + 999) / 1000,
					       (int64_t)INT32_MAX));
	if (r > 0 && read(watch, room, sizeof(room)) < 0)
		return -errno;
	return r < 0 && errno != EINTR ? -errno : 0;
}

static int no_service(const struct wait_options *o)
{
	return tl_cli_fail(
		EXIT_FAILED,
		"the service of %s does not run after %lld s; start "
		"it with tapless service, or give its folder with -D",
		o->home, (long long)o->timeout_s);
}

static bool runs(const struct wait_options *o)
{
	struct call c = { .request.op = RPC_HELLO };

	return tl_cli_find_service(o->home) && tl_call(&c) == 0;
}

/* The service, once it runs. */
static int find_service(const struct wait_options *o)
{
	int watch;
	int err = EXIT_OK;

	/* Users with whom it is shared may not look into the folder. */
	if (runs(o))
		return EXIT_OK;
	watch = inotify_init1(IN_CLOEXEC);
	if (watch < 0 ||
	    inotify_add_watch(watch, o->home, IN_MOVED_TO | IN_CREATE) < 0)
		err = tl_cli_fail(
			EXIT_FAILED,
			"cannot watch %s: %s; make the folder, or give "
			"the service's with -D",
			o->home, strerror(errno));
	while (err == EXIT_OK && !runs(o)) {
		if (left_us(o) == 0)
			err = no_service(o);
		else if (wait_for_change(o, watch) < 0)
			err = tl_cli_fail(EXIT_FAILED, "cannot wait: %s",
					  strerror(errno));
	}
	if (watch >= 0)
		close(watch);
	return err;
}

static int tell_why_not(const struct wait_options *o)
{
	static const char *const whys[] = {
		[WAIT_WAITING] = "its controller gave no answer, or no address",
		[WAIT_READY] = "it has become ready just now",
		[WAIT_DENIED] = "its controller has not authorised this node",
		[WAIT_NOT_FOUND] = "its controller does not know it",
		[WAIT_NOT_JOINED] = "it has not been joined; see tapless join",
	};
	enum wait_state state = WAIT_WAITING;

	if (ask(o, WAIT_NOT, &state) != 0)
		return tl_cli_fail(EXIT_FAILED, "the service of %s has ended",
				   o->home);
	if (!o->network)
		return tl_cli_fail(
			EXIT_FAILED,
			"the node is not online after %lld s: no root "
			"answers; see tapless peers",
			(long long)o->timeout_s);
	if (state >= TL_ARRAY_SIZE(whys))
		state = WAIT_WAITING;
	return tl_cli_fail(EXIT_FAILED,
			   "network %016llx is not ready after %lld s: %s",
			   (unsigned long long)o->network,
			   (long long)o->timeout_s, whys[state]);
}

static int parse_timeout(struct wait_options *o, const char *text)
{
	unsigned long long s;
	char *end;

	s = strtoull(text, &end, 10);
	if (end == text || *end || text[0] == '-' || s > TIMEOUT_MAX_S)
		return tl_cli_fail(
			EXIT_USAGE,
			"--timeout %s: seconds, up to %d, are wanted", text,
			TIMEOUT_MAX_S);
	o->timeout_s = (int64_t)s;
	o->end_us = tl_clock_us() + o->timeout_s * 1000000;
	return EXIT_OK;
}

static int parse_network(struct wait_options *o, const char *text)
{
	struct network_id id;

	if (tl_network_id_parse(&id, tl_bytes_from_str(text)) != 0 || !id.v)
		return tl_cli_fail(EXIT_USAGE,
				   "--network %s: a network ID has sixteen "
				   "hexadecimal digits",
				   text);
	o->network = id.v;
	return EXIT_OK;
}

static int parse(struct wait_options *o, char **argv)
{
	int err = EXIT_OK;

	for (argv++; err == EXIT_OK && *argv; argv++) {
		const char *equals = strchr(*argv, '=');
		const char *value = equals ? equals + 1 : argv[1];
		size_t n = equals ? (size_t)(equals - *argv) : strlen(*argv);

		if (n == 9 && strncmp(*argv, "--network", n) == 0 && value)
			err = parse_network(o, value);
		else if (n == 9 && strncmp(*argv, "--timeout", n) == 0 && value)
			err = parse_timeout(o, value);
		else
			return tl_cli_fail(
				EXIT_USAGE,
				"unknown option or no value: %s; see "
				"tapless wait --help",
				*argv);
		argv += !equals;
	}
	return err;
}

int tl_cmd_wait(const struct cli *cli, int argc TL_UNUSED, char **argv)
{
	struct wait_options o = { .home = cli->home, .end_us = FOREVER };
	enum wait_state state;
	int err = parse(&o, argv);

	if (err == EXIT_OK)
		err = find_service(&o);
	if (err)
		return err;
	err = ask(&o, WAIT_UNTIL, &state);
	if (err == 0)
		return EXIT_OK;
	if (err == -EPERM)
		return tl_cli_fail(EXIT_FAILED,
				   "the service of %s does not let this user "
				   "ask; run this as its user",
				   o.home);
	return tell_why_not(&o);
}
