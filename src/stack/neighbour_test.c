/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/lan_test.h"
#include "stack/checksum.h"

static size_t seen_type[3];
static size_t n_asked;
static struct lan_frame last_frame;
static uint8_t last_bytes[128];

static void watch(const struct lan_frame *f)
{
	struct bytes b = tl_packet_bytes(f->p);

	last_frame = *f;
	memcpy(last_bytes, b.at, TL_MIN(b.n, sizeof(last_bytes)));
	if (f->type == 0x0806)
		seen_type[0]++;
	else if (f->type == 0x0800)
		seen_type[1]++;
	else
		seen_type[2]++;
	if (f->type == 0x0806 && b.at[7] == 1 && !memcmp(f->src, lan_mac[0], 6))
		n_asked++;
}

static void start(void)
{
	lan_start(1400);
	lan.watch = watch;
	memset(seen_type, 0, sizeof(seen_type));
}

/* Send a datagram of @n bytes from the first interface. */
static err_t send_udp(uint8_t family, uint8_t to_last, size_t n)
{
	struct udp_pcb *pcb =
		udp_new_ip_type(family == 4 ? IPADDR_TYPE_V4 : IPADDR_TYPE_V6);
	ip_addr_t from = lan_ip(family, 1);
	ip_addr_t to = lan_ip(family, to_last);
	struct pbuf *p = pbuf_alloc(PBUF_TRANSPORT, (u16_t)n, PBUF_RAM);
	err_t err;

	CHECK(pcb && p);
	memset(p->payload, 'u', n);
	udp_bind_netif(pcb, tl_ifc_netif(lan.ifc[0]));
	CHECK_EQ(udp_bind(pcb, &from, 0), ERR_OK);
	err = udp_sendto(pcb, p, &to, 9);
	pbuf_free(p);
	udp_remove(pcb);
	return err;
}

static uint8_t arp_frame[28] = { 0,  1, 8, 0, 6, 4, 0, 1, 2, 0, 0,  0, 0, 9,
				 10, 0, 1, 9, 0, 0, 0, 0, 0, 0, 10, 0, 1, 1 };
static const uint8_t stranger[6] = { 2, 0, 0, 0, 0, 9 };
static const uint8_t everybody[6] = { 255, 255, 255, 255, 255, 255 };

TEST(neighbour_is_asked_by_arp_then_gets_what_waited)
{
	start();
	CHECK_EQ(send_udp(4, 2, 10), ERR_OK);
	CHECK_EQ(send_udp(4, 2, 20), ERR_OK);
	CHECK_EQ(seen_type[0], 1);
	CHECK_EQ(seen_type[1], 0);
	CHECK_MEM(last_frame.dst, everybody, 6);
	CHECK_EQ(last_bytes[7], 1);
	CHECK_EQ(last_bytes[27], 2);
	lan_pass(0);
	CHECK_EQ(seen_type[0], 2);
	CHECK_EQ(last_bytes[7], 2);
	CHECK_MEM(last_frame.dst, lan_mac[0], 6);
	lan_pass(0);
	CHECK_EQ(seen_type[1], 2);
	CHECK_MEM(last_frame.dst, lan_mac[1], 6);
	lan_stop();
}

TEST(neighbour_is_solicited_over_ip6)
{
	static const uint8_t group[6] = { 0x33, 0x33, 0xff, 0, 0, 2 };

	start();
	CHECK_EQ(send_udp(6, 2, 10), ERR_OK);
	CHECK_EQ(seen_type[2], 1);
	CHECK_MEM(last_frame.dst, group, 6);
	CHECK_EQ(last_bytes[40], 135);
	CHECK_EQ(tl_checksum_transport(tl_bytes(last_bytes, 72), 40, 58), 0);
	lan_pass(0);
	CHECK_EQ(last_bytes[40], 136);
	CHECK_EQ(last_bytes[44], 0x60);
	CHECK_EQ(tl_checksum_transport(tl_bytes(last_bytes, 72), 40, 58), 0);
	lan_pass(0);
	CHECK_EQ(seen_type[2], 3);
	CHECK_EQ(last_bytes[6], 17);
	CHECK_MEM(last_frame.dst, lan_mac[1], 6);
	lan_stop();
}

TEST(neighbour_whose_mac_is_computed_is_not_asked)
{
	start();
	lan.computed_mac = true;
	CHECK_EQ(send_udp(6, 2, 10), ERR_OK);
	CHECK_EQ(last_bytes[6], 17);
	CHECK_MEM(last_frame.dst, lan_mac[1], 6);
	CHECK_EQ(tl_stack_next_us(), INT64_MAX);
	lan.computed_mac = false;
	lan_stop();
}

TEST(neighbour_that_never_answers_is_asked_six_times)
{
	int64_t next;

	start();
	CHECK_EQ(tl_stack_next_us(), INT64_MAX);
	CHECK_EQ(send_udp(4, 77, 10), ERR_OK);
	while ((next = tl_stack_next_us()) != INT64_MAX) {
		CHECK(next >= lan.now_us);
		lan.now_us = next;
		lan_pass(0);
		CHECK(seen_type[0] < 10);
	}
	CHECK_EQ(seen_type[0], 6);
	CHECK_EQ(tl_stack_drops()->n[DROP_NO_NEIGHBOUR], 1);
	CHECK_EQ(lan.pool.n_used, 0);
	lan_stop();
}

