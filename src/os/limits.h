/* SPDX-License-Identifier: Apache-2.0 */
/* limits.h - what the system lets this process have */
#ifndef TL_OS_LIMITS_H
#define TL_OS_LIMITS_H

#include <stddef.h>

/* Raise the soft limit of open files to the hard one. Returns what is in force
 * afterwards, raised or not. */
size_t tl_limits_raise_files(void);

/* For the owner of a process: large blocks of the heap are given back to the
 * system when they are freed, whatever was freed before (glibc keeps them from
 * the second time on). Does nothing where the C library does not do that. */
void tl_limits_return_memory(void);

#endif /* TL_OS_LIMITS_H */
