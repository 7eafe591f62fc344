/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "proxy/socks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_length(int r, size_t n)
{
	tl_assert(r == -EPROTO || (r >= 0 && (size_t)r <= n));
}

/* A head that is built from an address is read as the same. */
static void check_round_trip(const struct target *to, struct bytes payload)
{
	uint8_t room[SOCKS_DATAGRAM_HEAD_MAX + 16];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct bytes again;
	struct target t;

	if (!to->ip.sa.sa_family)
		return;
	tl_socks_write_datagram_head(&w, &to->ip);
	tl_write_bytes(&w, tl_bytes_first(payload, 16));
	tl_assert(tl_writer_ok(&w));
	tl_assert(tl_socks_parse_datagram(&t, &again, tl_writer_bytes(&w)) ==
		  0);
	tl_assert(tl_place_same_host(&t.ip, &to->ip));
	tl_assert(t.port == to->port);
	tl_assert(tl_bytes_equal(again, tl_bytes_first(payload, 16)));
}

/* What a longer message begins with is the same message. */
static void check_prefix(struct bytes b, int r)
{
	struct socks_request q;
	size_t i;

	if (r <= 0)
		return;
	for (i = 0; i < (size_t)r; i++)
		tl_assert(tl_socks_parse_request(&q, tl_bytes_first(b, i)) ==
			  0);
	tl_assert(tl_socks_parse_request(&q, tl_bytes_first(b, i)) == r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct bytes b = tl_bytes(data, n);
	struct socks_request q;
	struct bytes first;
	struct bytes second;
	struct target to;
	int r;

	check_length(tl_socks_parse_greeting(&first, b), n);
	check_length(tl_socks_parse_password(&first, &second, b), n);
	r = tl_socks_parse_request(&q, b);
	check_length(r, n);
	check_prefix(b, r);
	if (r > 0 && !q.is_bad_address)
		tl_assert(q.to.ip.sa.sa_family || q.to.name[0]);
	r = tl_socks_parse_datagram(&to, &first, b);
	if (r == 0) {
		tl_assert(first.n < n);
		check_round_trip(&to, first);
	}
	return 0;
}
