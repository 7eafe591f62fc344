/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copies_test.c - TEE, WATCH and REDIRECT between nodes (vl2.md 8.3, 10.6)
 *
 * Node 0 is root and controller; 1 sends to 2, and 3 is who the rules name.
 */
#include "harness.h"
#include "sim.h"
#include "sim_controller.h"

#define PAYLOAD "something that is to be copied"

static struct sim *s;
static struct network_id id;

static void set_rules(const char *action)
{
	char json[500];

	snprintf(json, sizeof(json),
		 "{\"rules\":[{\"type\":\"MATCH_ETHERTYPE\","
		 "\"etherType\":34997},%s{\"type\":\"ACTION_ACCEPT\"}]}",
		 action);
	sim_controller_post(sim_node(s, 0), 1, NULL, json);
	sim_run(s, 3000);
}

/* @inbound: at the receiver only, else at the sender only */
static void set_action(const char *type, bool inbound, unsigned int len)
{
	char text[400];

	snprintf(text, sizeof(text),
		 "{\"type\":\"MATCH_CHARACTERISTICS\",\"mask\":"
		 "\"8000000000000000\",\"not\":%s},{\"type\":\"ACTION_%s\","
		 "\"address\":\"%010llx\",\"flags\":0,\"length\":%u},",
		 inbound ? "false" : "true", type,
		 (unsigned long long)sim_node(s, 3)->id.addr.v, len);
	set_rules(text);
}

static void start(void)
{
	static const struct sim_options lan = { .seed = 1, .delay_ms = 5 };
	unsigned int i;

	s = sim_new(4, &lan);
	sim_controller_start(sim_node(s, 0));
	sim_controller_post(sim_node(s, 0), 1, NULL, "{\"private\":true}");
	id = sim_controller_network(sim_node(s, 0), 1);
	for (i = 1; i < 4; i++) {
		sim_controller_post(sim_node(s, 0), 1, sim_node(s, i),
				    "{\"authorized\":true}");
		CHECK_EQ(tl_vl2_join(sim_node(s, i)->vl2, id, tl_bytes(NULL, 0),
				     sim_now(s)),
			 0);
	}
	set_rules("");
	sim_run(s, 10000);
}

static struct mac mac_of(unsigned int i)
{
	return tl_mac_of_member(id, sim_node(s, i)->id.addr);
}

/* Node 1 sends one to node 2. */
static void send(void)
{
	sim_node(s, 2)->n_frames = 0;
	sim_node(s, 3)->n_frames = 0;
	sim_send(sim_node(s, 1), id, mac_of(2), 0x88b5, PAYLOAD,
		 strlen(PAYLOAD));
	sim_run(s, 3000);
}

/* A frame as node 1 has sent it, the first @n bytes. */
static void expect_copy(size_t n)
{
	const struct sim_frame *f = &sim_node(s, 3)->last;

	CHECK_EQ(sim_node(s, 3)->n_frames, 1);
	CHECK(tl_mac_equal(f->source, mac_of(1)));
	CHECK(tl_mac_equal(f->dest, mac_of(2)));
	CHECK_EQ(f->ethertype, 0x88b5);
	CHECK_EQ(f->n, n);
	CHECK_MEM(f->payload, PAYLOAD, n);
}

TEST(copy_of_what_is_sent_goes_to_whom_the_rule_names)
{
	start();
	send();
	CHECK_EQ(sim_node(s, 3)->n_frames, 0);
	set_action("TEE", false, 0);
	send();
	CHECK_EQ(sim_node(s, 2)->n_frames, 1);
	expect_copy(strlen(PAYLOAD));
	sim_free(s);
}

TEST(copy_of_what_is_received_is_made_by_the_receiver)
{
	start();
	set_action("TEE", true, 0);
	send();
	CHECK_EQ(sim_node(s, 2)->n_frames, 1);
	expect_copy(strlen(PAYLOAD));
	sim_free(s);
}

TEST(copies_are_as_long_as_the_rule_says)
{
	start();
	set_action("TEE", false, 9);
	send();
	CHECK_EQ(sim_node(s, 2)->n_frames, 1);
	CHECK_EQ(sim_node(s, 2)->last.n, strlen(PAYLOAD));
	expect_copy(9);
	sim_free(s);
}

TEST(whom_a_watch_names_gets_copies)
{
	start();
	set_action("WATCH", false, 0);
	send();
	CHECK_EQ(sim_node(s, 2)->n_frames, 1);
	expect_copy(strlen(PAYLOAD));
	sim_free(s);
}

TEST(what_is_redirected_goes_there_and_nowhere_else)
{
	start();
	set_action("REDIRECT", false, 0);
	send();
	CHECK_EQ(sim_node(s, 2)->n_frames, 0);
	expect_copy(strlen(PAYLOAD));
	set_action("REDIRECT", true, 0);
	send();
	CHECK_EQ(sim_node(s, 2)->n_frames, 0);
	expect_copy(strlen(PAYLOAD));
	sim_free(s);
}

static uint64_t n_drops(unsigned int i)
{
	const struct drop_counts *drops = tl_node_drops(sim_node(s, i)->node);
	uint64_t sum = 0;
	size_t why;

	for (why = 0; why < TL_ARRAY_SIZE(drops->n); why++)
		sum += drops->n[why];
	return sum;
}

/* A drop is what nobody gets. */
TEST(what_is_redirected_is_no_drop)
{
	static const struct mac all = { { 255, 255, 255, 255, 255, 255 } };
	struct network *net;
	uint64_t before;

	start();
	set_action("REDIRECT", false, 0);
	net = tl_vl2_find(sim_node(s, 1)->vl2, id);
	before = n_drops(1);
	send();
	expect_copy(strlen(PAYLOAD));
	sim_node(s, 3)->n_frames = 0;
	sim_send(sim_node(s, 1), id, all, 0x88b5, PAYLOAD, strlen(PAYLOAD));
	sim_run(s, 3000);
	CHECK_EQ(sim_node(s, 3)->n_frames, 1);
	CHECK_EQ(n_drops(1), before);
	CHECK_EQ(tl_network_refused(net, true), 0);
	set_action("REDIRECT", true, 0);
	before = n_drops(2);
	send();
	expect_copy(strlen(PAYLOAD));
	CHECK_EQ(n_drops(2), before);
	CHECK_EQ(tl_network_refused(tl_vl2_find(sim_node(s, 2)->vl2, id),
				    false),
		 0);
	sim_free(s);
}

/* Any member can say that its frame is a copy. */
TEST(frames_for_others_are_taken_as_copies_only_by_whom_a_rule_names)
{
	start();
	set_action("TEE", false, 0);
	sim_node(s, 2)->n_frames = 0;
	sim_node(s, 3)->n_frames = 0;
	sim_send(sim_node(s, 3), id, mac_of(1), 0x88b5, "some", 4);
	sim_run(s, 1000);
	CHECK_EQ(sim_node(s, 2)->n_frames, 0);
	CHECK_EQ(sim_node(s, 3)->n_frames, 0); /* its own makes no copy to it */
	sim_free(s);
}
