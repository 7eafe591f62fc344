/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "stack/lan_test.h"
#include "stack/checksum.h"

#define PORT 5000

static size_t got_n;
static size_t n_got;
static bool got_right;
static uint8_t got_from[16];

static void on_datagram(void *arg, struct udp_pcb *pcb, struct pbuf *p,
			const ip_addr_t *from, u16_t port)
{
	static uint8_t data[65536];
	size_t i;

	(void)arg;
	(void)pcb;
	(void)port;
	n_got++;
	got_n = pbuf_copy_partial(p, data, p->tot_len, 0);
	got_right = true;
	for (i = 0; i < got_n; i++)
		got_right = got_right && data[i] == (uint8_t)(i * 7 + i / 251);
	memcpy(got_from, ip_2_ip6(from)->addr, 16);
	pbuf_free(p);
}

static struct udp_pcb *udp_on(int ifc, uint8_t family, u16_t port)
{
	u8_t type = family == 4 ? IPADDR_TYPE_V4 : IPADDR_TYPE_V6;
	struct udp_pcb *pcb = udp_new_ip_type(type);

	CHECK(pcb);
	udp_bind_netif(pcb, tl_ifc_netif(lan.ifc[ifc]));
	CHECK_EQ(udp_bind(pcb, family == 4 ? IP4_ADDR_ANY : IP6_ADDR_ANY, port),
		 ERR_OK);
	udp_recv(pcb, on_datagram, NULL);
	return pcb;
}

static err_t send_datagram(struct udp_pcb *pcb, const ip_addr_t *to, size_t n)
{
	struct pbuf *p = pbuf_alloc(PBUF_TRANSPORT, (u16_t)n, PBUF_RAM);
	uint8_t *at;
	err_t err;
	size_t i;

	CHECK(p);
	at = p->payload;
	for (i = 0; i < n; i++)
		at[i] = (uint8_t)(i * 7 + i / 251);
	err = udp_sendto(pcb, p, to, PORT);
	pbuf_free(p);
	return err;
}

static size_t bad_sums;

static void check_udp_sum(const struct lan_frame *f)
{
	struct bytes b = tl_packet_bytes(f->p);

	if (f->type == 0x0806)
		return;
	if (f->type == 0x0800) {
		if (tl_checksum_of(tl_bytes(b.at, 20)))
			bad_sums++;
		if (b.at[9] == 17 && !(tl_load_be16(b.at + 6) & 0x3fff) &&
		    tl_checksum_transport(b, 20, 17))
			bad_sums++;
	} else if (b.at[6] != 44 && tl_checksum_transport(b, 40, b.at[6])) {
		bad_sums++;
	}
}

static void all_sizes(uint8_t family, unsigned int mtu, size_t longest)
{
	ip_addr_t to = lan_ip(family, 2);
	struct udp_pcb *a;
	struct udp_pcb *b;
	size_t n;

	lan_start(mtu);
	lan.watch = check_udp_sum;
	a = udp_on(0, family, 4000);
	b = udp_on(1, family, PORT);
	for (n = 1; n <= longest; n = n < 3000 ? n + 7 : n + 1999) {
		lan.reorder_percent = n % 3 ? 0 : 30;
		n_got = 0;
		CHECK_EQ(send_datagram(a, &to, n), ERR_OK);
		lan_settle();
		CHECK_EQ(n_got, 1);
		CHECK_EQ(got_n, n);
		CHECK(got_right);
	}
	n_got = 0;
	CHECK_EQ(send_datagram(a, &to, longest), ERR_OK);
	lan_settle();
	CHECK_EQ(got_n, longest);
	CHECK(got_right);
	CHECK(lan.longest <= mtu);
	CHECK_EQ(bad_sums, 0);
	udp_remove(a);
	udp_remove(b);
	lan_stop();
}

TEST(ifc_carries_datagrams_of_all_sizes)
{
	all_sizes(4, 2800, 65507);
}

TEST(ifc_carries_datagrams_at_the_smallest_mtu)
{
	all_sizes(4, 1280, 65507);
}

TEST(ifc_carries_datagrams_at_the_largest_mtu)
{
	all_sizes(4, 10000, 65507);
}

TEST(ifc_carries_datagrams_over_ip6)
{
	all_sizes(6, 1280, 65487);
}

