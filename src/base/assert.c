/* SPDX-License-Identifier: Apache-2.0 */
#include "base/compiler.h"

#include <stdio.h>
#include <stdlib.h>

void tl_assert_failed(const char *cond, const char *file, int line)
{
	/* The one place that writes to stderr from a library: we die here. */
	fprintf(stderr, "tapless: bug: %s:%d: %s\n", file, line, cond);
	abort();
}
