/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate_test.c - who may speak on a network, and what strangers can do to it
 * (vl2.md 4.5, 4.7, 7.4, 7.5, 9.3)
 */
#include <errno.h>

#include "test/sim/lone_net.h"

static struct lone lone;
static struct actor controller; /* and root */
static struct actor member;
static struct actor other;
static struct network *net;
static uint8_t room[PACKET_MAX_LEN];

/* On a private network, with a member and somebody who is none. */
static void start(void)
{
	lone_new(&lone);
	actor_init(&controller, &lone, LONE_ROOT);
	actor_init(&member, &lone, LONE_A);
	actor_init(&other, &lone, LONE_B);
	actor_be_root(&controller, &lone);
	actor_meet(&member, &lone);
	actor_meet(&other, &lone);
	net = lone_net_join(&lone, &controller);
	lone_net_certify(&lone, &member, tl_network_id(net), &member.id,
			 LONE_NET_MS, &controller.id);
	lone_run(&lone, 2000);
	lone_forget(&lone);
}

static void finish(void)
{
	actor_fini(&controller);
	actor_fini(&member);
	actor_fini(&other);
	lone_free(&lone);
}

static void send_frame(struct actor *from)
{
	lone_net_frame(&lone, from, tl_network_id(net));
}

static struct peer *peer_of(const struct actor *who)
{
	return tl_node_find_peer(lone.node, who->id.addr);
}

TEST(frames_of_members_are_delivered_and_make_them_trusted)
{
	start();
	send_frame(&member);
	CHECK_EQ(lone.n_frames, 1);
	CHECK(tl_peer_is_trusted(peer_of(&member), lone.now));
	finish();
}

TEST(frames_of_others_are_answered_with_what_is_missing)
{
	size_t n;

	start();
	send_frame(&other);
	CHECK_EQ(lone.n_frames, 0);
	CHECK_EQ(lone_drops(&lone, DROP_NOT_MEMBER), 1);
	CHECK(!tl_peer_is_trusted(peer_of(&other), lone.now));
	n = actor_find(&other, &lone, VERB_ERROR, &other.at, room);
	CHECK_EQ(n, 46);
	CHECK_EQ(room[28], VERB_FRAME);
	CHECK(tl_load_be64(room + 29) == other.last_id);
	CHECK_EQ(room[37], ERROR_NEED_MEMBERSHIP_CERTIFICATE);
	CHECK(tl_load_be64(room + 38) == tl_network_id(net).v);
	finish();
}

TEST(missing_certificate_is_said_once_a_second)
{
	int i;

	start();
	for (i = 0; i < 10; i++)
		send_frame(&other);
	CHECK_EQ(actor_count(&other, &lone, VERB_ERROR), 1);
	lone_run(&lone, 1000);
	send_frame(&other);
	CHECK_EQ(actor_count(&other, &lone, VERB_ERROR), 2);
	finish();
}

TEST(frame_waits_for_its_certificate_and_no_longer)
{
	start();
	send_frame(&other);
	lone_net_certify(&lone, &other, tl_network_id(net), &other.id,
			 LONE_NET_MS, &controller.id);
	CHECK_EQ(lone.n_frames, 1);
	finish();
}

TEST(certificates_of_another_controller_are_worthless)
{
	start();
	lone_net_certify(&lone, &other, tl_network_id(net), &other.id,
			 LONE_NET_MS, &other.id);
	CHECK(lone_drops(&lone, DROP_BAD_CREDENTIAL) > 0);
	send_frame(&other);
	CHECK_EQ(lone.n_frames, 0);
	finish();
}

TEST(certificate_of_a_member_does_not_serve_another)
{
	struct identity thief;

	start();
	thief = member.id;
	thief.addr = other.id.addr;
	lone_net_certify(&lone, &other, tl_network_id(net), &thief, LONE_NET_MS,
			 &controller.id);
	send_frame(&other);
	CHECK_EQ(lone.n_frames, 0);
	finish();
}

TEST(certificate_outside_the_window_does_not_count)
{
	start();
	lone_net_certify(&lone, &other, tl_network_id(net), &other.id,
			 LONE_NET_MS - LONE_NET_DELTA - 1, &controller.id);
	send_frame(&other);
	CHECK_EQ(lone.n_frames, 0);
	finish();
}

