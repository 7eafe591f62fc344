/* SPDX-License-Identifier: Apache-2.0 */
/* why_test.c - each way to reach a peer, and each reason, has its sentence */
#include "test/sim/cast.h"

#include "vl1/why.h"

static const uint8_t nat_ip[4] = { 10, 0, 0, 200 };

static struct why why_of(const struct actor *who)
{
	struct why w;

	tl_node_why(lone.node, peer_of(who), lone.now, &w);
	return w;
}

/* State and a part of the text are as said. */
#define CHECK_WHY(who, state_, part)                                           \
	do {                                                                   \
		struct why w_ = why_of(who);                                   \
                                                                               \
		CHECK_EQ(w_.state, state_);                                    \
		CHECK(strstr(w_.text, part));                                  \
	} while (0)

/* A is known by a root only, and has just said something. */
static void start_relayed(void)
{
	start();
	tl_peer_drop_slot(peer_of(&a), 0);
	a.hops = 1;
	send_echo(&a);
}

static void be_member(const struct actor *who)
{
	peer_of(who)->last_trusted_ms = lone.now;
}

static void see(struct actor *who, uint16_t port)
{
	struct hello h = actor_hello_fields(who, &lone);

	h.sent_to = tl_endpoint_ip4(nat_ip, port);
	actor_hello_with(who, &lone, &h);
}

static void introduce(void)
{
	actor_send(&root, &lone, VERB_RENDEZVOUS,
		   rendezvous(&a, lone_endpoint(77, 7)));
}

static void set_their_nat(enum nat_kind kind)
{
	tl_attempt_of(peer_of(&a))->their_nat = kind;
}

TEST(why_direct)
{
	start();
	lone.now += 12;
	send_echo(&a);
	CHECK_WHY(&a, WHY_DIRECT, "10.0.0.");
	CHECK_WHY(&a, WHY_DIRECT, "answers");
	tl_path_measured(peer_of(&a)->slots[0].path, 34);
	CHECK_WHY(&a, WHY_DIRECT, "answers in ");
	lone.now += 130000;
	CHECK_WHY(&a, WHY_DIRECT, "last heard 2 min ago");
	finish();
}

TEST(why_tunnel)
{
	struct path way;
	struct path *path;

	start();
	tl_path_init(&way, PATH_SOCKET_TCP, &a.at);
	path = tl_path_intern(&lone.node->paths, &way);
	CHECK(path);
	tl_peer_drop_slot(peer_of(&a), 0);
	CHECK(tl_peer_learn_path(peer_of(&a), path, lone.now));
	tl_path_heard(path, lone.now);
	CHECK_WHY(&a, WHY_TUNNEL, "through a TCP relay");
	finish();
}

TEST(why_root_is_silent)
{
	start();
	CHECK_WHY(&root, WHY_DIRECT, "10.0.0.1/9993");
	tl_peer_drop_slot(peer_of(&root), 0);
	lone.now += 40000;
	CHECK_WHY(&root, WHY_UNREACHABLE, "silent for 4");
	peer_of(&root)->last_receive_ms = 0;
	CHECK_WHY(&root, WHY_UNREACHABLE, "never answered");
	finish();
}

TEST(why_no_root)
{
	start_relayed();
	tl_peer_drop_slot(peer_of(&root), 0);
	CHECK_WHY(&a, WHY_UNREACHABLE, "no root answers");
	finish();
}

TEST(why_idle)
{
	start_relayed();
	CHECK_EQ(why_of(&a).state, WHY_RELAYED);
	lone.now += 31000;
	CHECK_WHY(&a, WHY_IDLE, "nothing to say");
	finish();
}

TEST(why_no_common_network)
{
	start_relayed();
	CHECK_WHY(&a, WHY_RELAYED, "by 6c3b46c237: it is in no network");
	be_member(&a);
	CHECK_WHY(&a, WHY_RELAYED, "nobody has said yet");
	finish();
}

TEST(why_path_was_lost)
{
	start();
	lone.now += 3000;
	peer_of(&a)->slots[0].path->n_probes = PATH_PROBES;
	peer_of(&a)->slots[0].path->last_probe_ms = lone.now - 5000;
	peer_of(&a)->last_sent_ms = lone.now;
	CHECK_WHY(&a, WHY_RELAYED, " is silent for 6 s; it is tried");
	finish();
}

TEST(why_nothing_answers)
{
	start_relayed();
	introduce();
	lone.now += 7000;
	CHECK_WHY(&a, WHY_RELAYED,
		  "none of its 1 addresses answers, last tried 7 s ago");
	finish();
}

TEST(why_nats)
{
	start_relayed();
	be_member(&a);
	introduce();
	see(&root, 3000);
	see(&b, 3000);
	set_their_nat(NAT_SCATTERED);
	CHECK_WHY(&a, WHY_RELAYED, "its NAT is symmetric, with ports");
	set_their_nat(NAT_STABLE);
	CHECK_WHY(&a, WHY_RELAYED, "none of its");
	see(&b, 3100);
	CHECK_WHY(&a, WHY_RELAYED, "our NAT is symmetric, with ports");
	set_their_nat(NAT_COUNTING);
	CHECK_WHY(&a, WHY_RELAYED, "and ours too, with ports that cannot");
	see(&b, 3001);
	CHECK_WHY(&a, WHY_RELAYED, "next ports of both are being tried");
	finish();
}

TEST(why_has_names)
{
	CHECK_STR(tl_why_state_name(WHY_DIRECT), "direct");
	CHECK_STR(tl_why_state_name(WHY_UNREACHABLE), "unreachable");
	CHECK_STR(tl_nat_name(NAT_UNKNOWN), "unknown");
	CHECK_STR(tl_nat_name(NAT_SCATTERED), "random");
}
