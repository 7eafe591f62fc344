/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_test.c - what the observer of a network is told (vl2.md 13)
 */
#include "test/sim/lone_net.h"
#include "test/sim/sim.h"
#include "test/sim/sim_controller.h"
#include "wire/compress.h"
#include "wire/dictionary.h"

static struct lone lone;
static struct actor controller; /* and root */
static struct actor member;
static struct actor observer;
static struct network *net;
static uint8_t room[PACKET_MAX_LEN];
static uint8_t plain[PACKET_MAX_LEN];

static const uint16_t drop_this = 0x88b5;

/* udp: break; type 88b5: drop; accept */
static const struct rule rules[] = {
	{ .t = RULE_IP_PROTOCOL, .v.ip_protocol = 17 },
	{ .t = RULE_BREAK },
	{ .t = RULE_ETHERTYPE, .v.ethertype = 0x88b5 },
	{ .t = RULE_DROP },
	{ .t = RULE_ACCEPT },
};

static void configure(int64_t timestamp, struct address target, uint64_t level)
{
	struct netconf *c = lone_net_config(&lone, &controller, timestamp);
	static const struct rule accept_udp[] = {
		{ .t = RULE_IP_PROTOCOL, .v.ip_protocol = 17 },
		{ .t = RULE_ACCEPT },
	};
	struct capability *cap;
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	c->trace_target = target;
	c->trace_level = level;
	CHECK_EQ(tl_rules_build(&w, rules, TL_ARRAY_SIZE(rules)), 0);
	CHECK_EQ(tl_netconf_set_rules(c, tl_writer_bytes(&w)), 0);
	CHECK_EQ(tl_netconf_alloc_capabilities(c, 1), 0);
	cap = c->capabilities;
	cap->network = c->network;
	cap->timestamp = timestamp;
	cap->id = 9;
	cap->max_custody = 1;
	w = tl_writer(TL_BUFFER_OF(room));
	CHECK_EQ(tl_rules_build(&w, accept_udp, 2), 0);
	CHECK_EQ(tl_capability_set_rules(cap, 2, tl_writer_bytes(&w)), 0);
	CHECK_EQ(tl_capability_grant(cap, lone.id.addr, &controller.id), 0);
	lone_net_push(&lone, &controller, c, (uint64_t)timestamp,
		      &controller.id);
	tl_netconf_free(c);
	CHECK_EQ((uint64_t)tl_network_config(net)->timestamp,
		 (uint64_t)timestamp);
}

static void start(uint64_t level)
{
	lone_new(&lone);
	actor_init(&controller, &lone, LONE_ROOT);
	actor_init(&member, &lone, LONE_A);
	actor_init(&observer, &lone, LONE_B);
	actor_be_root(&controller, &lone);
	actor_meet(&member, &lone);
	actor_meet(&observer, &lone);
	net = lone_net_join(&lone, &controller);
	lone_net_certify(&lone, &member, tl_network_id(net), &member.id,
			 LONE_NET_MS, &controller.id);
	configure(LONE_NET_MS + 1, observer.id.addr, level);
	lone_run(&lone, 2000);
	lone_forget(&lone);
}

static void finish(void)
{
	actor_fini(&controller);
	actor_fini(&member);
	actor_fini(&observer);
	lone_free(&lone);
}

static unsigned int reports(void)
{
	return actor_count(&observer, &lone, VERB_REMOTE_TRACE);
}

/* The newest that the observer was sent. */
static struct bytes last_report(void)
{
	struct buffer p =
		tl_buffer(room, actor_find(&observer, &lone, VERB_REMOTE_TRACE,
					   NULL, room));
	struct reader r;
	struct bytes dict;

	CHECK(p.n);
	CHECK_EQ(tl_packet_decompress(&p, TL_BUFFER_OF(plain)), 0);
	r = tl_reader(tl_bytes_skip(tl_buffer_bytes(p), PACKET_AT_PAYLOAD));
	CHECK(tl_read_trace(&r, &dict));
	CHECK(tl_reader_done(&r));
	return dict;
}

static uint64_t number(const char *key)
{
	struct bytes dict = last_report();

	CHECK(tl_dict_has(dict, key));
	return tl_dict_get_uint(dict, key, 0);
}