TEST(revoked_member_is_cut_off_whoever_tells)
{
	start();
	send_frame(&member);
	CHECK_EQ(lone.n_frames, 1);
	lone_net_revoke(&lone, &other, tl_network_id(net), &member.id,
			LONE_NET_MS, &controller.id);
	send_frame(&member);
	CHECK_EQ(lone.n_frames, 1);
	/* The old certificate again changes nothing. */
	lone_run(&lone, 1100);
	lone_net_certify(&lone, &member, tl_network_id(net), &member.id,
			 LONE_NET_MS, &controller.id);
	send_frame(&member);
	CHECK_EQ(lone.n_frames, 1);
	/* What waits for a better one goes with it; these are too old. */
	lone_run(&lone, 6000);
	lone_net_certify(&lone, &member, tl_network_id(net), &member.id,
			 LONE_NET_MS + 1, &controller.id);
	send_frame(&member);
	CHECK_EQ(lone.n_frames, 2);
	finish();
}

TEST(revocation_by_another_than_the_controller_is_nothing)
{
	start();
	lone_net_revoke(&lone, &other, tl_network_id(net), &member.id,
			LONE_NET_MS, &other.id);
	send_frame(&member);
	CHECK_EQ(lone.n_frames, 1);
	finish();
}

TEST(new_revocation_is_passed_on_to_members_once)
{
	start();
	send_frame(&member);
	lone_net_certify(&lone, &other, tl_network_id(net), &other.id,
			 LONE_NET_MS, &controller.id);
	lone_run(&lone, 2000);
	lone_forget(&lone);
	lone_net_revoke(&lone, &other, tl_network_id(net), &other.id,
			LONE_NET_MS, &controller.id);
	CHECK_EQ(actor_count(&member, &lone, VERB_NETWORK_CREDENTIALS), 1);
	CHECK_EQ(actor_count(&other, &lone, VERB_NETWORK_CREDENTIALS), 0);
	CHECK_EQ(actor_count(&controller, &lone, VERB_NETWORK_CREDENTIALS), 0);
	lone_run(&lone, 1100);
	lone_forget(&lone);
	lone_net_revoke(&lone, &other, tl_network_id(net), &other.id,
			LONE_NET_MS, &controller.id);
	CHECK_EQ(actor_count(&member, &lone, VERB_NETWORK_CREDENTIALS), 0);
	finish();
}

TEST(revoked_members_are_not_forgotten_with_their_peer)
{
	start();
	lone_net_revoke(&lone, &controller, tl_network_id(net), &member.id,
			LONE_NET_MS, &controller.id);
	lone_run(&lone, 3 * PEER_ACTIVE_MS);
	CHECK(!peer_of(&member));
	CHECK(tl_member_find(net, member.id.addr));
	CHECK(!tl_member_find(net, other.id.addr));
	actor_hello(&member, &lone);
	lone_net_certify(&lone, &member, tl_network_id(net), &member.id,
			 LONE_NET_MS, &controller.id);
	send_frame(&member);
	CHECK_EQ(lone.n_frames, 0);
	finish();
}

TEST(members_that_have_gone_are_forgotten)
{
	start();
	CHECK(tl_member_find(net, member.id.addr));
	lone_run(&lone, 3 * PEER_ACTIVE_MS);
	CHECK(!tl_member_find(net, member.id.addr));
	finish();
}

TEST(credentials_are_looked_at_four_times_and_then_once_a_second)
{
	int i;

	start();
	for (i = 0; i < 4; i++)
		lone_net_certify(&lone, &other, tl_network_id(net), &other.id,
				 LONE_NET_MS, &other.id);
	CHECK_EQ(lone_drops(&lone, DROP_GATE), 0);
	lone_net_certify(&lone, &other, tl_network_id(net), &other.id,
			 LONE_NET_MS, &controller.id);
	CHECK_EQ(lone_drops(&lone, DROP_GATE), 1);
	CHECK(!tl_member_find(net, other.id.addr));
	lone.now += 1000;
	lone_net_certify(&lone, &other, tl_network_id(net), &other.id,
			 LONE_NET_MS, &controller.id);
	CHECK(tl_member_find(net, other.id.addr));
	finish();
}

