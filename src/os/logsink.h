/* SPDX-License-Identifier: Apache-2.0 */
/* logsink.h - where log lines of a program go */
#ifndef TL_OS_LOGSINK_H
#define TL_OS_LOGSINK_H

#include "base/log.h"

/**
 * tl_logsink_stderr() - Write a line to standard error, for tl_log_set_sink()
 * @ctx:	not used
 *
 * "2026-01-31T12:00:00.123Z warning: text". The time is left out when systemd
 * reads along (JOURNAL_STREAM is set) and adds its own. One write(2) a line.
 */
void tl_logsink_stderr(void *ctx, enum log_level level, const char *line);

#endif /* TL_OS_LOGSINK_H */
