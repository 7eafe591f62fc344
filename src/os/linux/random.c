/* SPDX-License-Identifier: Apache-2.0 */
#include "os/random.h"

#include <errno.h>
#include <sys/random.h>

#include "base/compiler.h"

void tl_random(void *ctx TL_UNUSED, void *out, size_t n)
{
	unsigned char *at = out;

	while (n > 0) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0) {
			tl_assert(errno == EINTR);
			continue;
		}
		at += got;
		n -= (size_t)got;
	}
}
