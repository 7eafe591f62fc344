/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_ping.c - round trips to a node or a virtual address */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/number_arg.h"
#include "cli/ping.h"
#include "wire/address.h"

#define INTERVAL_MIN_MS 200
#define COUNT_MAX 1000000000

static int set_interval(struct ping_options *o, const char *text)
{
	char *end;
	double s = strtod(text, &end);

	if (end == text || *end || !isfinite(s) || s * 1000 < INTERVAL_MIN_MS ||
	    s > 3600)
		return tl_cli_fail(EXIT_USAGE,
				   "-i %s: seconds from 0.2 to 3600 are "
				   "wanted",
				   text);
	o->interval_ms = llround(s * 1000);
	return EXIT_OK;
}

static int parse(struct ping_options *o, char **argv)
{
	int err = EXIT_OK;

	for (argv++; !err && *argv; argv++) {
		const char *value;

		if ((value = tl_cli_option(&argv, 'c', "--count")))
			err = tl_cli_whole(&o->count, "-c", value, 1,
					   COUNT_MAX);
		else if ((value = tl_cli_option(&argv, 'i', "--interval")))
			err = set_interval(o, value);
		else if (**argv == '-' || o->target)
			err = tl_cli_fail(EXIT_USAGE,
					  "ping does not know %s, or it lacks "
					  "a value; see tapless ping --help",
					  *argv);
		else
			o->target = *argv;
	}
	if (!err && !o->target)
		err = tl_cli_fail(EXIT_USAGE,
				  "ping whom? Give a node, an address or a "
				  "name");
	return err;
}

int tl_cmd_ping(const struct cli *cli, int argc TL_UNUSED, char **argv)
{
	struct ping_options o = { .cli = cli, .interval_ms = 1000 };
	struct address node;
	int err = parse(&o, argv);

	if (err)
		return err;
	if (tl_address_parse(&node, tl_bytes_from_str(o.target)) == 0)
		return tl_ping_node(&o);
	return tl_ping_virtual(&o);
}
