/* SPDX-License-Identifier: Apache-2.0 */
#include "service/segment.h"

#include "harness.h"
#include "stack/checksum.h"

#define FRAME_MAX 65600

static uint8_t frame[FRAME_MAX];
static struct packet packet;

/**
 * struct layout - A frame as a kernel hands it over
 * @ext:	bytes of IPv6 extension headers
 * @options:	bytes of TCP options
 */
struct layout {
	bool is_ip6;
	bool is_udp;
	size_t ext;
	size_t options;
	size_t data;
	uint8_t flags;
};

static size_t ip_len(const struct layout *l)
{
	return (l->is_ip6 ? 40 : 20) + l->ext;
}

static size_t head_len(const struct layout *l)
{
	return ip_len(l) + (l->is_udp ? 8 : 20 + l->options);
}

static uint8_t data_at(size_t i)
{
	return (uint8_t)(i * 7 + i / 251);
}

static void fill_ip(const struct layout *l)
{
	uint8_t *ip = frame + ETHERNET_LEN;
	uint8_t protocol = l->is_udp ? 17 : 6;
	size_t i;

	if (l->is_ip6) {
		ip[0] = 0x60;
		ip[6] = l->ext ? 60 : protocol;
		ip[7] = 64;
		for (i = 8; i < 40; i++)
			ip[i] = (uint8_t)(0xa0 + i);
		if (l->ext) {
			ip[40] = protocol;
			ip[41] = (uint8_t)(l->ext / 8 - 1);
		}
		return;
	}
	ip[0] = 0x45;
	ip[4] = 0xff;
	ip[5] = 0xff;
	ip[6] = 0x40;
	ip[8] = 64;
	ip[9] = protocol;
	memcpy(ip + 12, "\x0a\x01\x02\x03\x0a\x01\x02\x04", 8);
}

static struct buffer make(const struct layout *l)
{
	uint8_t *transport = frame + ETHERNET_LEN + ip_len(l);
	uint8_t *data = frame + ETHERNET_LEN + head_len(l);
	size_t i;

	memset(frame, 0, sizeof(frame));
	tl_store_be16(frame + 12, l->is_ip6 ? 0x86dd : 0x0800);
	fill_ip(l);
	tl_store_be16(transport, 1000);
	tl_store_be16(transport + 2, 2000);
	if (!l->is_udp) {
		tl_store_be32(transport + 4, 0xfffff000);
		transport[12] = (uint8_t)((20 + l->options) / 4 << 4);
		transport[13] = l->flags;
		memset(transport + 20, 1, l->options);
	}
	for (i = 0; i < l->data; i++)
		data[i] = data_at(i);
	return tl_buffer(frame, ETHERNET_LEN + head_len(l) + l->data);
}

static struct vnet lacks(const struct layout *l, uint16_t size)
{
	return (struct vnet){
		.flags = VNET_NEEDS_CSUM,
		.gso_type = l->is_udp	? VNET_GSO_UDP
			    : l->is_ip6 ? VNET_GSO_TCP6
					: VNET_GSO_TCP4,
		.gso_size = size,
		.csum_start = (uint16_t)(ETHERNET_LEN + ip_len(l)),
		.csum_offset = l->is_udp ? 6 : 16,
	};
}

/* A transport checksum that is right sums up to nothing. */
static void check_sums(const struct layout *l, struct bytes p)
{
	CHECK_EQ(tl_checksum_transport(p, ip_len(l), l->is_udp ? 17 : 6), 0);
	if (!l->is_ip6)
		CHECK_EQ(tl_checksum_of(tl_bytes(p.at, 20)), 0);
}

static struct bytes next(struct segmenter *g)
{
	packet.head = PACKET_HEADROOM;
	packet.n = 0;
	tl_segment_next(g, &packet);
	return tl_packet_bytes(&packet);
}

