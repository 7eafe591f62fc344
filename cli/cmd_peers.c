/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_peers.c - listpeers, for scripts, and peers, for people */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "os/clock.h"

/* The path in use, NULL if there is none. */
static const json_t *preferred_path(const json_t *peer)
{
	const json_t *paths = json_object_get(peer, "paths");
	const json_t *path;
	size_t i;

	for (i = 0; i < json_array_size(paths); i++) {
		path = json_array_get(paths, i);
		if (tl_cli_bool(path, "preferred"))
			return path;
	}
	return NULL;
}

/* Milliseconds since then, -1 for never. */
static long long since(const json_t *path, const char *key, int64_t now_ms)
{
	int64_t then = tl_cli_int(path, key, 0);

	if (then <= 0)
		return -1;
	return (long long)(now_ms > then ? now_ms - then : 0);
}

static const char *version(const json_t *peer)
{
	const char *v = tl_cli_str(peer, "version", "-");

	return tl_cli_int(peer, "versionMajor", -1) < 0 ? "-" : v;
}

static void print_line(const json_t *peer, int64_t now_ms)
{
	const json_t *path = preferred_path(peer);

	printf("200 listpeers %s ", tl_cli_str(peer, "address", "-"));
	if (path)
		printf("%s;%lld;%lld", tl_cli_str(path, "address", "-"),
		       since(path, "lastSend", now_ms),
		       since(path, "lastReceive", now_ms));
	else
		putchar('-');
	printf(" %lld %s %s\n", (long long)tl_cli_int(peer, "latency", -1),
	       version(peer), tl_cli_str(peer, "role", "LEAF"));
}

static void print_row(const json_t *peer, int64_t now_ms)
{
	const json_t *path = preferred_path(peer);
	const char *why = tl_cli_str(peer, "why", "");

	printf("%s %-6s %-6s %5lld ", tl_cli_str(peer, "address", "-"),
	       version(peer), tl_cli_str(peer, "role", "LEAF"),
	       (long long)tl_cli_int(peer, "latency", -1));
	if (!path) {
		printf("RELAY%s%s\n", *why ? "    " : "", why);
		return;
	}
	printf("%s %-8lld %-8lld %s%s\n",
	       tl_cli_bool(peer, "tunneled") ? "RELAY   " : "DIRECT  ",
	       since(path, "lastSend", now_ms),
	       since(path, "lastReceive", now_ms),
	       tl_cli_str(path, "address", "-"),
	       tl_cli_bool(path, "tcpRelay") ? " by TCP relay" : "");
}

static int list(const struct cli *cli, int argc, const char *header,
		void (*print)(const json_t *peer, int64_t now_ms))
{
	int64_t now_ms = tl_clock_wall_ms();
	bool tunneled = false;
	struct api_answer a;
	size_t i;
	int err;

	if (argc != 1)
		return tl_cli_fail(EXIT_USAGE, "%s takes no arguments",
				   cli->name);
	err = tl_cli_get(&a, cli, "/peer", JSON_ARRAY);
	if (err)
		return err;
	if (cli->json) {
		tl_cli_print_json(a.json);
	} else {
		fputs(header, stdout);
		for (i = 0; i < json_array_size(a.json); i++) {
			const json_t *peer = json_array_get(a.json, i);

			print(peer, now_ms);
			tunneled |= tl_cli_bool(peer, "tunneled");
		}
		if (tunneled && print == print_row)
			puts("NOTE: a TCP relay is in use; UDP would be "
			     "faster: is it blocked?");
	}
	tl_cli_answer_free(&a);
	return EXIT_OK;
}

int tl_cmd_listpeers(const struct cli *cli, int argc, char **argv TL_UNUSED)
{
	return list(cli, argc,
		    "200 listpeers <ztaddr> <path> <latency> <version> "
		    "<role>\n",
		    print_line);
}

int tl_cmd_peers(const struct cli *cli, int argc, char **argv TL_UNUSED)
{
	return list(cli, argc,
		    "200 peers\n<ztaddr>   <ver>  <role> <lat> <link>   "
		    "<lastTX> <lastRX> <path>\n",
		    print_row);
}
