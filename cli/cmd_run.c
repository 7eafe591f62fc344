/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_run.c - start a program that finds the virtual networks
 *
 * Obtains a session token from the running service, hands it to the program in
 * its environment together with the preload object, and becomes the program. To
 * a program that the preload object cannot be attached to it becomes a launcher
 * instead (launcher/), or refuses it: it would run, but on the host's network.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/program.h"
#include "cli/run_activate.h"
#include "cli/run_netns.h"
#include "cli/run_rules.h"
#include "cli/use_service.h"
#include "launcher/launch.h"
#include "sdk/client/endpoint.h"

#define PRELOAD_NAME "libtapless-preload.so"
#define PRELOAD_ENV "TAPLESS_PRELOAD"
#define OPTION_SIZE 32

#if defined(__x86_64__)
#define TL_HAS_I386 1
#else
#define TL_HAS_I386 0
#endif

/* Where an installation may have put it, seen from the program's folder. */
static const char *const preload_dirs[] = {
	"../lib",
	"../lib64",
	"../lib/tapless",
	"../lib/x86_64-linux-gnu",
	"../lib/aarch64-linux-gnu",
	".",
};

/* How a program's calls come to the service. */
enum via {
	VIA_AUTO, /* the first of these that the program can do with */
	VIA_PRELOAD, /* an object inside the program */
	VIA_SECCOMP, /* the launcher, from outside */
	VIA_NETNS, /* a device in a network namespace; never by itself */
};

struct run_options {
	const char *home;
	const char *listen;
	const char *dns;
	struct run_rules rules;
	struct run_activate activate;
	struct netns_options netns;
	bool has_netns;
	enum via via;
	bool is_auto; /* it is by preload, without anybody having asked */
	const char *why; /* it is not by preload, if nobody asked for that */
	bool isolate;
	char **command;
};

static int usage(const char *why, const char *what)
{
	return tl_cli_fail(EXIT_USAGE, "%s%s; see tapless run --help", why,
			   what);
}

static int parse_via(struct run_options *o, const char *text)
{
	static const char *const names[] = { [VIA_AUTO] = "auto",
					     [VIA_PRELOAD] = "preload",
					     [VIA_SECCOMP] = "seccomp",
					     [VIA_NETNS] = "netns" };

	for (size_t i = 0; i < TL_ARRAY_SIZE(names); i++) {
		if (strcmp(text, names[i]) == 0) {
			o->via = (enum via)i;
			return EXIT_OK;
		}
	}
	return usage("run via auto, preload, seccomp or netns, not via ", text);
}

static int missing(const char *name, const char *what)
{
	return tl_cli_fail(EXIT_USAGE,
			   "%s must follow %s; see tapless run --help", what,
			   name);
}

/* An option that has a value, NULL if it is missing. -1: there is none of that
 * name. */
static int set_option(struct run_options *o, const char *name,
		      const char *value)
{
	int err;

	if (strcmp(name, "-D") == 0 || strcmp(name, "--home") == 0) {
		o->home = value;
		return value ? EXIT_OK : missing(name, "a folder");
	}
	if (strcmp(name, "--listen") == 0) {
		o->listen = value;
		return value ? EXIT_OK : missing(name, "a side");
	}
	if (strcmp(name, "--dns") == 0) {
		o->dns = value;
		return value ? EXIT_OK : missing(name, "on or off");
	}
	if (strcmp(name, "--via") == 0)
		return value ? parse_via(o, value)
			     : missing(name, "auto, preload, seccomp or netns");
	if (strcmp(name, "--activate") == 0)
		return value ? tl_cli_activate_add(&o->activate, value)
			     : missing(name, "[ADDRESS:]PORT");
	err = tl_cli_netns_option(&o->netns, name, value);
	if (err >= 0) {
		o->has_netns = true;
		return err;
	}
	return tl_cli_rule(&o->rules, name, value);
}