TEST(strangers_make_no_records)
{
	size_t before;
	uint64_t i;

	start();
	before = net->members.count;
	for (i = 1; i <= 20; i++) {
		struct identity id = other.id;

		id.addr.v = 0x3000000000 + i;
		lone.now += 1000;
		lone_net_certify(&lone, &other, tl_network_id(net), &id,
				 LONE_NET_MS, &other.id);
		send_frame(&other);
	}
	CHECK_EQ(net->members.count, before);
	finish();
}

/* EXT_FRAME as old senders make it: with the certificate inside. */
static void send_with_com(struct actor *from, const struct identity *subject,
			  const struct identity *signer)
{
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct com com;

	tl_com_init(&com, tl_network_id(net), subject, LONE_NET_MS,
		    LONE_NET_DELTA);
	tl_com_sign(&com, signer);
	tl_write_be64(&w, tl_network_id(net).v);
	tl_write_u8(&w, 1);
	tl_write_com(&w, &com);
	tl_write_mac(&w, tl_network_mac(net));
	tl_write_mac(&w, tl_mac_of_member(tl_network_id(net), from->id.addr));
	tl_write_be16(&w, 0x0800);
	tl_write_zeroes(&w, 20);
	actor_send(from, &lone, VERB_EXT_FRAME, tl_writer_bytes(&w));
}

TEST(certificate_inside_a_frame_counts)
{
	start();
	send_with_com(&other, &other.id, &controller.id);
	CHECK_EQ(lone.n_frames, 1);
	send_with_com(&other, &other.id, &controller.id);
	CHECK_EQ(lone.n_frames, 2);
	finish();
}

TEST(certificates_inside_frames_are_checked_once_a_second)
{
	start();
	send_with_com(&other, &other.id, &other.id);
	send_with_com(&other, &other.id, &controller.id);
	CHECK_EQ(lone.n_frames, 0);
	lone.now += 1000;
	send_with_com(&other, &other.id, &controller.id);
	CHECK(lone.n_frames > 0);
	finish();
}

TEST(certificate_of_somebody_else_inside_a_frame_is_ignored)
{
	struct actor c;
	size_t before;

	start();
	before = net->members.count;
	actor_init(&c, &lone, LONE_C);
	send_with_com(&other, &c.id, &controller.id);
	CHECK_EQ(net->members.count, before);
	actor_fini(&c);
	finish();
}

TEST(foreign_source_is_for_bridges)
{
	struct mac foreign = { { 0x02, 1, 2, 3, 4, 5 } };
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	start();
	tl_write_be64(&w, tl_network_id(net).v);
	tl_write_u8(&w, 0x10);
	tl_write_mac(&w, tl_network_mac(net));
	tl_write_mac(&w, foreign);
	tl_write_be16(&w, 0x0800);
	tl_write_zeroes(&w, 20);
	actor_send(&member, &lone, VERB_EXT_FRAME, tl_writer_bytes(&w));
	CHECK_EQ(lone.n_frames, 0);
	CHECK_EQ(lone_drops(&lone, DROP_NOT_BRIDGE), 1);
	CHECK_EQ(actor_count(&member, &lone, VERB_OK), 0);
	net->conf->specialists[net->conf->n_specialists++] = member.id.addr.v |
							     SPECIALIST_BRIDGE;
	actor_send(&member, &lone, VERB_EXT_FRAME, tl_writer_bytes(&w));
	CHECK_EQ(lone.n_frames, 1);
	CHECK_EQ(net->bridges.count, 1);
	CHECK_EQ(actor_count(&member, &lone, VERB_OK), 1);
	finish();
}

/* A configuration with another name, from @from, signed by @signer. */
static void push_named(struct actor *from, const struct actor *signer,
		       const char *name, int64_t timestamp)
{
	struct netconf *c = lone_net_config(&lone, &controller, timestamp);
	static uint64_t update_id = 100;

	snprintf(c->name, sizeof(c->name), "%s", name);
	lone_net_push(&lone, from, c, update_id++, &signer->id);
	tl_netconf_free(c);
}

