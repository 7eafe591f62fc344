/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/transfer_test.h"

#include "stack/checksum.h"

TEST(tcp_carries_50_megabytes)
{
	lan_start(2800);
	start_transfer(4, 1, 50000000);
	run_transfer(1000, 60000000);
	end_transfer();
	CHECK_EQ(lan.longest, 2800);
	lan_stop();
}

static void lossy(uint8_t family, unsigned int mtu, size_t total)
{
	lan_start(mtu);
	start_transfer(family, 1, total);
	lan.loss_percent = 1;
	lan.reorder_percent = 5;
	run_transfer(1000, 3600 * (int64_t)1000000);
	end_transfer();
	CHECK(lan.longest <= mtu);
	lan_stop();
}

TEST(tcp_survives_loss_and_reordering)
{
	lossy(4, 2800, 20000000);
}

TEST(tcp_survives_loss_and_reordering_over_ip6)
{
	lossy(6, 1280, 5000000);
}

TEST(tcp_uses_the_largest_mtu)
{
	lossy(4, 10000, 10000000);
}

static size_t bad_sums;
static size_t seen_segments;

static void check_sums(const struct lan_frame *f)
{
	struct bytes b = tl_packet_bytes(f->p);
	size_t head = f->type == 0x0800 ? 20 : 40;

	if (f->type == 0x0806)
		return;
	if (f->type == 0x0800 && tl_checksum_of(tl_bytes(b.at, 20)))
		bad_sums++;
	if (b.at[f->type == 0x0800 ? 9 : 6] != 6)
		return;
	seen_segments++;
	if (tl_checksum_transport(b, head, 6))
		bad_sums++;
}

static void cut_segments(uint8_t family)
{
	lan_start(1400);
	lan.watch = check_sums;
	start_transfer(family, 1, 3000000);
	while (!xfer.connected)
		lan_pass(1000);
	xfer.client->mss = (u16_t)(40 * xfer.client->mss);
	run_transfer(1000, 60000000);
	end_transfer();
	CHECK_EQ(lan.longest, 1400);
	CHECK(seen_segments > 2000);
	CHECK_EQ(bad_sums, 0);
	lan_stop();
}

TEST(tcp_segments_of_many_mss_are_cut_with_right_sums)
{
	cut_segments(4);
}

TEST(tcp_segments_of_many_mss_are_cut_over_ip6)
{
	cut_segments(6);
}

TEST(tcp_to_own_address_stays_inside)
{
	lan_start(2800);
	start_transfer(4, 0, 1000000);
	run_transfer(1000, 10000000);
	end_transfer();
	CHECK_EQ(lan.sent, 0);
	lan_stop();
}

TEST(tcp_data_a_reader_holds_outlives_the_pass)
{
	lan_start(2800);
	start_transfer(4, 1, 300000);
	xfer.hold = true;
	while (!xfer.held || xfer.held->tot_len < 20000)
		lan_pass(1000);
	xfer.hold = false;
	while (xfer.held) {
		consume(xfer.server, xfer.held);
		xfer.held = NULL;
	}
	run_transfer(1000, 10000000);
	end_transfer();
	lan_stop();
}

TEST(tcp_is_silent_and_without_timer_when_idle)
{
	lan_start(2800);
	start_transfer(4, 1, 1000);
	run_transfer(1000, 10000000);
	while (tl_stack_next_us() != INT64_MAX) {
		CHECK(lan.now_us < 60000000);
		lan_pass(TL_MAX(tl_stack_next_us() - lan.now_us, 1000));
	}
	/* An hour later it is still there, and its clock has gone on. */
	lan.now_us += 3600 * (int64_t)1000000;
	lan_pass(0);
	xfer.total += 1000;
	write_more(xfer.client);
	run_transfer(1000, 1000000);
	CHECK(tcp_rto(xfer.client) <= 1000000);
	end_transfer();
	/* TIME_WAIT ends, and then nothing is left to do. */
	CHECK(tl_stack_next_us() != INT64_MAX);
	lan_pass(70 * (int64_t)1000000);
	while (tcp_tw_pcbs || tcp_active_pcbs) {
		CHECK(tl_stack_next_us() != INT64_MAX);
		lan_pass(1000000);
	}
	lan_stop();
}

