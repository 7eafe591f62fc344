/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a speed test: what parses must be written and read the same. */
#include "base/bytes.h"
#include "cli/speedtest_text.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_request(const char *line)
{
	struct speedtest_request r;
	struct speedtest_request again;
	char text[SPEEDTEST_LINE_MAX];

	if (!tl_speedtest_parse_request(&r, line))
		return;
	tl_assert(r.seconds && r.seconds <= SPEEDTEST_SECONDS_MAX);
	tl_assert(r.mbit <= SPEEDTEST_MBIT_MAX && (r.mbit || !r.is_udp));
	tl_speedtest_print_request(text, &r);
	text[strlen(text) - 1] = 0;
	tl_assert(tl_speedtest_parse_request(&again, text));
	tl_assert(again.is_udp == r.is_udp && again.token == r.token);
	tl_assert(again.is_reverse == r.is_reverse);
	tl_assert(again.seconds == r.seconds && again.mbit == r.mbit);
}

static void check_sum(const char *line)
{
	struct speedtest_sum s;
	struct speedtest_sum again;
	char text[SPEEDTEST_LINE_MAX];

	if (!tl_speedtest_parse_sum(&s, line))
		return;
	tl_speedtest_print_sum(text, &s);
	text[strlen(text) - 1] = 0;
	tl_assert(tl_speedtest_parse_sum(&again, text));
	tl_assert(again.bytes == s.bytes && again.us == s.us);
	tl_assert(again.datagrams == s.datagrams);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char line[SPEEDTEST_LINE_MAX];
	uint16_t port;

	if (size >= sizeof(line))
		return 0;
	memcpy(line, data, size);
	line[size] = 0;
	check_request(line);
	check_sum(line);
	if (tl_speedtest_parse_ok(&port, line))
		tl_assert(strncmp(line, "OK ", 3) == 0);
	return 0;
}
