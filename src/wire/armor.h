/* SPDX-License-Identifier: Apache-2.0 */
/*
 * armor.h - encryption and authentication of packets (vl1.md 3)
 *
 * One `struct armor` per peer keeps the key schedules: setting them up for each
 * packet would halve the throughput. Suite 3's are made when first used.
 */
#ifndef TL_WIRE_ARMOR_H
#define TL_WIRE_ARMOR_H

#include "base/drop.h"
#include "wire/header.h"
#include "wire/identity.h"

struct armor;

/* Return: 0 or -ENOMEM; *@armorp is owned by the caller. */
TL_MUST_USE int tl_armor_new(struct armor **armorp, const struct pair_key *key);

/* Erases the keys. Accepts NULL. */
void tl_armor_free(struct armor *armor);

/**
 * tl_armor_seal() - Encrypt and authenticate a packet in place
 * @suite:	SUITE_POLY1305, SUITE_SALSA_POLY1305 or SUITE_AES_GMAC_SIV
 * @packet:	complete and final but for suite, flag 0x80 and MAC: the ID is
 *		random, the fragmented flag is set or clear, hops are zero
 *
 * With suite 3 the packet ID is replaced: take it afterwards.
 *
 * Return: 0; -ENOMEM; -ENOTSUP for suite 3 in a build without AES.
 */
TL_MUST_USE int tl_armor_seal(struct armor *armor, enum suite suite,
			      struct buffer packet);

/**
 * tl_armor_open() - Verify and decrypt a packet in place
 * @packet:	as received; its hops may have been changed by relays. Left
 *		undefined from the verb on if it is not authentic
 *
 * Suite 2 is not for here: DROP_BAD_SUITE, as suite 3 without AES.
 *
 * Return: DROP_NONE, DROP_TOO_SHORT, DROP_BAD_SUITE, DROP_BAD_MAC or
 * DROP_NO_MEMORY.
 */
TL_MUST_USE enum drop tl_armor_open(struct armor *armor, struct buffer packet);

/* Encrypt or decrypt bytes [@start, end) of a HELLO (vl1.md 3.5). */
void tl_armor_mask_field(const struct armor *armor, struct buffer packet,
			 size_t start);

#endif /* TL_WIRE_ARMOR_H */
