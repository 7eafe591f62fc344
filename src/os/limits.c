/* SPDX-License-Identifier: Apache-2.0 */
#include "os/limits.h"

#include <stdlib.h>
#include <sys/resource.h>

#if defined(__GLIBC__)
#include <malloc.h>

#define LARGE (128 * 1024) /* glibc's own, as long as it is not moved */
#endif

size_t tl_limits_raise_files(void)
{
	struct rlimit now;
	struct rlimit want;

	if (getrlimit(RLIMIT_NOFILE, &now) != 0)
		return 256;
	want = now;
	want.rlim_cur = want.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &want) == 0)
		now = want;
	return (size_t)now.rlim_cur;
}

void tl_limits_return_memory(void)
{
#if defined(__GLIBC__)
	(void)mallopt(M_MMAP_THRESHOLD, LARGE);
#endif
}
