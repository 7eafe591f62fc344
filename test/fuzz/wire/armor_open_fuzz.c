/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "wire/armor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct armor *armor;

/* What was sealed opens again, after a relay too. */
static void check_round_trip(enum suite suite, struct bytes data)
{
	static uint8_t packet[PACKET_MAX_LEN];
	enum drop drop;
	int err;

	memcpy(packet, data.at, data.n);
	err = tl_armor_seal(armor, suite, tl_buffer(packet, data.n));
	tl_assert(err == 0);
	packet[PACKET_AT_FLAGS] |= data.at[0] & PACKET_HOPS_MASK;
	drop = tl_armor_open(armor, tl_buffer(packet, data.n));
	tl_assert(drop == DROP_NONE);
	tl_assert(tl_bytes_equal(tl_bytes_skip(tl_bytes(packet, data.n),
					       PACKET_AT_VERB),
				 tl_bytes_skip(data, PACKET_AT_VERB)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct pair_key key = { { 1, 2, 3 } };
	static uint8_t packet[PACKET_MAX_LEN];
	enum drop drop;
	int err;

	if (!armor) {
		err = tl_armor_new(&armor, &key);
		tl_assert(err == 0);
	}
	if (n == 0 || n > PACKET_MAX_LEN)
		return 0;
	memcpy(packet, data, n);
	drop = tl_armor_open(armor, tl_buffer(packet, n));
	if (n < PACKET_HEADER_LEN) {
		tl_assert(drop == DROP_TOO_SHORT);
		return 0;
	}
	tl_assert(drop == DROP_NONE || drop == DROP_BAD_MAC ||
		  drop == DROP_BAD_SUITE);
	check_round_trip(SUITE_POLY1305, tl_bytes(data, n));
	check_round_trip(SUITE_SALSA_POLY1305, tl_bytes(data, n));
	check_round_trip(SUITE_AES_GMAC_SIV, tl_bytes(data, n));
	return 0;
}
