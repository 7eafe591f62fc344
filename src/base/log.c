/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#define LINE_MAX_BYTES 1024

static struct log_sink process = { .max = TL_LOG_INFO };
static _Thread_local const struct log_sink *own;

static const struct log_sink *sink_in_use(void)
{
	return own ? own : &process;
}

void tl_log_set_sink(log_sink_fn sink, void *ctx, enum log_level max)
{
	process = (struct log_sink){ .fn = sink, .ctx = ctx, .max = max };
}

void tl_log_use(const struct log_sink *sink)
{
	own = sink;
}

const struct log_sink *tl_log_own(void)
{
	return own;
}

enum log_level tl_log_level(void)
{
	return sink_in_use()->max;
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
	const struct log_sink *sink = sink_in_use();
	char line[LINE_MAX_BYTES];
	va_list args;

	if (!sink->fn || level > sink->max)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	sink->fn(sink->ctx, level, line);
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
