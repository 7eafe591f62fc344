/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odd_peer_test.c - a peer that is no stack: each of its segments is written
 * here, and each of ours is looked at
 *
 * It sits at 10.0.1.1; what answers is a connection of 10.0.1.2. What the
 * stack itself says at 10.0.1.1 is not let through.
 */
#include "stack/lan_test.h"

#include "lwip/priv/tcp_priv.h"

#define PORT 80
#define FIRST_PORT 4000
#define PEER_SEQ 1000000000U
#define MTU 2800
#define SEEN_MAX 4096
#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define PSH 0x08
#define ACK 0x10

struct seen {
	uint32_t seq; /* without the first, which is 1 */
	uint32_t ack; /* likewise, of the peer's */
	uint8_t flags;
	uint16_t window;
	size_t n;
	size_t options;
};

static struct {
	struct tcp_pcb *listener;
	struct tcp_pcb *server;
	uint16_t port; /* the peer's */
	uint32_t isn; /* of the server */
	struct seen seen[SEEN_MAX];
	size_t n;
	/* what the owner of the server got and wants */
	bool refuses;
	bool keeps_window;
	bool ended;
	bool failed;
	err_t error;
	size_t received;
} peer;

/* Ours are looked at and go no further, nor what the stack says for the peer.*/
static bool look(const struct lan_frame *f)
{
	struct bytes b = tl_packet_bytes(f->p);
	struct seen *s = &peer.seen[peer.n];
	const uint8_t *tcp = b.at + 20;

	if (f->type != 0x0800 || b.at[9] != 6)
		return false;
	if (memcmp(f->src, lan_mac[1], 6) != 0)
		return true;
	CHECK(peer.n < SEEN_MAX);
	if (tcp[13] & SYN)
		peer.isn = tl_load_be32(tcp + 4);
	s->seq = tl_load_be32(tcp + 4) - peer.isn;
	s->ack = tl_load_be32(tcp + 8) - PEER_SEQ;
	s->flags = tcp[13];
	s->window = tl_load_be16(tcp + 14);
	s->options = (size_t)(tcp[12] >> 4) * 4 - 20;
	s->n = b.n - 40 - s->options;
	peer.n++;
	return true;
}

struct say {
	uint8_t flags;
	uint32_t seq; /* 1: the first byte */
	uint32_t ack; /* likewise, of the server's */
	uint16_t window;
	const void *options;
	size_t n_options;
	size_t n; /* bytes of payload */
};

/* Brought to the server; the pass goes on. */
static void say_in_pass(const struct say *s)
{
	static uint8_t frames[64][MTU];
	static size_t next;
	uint8_t *at = frames[next++ % 64];
	size_t total = 40 + s->n_options + s->n;

	CHECK(total <= MTU);
	memset(at, 0, MTU);
	at[0] = 0x45;
	tl_store_be16(at + 2, (uint16_t)total);
	at[8] = 64;
	at[9] = 6;
	memcpy(at + 12, "\x0a\x00\x01\x01\x0a\x00\x01\x02", 8);
	tl_store_be16(at + 20, peer.port);
	tl_store_be16(at + 22, PORT);
	tl_store_be32(at + 24, PEER_SEQ + s->seq);
	tl_store_be32(at + 28, s->flags & ACK ? peer.isn + s->ack : 0);
	at[32] = (uint8_t)((5 + s->n_options / 4) << 4);
	at[33] = s->flags;
	tl_store_be16(at + 34, s->window);
	if (s->n_options)
		memcpy(at + 40, s->options, s->n_options);
	(void)tl_ifc_input(lan.ifc[1], lan_mac[1], lan_mac[0], 0x0800,
			   tl_buffer(at, total));
	tl_stack_end_input();
}

static void say(struct say s)
{
	(void)tl_stack_run(lan.now_us);
	say_in_pass(&s);
	tl_stack_end_pass();
	lan_pass(0);
}

static void data(uint32_t seq, size_t n)
{
	say((struct say){
		.flags = ACK, .seq = seq, .ack = 1, .window = 65535, .n = n });
}

