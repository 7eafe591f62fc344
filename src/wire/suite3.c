/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/suite3.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "crypto/gmac_siv.h"
#include "crypto/kbkdf.h"

#define MAC_FIELD_LEN 8
#define FLAGS_MASK 0xf8 /* all but the hops, which relays change */
#define AAD_LEN 11

/* Only as much of it is there as the kernel in use wants. */
struct suite3 {
	struct gmac_siv siv;
};

int tl_suite3_new(struct suite3 **sp, const struct pair_key *key)
{
	struct suite3 *s = tl_alloc(tl_gmac_siv_size());
	uint8_t k0[KBKDF_OUT_LEN];
	uint8_t k1[KBKDF_OUT_LEN];

	if (!s)
		return -ENOMEM;
	tl_kbkdf(k0, key->b, '0', 0, 0);
	tl_kbkdf(k1, key->b, '1', 0, 0);
	tl_gmac_siv_init(&s->siv, k0, k1);
	tl_wipe(k0, sizeof(k0));
	tl_wipe(k1, sizeof(k1));
	*sp = s;
	return 0;
}

void tl_suite3_free(struct suite3 *s)
{
	if (s)
		tl_wipe(s, tl_gmac_siv_size());
	tl_free(s);
}

/* Destination, source and flags. */
static void make_aad(uint8_t aad[AAD_LEN], struct buffer packet)
{
	memcpy(aad, packet.at + PACKET_AT_DEST, AAD_LEN);
	aad[AAD_LEN - 1] &= FLAGS_MASK;
}

/* The halves of the tag travel as packet ID and MAC. */
void tl_suite3_seal(const struct suite3 *s, struct buffer packet)
{
	uint8_t aad[AAD_LEN];
	uint8_t tag[GMAC_SIV_TAG_LEN];

	make_aad(aad, packet);
	tl_gmac_siv_seal(&s->siv, tag, packet.at + PACKET_AT_ID,
			 TL_BYTES_OF(aad),
			 tl_buffer_skip(packet, PACKET_AT_VERB));
	memcpy(packet.at + PACKET_AT_ID, tag, GMAC_SIV_IV_LEN);
	memcpy(packet.at + PACKET_AT_MAC, tag + GMAC_SIV_IV_LEN, MAC_FIELD_LEN);
}

bool tl_suite3_open(const struct suite3 *s, struct buffer packet)
{
	uint8_t aad[AAD_LEN];
	uint8_t tag[GMAC_SIV_TAG_LEN];

	make_aad(aad, packet);
	memcpy(tag, packet.at + PACKET_AT_ID, GMAC_SIV_IV_LEN);
	memcpy(tag + GMAC_SIV_IV_LEN, packet.at + PACKET_AT_MAC, MAC_FIELD_LEN);
	return tl_gmac_siv_open(&s->siv, tag, TL_BYTES_OF(aad),
				tl_buffer_skip(packet, PACKET_AT_VERB));
}
