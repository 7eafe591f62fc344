/* SPDX-License-Identifier: Apache-2.0 */
#include "os/logsink.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "os/clock.h"

#define LINE_MAX_LEN 2048

static size_t put_time(char *out, size_t size)
{
	int64_t now_ms = tl_clock_wall_ms();
	time_t seconds = (time_t)(now_ms / 1000);
	struct tm tm;
	size_t n;

	if (getenv("JOURNAL_STREAM") || !gmtime_r(&seconds, &tm))
		return 0;
	n = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &tm);
	n += (size_t)snprintf(out + n, size - n, ".%03dZ ",
			      (int)(now_ms % 1000));
	return n;
}

void tl_logsink_stderr(void *ctx TL_UNUSED, enum log_level level,
		       const char *line)
{
	char text[LINE_MAX_LEN];
	size_t at = put_time(text, sizeof(text));
	int n;

	n = snprintf(text + at, sizeof(text) - at, "%s: %s\n",
		     tl_log_level_name(level), line);
	if (n < 0)
		return;
	at += (size_t)n;
	if (at >= sizeof(text)) {
		at = sizeof(text) - 1;
		text[at - 1] = '\n';
	}
	if (write(STDERR_FILENO, text, at) < 0)
		return; /* nobody left to tell */
}
