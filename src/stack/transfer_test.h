/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer_test.h - one TCP connection across lan_test.h's wire, which carries
 * a known stream, for tests
 */
#ifndef TL_STACK_TRANSFER_TEST_H
#define TL_STACK_TRANSFER_TEST_H

#include "stack/lan_test.h"

#include "lwip/priv/tcp_priv.h"

#define PORT 80

/**
 * struct transfer - One connection that carries a known stream
 */
static struct transfer {
	struct tcp_pcb *listener;
	struct tcp_pcb *client;
	struct tcp_pcb *server;
	uint8_t family;
	bool connected;
	bool closed;
	err_t error;
	size_t total;
	size_t written;
	size_t received;
	bool hold;
	struct pbuf *held;
} xfer;

static TL_UNUSED uint8_t stream_byte(size_t i)
{
	return (uint8_t)(i * 31 + (i >> 8) * 7 + (i >> 16));
}

static TL_UNUSED void consume(struct tcp_pcb *pcb, struct pbuf *p)
{
	struct pbuf *q;
	const uint8_t *at;
	size_t i;

	for (q = p; q; q = q->next) {
		at = q->payload;
		for (i = 0; i < q->len; i++, xfer.received++) {
			if (at[i] != stream_byte(xfer.received))
				FAIL("byte %zu is wrong", xfer.received);
		}
	}
	tcp_recved(pcb, p->tot_len);
	pbuf_free(p);
}

static TL_UNUSED err_t on_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p,
			       err_t err)
{
	(void)arg;
	(void)err;
	if (!p) {
		xfer.closed = true;
		xfer.server = NULL;
		tcp_close(pcb);
		return ERR_OK;
	}
	if (xfer.hold) {
		if (xfer.held)
			pbuf_cat(xfer.held, p);
		else
			xfer.held = p;
		return ERR_OK;
	}
	consume(pcb, p);
	return ERR_OK;
}

static TL_UNUSED void on_server_error(void *arg, err_t err)
{
	(void)arg;
	xfer.server = NULL;
	xfer.error = err;
}

static TL_UNUSED err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
	(void)arg;
	(void)err;
	xfer.server = pcb;
	tcp_recv(pcb, on_recv);
	tcp_err(pcb, on_server_error);
	return ERR_OK;
}

static TL_UNUSED void on_client_error(void *arg, err_t err)
{
	(void)arg;
	xfer.client = NULL;
	xfer.error = err;
}

static TL_UNUSED void write_more(struct tcp_pcb *pcb)
{
	static uint8_t chunk[16384];
	size_t n;
	size_t i;

	while (xfer.written < xfer.total) {
		n = TL_MIN(sizeof(chunk), xfer.total - xfer.written);
		n = TL_MIN(n, (size_t)tcp_sndbuf(pcb));
		if (!n)
			break;
		for (i = 0; i < n; i++)
			chunk[i] = stream_byte(xfer.written + i);
		if (tcp_write(pcb, chunk, (u16_t)n, TCP_WRITE_FLAG_COPY))
			break;
		xfer.written += n;
	}
	tcp_output(pcb);
}

static TL_UNUSED err_t on_sent(void *arg, struct tcp_pcb *pcb, u16_t n)
{
	(void)arg;
	(void)n;
	write_more(pcb);
	return ERR_OK;
}

static TL_UNUSED err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t err)
{
	(void)arg;
	(void)err;
	xfer.connected = true;
	write_more(pcb);
	return ERR_OK;
}

static TL_UNUSED void start_transfer(uint8_t family, int server, size_t total)
{
	ip_addr_t from = lan_ip(family, 1);
	ip_addr_t to = lan_ip(family, (uint8_t)(server + 1));
	u8_t type = family == 4 ? IPADDR_TYPE_V4 : IPADDR_TYPE_V6;

	memset(&xfer, 0, sizeof(xfer));
	xfer.total = total;
	xfer.listener = tcp_new_ip_type(type);
	tcp_bind_netif(xfer.listener, tl_ifc_netif(lan.ifc[server]));
	CHECK_EQ(tcp_bind(xfer.listener, &to, PORT), ERR_OK);
	xfer.listener = tcp_listen(xfer.listener);
	tcp_accept(xfer.listener, on_accept);
	xfer.client = tcp_new_ip_type(type);
	tcp_bind_netif(xfer.client, tl_ifc_netif(lan.ifc[0]));
	tcp_sent(xfer.client, on_sent);
	tcp_err(xfer.client, on_client_error);
	CHECK_EQ(tcp_bind(xfer.client, &from, 0), ERR_OK);
	CHECK_EQ(tcp_connect(xfer.client, &to, PORT, on_connected), ERR_OK);
}

static TL_UNUSED void run_transfer(int64_t pass_us, int64_t limit_us)
{
	int64_t end = lan.now_us + limit_us;

	while (xfer.received < xfer.total) {
		if (xfer.error || lan.now_us > end)
			FAIL("%zu of %zu bytes, error %d", xfer.received,
			     xfer.total, xfer.error);
		lan_pass(pass_us);
	}
}

static TL_UNUSED void end_transfer(void)
{
	int64_t end = lan.now_us + 60000000;

	tcp_close(xfer.client);
	while (!xfer.closed && lan.now_us < end)
		lan_pass(1000);
	CHECK(xfer.closed);
	tcp_close(xfer.listener);
	lan_settle();
}

#endif /* TL_STACK_TRANSFER_TEST_H */
