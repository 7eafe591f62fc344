/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcp_fuzz.c - what comes from a gateway, or from whoever says to be one
 *
 * A grant must be of use, and repeat what was asked for.
 */
#include <string.h>

#include "portmap/pcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_grant(const struct pcp_reply *reply,
			const struct pcp_map *asked)
{
	char text[ENDPOINT_TEXT_SIZE];

	tl_assert(memcmp(reply->map.nonce, asked->nonce, PCP_NONCE_LEN) == 0);
	tl_assert(reply->map.local.port == asked->local.port);
	tl_assert(reply->map.external.family == asked->local.family);
	tl_assert(reply->map.external.port && reply->map.lifetime_s);
	tl_endpoint_print(text, &reply->map.external);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct pcp_map asked[] = {
		{ .local = { 4, 4444, { 192, 168, 7, 5 } }, .lifetime_s = 600 },
		{ .local = { 6, 4444, { 0x20, 1, 0xd, 0xb8 } },
		  .lifetime_s = 600 },
	};
	struct reader r = tl_reader(tl_bytes(data, size));
	struct pcp_reply reply = tl_read_pcp_reply(&r);
	struct pcp_epoch e = { .is_known = true, .server_s = 7 };
	size_t i;

	if (tl_reader_ok(&r)) {
		tl_assert(tl_pcp_why(&reply)[0]);
		for (i = 0; i < TL_ARRAY_SIZE(asked); i++) {
			if (tl_pcp_answer(&reply, &asked[i]) == PCP_GRANTED)
				check_grant(&reply, &asked[i]);
		}
	}
	r = tl_reader(tl_bytes(data, size));
	/* One second later. */
	tl_assert(
		tl_pcp_epoch_is_lost(&e, tl_read_pcp_announcement(&r), 1000) ||
		(e.server_s >= 6 && e.server_s < 12));
	return 0;
}