TEST(configuration_counts_by_its_signature_whoever_brings_it)
{
	start();
	push_named(&other, &controller, "new", LONE_NET_MS + 1);
	CHECK_STR(tl_network_config(net)->name, "new");
	push_named(&controller, &other, "forged", LONE_NET_MS + 2);
	CHECK_STR(tl_network_config(net)->name, "new");
	CHECK_EQ(lone_drops(&lone, DROP_BAD_SIGNATURE), 1);
	finish();
}

TEST(old_configuration_is_not_taken_again)
{
	start();
	push_named(&other, &controller, "old",
		   LONE_NET_MS - LONE_NET_DELTA - 1);
	CHECK_STR(tl_network_config(net)->name, "");
	push_named(&other, &controller, "early", LONE_NET_MS - LONE_NET_DELTA);
	CHECK_STR(tl_network_config(net)->name, "early");
	finish();
}

TEST(configuration_with_absurd_times_is_compared_safely)
{
	start();
	push_named(&controller, &controller, "far", INT64_MAX);
	CHECK_STR(tl_network_config(net)->name, "far");
	push_named(&controller, &controller, "back", -5);
	CHECK_STR(tl_network_config(net)->name, "far");
	finish();
}

TEST(configuration_for_somebody_else_is_not_taken)
{
	struct netconf *c;

	start();
	c = lone_net_config(&lone, &controller, LONE_NET_MS + 1);
	c->issued_to = member.id.addr;
	snprintf(c->name, sizeof(c->name), "theirs");
	lone_net_push(&lone, &controller, c, 77, &controller.id);
	CHECK_STR(tl_network_config(net)->name, "");
	tl_netconf_free(c);
	finish();
}

TEST(unsigned_configuration_counts_from_the_controller_only)
{
	static uint8_t dict[NETCONF_DICT_MAX];
	struct writer d = tl_writer(TL_BUFFER_OF(dict));
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct netconf *c;

	start();
	c = lone_net_config(&lone, &controller, LONE_NET_MS + 1);
	snprintf(c->name, sizeof(c->name), "legacy");
	CHECK_EQ(tl_netconf_build(&d, c), 0);
	tl_write_be64(&w, c->network.v);
	tl_write_be16(&w, (uint16_t)d.n);
	tl_write_bytes(&w, tl_writer_bytes(&d));
	actor_send(&member, &lone, VERB_NETWORK_CONFIG, tl_writer_bytes(&w));
	CHECK_STR(tl_network_config(net)->name, "");
	CHECK_EQ(lone_drops(&lone, DROP_NOT_CONTROLLER), 1);
	actor_send(&controller, &lone, VERB_NETWORK_CONFIG,
		   tl_writer_bytes(&w));
	CHECK_STR(tl_network_config(net)->name, "legacy");
	tl_netconf_free(c);
	finish();
}

TEST(refusal_keeps_the_configuration_and_success_ends_it)
{
	uint8_t error[18] = { VERB_NETWORK_CONFIG_REQUEST };
	unsigned int changed;

	start();
	error[9] = ERROR_NETWORK_ACCESS_DENIED;
	tl_store_be64(error + 10, tl_network_id(net).v);
	actor_send(&member, &lone, VERB_ERROR, TL_BYTES_OF(error));
	CHECK_EQ(tl_network_status(net), NETWORK_OK);
	actor_send(&controller, &lone, VERB_ERROR, TL_BYTES_OF(error));
	CHECK_EQ(tl_network_status(net), NETWORK_ACCESS_DENIED);
	CHECK(tl_network_config(net));
	/* The very same configuration, which changes nothing else. */
	changed = lone.n_changed;
	push_named(&controller, &controller, "", LONE_NET_MS);
	CHECK_EQ(tl_network_status(net), NETWORK_OK);
	CHECK_EQ(lone.n_changed, changed + 1);
	finish();
}

TEST(certificate_that_is_asked_for_is_pushed_once_a_second)
{
	uint8_t error[18] = { VERB_FRAME };
	int i;

	start();
	error[9] = ERROR_NEED_MEMBERSHIP_CERTIFICATE;
	tl_store_be64(error + 10, tl_network_id(net).v);
	for (i = 0; i < 5; i++)
		actor_send(&other, &lone, VERB_ERROR, TL_BYTES_OF(error));
	CHECK_EQ(actor_count(&other, &lone, VERB_NETWORK_CREDENTIALS), 1);
	lone_run(&lone, 1001);
	actor_send(&other, &lone, VERB_ERROR, TL_BYTES_OF(error));
	lone_run(&lone, 200);
	CHECK_EQ(actor_count(&other, &lone, VERB_NETWORK_CREDENTIALS), 2);
	finish();
}

