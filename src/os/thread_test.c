/* SPDX-License-Identifier: Apache-2.0 */
#include "os/thread.h"

#include <signal.h>

#include "harness.h"

static void *report(void *arg)
{
	CHECK_EQ(pthread_sigmask(SIG_BLOCK, NULL, arg), 0);
	return NULL;
}

TEST(thread_takes_no_signals_and_changes_nobodys_mask)
{
	pthread_t thread;
	sigset_t inside;
	sigset_t mine;
	sigset_t after;

	sigemptyset(&mine);
	sigaddset(&mine, SIGUSR2);
	CHECK_EQ(pthread_sigmask(SIG_SETMASK, &mine, NULL), 0);
	CHECK_EQ(tl_thread_start(&thread, report, &inside), 0);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK(sigismember(&inside, SIGTERM));
	CHECK(sigismember(&inside, SIGCHLD));
	CHECK(sigismember(&inside, SIGUSR1));
	CHECK_EQ(pthread_sigmask(SIG_BLOCK, NULL, &after), 0);
	CHECK(sigismember(&after, SIGUSR2));
	CHECK(!sigismember(&after, SIGTERM));
}
