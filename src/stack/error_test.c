/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/lan_test.h"

#include <errno.h>

#define CODE_HOST 1
#define CODE_PORT 3

/* An ICMP message about @quoted, from the second interface. */
static enum drop message(uint8_t type, uint8_t code, uint16_t info,
			 struct bytes quoted)
{
	uint8_t packet[28 + 64] = { 0x45, [8] = 64, [9] = 1 };
	size_t n = 28 + TL_MIN(quoted.n, (size_t)64);

	tl_store_be16(packet + 2, (uint16_t)n);
	memcpy(packet + 12, (uint8_t[]){ 10, 0, 1, 2, 10, 0, 1, 1 }, 8);
	packet[20] = type;
	packet[21] = code;
	tl_store_be16(packet + 26, info);
	memcpy(packet + 28, quoted.at, n - 28);
	return lan_input(lan.ifc[0], lan_mac[0], lan_mac[1], 0x0800,
			 tl_bytes(packet, n));
}

static enum drop unreachable(uint8_t code, struct bytes quoted)
{
	return message(3, code, 0, quoted);
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

/* @n bytes that count up. */
static struct pbuf *payload(size_t n)
{
	struct pbuf *p = pbuf_alloc(PBUF_TRANSPORT, (u16_t)n, PBUF_RAM);

	for (size_t i = 0; i < n; i++)
		((uint8_t *)p->payload)[i] = (uint8_t)i;
	return p;
}

/* As much of @n bytes as @most was quoted. */
static void check_quoted(size_t n, size_t most)
{
	CHECK_EQ(lan.error.quoted.n, TL_MIN(n, most));
	for (size_t i = 0; i < lan.error.quoted.n; i++)
		CHECK_EQ(lan.quoted[i], (uint8_t)i);
}

static void closed_port(uint8_t family, size_t n, size_t most)
{
	ip_addr_t from = lan_ip(family, 1);
	ip_addr_t to = lan_ip(family, 2);
	struct udp_pcb *pcb;
	struct pbuf *p;

	lan_start(1400);
	pcb = udp_new_ip_type(IP_GET_TYPE(&from));
	udp_bind_netif(pcb, tl_ifc_netif(lan.ifc[0]));
	CHECK_EQ(udp_bind(pcb, &from, 1000), ERR_OK);
	p = payload(n);
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
	CHECK(!lan.error.passes);
	CHECK_EQ(lan.error.type, family == 4 ? 3 : 1);
	CHECK_EQ(lan.error.code, family == 4 ? 3 : 4);
	CHECK_EQ(lan.error.from[family == 4 ? 3 : 15], 2);
	check_quoted(n, most);
	udp_remove(pcb);
	lan_stop();
}

TEST(error_of_a_closed_port_is_told)
{
	closed_port(4, 100, 100);
}

TEST(error_of_a_closed_port_is_told_over_ip6)
{
	closed_port(6, 100, 100);
}

/* 576 bytes without two IP headers, ICMP's and UDP's; 1280. */
TEST(error_quotes_the_beginning_of_what_came_in_fragments)
{
	closed_port(4, 3000, 576 - 20 - 8 - 20 - 8);
}

TEST(error_quotes_the_beginning_of_fragments_over_ip6)
{
	closed_port(6, 3000, 1280 - 40 - 8 - 40 - 8);
}

TEST(error_that_may_pass_says_so)
{
	lan_start(1400);
	CHECK_EQ(unreachable(CODE_HOST, udp_packet()), DROP_NONE);
	CHECK_EQ(lan.n_errors, 1);
	CHECK_EQ(lan.error.error, EHOSTUNREACH);
	CHECK(lan.error.passes);
	CHECK_EQ(unreachable(CODE_PORT, udp_packet()), DROP_NONE);
	CHECK_EQ(lan.n_errors, 2);
	CHECK(!lan.error.passes);
	lan_stop();
}

TEST(error_of_a_packet_that_is_too_long_tells_the_mtu)
{
	lan_start(1400);
	message(3, 4, 1300, udp_packet());
	CHECK_EQ(lan.error.error, EMSGSIZE);
	CHECK_EQ(lan.error.info, 1300);
	lan_stop();
}

TEST(error_of_a_packet_that_lived_too_long_is_told)
{
	lan_start(1400);
	CHECK_EQ(message(11, 0, 0, udp_packet()), DROP_NONE);
	CHECK_EQ(lan.error.error, EHOSTUNREACH);
	CHECK_EQ(lan.error.type, 11);
	CHECK_EQ(lan.error.ttl, 64);
	CHECK_EQ(lan.error.from[3], 2);
	/* A question is no error. */
	CHECK_EQ(message(13, 0, 0, udp_packet()), DROP_NONE);
	CHECK_EQ(lan.n_errors, 1);
	lan_stop();
}

/* Echo requests are told by their identifier, other ICMP is not. */
TEST(error_of_an_echo_request_is_told)
{
	uint8_t packet[36];

	lan_start(1400);
	memset(packet, 0, sizeof(packet));
	memcpy(packet, udp_packet().at, 28);
	packet[9] = 1;
	packet[20] = 8;
	packet[21] = 0;
	tl_store_be16(packet + 24, 0x4242);
	CHECK_EQ(unreachable(CODE_HOST, TL_BYTES_OF(packet)), DROP_NONE);
	CHECK_EQ(lan.error.protocol, 1);
	CHECK_EQ(lan.error.local_port, 0x4242);
	CHECK_EQ(lan.error.remote_port, 0);
	CHECK_EQ(lan.error.quoted.n, 16);
	packet[20] = 0;
	CHECK_EQ(unreachable(CODE_HOST, TL_BYTES_OF(packet)), DROP_UNSUPPORTED);
	CHECK_EQ(lan.n_errors, 1);
	lan_stop();
}

/* Nobody answers for the address: we tell ourselves. */
static void no_neighbour(uint8_t family)
{
	ip_addr_t from = lan_ip(family, 1);
	ip_addr_t to = lan_ip(family, 77);
	struct udp_pcb *pcb;
	struct pbuf *p;

	lan_start(1400);
	pcb = udp_new_ip_type(IP_GET_TYPE(&from));
	udp_bind_netif(pcb, tl_ifc_netif(lan.ifc[0]));
	CHECK_EQ(udp_bind(pcb, &from, 1000), ERR_OK);
	p = payload(10);
	CHECK_EQ(udp_sendto(pcb, p, &to, 2000), ERR_OK);
	pbuf_free(p);
	for (int i = 0; i < 200 && lan.n_errors == 0; i++)
		lan_pass(100000);
	CHECK_EQ(lan.n_errors, 1);
	CHECK_EQ(lan.error.error, EHOSTUNREACH);
	CHECK(lan.error.passes);
	CHECK_EQ(lan.error.remote_port, 2000);
	CHECK_EQ(lan.error.from[family == 4 ? 3 : 15], 1);
	CHECK_EQ(lan.error.type, family == 4 ? 3 : 1);
	CHECK_EQ(lan.error.code, family == 4 ? 1 : 3);
	check_quoted(10, 10);
	udp_remove(pcb);
	lan_stop();
}

TEST(error_of_a_neighbour_that_is_not_there_is_told)
{
	no_neighbour(4);
}

TEST(error_of_a_neighbour_that_is_not_there_is_told_over_ip6)
{
	no_neighbour(6);
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
