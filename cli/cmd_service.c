/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_service.c - `tapless service`: a node in the foreground */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cli/cmd.h"
#include "os/logsink.h"
#include "service/service.h"

enum {
	OPT_NO_CONTROLLER = 256,
	OPT_HELP,
};

static const struct option long_options[] = {
	{ "home", required_argument, NULL, 'D' },
	{ "port", required_argument, NULL, 'p' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "no-controller", no_argument, NULL, OPT_NO_CONTROLLER },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
	"usage: tapless service [-D DIR] [-p PORT] [--no-controller] [-v]\n"
	"Run a node until SIGTERM or SIGINT. A node named in its planet acts "
	"as\n"
	"a root; networks of its own address are served by its controller.\n"
	"  -D, --home DIR      folder of identity, networks and settings\n"
	"  -p, --port PORT     UDP port, and TCP port of the HTTP interface "
	"on\n"
	"                      loopback; 0: any free one; default 9993\n"
	"      --no-controller answer no requests for network configurations\n"
	"  -v, --verbose       log more; twice: everything\n";

static int parse_port(int *port, const char *text)
{
	char *end;
	unsigned long long v; /* strtoull() takes signs, so look first */

	errno = 0;
	v = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || errno || v > 65535)
		return tl_cli_fail(EXIT_USAGE,
				   "\"%s\" is no port; give a number from 0 to "
				   "65535",
				   text);
	*port = (int)v;
	return EXIT_OK;
}

/* EXIT_OK, or the status to end with; -1 if help was asked for. */
static int parse(struct service_options *o, enum log_level *level, int argc,
		 char **argv)
{
	int verbose = 0;
	int c;

	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+D:p:jvh", long_options, NULL)) !=
	       -1) {
		switch (c) {
		case 'D':
			o->home = optarg;
			break;
		case 'p':
			if (parse_port(&o->port, optarg))
				return EXIT_USAGE;
			break;
		case 'v':
			verbose++;
			break;
		case 'j':
			break;
		case OPT_NO_CONTROLLER:
			o->no_controller = true;
			break;
		case 'h':
		case OPT_HELP:
			return -1;
		default:
			return tl_cli_fail(EXIT_USAGE,
					   "service does not know %s; see "
					   "tapless service --help",
					   argv[optind - 1]);
		}
	}
	if (optind < argc)
		return tl_cli_fail(EXIT_USAGE,
				   "service does not know what to do with "
				   "\"%s\"; see tapless service --help",
				   argv[optind]);
	*level = verbose >= 2	? TL_LOG_TRACE
		 : verbose == 1 ? TL_LOG_DBG
				: TL_LOG_INFO;
	return EXIT_OK;
}

static struct service *running;

/* uv_async_send(), which this ends in, may be called from a signal handler. */
static void on_signal(int number)
{
	(void)number;
	tl_service_stop(running);
}

static void catch_signals(void)
{
	struct sigaction stop = { .sa_handler = on_signal };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

int tl_cmd_service(int argc, char **argv)
{
	struct service_options o = { .home = NULL, .port = -1 };
	char error[SERVICE_ERROR_SIZE];
	enum log_level level = TL_LOG_INFO;
	int status = parse(&o, &level, argc, argv);

	if (status == -1) {
		fputs(help, stdout);
		return tl_cli_finish(EXIT_OK);
	}
	if (status)
		return status;
	if (!o.home)
		o.home = tl_cli_default_home();
	tl_log_set_sink(tl_logsink_stderr, NULL, level);
	if (tl_service_new(&running, &o, error))
		return tl_cli_fail(EXIT_FAILED, "%s", error);
	catch_signals();
	tl_service_run(running);
	tl_service_free(running);
	return EXIT_OK;
}
