/* SPDX-License-Identifier: Apache-2.0 */
/*
 * actors.h - identities for tests, with private keys that protect nothing
 *
 * Making an identity takes a third of a second; these are from
 * test/vectors/data/credentials.json.
 */
#ifndef TL_TEST_ACTORS_H
#define TL_TEST_ACTORS_H

#include "harness.h"
#include "wire/credential.h"

enum actor {
	ACTOR_CONTROLLER,
	ACTOR_MEMBER_A,
	ACTOR_MEMBER_B,
	ACTOR_STRANGER, /* a controller of other networks */
	ACTOR_COUNT,
};

/* A network of ACTOR_CONTROLLER. */
#define ACTOR_NETWORK ((struct network_id){ UINT64_C(0xd935117c6700cafe) })

static inline const struct identity *actor(enum actor who)
{
	static const char *const texts[ACTOR_COUNT] = {
		"d935117c67:0:d8e4ed12389b118252aba4d1955f509e04f0e06bd9d68f1"
		"91a0aed02ba5f61582bd10eb72ec1569953fa50c21b3b3d38e7f35fbea81"
		"aae7230dcdccbb6a9162b:6af112adea72b4d35bfba50c0407c4d589f98f"
		"a73ab17c304753d43b1aa90587d6ad2c7864ad00ee4c1fbcc1dbe8c6f840"
		"331bf78492d0460d70c0a05df814b0",
		"b3ee8dabf0:0:c1613779b585b98e1e4729efa999e6ab4aca7b73e09ac78"
		"d4966e80130fd8a5af378a49adea48a57a448827b5a787743199c2b1404b"
		"73ca473b99bb9cb3ef846:351b38d9b7b4051ffadeefb56c4145d0773764"
		"435d51ab3d7beb15ed992810e796e6a1e018a342f7c0ec8a21d1b0fff68a"
		"3a9bcb79375b4e7aa86f772a33f143",
		"20df22f878:0:7048adf92ee30a556ccaf37c99f9fdd05bcc28a442ffed0"
		"53f0995f38728f1305e6c8b6e9729a5f32b23c4be902d576b9d8c8595487"
		"987d1d1ac37aaf7622b1c:1a71b6540c034ae49379468fff0a06f5e18960"
		"72aff7821ab9c6f684b6f3cd03f79902973c54590543081f685a2f357601"
		"009a00ea245d81185aef006672c879",
		"a8cc43a27d:0:7978c175ac493a2cde66fde139044e438c995d796b70f35"
		"10f63af1440ef0e0f955e1ee6fd3ce5c97baa370bb16b828a723e09c7de2"
		"f36ece89b2fcde5614704:0589bcc6ebc5bd238f2649a90bf66911738324"
		"08cab43d2c7e64ce9abc55e68e2461c9f1b80b5e863a0bce555b520fd263"
		"55d55e2ff00af51bc09fb74b1a30ed",
	};
	static struct identity ids[ACTOR_COUNT];

	if (ids[who].addr.v == 0 &&
	    tl_identity_parse(&ids[who], tl_bytes_from_str(texts[who])) != 0)
		FAIL("identity %d", (int)who);
	return &ids[who];
}

static inline const struct identity *actor_find(void *ctx, struct address addr)
{
	const bool *knows = ctx;
	int who;

	for (who = 0; who < ACTOR_COUNT; who++) {
		const struct identity *id = actor((enum actor)who);

		if (knows[who] && tl_address_equal(id->addr, addr))
			return id;
	}
	return NULL;
}

/* Everybody but the stranger is known. */
static inline const struct keyring *actor_keys(void)
{
	static bool knows[ACTOR_COUNT] = { true, true, true, false };
	static const struct keyring keys = { actor_find, knows };

	return &keys;
}

/* Nobody is known. */
static inline const struct keyring *actor_no_keys(void)
{
	static bool knows[ACTOR_COUNT];
	static const struct keyring keys = { actor_find, knows };

	return &keys;
}

#endif /* TL_TEST_ACTORS_H */
