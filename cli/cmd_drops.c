/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_drops.c - what was not used, why, and what to do about it */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/cmd.h"
#include "cli/http_client.h"
#include "cli/stop.h"

struct drops_options {
	bool all;
	bool watch;
};

static void print_row(const json_t *row)
{
	printf("%10lld  %-20s %s\n%12s%s\n",
	       (long long)tl_cli_int(row, "count", 0),
	       tl_cli_str(row, "name", "-"), tl_cli_str(row, "text", "-"), "",
	       tl_cli_str(row, "advice", "-"));
}

static int list(const struct cli *cli, const struct drops_options *o)
{
	json_t *shown = json_array();
	struct api_answer a;
	const json_t *row;
	size_t i;
	int err = tl_cli_look(&a, cli, "/tapless/drops");

	if (err) {
		json_decref(shown);
		return err;
	}
	for (i = 0; (row = json_array_get(a.json, i)); i++) {
		if (o->all || tl_cli_int(row, "count", 0))
			json_array_append(shown, json_array_get(a.json, i));
	}
	if (cli->json)
		tl_cli_print_json(shown);
	else if (!json_array_size(shown))
		puts("nothing was dropped");
	for (i = 0; !cli->json && (row = json_array_get(shown, i)); i++)
		print_row(row);
	json_decref(shown);
	tl_cli_answer_free(&a);
	return EXIT_OK;
}

static void print_growth(const json_t *row)
{
	time_t at = (time_t)(tl_cli_int(row, "time", 0) / 1000);
	char text[32] = "-";
	struct tm tm;

	if (localtime_r(&at, &tm))
		strftime(text, sizeof(text), "%H:%M:%S", &tm);
	printf("%s %s +%lld = %lld: %s\n", text, tl_cli_str(row, "name", "-"),
	       (long long)tl_cli_int(row, "grown", 0),
	       (long long)tl_cli_int(row, "count", 0),
	       tl_cli_str(row, "text", "-"));
}

static void print_lines(const struct cli *cli, struct http_feed *feed)
{
	char *line;

	while ((line = tl_http_feed_line(feed))) {
		json_t *row = json_loads(line, 0, NULL);

		if (cli->json)
			puts(line);
		else
			print_growth(row);
		json_decref(row);
		tl_http_feed_skip(feed, strlen(line) + 1);
	}
	fflush(stdout);
}

static int watch(const struct cli *cli)
{
	struct http_feed feed;
	int err = tl_cli_feed(&feed, cli, "/tapless/drops?watch=1");
	int r;

	if (err)
		return err;
	tl_stop_catch();
	do {
		print_lines(cli, &feed);
		r = tl_http_feed_read(&feed, -1);
	} while (r > 0 && !ferror(stdout));
	tl_http_feed_close(&feed);
	if (tl_stop_wanted() || ferror(stdout))
		return EXIT_OK;
	return tl_cli_fail(EXIT_FAILED, "drops: the service has ended");
}

int tl_cmd_drops(const struct cli *cli, int argc TL_UNUSED, char **argv)
{
	struct drops_options o = { 0 };

	for (argv++; *argv; argv++) {
		if (strcmp(*argv, "-a") == 0 || strcmp(*argv, "--all") == 0)
			o.all = true;
		else if (strcmp(*argv, "--watch") == 0)
			o.watch = true;
		else
			return tl_cli_fail(EXIT_USAGE,
					   "drops does not know %s; see "
					   "tapless drops --help",
					   *argv);
	}
	return o.watch ? watch(cli) : list(cli, &o);
}
