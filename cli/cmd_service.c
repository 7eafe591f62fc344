/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_service.c - `tapless service`: a node in the foreground
 *
 * The process that was started becomes the keeper, which starts the same
 * program once more as its worker; see doc/keeper.md. Everything that is not
 * about processes and signals is the worker's, service_worker.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/cmd.h"
#include "cli/program.h"
#include "cli/service_options.h"
#include "cli/service_worker.h"
#include "keeper/keeper.h"
#include "os/file.h"
#include "os/logsink.h"

/* Of the keeper's own: see keeper/main.c. */
#define KEEPER_ARGS 4

static bool is_running(const char *path)
{
	struct stat here;
	struct stat there;

	return stat("/proc/self/exe", &here) == 0 && stat(path, &there) == 0 &&
	       here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

static int read_exe(char out[FILE_PATH_SIZE])
{
	ssize_t n = readlink("/proc/self/exe", out, FILE_PATH_SIZE - 1);

	if (n < 0)
		return -errno;
	out[n] = 0;
	return 0;
}

/* By what name we were started, absolute: what lies there later is the next
 * version. The name is not followed to the file, it may be a link that is
 * changed. */
static int find_self(char out[FILE_PATH_SIZE])
{
	char found[PROGRAM_PATH_SIZE];
	char dir[FILE_PATH_SIZE];

	if (tl_program_find(found, program_invocation_name) != PROGRAM_OK ||
	    !is_running(found))
		return read_exe(out);
	if (found[0] != '/')
		return getcwd(dir, sizeof(dir)) ? tl_path_join(out, dir, found)
						: -errno;
	memcpy(out, found, strlen(found) + 1);
	return 0;
}

/* What the worker is called with, behind what the keeper's program is. */
static char **make_args(int argc, char **argv)
{
	char **args =
		tl_alloc_array((size_t)argc + KEEPER_ARGS + 3, sizeof(*args));
	char **own;
	int i;

	if (!args)
		return NULL;
	own = args + KEEPER_ARGS;
	own[0] = program_invocation_name;
	own[1] = argv[0];
	own[KEEPER_LINE_AT] = argv[0]; /* gives way */
	for (i = 1; i < argc; i++)
		own[i + KEEPER_LINE_AT] = argv[i];
	return args;
}

/* Become the small program that does nothing else, if it is installed with this
 * one; returns if not. */
static void become_keeper(char **args, const struct keeper_options *o,
			  enum log_level level)
{
	static const char *const places[] = {
		"tapless-keeper", "../libexec/tapless/tapless-keeper"
	};
	char keeper[FILE_PATH_SIZE];
	char dir[FILE_PATH_SIZE];
	char numbers[2][16];
	size_t i;

	if (read_exe(dir) || !strrchr(dir, '/') ||
	    fcntl(o->program, F_SETFD, 0))
		return;
	*strrchr(dir, '/') = 0;
	snprintf(numbers[0], sizeof(numbers[0]), "%d", (int)level);
	snprintf(numbers[1], sizeof(numbers[1]), "%d", o->program);
	args[1] = numbers[0];
	args[2] = numbers[1];
	for (i = 0; i < TL_ARRAY_SIZE(places); i++) {
		if (tl_path_join(keeper, dir, places[i]))
			continue;
		args[0] = keeper;
		execv(keeper, args);
	}
	(void)fcntl(o->program, F_SETFD, FD_CLOEXEC);
}

/* What main() put in the place of standard descriptors that we were started
 * without is for the keeper and its workers, too. */
static void pass_on_standard_files(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		(void)fcntl(fd, F_SETFD, 0);
}

/* "service ARGS" becomes "tapless service --worker=N ARGS" in a child. */
static int run_keeper(int argc, char **argv, enum log_level level)
{
	static char path[FILE_PATH_SIZE];
	struct keeper_options o = { .line_at = KEEPER_LINE_AT };
	char **args = make_args(argc, argv);
	int status;

	if (!args)
		return tl_cli_fail(EXIT_FAILED, "out of memory");
	o.program = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	if (o.program < 0) {
		tl_free(args);
		return tl_cli_fail(EXIT_FAILED,
				   "cannot open /proc/self/exe: %s; mount "
				   "/proc, or give --no-keeper",
				   strerror(errno));
	}
	if (find_self(path) == 0)
		o.path = path;
	args[3] = path;
	pass_on_standard_files();
	become_keeper(args, &o, level);
	o.argv = args + KEEPER_ARGS;
	status = tl_keeper_run(&o);
	tl_free(args);
	return status;
}

int tl_cmd_service(int argc, char **argv)
{
	struct service_args a;
	int status = tl_service_args(&a, argc, argv);

	if (status)
		return status;
	tl_log_set_sink(tl_logsink_stderr, NULL, a.level);
	if (a.worker < 0 && !a.no_keeper)
		return run_keeper(argc, argv, a.level);
	return tl_cli_work(&a);
}
