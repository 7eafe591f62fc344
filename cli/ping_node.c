/* SPDX-License-Identifier: Apache-2.0 */
/* ping_node.c - round trips to a node: the service sends, we print */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/http_client.h"
#include "cli/ping.h"
#include "cli/stop.h"

#define FOREVER 1000000000 /* 31 years at one a second */

static void take_line(struct ping_sum *sum, const struct ping_options *o,
		      const char *line)
{
	json_t *way = json_loads(line, 0, NULL);
	int64_t seq = tl_cli_int(way, "seq", 0);
	int64_t us = tl_cli_int(way, "us", 0);

	sum->sent = TL_MAX(sum->sent, seq);
	if (tl_cli_bool(way, "lost"))
		tl_ping_lost(sum, o, o->target, seq);
	else
		tl_ping_answered(sum, o, o->target, seq, us, way);
	json_decref(way);
}

static int follow(struct ping_sum *sum, const struct ping_options *o,
		  struct http_feed *feed)
{
	char *line;
	int r;

	do {
		while ((line = tl_http_feed_line(feed))) {
			take_line(sum, o, line);
			tl_http_feed_skip(feed, strlen(line) + 1);
		}
		r = tl_http_feed_read(feed, -1);
	} while (r > 0);
	return r;
}

int tl_ping_node(const struct ping_options *o)
{
	struct ping_sum sum = { 0 };
	struct http_feed feed;
	char path[160];
	int r;

	snprintf(path, sizeof(path),
		 "/tapless/ping/%s?count=%lld&interval=%lld&timeout=%d",
		 o->target, (long long)(o->count ? o->count : FOREVER),
		 (long long)o->interval_ms, PING_TIMEOUT_MS);
	tl_stop_catch();
	r = tl_cli_feed(&feed, o->cli, path);
	if (r)
		return EXIT_USAGE;
	tl_ping_begin(&sum, o, o->target);
	r = follow(&sum, o, &feed);
	tl_http_feed_close(&feed);
	if (!tl_stop_wanted() && (r < 0 || sum.sent < o->count || !o->count))
		return tl_cli_fail(EXIT_USAGE, "ping: the service has ended");
	return tl_ping_end(&sum, o, o->target);
}
