/* SPDX-License-Identifier: Apache-2.0 */
/* suite3_none.c - suite3.h in a build without AES */
#include "wire/suite3.h"

#include <errno.h>

int tl_suite3_new(struct suite3 **sp TL_UNUSED,
		  const struct pair_key *key TL_UNUSED)
{
	return -ENOTSUP;
}

void tl_suite3_free(struct suite3 *s TL_UNUSED)
{
}

/* There is no suite3 to be given. */
void tl_suite3_seal(const struct suite3 *s TL_UNUSED,
		    struct buffer packet TL_UNUSED)
{
	tl_assert(false);
}

bool tl_suite3_open(const struct suite3 *s TL_UNUSED,
		    struct buffer packet TL_UNUSED)
{
	return false;
}
