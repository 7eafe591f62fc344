/* SPDX-License-Identifier: Apache-2.0 */
/* Files of peers: what parses is written and read the same. */
#include "wire/peer_cache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t room[PEER_CACHE_WIRE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct peer_cache first, again;
	unsigned int i;

	if (tl_peer_cache_parse(&first, tl_bytes(data, size)))
		return 0;
	tl_assert(!first.identity.has_priv);
	tl_peer_cache_build(&w, &first);
	tl_assert(tl_writer_ok(&w));
	tl_assert(tl_peer_cache_parse(&again, tl_writer_bytes(&w)) == 0);
	tl_assert(tl_identity_equal(&first.identity, &again.identity));
	tl_assert(first.version.protocol == again.version.protocol &&
		  first.version.revision == again.version.revision);
	tl_assert(first.n_endpoints == again.n_endpoints);
	for (i = 0; i < first.n_endpoints; i++)
		tl_assert(tl_endpoint_equal(&first.endpoints[i],
					    &again.endpoints[i]));
	return 0;
}
