/* SPDX-License-Identifier: Apache-2.0 */
#include "service/http_access.h"

#include <errno.h>

#include "base/alloc.h"
#include "harness.h"

#define TOKEN "the-token"
#define METRICS "for-metrics"

static const struct udp_addr local4 = { .family = 4, .ip = { 127, 9, 8, 7 } };
static const struct udp_addr far4 = { .family = 4, .ip = { 10, 0, 0, 1 } };
static struct http_access a;

static bool allow_ten(void *ctx, const struct udp_addr *from)
{
	CHECK(ctx == &a);
	return from->family == 4 && from->ip[0] == 10;
}

static void start(http_allow_fn allow)
{
	CHECK_EQ(tl_http_access_init(&a, TOKEN, METRICS, allow, &a), 0);
}

static bool may(const struct udp_addr *from, const char *path,
		const char *token)
{
	return tl_http_access_may(&a, from, path, token);
}

TEST(access_needs_the_token_on_every_path)
{
	static const char *const paths[] = {
		"/",
		"",
		"/status",
		"/network",
		"/network/1",
		"/peer",
		"/moon",
		"/controller",
		"/controller/network",
		"/unstable/controller",
		"/config",
		"/config/settings",
		"/drops",
		"/nothing",
		"/metrics",
		"/healthy",
		"/health/",
		"/sso/",
		"/application",
		"/metrics/",
	};
	size_t i;

	start(NULL);
	for (i = 0; i < TL_ARRAY_SIZE(paths); i++) {
		CHECK(!may(&local4, paths[i], NULL));
		CHECK(!may(&local4, paths[i], ""));
		CHECK(!may(&local4, paths[i], "the-tokem"));
		CHECK(!may(&local4, paths[i], "the-token1"));
		CHECK(!may(&local4, paths[i], "the-toke"));
		CHECK(may(&local4, paths[i], TOKEN));
		CHECK(!may(&far4, paths[i], NULL));
	}
	tl_http_access_fini(&a);
}

TEST(access_of_probes_needs_none)
{
	start(NULL);
	CHECK(may(&local4, "/health", NULL));
	CHECK(may(&local4, "/sso", NULL));
	CHECK(may(&local4, "/app", NULL));
	CHECK(may(&local4, "/app/x/y", NULL));
	CHECK(may(&local4, "/health", "wrong"));
	CHECK(!may(&far4, "/health", NULL));
	tl_http_access_fini(&a);
}

TEST(access_to_metrics_is_by_either_token_from_anywhere)
{
	start(NULL);
	CHECK(may(&far4, "/metrics", METRICS));
	CHECK(may(&far4, "/metrics", TOKEN));
	CHECK(!may(&far4, "/metrics", "wrong"));
	CHECK(!may(&local4, "/status", METRICS));
	tl_http_access_fini(&a);
	CHECK_EQ(tl_http_access_init(&a, TOKEN, NULL, NULL, NULL), 0);
	CHECK(!may(&local4, "/metrics", ""));
	tl_http_access_fini(&a);
}

TEST(access_is_full_with_the_one_token_only)
{
	start(NULL);
	CHECK(tl_http_access_is_full(&a, TOKEN));
	CHECK(!tl_http_access_is_full(&a, METRICS));
	CHECK(!tl_http_access_is_full(&a, ""));
	CHECK(!tl_http_access_is_full(&a, NULL));
	tl_http_access_fini(&a);
}

TEST(access_is_for_loopback_and_who_was_let_in)
{
	static const struct udp_addr others[] = {
		{ .family = 6, .ip = { [15] = 1 } },
		{ .family = 6, .ip = { 0xfe, 0x80, [15] = 1 } },
		{ .family = 6, .ip = { [10] = 0xff, 0xff, 127, 0, 0, 9 } },
		{ .family = 6, .ip = { [10] = 0xff, 0xff, 10, 0, 0, 9 } },
		{ .family = 6, .ip = { 0xfe, 0x80, [15] = 2 } },
		{ .family = 6, .ip = { 0x20, 1, [15] = 1 } },
		{ .family = 0 },
	};
	size_t i;

	start(NULL);
	for (i = 0; i < TL_ARRAY_SIZE(others); i++)
		CHECK_EQ(may(&others[i], "/status", TOKEN), i < 3);
	CHECK(!may(&far4, "/status", TOKEN));
	tl_http_access_fini(&a);
	start(allow_ten);
	CHECK(may(&far4, "/status", TOKEN));
	CHECK(!may(&far4, "/status", NULL));
	CHECK(!may(&others[5], "/status", TOKEN));
	tl_http_access_fini(&a);
}

TEST(access_token_is_the_first_that_is_shown)
{
	CHECK_STR(tl_http_access_token("a", "b", "Bearer c"), "a");
	CHECK_STR(tl_http_access_token("", "b", "Bearer c"), "");
	CHECK_STR(tl_http_access_token(NULL, "b", "Bearer c"), "b");
	CHECK_STR(tl_http_access_token(NULL, NULL, "bEARER   c"), "c");
	CHECK(!tl_http_access_token(NULL, NULL, "Basic c"));
	CHECK(!tl_http_access_token(NULL, NULL, "Bearer"));
	CHECK(!tl_http_access_token(NULL, NULL, NULL));
}

TEST(access_without_a_token_is_refused)
{
	CHECK_EQ(tl_http_access_init(&a, "", NULL, NULL, NULL), -EINVAL);
	CHECK_EQ(tl_http_access_init(&a, NULL, NULL, NULL, NULL), -EINVAL);
}

TEST(access_survives_lack_of_memory)
{
	int i;

	for (i = 0; i < 2; i++) {
		tl_alloc_fail_after(i);
		CHECK_EQ(tl_http_access_init(&a, TOKEN, METRICS, NULL, NULL),
			 -ENOMEM);
	}
	tl_alloc_fail_after(-1);
}