/* An idle stack is woken once a second, and gives some of the ticks only. */
TEST(tcp_time_wait_ends_at_each_phase_of_the_clock)
{
	int64_t end_us;
	int i;

	for (i = 0; i < 8; i++) {
		lan_start(2800);
		lan.now_us += i * 500000;
		start_transfer(4, 1, 1000);
		run_transfer(1000, 10000000);
		end_transfer();
		end_us = lan.now_us + 80 * (int64_t)1000000;
		while (tcp_tw_pcbs) {
			CHECK(lan.now_us < end_us);
			lan_pass(1000000);
		}
		lan_stop();
	}
}

static size_t n_empty_acks;

static void count_empty_acks(const struct lan_frame *f)
{
	struct bytes b = tl_packet_bytes(f->p);

	n_empty_acks += f->type == 0x0800 && b.at[9] == 6 && b.n == 40 &&
			!memcmp(f->src, lan_mac[1], 6);
}

/* Sent once for all that came in, and as good as many for slow start. */
TEST(tcp_acknowledges_a_batch_once)
{
	tcpwnd_size_t cwnd;
	size_t written;
	size_t pass;

	lan_start(2800);
	start_transfer(4, 1, 0);
	while (!xfer.connected || !xfer.server)
		lan_pass(1000);
	xfer.total = 3000000;
	lan.watch = count_empty_acks;
	for (pass = 0; pass < 4; pass++) {
		written = xfer.received;
		cwnd = xfer.client->cwnd;
		n_empty_acks = 0;
		write_more(xfer.client);
		while (!n_empty_acks)
			lan_pass(0);
		CHECK_EQ(n_empty_acks, 1);
		lan_pass(0);
		/* Doubled by the acknowledgement of a whole window. */
		CHECK(xfer.received >= written + cwnd - 2760);
		CHECK(xfer.client->cwnd >= 2 * cwnd - 2760);
	}
	run_transfer(1000, 10000000);
	end_transfer();
	lan_stop();
}

TEST(tcp_begins_with_ten_segments)
{
	lan_start(2800);
	start_transfer(4, 1, 1000000);
	while (!xfer.connected)
		lan_pass(1000);
	CHECK(xfer.client->snd_nxt - xfer.client->lastack >= 9 * 2760);
	CHECK(xfer.client->snd_nxt - xfer.client->lastack <= 10 * 2760);
	run_transfer(1000, 10000000);
	end_transfer();
	lan_stop();
}

static size_t n_full;

/* Of the next 20 full segments, every fourth. */
static bool loses_some(const struct lan_frame *f)
{
	struct bytes b = tl_packet_bytes(f->p);

	if (f->type != 0x0800 || b.n < 2800)
		return false;
	return n_full < 20 && ++n_full % 4 == 0;
}

/* Neither side says that it takes selective acknowledgements. */
static void forbid_sack(const struct lan_frame *f)
{
	uint8_t *at = f->p->data + f->p->head;
	size_t i;

	if (f->type != 0x0800 || at[9] != 6 || !(at[33] & 2))
		return;
	for (i = 40; i + 1 < f->p->n; i++) {
		if (at[i] == 4 && at[i + 1] == 2)
			at[i] = at[i + 1] = 1;
	}
}