static void send_like(struct actor *from, struct network_id id)
{
	uint8_t like[18] = { 0 };

	tl_store_be64(like, id.v);
	memset(like + 8, 0xff, 6);
	like[17] = 9;
	actor_send(from, &lone, VERB_MULTICAST_LIKE, TL_BYTES_OF(like));
}

TEST(only_members_are_entered_into_groups)
{
	static const struct group g = {
		.mac = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } }, .adi = 9
	};

	start();
	send_like(&other, tl_network_id(net));
	CHECK(!tl_group_find(lone.vl2, tl_network_id(net), g));
	send_like(&member, (struct network_id){ 0x1234567890000001 });
	CHECK_EQ(lone.vl2->groups.count, 0);
	send_like(&member, tl_network_id(net));
	CHECK(tl_group_find(lone.vl2, tl_network_id(net), g));
	finish();
}

/* @n groups from number @first on, in one packet. */
static void send_likes(struct actor *from, unsigned int first, unsigned int n)
{
	uint8_t payload[500 * 18];
	struct writer w = tl_writer(TL_BUFFER_OF(payload));
	unsigned int i;

	for (i = first; i < first + n; i++) {
		tl_write_be64(&w, tl_network_id(net).v);
		tl_write_mac(&w, (struct mac){ { 1 } });
		tl_write_be32(&w, i);
	}
	actor_send(from, &lone, VERB_MULTICAST_LIKE, tl_writer_bytes(&w));
}

TEST(one_member_cannot_fill_the_table_of_groups)
{
	unsigned int i;

	start();
	for (i = 0; i < 10; i++)
		send_likes(&member, i * 500, 500);
	CHECK_EQ(lone.vl2->groups.count, 2048);
	CHECK_EQ(lone_drops(&lone, DROP_GATE), 5000 - 2048);
	/* To refresh them costs nothing. */
	send_likes(&member, 0, 500);
	CHECK_EQ(lone_drops(&lone, DROP_GATE), 5000 - 2048);
	lone_run(&lone, GROUP_ENTRY_MS + 60000);
	CHECK_EQ(lone.vl2->groups.count, 0);
	finish();
}

TEST(groups_are_told_to_members_only)
{
	uint8_t gather[23] = { 0 };

	start();
	send_like(&member, tl_network_id(net));
	tl_store_be64(gather, tl_network_id(net).v);
	memset(gather + 9, 0xff, 6);
	gather[18] = 9;
	gather[22] = 16;
	actor_send(&other, &lone, VERB_MULTICAST_GATHER, TL_BYTES_OF(gather));
	CHECK_EQ(actor_count(&other, &lone, VERB_OK), 0);
	lone_net_certify(&lone, &other, tl_network_id(net), &other.id,
			 LONE_NET_MS, &controller.id);
	actor_send(&other, &lone, VERB_MULTICAST_GATHER, TL_BYTES_OF(gather));
	CHECK(actor_find(&other, &lone, VERB_OK, &other.at, room));
	CHECK_EQ(tl_load_be32(room + 55), 1);
	CHECK_EQ(tl_load_be16(room + 59), 1);
	CHECK_EQ(tl_load_be40(room + 61), member.id.addr.v);
	finish();
}

TEST(request_that_is_cut_is_malformed_and_any_other_refused)
{
	uint8_t request[12] = { 0 };

	start();
	request[9] = 3;
	actor_send(&other, &lone, VERB_NETWORK_CONFIG_REQUEST,
		   tl_bytes(request, 11));
	CHECK_EQ(lone_drops(&lone, DROP_MALFORMED), 1);
	CHECK_EQ(actor_count(&other, &lone, VERB_ERROR), 0);
	actor_send(&other, &lone, VERB_NETWORK_CONFIG_REQUEST,
		   tl_bytes(request, 8));
	CHECK(actor_find(&other, &lone, VERB_ERROR, NULL, room));
	CHECK_EQ(room[37], ERROR_UNSUPPORTED_OPERATION);
	finish();
}