static void check_lengths(const struct layout *l, struct bytes p)
{
	if (l->is_ip6)
		CHECK_EQ(tl_load_be16(p.at + 4), p.n - 40);
	else
		CHECK_EQ(tl_load_be16(p.at + 2), p.n);
	if (l->is_udp)
		CHECK_EQ(tl_load_be16(p.at + ip_len(l) + 4), p.n - ip_len(l));
}

static void check_cuts(const struct layout *l, uint16_t size, size_t mtu)
{
	struct vnet v = lacks(l, size);
	size_t each = TL_MIN(size, mtu - head_len(l));
	struct segmenter g;
	size_t pieces = 0;
	size_t done = 0;
	size_t n;
	size_t i;

	CHECK_EQ(tl_segment_begin(&g, make(l), &v, mtu), DROP_NONE);
	CHECK_EQ(tl_segment_left(&g), (l->data + each - 1) / each);
	for (; tl_segment_left(&g); pieces++, done += n) {
		struct bytes p = next(&g);
		const uint8_t *transport = p.at + ip_len(l);

		n = TL_MIN(each, l->data - done);
		CHECK_EQ(p.n, head_len(l) + n);
		for (i = 0; i < n; i++)
			CHECK_EQ(p.at[head_len(l) + i], data_at(done + i));
		check_lengths(l, p);
		check_sums(l, p);
		if (!l->is_ip6)
			CHECK_EQ(tl_load_be16(p.at + 4),
				 (0xffff + pieces) & 0xffff);
		if (l->is_udp)
			continue;
		CHECK_EQ(tl_load_be32(transport + 4),
			 (uint32_t)(0xfffff000 + done));
		CHECK_EQ(transport[13],
			 (pieces ? l->flags & 0x7f : l->flags) &
				 (done + n < l->data ? 0xf6 : 0xff));
	}
	CHECK_EQ(done, l->data);
}

TEST(segment_tcp4_is_cut_to_the_size_asked_for)
{
	check_cuts(&(struct layout){ .data = 10000, .flags = 0x19 }, 1448,
		   2800);
}

TEST(segment_tcp6_is_cut_to_the_size_asked_for)
{
	check_cuts(&(struct layout){ .is_ip6 = true, .data = 60001 }, 2728,
		   2800);
}

TEST(segment_flags_of_the_end_are_on_the_last_piece_only)
{
	check_cuts(&(struct layout){ .data = 5000, .flags = 0x99 }, 1000, 2800);
}

TEST(segment_options_are_in_every_piece)
{
	check_cuts(&(struct layout){ .data = 9999, .options = 40 }, 777, 2800);
	check_cuts(
		&(struct layout){ .is_ip6 = true, .data = 3001, .options = 12 },
		1000, 2800);
}

TEST(segment_extension_headers_are_in_every_piece)
{
	check_cuts(&(struct layout){ .is_ip6 = true, .ext = 24, .data = 4000 },
		   1001, 2800);
}

TEST(segment_tcp_is_cut_smaller_where_the_mtu_is)
{
	check_cuts(&(struct layout){ .data = 64000 }, 8960, 1280);
	check_cuts(&(struct layout){ .is_ip6 = true, .data = 1300 }, 1300,
		   1280);
}

TEST(segment_udp_is_cut_into_datagrams)
{
	check_cuts(&(struct layout){ .is_udp = true, .data = 12001 }, 1200,
		   1280);
	check_cuts(&(struct layout){ .is_ip6 = true,
				     .is_udp = true,
				     .data = 12001 },
		   1200, 2800);
}

TEST(segment_of_every_length_is_complete)
{
	size_t n;

	for (n = 1; n < 400; n++)
		check_cuts(&(struct layout){ .data = n }, 100, 1280);
}

TEST(segment_smaller_than_the_size_stays_one)
{
	check_cuts(&(struct layout){ .data = 10, .flags = 0x18 }, 1448, 2800);
}