/* Five holes in one window, 10 ms away, are filled before the timer fires. */
static void fill_holes(void (*watch)(const struct lan_frame *f), int64_t limit)
{
	tcpwnd_size_t cwnd;
	int64_t start_us;

	lan_start(2800);
	lan.watch = watch;
	start_transfer(4, 1, 300000);
	run_transfer(5000, 10000000);
	n_full = 0;
	lan.loses = loses_some;
	cwnd = xfer.client->cwnd;
	CHECK(cwnd > 30 * 2760);
	start_us = lan.now_us;
	xfer.total += 30 * 2760;
	write_more(xfer.client);
	run_transfer(5000, 10000000);
	CHECK_EQ(n_full, 20);
	if (lan.now_us - start_us > limit)
		FAIL("took %lld us", (long long)(lan.now_us - start_us));
	CHECK(xfer.client->ssthresh >= cwnd / 10 * 6);
	end_transfer();
	lan_stop();
}

TEST(tcp_fills_all_holes_at_once)
{
	fill_holes(NULL, 30000);
}

TEST(tcp_fills_one_hole_a_round_without_sack)
{
	fill_holes(forbid_sack, 150000);
}

static bool loses_rexmits(const struct lan_frame *f)
{
	struct bytes b = tl_packet_bytes(f->p);
	static uint32_t lost;

	if (f->type != 0x0800 || b.n < 2800)
		return false;
	n_full++;
	if (n_full == 5)
		lost = tl_load_be32(b.at + 24);
	return n_full >= 5 && tl_load_be32(b.at + 24) == lost && n_full < 45;
}

/* The same segment twice: what was sent after it tells. */
TEST(tcp_notices_that_a_repeated_segment_was_lost_too)
{
	int64_t start_us;

	lan_start(2800);
	start_transfer(4, 1, 300000);
	run_transfer(5000, 10000000);
	n_full = 0;
	lan.loses = loses_rexmits;
	start_us = lan.now_us;
	xfer.total += 3000000;
	write_more(xfer.client);
	while (n_full < 45)
		lan_pass(5000);
	run_transfer(5000, 10000000);
	CHECK(xfer.client->nrtx == 0);
	CHECK(lan.now_us - start_us < 300000);
	end_transfer();
	lan_stop();
}

static int64_t syn_us[16];
static size_t n_syn;

static void note_syn(const struct lan_frame *f)
{
	struct bytes b = tl_packet_bytes(f->p);

	if (f->type == 0x86dd && b.at[6] == 6 && (b.at[53] & 2))
		syn_us[n_syn++ % 16] = lan.now_us;
}

TEST(tcp_repeats_a_syn_at_growing_distances)
{
	size_t i;
	int64_t gap;
	int64_t last = 0;

	lan_start(2800);
	/* Or the neighbour would be forgotten in the meantime. */
	lan.computed_mac = true;
	lan.loss_percent = 100;
	lan.watch = note_syn;
	start_transfer(6, 1, 0);
	while (!xfer.error) {
		CHECK(lan.now_us < 400 * (int64_t)1000000);
		lan_pass(10000);
	}
	CHECK_EQ(n_syn, 7);
	for (i = 1; i < n_syn; i++) {
		gap = syn_us[i] - syn_us[i - 1];
		CHECK(gap >= TL_MAX(900000, last * 19 / 10));
		last = gap;
	}
	tcp_close(xfer.listener);
	lan_stop();
}

/* The server closes first, so that it is the one that waits. */
static u16_t leave_in_time_wait(void)
{
	u16_t port;

	start_transfer(4, 1, 0);
	while (!xfer.connected || !xfer.server)
		lan_pass(1000);
	port = xfer.client->local_port;
	tcp_recv(xfer.server, NULL);
	tcp_err(xfer.server, NULL);
	/* A client without a receiver answers with its own end. */
	CHECK_EQ(tcp_close(xfer.server), ERR_OK);
	lan_settle();
	CHECK(tcp_tw_pcbs && !tcp_tw_pcbs->next);
	CHECK_EQ(tcp_tw_pcbs->remote_port, port);
	xfer.connected = false;
	return port;
}

