/* SPDX-License-Identifier: Apache-2.0 */
/* Beacons: what was understood is written and read again as the same. */
#include "wire/beacon.h"

#include "base/compiler.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t room[BEACON_MAX_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct beacon b;
	struct beacon again;

	if (!tl_beacon_parse(&b, tl_bytes(data, size)))
		return 0;
	tl_write_beacon(&w, &b);
	tl_assert(tl_writer_ok(&w));
	tl_assert(tl_beacon_parse(&again, tl_writer_bytes(&w)));
	tl_assert(again.port == b.port && again.instance == b.instance &&
		  again.n_hints == b.n_hints &&
		  tl_identity_equal(&again.identity, &b.identity));
	return 0;
}