static void expect_text(const char *key, const char *want)
{
	struct bytes dict = last_report();
	char text[200] = { 0 };
	size_t n;

	CHECK(tl_dict_get(dict, key, tl_buffer((uint8_t *)text, 199), &n));
	CHECK_STR(text, want);
}

static void expect_log(const char *key, uint8_t first, uint8_t second)
{
	struct bytes dict = last_report();
	uint8_t log[600] = { 0 };
	size_t n;
	size_t i;

	CHECK(tl_dict_get(dict, key, TL_BUFFER_OF(log), &n));
	CHECK_EQ(n, 512);
	CHECK_EQ(log[0], first);
	CHECK_EQ(log[1], second);
	for (i = 2; i < n; i++)
		CHECK_EQ(log[i], 0);
}

static void send(struct mac source, uint16_t ethertype)
{
	static const uint8_t ip[28] = { 0x45, [9] = 17 };
	struct packet *p = tl_packet_new(&lone.pool);

	CHECK(p);
	CHECK(tl_packet_append(p, TL_BYTES_OF(ip)));
	tl_network_output(net, source,
			  tl_mac_of_member(tl_network_id(net), member.id.addr),
			  ethertype, p, lone.now);
	tl_node_end_pass(lone.node);
}

static void receive(struct actor *from, uint16_t ethertype)
{
	uint8_t frame[38] = { 0 };

	tl_store_be64(frame, tl_network_id(net).v);
	tl_store_be16(frame + 8, ethertype);
	frame[10] = 0x45;
	frame[19] = 17;
	actor_send(from, &lone, VERB_FRAME, TL_BYTES_OF(frame));
}

TEST(without_an_observer_nothing_is_reported)
{
	start(100);
	configure(LONE_NET_MS + 2, (struct address){ 0 }, 100);
	lone_forget(&lone);
	send(net->mac, drop_this);
	send(net->mac, 0x0800);
	send(tl_mac_of_member(net->id, member.id.addr), 0x0800);
	receive(&observer, 0x0800);
	receive(&member, drop_this);
	CHECK_EQ(reports(), 0);
	CHECK(!net->filter_log);
	/* The rules were not asked about what is no member's, nor bridged. */
	CHECK_EQ(tl_network_refused(net, true), 1);
	CHECK_EQ(tl_network_refused(net, false), 1);
	finish();
}

TEST(frames_that_are_not_sent_are_reported_from_level_10_on)
{
	start(9);
	send(net->mac, drop_this);
	CHECK_EQ(reports(), 0);
	configure(LONE_NET_MS + 2, observer.id.addr, 10);
	lone_forget(&lone);
	send(net->mac, drop_this);
	CHECK_EQ(reports(), 1);
	CHECK_EQ(tl_trace_event(last_report()), TRACE_FRAME_NOT_SENT);
	CHECK(number("networkId") == net->id.v);
	CHECK_EQ(number("etherType"), drop_this);
	CHECK_EQ(number("frameLength"), 28);
	CHECK_EQ(number("vlanId"), 0);
	CHECK_EQ(number("sourceMac") >> 40, net->mac.b[0]);
	expect_text("reason", "filter blocked");
	send(tl_mac_of_member(net->id, member.id.addr), 0x0800);
	CHECK_EQ(reports(), 2);
	expect_text("reason", "not a bridge");
	send(net->mac, 0x0800);
	CHECK_EQ(reports(), 2);
	finish();
}

TEST(frames_that_are_not_taken_are_reported)
{
	start(10);
	receive(&member, 0x0800); /* the sender has no capability */
	CHECK_EQ(reports(), 1);
	CHECK_EQ(tl_trace_event(last_report()), TRACE_FRAME_NOT_TAKEN);
	CHECK(number("remoteZtAddr") == member.id.addr.v);
	CHECK_EQ(number("packetVerb"), VERB_FRAME);
	CHECK(number("packetId") == member.last_id);
	expect_text("reason", "filter blocked");
	receive(&member, 0x0806);
	CHECK_EQ(reports(), 1);
	CHECK_EQ(lone.n_frames, 1);
	finish();
}

TEST(packets_of_those_that_are_no_members_are_reported_once_a_second)
{
	start(10);
	receive(&observer, 0x0806);
	receive(&observer, 0x0806);
	CHECK_EQ(reports(), 1);
	CHECK_EQ(tl_trace_event(last_report()), TRACE_ACCESS_DENIED);
	CHECK(number("remoteZtAddr") == observer.id.addr.v);
	finish();
}