TEST(ifc_forgets_fragments_that_stay_alone)
{
	ip_addr_t to = lan_ip(4, 2);
	struct udp_pcb *a;

	lan_start(1280);
	a = udp_on(0, 4, 4000);
	CHECK_EQ(send_datagram(a, &to, 1), ERR_OK);
	lan_settle();
	CHECK_EQ(send_datagram(a, &to, 2000), ERR_OK);
	CHECK_EQ(lan.n_frames, 2);
	tl_packet_free(lan.frames[--lan.n_frames].p);
	lan_pass(0);
	CHECK(tl_stack_next_us() != INT64_MAX);
	while (tl_stack_next_us() != INT64_MAX) {
		CHECK(lan.now_us < 100000000);
		lan_pass(1000000);
	}
	udp_remove(a);
	lan_stop();
}

static struct lan_frame echo;
static uint8_t echo_bytes[60];
static size_t n_echo;

static void note_echo(const struct lan_frame *f)
{
	struct bytes b = tl_packet_bytes(f->p);

	check_udp_sum(f);
	if (memcmp(f->src, lan_mac[1], 6) || f->type == 0x0806)
		return;
	if (f->type == 0x86dd && b.at[6] == 58 && b.at[40] >= 133)
		return;
	n_echo++;
	echo = *f;
	memcpy(echo_bytes, b.at, TL_MIN(b.n, sizeof(echo_bytes)));
}

TEST(ifc_answers_pings)
{
	uint8_t ping4[28] = { 0x45, 0, 0,    28,   0, 1, 0,  0, 64, 1,
			      0,    0, 10,   0,	   1, 1, 10, 0, 1,  2,
			      8,    0, 0xf7, 0xf5, 0, 7, 0,  3 };
	uint8_t ping6[48] = { 0x60, 0, 0, 0, 0, 8, 58, 64, 0xfd };

	ping6[23] = 1;
	ping6[24] = 0xfd;
	ping6[39] = 2;
	ping6[40] = 128;
	ping6[45] = 7;
	lan_start(1400);
	lan.watch = note_echo;
	CHECK_EQ(lan_input(lan.ifc[1], lan_mac[1], lan_mac[0], 0x0800,
			   TL_BYTES_OF(ping4)),
		 DROP_NONE);
	lan_settle();
	CHECK_EQ(n_echo, 1);
	CHECK_EQ(echo_bytes[20], 0);
	CHECK_EQ(echo_bytes[25], 7);
	CHECK_EQ(tl_checksum_of(tl_bytes(echo_bytes + 20, 8)), 0);
	CHECK_EQ(lan_input(lan.ifc[1], lan_mac[1], lan_mac[0], 0x86dd,
			   TL_BYTES_OF(ping6)),
		 DROP_NONE);
	lan_settle();
	CHECK_EQ(n_echo, 2);
	CHECK_EQ(echo_bytes[40], 129);
	CHECK_EQ(bad_sums, 0);
	lan_stop();
}

TEST(ifc_answers_pings_of_65507_bytes)
{
	static uint8_t frame[1380];
	size_t total = 65515;
	size_t done;
	size_t n;

	lan_start(1400);
	lan.watch = note_echo;
	for (done = 0; done < total; done += n) {
		n = TL_MIN((size_t)1360, total - done);
		memset(frame, 0, sizeof(frame));
		frame[0] = 0x45;
		tl_store_be16(frame + 2, (uint16_t)(20 + n));
		tl_store_be16(frame + 6,
			      (uint16_t)(done / 8 |
					 (done + n < total ? 0x2000 : 0)));
		frame[8] = 64;
		frame[9] = 1;
		memcpy(frame + 12, "\x0a\x00\x01\x01\x0a\x00\x01\x02", 8);
		if (!done)
			frame[20] = 8;
		CHECK_EQ(lan_input(lan.ifc[1], lan_mac[1], lan_mac[0], 0x0800,
				   tl_bytes(frame, 20 + n)),
			 DROP_NONE);
	}
	lan_settle();
	CHECK_EQ(n_echo, (total + 1375) / 1376);
	CHECK_EQ(bad_sums, 0);
	lan_stop();
}

