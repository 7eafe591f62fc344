/* SPDX-License-Identifier: Apache-2.0 */
/* call.c - find the running service's API, ask it, say what went wrong */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/cmd.h"
#include "cli/http_client.h"
#include "os/file.h"

#define PORT_FILE "zerotier-one.port"
#define TOKEN_FILE "authtoken.secret"
#define USER_TOKEN_FILE ".zeroTierOneAuthToken"
#define SMALL_FILE_MAX 4096

/* The content of a small file without white space around; NULL with errno. */
static char *read_word(const char *dir, const char *name)
{
	char path[FILE_PATH_SIZE];
	struct buffer b;
	char *start;
	size_t n;
	int err = tl_path_join(path, dir, name);

	if (err == 0)
		err = tl_file_read(&b, path, SMALL_FILE_MAX);
	if (err) {
		errno = -err;
		return NULL;
	}
	start = (char *)b.at;
	start += strspn(start, " \t\r\n");
	n = strlen(start);
	while (n && strchr(" \t\r\n", start[n - 1]))
		n--;
	memmove(b.at, start, n);
	b.at[n] = 0;
	return (char *)b.at;
}

static int find_port(uint16_t *out, const struct cli *cli)
{
	unsigned long long port;
	char *text;
	char *end;

	if (cli->port) {
		*out = cli->port;
		return EXIT_OK;
	}
	text = read_word(cli->home, PORT_FILE);
	if (!text)
		return tl_cli_fail(EXIT_USAGE,
				   "cannot read the port from %s/" PORT_FILE
				   ": %s; is the service running? (see -D, -p)",
				   cli->home, strerror(errno));
	port = strtoull(text, &end, 10);
	if (*end || end == text || port == 0 || port > 65535) {
		tl_free(text);
		return tl_cli_fail(EXIT_USAGE,
				   "%s/" PORT_FILE " holds no port; give it "
				   "with -p",
				   cli->home);
	}
	tl_free(text);
	*out = (uint16_t)port;
	return EXIT_OK;
}

static int find_token(char **out, const struct cli *cli)
{
	const char *user = getenv("HOME");
	char *token = NULL;
	int err;

	if (cli->token) {
		token = tl_strdup(cli->token);
	} else {
		token = read_word(cli->home, TOKEN_FILE);
		err = errno;
		if (!token && user)
			token = read_word(user, USER_TOKEN_FILE);
		if (!token)
			return tl_cli_fail(
				EXIT_USAGE,
				"cannot read the token from %s/" TOKEN_FILE
				": %s; use the account that runs the service, "
				"or -T",
				cli->home, strerror(err));
	}
	if (!token)
		return tl_cli_fail(EXIT_FAILED, "out of memory");
	*out = token;
	return EXIT_OK;
}

static int say_unreachable(const struct cli *cli, uint16_t port, int err)
{
	if (err == -EINVAL)
		return tl_cli_fail(EXIT_USAGE,
				   "address, path or token is malformed");
	if (err == -EBADMSG)
		return tl_cli_fail(EXIT_FAILED,
				   "what answers at %s port %u is not the "
				   "service; check -p",
				   cli->host, port);
	return tl_cli_fail(EXIT_FAILED,
			   "Error connecting to the ZeroTier service: %s port "
			   "%u: %s; check that the service is running",
			   cli->host, port, strerror(-err));
}

int tl_cli_feed(struct http_feed *out, const struct cli *cli, const char *path)
{
	struct http_query q = { .ip = cli->host,
				.method = "GET",
				.path = path };
	char *token = NULL;
	int err = find_port(&q.port, cli);

	if (!err)
		err = find_token(&token, cli);
	if (err)
		return err;
	q.token = token;
	err = tl_http_feed_open(out, &q);
	tl_wipe(token, strlen(token));
	tl_free(token);
	if (err)
		return say_unreachable(cli, q.port, err);
	if (out->status == 200)
		return EXIT_OK;
	while (tl_http_feed_read(out, 1000) > 0)
		;
	err = tl_cli_say_refused(cli, out->status, tl_buffer_bytes(out->got));
	tl_http_feed_close(out);
	return err;
}

int tl_cli_say_refused(const struct cli *cli, unsigned int status,
		       struct bytes body)
{
	json_t *json = json_loadb((const char *)body.at, body.n, 0, NULL);
	const char *why = tl_cli_str(json, "error", NULL);

	if (status == 401)
		tl_cli_fail(EXIT_FAILED,
			    "the service does not accept the token; see -D "
			    "and -T");
	else if (why)
		tl_cli_fail(EXIT_FAILED, "%s: %s", cli->name, why);
	else
		tl_cli_fail(EXIT_FAILED,
			    "%s: the service answers %u; it may be of an older "
			    "version, start it again",
			    cli->name, status);
	json_decref(json);
	return status == 400 ? EXIT_USAGE : EXIT_FAILED;
}

int tl_cli_look(struct api_answer *out, const struct cli *cli, const char *path)
{
	int err = tl_cli_ask(out, cli, "GET", path, NULL);

	if (err)
		return err;
	if (out->status == 200 && out->json)
		return EXIT_OK;
	err = tl_cli_say_refused(cli, out->status, tl_buffer_bytes(out->body));
	tl_cli_answer_free(out);
	return err;
}

int tl_cli_ask(struct api_answer *out, const struct cli *cli,
	       const char *method, const char *path, const char *body)
{
	struct http_answer answer;
	struct http_query q = {
		.ip = cli->host,
		.method = method,
		.path = path,
		.body = tl_bytes_from_str(body ? body : ""),
	};
	char *token = NULL;
	int err = find_port(&q.port, cli);

	if (err)
		return err;
	err = find_token(&token, cli);
	if (err)
		return err;
	q.token = token;
	err = tl_http_ask(&answer, &q);
	tl_wipe(token, strlen(token));
	tl_free(token);
	if (err)
		return say_unreachable(cli, q.port, err);
	out->status = answer.status;
	out->body = answer.body;
	out->json = tl_cli_parse_json(tl_buffer_bytes(answer.body));
	return EXIT_OK;
}

int tl_cli_call(struct api_answer *out, const struct cli *cli,
		const char *method, const char *path, const char *body)
{
	struct api_answer a = { 0 };
	int err = tl_cli_ask(&a, cli, method, path, body);

	if (err)
		return err;
	if (a.status == 200) {
		*out = a;
		return EXIT_OK;
	}
	printf("%u %s %s\n", a.status, cli->name, (const char *)a.body.at);
	if (a.status == 401)
		tl_cli_fail(EXIT_FAILED,
			    "the service does not accept the token; see -D "
			    "and -T");
	tl_cli_answer_free(&a);
	return EXIT_FAILED;
}

int tl_cli_get(struct api_answer *out, const struct cli *cli, const char *path,
	       json_type type)
{
	int err = tl_cli_call(out, cli, "GET", path, NULL);

	if (err)
		return err;
	if (!out->json || json_typeof(out->json) != type) {
		tl_cli_answer_free(out);
		return tl_cli_fail(EXIT_FAILED,
				   "the answer to %s is not what it should be; "
				   "is that the service?",
				   path);
	}
	return EXIT_OK;
}

void tl_cli_answer_free(struct api_answer *a)
{
	json_decref(a->json);
	tl_free(a->body.at);
}

void tl_cli_print_raw(const struct api_answer *a)
{
	fwrite(a->body.at, 1, a->body.n, stdout);
}
