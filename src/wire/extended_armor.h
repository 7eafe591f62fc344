/* SPDX-License-Identifier: Apache-2.0 */
/*
 * extended_armor.h - HELLOs that hide who sends them (vl1.md E.2)
 *
 * Nodes of protocol 13 may encrypt a HELLO once more, with a key made for it
 * alone, so that nobody on the way reads their identity. Only the receiving
 * side is here. Taking it off costs a key agreement and proves nothing: what
 * comes out is a HELLO of suite 0, or noise, and its own MAC tells which.
 */
#ifndef TL_WIRE_EXTENDED_ARMOR_H
#define TL_WIRE_EXTENDED_ARMOR_H

#include "wire/header.h"
#include "wire/identity.h"

#define EXTENDED_ARMOR_KEY_LEN 32
#define EXTENDED_ARMOR_MIN_LEN (PACKET_HEADER_LEN + EXTENDED_ARMOR_KEY_LEN)

/* Is this packet, complete as it was received, in extended armor? */
TL_MUST_USE bool tl_is_extended_armor(struct bytes packet);

/**
 * tl_extended_armor_open() - Take it off, in place
 * @own:	recipient, with private key
 * @packet:	tl_is_extended_armor() said yes; becomes shorter
 *
 * Return: 0, or -EKEYREJECTED for a key of low order; @packet is as it was.
 */
TL_MUST_USE int tl_extended_armor_open(const struct identity *own,
				       struct buffer *packet);

#endif /* TL_WIRE_EXTENDED_ARMOR_H */
