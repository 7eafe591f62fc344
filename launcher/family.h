/* SPDX-License-Identifier: Apache-2.0 */
/*
 * family.h - the launcher as the parent of what it runs
 *
 * Who starts `tapless run` deals with the launcher: it kills it, stops it,
 * waits for its status. Here that is passed on, so that it looks as if the
 * program stood in its place.
 */
#ifndef TL_LAUNCHER_FAMILY_H
#define TL_LAUNCHER_FAMILY_H

#include <sys/types.h>

#include "base/compiler.h"

/**
 * tl_family_prepare() - Before the child is made
 *
 * Children without parent become ours; signals are blocked until
 * tl_family_start(), and tl_family_restore() undoes that in the child.
 *
 * Return: 0, or a negative errno.
 */
TL_MUST_USE int tl_family_prepare(void);

/* In the child: signals as they were. */
void tl_family_restore(void);

/* From now on signals go to @child. A descriptor that is readable when
 * tl_family_look() has something to do, the family's; or a negative errno. */
TL_MUST_USE int tl_family_start(pid_t child);

/* Buries the dead, and passes on signals that had nobody to go to. */
void tl_family_look(void);

/* Waits for the first child if it runs; its status as shells have it. */
int tl_family_status(void);

#endif /* TL_LAUNCHER_FAMILY_H */
