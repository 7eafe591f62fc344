/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lone_net.h - a private network for lone.h, with an actor as its controller
 *
 * Configurations and credentials are made by whoever the test says and sent as
 * any other packet.
 */
#ifndef TL_TEST_SIM_LONE_NET_H
#define TL_TEST_SIM_LONE_NET_H

#include "test/sim/lone.h"
#include "wire/config_chunk.h"
#include "wire/credentials_message.h"

#define LONE_NET_MS INT64_C(1600000000000) /* the controller's clock */
#define LONE_NET_DELTA 1800000

static inline struct network_id lone_net_id(const struct actor *controller)
{
	return (struct network_id){ controller->id.addr.v << 24 | 0x42 };
}

/* A configuration for the node with one rule, ACCEPT. */
static inline struct netconf *lone_net_config(const struct lone *l,
					      const struct actor *controller,
					      int64_t timestamp)
{
	static const struct rule accept = { .t = RULE_ACCEPT };
	uint8_t blob[RULE_WIRE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(blob));
	struct netconf *c;

	CHECK_EQ(tl_netconf_new(&c), 0);
	c->network = lone_net_id(controller);
	c->issued_to = l->id.addr;
	c->timestamp = timestamp;
	c->max_delta = LONE_NET_DELTA;
	c->revision = 1;
	c->flags = NETCONF_BROADCAST;
	c->multicast_limit = 32;
	c->is_public = false;
	tl_com_init(&c->com, c->network, &l->id, timestamp, LONE_NET_DELTA);
	tl_com_sign(&c->com, &controller->id);
	CHECK_EQ(tl_rules_build(&w, &accept, 1), 0);
	CHECK_EQ(tl_netconf_set_rules(c, tl_writer_bytes(&w)), 0);
	return c;
}

/* @from sends it as NETWORK_CONFIG, signed by @signer, chunk by chunk. */
static inline void lone_net_push(struct lone *l, struct actor *from,
				 const struct netconf *c, uint64_t update_id,
				 const struct identity *signer)
{
	static uint8_t dict[NETCONF_DICT_MAX];
	uint8_t chunk[PACKET_MAX_LEN];
	struct writer d = tl_writer(TL_BUFFER_OF(dict));
	size_t at;

	CHECK_EQ(tl_netconf_build(&d, c), 0);
	for (at = 0; at < d.n; at += CONFIG_CHUNK_MAX) {
		struct writer w = tl_writer(TL_BUFFER_OF(chunk));

		tl_write_config_chunk(&w, c->network, update_id,
				      tl_writer_bytes(&d), at, signer);
		CHECK(tl_writer_ok(&w));
		actor_send(from, l, VERB_NETWORK_CONFIG, tl_writer_bytes(&w));
	}
}

/* The node joins and gets its configuration. */
static inline struct network *lone_net_join(struct lone *l,
					    struct actor *controller)
{
	struct netconf *c = lone_net_config(l, controller, LONE_NET_MS);
	struct network *net;

	CHECK_EQ(tl_vl2_join(l->vl2, c->network, tl_bytes(NULL, 0), l->now), 0);
	lone_net_push(l, controller, c, 1, &controller->id);
	net = tl_vl2_find(l->vl2, c->network);
	CHECK_EQ(tl_network_status(net), NETWORK_OK);
	tl_netconf_free(c);
	return net;
}

/* @from sends a certificate for @member, signed by @signer. */
static inline void lone_net_certify(struct lone *l, struct actor *from,
				    struct network_id net,
				    const struct identity *member,
				    int64_t timestamp,
				    const struct identity *signer)
{
	uint8_t room[COM_WIRE_MAX + 16];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct credential_set set = { 0 };
	struct com com;

	tl_com_init(&com, net, member, timestamp, LONE_NET_DELTA);
	tl_com_sign(&com, signer);
	set.com = &com;
	CHECK(tl_write_credentials(&w, &set));
	actor_send(from, l, VERB_NETWORK_CREDENTIALS, tl_writer_bytes(&w));
}

/* @from sends a revocation of @member's certificate. */
static inline void lone_net_revoke(struct lone *l, struct actor *from,
				   struct network_id net,
				   const struct identity *member,
				   int64_t threshold,
				   const struct identity *signer)
{
	uint8_t room[512];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct revocation rev = {
		.id = 1,
		.network = net,
		.threshold = threshold,
		.flags = 1,
		.target = member->addr,
		.credential_type = CREDENTIAL_COM,
	};
	struct credential_set set = { .revocations = &rev, .n_revocations = 1 };

	tl_revocation_sign(&rev, signer);
	CHECK(tl_write_credentials(&w, &set));
	actor_send(from, l, VERB_NETWORK_CREDENTIALS, tl_writer_bytes(&w));
}

/* @from sends a FRAME. */
static inline void lone_net_frame(struct lone *l, struct actor *from,
				  struct network_id net)
{
	uint8_t frame[40] = { 0 };

	tl_store_be64(frame, net.v);
	tl_store_be16(frame + 8, 0x0800);
	actor_send(from, l, VERB_FRAME, TL_BYTES_OF(frame));
}

#endif /* TL_TEST_SIM_LONE_NET_H */