/* "--name=value" or "--name value"; moves @argvp to its last word. */
static int parse_option(struct run_options *o, char ***argvp)
{
	const char *a = **argvp;
	const char *equals = strchr(a, '=');
	size_t n = equals ? (size_t)(equals - a) : strlen(a);
	char name[OPTION_SIZE];
	int err = -1;

	if (n < sizeof(name)) {
		memcpy(name, a, n);
		name[n] = 0;
		err = set_option(o, name, equals ? equals + 1 : (*argvp)[1]);
	}
	if (err < 0)
		return usage("unknown option ", a);
	if (!equals)
		(*argvp)++;
	return err;
}

static int check_options(const struct run_options *o)
{
	enum listen_sides sides = LISTEN_VIRTUAL;

	if (o->listen && !tl_listen_sides_parse(&sides, o->listen))
		return usage("listen on virtual, host or both, not on ",
			     o->listen);
	if (o->dns && strcmp(o->dns, "on") != 0 && strcmp(o->dns, "off") != 0)
		return usage("questions to name servers are looked at or not: "
			     "--dns on or off, not ",
			     o->dns);
	if (o->isolate && o->listen && sides != LISTEN_VIRTUAL)
		return usage("a program cannot be isolated from the host and "
			     "listen there: --isolate --listen=",
			     o->listen);
	if (o->isolate && o->rules.has_host)
		return usage("a program cannot be isolated from the host and "
			     "have destinations there: --isolate --host",
			     "");
	if (o->has_netns && o->via != VIA_NETNS)
		return usage("--network, --name, --wait and --root need "
			     "--via netns",
			     "");
	if (o->via == VIA_NETNS &&
	    (o->listen || o->dns || o->rules.n || o->activate.n))
		return usage("--via netns, where there is no host, goes "
			     "without --listen, --dns, --host, --route, "
			     "--allow and --activate",
			     "");
	return *o->command ? EXIT_OK : usage("no command given", "");
}

static int parse_options(struct run_options *o, char **argv)
{
	int err = EXIT_OK;

	for (argv++; err == EXIT_OK && *argv && **argv == '-'; argv++) {
		const char *a = *argv;

		if (strcmp(a, "--") == 0) {
			argv++;
			break;
		}
		if (strcmp(a, "--isolate") == 0)
			o->isolate = true;
		else if (strcmp(a, "--root") == 0)
			o->has_netns = o->netns.as_root = true;
		else if (strncmp(a, "-D", 2) == 0 && a[2])
			o->home = a + 2;
		else
			err = parse_option(o, &argv);
	}
	o->command = argv;
	return err ? err : check_options(o);
}

/* The absolute path of the preload object; NULL after saying what is wrong. */
static char *find_preload(void)
{
	const char *given = getenv(PRELOAD_ENV);
	char self[PATH_MAX];
	char path[PATH_MAX + 64];
	char *found;
	ssize_t n;
	size_t i;

	if (given && *given) {
		found = realpath(given, NULL);
		if (!found)
			tl_cli_fail(EXIT_FAILED, "%s=%s: %s", PRELOAD_ENV,
				    given, strerror(errno));
		return found;
	}
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	while (n > 0 && self[n - 1] != '/')
		n--;
	for (i = 0; n > 0 && i < TL_ARRAY_SIZE(preload_dirs); i++) {
		snprintf(path, sizeof(path), "%.*s%s/%s", (int)n, self,
			 preload_dirs[i], PRELOAD_NAME);
		found = realpath(path, NULL);
		if (found)
			return found;
	}
	tl_cli_fail(EXIT_FAILED,
		    "cannot find " PRELOAD_NAME
		    " beside this program; name it in " PRELOAD_ENV);
	return NULL;
}

/* Before what is there already. */
static int set_preload(const char *path)
{
	const char *before = getenv("LD_PRELOAD");
	char *all = NULL;
	int err;

	if (before && *before)
		err = asprintf(&all, "%s:%s", path, before);
	else
		err = asprintf(&all, "%s", path);
	if (err >= 0)
		err = setenv("LD_PRELOAD", all, 1);
	free(all);
	return err < 0 ? tl_cli_fail(EXIT_FAILED, "out of memory") : EXIT_OK;
}

