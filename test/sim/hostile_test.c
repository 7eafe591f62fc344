/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile_test.c - what a member that was let in can use up of others
 *
 * Beside the limits that gate_test.c has: groups, members and credentials that
 * it names in answers and messages, and programs that send to everybody.
 */
#include "test/sim/lone_net.h"

#define N_LISTED 1500

static struct lone lone;
static struct actor controller; /* and root */
static struct actor member;
static struct network *net;
static uint8_t room[PACKET_MAX_LEN];
static const struct group all = { .mac = { { 0xff, 0xff, 0xff, 0xff, 0xff,
					     0xff } } };

static void start(void)
{
	lone_new(&lone);
	actor_init(&controller, &lone, LONE_ROOT);
	actor_init(&member, &lone, LONE_A);
	actor_be_root(&controller, &lone);
	actor_meet(&member, &lone);
	net = lone_net_join(&lone, &controller);
	lone_net_certify(&lone, &member, net->id, &member.id, LONE_NET_MS,
			 &controller.id);
	lone_run(&lone, 2000);
	lone_forget(&lone);
}

static void finish(void)
{
	actor_fini(&controller);
	actor_fini(&member);
	lone_free(&lone);
}

static void send_to(struct mac dest)
{
	struct packet *p = tl_packet_new(&lone.pool);

	CHECK(p && tl_packet_append(p, tl_bytes_from_str("something")));
	tl_network_output(net, net->mac, dest, 0x88b5, p, lone.now);
	tl_node_end_pass(lone.node);
}

static void like(void)
{
	uint8_t bytes[18];
	struct writer w = tl_writer(TL_BUFFER_OF(bytes));

	tl_write_be64(&w, net->id.v);
	tl_write_mac(&w, all.mac);
	tl_write_be32(&w, 0);
	actor_send(&member, &lone, VERB_MULTICAST_LIKE, TL_BYTES_OF(bytes));
}

/* An answer to our newest multicast, with addresses from @first on. */
static void answer(struct group g, uint64_t first)
{
	static uint8_t bytes[PACKET_MAX_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(bytes));
	uint64_t i;

	CHECK(actor_find(&member, &lone, VERB_MULTICAST_FRAME, NULL, room));
	tl_write_u8(&w, VERB_MULTICAST_FRAME);
	tl_write_be64(&w, tl_packet_id(room));
	tl_write_be64(&w, net->id.v);
	tl_write_mac(&w, g.mac);
	tl_write_be32(&w, g.adi);
	tl_write_u8(&w, 2);
	tl_write_be32(&w, N_LISTED);
	tl_write_be16(&w, N_LISTED);
	for (i = 0; i < N_LISTED; i++)
		tl_write_address(&w,
				 (struct address){ 0x1000000000 + first + i });
	CHECK(tl_writer_ok(&w));
	actor_send(&member, &lone, VERB_OK, tl_writer_bytes(&w));
}

TEST(answers_name_no_more_members_than_one_may_and_no_groups)
{
	struct group other = { .mac = all.mac, .adi = 5 };
	uint64_t i;

	start();
	like();
	send_to(all.mac);
	answer(other, 0);
	CHECK(!tl_group_find(lone.vl2, net->id, other));
	for (i = 0; i < 4; i++)
		answer(all, i * N_LISTED);
	CHECK(tl_group_find(lone.vl2, net->id, all)->n_members <= 2049);
	CHECK(tl_group_find(lone.vl2, net->id, all)->n_members > N_LISTED);
	CHECK(lone_drops(&lone, DROP_GATE) > 0);
	finish();
}

/* Each is a hundred times as long as what asks for it. */
TEST(questions_for_listeners_are_answered_at_a_limited_rate)
{
	uint8_t gather[23] = { 0 };
	uint64_t i;

	start();
	tl_store_be64(gather, net->id.v);
	memset(gather + 9, 0xff, 6);
	gather[22] = 16;
	for (i = 0; i < 20; i++)
		tl_group_add(lone.vl2, net->id, all,
			     (struct address){ 0x1000000000 + i });
	for (i = 0; i < 1000; i++) {
		actor_send(&member, &lone, VERB_MULTICAST_GATHER,
			   TL_BYTES_OF(gather));
		if (i % 100 == 0)
			lone_forget(&lone);
	}
	CHECK(!actor_count(&member, &lone, VERB_OK));
	lone_run(&lone, 100);
	for (i = 0; i < 100; i++)
		actor_send(&member, &lone, VERB_MULTICAST_GATHER,
			   TL_BYTES_OF(gather));
	CHECK(actor_count(&member, &lone, VERB_OK) >= 4);
	CHECK(actor_count(&member, &lone, VERB_OK) <= 6);
	finish();
}