TEST(segment_udp_that_cannot_be_cut_smaller_is_refused)
{
	struct layout l = { .is_udp = true, .data = 4000 };
	struct vnet v = lacks(&l, 1300);
	struct segmenter g;

	CHECK_EQ(tl_segment_begin(&g, make(&l), &v, 1280), DROP_TOO_LONG);
}

/* As the kernel does: the field holds the sum of the pseudo header. */
static void put_pseudo_sum(const struct layout *l)
{
	struct bytes p = tl_bytes(frame + ETHERNET_LEN, head_len(l) + l->data);
	uint8_t *at = frame + ETHERNET_LEN + ip_len(l) + (l->is_udp ? 6 : 16);
	uint32_t sum = tl_checksum_sum(l->is_ip6 ? tl_bytes(p.at + 8, 32)
						 : tl_bytes(p.at + 12, 8));

	sum += (l->is_udp ? 17U : 6U) + (uint32_t)(p.n - ip_len(l));
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	tl_store_be16(at, (uint16_t)sum);
}

static void check_whole(const struct layout *l)
{
	struct vnet v = lacks(l, 0);
	struct buffer f = make(l);
	struct segmenter g;
	struct bytes p;

	v.gso_type = VNET_GSO_NONE;
	put_pseudo_sum(l);
	CHECK_EQ(tl_segment_begin(&g, f, &v, 2800), DROP_NONE);
	CHECK_EQ(tl_segment_left(&g), 1);
	p = next(&g);
	CHECK_EQ(tl_segment_left(&g), 0);
	CHECK_EQ(p.n, f.n - ETHERNET_LEN);
	CHECK_EQ(tl_checksum_transport(p, ip_len(l), l->is_udp ? 17 : 6), 0);
}

TEST(segment_partial_checksum_is_completed)
{
	size_t n;

	for (n = 0; n < 70; n++) {
		check_whole(&(struct layout){ .data = n });
		check_whole(&(struct layout){ .data = n, .is_udp = true });
		check_whole(&(struct layout){ .data = n, .is_ip6 = true });
		check_whole(&(struct layout){
			.data = n, .is_ip6 = true, .is_udp = true });
	}
}

TEST(segment_udp_checksum_is_never_zero)
{
	struct layout l = { .is_udp = true, .data = 2 };
	struct vnet v = lacks(&l, 0);
	struct buffer f = make(&l);
	uint8_t *udp = frame + ETHERNET_LEN + 20;
	struct segmenter g;
	uint16_t rest;

	/* Data that makes the sum all ones. */
	memset(udp + 8, 0, 2);
	put_pseudo_sum(&l);
	rest = tl_checksum_of(tl_bytes(udp, 10));
	tl_store_be16(udp + 8, rest);
	v.gso_type = VNET_GSO_NONE;
	CHECK_EQ(tl_segment_begin(&g, f, &v, 2800), DROP_NONE);
	CHECK_EQ(tl_load_be16(next(&g).at + 26), 0xffff);
}

TEST(segment_frames_that_lack_nothing_are_left_alone)
{
	struct vnet v = { 0 };
	struct segmenter g;
	struct bytes p;

	memset(frame, 0, sizeof(frame));
	tl_store_be16(frame + 12, 0x0806);
	memset(frame + ETHERNET_LEN, 0x5a, 28);
	CHECK_EQ(tl_segment_begin(&g, tl_buffer(frame, 42), &v, 1280),
		 DROP_NONE);
	CHECK_EQ(g.ethertype, 0x0806);
	p = next(&g);
	CHECK_EQ(p.n, 28);
	CHECK_MEM(p.at, frame + ETHERNET_LEN, 28);
}

