/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stack_input_fuzz.c - frames of any kind against a stack with sockets
 *
 * The input is a run of frames: a byte of flags, two bytes of length, the
 * Ethernet type and the payload. Between frames time passes. A listener, a UDP
 * socket and a connection being made are there to be found, so that sequence
 * numbers, which come from a fixed generator, can be matched by the fuzzer.
 */
#include "base/alloc.h"
#include "base/reader.h"
#include "stack/stack.h"

#include <string.h>

#include "lwip/tcp.h"
#include "lwip/udp.h"

#define FLAG_GROUP 1
#define FLAG_SECOND 2
#define FLAG_NO_PASS 4
#define PASS_MAX 16

static const uint8_t own[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t peer[6] = { 2, 0, 0, 0, 0, 2 };
static const uint8_t group[6] = { 255, 255, 255, 255, 255, 255 };
static uint64_t seed;

static void fill(void *out, size_t n)
{
	uint8_t *at = out;

	while (n--) {
		seed = seed * 6364136223846793005ULL + 1;
		*at++ = (uint8_t)(seed >> 56);
	}
}

static void output(void *ctx, const uint8_t dst[6], const uint8_t src[6],
		   uint16_t type, struct packet *p)
{
	(void)ctx;
	(void)dst;
	(void)src;
	(void)type;
	tl_packet_free(p);
}

static err_t on_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
	(void)arg;
	(void)err;
	if (!p)
		return tcp_close(pcb);
	tcp_recved(pcb, p->tot_len);
	tcp_write(pcb, "echo", 4, TCP_WRITE_FLAG_COPY);
	pbuf_free(p);
	return ERR_OK;
}

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
	(void)arg;
	if (err == ERR_OK)
		tcp_recv(pcb, on_recv);
	return ERR_OK;
}

static void on_error(void *arg, err_t err)
{
	struct tcp_pcb **pcb = arg;

	(void)err;
	*pcb = NULL;
}

static void on_datagram(void *arg, struct udp_pcb *pcb, struct pbuf *p,
			const ip_addr_t *from, u16_t port)
{
	(void)arg;
	udp_sendto(pcb, p, from, port);
	pbuf_free(p);
}

static struct tcp_pcb *start_connect(struct tcp_pcb **pcb)
{
	ip_addr_t to = IPADDR4_INIT_BYTES(10, 0, 1, 2);

	*pcb = tcp_new();
	if (*pcb && tcp_bind(*pcb, IP4_ADDR_ANY, 1000) == ERR_OK) {
		tcp_arg(*pcb, pcb);
		tcp_err(*pcb, on_error);
		tcp_recv(*pcb, on_recv);
		(void)tcp_connect(*pcb, &to, 80, NULL);
	}
	return *pcb;
}

static struct tcp_pcb *start_listen(void)
{
	struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_ANY);

	if (!pcb || tcp_bind(pcb, IP_ANY_TYPE, 80) != ERR_OK)
		return pcb;
	pcb = tcp_listen(pcb);
	tcp_accept(pcb, on_accept);
	return pcb;
}

static void feed(struct ifc *ifc, struct reader *r)
{
	uint8_t *copies[PASS_MAX];
	int64_t now_us = 1000;
	struct bytes frame;
	size_t n = 0;
	uint16_t type;
	uint8_t flags;
	size_t i;

	while (r->rest.n && !r->failed) {
		flags = tl_read_u8(r);
		i = tl_read_be16(r);
		type = tl_read_be16(r);
		frame = tl_read_slice(r, TL_MIN(i, r->rest.n));
		copies[n] = tl_alloc(frame.n);
		if (!copies[n])
			break;
		if (frame.n)
			memcpy(copies[n], frame.at, frame.n);
		(void)tl_ifc_input(ifc, flags & FLAG_GROUP ? group : own, peer,
				   type, tl_buffer(copies[n], frame.n));
		n++;
		if ((flags & FLAG_NO_PASS) && n < PASS_MAX)
			continue;
		tl_stack_end_pass();
		for (i = 0; i < n; i++)
			tl_free(copies[i]);
		n = 0;
		now_us += flags & FLAG_SECOND ? 1000000 : 25000;
		(void)tl_stack_run(now_us);
	}
	tl_stack_end_pass();
	for (i = 0; i < n; i++)
		tl_free(copies[i]);
}

static void error(void *ctx, const struct ifc_error *e)
{
	(void)ctx;
	tl_assert(e->error > 0);
	tl_assert(e->protocol == 6 || e->protocol == 17);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ifc_ops ops = { .output = output, .error = error };
	static const struct ifc_address list[2] = {
		{ 4, 24, { 10, 0, 1, 1 } }, { 6, 64, { 0xfd, [15] = 1 } }
	};
	struct ifc_config config = { .name = "zt0", .mtu = 1400, .ops = &ops };
	struct reader r = { .rest = tl_bytes(data, size) };
	struct packet_pool pool;
	struct tcp_pcb *client;
	struct tcp_pcb *listener;
	struct udp_pcb *udp;
	struct ifc *ifc;

	seed = 1;
	memcpy(config.mac, own, 6);
	tl_packet_pool_init(&pool, 64, 256);
	if (tl_stack_init(&pool, fill, 0))
		return 0;
	tl_assert(!tl_ifc_new(&ifc, &config));
	tl_assert(!tl_ifc_set_addresses(ifc, list, 2));
	listener = start_listen();
	(void)start_connect(&client);
	udp = udp_new_ip_type(IPADDR_TYPE_ANY);
	udp_bind(udp, IP_ANY_TYPE, 53);
	udp_recv(udp, on_datagram, NULL);
	feed(ifc, &r);
	if (client)
		tcp_abort(client);
	udp_remove(udp);
	tcp_close(listener);
	tl_ifc_free(ifc);
	tl_stack_fini();
	tl_packet_pool_fini(&pool);
	return 0;
}