TEST(neighbour_is_probed_when_old_and_forgotten_when_gone)
{
	int64_t next;

	start();
	send_udp(4, 2, 10);
	lan_settle();
	CHECK_EQ(n_asked, 1);
	lan.now_us += 40000000;
	lan_pass(0);
	send_udp(4, 2, 10);
	CHECK_EQ(n_asked, 2);
	CHECK_EQ(lan.n_frames, 2);
	/* It answers, and is not asked for another while. */
	lan_settle();
	send_udp(4, 2, 10);
	CHECK_EQ(n_asked, 2);
	/* It does not, and is looked for everywhere again. */
	lan.now_us += 40000000;
	lan_pass(0);
	lan_settle();
	lan.loss_percent = 100;
	send_udp(4, 2, 10);
	CHECK_MEM(lan.frames[0].dst, lan_mac[1], 6);
	while ((next = tl_stack_next_us()) != INT64_MAX) {
		lan.now_us = next;
		lan_pass(0);
	}
	CHECK_EQ(n_asked, 5);
	send_udp(4, 2, 10);
	CHECK_MEM(last_frame.dst, everybody, 6);
	lan_stop();
}

TEST(neighbour_table_does_not_grow_by_what_is_unasked)
{
	uint8_t reply[28];
	size_t i;

	start();
	memcpy(reply, arp_frame, 28);
	reply[7] = 2;
	for (i = 0; i < 1000; i++) {
		reply[16] = (uint8_t)(i >> 8);
		reply[17] = (uint8_t)i;
		lan_input(lan.ifc[0], everybody, stranger, 0x0806,
			  TL_BYTES_OF(reply));
	}
	/* Had it been learned, no question would be needed. */
	seen_type[0] = 0;
	send_udp(4, 77, 10);
	CHECK_EQ(seen_type[0], 1);
	lan_stop();
}

TEST(neighbour_learns_from_a_question_to_us)
{
	start();
	CHECK_EQ(lan_input(lan.ifc[0], everybody, stranger, 0x0806,
			   TL_BYTES_OF(arp_frame)),
		 DROP_NONE);
	CHECK_EQ(last_bytes[7], 2);
	CHECK_MEM(last_frame.dst, stranger, 6);
	send_udp(4, 9, 10);
	CHECK_EQ(seen_type[1], 1);
	lan_stop();
}

TEST(neighbour_queue_keeps_the_newest_64)
{
	size_t i;

	start();
	for (i = 0; i < 100; i++)
		send_udp(4, 2, i);
	CHECK_EQ(tl_stack_drops()->n[DROP_QUEUE_FULL], 36);
	lan_pass(0);
	lan_pass(0);
	CHECK_EQ(seen_type[1], 64);
	CHECK_EQ(lan.frames[0].p->n, 28 + 36);
	lan_stop();
}

TEST(neighbour_table_has_a_limit)
{
	struct ifc_address wide = lan_address(4, 8, 1);
	uint8_t frame[28];
	size_t i;

	start();
	CHECK_EQ(tl_ifc_set_addresses(lan.ifc[0], &wide, 1), 0);
	memcpy(frame, arp_frame, 28);
	for (i = 0; i < 9000; i++) {
		frame[15] = (uint8_t)(1 + (i >> 16));
		frame[16] = (uint8_t)(i >> 8);
		frame[17] = (uint8_t)i;
		lan_input(lan.ifc[0], everybody, stranger, 0x0806,
			  TL_BYTES_OF(frame));
		lan_free_frames();
	}
	/* Strangers could not push each other out, but we can. */
	seen_type[1] = 0;
	send_udp(4, 2, 1);
	CHECK_EQ(seen_type[1], 0);
	lan_pass(0);
	lan_pass(0);
	CHECK_EQ(seen_type[1], 1);
	lan_stop();
}

TEST(neighbour_asking_has_a_limit)
{
	struct ifc_address wide = lan_address(4, 8, 1);
	struct udp_pcb *pcb = NULL;
	struct pbuf *p;
	ip_addr_t to = lan_ip(4, 2);
	size_t i;

	start();
	CHECK_EQ(tl_ifc_set_addresses(lan.ifc[0], &wide, 1), 0);
	pcb = udp_new();
	udp_bind_netif(pcb, tl_ifc_netif(lan.ifc[0]));
	for (i = 0; i < 1500; i++) {
		ip_2_ip4(&to)->addr = lwip_htonl(0x0a800000 + (uint32_t)i);
		p = pbuf_alloc(PBUF_TRANSPORT, 1, PBUF_RAM);
		udp_sendto(pcb, p, &to, 9);
		pbuf_free(p);
	}
	CHECK_EQ(seen_type[0], 1024);
	CHECK_EQ(tl_stack_drops()->n[DROP_NO_NEIGHBOUR], 1500 - 1024);
	udp_remove(pcb);
	lan_stop();
}

TEST(neighbour_messages_that_are_wrong_are_dropped)
{
	uint8_t bad[28];
	size_t n;

	start();
	for (n = 0; n < 28; n++)
		CHECK_EQ(lan_input(lan.ifc[0], everybody, stranger, 0x0806,
				   tl_bytes(arp_frame, n)),
			 DROP_BAD_FRAME);
	memcpy(bad, arp_frame, 28);
	bad[1] = 6;
	CHECK_EQ(lan_input(lan.ifc[0], everybody, stranger, 0x0806,
			   TL_BYTES_OF(bad)),
		 DROP_BAD_FRAME);
	memcpy(bad, arp_frame, 28);
	bad[17] = 1;
	CHECK_EQ(lan_input(lan.ifc[0], everybody, stranger, 0x0806,
			   TL_BYTES_OF(bad)),
		 DROP_OWN_ADDRESS);
	CHECK_EQ(lan.sent, 0);
	lan_stop();
}