static void tag_from(struct actor *from, uint32_t value, int64_t timestamp,
		     const struct identity *signer)
{
	uint8_t bytes[300];
	struct writer w = tl_writer(TL_BUFFER_OF(bytes));
	struct tag tag = {
		.network = net->id,
		.timestamp = timestamp,
		.id = 77,
		.value = value,
		.issued_to = from->id.addr,
	};
	struct credential_set set = { .tags = &tag, .n_tags = 1 };

	tl_tag_sign(&tag, signer);
	CHECK(tl_write_credentials(&w, &set));
	lone_run(&lone, 4000);
	actor_send(from, &lone, VERB_NETWORK_CREDENTIALS, tl_writer_bytes(&w));
}

TEST(credentials_that_are_rejected_are_reported_with_the_reason)
{
	start(0);
	tag_from(&member, 1, LONE_NET_MS + 5, &controller.id);
	CHECK_EQ(reports(), 0);
	tag_from(&member, 2, LONE_NET_MS + 4, &controller.id);
	CHECK_EQ(reports(), 1);
	CHECK_EQ(tl_trace_event(last_report()), TRACE_CREDENTIAL_REJECTED);
	expect_text("reason", "old");
	CHECK_EQ(number("credType"), CREDENTIAL_TAG);
	CHECK_EQ(number("credId"), 77);
	CHECK_EQ(number("credInfo"), 2);
	CHECK(number("credIssuedTo") == member.id.addr.v);
	CHECK(number("credTs") == LONE_NET_MS + 4);
	tag_from(&member, 3, LONE_NET_MS + 6, &member.id);
	expect_text("reason", "invalid");
	lone_net_revoke(&lone, &controller, net->id, &member.id,
			LONE_NET_MS + 9, &controller.id);
	lone_run(&lone, 4000);
	lone_net_certify(&lone, &member, net->id, &member.id, LONE_NET_MS + 9,
			 &controller.id);
	expect_text("reason", "revoked");
	CHECK_EQ(number("credType"), CREDENTIAL_COM);
	CHECK_EQ(reports(), 3);
	finish();
}

/* The logs are those of a node of the reference, in a like case. */
TEST(frames_are_reported_as_the_rules_judged_them_from_level_15_on)
{
	start(15);
	send(net->mac, 0x0800);
	CHECK_EQ(reports(), 1);
	CHECK_EQ(tl_trace_event(last_report()), TRACE_FILTER);
	CHECK(number("sourceZtAddr") == lone.id.addr.v);
	CHECK(number("destZtAddr") == member.id.addr.v);
	CHECK_EQ(number("filterResult"), 1);
	CHECK_EQ(number("filterMatchingCapId"), 9);
	expect_text("filterInbound", "0");
	expect_text("filterNoTee", "0");
	expect_log("filterBaseRuleLog", 0x0a, 0x00);
	expect_log("filterCapRuleLog", 0x0a, 0x00);
	lone_forget(&lone);
	receive(&member, 0x0806);
	CHECK_EQ(reports(), 1);
	expect_text("filterInbound", "1");
	expect_log("filterBaseRuleLog", 0x06, 0x06);
	CHECK(!tl_dict_has(last_report(), "filterCapRuleLog"));
	CHECK_EQ(number("filterResult"), 1);
	lone_forget(&lone);
	send(net->mac, drop_this);
	CHECK_EQ(reports(), 2); /* how it was judged, and that it was dropped */
	finish();
}

TEST(reports_are_limited_and_say_how_many_were_left_out)
{
	unsigned int i;

	start(10);
	for (i = 0; i < 300; i++)
		send(net->mac, drop_this);
	CHECK(reports() >= 99 && reports() <= 101);
	lone_run(&lone, 1000);
	lone_forget(&lone);
	send(net->mac, drop_this);
	CHECK_EQ(reports(), 1);
	CHECK(number("notReported") >= 199 && number("notReported") <= 201);
	send(net->mac, drop_this);
	CHECK(!tl_dict_has(last_report(), "notReported"));
	finish();
}

/* Of several cases of it, whatever the controller asks for later. */
TEST(a_member_may_refuse_to_report)
{
	start(100);
	tl_network_allow_trace(net, false);
	CHECK(!net->filter_log);
	configure(LONE_NET_MS + 2, observer.id.addr, 100);
	lone_forget(&lone);
	send(net->mac, drop_this);
	send(net->mac, 0x0800);
	receive(&member, drop_this);
	receive(&observer, 0x0800);
	CHECK_EQ(reports(), 0);
	tl_network_allow_trace(net, true);
	send(net->mac, drop_this);
	CHECK(reports() > 0);
	finish();
}

