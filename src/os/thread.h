/* SPDX-License-Identifier: Apache-2.0 */
/* thread.h - threads that the rest of the process need not know of */
#ifndef TL_OS_THREAD_H
#define TL_OS_THREAD_H

#include <pthread.h>

#include "base/compiler.h"

/* With all signals blocked: they are for the threads that were there before. 0,
 * or -EAGAIN. */
TL_MUST_USE int tl_thread_start(pthread_t *thread, void *(*main)(void *),
				void *arg);

#endif /* TL_OS_THREAD_H */