static void come_back_from(u16_t port, int64_t within_us)
{
	ip_addr_t from = lan_ip(4, 1);
	ip_addr_t to = lan_ip(4, 2);
	int64_t end = lan.now_us + within_us;

	xfer.client = tcp_new();
	tcp_bind_netif(xfer.client, tl_ifc_netif(lan.ifc[0]));
	tcp_err(xfer.client, on_client_error);
	CHECK_EQ(tcp_bind(xfer.client, &from, port), ERR_OK);
	CHECK_EQ(tcp_connect(xfer.client, &to, PORT, on_connected), ERR_OK);
	while (!xfer.connected && lan.now_us < end)
		lan_pass(1000);
	CHECK_EQ(xfer.error, ERR_OK);
	CHECK(xfer.connected);
	CHECK(!tcp_tw_pcbs);
	tcp_abort(xfer.client);
	tcp_close(xfer.listener);
	lan_settle();
	lan_stop();
}

TEST(tcp_port_in_time_wait_may_connect_again)
{
	u16_t port;

	lan_start(1400);
	port = leave_in_time_wait();
	lan_pass(50000); /* numbers grow with time */
	come_back_from(port, 100000);
}

/* The client closes first, and waits; its port. */
static u16_t leave_client_in_time_wait(void)
{
	u16_t port;

	start_transfer(4, 1, 0);
	while (!xfer.connected || !xfer.server)
		lan_pass(1000);
	port = xfer.client->local_port;
	tcp_err(xfer.client, NULL);
	tcp_recv(xfer.server, NULL);
	tcp_err(xfer.server, NULL);
	CHECK_EQ(tcp_close(xfer.client), ERR_OK);
	lan_settle();
	CHECK_EQ(tcp_close(xfer.server), ERR_OK);
	lan_settle();
	CHECK(tcp_tw_pcbs && !tcp_tw_pcbs->next);
	CHECK_EQ(tcp_tw_pcbs->local_port, port);
	xfer.connected = false;
	return port;
}

static err_t try_from(u16_t port)
{
	ip_addr_t from = lan_ip(4, 1);
	ip_addr_t to = lan_ip(4, 2);
	struct tcp_pcb *pcb = tcp_new();
	err_t err;

	ip_set_option(pcb, SOF_REUSEADDR);
	tcp_bind_netif(pcb, tl_ifc_netif(lan.ifc[0]));
	CHECK_EQ(tcp_bind(pcb, &from, port), ERR_OK);
	err = tcp_connect(pcb, &to, PORT, on_connected);
	if (err != ERR_OK)
		tcp_abort(pcb);
	else
		xfer.client = pcb;
	return err;
}

TEST(tcp_port_whose_connection_waits_is_free_after_a_second)
{
	int64_t end;
	u16_t port;

	lan_start(1400);
	port = leave_client_in_time_wait();
	CHECK_EQ(try_from(port), ERR_USE);
	CHECK(tcp_tw_pcbs);
	for (int i = 0; i < 5; i++)
		lan_pass(500000);
	CHECK_EQ(try_from(port), ERR_OK);
	CHECK(!tcp_tw_pcbs);
	end = lan.now_us + 1000000;
	while (!xfer.connected && lan.now_us < end)
		lan_pass(1000);
	CHECK(xfer.connected);
	tcp_abort(xfer.client);
	tcp_close(xfer.listener);
	lan_settle();
	lan_stop();
}

TEST(tcp_port_whose_connection_waits_is_not_free_for_lower_numbers)
{
	u16_t port;

	lan_start(1400);
	port = leave_client_in_time_wait();
	lan_pass(2000000);
	tcp_tw_pcbs->snd_nxt += 1000000000;
	CHECK_EQ(try_from(port), ERR_USE);
	CHECK(tcp_tw_pcbs);
	tcp_close(xfer.listener);
	lan_settle();
	lan_stop();
}

