/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/label.h"

static const uint8_t prefix[9] = { 0, 't', 'a', 'p', 'l', 'e', 's', 's', 'd' };

void tl_rpc_label_build(uint8_t out[RPC_LABEL_LEN],
			const struct rpc_datagram *d, uint64_t unique)
{
	struct writer w = tl_writer(tl_buffer(out, RPC_LABEL_LEN));

	tl_write_bytes(&w, TL_BYTES_OF(prefix));
	tl_write_be64(&w, unique);
	tl_rpc_write_datagram(&w, d);
	tl_assert(tl_writer_ok(&w));
}

bool tl_rpc_label_parse(struct rpc_datagram *out, struct bytes path)
{
	struct reader r = tl_reader(path);
	struct rpc_datagram d;

	if (!tl_bytes_equal(tl_read_slice(&r, sizeof(prefix)),
			    TL_BYTES_OF(prefix)))
		return false;
	(void)tl_read_be64(&r);
	tl_rpc_read_datagram(&r, &d);
	if (!tl_reader_done(&r))
		return false;
	*out = d;
	return true;
}