TEST(ifc_follows_routes_with_and_without_gateway)
{
	struct ifc_route routes[2] = {
		{ { 4, 16, { 192, 168 } }, { 4, 32, { 10, 0, 1, 2 } } },
		{ { 4, 24, { 192, 168, 9 } }, { 0 } },
	};
	uint8_t far[16] = { 192, 168, 7, 7 };
	uint8_t elsewhere[16] = { 8, 8, 8, 8 };
	ip_addr_t to = { 0 };
	struct udp_pcb *a;

	lan_start(1400);
	a = udp_on(0, 4, 4000);
	memcpy(ip_2_ip4(&to), elsewhere, 4);
	CHECK_EQ(send_datagram(a, &to, 5), ERR_RTE);
	CHECK(!tl_ifc_route(4, far));
	CHECK_EQ(tl_ifc_set_routes(lan.ifc[0], routes, 2), 0);
	CHECK(tl_ifc_route(4, far) == lan.ifc[0]);
	CHECK(!tl_ifc_route(4, elsewhere));
	/* By the gateway: its MAC is asked for and used. */
	memcpy(ip_2_ip4(&to), far, 4);
	CHECK_EQ(send_datagram(a, &to, 5), ERR_OK);
	CHECK_EQ(lan.frames[0].p->data[lan.frames[0].p->head + 27], 2);
	lan_pass(0);
	lan_pass(0);
	CHECK_EQ(lan.n_frames, 1);
	CHECK_MEM(lan.frames[0].dst, lan_mac[1], 6);
	CHECK_EQ(lan.frames[0].p->data[lan.frames[0].p->head + 16], 192);
	lan_free_frames();
	/* The longer prefix is on the link. */
	far[2] = 9;
	memcpy(ip_2_ip4(&to), far, 4);
	CHECK_EQ(send_datagram(a, &to, 5), ERR_OK);
	CHECK_EQ(lan.frames[0].type, 0x0806);
	CHECK_EQ(lan.frames[0].p->data[lan.frames[0].p->head + 26], 9);
	udp_remove(a);
	lan_stop();
}

TEST(ifc_knows_where_addresses_are)
{
	struct ifc_address a = lan_address(4, 24, 2);
	struct ifc_address b = lan_address(6, 64, 200);
	uint8_t link_local[16] = { 0xfe, 0x80, [15] = 9 };
	uint8_t out[16];

	lan_start(1400);
	CHECK(tl_ifc_of_address(4, a.ip) == lan.ifc[1]);
	CHECK(!tl_ifc_of_address(6, b.ip));
	CHECK(tl_ifc_route(4, a.ip) == lan.ifc[1]);
	CHECK(tl_ifc_source(lan.ifc[0], 4, a.ip, out));
	CHECK_EQ(out[3], 1);
	CHECK(tl_ifc_source(lan.ifc[0], 6, b.ip, out));
	CHECK_EQ(out[15], 1);
	CHECK(tl_ifc_source(lan.ifc[0], 6, link_local, out));
	CHECK_EQ(out[0], 0xfe);
	CHECK_EQ(tl_ifc_config(lan.ifc[1])->tag, 1);
	CHECK_STR(tl_ifc_config(lan.ifc[1])->name, "zt1");
	CHECK(tl_ifc_at(0) == lan.ifc[0] && tl_ifc_at(1) == lan.ifc[1]);
	CHECK(tl_ifc_of_name("zt1") == lan.ifc[1] && !tl_ifc_of_name("zt"));
	CHECK(tl_ifc_of_number(tl_ifc_number(lan.ifc[1])) == lan.ifc[1]);
	CHECK(!tl_ifc_of_number(0) && !tl_ifc_of_number(250));
	CHECK(tl_ifc_of_netif(tl_ifc_netif(lan.ifc[1])) == lan.ifc[1]);
	lan_stop();
}

TEST(ifc_receives_at_each_of_its_addresses)
{
	struct ifc_address list[3] = { lan_address(4, 24, 2),
				       lan_address(4, 24, 3),
				       lan_address(6, 64, 3) };
	ip_addr_t to = lan_ip(4, 3);
	struct udp_pcb *a;
	struct udp_pcb *b;

	lan_start(1400);
	CHECK_EQ(tl_ifc_set_addresses(lan.ifc[1], list, 3), 0);
	a = udp_on(0, 4, 4000);
	b = udp_on(1, 4, PORT);
	n_got = 0;
	CHECK_EQ(send_datagram(a, &to, 5), ERR_OK);
	lan_settle();
	CHECK_EQ(n_got, 1);
	/* What is not there any more is not answered for. */
	CHECK_EQ(tl_ifc_set_addresses(lan.ifc[1], list, 1), 0);
	CHECK_EQ(send_datagram(a, &to, 5), ERR_OK);
	lan_settle();
	CHECK_EQ(n_got, 1);
	CHECK_EQ(tl_stack_drops()->n[DROP_NO_RECIPIENT], 1);
	udp_remove(a);
	udp_remove(b);
	lan_stop();
}

