/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hello.h - the fields of HELLO and OK(HELLO) (vl1.md 4.2)
 *
 * Values; they own nothing. The end of a HELLO, its list of moons, is masked
 * with the key of the pair (vl1.md 3.5). Nothing here knows keys: these
 * functions say where the masked part begins, and the caller applies
 * tl_armor_mask_field() to it.
 */
#ifndef TL_WIRE_HELLO_H
#define TL_WIRE_HELLO_H

#include "wire/endpoint.h"
#include "wire/identity.h"

/* Moons in one HELLO. We send no more, and of a longer list we keep the first
 * so many. */
#define HELLO_MAX_MOONS 16

/* Longest HELLO that tl_hello_build() makes, without the packet header. */
#define HELLO_MAX_LEN                                                          \
	(13 + IDENTITY_WIRE_LEN + ENDPOINT_WIRE_MAX + 16 + 2 +                 \
	 17 * HELLO_MAX_MOONS)

/**
 * struct node_version - What a node says it runs
 * @protocol:	protocol version (vl1.md 5.3)
 * @major:	software version
 * @minor:	software version
 * @revision:	software version
 */
struct node_version {
	uint8_t protocol;
	uint8_t major;
	uint8_t minor;
	uint16_t revision;
};

/**
 * struct moon_note - A moon that the sender of a HELLO orbits or looks for
 * @id:		world ID
 * @timestamp:	of its copy; 0 if it wants the moon and has none
 */
struct moon_note {
	uint64_t id;
	uint64_t timestamp;
};

/**
 * struct hello - Fields of a HELLO
 * @version:	of the sender
 * @timestamp:	sender's clock; opaque, goes back in the OK
 * @identity:	of the sender; not validated, never with a private key
 * @sent_to:	physical address this HELLO was sent to, nil if not known
 * @planet_id:	world ID of the sender's planet, 0 if it did not say
 * @planet_timestamp: of the sender's planet
 * @n_moons:	how many of @moons are filled
 * @moons:	moons of the sender
 */
struct hello {
	struct node_version version;
	uint64_t timestamp;
	struct identity identity;
	struct endpoint sent_to;
	uint64_t planet_id;
	uint64_t planet_timestamp;
	unsigned int n_moons;
	struct moon_note moons[HELLO_MAX_MOONS];
};

/**
 * struct ok_hello - Fields of an OK(HELLO) behind those every OK begins with
 * @timestamp:	of the HELLO that is answered
 * @version:	of the answering node
 * @seen_at:	physical address the HELLO came from; nil if not said
 * @worlds:	serialized worlds one after the other (vl1.md 6.2); borrowed
 */
struct ok_hello {
	uint64_t timestamp;
	struct node_version version;
	struct endpoint seen_at;
	struct bytes worlds;
};

/**
 * tl_hello_build() - Write the payload of a HELLO, all of it in the clear
 * @w:		positioned behind the packet header
 * @mask_at:	where the part to be masked begins, as an offset in @w->room:
 *		what tl_armor_mask_field() takes if the room is the packet
 *
 * More than HELLO_MAX_MOONS is a bug. A lack of room marks @w failed.
 */
void tl_hello_build(struct writer *w, const struct hello *hello,
		    size_t *mask_at);

/**
 * tl_hello_parse() - Read a HELLO up to its masked part
 * @r:		positioned behind the packet header; afterwards it holds the
 *		masked part and nothing else, which therefore begins at the
 *		packet's length less @r->rest.n. Very old senders have none
 * @out:	@n_moons is 0 until tl_hello_parse_moons() was called; undefined
 *		if malformed
 *
 * Return: false if malformed. An identity with private key is.
 */
TL_MUST_USE bool tl_hello_parse(struct reader *r, struct hello *out);

/**
 * tl_hello_parse_moons() - Read the list of moons
 * @tail:	the part that was masked, in the clear now; may be empty
 *
 * Entries that are no moons are left out.
 *
 * Return: false if malformed.
 */
TL_MUST_USE bool tl_hello_parse_moons(struct hello *out, struct bytes tail);

/**
 * tl_ok_hello_build() - Write an OK(HELLO)
 * @w:		positioned behind in-re verb and in-re packet ID
 *
 * @ok->worlds longer than 65,535 bytes marks @w failed, as no room does.
 */
void tl_ok_hello_build(struct writer *w, const struct ok_hello *ok);

/**
 * tl_ok_hello_parse() - Read an OK(HELLO)
 * @r:		positioned behind in-re verb and in-re packet ID
 * @out:	its worlds are borrowed from @r; undefined if malformed
 *
 * Return: false if malformed.
 */
TL_MUST_USE bool tl_ok_hello_parse(struct reader *r, struct ok_hello *out);

#endif /* TL_WIRE_HELLO_H */
