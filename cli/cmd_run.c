/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_run.c - start a program that finds the virtual networks
 *
 * Obtains a session token from the running service, hands it to the program in
 * its environment together with the preload object, and becomes the program. A
 * program that the preload object cannot be attached to is refused: it would
 * run, but on the host's network.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/program.h"
#include "cli/run_rules.h"
#include "cli/use_service.h"
#include "sdk/client/endpoint.h"

#define PRELOAD_NAME "libtapless-preload.so"
#define PRELOAD_ENV "TAPLESS_PRELOAD"

/* Where an installation may have put it, seen from the program's folder. */
static const char *const preload_dirs[] = {
	"../lib",
	"../lib64",
	"../lib/tapless",
	"../lib/x86_64-linux-gnu",
	"../lib/aarch64-linux-gnu",
	".",
};

struct run_options {
	const char *home;
	const char *listen;
	struct run_rules rules;
	bool isolate;
	char **command;
};

static int usage(const char *why, const char *what)
{
	return tl_cli_fail(EXIT_USAGE, "%s%s; see tapless run --help", why,
			   what);
}

/* --host and its like, as one word or as two; moves @argvp to the last one. -1:
 * it is another option. */
static int parse_rule(struct run_options *o, char ***argvp)
{
	const char *a = **argvp;
	const char *equals = strchr(a, '=');
	const char *value = equals ? equals + 1 : (*argvp)[1];
	char name[16] = "";
	int err;

	memcpy(name, a,
	       TL_MIN(equals ? (size_t)(equals - a) : strlen(a),
		      sizeof(name) - 1));
	err = tl_cli_rule(&o->rules, name, value);
	if (err == EXIT_OK && !equals)
		(*argvp)++;
	return err;
}

static int parse_options(struct run_options *o, char **argv)
{
	enum listen_sides sides = LISTEN_VIRTUAL;
	int err;

	for (argv++; *argv && **argv == '-'; argv++) {
		const char *a = *argv;

		if (strcmp(a, "--") == 0) {
			argv++;
			break;
		}
		if (strcmp(a, "--isolate") == 0) {
			o->isolate = true;
		} else if (strncmp(a, "--listen=", 9) == 0) {
			o->listen = a + 9;
		} else if (strcmp(a, "--listen") == 0) {
			if (!argv[1])
				return usage("a side must follow ", a);
			o->listen = *++argv;
		} else if (strncmp(a, "--home=", 7) == 0) {
			o->home = a + 7;
		} else if (strncmp(a, "-D", 2) == 0 && a[2]) {
			o->home = a + 2;
		} else if (strcmp(a, "-D") == 0 || strcmp(a, "--home") == 0) {
			if (!argv[1])
				return usage("a folder must follow ", a);
			o->home = *++argv;
		} else {
			err = parse_rule(o, &argv);
			if (err < 0)
				return usage("unknown option ", a);
			if (err)
				return err;
		}
	}
	o->command = argv;
	if (o->listen && !tl_listen_sides_parse(&sides, o->listen))
		return usage("listen on virtual, host or both, not on ",
			     o->listen);
	if (o->isolate && o->listen && sides != LISTEN_VIRTUAL)
		return usage("a program cannot be isolated from the host and "
			     "listen there: --isolate --listen=",
			     o->listen);
	if (o->isolate && o->rules.has_host)
		return usage("a program cannot be isolated from the host and "
			     "have destinations there: --isolate --host",
			     "");
	return *argv ? EXIT_OK : usage("no command given", "");
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
static int set_preload(void)
{
	const char *before = getenv("LD_PRELOAD");
	char *path = find_preload();
	char *all = NULL;
	int err;

	if (!path)
		return EXIT_FAILED;
	if (strpbrk(path, " :")) {
		free(path);
		return tl_cli_fail(EXIT_FAILED,
				   "the path of the preload object has a space "
				   "or colon in it, which the loader cannot "
				   "take; name another one in " PRELOAD_ENV);
	}
	if (before && *before)
		err = asprintf(&all, "%s:%s", path, before);
	else
		err = asprintf(&all, "%s", path);
	if (err >= 0)
		err = setenv("LD_PRELOAD", all, 1);
	free(all);
	free(path);
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
	    set_or_unset(RPC_ENV_RULES, o->rules.n ? o->rules.text : NULL) != 0)
		return tl_cli_fail(EXIT_FAILED, "out of memory");
	return set_preload();
}

/* EXIT_OK if the program can be run so that it is on the virtual networks. */
static int check_program(const char *command)
{
	char path[PROGRAM_PATH_SIZE];
	enum program_kind kind = tl_program_find(path, command);
	const char *why;

	if (kind == PROGRAM_OK)
		kind = tl_program_check(path);
	switch (kind) {
	case PROGRAM_OK:
		return EXIT_OK;
	case PROGRAM_NOT_FOUND:
		return tl_cli_fail(EXIT_NOT_FOUND, "%s: command not found",
				   command);
	case PROGRAM_STATIC:
		why = "is linked statically, so nothing can be attached to it; "
		      "use a dynamically linked build";
		break;
	case PROGRAM_FOREIGN:
		why = "is made for another machine or word size than this "
		      "program; use a build for the same";
		break;
	case PROGRAM_SETUID:
		why = "is setuid or setgid, so the loader attaches nothing to "
		      "it; use a copy without that bit, or run this as its "
		      "owner";
		break;
	case PROGRAM_CAPABILITIES:
		why = "has file capabilities, so the loader attaches nothing "
		      "to it; use a copy without them, or run this as root";
		break;
	default:
		why = "is no program that you may execute; check its "
		      "permissions";
		break;
	}
	return tl_cli_fail(EXIT_NOT_EXECUTABLE, "%s %s", command, why);
}

int tl_cmd_run(int argc TL_UNUSED, char **argv)
{
	struct run_options o = { .home = tl_cli_default_home() };
	int err = parse_options(&o, argv);

	if (err == EXIT_OK)
		err = check_program(o.command[0]);
	if (err == EXIT_OK)
		err = set_environment(&o);
	if (err)
		return err;
	execvp(o.command[0], o.command);
	err = errno;
	return tl_cli_fail(err == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE,
			   "cannot run %s: %s", o.command[0], strerror(err));
}