TEST(ifc_connects_two_hosts_of_a_31_bit_network)
{
	struct ifc_address low = lan_address(4, 31, 2);
	struct ifc_address high = lan_address(4, 31, 3);
	ip_addr_t to = lan_ip(4, 2);
	ip_addr_t back = lan_ip(4, 3);
	struct udp_pcb *a;
	struct udp_pcb *b;

	lan_start(1400);
	CHECK_EQ(tl_ifc_set_addresses(lan.ifc[0], &high, 1), 0);
	CHECK_EQ(tl_ifc_set_addresses(lan.ifc[1], &low, 1), 0);
	a = udp_on(0, 4, PORT);
	b = udp_on(1, 4, PORT);
	n_got = 0;
	CHECK_EQ(send_datagram(a, &to, 5), ERR_OK);
	lan_settle();
	CHECK_EQ(n_got, 1);
	CHECK_EQ(send_datagram(b, &back, 5), ERR_OK);
	lan_settle();
	CHECK_EQ(n_got, 2);
	udp_remove(a);
	udp_remove(b);
	lan_stop();
}

TEST(ifc_sends_from_each_of_its_addresses)
{
	struct ifc_address list[2] = { lan_address(4, 24, 1),
				       lan_address(4, 24, 3) };
	ip_addr_t from = lan_ip(4, 3);
	ip_addr_t to = lan_ip(4, 2);
	struct udp_pcb *a;
	struct udp_pcb *b;

	lan_start(1400);
	CHECK_EQ(tl_ifc_set_addresses(lan.ifc[0], list, 2), 0);
	a = udp_new();
	udp_bind_netif(a, tl_ifc_netif(lan.ifc[0]));
	CHECK_EQ(udp_bind(a, &from, 4000), ERR_OK);
	b = udp_on(1, 4, PORT);
	n_got = 0;
	CHECK_EQ(send_datagram(a, &to, 5), ERR_OK);
	lan_settle();
	CHECK_EQ(n_got, 1);
	CHECK_EQ(got_from[3], 3);
	udp_remove(a);
	udp_remove(b);
	lan_stop();
}

TEST(ifc_delivers_broadcasts_and_to_itself)
{
	ip_addr_t all = lan_ip(4, 255);
	ip_addr_t own = lan_ip(4, 1);
	struct udp_pcb *a;
	struct udp_pcb *b;

	lan_start(1400);
	a = udp_on(0, 4, PORT);
	ip_set_option(a, SOF_BROADCAST);
	b = udp_on(1, 4, PORT);
	n_got = 0;
	CHECK_EQ(send_datagram(a, &all, 5), ERR_OK);
	CHECK_EQ(lan.n_frames, 1);
	lan_settle();
	CHECK_EQ(n_got, 2);
	lan.sent = 0;
	CHECK_EQ(send_datagram(a, &own, 3000), ERR_OK);
	CHECK_EQ(n_got, 2);
	CHECK_EQ(tl_stack_next_us(), lan.now_us);
	lan_settle();
	CHECK_EQ(n_got, 3);
	CHECK_EQ(got_n, 3000);
	CHECK_EQ(lan.sent, 0);
	udp_remove(a);
	udp_remove(b);
	lan_stop();
}

