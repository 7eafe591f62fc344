/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_service.c - `tapless service`: a node in the foreground
 *
 * The process that was started becomes the keeper, which starts the same
 * program once more as its worker; see doc/keeper.md. Everything that is not
 * about processes and signals is the worker's, service_worker.c.
 */
#include <errno.h>
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

/* "service ARGS" becomes "tapless service --worker=N ARGS". */
static int run_keeper(int argc, char **argv)
{
	static char path[FILE_PATH_SIZE];
	struct keeper_options o = { .path = path, .line_at = 2 };
	int status;
	int i;

	if (find_self(path))
		o.path = NULL;
	o.argv = tl_alloc_array((size_t)argc + 3, sizeof(*o.argv));
	if (!o.argv)
		return tl_cli_fail(EXIT_FAILED, "out of memory");
	o.argv[0] = program_invocation_name;
	o.argv[1] = argv[0];
	for (i = 1; i < argc; i++)
		o.argv[i + 2] = argv[i];
	status = tl_keeper_run(&o);
	tl_free(o.argv);
	return status;
}

int tl_cmd_service(int argc, char **argv)
{
	struct service_args a;
	int status = tl_service_args(&a, argc, argv);

	if (status)
		return status;
	if (a.wants_help) {
		fputs(tl_service_help, stdout);
		return tl_cli_finish(EXIT_OK);
	}
	tl_log_set_sink(tl_logsink_stderr, NULL, a.level);
	if (a.worker < 0 && !a.no_keeper)
		return run_keeper(argc, argv);
	return tl_cli_work(&a);
}
