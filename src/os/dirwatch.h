/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dirwatch.h - when a file in a folder changes
 *
 * A file is looked for by its name, since editors put a new one in its place.
 * What a symbolic link points to is not watched.
 */
#ifndef TL_OS_DIRWATCH_H
#define TL_OS_DIRWATCH_H

#include <stdbool.h>

#include "base/compiler.h"

/**
 * tl_dirwatch_open() - A descriptor that is readable when something changes
 *
 * Files written and closed, put in place, and removed. Close it with
 * tl_fd_close().
 *
 * Return: the descriptor, or a negative errno.
 */
TL_MUST_USE int tl_dirwatch_open(const char *dir);

/* Takes what there is. True if @name was among it, or may have been. */
bool tl_dirwatch_drain(int fd, const char *name);

#endif /* TL_OS_DIRWATCH_H */
