/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify.h - tell the service manager how things are (sd_notify(3))
 *
 * Lines such as READY=1 in a datagram to the socket that $NOTIFY_SOCKET names,
 * a path or an abstract name. Nothing here waits.
 */
#ifndef TL_OS_NOTIFY_H
#define TL_OS_NOTIFY_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/compiler.h"

/**
 * tl_notify() - Send lines
 * @lines:	separated by line feeds
 *
 * Return: 0, also if no manager asked to be told; -EINVAL if the variable is no
 * address; or another negative errno.
 */
int tl_notify(struct bytes lines);

/* RELOADING=1, with the time that the manager wants to know, and a line of
 * words for STATUS=. Ends with the next READY=1. */
void tl_notify_reloading(const char *status);

/**
 * tl_notify_watchdog_ms() - How often the manager wants to hear from us
 *
 * Return: the time after which it takes this process for dead, in milliseconds;
 * 0 if it did not ask, or another process.
 */
int64_t tl_notify_watchdog_ms(void);

#endif /* TL_OS_NOTIFY_H */
