/* SPDX-License-Identifier: Apache-2.0 */
/*
 * extended_armor_none.c - extended_armor.h in a build without AES
 *
 * A HELLO in extended armor is then one whose MAC is wrong.
 */
#include "wire/extended_armor.h"

#include <errno.h>

bool tl_is_extended_armor(struct bytes packet TL_UNUSED)
{
	return false;
}

int tl_extended_armor_open(const struct identity *own TL_UNUSED,
			   struct buffer *packet TL_UNUSED)
{
	return -EKEYREJECTED;
}
