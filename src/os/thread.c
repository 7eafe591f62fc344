/* SPDX-License-Identifier: Apache-2.0 */
#include "os/thread.h"

#include <signal.h>

int tl_thread_start(pthread_t *thread, void *(*main)(void *), void *arg)
{
	sigset_t all;
	sigset_t old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(thread, NULL, main, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -err;
}
