/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/netns_options.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "wire/address.h"

#define WAIT_DEFAULT_S 30
#define WAIT_MAX_S 86400

/* "veth": no TAP devices, as where there are none. */
#define DEVICE_ENV "TAPLESS_NETNS_DEVICE"

struct netns_options tl_cli_netns_defaults(const char *home)
{
	const char *device = getenv(DEVICE_ENV);

	return (struct netns_options){
		.home = { .home = home, .name = NETNS_NAME_DEFAULT },
		.wait_s = WAIT_DEFAULT_S,
		.only_veth = device && strcmp(device, "veth") == 0,
		.level = TL_LOG_WARN,
	};
}

static int parse_wait(struct netns_options *o, const char *text)
{
	char *rest;
	long long v = strtoll(text, &rest, 10);

	if (*rest || !*text || v < 1 || v > WAIT_MAX_S)
		return tl_cli_fail(EXIT_USAGE,
				   "wait from 1 to %d seconds, not \"%s\"",
				   WAIT_MAX_S, text);
	o->wait_s = (int)v;
	return EXIT_OK;
}

static int parse_network(struct netns_options *o, const char *text)
{
	struct network_id id;

	if (tl_network_id_parse(&id, tl_bytes_from_str(text)) || !id.v)
		return tl_cli_fail(EXIT_USAGE,
				   "\"%s\" is no network; give its sixteen "
				   "hexadecimal digits",
				   text);
	o->home.network = id.v;
	return EXIT_OK;
}

static int parse_name(struct netns_options *o, const char *text)
{
	if (!*text || *text == '.' || strchr(text, '/'))
		return tl_cli_fail(EXIT_USAGE,
				   "\"%s\" can be no name of a folder", text);
	o->home.name = text;
	return EXIT_OK;
}

int tl_cli_netns_option(struct netns_options *o, const char *name,
			const char *value)
{
	static const struct {
		const char *name;
		int (*parse)(struct netns_options *o, const char *text);
	} all[] = {
		{ "--network", parse_network },
		{ "--name", parse_name },
		{ "--wait", parse_wait },
	};
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(all); i++) {
		if (strcmp(name, all[i].name) != 0)
			continue;
		if (!value)
			return tl_cli_fail(EXIT_USAGE, "a value must follow %s",
					   name);
		return all[i].parse(o, value);
	}
	return -1;
}
