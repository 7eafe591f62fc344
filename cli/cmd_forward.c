/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_forward.c - `tapless forward`: ports that lead to the other side */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/proxy_arg.h"

static const struct option long_options[] = {
	{ "home", required_argument, NULL, 'D' },
	{ "udp", no_argument, NULL, 'U' },
	{ "max-clients", required_argument, NULL, OPT_MAX_CLIENTS },
	{ "max-per-client", required_argument, NULL, OPT_MAX_PER_CLIENT },
	{ "drain", required_argument, NULL, OPT_DRAIN },
	{ "udp-idle", required_argument, NULL, OPT_UDP_IDLE },
	{ NULL, 0, NULL, 0 },
};

struct arguments {
	const char *home;
	bool is_udp; /* -U stands before the next one */
	struct forward_options o;
};

static int explain(const char *text, char letter, int err)
{
	switch (err) {
	case -ENAMETOOLONG:
		return tl_cli_fail(EXIT_USAGE,
				   "the path in \"%s\" is too long for a Unix "
				   "socket; take a shorter one",
				   text);
	case -ERANGE:
		return tl_cli_fail(EXIT_USAGE,
				   "a port in \"%s\" is above 65535", text);
	case -EOPNOTSUPP:
		return tl_cli_fail(
			EXIT_USAGE,
			"\"%s\" has a Unix socket where none can be; "
			"-L may listen at one, -R connect to one, "
			"both without -U",
			text);
	default:
		return tl_cli_fail(EXIT_USAGE,
				   "\"%s\" is no forward; give -%c "
				   "[BIND:]PORT:HOST:HOSTPORT, IPv6 addresses "
				   "in brackets",
				   text, letter);
	}
}

static int add_forward(struct arguments *a, char letter, const char *text)
{
	struct spec_forward f = { .reverse = letter == 'R', .udp = a->is_udp };
	int err = tl_spec_parse_forward(&f, text);

	if (err)
		return explain(text, letter, err);
	if (a->o.n_forwards == FORWARDS_MAX)
		return tl_cli_fail(EXIT_USAGE,
				   "one process forwards no more than %d "
				   "ports; start another one",
				   FORWARDS_MAX);
	a->is_udp = false;
	a->o.forwards[a->o.n_forwards++] = f;
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
	case 'U':
		a->is_udp = true;
		return EXIT_OK;
	case 'L':
	case 'R':
		return add_forward(a, (char)option, optarg);
	case OPT_MAX_CLIENTS:
	case OPT_MAX_PER_CLIENT:
	case OPT_DRAIN:
	case OPT_UDP_IDLE:
		return tl_cli_parse_limit(&a->o.limits, option, optarg);
	default:
		return tl_cli_fail(EXIT_USAGE,
				   "forward does not know %s, or it lacks a "
				   "value; see tapless forward --help",
				   argv[optind - 1]);
	}
}

static int parse(struct arguments *a, int argc, char **argv)
{
	int status = EXIT_OK;
	int c;

	optind = 0;
	opterr = 0;
	while (!status &&
	       (c = getopt_long(argc, argv, "+D:jUL:R:", long_options, NULL)) !=
		       -1)
		status = take(a, c, argv);
	if (status)
		return status;
	if (optind < argc)
		return tl_cli_fail(EXIT_USAGE,
				   "forward does not know what to do with "
				   "\"%s\"; see tapless forward --help",
				   argv[optind]);
	if (a->is_udp)
		return tl_cli_fail(EXIT_USAGE,
				   "-U stands before the -L or -R that it is "
				   "about");
	if (a->o.n_forwards == 0)
		return tl_cli_fail(EXIT_USAGE,
				   "nothing to forward; give -L or -R");
	return EXIT_OK;
}

int tl_cmd_forward(int argc, char **argv)
{
	static struct arguments a; /* too large for a stack */
	char error[PROXY_ERROR_SIZE];
	int status;

	a = (struct arguments){ .home = tl_cli_default_home(),
				.o.limits = tl_cli_default_limits };
	status = parse(&a, argc, argv);
	if (!status)
		status = tl_cli_start_client(a.home);
	if (!status && tl_forward_run(&a.o, error) < 0)
		status = tl_cli_fail(EXIT_FAILED, "%s", error);
	return tl_cli_leave(status);
}
