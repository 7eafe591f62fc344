/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_held_test.c - bytes of a connection that nobody reads for now
 */
#include "sockets/world_test.h"

#include "lwip/priv/tcp_priv.h"

#include "sockets/socket_impl.h"

/* What the stack has given us and the application has no room for. */
static void count_held(void *ctx)
{
	size_t *n = ctx;
	const struct tcp_pcb *pcb;

	for (pcb = tcp_active_pcbs; pcb; pcb = pcb->next)
		*n += TCP_WND - pcb->rcv_wnd;
}

/* Nobody reads @n bytes: they wait in the socket, and behind it. */
static void fill_both(const int ends[2], const uint8_t *at, size_t n)
{
	int readable = 0;
	size_t held = 0;

	write_all(ends[0], at, n);
	while (held + (size_t)readable < n) {
		poll(NULL, 0, 1);
		held = 0;
		world_do(count_held, &held);
		CHECK_EQ(ioctl(ends[1], FIONREAD, &readable), 0);
	}
}

/* As the stack does it when the front of a chain had come before. */
static void give_chain(void *ctx)
{
	struct pbuf *empty = pbuf_alloc(PBUF_RAW, 0, PBUF_RAM);
	struct pbuf *more = pbuf_alloc(PBUF_RAW, 3, PBUF_RAM);
	struct tcp_pcb *pcb = tcp_active_pcbs;

	(void)ctx;
	while (pcb && pcb->rcv_wnd == TCP_WND)
		pcb = pcb->next;
	CHECK(empty && more && pcb);
	memcpy(more->payload, "end", 3);
	pbuf_cat(empty, more);
	CHECK_EQ(pcb->recv(pcb->callback_arg, pcb, empty, ERR_OK), ERR_OK);
}

/* Nobody reads, so what comes is put away, and a pbuf of no bytes with it. */
TEST(tcp_pbufs_without_bytes_are_passed_over)
{
	static uint8_t buf[1000000];
	int ends[2];

	world_start();
	z_pair(ends);
	fill_both(ends, buf, sizeof(buf));
	world_do(give_chain, NULL);
	read_all(ends[1], buf, sizeof(buf));
	read_all(ends[1], buf, 3);
	CHECK(!memcmp(buf, "end", 3));
	close(ends[0]);
	close(ends[1]);
	wait_for_sockets(0);
	world_stop();
}

/* As the stack does it that offers again by itself what was refused, and the
 * end with it. */
static void refuse_and_take_with_end(void *ctx)
{
	struct pbuf *p = pbuf_alloc(PBUF_RAW, 60000, PBUF_RAM);
	struct tcp_pcb *pcb = tcp_active_pcbs;
	struct chunk_pool *pool;
	struct socket *k;
	size_t limit;

	(void)ctx;
	while (pcb && pcb->rcv_wnd == TCP_WND)
		pcb = pcb->next;
	CHECK(p && pcb);
	memset(p->payload, 0, 60000);
	k = pcb->callback_arg;
	pool = &k->owner->rx_pool;
	limit = pool->limit;
	pool->limit = 0;
	CHECK_EQ(pcb->recv(k, pcb, p, ERR_OK), ERR_MEM);
	pool->limit = limit;
	CHECK_EQ(pcb->recv(k, pcb, p, ERR_OK), ERR_OK);
	CHECK_EQ(pcb->recv(k, pcb, NULL, ERR_OK), ERR_OK);
	CHECK(!k->tcp.pcb);
}

TEST(tcp_end_that_comes_with_what_was_refused_is_told)
{
	static uint8_t buf[1060000];
	int ends[2];

	world_start();
	z_pair(ends);
	CHECK_EQ(shutdown(ends[1], SHUT_WR), 0);
	CHECK_EQ(read(ends[0], buf, 1), 0);
	fill_both(ends, buf, 1000000);
	world_do(refuse_and_take_with_end, NULL);
	read_all(ends[1], buf, sizeof(buf));
	CHECK(wait_for(ends[1], POLLIN, WAIT_MS) & POLLIN);
	CHECK_EQ(read(ends[1], buf, 1), 0);
	close(ends[0]);
	close(ends[1]);
	wait_for_sockets(0);
	world_stop();
}