TEST(an_observer_that_is_not_known_is_asked_for)
{
	struct address nobody = { 0x1234567890 };

	start(10);
	configure(LONE_NET_MS + 2, nobody, 10);
	lone_run(&lone, 1000);
	lone_forget(&lone);
	send(net->mac, drop_this);
	CHECK_EQ(actor_count(&controller, &lone, VERB_WHOIS), 1);
	CHECK_EQ(actor_count(&controller, &lone, VERB_REMOTE_TRACE), 0);
	finish();
}

TEST(we_may_be_the_observer_ourselves)
{
	start(10);
	configure(LONE_NET_MS + 2, lone.id.addr, 10);
	lone_forget(&lone);
	send(net->mac, drop_this);
	CHECK_EQ(lone.n_traced, 1);
	CHECK(tl_address_equal(lone.traced_by, lone.id.addr));
	CHECK(strstr(lone.traced, "reason=filter blocked"));
	CHECK_EQ(actor_count(&controller, &lone, VERB_REMOTE_TRACE), 0);
	finish();
}

TEST(the_observer_may_change_and_go)
{
	start(15);
	configure(LONE_NET_MS + 2, member.id.addr, 10);
	lone_forget(&lone);
	send(net->mac, drop_this);
	CHECK_EQ(reports(), 0);
	CHECK_EQ(actor_count(&member, &lone, VERB_REMOTE_TRACE), 1);
	CHECK(!net->filter_log);
	CHECK_EQ(tl_vl2_leave(lone.vl2, net->id), 0);
	finish();
}

TEST(what_others_report_is_handed_on_and_limited)
{
	static const uint8_t two[] = "event=2000\nreason=a\0event=2001";
	static const uint8_t open[] = { 'e', '=', '1' };
	unsigned int i;

	start(0);
	actor_send(&member, &lone, VERB_REMOTE_TRACE, TL_BYTES_OF(two));
	CHECK_EQ(lone.n_traced, 2);
	CHECK(tl_address_equal(lone.traced_by, member.id.addr));
	actor_send(&member, &lone, VERB_REMOTE_TRACE, TL_BYTES_OF(open));
	CHECK_EQ(lone.n_traced, 2);
	CHECK_EQ(lone_drops(&lone, DROP_MALFORMED), 1);
	for (i = 0; i < 1000; i++)
		actor_send(&member, &lone, VERB_REMOTE_TRACE, TL_BYTES_OF(two));
	CHECK(lone.n_traced <= 402);
	actor_send(&observer, &lone, VERB_REMOTE_TRACE, TL_BYTES_OF(two));
	CHECK(tl_address_equal(lone.traced_by, observer.id.addr));
	finish();
}

static bool is_learned(struct sim *s)
{
	return sim_node(s, 0)->n_learned > 0;
}

TEST(new_paths_to_members_are_reported)
{
	static const struct sim_options lan = { .seed = 1, .delay_ms = 5 };
	struct sim *s = sim_new(3, &lan);
	struct network_id id;
	char json[200];
	unsigned int i;

	sim_controller_start(sim_node(s, 0));
	snprintf(json, sizeof(json),
		 "{\"private\":false,\"remoteTraceTarget\":\"%010llx\","
		 "\"rules\":[{\"type\":\"ACTION_ACCEPT\"}]}",
		 (unsigned long long)sim_node(s, 0)->id.addr.v);
	sim_controller_post(sim_node(s, 0), 1, NULL, json);
	id = sim_controller_network(sim_node(s, 0), 1);
	for (i = 1; i < 3; i++)
		CHECK_EQ(tl_vl2_join(sim_node(s, i)->vl2, id, tl_bytes(NULL, 0),
				     sim_now(s)),
			 0);
	sim_run(s, 10000);
	CHECK_EQ(sim_node(s, 0)->n_learned, 0);
	sim_send(sim_node(s, 1), id,
		 tl_mac_of_member(id, sim_node(s, 2)->id.addr), 0x0800, "some",
		 4);
	CHECK(sim_run_until(s, is_learned, 5000));
	sim_free(s);
}
