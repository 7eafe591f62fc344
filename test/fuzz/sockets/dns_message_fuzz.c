/* SPDX-License-Identifier: Apache-2.0 */
/* Questions of programs and answers of name servers. The first byte says where
 * the question ends, in units of four, and the answer begins. */
#include "sockets/dns_message.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void build(struct bytes message, const struct dns_question *q)
{
	const struct rpc_addr list[] = { { .family = 4 }, { .family = 6 } };
	const struct dns_reply replies[] = {
		{ .list = list, .n = 2 },
		{ .name = "0123456789.zt" },
		{ .code = DNS_CODE_REFUSED, .why = "why" },
	};
	uint8_t room[DNS_ROOM_MAX];
	size_t n;

	for (size_t i = 0; i < TL_ARRAY_SIZE(replies); i++) {
		n = tl_dns_reply_build(TL_BUFFER_OF(room), message, q,
				       &replies[i], q->room);
		tl_assert(n <= q->room);
		tl_assert(tl_dns_is_reply_to(tl_bytes(room, n), q->id, q));
		tl_assert(tl_dns_reply_code(tl_bytes(room, n)) ==
			  replies[i].code);
	}
	n = tl_dns_reply_cut(TL_BUFFER_OF(room), message, q);
	tl_assert(n <= DNS_ROOM_MIN);
	tl_assert(tl_dns_reply_is_cut(tl_bytes(room, n)));
}

static void read_answer(struct bytes answer, const struct dns_question *q)
{
	uint8_t room[DNS_ROOM_MAX];
	size_t n;

	if (!tl_dns_is_reply_to(answer, q->id, q) || answer.n > sizeof(room))
		return;
	for (size_t most = 0; most <= answer.n; most += 7) {
		memcpy(room, answer.at, answer.n);
		n = tl_dns_reply_shorten(tl_buffer(room, answer.n), q, most);
		tl_assert(n <= most || n == answer.n);
		tl_assert(n == 0 ||
			  tl_dns_is_reply_to(tl_bytes(room, n), q->id, q));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_question q;
	struct rpc_addr a;
	struct bytes rest;
	size_t n;

	if (size < 1)
		return 0;
	rest = tl_bytes(data + 1, size - 1);
	n = TL_MIN((size_t)data[0] * 4, rest.n);
	if (!tl_dns_question_read(&q, tl_bytes_first(rest, n)))
		return 0;
	tl_assert(strlen(q.name) <= RPC_HOST_NAME_MAX && q.end <= n);
	if (tl_dns_reverse(&a, q.name))
		tl_assert(a.family == 4 || a.family == 6);
	build(tl_bytes_first(rest, n), &q);
	read_answer(tl_bytes_skip(rest, n), &q);
	return 0;
}
