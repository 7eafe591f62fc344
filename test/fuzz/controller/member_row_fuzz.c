/* SPDX-License-Identifier: Apache-2.0 */
/* A row that is read in one pass means what it means as any JSON. */
#include "controller/member_row.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct network_id net = { 0x1e80fd6eb40000a1 };
static const struct address addr = { 0xcc85670443 };

/* A space in front makes it any JSON. */
static struct member_object *read_slowly(const uint8_t *data, size_t size)
{
	struct member_object *o = NULL;
	uint8_t *copy = malloc(size + 1);
	int err = -1;

	if (copy) {
		copy[0] = ' ';
		memcpy(copy + 1, data, size);
		err = tl_member_object_load(&o, net, addr,
					    tl_bytes(copy, size + 1));
	}
	free(copy);
	return err ? NULL : o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct member_object *slow;
	struct member_object *o;

	if (tl_member_object_new(&o, net, addr, 0))
		return 0;
	if (tl_member_row_read(o, tl_bytes(data, size)) == MEMBER_ROW_READ) {
		slow = read_slowly(data, size);
		tl_assert(slow);
		tl_assert(tl_member_object_equal(o, slow));
		tl_assert(o->revision == slow->revision);
		tl_member_object_free(slow);
	}
	tl_member_object_free(o);
	return 0;
}
