/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_proxy.c - `tapless proxy`: SOCKS5 and HTTP onto the virtual networks */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/cmd.h"
#include "cli/proxy_arg.h"
#include "os/file.h"

#define PORT_SOCKS 1080
#define PASSWORD_MAX 255 /* RFC 1929 */
#define PASSWORD_FILE_MAX 4096

enum {
	OPT_SOCKS = OPT_OTHERS,
	OPT_HTTP,
	OPT_USER,
	OPT_PASSWORD_FILE,
	OPT_ISOLATE,
};

static const struct option long_options[] = {
	{ "home", required_argument, NULL, 'D' },
	{ "socks", required_argument, NULL, OPT_SOCKS },
	{ "http", required_argument, NULL, OPT_HTTP },
	{ "user", required_argument, NULL, OPT_USER },
	{ "password-file", required_argument, NULL, OPT_PASSWORD_FILE },
	{ "isolate", no_argument, NULL, OPT_ISOLATE },
	{ "max-clients", required_argument, NULL, OPT_MAX_CLIENTS },
	{ "max-per-client", required_argument, NULL, OPT_MAX_PER_CLIENT },
	{ "drain", required_argument, NULL, OPT_DRAIN },
	{ NULL, 0, NULL, 0 },
};

struct arguments {
	const char *home;
	const char *password_file;
	char password[PASSWORD_MAX + 1];
	struct proxy_options o;
};

static bool is_same_place(const struct spec_listen *a,
			  const struct spec_listen *b)
{
	return a->bind == b->bind && a->port == b->port &&
	       strcmp(a->path, b->path) == 0 &&
	       (a->bind != SPEC_ADDRESS || tl_place_same_host(&a->ip, &b->ip));
}

/* One place may speak both. */
static int add_door(struct proxy_options *o, const char *text,
		    unsigned int protocol)
{
	struct spec_listen at;
	size_t i;

	if (tl_spec_parse_listen(&at, text) != 0)
		return tl_cli_fail(EXIT_USAGE,
				   "\"%s\" is nowhere to listen; give "
				   "ADDRESS:PORT, [IPV6]:PORT or unix:PATH",
				   text);
	for (i = 0; i < o->n_doors; i++) {
		if (is_same_place(&o->doors[i].at, &at)) {
			o->doors[i].protocols |= protocol;
			return EXIT_OK;
		}
	}
	if (o->n_doors == PROXY_DOORS_MAX)
		return tl_cli_fail(EXIT_USAGE,
				   "a proxy listens at no more than %d places",
				   PROXY_DOORS_MAX);
	o->doors[o->n_doors++] =
		(struct proxy_door){ .at = at, .protocols = protocol };
	return EXIT_OK;
}

static int set_user(struct proxy_options *o, const char *name)
{
	if (!*name || strlen(name) > PASSWORD_MAX || strchr(name, ':'))
		return tl_cli_fail(EXIT_USAGE,
				   "\"%s\" is no user name; it has 1 to 255 "
				   "bytes and no colon",
				   name);
	o->user = name;
	return EXIT_OK;
}

static int take(struct arguments *a, int option, char **argv)
{
	switch (option) {
	case 'D':
		a->home = optarg;
		return EXIT_OK;
	case 'j':
		return EXIT_OK;
	case OPT_SOCKS:
		return add_door(&a->o, optarg, SESSION_SOCKS);
	case OPT_HTTP:
		return add_door(&a->o, optarg, SESSION_HTTP);
	case OPT_USER:
		return set_user(&a->o, optarg);
	case OPT_PASSWORD_FILE:
		a->password_file = optarg;
		return EXIT_OK;
	case OPT_ISOLATE:
		a->o.isolate = true;
		return EXIT_OK;
	case OPT_MAX_CLIENTS:
	case OPT_MAX_PER_CLIENT:
	case OPT_DRAIN:
		return tl_cli_parse_limit(&a->o.limits, option, optarg);
	default:
		return tl_cli_fail(EXIT_USAGE,
				   "proxy does not know %s, or it lacks a "
				   "value; see tapless proxy --help",
				   argv[optind - 1]);
	}
}

static void add_default_door(struct proxy_options *o)
{
	o->doors[o->n_doors++] = (struct proxy_door){
		.at = { .bind = SPEC_DEFAULT, .port = PORT_SOCKS },
		.protocols = SESSION_SOCKS | SESSION_HTTP,
	};
}

static int check(struct arguments *a)
{
	if (!a->o.n_doors)
		add_default_door(&a->o);
	if (!a->o.user != !a->password_file)
		return tl_cli_fail(EXIT_USAGE,
				   "--user and --password-file go together; "
				   "give both or neither");
	if (!tl_proxy_is_safe(&a->o))
		return tl_cli_fail(EXIT_USAGE,
				   "others could use a proxy that does not "
				   "listen on loopback; give --user and "
				   "--password-file, or listen on 127.0.0.1");
	return EXIT_OK;
}

static int parse(struct arguments *a, int argc, char **argv)
{
	int status = EXIT_OK;
	int c;

	optind = 0;
	opterr = 0;
	while (!status &&
	       (c = getopt_long(argc, argv, "+D:j", long_options, NULL)) != -1)
		status = take(a, c, argv);
	if (!status && optind < argc)
		status = tl_cli_fail(EXIT_USAGE,
				     "proxy does not know what to do with "
				     "\"%s\"; see tapless proxy --help",
				     argv[optind]);
	return status ? status : check(a);
}

static int read_password(struct arguments *a)
{
	struct buffer b;
	size_t n;
	int err;

	if (!a->password_file)
		return EXIT_OK;
	err = tl_file_read(&b, a->password_file, PASSWORD_FILE_MAX);
	if (err)
		return tl_cli_fail(EXIT_FAILED,
				   "cannot read %s: %s; put the password into "
				   "its first line",
				   a->password_file, strerror(-err));
	n = strcspn((char *)b.at, "\r\n");
	if (n > 0 && n <= PASSWORD_MAX)
		memcpy(a->password, b.at, n);
	tl_wipe(b.at, b.n);
	tl_free(b.at);
	a->o.password = a->password;
	if (n == 0 || n > PASSWORD_MAX)
		return tl_cli_fail(EXIT_FAILED,
				   "the first line of %s is no password; it "
				   "has 1 to 255 bytes",
				   a->password_file);
	return EXIT_OK;
}

int tl_cmd_proxy(int argc, char **argv)
{
	struct arguments a = { .home = tl_cli_default_home(),
			       .o.limits = tl_cli_default_limits };
	char error[PROXY_ERROR_SIZE];
	int status = parse(&a, argc, argv);

	if (!status)
		status = read_password(&a);
	if (!status)
		status = tl_cli_start_client(a.home);
	if (!status && tl_proxy_run(&a.o, error) < 0)
		status = tl_cli_fail(EXIT_FAILED, "%s", error);
	tl_wipe(a.password, sizeof(a.password));
	return tl_cli_leave(status);
}
