/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/service_options.c"
#include "cli/large_number.c"
#include "cli/util.c"

#include "harness.h"

static struct service_args a;

/* What "service OPTION..." gives, options separated by blanks. */
static int parse(const char *options)
{
	static char text[256];
	char *argv[32] = { NULL };
	char *at = text;
	int argc = 0;

	snprintf(text, sizeof(text), "service %s", options);
	while ((argv[argc] = strsep(&at, " ")))
		argc += *argv[argc] != 0;
	return tl_service_args(&a, argc, argv);
}

static void clear(void)
{
	unsetenv("TAPLESS_PORT");
	unsetenv("TAPLESS_VERBOSE");
	unsetenv("TAPLESS_NO_KEEPER");
	unsetenv("TAPLESS_NO_CONTROLLER");
	setenv("TAPLESS_HOME", "/of/variable", 1);
}

TEST(service_options_have_defaults)
{
	clear();
	CHECK_EQ(parse(""), EXIT_OK);
	CHECK_STR(a.home, "/of/variable");
	CHECK_EQ(a.port, -1);
	CHECK_EQ(a.worker, -1);
	CHECK_EQ(a.level, TL_LOG_INFO);
	CHECK(!a.no_keeper && !a.no_controller);
}

TEST(service_options_are_read)
{
	clear();
	CHECK_EQ(parse("-D /x --port 0 -vv -j --no-keeper --no-controller"),
		 EXIT_OK);
	CHECK_STR(a.home, "/x");
	CHECK_EQ(a.port, 0);
	CHECK_EQ(a.level, TL_LOG_TRACE);
	CHECK(a.no_keeper && a.no_controller);
	CHECK_EQ(parse("--worker=6 -v"), EXIT_OK);
	CHECK_EQ(a.worker, 6);
	CHECK_EQ(a.level, TL_LOG_DBG);
}

TEST(service_options_of_a_relay)
{
	clear();
	CHECK_EQ(parse(""), EXIT_OK);
	CHECK(!a.relay && !a.relay_allow_private);
	CHECK_EQ(a.relay_max, 0);
	CHECK_EQ(parse("--relay 8.9.10.11/443 --relay-allow-private"), EXIT_OK);
	CHECK_STR(a.relay, "8.9.10.11/443");
	CHECK(a.relay_allow_private);
	CHECK_EQ(parse("--relay 443 --relay-connections 200"), EXIT_OK);
	CHECK_STR(a.relay, "443");
	CHECK_EQ(a.relay_max, 200);
	CHECK_EQ(a.relay_max_per_source, 0);
	CHECK_EQ(parse("--relay-connections 200/8"), EXIT_OK);
	CHECK_EQ(a.relay_max, 200);
	CHECK_EQ(a.relay_max_per_source, 8);
}

TEST(service_options_of_a_relay_are_refused)
{
	static const char *const bad[] = { "0",		"-1",	  "x",
					   "1/",	"/1",	  "1/0",
					   "1/2/3",	"100001", "1/-1",
					   "99999999/1" };
	char text[64];
	size_t i;

	clear();
	for (i = 0; i < TL_ARRAY_SIZE(bad); i++) {
		snprintf(text, sizeof(text), "--relay-connections %s", bad[i]);
		CHECK_EQ(parse(text), EXIT_USAGE);
	}
}

TEST(service_options_refuse_what_they_do_not_know)
{
	clear();
	CHECK_EQ(parse("--nonsense"), EXIT_USAGE);
	CHECK_EQ(parse("more"), EXIT_USAGE);
	CHECK_EQ(parse("-p 65536"), EXIT_USAGE);
	CHECK_EQ(parse("-p +1"), EXIT_USAGE);
	CHECK_EQ(parse("-p 1x"), EXIT_USAGE);
}

TEST(service_variables_stand_for_options)
{
	clear();
	setenv("TAPLESS_PORT", "1234", 1);
	setenv("TAPLESS_VERBOSE", "1", 1);
	setenv("TAPLESS_NO_KEEPER", "1", 1);
	setenv("TAPLESS_NO_CONTROLLER", "1", 1);
	CHECK_EQ(parse(""), EXIT_OK);
	CHECK_EQ(a.port, 1234);
	CHECK_EQ(a.level, TL_LOG_DBG);
	CHECK(a.no_keeper && a.no_controller);
	/* An option wins. */
	CHECK_EQ(parse("-p 99 -D /y"), EXIT_OK);
	CHECK_EQ(a.port, 99);
	CHECK_STR(a.home, "/y");
	/* Empty is as good as not there, and 0 says no. */
	setenv("TAPLESS_PORT", "", 1);
	setenv("TAPLESS_NO_KEEPER", "0", 1);
	CHECK_EQ(parse(""), EXIT_OK);
	CHECK_EQ(a.port, -1);
	CHECK(!a.no_keeper);
}

TEST(service_variables_that_are_wrong_are_refused)
{
	static const char *const wrong[][2] = {
		{ "TAPLESS_PORT", "-1" },
		{ "TAPLESS_PORT", "x" },
		{ "TAPLESS_VERBOSE", "3" },
		{ "TAPLESS_VERBOSE", "yes" },
		{ "TAPLESS_NO_KEEPER", "true" },
		{ "TAPLESS_NO_CONTROLLER", "2" },
	};
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(wrong); i++) {
		clear();
		setenv(wrong[i][0], wrong[i][1], 1);
		CHECK_EQ(parse(""), EXIT_USAGE);
	}
}