/* More was received than the clock of new numbers can catch up with. */
TEST(tcp_port_in_time_wait_may_connect_with_an_older_number)
{
	u16_t port;

	lan_start(1400);
	port = leave_in_time_wait();
	tcp_tw_pcbs->rcv_nxt += 1000000000;
	come_back_from(port, 3000000);
}

TEST(tcp_time_wait_ignores_resets_that_do_not_fit)
{
	lan_start(1400);
	leave_in_time_wait();
	tcp_rst(NULL, tcp_tw_pcbs->rcv_nxt + 1, 0, &tcp_tw_pcbs->remote_ip,
		&tcp_tw_pcbs->local_ip, tcp_tw_pcbs->remote_port, PORT);
	lan_settle();
	CHECK(tcp_tw_pcbs);
	tcp_rst(NULL, tcp_tw_pcbs->rcv_nxt, 0, &tcp_tw_pcbs->remote_ip,
		&tcp_tw_pcbs->local_ip, tcp_tw_pcbs->remote_port, PORT);
	lan_settle();
	CHECK(!tcp_tw_pcbs);
	tcp_close(xfer.listener);
	lan_stop();
}

static struct {
	bool refuses;
	bool ended;
	size_t n;
} reader;

static err_t on_recv_or_not(void *arg, struct tcp_pcb *pcb, struct pbuf *p,
			    err_t err)
{
	(void)arg;
	(void)pcb;
	(void)err;
	if (!p) {
		reader.ended = true;
		return ERR_OK;
	}
	if (reader.refuses)
		return ERR_MEM;
	reader.n += p->tot_len;
	pbuf_free(p);
	return ERR_OK;
}

/* The owner of a connection that waits has not taken its last bytes. It is not
 * freed under him: not by a new one from that port, not by time. */
TEST(tcp_time_wait_keeps_what_was_refused)
{
	struct tcp_pcb *server;
	u16_t port;

	lan_start(1400);
	start_transfer(4, 1, 0);
	while (!xfer.connected || !xfer.server)
		lan_pass(1000);
	port = xfer.client->local_port;
	server = xfer.server;
	reader.refuses = true;
	tcp_recv(server, on_recv_or_not);
	tcp_err(server, NULL);
	tcp_recv(xfer.client, on_recv_or_not);
	CHECK_EQ(tcp_shutdown(server, 0, 1), ERR_OK);
	lan_settle();
	CHECK(reader.ended);
	reader.ended = false;
	CHECK_EQ(tcp_write(xfer.client, "last words", 10, 0), ERR_OK);
	CHECK_EQ(tcp_close(xfer.client), ERR_OK);
	lan_settle();
	CHECK_EQ(server->state, TIME_WAIT);
	CHECK(server->refused_data);

	tcp_rst(NULL, server->rcv_nxt, 0, &server->remote_ip, &server->local_ip,
		port, PORT);
	lan_settle();
	while (lan.now_us < 200 * (int64_t)1000000)
		lan_pass(500000);
	CHECK(tcp_tw_pcbs == server);
	reader.refuses = false;
	CHECK_EQ(tcp_process_refused_data(server), ERR_OK);
	CHECK_EQ(reader.n, 10);
	CHECK(reader.ended);
	for (int i = 0; i < 10; i++)
		lan_pass(500000);
	CHECK(!tcp_tw_pcbs);
	tcp_close(xfer.listener);
	lan_stop();
}

TEST(tcp_finds_each_of_thousands_of_connections)
{
	enum {
		N = 3000
	};
	static struct tcp_pcb *clients[N];
	ip_addr_t from = lan_ip(4, 1);
	ip_addr_t to = lan_ip(4, 2);
	int i;

	lan_start(1400);
	start_transfer(4, 1, 0);
	for (i = 0; i < N; i++) {
		clients[i] = tcp_new();
		tcp_bind_netif(clients[i], tl_ifc_netif(lan.ifc[0]));
		CHECK_EQ(tcp_bind(clients[i], &from, (u16_t)(1024 + i)), 0);
		CHECK_EQ(tcp_connect(clients[i], &to, PORT, NULL), ERR_OK);
		if (i % 100 == 99)
			lan_settle();
	}
	while (!xfer.connected)
		lan_pass(1000);
	for (i = 0; i < N; i++)
		CHECK_EQ(clients[i]->state, ESTABLISHED);
	for (i = 0; i < N; i += 2) {
		tcp_abort(clients[i]);
		lan_settle();
	}
	for (i = 1; i < N; i += 2)
		CHECK_EQ(clients[i]->state, ESTABLISHED);
	tcp_close(xfer.listener);
	lan_stop();
}