TEST(frames_for_networks_not_joined_are_dropped_in_silence)
{
	start();
	lone_net_frame(&lone, &member, (struct network_id){ 77 });
	CHECK_EQ(lone_drops(&lone, DROP_NOT_JOINED), 1);
	CHECK_EQ(lone.n_sent, 0);
	finish();
}

/* Constructors under lack of memory. */
TEST(join_reports_any_failed_allocation)
{
	static const struct network_id id = { 0x1234567890000001 };
	int n;

	start();
	for (n = 0;; n++) {
		int r;

		tl_alloc_fail_after(n);
		r = tl_vl2_join(lone.vl2, id, tl_bytes(NULL, 0), lone.now);
		tl_alloc_fail_after(-1);
		if (r == 0)
			break;
		CHECK_EQ(r, -ENOMEM);
		CHECK(!tl_vl2_find(lone.vl2, id));
	}
	CHECK(n >= 3);
	CHECK_EQ(tl_vl2_join(lone.vl2, id, tl_bytes(NULL, 0), lone.now),
		 -EEXIST);
	CHECK_EQ(tl_vl2_leave(lone.vl2, id), 0);
	CHECK_EQ(tl_vl2_leave(lone.vl2, id), -ENOENT);
	finish();
}

/* The datagram in which the controller pushes a configuration; its length. */
static size_t config_datagram(int64_t timestamp, uint64_t update_id)
{
	static uint8_t dict[NETCONF_DICT_MAX];
	static uint8_t chunk[PACKET_MAX_LEN];
	struct netconf *c = lone_net_config(&lone, &controller, timestamp);
	struct writer d = tl_writer(TL_BUFFER_OF(dict));
	struct writer w = tl_writer(TL_BUFFER_OF(chunk));

	CHECK_EQ(tl_netconf_build(&d, c), 0);
	tl_write_config_chunk(&w, c->network, update_id, tl_writer_bytes(&d), 0,
			      &controller.id);
	tl_netconf_free(c);
	return actor_packet(&controller, &lone, TL_BUFFER_OF(room),
			    VERB_NETWORK_CONFIG, tl_writer_bytes(&w));
}

TEST(configuration_survives_any_failed_allocation)
{
	unsigned int n_taken = 0;
	int n;

	start();
	for (n = 0; n < 40; n++) {
		int64_t timestamp = LONE_NET_MS + n + 1;
		size_t len = config_datagram(timestamp, (uint64_t)n + 100);

		tl_alloc_fail_after(n);
		lone_give(&lone, &controller.at, tl_bytes(room, len));
		tl_alloc_fail_after(-1);
		CHECK(tl_network_config(net));
		n_taken += tl_network_config(net)->timestamp == timestamp;
		send_frame(&member);
	}
	CHECK(n_taken > 0 && n_taken < 40);
	lone.n_frames = 0;
	lone_give(&lone, &controller.at,
		  tl_bytes(room, config_datagram(LONE_NET_MS + 99, 99)));
	send_frame(&member);
	CHECK_EQ(lone.n_frames, 1);
	finish();
}

TEST(credentials_survive_any_failed_allocation)
{
	struct credential_set set;
	uint8_t wire[COM_WIRE_MAX + 16];
	struct writer w;
	struct com com;
	size_t len;
	int n;

	start();
	tl_com_init(&com, tl_network_id(net), &other.id, LONE_NET_MS,
		    LONE_NET_DELTA);
	tl_com_sign(&com, &controller.id);
	for (n = 0; !tl_member_find(net, other.id.addr); n++) {
		CHECK(n < 20);
		lone.now += 1000;
		set = (struct credential_set){ .com = &com };
		w = tl_writer(TL_BUFFER_OF(wire));
		CHECK(tl_write_credentials(&w, &set));
		len = actor_packet(&other, &lone, TL_BUFFER_OF(room),
				   VERB_NETWORK_CREDENTIALS,
				   tl_writer_bytes(&w));
		tl_alloc_fail_after(n);
		lone_give(&lone, &other.at, tl_bytes(room, len));
		tl_alloc_fail_after(-1);
	}
	CHECK(n > 1);
	send_frame(&other);
	CHECK_EQ(lone.n_frames, 1);
	finish();
}