static void send_chunk(struct actor *from, uint64_t update,
		       const struct identity *signer)
{
	uint8_t chunk[600];
	uint8_t dict[200] = { 'x' };
	struct writer w = tl_writer(TL_BUFFER_OF(chunk));

	tl_write_config_chunk(&w, net->id, update, TL_BYTES_OF(dict), 0,
			      signer);
	CHECK(tl_writer_ok(&w));
	actor_send(from, &lone, VERB_NETWORK_CONFIG, tl_writer_bytes(&w));
}

/* Each would cost the check of a signature. */
TEST(chunks_that_others_bring_are_checked_at_a_limited_rate)
{
	struct netconf *c;
	uint64_t i;

	start();
	for (i = 1; i <= 1000; i++)
		send_chunk(&member, i, &member.id);
	CHECK(lone_drops(&lone, DROP_BAD_SIGNATURE) <= 129);
	CHECK(lone_drops(&lone, DROP_GATE) >= 871);
	/* The controller itself is not held up by it. */
	c = lone_net_config(&lone, &controller, LONE_NET_MS + 1);
	lone_net_push(&lone, &controller, c, 5000, &controller.id);
	CHECK(net->conf->timestamp == LONE_NET_MS + 1);
	tl_netconf_free(c);
	/* And the others are heard again. */
	lone_run(&lone, 1000);
	c = lone_net_config(&lone, &controller, LONE_NET_MS + 2);
	lone_net_push(&lone, &member, c, 5001, &controller.id);
	CHECK(net->conf->timestamp == LONE_NET_MS + 2);
	tl_netconf_free(c);
	finish();
}

/* Tags of the member in one message, signed by @signer: @foreign of another
 * network, then those of ours, 50 in all. */
static void send_tags(unsigned int foreign, const struct identity *signer)
{
	struct tag tags[50];
	struct credential_set set = { .tags = tags, .n_tags = 50 };
	static uint8_t bytes[PACKET_MAX_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(bytes));
	unsigned int i;

	for (i = 0; i < 50; i++) {
		tags[i] = (struct tag){
			.network = { net->id.v + (i < foreign) },
			.timestamp = LONE_NET_MS,
			.id = i,
			.issued_to = member.id.addr,
		};
		tl_tag_sign(&tags[i], signer);
	}
	CHECK(tl_write_credentials(&w, &set));
	CHECK_EQ(set.n_tags, 0);
	actor_send(&member, &lone, VERB_NETWORK_CREDENTIALS,
		   tl_writer_bytes(&w));
}

TEST(message_of_forged_credentials_is_not_read_to_its_end)
{
	start();
	send_tags(0, &member.id);
	CHECK_EQ(lone_drops(&lone, DROP_BAD_CREDENTIAL), 16);
	finish();
}

TEST(message_about_other_networks_is)
{
	start();
	send_tags(49, &controller.id);
	CHECK_EQ(tl_member_find(net, member.id.addr)->m.tags.n, 1);
	finish();
}

/* 65,536 that were revoked once would leave no room for those that are. */
TEST(who_was_revoked_is_forgotten_when_nothing_of_that_time_is_valid)
{
	struct identity gone = member.id;
	struct netconf *c;

	start();
	gone.addr.v++;
	lone_net_revoke(&lone, &controller, net->id, &gone, LONE_NET_MS,
			&controller.id);
	CHECK(tl_member_find(net, gone.addr));
	c = lone_net_config(&lone, &controller, LONE_NET_MS + 14399999);
	lone_net_push(&lone, &controller, c, 2, &controller.id);
	tl_netconf_free(c);
	lone_run(&lone, 60000);
	CHECK(tl_member_find(net, gone.addr));
	c = lone_net_config(&lone, &controller, LONE_NET_MS + 14400000);
	lone_net_push(&lone, &controller, c, 3, &controller.id);
	tl_netconf_free(c);
	lone_run(&lone, 60000);
	CHECK(!tl_member_find(net, gone.addr));
	finish();
}

/* As one that scans a network has them. */
TEST(multicasts_that_wait_have_a_limit_in_all_groups_together)
{
	struct mac dest = { { 0x33, 0x33 } };
	uint64_t before;
	unsigned int i;

	start();
	before = lone_drops(&lone, DROP_QUEUE_FULL);
	for (i = 0; i < 3000; i++) {
		tl_store_be32(dest.b + 2, i);
		send_to(dest);
	}
	CHECK_EQ(lone.vl2->n_queued, 1024);
	CHECK(lone_drops(&lone, DROP_QUEUE_FULL) - before == 3000 - 1024);
	/* They give way as soon as they are too old. */
	lone_run(&lone, 5100);
	send_to(all.mac);
	CHECK_EQ(lone.vl2->n_queued, 1);
	finish();
}
