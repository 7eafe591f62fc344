/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/service_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "service/service.h"

/* Three descriptors each. */
#define RELAY_CONNECTIONS_MAX 100000

enum {
	OPT_NO_CONTROLLER = 256,
	OPT_NO_KEEPER,
	OPT_SHARE_GROUP,
	OPT_USER_SOCKETS,
	OPT_RELAY,
	OPT_RELAY_ALLOW_PRIVATE,
	OPT_RELAY_CONNECTIONS,
	OPT_WORKER,
};

static const struct option long_options[] = {
	{ "home", required_argument, NULL, 'D' },
	{ "port", required_argument, NULL, 'p' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "no-controller", no_argument, NULL, OPT_NO_CONTROLLER },
	{ "no-keeper", no_argument, NULL, OPT_NO_KEEPER },
	{ "share-group", required_argument, NULL, OPT_SHARE_GROUP },
	{ "user-sockets", required_argument, NULL, OPT_USER_SOCKETS },
	{ "relay", required_argument, NULL, OPT_RELAY },
	{ "relay-allow-private", no_argument, NULL, OPT_RELAY_ALLOW_PRIVATE },
	{ "relay-connections", required_argument, NULL, OPT_RELAY_CONNECTIONS },
	/* Of the keeper for its worker, and of nobody else. */
	{ "worker", required_argument, NULL, OPT_WORKER },
	{ NULL, 0, NULL, 0 },
};

const char tl_service_help[] =
	"It runs until SIGTERM or SIGINT. A node named in its planet acts as a "
	"root;\n"
	"networks of its own address are served by its controller.\n"
	"  -D, --home DIR      folder of identity, networks and settings\n"
	"  -p, --port PORT     UDP port, and TCP port of the HTTP interface "
	"on\n"
	"                      loopback; 0: any free one; default 9993\n"
	"      --no-controller answer no requests for network configurations\n"
	"      --no-keeper     be one process, whose sockets end with it\n"
	"      --share-group GROUP\n"
	"                      members of this group (name or number) may use\n"
	"                      the networks, too, but change nothing\n"
	"      --user-sockets N\n"
	"                      how many sockets each user may have; default "
	"16384\n"
	"      --relay [ADDRESS/]PORT\n"
	"                      be a TCP relay for nodes that cannot use UDP\n"
	"      --relay-allow-private\n"
	"                      send to private networks and to this host, too\n"
	"      --relay-connections N[/N]\n"
	"                      in all, and of one /24 or /64; default 1024/64\n"
	"  -v, --verbose       log more; twice: everything\n"
	"Variables: TAPLESS_HOME, TAPLESS_PORT, TAPLESS_NO_CONTROLLER,\n"
	"TAPLESS_NO_KEEPER, TAPLESS_VERBOSE. SIGUSR2 starts the program "
	"again,\n"
	"in a new version if its file was replaced; see tapless-service(1).\n";

/* 0..@max, or -1. */
static int read_number(const char *text, int max)
{
	unsigned long long v; /* strtoull() takes signs, so look first */
	char *end;

	errno = 0;
	v = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || errno ||
	    v > (unsigned long long)max)
		return -1;
	return (int)v;
}

static int read_port(int *port, const char *what, const char *text)
{
	int v = read_number(text, 65535);

	if (v < 0)
		return tl_cli_fail(EXIT_USAGE,
				   "%s\"%s\" is no port; give a number from 0 "
				   "to 65535",
				   what, text);
	*port = v;
	return EXIT_OK;
}

static int read_user_sockets(uint32_t *n, const char *text)
{
	int v = read_number(text, SERVICE_SOCKETS_MAX);

	if (v < 1)
		return tl_cli_fail(EXIT_USAGE,
				   "\"%s\" is no number of sockets; give one "
				   "from 1 to %d",
				   text, SERVICE_SOCKETS_MAX);
	*n = (uint32_t)v;
	return EXIT_OK;
}

