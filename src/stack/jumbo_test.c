/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/link_test.h"

#include "stack/arch/hooks.h"

#define MTU 2800
#define JUMBO_MSS (IFC_JUMBO - 40)
#define MS_US 1000
#define SECOND_US ((int64_t)1000000)

/* Of TCP's frames that the first host has sent. */
static struct {
	size_t jumbo; /* larger than the MTU */
	size_t other; /* with data, but not */
	size_t longest;
	size_t before; /* data frames before the first large one */
	size_t announced; /* MSS, by both hosts: the smaller one */
	uint32_t lost_from;
	size_t n_again; /* large frames that begin where one was lost */
} seen;

static bool is_syn(struct bytes p)
{
	return p.at[33] & 2;
}

static void note_syn(struct bytes p)
{
	CHECK_EQ(p.at[40], 2);
	seen.announced =
		TL_MIN(seen.announced, (size_t)tl_load_be16(p.at + 42));
}

static void note(const struct lan_frame *f)
{
	struct bytes p = tl_packet_bytes(f->p);

	if (f->type != 0x0800 || p.at[9] != 6)
		return;
	if (is_syn(p))
		note_syn(p);
	if (memcmp(f->src, lan_mac[0], 6) || p.n <= 60)
		return;
	seen.longest = TL_MAX(seen.longest, p.n);
	if (p.n > MTU && seen.lost_from &&
	    tl_load_be32(p.at + 24) == seen.lost_from)
		seen.n_again++;
	if (p.n > MTU)
		seen.jumbo++;
	else
		seen.other++;
	if (!seen.jumbo)
		seen.before++;
}

static void begin(bool first, bool second, int64_t round_trip_us)
{
	link_start(MTU);
	memset(&seen, 0, sizeof(seen));
	seen.announced = SIZE_MAX;
	lan.watch = note;
	wire.delay_us = round_trip_us / 2;
	tl_ifc_set_jumbo(lan.ifc[0], first);
	tl_ifc_set_jumbo(lan.ifc[1], second);
}

TEST(jumbo_frames_carry_a_stream_where_both_take_them)
{
	struct stream *s;

	begin(true, true, 2 * MS_US);
	s = link_stream(20000000);
	CHECK(link_finish(s, 10 * SECOND_US) < 2 * SECOND_US);
	CHECK_EQ(seen.announced, JUMBO_MSS);
	CHECK_EQ(seen.longest, IFC_JUMBO);
	CHECK(seen.jumbo > 20000000 / JUMBO_MSS * 7 / 10);
	/* a small window is filled with small ones */
	CHECK(seen.before >= 10);
	CHECK_EQ(s->client->mss, MTU - 40);
	link_stop();
}

static void none_are_large(bool first, bool second)
{
	struct stream *s;

	begin(first, second, 2 * MS_US);
	s = link_stream(5000000);
	CHECK(link_finish(s, 10 * SECOND_US) < 2 * SECOND_US);
	CHECK_EQ(seen.announced, MTU - 40);
	CHECK_EQ(seen.jumbo, 0);
	CHECK_EQ(seen.longest, MTU);
	link_stop();
}

TEST(jumbo_frames_are_for_who_announces_them)
{
	none_are_large(true, false);
	none_are_large(false, true);
	none_are_large(false, false);
}

TEST(jumbo_frames_end_when_somebody_may_see_them)
{
	struct stream *s;
	size_t n;

	begin(true, true, 2 * MS_US);
	s = link_stream(SIZE_MAX);
	link_run(SECOND_US / 10);
	CHECK(seen.jumbo > 10);
	tl_ifc_set_jumbo(lan.ifc[0], false);
	n = seen.jumbo;
	link_run(SECOND_US / 10);
	CHECK_EQ(seen.jumbo, n);
	n = s->received;
	link_run(SECOND_US / 10);
	CHECK(s->received > n);
	link_stop();
}

