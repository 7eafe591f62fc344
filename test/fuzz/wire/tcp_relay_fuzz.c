/* SPDX-License-Identifier: Apache-2.0 */
/* A stream to or from a TCP relay: it is the same however it is cut, and what
 * was read is written the same. The first byte says how it is cut. */
#include <string.h>

#include "wire/tcp_relay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What one way of cutting gave. */
struct outcome {
	size_t n_messages;
	size_t n_bytes;
	enum tcp_relay_next last;
};

static void check_message(const struct tcp_relay_message *m)
{
	uint8_t room[TCP_RELAY_PREFIX_MAX];
	size_t head;

	/* An empty payload lies nowhere. */
	if (m->kind != TCP_RELAY_CARRIES || !m->payload.n)
		return;
	head = tl_tcp_relay_prefix(room, &m->at, m->payload.n);
	tl_assert(memcmp(room, m->payload.at - head, head) == 0);
}

static struct outcome run(struct bytes in, size_t cut)
{
	static struct tcp_relay_reader r;
	struct outcome o = { .last = TCP_RELAY_MORE };
	struct tcp_relay_message m;

	tl_tcp_relay_reader_init(&r);
	while (in.n && o.last != TCP_RELAY_BROKEN) {
		struct buffer room = tl_tcp_relay_room(&r);
		size_t n = TL_MIN(TL_MIN(in.n, cut), room.n);

		tl_assert(room.n);
		memcpy(room.at, in.at, n);
		tl_tcp_relay_took(&r, n);
		in = tl_bytes_skip(in, n);
		while ((o.last = tl_tcp_relay_next(&r, &m)) ==
		       TCP_RELAY_MESSAGE) {
			check_message(&m);
			o.n_messages++;
			o.n_bytes += m.payload.n;
		}
	}
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome a;
	struct outcome b;

	if (!size)
		return 0;
	a = run(tl_bytes(data + 1, size - 1), (size_t)data[0] + 1);
	b = run(tl_bytes(data + 1, size - 1), SIZE_MAX);
	tl_assert(a.n_messages == b.n_messages && a.n_bytes == b.n_bytes &&
		  a.last == b.last);
	return 0;
}
