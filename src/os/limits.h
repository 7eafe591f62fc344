/* SPDX-License-Identifier: Apache-2.0 */
/* limits.h - what the system lets this process have */
#ifndef TL_OS_LIMITS_H
#define TL_OS_LIMITS_H

#include <stddef.h>

/* Raise the soft limit of open files to the hard one. Returns what is in force
 * afterwards, raised or not. */
size_t tl_limits_raise_files(void);

#endif /* TL_OS_LIMITS_H */
