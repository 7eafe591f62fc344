/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ping.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "os/clock.h"

void tl_way_print(char *out, size_t size, const json_t *way)
{
	const char *what = tl_cli_str(way, "way", "");
	const char *at = tl_cli_str(way, "address", "");

	if (strcmp(what, "relayed") == 0)
		snprintf(out, size, "relayed by %s (%s)",
			 tl_cli_str(way, "via", "a root"), at);
	else if (strcmp(what, "tcp") == 0)
		snprintf(out, size, "TCP relay %s", at);
	else if (strcmp(what, "none") == 0)
		snprintf(out, size, "no way");
	else
		snprintf(out, size, "%s%s%s", what, *at ? " " : "", at);
}

void tl_ping_begin(struct ping_sum *sum, const struct ping_options *o,
		   const char *shown)
{
	sum->began_ms = tl_clock_ms();
	if (!o->cli->json)
		printf("PING %s\n", shown);
	fflush(stdout);
}

static void print_json(const char *from, int64_t seq, int64_t us,
		       const json_t *way)
{
	json_t *o = way ? json_deep_copy(way) : json_object();

	json_object_set_new(o, "from", json_string(from));
	json_object_set_new(o, "seq", json_integer(seq));
	if (us >= 0)
		json_object_set_new(o, "us", json_integer(us));
	else
		json_object_set_new(o, "lost", json_true());
	json_dumpf(o, stdout, JSON_COMPACT | JSON_SORT_KEYS);
	putchar('\n');
	json_decref(o);
}

void tl_ping_answered(struct ping_sum *sum, const struct ping_options *o,
		      const char *from, int64_t seq, int64_t us,
		      const json_t *way)
{
	char text[128];

	if (!sum->answered++ || us < sum->min_us)
		sum->min_us = us;
	sum->max_us = TL_MAX(sum->max_us, us);
	sum->total_us += (double)us;
	sum->total_square += (double)us * (double)us;
	tl_way_print(text, sizeof(text), way);
	if (o->cli->json)
		print_json(from, seq, us, way);
	else
		printf("from %s: seq=%lld time=%.3f ms%s%s\n", from,
		       (long long)seq, (double)us / 1000, *text ? " " : "",
		       text);
	fflush(stdout);
}

void tl_ping_lost(struct ping_sum *sum, const struct ping_options *o,
		  const char *from, int64_t seq)
{
	(void)sum;
	if (o->cli->json)
		print_json(from, seq, -1, NULL);
	else
		printf("from %s: seq=%lld no answer\n", from, (long long)seq);
	fflush(stdout);
}

static void sum_json(const struct ping_sum *sum, double mean, double spread)
{
	json_t *o = json_object();

	json_object_set_new(o, "sent", json_integer(sum->sent));
	json_object_set_new(o, "answered", json_integer(sum->answered));
	if (sum->answered) {
		json_object_set_new(o, "minUs", json_integer(sum->min_us));
		json_object_set_new(o, "meanUs", json_real(mean));
		json_object_set_new(o, "maxUs", json_integer(sum->max_us));
		json_object_set_new(o, "deviationUs", json_real(spread));
	}
	json_dumpf(o, stdout,
		   JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(9));
	putchar('\n');
	json_decref(o);
}

int tl_ping_end(const struct ping_sum *sum, const struct ping_options *o,
		const char *shown)
{
	double n = (double)TL_MAX(sum->answered, 1);
	double mean = sum->total_us / n;
	double spread = sqrt(fmax(sum->total_square / n - mean * mean, 0));
	double lost = sum->sent ? 100.0 * (double)(sum->sent - sum->answered) /
					  (double)sum->sent
				: 0;

	if (o->cli->json) {
		sum_json(sum, mean, spread);
	} else {
		printf("\n--- %s ping statistics ---\n"
		       "%lld packets transmitted, %lld received, %.3g%% packet "
		       "loss, time %lldms\n",
		       shown, (long long)sum->sent, (long long)sum->answered,
		       lost, (long long)(tl_clock_ms() - sum->began_ms));
		if (sum->answered)
			printf("rtt min/avg/max/mdev = "
			       "%.3f/%.3f/%.3f/%.3f ms\n",
			       (double)sum->min_us / 1000, mean / 1000,
			       (double)sum->max_us / 1000, spread / 1000);
	}
	return sum->answered ? EXIT_OK : EXIT_FAILED;
}
