/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - messages for whoever runs the program
 *
 * Lines go to one sink for the process, set by the program that owns it;
 * without a sink they vanish (a library never writes to stderr). A thread can
 * have another one: an application's nodes have one each. Messages start
 * lower-case and say what could not be done and why. Messages that the network
 * can cause use tl_log_limited().
 */
#ifndef TL_BASE_LOG_H
#define TL_BASE_LOG_H

#include <stdint.h>

#include "base/compiler.h"

enum log_level {
	TL_LOG_ERR,
	TL_LOG_WARN,
	TL_LOG_INFO,
	TL_LOG_DBG,
	TL_LOG_TRACE,
};

typedef void (*log_sink_fn)(void *ctx, enum log_level level, const char *line);

/* NULL silences. Set before threads start. */
void tl_log_set_sink(log_sink_fn sink, void *ctx, enum log_level max);

/**
 * struct log_sink - Where lines of some threads go
 * @fn:		called on the thread that logs
 */
struct log_sink {
	log_sink_fn fn;
	void *ctx;
	enum log_level max;
};

/* This thread's own sink, borrowed; NULL: the process's. Whoever starts threads
 * that may log hands them what tl_log_own() returns. */
void tl_log_use(const struct log_sink *sink);
const struct log_sink *tl_log_own(void);

enum log_level tl_log_level(void);

/* The level's name: "error", "warning", "info", "debug", "trace". */
const char *tl_log_level_name(enum log_level level);

void tl_log(enum log_level level, const char *format, ...) TL_PRINTF(2, 3);

#define tl_err(...) tl_log(TL_LOG_ERR, __VA_ARGS__)
#define tl_warn(...) tl_log(TL_LOG_WARN, __VA_ARGS__)
#define tl_info(...) tl_log(TL_LOG_INFO, __VA_ARGS__)

/* Arguments are not evaluated below the level. */
#define tl_log_if(level, ...)                                                  \
	do {                                                                   \
		if (TL_UNLIKELY(tl_log_level() >= (level)))                    \
			tl_log((level), __VA_ARGS__);                          \
	} while (0)
#define tl_dbg(...) tl_log_if(TL_LOG_DBG, __VA_ARGS__)
#define tl_trace(...) tl_log_if(TL_LOG_TRACE, __VA_ARGS__)

/**
 * struct log_limit - At most one message in @period_ms; start with zeroes
 * @next_ms:	no message before this time
 * @suppressed:	messages left out since the last one
 */
struct log_limit {
	int64_t next_ms;
	unsigned int suppressed;
};

/* True if a message may be written at @now_ms; counts it otherwise. */
TL_MUST_USE int tl_log_allowed(struct log_limit *limit, int64_t period_ms,
			       int64_t now_ms);

#endif /* TL_BASE_LOG_H */
