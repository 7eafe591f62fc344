/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/beacon.h"

#include "crypto/hash.h"

#define MAGIC 0x544c6263 /* "TLbc" */

uint64_t tl_beacon_hint(struct network_id net, struct address who,
			uint64_t instance)
{
	uint8_t text[4 + 8 + ADDRESS_LEN + 8];
	struct writer w = tl_writer(TL_BUFFER_OF(text));
	uint8_t hash[SHA512_LEN];

	tl_write_be32(&w, MAGIC);
	tl_write_be64(&w, net.v);
	tl_write_address(&w, who);
	tl_write_be64(&w, instance);
	tl_sha512(hash, TL_BYTES_OF(text));
	return tl_load_be64(hash);
}

void tl_write_beacon(struct writer *w, const struct beacon *b)
{
	unsigned int i;

	tl_assert(b->n_hints <= BEACON_MAX_HINTS);
	tl_write_be32(w, MAGIC);
	tl_write_u8(w, BEACON_VERSION);
	tl_write_u8(w, 0);
	tl_write_be16(w, b->port);
	tl_write_be64(w, b->instance);
	tl_write_identity(w, &b->identity);
	tl_write_u8(w, (uint8_t)b->n_hints);
	for (i = 0; i < b->n_hints; i++)
		tl_write_be64(w, b->hints[i]);
}

bool tl_beacon_parse(struct beacon *out, struct bytes datagram)
{
	struct reader r = tl_reader(datagram);
	unsigned int i;

	*out = (struct beacon){ 0 };
	if (tl_read_be32(&r) != MAGIC || tl_read_u8(&r) != BEACON_VERSION)
		return false;
	tl_read_skip(&r, 1);
	out->port = tl_read_be16(&r);
	out->instance = tl_read_be64(&r);
	tl_read_identity(&r, &out->identity);
	out->n_hints = tl_read_u8(&r);
	if (!tl_reader_ok(&r) || out->identity.has_priv ||
	    tl_address_is_reserved(out->identity.addr) || !out->port ||
	    !out->instance || out->n_hints > BEACON_MAX_HINTS) {
		tl_identity_wipe(&out->identity);
		return false;
	}
	for (i = 0; i < out->n_hints; i++)
		out->hints[i] = tl_read_be64(&r);
	return tl_reader_ok(&r);
}