TEST(jumbo_frames_go_to_neighbours_only)
{
	struct ifc_route route = {
		.target = { .family = 4, .bits = 24, .ip = { 192, 0, 2, 0 } },
		.via = { .family = 4 },
	};
	ip_addr_t there = IPADDR4_INIT_BYTES(192, 0, 2, 7);
	ip_addr_t here = lan_ip(4, 2);
	ip_addr_t six = lan_ip(6, 2);
	const struct netif *netif;

	begin(true, true, 0);
	memcpy(route.via.ip, &ip_2_ip4(&here)->addr, 4);
	CHECK_EQ(tl_ifc_set_routes(lan.ifc[0], &route, 1), 0);
	netif = tl_ifc_netif(lan.ifc[0]);
	CHECK_EQ(tl_lwip_jumbo_mss(netif, &here), JUMBO_MSS);
	CHECK_EQ(tl_lwip_jumbo_mss(netif, &six), JUMBO_MSS - 20);
	CHECK_EQ(tl_lwip_jumbo_mss(netif, &there), 0);
	CHECK_EQ(tl_lwip_jumbo_mss(NULL, &here), 0);
	link_stop();
}

static bool loses_one_jumbo(const struct lan_frame *f)
{
	struct bytes p = tl_packet_bytes(f->p);

	if (p.n <= MTU || seen.lost_from || seen.jumbo < 20)
		return false;
	seen.lost_from = tl_load_be32(p.at + 24);
	return true;
}

TEST(jumbo_frames_that_were_lost_are_sent_again_in_pieces)
{
	struct stream *s;

	begin(true, true, 2 * MS_US);
	lan.loses = loses_one_jumbo;
	s = link_stream(10000000);
	CHECK(link_finish(s, 10 * SECOND_US) < 2 * SECOND_US);
	CHECK(seen.lost_from);
	CHECK_EQ(seen.n_again, 0);
	CHECK_EQ(s->client->nrtx, 0);
	/* for a while, there are none; then there are again */
	CHECK(seen.other > 32 && seen.jumbo > 200);
	link_stop();
}

static bool loses_jumbo(const struct lan_frame *f)
{
	return f->p->n > MTU;
}

TEST(jumbo_frames_that_never_arrive_stop_no_stream)
{
	struct stream *s;

	begin(true, true, 2 * MS_US);
	lan.loses = loses_jumbo;
	s = link_stream(5000000);
	CHECK(link_finish(s, 60 * SECOND_US) < 5 * SECOND_US);
	CHECK_EQ(s->client->jumbo, s->client->mss);
	link_stop();
}

TEST(jumbo_frames_are_not_for_lossy_links)
{
	size_t n;

	begin(true, true, 20 * MS_US);
	wire.loss_ppm = 20000;
	link_stream(SIZE_MAX);
	link_run(SECOND_US);
	n = seen.jumbo;
	seen.other = 0;
	link_run(4 * SECOND_US);
	printf("# %zu large, %zu others\n", seen.jumbo - n, seen.other);
	CHECK((seen.jumbo - n) * 20 < seen.other);
	link_stop();
}

static err_t keep(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
	struct stream *s = arg;

	(void)pcb;
	(void)err;
	s->received += p->tot_len;
	pbuf_free(p);
	return ERR_OK;
}

/* A window that has closed opens by less than a segment holds, and then a
 * reader takes it as slowly. */
TEST(jumbo_segments_fit_a_window_that_opens_slowly)
{
	struct stream *s;
	size_t before;
	size_t i;

	begin(true, true, 2 * MS_US);
	s = link_stream(SIZE_MAX);
	link_run(SECOND_US / 10);
	tcp_recv(s->server, keep);
	link_run(SECOND_US);
	before = s->received;
	CHECK(s->client->snd_wnd < JUMBO_MSS && s->client->unsent);
	CHECK(s->client->unsent->len > MTU);
	tcp_recved(s->server, 3000);
	link_run(10 * SECOND_US);
	CHECK(s->received >= before + 2760);
	for (i = 0; i < 100; i++) {
		tcp_recved(s->server, 3000);
		link_run(SECOND_US / 100);
	}
	link_run(10 * SECOND_US);
	CHECK(s->received > before + 101 * 3000 - 2760);
	link_stop();
}