TEST(tcp_ends_when_its_address_goes)
{
	struct ifc_address other = lan_address(4, 24, 7);

	lan_start(1400);
	start_transfer(4, 1, 100);
	run_transfer(1000, 10000000);
	CHECK_EQ(tl_ifc_set_addresses(lan.ifc[0], &other, 1), 0);
	CHECK(!xfer.client);
	CHECK_EQ(xfer.error, ERR_ABRT);
	tcp_close(xfer.listener);
	lan_stop();
}

TEST(tcp_tells_interfaces_with_one_address_apart)
{
	struct ifc_address same = lan_address(4, 24, 2);
	ip_addr_t ip = lan_ip(4, 2);
	struct tcp_pcb *other;

	lan_start(1400);
	start_transfer(4, 1, 100000);
	run_transfer(1000, 10000000);
	CHECK_EQ(xfer.server->netif_idx,
		 netif_get_index(tl_ifc_netif(lan.ifc[1])));
	end_transfer();
	CHECK_EQ(tl_ifc_set_addresses(lan.ifc[0], &same, 1), 0);
	xfer.listener = tcp_new();
	tcp_bind_netif(xfer.listener, tl_ifc_netif(lan.ifc[1]));
	CHECK_EQ(tcp_bind(xfer.listener, &ip, PORT), ERR_OK);
	other = tcp_new();
	tcp_bind_netif(other, tl_ifc_netif(lan.ifc[0]));
	CHECK_EQ(tcp_bind(other, &ip, PORT), ERR_OK);
	tcp_close(other);
	tcp_close(xfer.listener);
	lan_stop();
}

static void keep_through_change(uint8_t family)
{
	struct ifc_address list[3] = { lan_address(6, 64, 7),
				       lan_address(6, 64, 1),
				       lan_address(4, 24, 1) };

	lan_start(1400);
	start_transfer(family, 1, 1000);
	run_transfer(1000, 10000000);
	CHECK_EQ(tl_ifc_set_addresses(lan.ifc[0], list, 3), 0);
	CHECK_EQ(tl_ifc_set_addresses(lan.ifc[0], list + 1, 2), 0);
	CHECK(xfer.client);
	xfer.total += 1000;
	write_more(xfer.client);
	run_transfer(1000, 10000000);
	end_transfer();
	lan_stop();
}

TEST(tcp_outlives_addresses_being_set_again)
{
	keep_through_change(6);
	keep_through_change(4);
}

TEST(tcp_is_told_when_nobody_is_there)
{
	ip_addr_t nobody = lan_ip(4, 77);
	struct tcp_pcb *pcb;
	int64_t start_us;

	lan_start(1400);
	memset(&xfer, 0, sizeof(xfer));
	pcb = tcp_new();
	tcp_bind_netif(pcb, tl_ifc_netif(lan.ifc[0]));
	tcp_err(pcb, on_client_error);
	start_us = lan.now_us;
	CHECK_EQ(tcp_connect(pcb, &nobody, PORT, on_connected), ERR_OK);
	while (!xfer.error) {
		CHECK(lan.now_us < start_us + 10000000);
		lan_pass(10000);
	}
	CHECK_EQ(xfer.error, ERR_RTE);
	CHECK(lan.now_us > start_us + 5000000);
	lan_stop();
}
