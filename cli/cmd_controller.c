/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_controller.c - a controller's database: copied, to files and from files
 *
 * Works on the home folder itself. Copies can be made while the service runs;
 * what changes the database has the folder for itself.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/cmd.h"
#include "crypto/crypto.h"
#include "os/file.h"
#include "service/store_folder.h"
#include "service/store_sqlite.h"

#define IDENTITY_MAX 4096

static int say_usage(void)
{
	return tl_cli_fail(EXIT_USAGE,
			   "usage: tapless controller backup FILE | export DIR "
			   "| import DIR [--replace]");
}

static int find_database(char path[FILE_PATH_SIZE], const struct cli *cli)
{
	struct stat st;

	if (tl_path_join(path, cli->home, "controller.db"))
		return tl_cli_fail(EXIT_FAILED, "%s: the path is too long",
				   cli->home);
	if (stat(path, &st) == 0) {
		if (st.st_size > 0)
			return EXIT_OK;
	} else if (errno != ENOENT && errno != ENOTDIR) {
		return tl_cli_fail(EXIT_FAILED,
				   "cannot look into %s: %s; use the account "
				   "that runs the service",
				   cli->home, strerror(errno));
	}
	return tl_cli_fail(EXIT_FAILED,
			   "%s has no networks of a controller; name its "
			   "folder with -D",
			   cli->home);
}

static int cannot_open(const char *path, int err)
{
	return tl_cli_fail(EXIT_FAILED, "cannot open %s: %s", path,
			   err == -EINVAL
				   ? "it is no database of a controller, "
				     "or of a newer version"
				   : strerror(-err));
}

static int backup(const struct cli *cli, const char *to)
{
	char path[FILE_PATH_SIZE];
	int status = find_database(path, cli);
	int err;

	if (status)
		return status;
	err = tl_store_sqlite_backup(path, to);
	if (err == -EINVAL)
		return cannot_open(path, err);
	if (err)
		return tl_cli_fail(EXIT_FAILED, "cannot copy %s to %s: %s",
				   path, to, strerror(-err));
	printf("%s is a copy of %s\n", to, path);
	return EXIT_OK;
}

static int export_to(const struct cli *cli, const char *dir)
{
	char error[SERVICE_ERROR_SIZE];
	struct folder_counts counts = { 0 };
	char path[FILE_PATH_SIZE];
	int status = find_database(path, cli);
	struct store store;
	int err;

	if (status)
		return status;
	err = tl_store_sqlite_open(&store, path);
	if (err)
		return cannot_open(path, err);
	err = tl_store_folder_export(dir, &store, &counts, error);
	tl_store_sqlite_close(&store);
	if (err)
		return tl_cli_fail(EXIT_FAILED, "%s", error);
	printf("%zu networks and %zu members written to %s\n", counts.networks,
	       counts.members, dir);
	return EXIT_OK;
}

/* 0 if there is none, or it cannot be read. */
static struct address own_address(const char *home)
{
	char path[FILE_PATH_SIZE];
	struct address a = { 0 };
	struct buffer text;

	if (tl_path_join(path, home, "identity.public") ||
	    tl_file_read(&text, path, IDENTITY_MAX))
		return a;
	if (tl_address_parse(&a, tl_bytes_first(tl_buffer_bytes(text),
						ADDRESS_TEXT_SIZE - 1)))
		a.v = 0;
	tl_free(text.at);
	return a;
}

static int import_into(const char *path, const char *dir, bool replace,
		       struct folder_counts *counts)
{
	char error[SERVICE_ERROR_SIZE];
	struct store store;
	int err = tl_store_sqlite_open(&store, path);

	if (err)
		return cannot_open(path, err);
	err = tl_store_folder_import(dir, &store, replace, counts, error);
	if (err)
		tl_store_sqlite_abandon(&store);
	else
		tl_store_sqlite_close(&store);
	return err ? tl_cli_fail(EXIT_FAILED, "%s", error) : EXIT_OK;
}

static int import_from(const struct cli *cli, const char *dir, bool replace)
{
	struct folder_counts counts = { .own = own_address(cli->home) };
	char path[FILE_PATH_SIZE];
	pid_t owner = 0;
	int lock = -1;
	int status;
	int err;

	if (tl_path_join(path, cli->home, "controller.db"))
		return tl_cli_fail(EXIT_FAILED, "%s: the path is too long",
				   cli->home);
	err = tl_home_lock(&lock, &owner, cli->home, getpid());
	if (err == -EBUSY)
		return tl_cli_fail(EXIT_FAILED,
				   "%s is in use by process %d; stop the "
				   "service first",
				   cli->home, (int)owner);
	if (err)
		return tl_cli_fail(EXIT_FAILED,
				   "cannot use %s: %s; use the account that "
				   "runs the service",
				   cli->home, strerror(-err));
	status = import_into(path, dir, replace, &counts);
	tl_fd_close(&lock);
	if (status)
		return status;
	printf("%zu networks and %zu members read from %s\n", counts.networks,
	       counts.members, dir);
	if (counts.foreign)
		printf("%zu of the networks belong to another controller; they "
		       "are served with its identity.secret only\n",
		       counts.foreign);
	return EXIT_OK;
}

int tl_cmd_controller(const struct cli *cli, int argc, char **argv)
{
	bool replace = argc == 4 && strcmp(argv[3], "--replace") == 0;

	if (tl_crypto_init())
		return tl_cli_fail(EXIT_FAILED, "libsodium cannot be used on "
						"this machine");
	if (argc == 3 && strcmp(argv[1], "backup") == 0)
		return tl_cli_finish(backup(cli, argv[2]));
	if (argc == 3 && strcmp(argv[1], "export") == 0)
		return tl_cli_finish(export_to(cli, argv[2]));
	if ((argc == 3 || replace) && strcmp(argv[1], "import") == 0)
		return tl_cli_finish(import_from(cli, argv[2], replace));
	return say_usage();
}
