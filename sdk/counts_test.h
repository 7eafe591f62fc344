/* SPDX-License-Identifier: Apache-2.0 */
/* counts_test.h - what a process has, to see whether it has grown */
#ifndef TL_SDK_COUNTS_TEST_H
#define TL_SDK_COUNTS_TEST_H

#include <dirent.h>
#include <malloc.h>
#include <sched.h>
#include <stdbool.h>

#include "harness.h"

#include "base/compiler.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif

/* With the two that are in every folder. */
static TL_UNUSED int count_entries(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	CHECK(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static TL_UNUSED int count_fds(void)
{
	return count_entries("/proc/self/fd");
}

static TL_UNUSED int count_threads(void)
{
	return count_entries("/proc/self/task") - 2;
}

/* Without those that are on their way out. */
static TL_UNUSED int lasting_threads(void)
{
	int least = count_threads();
	int tries;
	int n;

	for (tries = 0; tries < 10000; tries++) {
		n = count_threads();
		least = n < least ? n : least;
		sched_yield();
	}
	return least;
}

/* A thread that was joined may still be on its way out of the kernel;
 * sanitizers have threads of their own. */
static TL_UNUSED bool has_threads(int want)
{
#ifdef HAS_SANITIZER
	return want > 0;
#else
	int tries = 100000;

	while (count_threads() != want && tries-- > 0)
		sched_yield();
	return tries > 0;
#endif
}

/* The sanitizers' allocators do not count; LeakSanitizer finds what is lost. */
static TL_UNUSED size_t heap_used(void)
{
#ifdef HAS_SANITIZER
	return 0;
#else
	return mallinfo2().uordblks + mallinfo2().hblkhd;
#endif
}

#endif /* TL_SDK_COUNTS_TEST_H */
