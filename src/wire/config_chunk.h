/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_chunk.h - a slice of a configuration dictionary (vl2.md 4.6)
 *
 * The payload of NETWORK_CONFIG, and of OK(NETWORK_CONFIG_REQUEST).
 */
#ifndef TL_WIRE_CONFIG_CHUNK_H
#define TL_WIRE_CONFIG_CHUNK_H

#include "wire/identity.h"

#define CONFIG_CHUNK_MAX 9740 /* bytes of dictionary in one chunk we send */
#define CONFIG_CHUNK_OVERHEAD (8 + 2 + 1 + 8 + 4 + 4 + 3 + SIGNATURE_LEN)
#define CONFIG_FAST_PROPAGATE 0x01

/**
 * struct config_chunk - Slice of a dictionary; all slices borrowed
 * @is_signed:	false for the legacy form, which only the controller may send
 *		and which is a whole dictionary
 * @update_id:	the same in all chunks of an update
 * @chunk_id:	differs between the chunks of an update
 * @total:	length of the whole dictionary, less than NETCONF_DICT_MAX
 * @offset:	where @data goes in it; @offset + @data.n <= @total
 * @whole:	the payload as received, from the network ID on
 * @signed_part: what @signature covers
 */
struct config_chunk {
	struct network_id network;
	struct bytes data;
	bool is_signed;
	uint8_t flags;
	uint64_t update_id;
	uint64_t chunk_id;
	uint32_t total;
	uint32_t offset;
	struct bytes whole;
	struct bytes signed_part;
	struct signature signature;
};

/**
 * tl_read_config_chunk() - Parse a payload, to its end
 * @r:		at the network ID; fails if malformed or over a limit
 * @packet_id:	serves as update and chunk ID of the legacy form
 */
void tl_read_config_chunk(struct reader *r, uint64_t packet_id,
			  struct config_chunk *out);

/* Did @controller_pub's owner sign it? False for the legacy form. */
TL_MUST_USE bool
tl_config_chunk_verify(const struct config_chunk *chunk,
		       const uint8_t controller_pub[IDENTITY_PUB_LEN]);

/**
 * tl_write_config_chunk() - Write and sign one chunk
 * @update_id:	not 0
 * @dict:	the whole dictionary
 * @offset:	of the slice; it is CONFIG_CHUNK_MAX long, or what is left
 */
void tl_write_config_chunk(struct writer *w, struct network_id net,
			   uint64_t update_id, struct bytes dict, size_t offset,
			   const struct identity *controller);

#endif /* TL_WIRE_CONFIG_CHUNK_H */