/* Another window, with two bytes of data: it is taken from newer ones only. */
static void announce(uint16_t window)
{
	data(1, 1);
	say((struct say){
		.flags = ACK, .seq = 2, .ack = 1, .window = window, .n = 1 });
}

static void wait_ms(int ms)
{
	for (; ms > 0; ms -= 10)
		lan_pass(10000);
}

static err_t on_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
	(void)arg;
	(void)err;
	if (!p) {
		peer.ended = true;
		return ERR_OK;
	}
	if (peer.refuses)
		return ERR_MEM;
	peer.received += p->tot_len;
	if (!peer.keeps_window)
		tcp_recved(pcb, p->tot_len);
	pbuf_free(p);
	return ERR_OK;
}

static void on_error(void *arg, err_t err)
{
	(void)arg;
	peer.server = NULL;
	peer.failed = true;
	peer.error = err;
}

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
	(void)arg;
	(void)err;
	peer.server = pcb;
	tcp_recv(pcb, on_recv);
	tcp_err(pcb, on_error);
	return ERR_OK;
}

/* Connected, with these options in the SYN and this window afterwards. */
static void connect_from(uint16_t port, const void *options, size_t n_options,
			 uint16_t window)
{
	peer.port = port;
	peer.server = NULL;
	peer.n = 0;
	say((struct say){ .flags = SYN,
			  .window = window,
			  .options = options,
			  .n_options = n_options });
	wait_ms(100);
	CHECK(peer.n > 0);
	CHECK_EQ(peer.seen[0].flags, SYN | ACK);
	say((struct say){ .flags = ACK, .seq = 1, .ack = 1, .window = window });
	CHECK(peer.server);
	peer.n = 0;
}

static void connect_peer(const void *options, size_t n_options, uint16_t window)
{
	ip_addr_t at = lan_ip(4, 2);

	lan_start(MTU);
	memset(&peer, 0, sizeof(peer));
	peer.listener = tcp_new_ip_type(IPADDR_TYPE_V4);
	tcp_bind_netif(peer.listener, tl_ifc_netif(lan.ifc[1]));
	CHECK_EQ(tcp_bind(peer.listener, &at, PORT), ERR_OK);
	peer.listener = tcp_listen(peer.listener);
	tcp_accept(peer.listener, on_accept);
	lan.loses = look;
	connect_from(FIRST_PORT, options, n_options, window);
}

static void connect_plain(void)
{
	connect_peer("\x02\x04\x05\xb4", 4, 65535);
}

static void finish(void)
{
	while (tcp_active_pcbs)
		tcp_abort(tcp_active_pcbs);
	tcp_close(peer.listener);
	lan_stop();
}

static void owner_writes(size_t n)
{
	static const uint8_t bytes[60000];

	CHECK(n <= sizeof(bytes));
	CHECK_EQ(tcp_write(peer.server, bytes, (u16_t)n, 0), ERR_OK);
	tcp_output(peer.server);
	lan_pass(0);
}

/* @n bytes, each with a hole before it. */
static void riddle(size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (i % 32 == 0)
			(void)tl_stack_run(lan.now_us);
		say_in_pass(&(struct say){ .flags = ACK,
					   .seq = 3 + 2 * (uint32_t)i,
					   .ack = 1,
					   .window = 65535,
					   .n = 1 });
		if (i % 32 < 31)
			continue;
		tl_stack_end_pass();
		lan_pass(0);
		peer.n = 0;
	}
}

static const struct seen *newest(void)
{
	CHECK(peer.n > 0);
	return &peer.seen[peer.n - 1];
}

/* Bytes that were sent, each once. */
static size_t highest_sent(void)
{
	uint32_t most = 1;
	size_t i;

	for (i = 0; i < peer.n; i++)
		most = TL_MAX(most,
			      peer.seen[i].seq + (uint32_t)peer.seen[i].n);
	return most - 1;
}

