/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/client/tag.h"

#include "sdk/client/sys.h"

/* All bits but the mark, and the sign, which no tag has. */
#define TAG_OTHERS 0x01ffffffu

bool tl_tag_get(uint32_t *tag, int fd)
{
	uint32_t v = 0;
	socklen_t len = sizeof(v);

	if (tl_sys_getsockopt(fd, SOL_SOCKET, SO_INCOMING_CPU, &v, &len) < 0)
		return false;
	if (len != sizeof(v) || (v & ~TAG_OTHERS) != TAG_MAGIC)
		return false;

	*tag = v;
	return true;
}

void tl_tag_change(int fd, uint32_t add, uint32_t remove)
{
	uint32_t v;

	if (!tl_tag_get(&v, fd))
		return;

	v = (v & ~remove) | add;
	tl_sys_setsockopt(fd, SOL_SOCKET, SO_INCOMING_CPU, &v, sizeof(v));
}