static int set_or_unset(const char *name, const char *value)
{
	return value ? setenv(name, value, 1) : unsetenv(name);
}

static int set_environment(const struct run_options *o)
{
	const struct service_endpoint *e;
	char token[SESSION_TOKEN_SIZE];
	char name[ENDPOINT_NAME_MAX + 1];
	char uid[16];
	int err = tl_cli_use_service(o->home);

	if (err == EXIT_OK)
		err = tl_cli_session_token(token, o->home);
	if (err)
		return err;
	e = tl_endpoint();
	memcpy(name, e->name, e->name_len);
	name[e->name_len] = 0;
	snprintf(uid, sizeof(uid), "%u", e->uid);
	if (setenv(RPC_ENV_SERVICE, name, 1) != 0 ||
	    setenv(RPC_ENV_UID, uid, 1) != 0 ||
	    setenv(RPC_ENV_TOKEN, token, 1) != 0)
		return tl_cli_fail(EXIT_FAILED, "out of memory");
	if (set_or_unset(RPC_ENV_ISOLATE, o->isolate ? "1" : NULL) != 0 ||
	    set_or_unset(RPC_ENV_LISTEN, o->listen) != 0 ||
	    set_or_unset(RPC_ENV_DNS, o->dns) != 0 ||
	    set_or_unset(RPC_ENV_RULES, o->rules.n ? o->rules.text : NULL) != 0)
		return tl_cli_fail(EXIT_FAILED, "out of memory");
	return EXIT_OK;
}

/* Why nothing can be attached to a program, and what to do about it; NULL if
 * the launcher could not help either. */
static const char *why_launched(enum program_kind kind)
{
	switch (kind) {
	case PROGRAM_STATIC:
		return "is linked statically";
	case PROGRAM_GO:
		return "makes its system calls itself, as Go programs do";
	case PROGRAM_OTHER_LIBC:
		return "uses another C library than the preload object";
	case PROGRAM_FOREIGN:
		/* The filter knows no word size but this one's besides. */
		return sizeof(void *) == 8 && TL_HAS_I386
			       ? "is made for another word size or machine"
			       : NULL;
	default:
		return NULL;
	}
}

static int refuse(const char *command, enum program_kind kind)
{
	const char *why = why_launched(kind);

	if (kind == PROGRAM_NOT_FOUND)
		return tl_cli_fail(EXIT_NOT_FOUND, "%s: command not found",
				   command);
	if (why)
		return tl_cli_fail(EXIT_NOT_EXECUTABLE,
				   "%s %s, so nothing can be attached to it; "
				   "use --via seccomp",
				   command, why);
	if (kind == PROGRAM_FOREIGN)
		why = "is made for another machine or word size than this "
		      "program; use a build for the same";
	else if (kind == PROGRAM_SETUID)
		why = "is setuid or setgid, so the loader attaches nothing to "
		      "it; use a copy without that bit, run this as its "
		      "owner, or use --via seccomp, which runs it without";
	else if (kind == PROGRAM_CAPABILITIES)
		why = "has file capabilities, so the loader attaches nothing "
		      "to it; use a copy without them, run this as root, or "
		      "use --via seccomp, which runs it without";
	else
		why = "is no program that you may execute; check its "
		      "permissions";
	return tl_cli_fail(EXIT_NOT_EXECUTABLE, "%s %s", command, why);
}

/* Settles how the program is run; EXIT_OK if it can be. */
static int choose_via(struct run_options *o)
{
	const char *command = o->command[0];
	char path[PROGRAM_PATH_SIZE];
	enum program_kind kind = tl_program_find(path, command);

	if (kind == PROGRAM_OK)
		kind = tl_program_check(path);
	if (kind == PROGRAM_SETUID || kind == PROGRAM_CAPABILITIES)
		o->why = "runs without the privileges that its file would give";
	if (o->via == VIA_SECCOMP && kind != PROGRAM_NOT_FOUND &&
	    kind != PROGRAM_NOT_EXECUTABLE)
		return EXIT_OK;
	if (kind == PROGRAM_OK) {
		o->is_auto = o->via == VIA_AUTO;
		o->via = VIA_PRELOAD;
		return EXIT_OK;
	}
	if (o->via != VIA_AUTO || !why_launched(kind))
		return refuse(command, kind);
	o->why = why_launched(kind);
	o->via = VIA_SECCOMP;
	return EXIT_OK;
}

