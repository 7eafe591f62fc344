/* SPDX-License-Identifier: Apache-2.0 */
/*
 * temporary.h - a home for a node that is to leave nothing behind
 *
 * A folder that only this user can enter, under $TMPDIR or /tmp. If the process
 * dies it stays.
 */
#ifndef TL_SDK_TEMPORARY_H
#define TL_SDK_TEMPORARY_H

#include "os/file.h"

/* Make one. 0, or a negative errno. @path has FILE_PATH_SIZE characters. */
TL_MUST_USE int tl_temporary_make(char *path);

/* Remove it with all that is in it; what cannot be removed stays. */
void tl_temporary_remove(const char *path);

#endif /* TL_SDK_TEMPORARY_H */