TEST(segment_whole_frames_fit_the_mtu)
{
	struct vnet v = { 0 };
	struct segmenter g;

	memset(frame, 0, sizeof(frame));
	tl_store_be16(frame + 12, 0x0800);
	CHECK_EQ(tl_segment_begin(&g, tl_buffer(frame, 14 + 1280), &v, 1280),
		 DROP_NONE);
	CHECK_EQ(tl_segment_begin(&g, tl_buffer(frame, 14 + 1281), &v, 1280),
		 DROP_TOO_LONG);
	tl_store_be16(frame + 12, 0x8100);
	CHECK_EQ(tl_segment_begin(&g, tl_buffer(frame, 14 + 1284), &v, 1280),
		 DROP_NONE);
	CHECK_EQ(tl_segment_begin(&g, tl_buffer(frame, 14 + 1285), &v, 1280),
		 DROP_TOO_LONG);
}

static enum drop begin(const struct layout *l, const struct vnet *v, size_t cut)
{
	struct buffer f = make(l);
	struct segmenter g;

	f.n -= cut;
	return tl_segment_begin(&g, f, v, 2800);
}

TEST(segment_without_payload_is_refused)
{
	struct layout l = { .data = 0 };
	struct vnet v = lacks(&l, 100);
	struct segmenter g;

	CHECK_EQ(begin(&l, &v, 0), DROP_BAD_FRAME);
	CHECK_EQ(tl_segment_begin(&g, tl_buffer(frame, 14), &v, 2800),
		 DROP_BAD_FRAME);
	CHECK_EQ(tl_segment_begin(&g, tl_buffer(frame, 3), &v, 2800),
		 DROP_BAD_FRAME);
}

TEST(segment_headers_that_run_off_the_end_are_refused)
{
	struct layout l = { .data = 1 };
	struct vnet v = lacks(&l, 100);
	size_t cut;

	for (cut = 1; cut <= 54; cut++)
		CHECK_EQ(begin(&l, &v, cut), DROP_BAD_FRAME);
}

TEST(segment_header_lengths_that_lie_are_refused)
{
	struct layout l = { .data = 500 };
	struct vnet v = lacks(&l, 100);
	struct buffer f = make(&l);
	struct segmenter g;

	frame[14 + 20 + 12] = 0x40;
	CHECK_EQ(tl_segment_begin(&g, f, &v, 2800), DROP_BAD_FRAME);
	make(&l);
	frame[14] = 0x46;
	CHECK_EQ(tl_segment_begin(&g, f, &v, 2800), DROP_BAD_FRAME);
	make(&l);
	frame[14] = 0x65;
	CHECK_EQ(tl_segment_begin(&g, f, &v, 2800), DROP_BAD_FRAME);
	make(&l);
	tl_store_be16(frame + 12, 0x86dd);
	CHECK_EQ(tl_segment_begin(&g, f, &v, 2800), DROP_BAD_FRAME);
}

TEST(segment_what_the_kernel_says_is_not_believed)
{
	struct layout l = { .data = 500 };
	struct vnet v = lacks(&l, 0);

	CHECK_EQ(begin(&l, &v, 0), DROP_BAD_FRAME);
	v = lacks(&l, 100);
	v.csum_start = 13;
	CHECK_EQ(begin(&l, &v, 0), DROP_BAD_FRAME);
	v.csum_start = 65535;
	CHECK_EQ(begin(&l, &v, 0), DROP_BAD_FRAME);
	v = lacks(&l, 100);
	v.gso_type = 3;
	CHECK_EQ(begin(&l, &v, 0), DROP_UNSUPPORTED);
	v.gso_type = VNET_GSO_NONE;
	v.csum_offset = 65535;
	CHECK_EQ(begin(&l, &v, 0), DROP_BAD_FRAME);
	v.csum_start = 65535;
	CHECK_EQ(begin(&l, &v, 0), DROP_BAD_FRAME);
	v.csum_start = 0;
	v.csum_offset = 0;
	CHECK_EQ(begin(&l, &v, 0), DROP_BAD_FRAME);
}

TEST(segment_ecn_is_the_same_kind)
{
	struct layout l = { .data = 500, .flags = 0x90 };
	struct vnet v = lacks(&l, 100);

	v.gso_type |= VNET_GSO_ECN;
	CHECK_EQ(begin(&l, &v, 0), DROP_NONE);
}
