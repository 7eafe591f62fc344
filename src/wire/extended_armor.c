/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/extended_armor.h"

#include <string.h>

#include "crypto/aes.h"
#include "crypto/curve.h"
#include "crypto/hash.h"

#define NONCE_LEN 12 /* packet ID and the destination's first bytes */

bool tl_is_extended_armor(struct bytes packet)
{
	return packet.n >= EXTENDED_ARMOR_MIN_LEN &&
	       tl_packet_suite(packet.at) == SUITE_POLY1305 &&
	       packet.at[PACKET_AT_FLAGS] & PACKET_FLAG_ENCRYPTED;
}

int tl_extended_armor_open(const struct identity *own, struct buffer *packet)
{
	size_t len = packet->n - EXTENDED_ARMOR_KEY_LEN;
	uint8_t counter[AES_BLOCK_LEN] = { 0 };
	uint8_t secret[X25519_LEN];
	uint8_t digest[SHA512_LEN];
	struct aes aes;
	int r;

	tl_assert(own->has_priv);
	r = tl_x25519_agree(secret, own->priv, packet->at + len);
	if (r)
		return r;
	tl_sha512(digest, TL_BYTES_OF(secret));
	tl_aes_init(&aes, digest);
	memcpy(counter, packet->at, NONCE_LEN);
	*packet = tl_buffer(packet->at, len);
	tl_aes_ctr(&aes, counter, tl_buffer_skip(*packet, PACKET_AT_MAC));
	tl_wipe(secret, sizeof(secret));
	tl_wipe(digest, sizeof(digest));
	tl_wipe(&aes, sizeof(aes));
	return 0;
}