/* In order, @n bytes from @seq on, in one pass. */
static void fill(uint32_t seq, size_t n)
{
	size_t step;

	(void)tl_stack_run(lan.now_us);
	for (; n; n -= step, seq += (uint32_t)step) {
		step = TL_MIN(n, (size_t)1460);
		say_in_pass(&(struct say){ .flags = ACK,
					   .seq = seq,
					   .ack = 1,
					   .window = 65535,
					   .n = step });
	}
	tl_stack_end_pass();
	lan_pass(0);
}

/* What begins in the window and goes beyond it waits for a hole to be filled,
 * and the reader has read nothing. */
static void goes_beyond(size_t filled, uint8_t flags)
{
	connect_plain();
	peer.keeps_window = true;
	say((struct say){ .flags = (uint8_t)(ACK | flags),
			  .seq = 1 + 65500,
			  .ack = 1,
			  .window = 65535,
			  .n = 1000 });
	if (filled < 65500)
		data(1 + (uint32_t)filled, 65500 - filled);
	fill(1, filled);
	CHECK_EQ(peer.received, 65535);
	CHECK(!peer.ended);
	CHECK(!peer.failed);
	CHECK_EQ(newest()->ack, 1 + 65535);
	finish();
}

TEST(peer_beyond_the_window_first_out_of_order_is_cut)
{
	goes_beyond(65500, 0);
	goes_beyond(65500, FIN);
}

TEST(peer_beyond_the_window_behind_others_is_cut)
{
	goes_beyond(65000, 0);
	goes_beyond(65000, FIN);
}

/* The last segment of a window that is full, and then its end. */
TEST(peer_end_right_behind_the_window_comes_later)
{
	connect_plain();
	peer.keeps_window = true;
	say((struct say){ .flags = ACK | FIN,
			  .seq = 1 + 64535,
			  .ack = 1,
			  .window = 65535,
			  .n = 1000 });
	fill(1, 64535);
	CHECK_EQ(peer.received, 65535);
	CHECK(!peer.ended);
	tcp_recved(peer.server, 65535);
	say((struct say){ .flags = ACK | FIN,
			  .seq = 1 + 65535,
			  .ack = 1,
			  .window = 65535 });
	CHECK(peer.ended);
	finish();
}

/* An end in the middle of what follows is none, and the window is kept. */
TEST(peer_data_behind_its_end_does_not_move_it)
{
	connect_plain();
	peer.keeps_window = true;
	fill(1, 64000);
	say((struct say){ .flags = ACK | FIN,
			  .seq = 64011,
			  .ack = 1,
			  .window = 65535,
			  .n = 5 });
	data(64001, 1460);
	data(65461, 75);
	CHECK_EQ(peer.received, 65535);
	CHECK(!peer.ended);
	finish();
}

/* It waits for its hole, too, but is covered before. */
TEST(peer_end_that_is_covered_is_taken_where_both_end)
{
	connect_plain();
	say((struct say){ .flags = ACK | FIN,
			  .seq = 1501,
			  .ack = 1,
			  .window = 65535,
			  .n = 500 });
	data(1001, 1000);
	CHECK_EQ(peer.received, 0);
	data(1, 1000);
	CHECK_EQ(peer.received, 2000);
	CHECK(peer.ended);
	finish();
}

/* The one byte that there was went with a probe, and that was acknowledged. */
TEST(peer_acknowledges_the_probe_of_a_closed_window)
{
	connect_plain();
	announce(0);
	owner_writes(1);
	CHECK_EQ(highest_sent(), 0);
	wait_ms(1000);
	CHECK_EQ(highest_sent(), 1);
	say((struct say){ .flags = ACK, .seq = 3, .ack = 2 });
	wait_ms(2000);
	CHECK(!peer.failed);
	/* and what is written afterwards is probed for again */
	peer.n = 0;
	owner_writes(1);
	wait_ms(1000);
	CHECK_EQ(highest_sent(), 2);
	finish();
}

