/* SPDX-License-Identifier: Apache-2.0 */
/* diag_test.c - round trips on request, what is counted, and what was tried */
#include "harness.h"
#include "sim.h"

/* An ad-hoc network needs no controller: 11.x.y.z/8 (vl2.md 2.6). */
static const struct network_id NET = { 0xff0b000000000001 };
static const struct sim_options LAN = { .seed = 1, .delay_ms = 5 };

static struct sim *three(void)
{
	struct sim *s = sim_new(3, &LAN);

	sim_run(s, 1000);
	return s;
}

static struct peer *peer_of(struct sim *s, unsigned int who, unsigned int of)
{
	return tl_node_find_peer(sim_node(s, who)->node,
				 sim_node(s, of)->id.addr);
}

static void ask(struct sim *s, unsigned int from, unsigned int whom,
		const char *payload)
{
	tl_node_echo(sim_node(s, from)->node, sim_node(s, whom)->id.addr,
		     tl_bytes_from_str(payload), sim_now(s));
}

static bool has_echo(struct sim *s)
{
	return sim_node(s, 1)->n_echoes > 0;
}

static void join_both(struct sim *s)
{
	unsigned int i;

	for (i = 1; i < 3; i++)
		CHECK_EQ(tl_vl2_join(sim_node(s, i)->vl2, NET,
				     tl_bytes(NULL, 0), sim_now(s)),
			 0);
	sim_run(s, 2000);
}

static void talk(struct sim *s)
{
	static const uint8_t frame[100];

	sim_send(sim_node(s, 1), NET,
		 tl_mac_of_member(NET, sim_node(s, 2)->id.addr), 0x0800, frame,
		 sizeof(frame));
}

TEST(echo_reaches_a_stranger_through_the_root_and_brings_its_payload_back)
{
	struct sim *s = three();
	struct sim_node *one = sim_node(s, 1);

	sim_cut(s, 1, 2, true);
	ask(s, 1, 2, "hello there");
	CHECK(sim_run_until(s, has_echo, 1000));
	CHECK(one->echo_hops > 0);
	CHECK_MEM(one->echo_payload, "hello there", 11);
	CHECK_EQ(one->echo_n, 11);
	CHECK_EQ(sim_node(s, 2)->n_echoes, 0);
	sim_free(s);
}

TEST(echo_goes_directly_when_frames_do)
{
	struct sim *s = three();

	join_both(s);
	talk(s);
	sim_run(s, 1000);
	ask(s, 1, 2, "x");
	sim_run(s, 2 * LAN.delay_ms + 2);
	CHECK_EQ(sim_node(s, 1)->n_echoes, 1);
	CHECK_EQ(sim_node(s, 1)->echo_hops, 0);
	sim_free(s);
}

TEST(echo_to_nobody_is_never_answered)
{
	struct sim *s = three();

	sim_power(s, 2, false);
	ask(s, 1, 2, "x");
	sim_run(s, 10000);
	CHECK_EQ(sim_node(s, 1)->n_echoes, 0);
	sim_free(s);
}

/* Keep-alives are ECHOs, too: without a payload, and of no interest. */
TEST(echo_of_keepalives_is_not_told)
{
	struct sim *s = three();

	sim_run(s, 60000);
	CHECK(tl_node_counts(sim_node(s, 1)->node)->sent[VERB_ECHO] > 0);
	CHECK_EQ(sim_node(s, 1)->n_echoes, 0);
	sim_free(s);
}

static uint64_t sum(const uint64_t *n, size_t count)
{
	uint64_t all = 0;

	while (count--)
		all += n[count];
	return all;
}

TEST(counts_of_both_ends_agree)
{
	struct sim *s = three();
	const struct node_counts *a;
	const struct node_counts *b;

	join_both(s);
	talk(s);
	sim_run(s, 500);
	talk(s);
	sim_run(s, 500);
	a = tl_node_counts(sim_node(s, 1)->node);
	b = tl_node_counts(sim_node(s, 2)->node);
	CHECK(a->sent[VERB_FRAME] + a->sent[VERB_EXT_FRAME] >= 2);
	CHECK_EQ(a->sent[VERB_FRAME] + a->sent[VERB_EXT_FRAME],
		 b->received[VERB_FRAME] + b->received[VERB_EXT_FRAME]);
	CHECK(a->sent[VERB_HELLO] > 0 && b->received[VERB_HELLO] > 0);
	CHECK_EQ(sum(a->received, COUNT_VERBS),
		 peer_of(s, 1, 0)->counts.received +
			 peer_of(s, 1, 2)->counts.received);
	CHECK_EQ(sum(a->sent, COUNT_VERBS),
		 peer_of(s, 1, 0)->counts.sent + peer_of(s, 1, 2)->counts.sent);
	CHECK(tl_node_counts(sim_node(s, 0)->node)->relayed > 0);
	sim_free(s);
}

TEST(counts_have_each_round_trip_in_its_bucket)
{
	struct latency_counts l = { 0 };
	struct sim *s = three();
	const struct peer_counts *c = &peer_of(s, 1, 0)->counts;

	/* 5 ms each way: above 6, up to 10. */
	CHECK_EQ(c->latency.n[3], 1);
	CHECK_EQ(c->latency.sum_ms, 10);
	CHECK_EQ(tl_node_counts(sim_node(s, 1)->node)->latency.n[3], 1);
	sim_free(s);

	tl_latency_count(&l, 0);
	tl_latency_count(&l, 1);
	tl_latency_count(&l, 2);
	tl_latency_count(&l, 1000);
	tl_latency_count(&l, 1001);
	tl_latency_count(&l, -1);
	CHECK_EQ(l.n[0], 2);
	CHECK_EQ(l.n[1], 1);
	CHECK_EQ(l.n[LATENCY_BUCKETS - 2], 1);
	CHECK_EQ(l.n[LATENCY_BUCKETS - 1], 1);
	CHECK_EQ(l.sum_ms, 2004);
}

TEST(trials_tell_why_a_peer_stays_relayed)
{
	struct sim *s = three();
	const struct trials *a;
	const struct trial *t;

	sim_cut(s, 1, 2, true);
	join_both(s);
	talk(s);
	sim_run(s, 3000);
	a = peer_of(s, 1, 2)->trials;
	CHECK(a);
	CHECK(a->by_kind[TRIAL_INTRODUCED] >= 1);
	t = &a->list[0];
	CHECK(tl_endpoint_equal(&t->remote, &sim_node(s, 2)->at));
	CHECK(t->n >= 1);
	CHECK_EQ(t->answered_ms, 0);
	sim_free(s);
}

TEST(trials_that_were_answered_say_so)
{
	struct sim *s = three();
	const struct trials *a;

	join_both(s);
	talk(s);
	sim_run(s, 3000);
	a = peer_of(s, 1, 2)->trials;
	CHECK(a);
	CHECK(tl_endpoint_equal(&a->list[0].remote, &sim_node(s, 2)->at));
	CHECK(a->list[0].answered_ms >= a->list[0].first_ms);
	sim_free(s);
}

TEST(sizes_are_those_of_the_tables)
{
	struct sim *s = three();
	struct node_sizes z = tl_node_sizes(sim_node(s, 0)->node);

	CHECK_EQ(z.peers, 2);
	CHECK_EQ(z.paths, 2);
	CHECK_EQ(z.waiting_to_send, 0);
	sim_power(s, 2, false);
	ask(s, 1, 2, "x"); /* the root is asked who that is */
	z = tl_node_sizes(sim_node(s, 1)->node);
	CHECK_EQ(z.waiting_to_send, 1);
	sim_free(s);
}
