/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#define LINE_MAX_BYTES 1024

static log_sink_fn sink_fn;
static void *sink_ctx;
static enum log_level max_level = TL_LOG_INFO;

void tl_log_set_sink(log_sink_fn sink, void *ctx, enum log_level max)
{
	sink_fn = sink;
	sink_ctx = ctx;
	max_level = max;
}

enum log_level tl_log_level(void)
{
	return max_level;
}

const char *tl_log_level_name(enum log_level level)
{
	static const char *const names[] = {
		[TL_LOG_ERR] = "error",	  [TL_LOG_WARN] = "warning",
		[TL_LOG_INFO] = "info",	  [TL_LOG_DBG] = "debug",
		[TL_LOG_TRACE] = "trace",
	};

	return names[level];
}

void tl_log(enum log_level level, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	va_list args;

	if (!sink_fn || level > max_level)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	sink_fn(sink_ctx, level, line);
}

int tl_log_allowed(struct log_limit *limit, int64_t period_ms, int64_t now_ms)
{
	if (now_ms < limit->next_ms) {
		limit->suppressed++;
		return 0;
	}
	limit->next_ms = now_ms + period_ms;
	limit->suppressed = 0;
	return 1;
}
