/* SPDX-License-Identifier: Apache-2.0 */
#include "service/http_access.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"

#define BEARER "Bearer "

static void free_token(char *token)
{
	if (token)
		tl_wipe(token, strlen(token));
	tl_free(token);
}

void tl_http_access_fini(struct http_access *a)
{
	free_token(a->token);
	free_token(a->metrics_token);
	memset(a, 0, sizeof(*a));
}

int tl_http_access_init(struct http_access *a, const char *token,
			const char *metrics_token, http_allow_fn allow,
			void *ctx)
{
	memset(a, 0, sizeof(*a));
	if (!token || !*token)
		return -EINVAL;
	a->token = tl_strdup(token);
	if (metrics_token)
		a->metrics_token = tl_strdup(metrics_token);
	if (!a->token || (metrics_token && !a->metrics_token)) {
		tl_http_access_fini(a);
		return -ENOMEM;
	}
	a->allow = allow;
	a->ctx = ctx;
	return 0;
}

const char *tl_http_access_token(const char *header, const char *query,
				 const char *authorization)
{
	size_t n = sizeof(BEARER) - 1;

	if (header)
		return header;
	if (query)
		return query;
	if (!authorization || strncasecmp(authorization, BEARER, n) != 0)
		return NULL;
	return authorization + n + strspn(authorization + n, " ");
}

static bool is_loopback(const struct udp_addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };
	static const uint8_t fe80_one[16] = { 0xfe, 0x80, [15] = 1 };
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (a->family == 4)
		return a->ip[0] == 127;
	if (a->family != 6)
		return false;
	if (memcmp(a->ip, mapped, sizeof(mapped)) == 0)
		return a->ip[12] == 127;
	return memcmp(a->ip, one, 16) == 0 || memcmp(a->ip, fe80_one, 16) == 0;
}

static bool is_under(const char *path, const char *top)
{
	size_t n = strlen(top);

	return strncmp(path, top, n) == 0 && (path[n] == 0 || path[n] == '/');
}

static bool is_open(const char *path)
{
	return strcmp(path, "/health") == 0 || strcmp(path, "/sso") == 0 ||
	       is_under(path, "/app");
}

static bool is_token(const char *shown, const char *token)
{
	size_t n = token ? strlen(token) : 0;

	return n && strlen(shown) == n && tl_equal_ct(shown, token, n);
}

bool tl_http_access_is_full(const struct http_access *a, const char *token)
{
	return token && is_token(token, a->token);
}

bool tl_http_access_may(const struct http_access *a,
			const struct udp_addr *from, const char *path,
			const char *token)
{
	bool is_metrics = strcmp(path, "/metrics") == 0;

	if (!is_metrics && !is_loopback(from) &&
	    !(a->allow && a->allow(a->ctx, from)))
		return false;
	if (is_open(path))
		return true;
	return tl_http_access_is_full(a, token) ||
	       (is_metrics && token && is_token(token, a->metrics_token));
}
