/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_dump.c - what a bug report needs, in one file */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/cmd.h"
#include "os/file.h"
#include "os/ifaddrs.h"
#include "wire/endpoint.h"

#define DUMP_FILE "zerotier_dump.txt"
#define CONFIG_MAX (1024 * 1024)
#define ADDRESSES_MAX 1024

static void put_platform(FILE *out)
{
	struct utsname u;

	fprintf(out, "tapless %d.%d.%d\n", TL_VERSION_MAJOR, TL_VERSION_MINOR,
		TL_VERSION_PATCH);
	if (uname(&u) == 0)
		fprintf(out, "%s %s %s\n", u.sysname, u.release, u.machine);
}

static int put_answer(FILE *out, const struct cli *cli, const char *path)
{
	struct api_answer a;
	int err = tl_cli_call(&a, cli, "GET", path, NULL);

	if (err)
		return err;
	fprintf(out, "\n%s\n", path);
	if (a.json && json_dumpf(a.json, out, JSON_INDENT(1)) == 0)
		fputc('\n', out);
	tl_cli_answer_free(&a);
	return EXIT_OK;
}

static void put_config(FILE *out, const struct cli *cli)
{
	char path[FILE_PATH_SIZE];
	struct buffer b;

	if (tl_path_join(path, cli->home, "local.conf") != 0 ||
	    tl_file_read(&b, path, CONFIG_MAX) != 0)
		return;
	fprintf(out, "\nlocal.conf\n");
	fwrite(b.at, 1, b.n, out);
	fputc('\n', out);
	tl_free(b.at);
}

static void put_interfaces(FILE *out)
{
	static struct local_addr all[ADDRESSES_MAX];
	char text[ENDPOINT_TEXT_SIZE];
	size_t n;
	size_t i;

	if (tl_ifaddrs_list(all, &n, ADDRESSES_MAX, NULL) != 0)
		return;
	fprintf(out, "\ninterfaces\n");
	for (i = 0; i < n; i++) {
		struct endpoint e = { .family = all[i].addr.family,
				      .port = all[i].bits };

		memcpy(e.ip, all[i].addr.ip, sizeof(e.ip));
		fprintf(out, "%s %s\n", all[i].device,
			tl_endpoint_print(text, &e));
	}
}

static int put_all(FILE *out, const struct cli *cli)
{
	static const char *const paths[] = { "/status", "/network", "/peer" };
	size_t i;
	int err;

	put_platform(out);
	for (i = 0; i < TL_ARRAY_SIZE(paths); i++) {
		err = put_answer(out, cli, paths[i]);
		if (err)
			return err;
	}
	put_config(out, cli);
	put_interfaces(out);
	return EXIT_OK;
}

int tl_cmd_dump(const struct cli *cli, int argc, char **argv TL_UNUSED)
{
	char dir[PATH_MAX];
	char *text = NULL;
	size_t n = 0;
	FILE *out;
	int err;

	if (argc != 1)
		return tl_cli_fail(EXIT_USAGE, "dump takes no arguments");
	if (!getcwd(dir, sizeof(dir)))
		return tl_cli_fail(EXIT_FAILED,
				   "cannot find the current directory: %s",
				   strerror(errno));
	out = open_memstream(&text, &n);
	if (!out)
		return tl_cli_fail(EXIT_FAILED, "out of memory");
	err = put_all(out, cli);
	fclose(out);
	if (err == EXIT_OK) {
		printf("Writing dump to: %s/" DUMP_FILE "\n", dir);
		err = tl_file_write(DUMP_FILE, tl_bytes(text, n), 0644);
		if (err)
			err = tl_cli_fail(EXIT_FAILED,
					  "cannot write " DUMP_FILE
					  ": %s; change to a folder you may "
					  "write to",
					  strerror(-err));
	}
	tl_free(text);
	return err;
}