static void multicast(uint8_t family, const uint8_t group[16],
		      const uint8_t mac[6])
{
	u8_t type = family == 4 ? IPADDR_TYPE_V4 : IPADDR_TYPE_V6;
	struct ifc_group groups[8];
	ip_addr_t to = { 0 };
	struct udp_pcb *a;
	struct udp_pcb *b;
	size_t n;

	lan_start(1400);
	memcpy(ip_2_ip6(&to)->addr, group, 16);
	IP_SET_TYPE_VAL(to, type);
	a = udp_on(0, family, 4000);
	b = udp_on(1, family, PORT);
	n_got = 0;
	CHECK_EQ(send_datagram(a, &to, 5), ERR_OK);
	CHECK_EQ(lan.n_frames, 1);
	CHECK_MEM(lan.frames[0].dst, mac, 6);
	lan_settle();
	CHECK_EQ(n_got, 0);
	lan.groups_changed = 0;
	CHECK_EQ(tl_ifc_join(lan.ifc[1], family, group), 0);
	CHECK_EQ(tl_ifc_join(lan.ifc[1], family, group), 0);
	CHECK_EQ(lan.groups_changed, 1);
	n = tl_ifc_groups(lan.ifc[1], groups, 8);
	CHECK_EQ(n, 4);
	CHECK_MEM(groups[3].mac, mac, 6);
	CHECK_EQ(send_datagram(a, &to, 5), ERR_OK);
	lan_settle();
	CHECK_EQ(n_got, 1);
	CHECK_EQ(tl_ifc_leave(lan.ifc[1], family, group), 0);
	CHECK_EQ(lan.groups_changed, 1);
	CHECK_EQ(tl_ifc_leave(lan.ifc[1], family, group), 0);
	CHECK_EQ(lan.groups_changed, 2);
	CHECK_EQ(tl_ifc_leave(lan.ifc[1], family, group), -EADDRNOTAVAIL);
	CHECK_EQ(send_datagram(a, &to, 5), ERR_OK);
	lan_settle();
	CHECK_EQ(n_got, 1);
	udp_remove(a);
	udp_remove(b);
	lan_stop();
}

TEST(ifc_joins_ip4_groups)
{
	static const uint8_t group[16] = { 239, 129, 2, 3 };
	static const uint8_t mac[6] = { 0x01, 0x00, 0x5e, 1, 2, 3 };

	multicast(4, group, mac);
}

TEST(ifc_joins_ip6_groups)
{
	static const uint8_t group[16] = { 0xff, 5, [12] = 1, 2, 3, 4 };
	static const uint8_t mac[6] = { 0x33, 0x33, 1, 2, 3, 4 };

	multicast(6, group, mac);
}

TEST(ifc_lists_the_groups_of_its_addresses)
{
	static const struct ifc_group want[4] = {
		{ { 0x33, 0x33, 0, 0, 0, 1 }, 0 },
		{ { 0x33, 0x33, 0xff, 0, 0, 1 }, 0 },
		{ { 255, 255, 255, 255, 255, 255 }, 0x0a000101 },
		{ { 255, 255, 255, 255, 255, 255 }, 0x0a000102 },
	};
	struct ifc_address two = lan_address(4, 24, 2);
	struct ifc_group got[8];
	size_t i;

	lan_start(1400);
	/* fd00::1 and the link-local address end alike. */
	CHECK_EQ(tl_ifc_groups(lan.ifc[0], got, 8), 3);
	for (i = 0; i < 3; i++) {
		CHECK_MEM(got[i].mac, want[i].mac, 6);
		CHECK_EQ(got[i].adi, want[i].adi);
	}
	CHECK_EQ(tl_ifc_groups(lan.ifc[0], got, 2), 2);
	CHECK_EQ(tl_ifc_set_addresses(lan.ifc[0], &two, 1), 0);
	CHECK_EQ(tl_ifc_groups(lan.ifc[0], got, 8), 3);
	CHECK_EQ(got[2].adi, want[3].adi);
	lan_stop();
}

TEST(ifc_refuses_what_cannot_be)
{
	static const struct ifc_ops ops = { .output = lan_output };
	struct ifc_config config = { .mtu = 1279, .ops = &ops };
	struct ifc_address list[33];
	struct ifc_route route = { { 4, 33, { 0 } }, { 0 } };
	struct ifc *ifc;
	size_t i;

	lan_start(1400);
	CHECK_EQ(tl_stack_init(&lan.pool, lan_fill, 0), -EBUSY);
	CHECK_EQ(tl_ifc_new(&ifc, &config), -EINVAL);
	config.mtu = 10001;
	CHECK_EQ(tl_ifc_new(&ifc, &config), -EINVAL);
	for (i = 0; i < 33; i++)
		list[i] = lan_address(6, 64, (uint8_t)(i + 10));
	CHECK_EQ(tl_ifc_set_addresses(lan.ifc[0], list, 33), -EINVAL);
	CHECK_EQ(tl_ifc_set_addresses(lan.ifc[0], list, 32), 0);
	list[0].bits = 129;
	CHECK_EQ(tl_ifc_set_addresses(lan.ifc[0], list, 1), -EINVAL);
	list[0] = (struct ifc_address){ 4, 8, { 127, 0, 0, 1 } };
	CHECK_EQ(tl_ifc_set_addresses(lan.ifc[0], list, 1), -EINVAL);
	CHECK_EQ(tl_ifc_set_routes(lan.ifc[0], &route, 1), -EINVAL);
	CHECK_EQ(tl_ifc_join(lan.ifc[0], 4, list[0].ip), -EINVAL);
	lan_stop();
}