/* "N", or "N/N". */
static int read_relay_connections(struct service_args *a, const char *text)
{
	const char *slash = strchr(text, '/');
	char first[8] = { 0 };
	int each = slash ? read_number(slash + 1, RELAY_CONNECTIONS_MAX) : 0;
	int all = -1;

	if (!slash)
		all = read_number(text, RELAY_CONNECTIONS_MAX);
	else if (slash - text < (ptrdiff_t)sizeof(first))
		all = read_number(memcpy(first, text, (size_t)(slash - text)),
				  RELAY_CONNECTIONS_MAX);
	if (all < 1 || each < 0 || (slash && each < 1))
		return tl_cli_fail(EXIT_USAGE,
				   "\"%s\" is no number of connections; give "
				   "N or N/N, from 1 to %d",
				   text, RELAY_CONNECTIONS_MAX);
	a->relay_max = (uint32_t)all;
	a->relay_max_per_source = (uint32_t)each;
	return EXIT_OK;
}

/* A variable that is empty is as good as none. */
static const char *variable(const char *name)
{
	const char *text = getenv(name);

	return text && *text ? text : NULL;
}

static int read_flag(bool *flag, const char *name)
{
	const char *text = variable(name);

	if (!text)
		return EXIT_OK;
	if (strcmp(text, "1") != 0 && strcmp(text, "0") != 0)
		return tl_cli_fail(EXIT_USAGE,
				   "%s is \"%s\"; give 1 for yes or 0 for no",
				   name, text);
	*flag = *text == '1';
	return EXIT_OK;
}

static int read_variables(struct service_args *a, int *verbose)
{
	const char *text = variable("TAPLESS_PORT");
	int err = text ? read_port(&a->port, "TAPLESS_PORT: ", text) : EXIT_OK;

	if (!err)
		err = read_flag(&a->no_controller, "TAPLESS_NO_CONTROLLER");
	if (!err)
		err = read_flag(&a->no_keeper, "TAPLESS_NO_KEEPER");
	text = variable("TAPLESS_VERBOSE");
	if (err || !text)
		return err;
	*verbose = read_number(text, 2);
	if (*verbose < 0)
		return tl_cli_fail(EXIT_USAGE,
				   "TAPLESS_VERBOSE is \"%s\"; give 0, 1 or 2",
				   text);
	return EXIT_OK;
}

static int take(struct service_args *a, int *verbose, int c, char **argv)
{
	switch (c) {
	case 'D':
		if (!*optarg)
			return tl_cli_fail(EXIT_USAGE,
					   "the folder of the node is empty; "
					   "name one with -D");
		a->home = optarg;
		break;
	case 'p':
		return read_port(&a->port, "", optarg);
	case 'v':
		++*verbose;
		break;
	case 'j':
		break;
	case OPT_NO_CONTROLLER:
		a->no_controller = true;
		break;
	case OPT_NO_KEEPER:
		a->no_keeper = true;
		break;
	case OPT_SHARE_GROUP:
		a->share_group = optarg;
		break;
	case OPT_USER_SOCKETS:
		return read_user_sockets(&a->user_sockets, optarg);
	case OPT_RELAY:
		a->relay = optarg;
		break;
	case OPT_RELAY_ALLOW_PRIVATE:
		a->relay_allow_private = true;
		break;
	case OPT_RELAY_CONNECTIONS:
		return read_relay_connections(a, optarg);
	case OPT_WORKER:
		a->worker = read_number(optarg, 1 << 20);
		break;
	default:
		return tl_cli_fail(EXIT_USAGE,
				   "service does not know %s, or it lacks a "
				   "value; see tapless service --help",
				   argv[optind - 1]);
	}
	return EXIT_OK;
}

int tl_service_args(struct service_args *a, int argc, char **argv)
{
	int verbose = 0;
	int err;
	int c;

	*a = (struct service_args){ .home = tl_cli_default_home(),
				    .port = -1,
				    .worker = -1 };
	err = read_variables(a, &verbose);
	optind = 0;
	opterr = 0;
	while (!err && (c = getopt_long(argc, argv, "+D:p:jv", long_options,
					NULL)) != -1)
		err = take(a, &verbose, c, argv);
	if (!err && optind < argc)
		err = tl_cli_fail(EXIT_USAGE,
				  "service does not know what to do with "
				  "\"%s\"; see tapless service --help",
				  argv[optind]);
	a->level = verbose >= 2	  ? TL_LOG_TRACE
		   : verbose == 1 ? TL_LOG_DBG
				  : TL_LOG_INFO;
	return err;
}
