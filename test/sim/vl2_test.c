/* SPDX-License-Identifier: Apache-2.0 */
/* vl2_test.c - the set of networks of one node */
#include <errno.h>

#include "test/sim/lone.h"

static struct lone lone;

static int join(uint64_t id)
{
	return tl_vl2_join(lone.vl2, (struct network_id){ id },
			   tl_bytes(NULL, 0), lone.now);
}

TEST(networks_are_listed_ascending)
{
	static const uint64_t ids[] = { 5, 1, 9, 3, UINT64_MAX, 7 };
	struct network *net;
	uint64_t last = 0;
	size_t i;

	lone_new(&lone);
	for (i = 0; i < TL_ARRAY_SIZE(ids); i++)
		CHECK_EQ(join(ids[i] | 0x1234567890000000), 0);
	for (i = 0; (net = tl_vl2_at(lone.vl2, i)); i++) {
		CHECK(tl_network_id(net).v > last);
		last = tl_network_id(net).v;
	}
	CHECK_EQ(i, TL_ARRAY_SIZE(ids));
	lone_free(&lone);
}

TEST(network_is_joined_once_and_left_once)
{
	static const struct network_id id = { 0x1234567890000001 };

	lone_new(&lone);
	CHECK_EQ(join(id.v), 0);
	CHECK_EQ(join(id.v), -EEXIST);
	CHECK(tl_vl2_find(lone.vl2, id));
	CHECK_EQ(tl_vl2_leave(lone.vl2, id), 0);
	CHECK_EQ(tl_vl2_leave(lone.vl2, id), -ENOENT);
	CHECK(!tl_vl2_find(lone.vl2, id));
	CHECK(!tl_vl2_at(lone.vl2, 0));
	lone_free(&lone);
}

TEST(there_is_a_limit_to_networks)
{
	uint64_t i;

	lone_new(&lone);
	for (i = 0; i < NETWORKS_MAX; i++)
		CHECK_EQ(join(0x1234567890000000 + i), 0);
	CHECK_EQ(join(1), -ENOBUFS);
	lone_free(&lone);
}

TEST(constructor_reports_lack_of_memory)
{
	struct vl2 *v = NULL;

	tl_alloc_fail_after(0);
	CHECK_EQ(tl_vl2_new(&v, &lone_vl2_host, NULL), -ENOMEM);
	CHECK(!v);
	tl_vl2_free(NULL);
}

TEST(network_of_ours_without_a_controller_is_not_found)
{
	struct network_id id;

	lone_new(&lone);
	id.v = lone.id.addr.v << 24 | 1;
	CHECK_EQ(join(id.v), 0);
	CHECK_EQ(tl_network_status(tl_vl2_find(lone.vl2, id)),
		 NETWORK_REQUESTING);
	lone_run(&lone, 10);
	CHECK_EQ(tl_network_status(tl_vl2_find(lone.vl2, id)),
		 NETWORK_NOT_FOUND);
	lone_free(&lone);
}

TEST(anchors_and_replicators_are_contacts)
{
	struct address out[8];
	struct network *net;

	lone_new(&lone);
	CHECK_EQ(join(0xff0b000000000001), 0);
	lone_run(&lone, 10);
	net = tl_vl2_at(lone.vl2, 0);
	CHECK(tl_network_config(net));
	net->conf->specialists[0] = 0x1111111111 | SPECIALIST_ANCHOR;
	net->conf->specialists[1] = 0x2222222222 | SPECIALIST_BRIDGE;
	net->conf->specialists[2] = 0x3333333333 | SPECIALIST_REPLICATOR;
	net->conf->specialists[3] = lone.id.addr.v | SPECIALIST_ANCHOR;
	net->conf->n_specialists = 4;
	CHECK_EQ(tl_vl2_upper.contacts(lone.vl2, out, 8), 2);
	CHECK_EQ(out[0].v, 0x1111111111);
	CHECK_EQ(out[1].v, 0x3333333333);
	CHECK_EQ(tl_vl2_upper.contacts(lone.vl2, out, 1), 1);
	lone_free(&lone);
}

TEST(frame_to_oneself_comes_back_and_others_need_a_configuration)
{
	struct network *net;
	struct packet *p;

	lone_new(&lone);
	CHECK_EQ(join(0x1234567890000001), 0);
	net = tl_vl2_at(lone.vl2, 0);
	p = tl_packet_new(&lone.pool);
	tl_network_output(net, tl_network_mac(net), tl_network_mac(net), 0x0800,
			  p, lone.now);
	CHECK_EQ(lone_drops(&lone, DROP_NO_CONFIG), 1);
	CHECK_EQ(tl_vl2_leave(lone.vl2, tl_network_id(net)), 0);

	CHECK_EQ(join(0xff0b000000000001), 0);
	lone_run(&lone, 10);
	net = tl_vl2_at(lone.vl2, 0);
	p = tl_packet_new(&lone.pool);
	CHECK(tl_packet_append(p, tl_bytes("hello", 5)));
	tl_network_output(net, tl_network_mac(net), tl_network_mac(net), 0x0800,
			  p, lone.now);
	tl_node_end_pass(lone.node);
	CHECK_EQ(lone.n_frames, 1);
	CHECK_EQ(lone.frame_len, 5);
	CHECK_EQ(lone.pool.n_used, 0);
	lone_free(&lone);
}

TEST(foreign_source_is_not_sent_by_who_is_no_bridge)
{
	struct mac foreign = { { 2, 1, 2, 3, 4, 5 } };
	struct network *net;

	lone_new(&lone);
	CHECK_EQ(join(0xff0b000000000001), 0);
	lone_run(&lone, 10);
	net = tl_vl2_at(lone.vl2, 0);
	tl_network_output(net, foreign, tl_network_mac(net), 0x0800,
			  tl_packet_new(&lone.pool), lone.now);
	CHECK_EQ(lone_drops(&lone, DROP_NOT_BRIDGE), 1);
	CHECK_EQ(lone.pool.n_used, 0);
	lone_free(&lone);
}

TEST(states_have_the_names_of_the_interface)
{
	CHECK_STR(tl_network_status_name(NETWORK_REQUESTING),
		  "REQUESTING_CONFIGURATION");
	CHECK_STR(tl_network_status_name(NETWORK_OK), "OK");
	CHECK_STR(tl_network_status_name(NETWORK_ACCESS_DENIED),
		  "ACCESS_DENIED");
}