TEST(ifc_drops_frames_that_are_wrong)
{
	uint8_t good[28] = { 0x45, 0, 0,  28, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0,
			     1,	   1, 10, 0,  1, 2, 1, 0, 2,  0,  0, 8, 0,  0 };
	uint8_t other_mac[6] = { 2, 7, 7, 7, 7, 7 };
	uint8_t bad[28];
	size_t n;

	lan_start(1400);
	for (n = 0; n < 28; n++)
		CHECK_EQ(lan_input(lan.ifc[1], lan_mac[1], lan_mac[0], 0x0800,
				   tl_bytes(good, n)),
			 DROP_BAD_FRAME);
	for (n = 0; n < 28; n++)
		CHECK_EQ(lan_input(lan.ifc[1], lan_mac[1], lan_mac[0], 0x86dd,
				   tl_bytes(good, n)),
			 DROP_BAD_FRAME);
	CHECK_EQ(lan_input(lan.ifc[1], other_mac, lan_mac[0], 0x0800,
			   TL_BYTES_OF(good)),
		 DROP_NO_RECIPIENT);
	CHECK_EQ(lan_input(lan.ifc[1], lan_mac[1], lan_mac[0], 0x1234,
			   TL_BYTES_OF(good)),
		 DROP_UNSUPPORTED);
	memcpy(bad, good, 28);
	bad[15] = 2;
	CHECK_EQ(lan_input(lan.ifc[1], lan_mac[1], lan_mac[0], 0x0800,
			   TL_BYTES_OF(bad)),
		 DROP_OWN_ADDRESS);
	memcpy(bad, good, 28);
	bad[19] = 1;
	CHECK_EQ(lan_input(lan.ifc[1], lan_mac[1], lan_mac[0], 0x0800,
			   TL_BYTES_OF(bad)),
		 DROP_NO_RECIPIENT);
	memcpy(bad, good, 28);
	bad[12] = 224;
	CHECK_EQ(lan_input(lan.ifc[1], lan_mac[1], lan_mac[0], 0x0800,
			   TL_BYTES_OF(bad)),
		 DROP_BAD_FRAME);
	lan_stop();
}

TEST(ifc_ignores_router_advertisements)
{
	uint8_t ra[56] = { 0x60, 0, 0, 0, 0, 16, 58, 255, 0xfe, 0x80 };

	ra[23] = 7;
	ra[24] = 0xff;
	ra[25] = 2;
	ra[39] = 1;
	ra[40] = 134;
	lan_start(1400);
	CHECK_EQ(lan_input(lan.ifc[1], lan_mac[1], lan_mac[0], 0x86dd,
			   TL_BYTES_OF(ra)),
		 DROP_UNSUPPORTED);
	lan_stop();
}

TEST(ifc_that_is_hidden_is_found_by_nobody)
{
	static const struct ifc_ops ops = { .output = lan_output };
	static const struct ifc_address at = { 4, 32, { 169, 254, 53, 53 } };
	const struct ifc_config config = { .name = "hidden",
					   .mac = { 2, [5] = 9 },
					   .mtu = 1400,
					   .is_hidden = true,
					   .ops = &ops };
	uint8_t packet[28] = { 0x45, [3] = 28, [8] = 64, [9] = 17 };
	struct ifc *ifc;

	lan_start(1400);
	CHECK_EQ(tl_ifc_new(&ifc, &config), 0);
	CHECK_EQ(tl_ifc_set_addresses(ifc, &at, 1), 0);
	CHECK(!tl_ifc_route(4, at.ip));
	CHECK(!tl_ifc_of_address(4, at.ip));
	CHECK(!tl_ifc_of_name("hidden"));
	CHECK(!tl_ifc_of_number(tl_ifc_number(ifc)));
	CHECK(tl_ifc_at(1) && !tl_ifc_at(2));
	/* Nor is a packet for it that comes by another. */
	memcpy(packet + 12, (uint8_t[]){ 10, 0, 1, 2, 169, 254, 53, 53 }, 8);
	CHECK_EQ(lan_input(lan.ifc[0], lan_mac[0], lan_mac[1], 0x0800,
			   TL_BYTES_OF(packet)),
		 DROP_NO_RECIPIENT);
	tl_ifc_free(ifc);
	lan_stop();
}