static int cannot_exec(const char *command, int err)
{
	return tl_cli_fail(err == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE,
			   "cannot run %s: %s", command, strerror(err));
}

static int explain_launch(const struct run_options *o, enum launch_stage stage,
			  int err)
{
	static const char *const what[] = {
		[LAUNCH_FILTER] = "make a filter of system calls",
		[LAUNCH_FORK] = "start a process",
		[LAUNCH_LOAD] = "put the program under a filter",
		[LAUNCH_REACH] = "look into the program",
		[LAUNCH_SERVE] = "serve the program",
	};

	if (stage == LAUNCH_EXEC)
		return cannot_exec(o->command[0], err);
	if (stage == LAUNCH_LOAD && err == EBUSY)
		return tl_cli_fail(EXIT_FAILED,
				   "this runs under a launcher already, and "
				   "the kernel allows one only; start the "
				   "program without --via seccomp: it is on "
				   "the first one's networks");
	if (err == EOPNOTSUPP)
		return tl_cli_fail(EXIT_FAILED,
				   "--via seccomp needs Linux 5.14 or newer, "
				   "with seccomp notification; use --via "
				   "preload with a dynamically linked program");
	return tl_cli_fail(EXIT_FAILED,
			   "cannot %s: %s; a container may forbid it: use "
			   "--via preload with a dynamically linked program",
			   what[stage], strerror(err));
}

/* Stay, and answer the program's calls. */
static int run_launched(const struct run_options *o)
{
	enum launch_stage stage = LAUNCH_FILTER;
	int status = EXIT_FAILED;
	int err = tl_endpoint_from_env();

	if (o->why)
		fprintf(stderr, "tapless: %s %s: run via seccomp\n",
			o->command[0], o->why);
	if (err == 0)
		err = tl_launch(&stage, &status, o->command);
	return err < 0 ? explain_launch(o, stage, -err) : status;
}

/* The loader parts its list at these. A link elsewhere would not do: a program
 * whose link has gone is on the host, unnoticed. */
static int run_unloadable(struct run_options *o)
{
	if (o->is_auto) {
		o->why = "cannot have the preload object, whose path has a "
			 "space or colon in it";
		return run_launched(o);
	}
	return tl_cli_fail(
		EXIT_FAILED,
		"the path of the preload object has a space or "
		"colon in it, which the loader cannot take; use "
		"--via seccomp, or name another one in " PRELOAD_ENV);
}

/* Become the program, with the preload object in it. */
static int run_preloaded(struct run_options *o)
{
	char *path = find_preload();
	int err;

	if (!path)
		return EXIT_FAILED;
	if (strpbrk(path, " :")) {
		free(path);
		return run_unloadable(o);
	}
	err = set_preload(path);
	free(path);
	if (err)
		return err;
	execvp(o->command[0], o->command);
	return cannot_exec(o->command[0], errno);
}

int tl_cmd_run(int argc TL_UNUSED, char **argv)
{
	struct run_options o = { .home = tl_cli_default_home() };
	int err;

	o.netns = tl_cli_netns_defaults(o.home);
	err = parse_options(&o, argv);
	if (err == EXIT_OK && o.via == VIA_NETNS)
		return tl_cli_run_netns(&o.netns, o.home, o.command);
	if (err == EXIT_OK)
		err = choose_via(&o);
	if (err == EXIT_OK)
		err = set_environment(&o);
	if (err == EXIT_OK)
		err = tl_cli_activate(&o.activate);
	if (err)
		return err;
	return o.via == VIA_SECCOMP ? run_launched(&o) : run_preloaded(&o);
}
