/* SPDX-License-Identifier: Apache-2.0 */
/* thread.h - threads that the application need not know of */
#ifndef TL_SDK_THREAD_H
#define TL_SDK_THREAD_H

#include <pthread.h>

#include "base/compiler.h"

/* With all signals blocked: they are for the application's own threads. 0, or
 * -EAGAIN. */
TL_MUST_USE int tl_thread_start(pthread_t *thread, void *(*main)(void *),
				void *arg);

#endif /* TL_SDK_THREAD_H */
