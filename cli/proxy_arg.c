/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/proxy_arg.h"

#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/cmd.h"
#include "cli/use_service.h"
#include "os/logsink.h"
#include "proxy/resolve.h"

#define CLIENTS_MAX 65536
#define SECONDS_MAX 86400
#define MS_PER_S 1000

const struct server_limits tl_cli_default_limits = {
	.max_clients = 4096,
	.max_per_client = 1024,
	.drain_ms = 10 * MS_PER_S,
	.idle_ms = 60 * MS_PER_S,
};

int tl_cli_parse_number(int64_t *out, const char *what, const char *text,
			int64_t min, int64_t max)
{
	int64_t v = 0;
	const char *at;

	for (at = text; *at >= '0' && *at <= '9' && v <= max; at++)
		v = v * 10 + (*at - '0');
	if (*at || at == text || v < min || v > max)
		return tl_cli_fail(EXIT_USAGE,
				   "\"%s\" is no %s; give a number from %lld "
				   "to %lld",
				   text, what, (long long)min, (long long)max);
	*out = v;
	return EXIT_OK;
}

int tl_cli_parse_limit(struct server_limits *l, int option, const char *text)
{
	bool is_count = option == OPT_MAX_CLIENTS ||
			option == OPT_MAX_PER_CLIENT;
	int64_t v = 0;
	int status = tl_cli_parse_number(
		&v, is_count ? "number of clients" : "number of seconds", text,
		option == OPT_DRAIN ? 0 : 1,
		is_count ? CLIENTS_MAX : SECONDS_MAX);

	if (status)
		return status;
	switch (option) {
	case OPT_MAX_CLIENTS:
		l->max_clients = (size_t)v;
		break;
	case OPT_MAX_PER_CLIENT:
		l->max_per_client = (size_t)v;
		break;
	case OPT_DRAIN:
		l->drain_ms = v * MS_PER_S;
		break;
	default:
		l->idle_ms = v * MS_PER_S;
		break;
	}
	return EXIT_OK;
}

int tl_cli_start_client(const char *home)
{
	char token[SESSION_TOKEN_SIZE];
	int status = tl_cli_use_service(home);

	if (status == EXIT_OK)
		status = tl_cli_session_token(token, home);
	/* The user's own service takes this process by its uid; a token would
	 * not outlive a new start of the service. */
	tl_wipe(token, sizeof(token));
	tl_log_set_sink(tl_logsink_stderr, NULL, TL_LOG_INFO);
	return status;
}

int tl_cli_leave(int status)
{
	if (tl_resolve_n_pending() == 0)
		return status;
	fflush(stdout);
	fflush(stderr);
	_exit(status); /* exit() would wait for the threads */
}
