/* SPDX-License-Identifier: Apache-2.0 */
/* util.c - small things that subcommands share */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/cmd.h"
#include "cli/large_number.h"
#include "os/file.h"

int tl_cli_fail(int status, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("tapless: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

const char *tl_cli_default_home(void)
{
	static char path[FILE_PATH_SIZE];
	const char *top;

	top = getenv("TAPLESS_HOME");
	if (top && *top)
		return top;
	top = getenv("ZEROTIER_HOME");
	if (top && *top)
		return top;
	if (geteuid() == 0)
		return "/var/lib/tapless";
	top = getenv("XDG_DATA_HOME");
	if (top && *top == '/') {
		snprintf(path, sizeof(path), "%s/tapless", top);
		return path;
	}
	top = getenv("HOME");
	snprintf(path, sizeof(path), "%s/.local/share/tapless", top ? top : "");
	return path;
}

int tl_cli_finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	return tl_cli_fail(status ? status : EXIT_FAILED,
			   "cannot write to standard output: %s",
			   strerror(errno));
}

/* Whether the last answer has numbers that jansson cannot hold. */
static bool has_large;

json_t *tl_cli_parse_json(struct bytes text)
{
	char *hidden = tl_large_hide(text);
	json_t *json;

	has_large = hidden != NULL;
	json = hidden ? json_loads(hidden, JSON_DECODE_ANY, NULL)
		      : json_loadb((const char *)text.at, text.n,
				   JSON_DECODE_ANY, NULL);
	tl_free(hidden);
	return json;
}

void tl_cli_print_json(const json_t *json)
{
	char *text = json_dumps(json, JSON_INDENT(1) | JSON_SORT_KEYS |
					      JSON_ENCODE_ANY);

	if (!text)
		return;
	if (has_large)
		tl_large_show(text);
	puts(text);
	tl_free(text);
}

const char *tl_cli_str(const json_t *object, const char *key,
		       const char *otherwise)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : otherwise;
}

int64_t tl_cli_int(const json_t *object, const char *key, int64_t otherwise)
{
	const json_t *v = json_object_get(object, key);

	if (json_is_integer(v))
		return json_integer_value(v);
	if (json_is_real(v))
		return (int64_t)json_real_value(v);
	return otherwise;
}

bool tl_cli_bool(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}
