/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/name.h"

#include <string.h>

static const uint8_t prefix[8] = { 0, 't', 'a', 'p', 'l', 'e', 's', 's' };

void tl_rpc_name_build(uint8_t out[RPC_NAME_LEN], const struct rpc_name *name)
{
	struct writer w = tl_writer(tl_buffer(out, RPC_NAME_LEN));

	tl_write_bytes(&w, TL_BYTES_OF(prefix));
	tl_write_u8(&w, (uint8_t)name->kind);
	tl_write_be64(&w, name->unique);
	tl_rpc_write_addr(&w, &name->local);
	tl_rpc_write_addr(&w, &name->remote);
	tl_assert(tl_writer_ok(&w));
}

bool tl_rpc_name_parse(struct rpc_name *out, struct bytes path)
{
	struct reader r = tl_reader(path);
	struct rpc_name name;
	struct bytes start = tl_read_slice(&r, sizeof(prefix));
	uint8_t kind = tl_read_u8(&r);

	if (!tl_bytes_equal(start, TL_BYTES_OF(prefix)))
		return false;
	if (kind != NAME_BOUND && kind != NAME_CONNECTED &&
	    kind != NAME_LISTENING)
		return false;
	name.kind = (enum name_kind)kind;
	name.unique = tl_read_be64(&r);
	name.local = tl_rpc_read_addr(&r);
	name.remote = tl_rpc_read_addr(&r);
	if (!tl_reader_done(&r))
		return false;
	*out = name;
	return true;
}