TEST(peer_that_has_no_room_for_three_minutes_is_not_given_up)
{
	int i;

	connect_plain();
	announce(0);
	owner_writes(10);
	for (i = 0; i < 170; i++)
		wait_ms(1000);
	CHECK(!peer.failed);
	for (i = 0; i < 60; i++)
		wait_ms(1000);
	CHECK(peer.failed);
	finish();
}

/* A window of less than what is there, and then the end. */
TEST(peer_with_a_small_window_gets_the_end_last)
{
	size_t i;

	connect_plain();
	announce(600);
	owner_writes(1000);
	CHECK_EQ(tcp_shutdown(peer.server, 0, 1), ERR_OK);
	wait_ms(1000);
	CHECK_EQ(highest_sent(), 600);
	for (i = 0; i < peer.n; i++)
		CHECK(!(peer.seen[i].flags & (FIN | PSH)));
	say((struct say){
		.flags = ACK, .seq = 3, .ack = 601, .window = 65535 });
	wait_ms(100);
	CHECK_EQ(highest_sent(), 1000);
	CHECK(newest()->flags & FIN);
	finish();
}

/* Without a window scale, what it is told is a quarter of what there is. */
TEST(peer_without_scaling_hears_that_the_window_is_open)
{
	connect_plain();
	peer.keeps_window = true;
	fill(1, 65535);
	CHECK_EQ(newest()->window, 0);
	peer.n = 0;
	tcp_recved(peer.server, 10000);
	lan_pass(0);
	CHECK_EQ(peer.n, 0);
	tcp_recved(peer.server, 20000);
	lan_pass(0);
	CHECK(peer.n > 0);
	CHECK(newest()->window >= 16383);
	finish();
}

/* What is refused is answered, so the peer knows that it is not alone. */
TEST(peer_hears_of_no_room_while_its_data_is_refused)
{
	connect_plain();
	peer.refuses = true;
	data(1, 1000);
	peer.n = 0;
	data(1001, 1000);
	CHECK_EQ(peer.n, 1);
	CHECK_EQ(newest()->ack, 1001);
	CHECK_EQ(newest()->window, 0);
	peer.refuses = false;
	peer.n = 0;
	CHECK_EQ(tcp_process_refused_data(peer.server), ERR_OK);
	lan_pass(0);
	CHECK_EQ(peer.received, 1000);
	CHECK(newest()->window > 30000);
	data(1001, 1000);
	CHECK_EQ(peer.received, 2000);
	finish();
}

/* Ours does not give up one that says so, for half an hour. */
TEST(peer_that_drops_and_says_so_is_waited_for)
{
	size_t before;
	int i;

	connect_plain();
	owner_writes(1000);
	for (i = 0; i < 1800; i++) {
		before = peer.n;
		wait_ms(1000);
		if (peer.n > before)
			say((struct say){ .flags = ACK, .seq = 1, .ack = 1 });
	}
	CHECK(!peer.failed);
	CHECK(peer.n > 180);
	CHECK(peer.n < 3600);
	say((struct say){
		.flags = ACK, .seq = 1, .ack = 1001, .window = 65535 });
	CHECK_EQ(peer.server->snd_queuelen, 0);
	finish();
}

/* Refused, and meanwhile both sides end. */
static void refused_to_the_end(bool peer_is_first)
{
	const struct say last = { .flags = ACK | FIN,
				  .seq = 1,
				  .ack = 1,
				  .window = 65535,
				  .n = 700 };
	int i;

	connect_plain();
	peer.refuses = true;
	if (peer_is_first)
		say(last);
	CHECK_EQ(tcp_shutdown(peer.server, 0, 1), ERR_OK);
	lan_pass(0);
	CHECK(newest()->flags & FIN);
	if (!peer_is_first)
		say(last);
	CHECK(peer.server->refused_data);
	CHECK_EQ(peer.server->state, peer_is_first ? LAST_ACK : CLOSING);
	say((struct say){
		.flags = ACK, .seq = 702, .ack = 2, .window = 65535 });
	wait_ms(100000);
	CHECK(!peer.failed);
	CHECK(!peer.ended);
	peer.refuses = false;
	CHECK_EQ(tcp_process_refused_data(peer.server), ERR_OK);
	CHECK_EQ(peer.received, 700);
	CHECK(peer.ended);
	for (i = 0; i < 80; i++)
		wait_ms(1000);
	CHECK(!tcp_tw_pcbs);
	CHECK(!tcp_active_pcbs);
	peer.server = NULL;
	finish();
}

