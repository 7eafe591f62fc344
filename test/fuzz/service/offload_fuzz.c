/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offload_fuzz.c - frames of any kind, cut and joined
 *
 * Two bytes of MTU, then frames: two bytes of length, a struct vnet, the frame.
 * The pieces of all go into the other direction, where what comes out must be
 * as many bytes as a device takes.
 */
#include "base/reader.h"
#include "service/coalesce.h"
#include "service/eport.h"
#include "service/segment.h"

#define MTU_MIN 1280
#define MTU_MAX 10000
#define FRAME_MAX 65550
#define PIECES_MAX 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void emit(void *ctx, const struct bytes *parts, size_t n)
{
	volatile uint8_t last = 0;
	size_t total = 0;
	size_t i;

	(void)ctx;
	tl_assert(n >= 2 && n <= COALESCE_PARTS + 1);
	for (i = 0; i < n; i++) {
		total += parts[i].n;
		if (parts[i].n)
			last = parts[i].at[parts[i].n - 1];
	}
	(void)last;
	tl_assert(total <= VNET_LEN + 14 + 65535);
}

static struct packet pieces[PIECES_MAX];

static void one(struct coalescer *c, struct buffer frame, const struct vnet *v,
		size_t mtu)
{
	uint8_t answer[EPORT_ADVERTISEMENT_LEN];
	struct segmenter g;
	size_t i;

	if (tl_segment_begin(&g, frame, v, mtu))
		return;
	(void)tl_eport_is_report(g.ethertype, tl_buffer_bytes(g.payload));
	if (tl_eport_solicited(tl_buffer_bytes(g.payload)))
		tl_eport_advertise(answer, tl_buffer_bytes(g.payload),
				   (struct mac){ 0 });
	for (i = 0; i < PIECES_MAX && tl_segment_left(&g); i++) {
		pieces[i].head = PACKET_HEADROOM;
		pieces[i].n = 0;
		tl_segment_next(&g, &pieces[i]);
		tl_assert(pieces[i].n && pieces[i].n <= mtu + 4);
		tl_coalesce_add(c, frame.at, tl_packet_bytes(&pieces[i]));
	}
	tl_coalesce_flush(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = tl_reader(tl_bytes(data, size));
	size_t mtu = MTU_MIN + tl_read_be16(&r) % (MTU_MAX - MTU_MIN + 1);
	static uint8_t room[FRAME_MAX];
	static struct coalescer c;

	tl_coalesce_init(&c, emit, NULL);
	while (r.rest.n) {
		size_t n = tl_read_be16(&r);
		struct bytes head = tl_read_slice(&r, VNET_LEN);
		struct bytes frame = tl_read_slice(&r, n);
		struct vnet v;

		if (!tl_reader_ok(&r))
			break;
		v = tl_vnet_load(head.at);
		if (frame.n)
			memcpy(room, frame.at, frame.n);
		one(&c, tl_buffer(room, frame.n), &v, mtu);
	}
	return 0;
}
