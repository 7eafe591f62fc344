/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "wire/extended_armor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The header in front of the MAC and the length are all that is kept; doing it
 * again undoes it, since it is a stream. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct identity own = { .has_priv = true, .priv = { 1 } };
	static uint8_t room[PACKET_MAX_LEN];
	struct buffer p = tl_buffer(room, n);

	if (n > PACKET_MAX_LEN || !tl_is_extended_armor(tl_bytes(data, n)))
		return 0;
	memcpy(room, data, n);
	if (tl_extended_armor_open(&own, &p)) {
		tl_assert(p.n == n && memcmp(room, data, n) == 0);
		return 0;
	}
	tl_assert(p.n == n - EXTENDED_ARMOR_KEY_LEN);
	tl_assert(memcmp(room, data, PACKET_AT_MAC) == 0);
	p.n = n;
	tl_assert(tl_extended_armor_open(&own, &p) == 0);
	tl_assert(memcmp(room, data, n) == 0);
	return 0;
}
