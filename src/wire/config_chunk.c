/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/config_chunk.h"

#include <string.h>

#include "wire/netconf.h"

#define SIGNATURE_TYPE 1

/* The end of the signed form, behind the data. */
static void read_signed(struct reader *r, struct config_chunk *out)
{
	size_t rest = r->rest.n;
	bool ours;

	out->is_signed = true;
	out->flags = tl_read_u8(r);
	out->update_id = tl_read_be64(r);
	out->total = tl_read_be32(r);
	out->offset = tl_read_be32(r);
	out->signed_part = tl_bytes_first(
		out->whole, out->whole.n - rest + (rest - r->rest.n));
	ours = tl_read_u8(r) == SIGNATURE_TYPE;
	if (tl_read_be16(r) != SIGNATURE_LEN || !ours)
		tl_reader_fail(r);
	tl_read_copy(r, out->signature.b, SIGNATURE_LEN);
	out->chunk_id = tl_load_be64(out->signature.b) ^
			tl_load_be64(out->signature.b + 8);
}

void tl_read_config_chunk(struct reader *r, uint64_t packet_id,
			  struct config_chunk *out)
{
	memset(out, 0, sizeof(*out));
	out->whole = r->rest;
	out->network.v = tl_read_be64(r);
	out->data = tl_read_slice(r, tl_read_be16(r));
	if (!tl_reader_ok(r))
		return;
	if (r->rest.n > 0) {
		read_signed(r, out);
	} else {
		out->update_id = packet_id;
		out->chunk_id = packet_id;
		out->total = (uint32_t)out->data.n;
	}
	if (out->data.n == 0 || out->update_id == 0 ||
	    out->total >= NETCONF_DICT_MAX || out->data.n > out->total ||
	    out->offset > out->total - out->data.n)
		tl_reader_fail(r);
	if (tl_reader_ok(r))
		out->whole.n -= r->rest.n;
}

bool tl_config_chunk_verify(const struct config_chunk *chunk,
			    const uint8_t controller_pub[IDENTITY_PUB_LEN])
{
	return chunk->is_signed &&
	       tl_signature_verify(&chunk->signature, controller_pub,
				   chunk->signed_part);
}

void tl_write_config_chunk(struct writer *w, struct network_id net,
			   uint64_t update_id, struct bytes dict, size_t offset,
			   const struct identity *controller)
{
	struct bytes data =
		tl_bytes_first(tl_bytes_skip(dict, offset), CONFIG_CHUNK_MAX);
	struct signature signature;
	size_t start = w->n;

	tl_write_be64(w, net.v);
	tl_write_be16(w, (uint16_t)data.n);
	tl_write_bytes(w, data);
	tl_write_u8(w, 0); /* flags */
	tl_write_be64(w, update_id);
	tl_write_be32(w, (uint32_t)dict.n);
	tl_write_be32(w, (uint32_t)offset);
	if (!tl_writer_ok(w))
		return;
	tl_identity_sign(&signature, controller,
			 tl_bytes_skip(tl_writer_bytes(w), start));
	tl_write_u8(w, SIGNATURE_TYPE);
	tl_write_be16(w, SIGNATURE_LEN);
	tl_write_bytes(w, TL_BYTES_OF(signature.b));
}
