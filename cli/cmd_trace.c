/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_trace.c - which way packets to a node take, and why */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/ping.h"

/* "12.3 s ago", "never" without the key. */
static const char *age(char out[32], const json_t *o, const char *key)
{
	int64_t ms = tl_cli_int(o, key, -1);

	if (ms < 0)
		snprintf(out, 32, "never");
	else if (ms < 100000)
		snprintf(out, 32, "%.1f s ago", (double)ms / 1000);
	else
		snprintf(out, 32, "%lld min ago", (long long)(ms / 60000));
	return out;
}

static const char *latency(char out[32], const json_t *o)
{
	int64_t ms = tl_cli_int(o, "latency", -1);

	if (ms < 0)
		snprintf(out, 32, "latency unknown");
	else
		snprintf(out, 32, "%lld ms", (long long)ms);
	return out;
}

static void print_list(const char *what, const json_t *list)
{
	size_t n = json_array_size(list);
	size_t i;

	printf("  %s:", what);
	for (i = 0; i < n; i++)
		printf(" %s", json_string_value(json_array_get(list, i)));
	puts(n ? "" : " none");
}

static void print_path(const json_t *path)
{
	char heard[32];
	char sent[32];
	char ms[32];

	printf("  %c %s from %s: %s, %s, score %lld, heard %s, sent %s",
	       tl_cli_bool(path, "used") ? '*' : ' ',
	       tl_cli_str(path, "address", "-"),
	       tl_cli_str(path, "from", "a closed socket"),
	       tl_cli_str(path, "state", "-"), latency(ms, path),
	       (long long)tl_cli_int(path, "score", 0),
	       age(heard, path, "receivedFromPeer"), age(sent, path, "sent"));
	if (tl_cli_int(path, "probes", 0))
		printf(", %lld probes unanswered, the last %s",
		       (long long)tl_cli_int(path, "probes", 0),
		       age(sent, path, "probed"));
	putchar('\n');
}

static void print_paths(const json_t *peer)
{
	const json_t *paths = json_object_get(peer, "paths");
	size_t i;

	if (!json_array_size(paths))
		puts("  none is known");
	for (i = 0; i < json_array_size(paths); i++)
		print_path(json_array_get(paths, i));
}

static void print_attempt(const json_t *t)
{
	const char *because = tl_cli_str(t, "because", "");
	const char *who = strcmp(because, "pushed") == 0 ? "the peer told it"
			  : strcmp(because, "introduced") == 0
				  ? "a root told it"
				  : "its packets come from there";
	char text[32];

	printf("  %s: %s, tried %lld times, last %s, ",
	       tl_cli_str(t, "address", "-"), who,
	       (long long)tl_cli_int(t, "times", 0), age(text, t, "last"));
	if (json_object_get(t, "answered"))
		printf("answered %s\n", age(text, t, "answered"));
	else
		puts("no answer");
}

static void print_attempts(const json_t *peer)
{
	const json_t *tried = json_object_get(peer, "tried");
	char text[32];
	size_t i;

	puts("tried:");
	if (!json_array_size(tried))
		puts("  no other address of it was heard of");
	for (i = 0; i < json_array_size(tried); i++)
		print_attempt(json_array_get(tried, i));
	printf("  our addresses were sent to it: %s\n",
	       age(text, peer, "pushSent"));
	printf("  its addresses came: %s\n", age(text, peer, "pushReceived"));
	printf("  a root introduced us: %s (%lld times)\n",
	       age(text, peer, "introduced"),
	       (long long)tl_cli_int(peer, "introductions", 0));
}

static void print_root(const json_t *root)
{
	const json_t *way = json_object_get(root, "way");
	char text[128];
	char heard[32];
	char ms[32];

	tl_way_print(text, sizeof(text), way);
	printf("  %c %s: %s, %s, heard %s\n",
	       tl_cli_bool(root, "best") ? '*' : ' ',
	       tl_cli_str(root, "node", "-"), text, latency(ms, root),
	       age(heard, root, "received"));
}

static void print_self(const json_t *o)
{
	const json_t *roots = json_object_get(o, "roots");
	size_t i;

	puts("roots:");
	for (i = 0; i < json_array_size(roots); i++)
		print_root(json_array_get(roots, i));
	if (!json_array_size(roots))
		puts("  none but this node itself");
	printf("this node: %s, %s\n", tl_cli_str(o, "self", "-"),
	       tl_cli_bool(o, "online") ? "online" : "offline");
	print_list("sockets", json_object_get(o, "sockets"));
	print_list("as others see us", json_object_get(o, "external"));
}

static void print_peer(const json_t *peer)
{
	char text[128];
	char heard[32];

	printf(", %s, heard %s\n",
	       strcmp(tl_cli_str(peer, "role", ""), "PLANET") == 0
		       ? "a root"
		       : "a node like others",
	       age(heard, peer, "received"));
	tl_way_print(text, sizeof(text), json_object_get(peer, "way"));
	printf("way: %s\n", text);
	if (json_object_get(peer, "why"))
		printf("why: %s: %s\n", tl_cli_str(peer, "link", "-"),
		       tl_cli_str(peer, "why", ""));
	puts("paths:");
	print_paths(peer);
	print_attempts(peer);
}

static void print_all(const json_t *o)
{
	const json_t *peer = json_object_get(o, "peer");

	printf("node %s", tl_cli_str(o, "node", "-"));
	if (json_object_get(o, "virtual"))
		printf(", which has %s", tl_cli_str(o, "virtual", "-"));
	if (peer)
		print_peer(peer);
	else
		puts(": not known here; ping it, so that a root is asked who "
		     "it is");
	print_self(o);
}

static void print_report(const json_t *o)
{
	time_t s = (time_t)(tl_cli_int(o, "time", 0) / 1000);
	char when[32] = "";
	struct tm tm;

	if (localtime_r(&s, &tm))
		strftime(when, sizeof(when), "%F %T", &tm);
	printf("%s %s %s: %s\n", when, tl_cli_str(o, "node", "-"),
	       tl_cli_str(o, "what", "-"), tl_cli_str(o, "text", ""));
}

/* What others report to this node as an observer. */
static int print_reports(const struct cli *cli)
{
	struct api_answer a;
	size_t i;
	int err = tl_cli_look(&a, cli, "/tapless/reports");

	if (err)
		return err;
	if (cli->json)
		tl_cli_print_json(a.json);
	for (i = 0; !cli->json && i < json_array_size(a.json); i++)
		print_report(json_array_get(a.json, i));
	tl_cli_answer_free(&a);
	return EXIT_OK;
}

int tl_cmd_trace(const struct cli *cli, int argc, char **argv)
{
	struct api_answer a;
	char path[160];
	int err;

	if (argc == 2 && strcmp(argv[1], "--reports") == 0)
		return print_reports(cli);

	if (argc != 2 || argv[1][0] == '-')
		return tl_cli_fail(EXIT_USAGE,
				   "trace wants one argument: a node or a "
				   "virtual address");
	if (!argv[1][0] || strlen(argv[1]) > 64 ||
	    argv[1][strspn(argv[1], "0123456789abcdefABCDEF:.")])
		return tl_cli_fail(EXIT_USAGE,
				   "trace: %.64s is neither a node's ten "
				   "digits nor an IP address",
				   argv[1]);
	snprintf(path, sizeof(path), "/tapless/trace/%s", argv[1]);
	err = tl_cli_look(&a, cli, path);
	if (err)
		return err;
	if (cli->json)
		tl_cli_print_json(a.json);
	else
		print_all(a.json);
	tl_cli_answer_free(&a);
	return EXIT_OK;
}
