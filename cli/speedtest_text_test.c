/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/speedtest_text.c"

#include "harness.h"

static void cut_end(char *line)
{
	size_t n = strlen(line);

	CHECK(n > 0 && line[n - 1] == '\n');
	line[n - 1] = 0;
}

TEST(speedtest_requests_are_read_as_they_are_written)
{
	const struct speedtest_request r = { true, true, 3600, 100000,
					     UINT64_MAX };
	struct speedtest_request got;
	char line[SPEEDTEST_LINE_MAX];

	tl_speedtest_print_request(line, &r);
	cut_end(line);
	CHECK_STR(line, "tapless-speedtest 1 udp down 3600 100000 "
			"ffffffffffffffff");
	CHECK(tl_speedtest_parse_request(&got, line));
	CHECK(got.is_udp && got.is_reverse);
	CHECK_EQ(got.seconds, 3600);
	CHECK_EQ(got.mbit, 100000);
	CHECK_EQ(got.token, UINT64_MAX);
	CHECK(tl_speedtest_parse_request(&got,
					 "tapless-speedtest 1 tcp up 1 0 1"));
	CHECK(!got.is_udp && !got.is_reverse);
	CHECK_EQ(got.token, 1);
}

TEST(speedtest_requests_of_another_kind_are_refused)
{
	static const char *const lines[] = {
		"",
		"GET / HTTP/1.1",
		"tapless-speedtest 2 tcp up 1 0 1",
		"tapless-speedtest 1 tcp",
		"tapless-speedtest 1 sctp up 1 0 1",
		"tapless-speedtest 1 tcp sideways 1 0 1",
		"tapless-speedtest 1 tcp up 0 0 1",
		"tapless-speedtest 1 tcp up 3601 0 1",
		"tapless-speedtest 1 tcp up -1 0 1",
		"tapless-speedtest 1 tcp up 1 100001 1",
		"tapless-speedtest 1 tcp up 1 0",
		"tapless-speedtest 1 tcp up 1 0 ",
		"tapless-speedtest 1 tcp up 1 0 g",
		"tapless-speedtest 1 tcp up 1 0 10000000000000000",
		"tapless-speedtest 1 tcp up 1 0 1 x",
		"tapless-speedtest 1 tcp up 1  1",
		"tapless-speedtest 1 udp up 1 0 1", /* for ever silent */
		"tapless-speedtest 1 tcp up 99999999999999999999999 0 1",
	};
	struct speedtest_request got;
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(lines); i++)
		CHECK(!tl_speedtest_parse_request(&got, lines[i]));
}

TEST(speedtest_sums_are_read_as_they_are_written)
{
	const struct speedtest_sum s = { UINT64_MAX, 0, 12 };
	struct speedtest_sum got;
	char line[SPEEDTEST_LINE_MAX];

	tl_speedtest_print_sum(line, &s);
	cut_end(line);
	CHECK(tl_speedtest_parse_sum(&got, line));
	CHECK_EQ(got.bytes, UINT64_MAX);
	CHECK_EQ(got.us, 0);
	CHECK_EQ(got.datagrams, 12);
	CHECK(!tl_speedtest_parse_sum(&got, "SUM 1 2"));
	CHECK(!tl_speedtest_parse_sum(&got, "SUM 18446744073709551616 0 0"));
	CHECK(!tl_speedtest_parse_sum(&got, "SUM1 2 3"));
}

TEST(speedtest_answers_name_a_port)
{
	uint16_t port;

	CHECK(tl_speedtest_parse_ok(&port, "OK 65535"));
	CHECK_EQ(port, 65535);
	CHECK(!tl_speedtest_parse_ok(&port, "OK 65536"));
	CHECK(!tl_speedtest_parse_ok(&port, "OK"));
	CHECK(!tl_speedtest_parse_ok(&port, "NO busy"));
}
