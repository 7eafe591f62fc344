/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation: suites 0 and 1 mix the header into the pair's key and so
 * get a key for one packet; nothing is worth keeping. Suite 3 has two AES keys
 * for the pair whose schedules and hash table take 1 KB, or 5 KB with the plain
 * kernel; most peers of a busy root never need them, so they are made with the
 * first packet.
 */
#include "wire/armor.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "crypto/poly1305.h"
#include "crypto/salsa20.h"
#include "wire/suite3.h"

#define MAC_FIELD_LEN 8
#define FLAGS_MASK 0xf8 /* all but the hops, which relays change */

/**
 * struct armor - Keys of one pair of nodes
 * @key:	the permanent key; its first 32 bytes are for suites 0 and 1
 * @suite3:	its keys; NULL until first used; owned
 */
struct armor {
	struct pair_key key;
	struct suite3 *suite3;
};

int tl_armor_new(struct armor **armorp, const struct pair_key *key)
{
	struct armor *armor = tl_alloc_zeroed(sizeof(*armor));

	if (!armor)
		return -ENOMEM;
	armor->key = *key;
	*armorp = armor;
	return 0;
}

void tl_armor_free(struct armor *armor)
{
	if (!armor)
		return;
	tl_suite3_free(armor->suite3);
	tl_wipe(armor, sizeof(*armor));
	tl_free(armor);
}

static int need_suite3(struct armor *armor)
{
	if (TL_LIKELY(armor->suite3))
		return 0;
	return tl_suite3_new(&armor->suite3, &armor->key);
}

/* vl1.md 3.2 and 3.3: the packet's cipher, and its key for Poly1305. */
static void begin_salsa(const struct armor *armor, struct salsa20 *salsa,
			uint8_t poly_key[POLY1305_KEY_LEN],
			struct buffer packet)
{
	uint8_t key[SALSA20_KEY_LEN];
	uint8_t block[SALSA20_BLOCK_LEN] = { 0 };

	memcpy(key, armor->key.b, sizeof(key));
	for (size_t i = 0; i < PACKET_AT_FLAGS; i++)
		key[i] ^= packet.at[i];
	key[18] ^= packet.at[PACKET_AT_FLAGS] & FLAGS_MASK;
	key[19] ^= (uint8_t)packet.n;
	key[20] ^= (uint8_t)(packet.n >> 8);

	tl_salsa20_init(salsa, key, packet.at + PACKET_AT_ID, 0);
	tl_salsa20_12_xor(salsa, TL_BUFFER_OF(block));
	memcpy(poly_key, block, POLY1305_KEY_LEN);
	tl_wipe(key, sizeof(key));
	tl_wipe(block, sizeof(block));
}

static void seal_salsa(const struct armor *armor, bool encrypt,
		       struct buffer packet)
{
	struct buffer body = tl_buffer_skip(packet, PACKET_AT_VERB);
	uint8_t poly_key[POLY1305_KEY_LEN];
	uint8_t tag[POLY1305_TAG_LEN];
	struct salsa20 salsa;

	begin_salsa(armor, &salsa, poly_key, packet);
	if (encrypt)
		tl_salsa20_12_xor(&salsa, body);
	tl_poly1305(tag, poly_key, tl_buffer_bytes(body));
	memcpy(packet.at + PACKET_AT_MAC, tag, MAC_FIELD_LEN);
	tl_wipe(poly_key, sizeof(poly_key));
	tl_wipe(&salsa, sizeof(salsa));
}

static bool open_salsa(const struct armor *armor, bool decrypt,
		       struct buffer packet)
{
	struct buffer body = tl_buffer_skip(packet, PACKET_AT_VERB);
	uint8_t poly_key[POLY1305_KEY_LEN];
	uint8_t tag[POLY1305_TAG_LEN];
	struct salsa20 salsa;
	bool authentic;

	begin_salsa(armor, &salsa, poly_key, packet);
	tl_poly1305(tag, poly_key, tl_buffer_bytes(body));
	authentic = tl_equal_ct(tag, packet.at + PACKET_AT_MAC, MAC_FIELD_LEN);
	if (authentic && decrypt)
		tl_salsa20_12_xor(&salsa, body);
	tl_wipe(poly_key, sizeof(poly_key));
	tl_wipe(&salsa, sizeof(salsa));
	return authentic;
}

int tl_armor_seal(struct armor *armor, enum suite suite, struct buffer packet)
{
	uint8_t *flags = packet.at + PACKET_AT_FLAGS;
	int err;

	tl_assert(packet.n >= PACKET_HEADER_LEN);
	tl_assert(suite == SUITE_POLY1305 || suite == SUITE_SALSA_POLY1305 ||
		  suite == SUITE_AES_GMAC_SIV);

	*flags &= PACKET_FLAG_FRAGMENTED;
	*flags |= (uint8_t)(suite << 3);
	if (suite == SUITE_AES_GMAC_SIV) {
		err = need_suite3(armor);
		if (err)
			return err;
		tl_suite3_seal(armor->suite3, packet);
		return 0;
	}

	if (suite == SUITE_SALSA_POLY1305)
		*flags |= PACKET_FLAG_ENCRYPTED;
	seal_salsa(armor, suite == SUITE_SALSA_POLY1305, packet);
	return 0;
}

enum drop tl_armor_open(struct armor *armor, struct buffer packet)
{
	bool authentic;
	int err;

	if (packet.n < PACKET_HEADER_LEN)
		return DROP_TOO_SHORT;

	switch (tl_packet_suite(packet.at)) {
	case SUITE_POLY1305:
		authentic = open_salsa(armor, false, packet);
		break;
	case SUITE_SALSA_POLY1305:
		authentic = open_salsa(armor, true, packet);
		break;
	case SUITE_AES_GMAC_SIV:
		err = need_suite3(armor);
		if (err)
			return err == -ENOMEM ? DROP_NO_MEMORY : DROP_BAD_SUITE;
		authentic = tl_suite3_open(armor->suite3, packet);
		break;
	default:
		return DROP_BAD_SUITE;
	}
	return authentic ? DROP_NONE : DROP_BAD_MAC;
}

void tl_armor_mask_field(const struct armor *armor, struct buffer packet,
			 size_t start)
{
	uint8_t nonce[SALSA20_NONCE_LEN];
	struct salsa20 salsa;

	tl_assert(start >= PACKET_AT_PAYLOAD && start <= packet.n);
	memcpy(nonce, packet.at + PACKET_AT_ID, sizeof(nonce));
	nonce[7] &= 0xf8;
	tl_salsa20_init(&salsa, armor->key.b, nonce, 0);
	tl_salsa20_12_xor(&salsa, tl_buffer_skip(packet, start));
	tl_wipe(&salsa, sizeof(salsa));
}
