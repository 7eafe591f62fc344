/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd.h - what the subcommands of `tapless` share
 *
 * main.c has a table of all subcommands. It takes the common options, wherever
 * they stand, answers --help from the table, and calls one function, which
 * returns the exit status. Messages about failures are one line on standard
 * error: what failed, why, and what to do about it.
 */
#ifndef TL_CLI_CMD_H
#define TL_CLI_CMD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/compiler.h"

/* Exit statuses (api.md 5.1), and those of programs that run programs. */
#define EXIT_OK 0
#define EXIT_FAILED 1
#define EXIT_USAGE 2
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

/**
 * struct cli - The common options
 * @name:	the subcommand's name
 * @home:	folder of the service; never NULL
 * @host:	where its HTTP API is, an IP address
 * @port:	its port, 0: read from the home folder
 * @token:	its token, NULL: read from the home folder
 * @json:	JSON is wanted instead of text
 */
struct cli {
	const char *name;
	const char *home;
	const char *host;
	uint16_t port;
	const char *token;
	bool json;
};

/* Write "tapless: ..." and a line end to standard error. Returns @status. */
int tl_cli_fail(int status, const char *format, ...) TL_PRINTF(2, 3);

/* The home folder of who gives none: $TAPLESS_HOME, $ZEROTIER_HOME,
 * /var/lib/tapless for root, otherwise $XDG_DATA_HOME/tapless or
 * ~/.local/share/tapless. A static string. */
const char *tl_cli_default_home(void);

/* Everything that was written to standard output has arrived there? Returns
 * @status, or EXIT_FAILED after saying why not. */
int tl_cli_finish(int status);

/**
 * struct api_answer - What the service said
 * @status:	HTTP status
 * @body:	as received; zero-terminated
 * @json:	the body parsed, or NULL if it is no JSON
 */
struct api_answer {
	unsigned int status;
	struct buffer body;
	json_t *json;
};

/**
 * tl_cli_call() - Ask the running service
 * @out:	to be given back with tl_cli_answer_free(), on success only
 * @method:	"GET", "POST" or "DELETE"
 * @body:	JSON text or NULL
 *
 * Return: EXIT_OK if the status is 200; otherwise an exit status, after it has
 * been said on standard error or output (api.md 5.1) what is wrong.
 */
TL_MUST_USE int tl_cli_call(struct api_answer *out, const struct cli *cli,
			    const char *method, const char *path,
			    const char *body);

/* The same whatever the status is, which then is not looked at. */
TL_MUST_USE int tl_cli_ask(struct api_answer *out, const struct cli *cli,
			   const char *method, const char *path,
			   const char *body);

/* GET something with a JSON answer; what the service refuses is said as it says
 * it, in one line. */
TL_MUST_USE int tl_cli_look(struct api_answer *out, const struct cli *cli,
			    const char *path);

/* Say why the service refused, in one line. Returns an exit status. */
int tl_cli_say_refused(const struct cli *cli, unsigned int status,
		       struct bytes body);

struct http_feed;

/* GET an answer that comes piece by piece; likewise. */
TL_MUST_USE int tl_cli_feed(struct http_feed *out, const struct cli *cli,
			    const char *path);

void tl_cli_answer_free(struct api_answer *a);

/* GET; and it must be JSON of type @type. */
TL_MUST_USE int tl_cli_get(struct api_answer *out, const struct cli *cli,
			   const char *path, json_type type);

/* The body as it came, for scripts that parse it. */
void tl_cli_print_raw(const struct api_answer *a);

/* Like json_loadb(), for answers, which may have unsigned numbers of 64 bits:
 * those are printed as they came by tl_cli_print_json(). */
json_t *tl_cli_parse_json(struct bytes text);

/* Indented by one space, keys sorted, with a line end. */
void tl_cli_print_json(const json_t *json);

/* A field of an object, or @otherwise if it is not there or of another type. */
const char *tl_cli_str(const json_t *object, const char *key,
		       const char *otherwise);
int64_t tl_cli_int(const json_t *object, const char *key, int64_t otherwise);
bool tl_cli_bool(const json_t *object, const char *key);

/* Subcommands. @argv[0] is the name; @argv[@argc] is NULL. */
int tl_cmd_wait(const struct cli *cli, int argc, char **argv);
int tl_cmd_info(const struct cli *cli, int argc, char **argv);
int tl_cmd_listpeers(const struct cli *cli, int argc, char **argv);
int tl_cmd_peers(const struct cli *cli, int argc, char **argv);
int tl_cmd_listnetworks(const struct cli *cli, int argc, char **argv);
int tl_cmd_join(const struct cli *cli, int argc, char **argv);
int tl_cmd_leave(const struct cli *cli, int argc, char **argv);
int tl_cmd_set(const struct cli *cli, int argc, char **argv);
int tl_cmd_get(const struct cli *cli, int argc, char **argv);
int tl_cmd_listmoons(const struct cli *cli, int argc, char **argv);
int tl_cmd_orbit(const struct cli *cli, int argc, char **argv);
int tl_cmd_deorbit(const struct cli *cli, int argc, char **argv);
int tl_cmd_listbonds(const struct cli *cli, int argc, char **argv);
int tl_cmd_bond(const struct cli *cli, int argc, char **argv);
int tl_cmd_dump(const struct cli *cli, int argc, char **argv);
int tl_cmd_raw(const struct cli *cli, int argc, char **argv);
int tl_cmd_drops(const struct cli *cli, int argc, char **argv);
int tl_cmd_ping(const struct cli *cli, int argc, char **argv);
int tl_cmd_trace(const struct cli *cli, int argc, char **argv);
int tl_cmd_speedtest(const struct cli *cli, int argc, char **argv);
int tl_cmd_pcap(const struct cli *cli, int argc, char **argv);
int tl_cmd_id(const struct cli *cli, int argc, char **argv);
int tl_cmd_controller(const struct cli *cli, int argc, char **argv);
int tl_cmd_world(const struct cli *cli, int argc, char **argv);
int tl_cmd_rules(const struct cli *cli, int argc, char **argv);

/* These parse all of their options themselves; common options that stood before
 * the name are handed on behind it, as they were written. */
int tl_cmd_service(int argc, char **argv);
int tl_cmd_run(int argc, char **argv);
int tl_cmd_attach(int argc, char **argv);
int tl_cmd_proxy(int argc, char **argv);
int tl_cmd_forward(int argc, char **argv);

#endif /* TL_CLI_CMD_H */