TEST(peer_ends_first_and_what_was_refused_is_kept)
{
	refused_to_the_end(true);
}

TEST(peer_ends_at_the_same_time_and_what_was_refused_is_kept)
{
	refused_to_the_end(false);
}

/* It has ended; the owner writes, closes, and the peer reads slowly. */
TEST(peer_that_reads_slowly_gets_all_after_the_owner_has_closed)
{
	uint32_t got = 0;
	int i;

	connect_plain();
	say((struct say){
		.flags = ACK | FIN, .seq = 1, .ack = 1, .window = 2000 });
	CHECK(peer.ended);
	owner_writes(40000);
	CHECK_EQ(tcp_shutdown(peer.server, 0, 1), ERR_OK);
	tcp_set_flags(peer.server, TF_RXCLOSED);
	for (i = 0; i < 300 && got < 40000; i++) {
		wait_ms(1000);
		got = TL_MIN((uint32_t)highest_sent(), got + 200);
		say((struct say){ .flags = ACK,
				  .seq = 2,
				  .ack = 1 + got,
				  .window = 2000 });
	}
	CHECK(!peer.failed);
	CHECK_EQ(got, 40000);
	finish();
}

/* And one that goes without a word is not waited for longer than a minute. */
TEST(peer_that_never_ends_is_forgotten_a_minute_after_the_owner_has_closed)
{
	int i;

	connect_plain();
	CHECK_EQ(tcp_shutdown(peer.server, 0, 1), ERR_OK);
	tcp_set_flags(peer.server, TF_RXCLOSED);
	lan_pass(0);
	say((struct say){ .flags = ACK, .seq = 1, .ack = 2, .window = 65535 });
	CHECK_EQ(peer.server->state, FIN_WAIT_2);
	for (i = 0; i < 90; i++) {
		wait_ms(1000);
		say((struct say){
			.flags = ACK, .seq = 1, .ack = 2, .window = 65535 });
	}
	CHECK(!tcp_active_pcbs);
	finish();
}

TEST(peer_of_tiny_segments_costs_little)
{
	size_t limit;
	size_t before;
	int i;

	connect_peer("\x02\x04\x00\x01", 4, 2);
	CHECK_EQ(peer.server->mss, 88);
	before = tl_stack_memory(&limit);
	for (i = 0; i < 8; i++)
		owner_writes(60000);
	CHECK(tl_stack_memory(&limit) - before < 4 << 20);
	finish();
}

/* After the SYN nothing is agreed on. */
TEST(peer_cannot_change_the_size_of_segments_later)
{
	connect_plain();
	say((struct say){ .flags = ACK,
			  .seq = 1,
			  .ack = 1,
			  .window = 65535,
			  .options = "\x02\x04\x00\x58",
			  .n_options = 4,
			  .n = 10 });
	CHECK_EQ(peer.received, 10);
	CHECK_EQ(peer.server->mss, 1460);
	finish();
}

/* Many keep what is out of order; who sends in order is not kept out, and they
 * go on, too. */
TEST(peers_with_holes_do_not_keep_others_out)
{
	uint16_t port;

	connect_plain();
	for (port = 1; port <= 40; port++) {
		riddle(2016);
		connect_from((uint16_t)(FIRST_PORT + port), "\x02\x04\x05\xb4",
			     4, 65535);
	}
	data(1, 1000);
	CHECK_EQ(peer.received, 1000);
	riddle(2016);
	data(2, 1);
	CHECK(peer.received > 1000);
	finish();
}
