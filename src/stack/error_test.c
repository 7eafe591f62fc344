/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/lan_test.h"

#include <errno.h>

#define CODE_HOST 1
#define CODE_PORT 3

/* An ICMP message of type 3 about @quoted, from the second interface. */
static enum drop unreachable(uint8_t code, struct bytes quoted)
{
	uint8_t packet[28 + 64] = { 0x45, [8] = 64, [9] = 1 };
	size_t n = 28 + TL_MIN(quoted.n, (size_t)64);

	tl_store_be16(packet + 2, (uint16_t)n);
	memcpy(packet + 12, (uint8_t[]){ 10, 0, 1, 2, 10, 0, 1, 1 }, 8);
	packet[20] = 3;
	packet[21] = code;
	memcpy(packet + 28, quoted.at, n - 28);
	return lan_input(lan.ifc[0], lan_mac[0], lan_mac[1], 0x0800,
			 tl_bytes(packet, n));
}

/* A UDP packet from 10.0.1.1:1000 to 10.0.1.2:2000. */
static struct bytes udp_packet(void)
{
	static const uint8_t packet[28] = {
		0x45, [3] = 28, [8] = 64, [9] = 17, [12] = 10, 0,    1, 1,
		10,   0,	1,	  2,	    3,	       0xe8, 7, 0xd0,
	};

	return TL_BYTES_OF(packet);
}

static void closed_port(uint8_t family)
{
	ip_addr_t from = lan_ip(family, 1);
	ip_addr_t to = lan_ip(family, 2);
	struct udp_pcb *pcb;
	struct pbuf *p;

	lan_start(1400);
	pcb = udp_new_ip_type(IP_GET_TYPE(&from));
	udp_bind_netif(pcb, tl_ifc_netif(lan.ifc[0]));
	CHECK_EQ(udp_bind(pcb, &from, 1000), ERR_OK);
	p = pbuf_alloc(PBUF_TRANSPORT, 100, PBUF_RAM);
	memset(p->payload, 0, 100);
	CHECK_EQ(udp_sendto(pcb, p, &to, 2000), ERR_OK);
	pbuf_free(p);
	lan_settle();
	CHECK_EQ(lan.n_errors, 1);
	CHECK_EQ(lan.error.family, family);
	CHECK_EQ(lan.error.protocol, 17);
	CHECK_EQ(lan.error.local_port, 1000);
	CHECK_EQ(lan.error.remote_port, 2000);
	CHECK_EQ(lan.error.local[family == 4 ? 3 : 15], 1);
	CHECK_EQ(lan.error.remote[family == 4 ? 3 : 15], 2);
	CHECK_EQ(lan.error.error, ECONNREFUSED);
	udp_remove(pcb);
	lan_stop();
}

TEST(error_of_a_closed_port_is_told)
{
	closed_port(4);
}

TEST(error_of_a_closed_port_is_told_over_ip6)
{
	closed_port(6);
}

TEST(error_that_may_pass_is_not_for_udp)
{
	lan_start(1400);
	CHECK_EQ(unreachable(CODE_HOST, udp_packet()), DROP_NONE);
	CHECK_EQ(lan.n_errors, 0);
	CHECK_EQ(unreachable(CODE_PORT, udp_packet()), DROP_NONE);
	CHECK_EQ(lan.n_errors, 1);
	lan_stop();
}

TEST(error_that_quotes_nothing_of_ours_is_dropped)
{
	uint8_t quoted[28];
	size_t n;

	lan_start(1400);
	for (n = 0; n < sizeof(quoted); n++)
		CHECK(unreachable(CODE_PORT, tl_bytes_first(udp_packet(), n)));
	memcpy(quoted, udp_packet().at, sizeof(quoted));
	quoted[15] = 9; /* not our address */
	CHECK_EQ(unreachable(CODE_PORT, TL_BYTES_OF(quoted)), DROP_UNEXPECTED);
	quoted[15] = 1;
	CHECK_EQ(unreachable(200, TL_BYTES_OF(quoted)), DROP_UNEXPECTED);
	quoted[7] = 1; /* not a first fragment */
	CHECK_EQ(unreachable(CODE_PORT, TL_BYTES_OF(quoted)), DROP_UNSUPPORTED);
	quoted[7] = 0;
	quoted[9] = 47;
	CHECK_EQ(unreachable(CODE_PORT, TL_BYTES_OF(quoted)), DROP_UNSUPPORTED);
	CHECK_EQ(lan.n_errors, 0);
	lan_stop();
}

static uint8_t syn[40];

static void note_syn(const struct lan_frame *f)
{
	struct bytes b = tl_packet_bytes(f->p);

	if (f->type == 0x0800 && b.at[9] == 6 && b.n >= 40)
		memcpy(syn, b.at, sizeof(syn));
}

TEST(error_about_a_syn_must_quote_its_sequence_number)
{
	ip_addr_t from = lan_ip(4, 1);
	ip_addr_t to = lan_ip(4, 2);
	struct tcp_pcb *pcb = NULL;

	lan_start(1400);
	lan.watch = note_syn;
	pcb = tcp_new();
	tcp_bind_netif(pcb, tl_ifc_netif(lan.ifc[0]));
	CHECK_EQ(tcp_bind(pcb, &from, 0), ERR_OK);
	CHECK_EQ(tcp_connect(pcb, &to, 80, NULL), ERR_OK);
	/* Asked for its neighbour and answered, then sent. */
	while (!syn[0])
		lan_pass(0);
	syn[27] ^= 1;
	CHECK_EQ(unreachable(CODE_HOST, TL_BYTES_OF(syn)), DROP_UNEXPECTED);
	CHECK_EQ(lan.n_errors, 0);
	syn[27] ^= 1;
	CHECK_EQ(unreachable(CODE_HOST, TL_BYTES_OF(syn)), DROP_NONE);
	CHECK_EQ(lan.n_errors, 1);
	CHECK_EQ(lan.error.protocol, 6);
	CHECK_EQ(lan.error.remote_port, 80);
	CHECK_EQ(lan.error.error, EHOSTUNREACH);
	tcp_abort(pcb);
	lan_stop();
}
