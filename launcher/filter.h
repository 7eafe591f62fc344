/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.h - which system calls of a program come to the launcher
 *
 * Only those that concern addresses, options and records; read, write, poll,
 * epoll and all else never stop. The filter says nothing about what a program
 * may do: it is a way to answer calls, and no boundary for security.
 */
#ifndef TL_LAUNCHER_FILTER_H
#define TL_LAUNCHER_FILTER_H

#include <linux/filter.h>

#include "base/compiler.h"

/**
 * tl_filter_build() - Make the filter
 * @out:	written on success; the caller's to tl_filter_free()
 *
 * Return: 0; -EOPNOTSUPP if the kernel has no notification; -ENOMEM or another
 * negative errno.
 */
TL_MUST_USE int tl_filter_build(struct sock_fprog *out);

/**
 * tl_filter_load() - Put this thread, and all that it starts, under the filter
 *
 * Sets no_new_privs first. Irrevocable.
 *
 * Return: the descriptor from which notifications are read, close-on-exec;
 * -EBUSY if the thread is under such a filter already, or another negative
 * errno.
 */
TL_MUST_USE int tl_filter_load(const struct sock_fprog *prog);

/* Accepts one that was never built. */
void tl_filter_free(struct sock_fprog *prog);

#endif /* TL_LAUNCHER_FILTER_H */
