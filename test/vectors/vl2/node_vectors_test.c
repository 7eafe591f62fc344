/* SPDX-License-Identifier: Apache-2.0 */
/* Known answers that need a whole node: datagrams in, what it makes of them
 * out. */
#include "test/sim/lone_net.h"
#include "vectors/vector.h"

static struct lone lone;
static struct actor actor;

static void parse(struct identity *id, const json_t *from, const char *key)
{
	lone_parse(id, tl_vector_text(from, key));
}

/* The receiver of fragment.json on its public network; the sender is known. */
static void start_receiver(const json_t *file)
{
	static const struct rule accept = { .t = RULE_ACCEPT };
	struct network_id id = { tl_vector_u64(file, "network_id") };
	struct identity own;
	struct identity sender;
	struct netconf *c;
	uint8_t blob[RULE_WIRE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(blob));

	parse(&own, file, "receiver_identity");
	parse(&sender, file, "sender_identity");
	lone_start(&lone, &own, tl_bytes(NULL, 0));
	actor_init_id(&actor, &lone, &sender, lone_endpoint(9, 9993));
	actor_hello(&actor, &lone);
	CHECK_EQ(tl_vl2_join(lone.vl2, id, tl_bytes(NULL, 0), lone.now), 0);
	CHECK_EQ(tl_netconf_new(&c), 0);
	c->network = id;
	c->issued_to = own.addr;
	c->is_public = true;
	CHECK_EQ(tl_rules_build(&w, &accept, 1), 0);
	CHECK_EQ(tl_netconf_set_rules(c, tl_writer_bytes(&w)), 0);
	tl_network_use(tl_vl2_find(lone.vl2, id), c, tl_bytes(NULL, 0));
}

static void finish(void)
{
	actor_fini(&actor);
	lone_free(&lone);
}

/* What we do otherwise than the reference, and how many frames result. */
static const struct {
	const char *why;
	unsigned int frames;
} ours[] = {
	{ "everything twice", 1 }, /* a replay */
	{ "6 seconds between", 0 }, /* slots end after five */
	{ "32 other heads", 1 }, /* there are 64 slots */
};

static unsigned int frames_of(const json_t *run)
{
	const char *why = tl_vector_text(run, "why");
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(ours); i++) {
		if (strncmp(why, ours[i].why, strlen(ours[i].why)) == 0)
			return ours[i].frames;
	}
	return (unsigned int)tl_vector_int(run, "frames_delivered");
}

static void check_run(const json_t *file, const json_t *run)
{
	json_t *list = tl_vector_array(run, "datagrams");
	bool is_delivered = frames_of(run) > 0 &&
			    tl_vector_int(run, "frames_delivered") > 0;
	json_t *item;
	size_t i;

	start_receiver(file);
	json_array_foreach(list, i, item)
	{
		struct buffer d = tl_vector_unhex(json_string_value(item));

		lone_give(&lone, &actor.at, tl_buffer_bytes(d));
		if (is_delivered &&
		    (long long)i ==
			    tl_vector_int(run, "delivered_after_datagram"))
			CHECK_EQ(lone.n_frames, 1);
		if (tl_vector_has(run, "milliseconds_between"))
			lone.now += tl_vector_int(run, "milliseconds_between");
	}
	if (lone.n_frames != frames_of(run))
		FAIL("%s: %u frames", tl_vector_text(run, "why"),
		     lone.n_frames);
	finish();
}

TEST(reassembly_runs_deliver_their_frames)
{
	json_t *file = tl_vector_load("fragment");
	json_t *run;
	size_t i;

	json_array_foreach(tl_vector_array(file, "reassembly"), i, run)
		check_run(file, run);
}

TEST(frames_arrive_from_datagrams)
{
	json_t *file = tl_vector_load("fragment");
	json_t *packet;
	size_t i;

	json_array_foreach(tl_vector_array(file, "packets"), i, packet)
	{
		json_t *d;
		size_t k;

		start_receiver(file);
		json_array_foreach(tl_vector_array(packet, "datagrams"), k, d)
		{
			CHECK_EQ(lone.n_frames, 0);
			lone_give(&lone, &actor.at,
				  tl_vector_bytes(d, "bytes"));
		}
		CHECK_EQ(lone.n_frames, 1);
		CHECK_EQ(lone.frame_len, tl_vector_int(packet, "frame_length"));
		finish();
	}
}

/* As the kernel coalesces them: one behind the other, all but the last of one
 * length. */
static void give_as_batch(const json_t *list)
{
	static uint8_t batch[8 * 1432];
	size_t segment = 0;
	size_t n = 0;
	json_t *d;
	size_t k;

	json_array_foreach(list, k, d)
	{
		struct bytes b = tl_vector_bytes(d, "bytes");

		CHECK(n + b.n <= sizeof(batch));
		memcpy(batch + n, b.at, b.n);
		n += b.n;
		segment = segment ? segment : b.n;
	}
	tl_node_on_batch(lone.node, 0, &actor.at, tl_buffer(batch, n), segment,
			 lone.now);
	tl_node_end_pass(lone.node);
}

static void check_message(const json_t *m)
{
	CHECK_EQ(lone.n_upper, 1);
	CHECK_EQ(lone.verb, VERB_USER_MESSAGE);
	CHECK_EQ(lone.n_got, 8 + tl_vector_int(m, "user_message_length"));
	CHECK_BYTES(tl_bytes(lone.got, 8), tl_vector_bytes(m, "message_type"));
	CHECK_BYTES(tl_bytes(lone.got + 8, lone.n_got - 8),
		    tl_vector_bytes(m, "message_hex"));
}

TEST(messages_arrive_in_order_shuffled_and_as_a_batch)
{
	json_t *file = tl_vector_load("fragment");
	json_t *m;
	size_t i;

	json_array_foreach(tl_vector_array(file, "user_messages"), i, m)
	{
		json_t *list = tl_vector_array(m, "datagrams");
		bool arrives = tl_vector_bool(m, "delivered_in_order");
		json_t *d;
		size_t k;

		start_receiver(file);
		json_array_foreach(list, k, d) lone_give(
			&lone, &actor.at, tl_vector_bytes(d, "bytes"));
		if (arrives)
			check_message(m);
		else
			CHECK_EQ(lone.n_upper, 0);
		finish();

		start_receiver(file);
		give_as_batch(list);
		if (arrives)
			check_message(m);
		else
			CHECK_EQ(lone.n_upper, 0);
		finish();
	}
}

static void check_shuffled(const json_t *file, const json_t *m,
			   const json_t *run)
{
	json_t *list = tl_vector_array(m, "datagrams");
	json_t *index;
	size_t k;

	start_receiver(file);
	json_array_foreach(tl_vector_array(run, "order"), k, index)
	{
		const json_t *d =
			json_array_get(list, (size_t)json_integer_value(index));

		CHECK_EQ(lone.n_upper, 0);
		lone_give(&lone, &actor.at, tl_vector_bytes(d, "bytes"));
		if ((long long)k ==
		    tl_vector_int(run, "delivered_after_datagram"))
			break;
	}
	check_message(m);
	finish();
}

TEST(shuffled_messages_arrive_with_their_last_part)
{
	json_t *file = tl_vector_load("fragment");
	size_t n = 0;
	json_t *run;
	json_t *m;
	size_t i;
	size_t k;

	json_array_foreach(tl_vector_array(file, "user_messages"), i, m)
	{
		if (!tl_vector_has(m, "shuffled"))
			continue;
		json_array_foreach(tl_vector_array(m, "shuffled"), k, run)
		{
			check_shuffled(file, m, run);
			n++;
		}
	}
	CHECK_EQ(n, 8);
}

/* armor.json: a HELLO as the reference sent it, answered by us. */
static void check_answer(const json_t *c)
{
	const json_t *theirs = tl_vector_get(c, "ok");
	const json_t *fields = tl_vector_get(theirs, "fields");
	uint8_t packet[PACKET_MAX_LEN];
	struct identity own;
	struct identity sender;
	struct ok_hello got;
	struct ok_hello want;
	struct bytes plain;
	struct reader r;
	size_t n;

	parse(&own, c, "receiver_identity");
	parse(&sender, c, "sender_identity");
	lone_start(&lone, &own, tl_vector_bytes(c, "receiver_planet"));
	actor_init_id(&actor, &lone, &sender, lone_endpoint(9, 9993));
	lone_give(&lone, &actor.at,
		  tl_vector_bytes(tl_vector_get(c, "hello"), "datagram"));
	n = actor_find(&actor, &lone, VERB_OK, &actor.at, packet);
	CHECK(n);
	CHECK(tl_load_be64(packet + 29) ==
	      tl_vector_u64(fields, "in_re_packet_id"));
	r = tl_reader(tl_bytes(packet + 37, n - 37));
	CHECK(tl_ok_hello_parse(&r, &got));
	plain = tl_vector_bytes(theirs, "plaintext");
	r = tl_reader(tl_bytes_skip(plain, 37));
	CHECK(tl_ok_hello_parse(&r, &want));
	CHECK(got.timestamp == want.timestamp);
	CHECK(tl_endpoint_equal(&got.seen_at, &actor.at));
	/* Moons come behind the planet; we keep none. */
	if (tl_vector_int(theirs, "sender_planet_timestamp_after") >
	    tl_vector_int(theirs, "sender_planet_timestamp_before"))
		CHECK_BYTES(got.worlds,
			    tl_bytes_first(want.worlds, got.worlds.n));
	else
		CHECK_EQ(got.worlds.n, 0);
	finish();
}

TEST(hellos_of_the_reference_are_answered)
{
	json_t *file = tl_vector_load("armor");
	size_t n = 0;
	json_t *c;
	size_t i;

	json_array_foreach(tl_vector_array(file, "hello"), i, c)
	{
		if (!tl_vector_has(c, "ok"))
			continue;
		check_answer(c);
		n++;
	}
	CHECK_EQ(n, 3);
}

/* The same answer at the sender: what becomes of its planet. */
static void check_worlds(const json_t *c)
{
	const json_t *ok = tl_vector_get(c, "ok");
	struct ok_hello theirs;
	struct identity own;
	struct identity root;
	struct reader r;

	parse(&own, c, "sender_identity");
	parse(&root, c, "receiver_identity");
	lone_start(&lone, &own, tl_vector_bytes(c, "sender_planet"));
	actor_init_id(&actor, &lone, &root,
		      tl_node_planet(lone.node)->roots[0].endpoints[0]);
	CHECK(tl_node_is_upstream(lone.node, root.addr));
	CHECK_EQ(tl_node_planet(lone.node)->timestamp,
		 tl_vector_int(ok, "sender_planet_timestamp_before"));
	r = tl_reader(tl_bytes_skip(tl_vector_bytes(ok, "plaintext"), 37));
	CHECK(tl_ok_hello_parse(&r, &theirs));
	lone_run(&lone, 1);
	CHECK(actor_ok_hello_with(&actor, &lone, &theirs));
	CHECK_EQ(tl_node_planet(lone.node)->timestamp,
		 tl_vector_int(ok, "sender_planet_timestamp_after"));
	finish();
}

TEST(planets_in_answers_to_hello_replace_older_ones)
{
	json_t *file = tl_vector_load("armor");
	json_t *c;
	size_t i;

	json_array_foreach(tl_vector_array(file, "hello"), i, c)
	{
		if (tl_vector_has(c, "ok"))
			check_worlds(c);
	}
}

/* A member of netconf.json; the actor is its controller. */
static void start_member(const json_t *file, const char *address)
{
	json_t *list = tl_vector_array(file, "member_identities");
	struct identity controller;
	struct identity own;
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (strncmp(json_string_value(item), address, 10) == 0)
			lone_parse(&own, json_string_value(item));
	}
	parse(&controller, file, "controller_identity");
	lone_start(&lone, &own, tl_bytes(NULL, 0));
	actor_init_id(&actor, &lone, &controller, lone_endpoint(9, 9993));
	actor_hello(&actor, &lone);
}

TEST(refusals_count_from_the_controller_only)
{
	json_t *file = tl_vector_load("netconf");
	json_t *refusal;
	size_t i;

	json_array_foreach(tl_vector_array(file, "refusals"), i, refusal)
	{
		struct network_id id = { tl_vector_u64(refusal, "network_id") };
		struct bytes plain = tl_vector_bytes(refusal, "plaintext");
		struct network *net;
		struct actor other;

		start_member(file, tl_vector_text(refusal, "to"));
		actor_init(&other, &lone, LONE_A);
		actor_hello(&other, &lone);
		CHECK_EQ(tl_vl2_join(lone.vl2, id, tl_bytes(NULL, 0), lone.now),
			 0);
		net = tl_vl2_find(lone.vl2, id);
		CHECK_EQ(tl_network_status(net), NETWORK_REQUESTING);
		plain = tl_bytes_skip(plain, PACKET_AT_PAYLOAD);
		actor_send(&other, &lone, VERB_ERROR, plain);
		CHECK_EQ(tl_network_status(net), NETWORK_REQUESTING);
		actor_send(&actor, &lone, VERB_ERROR, plain);
		CHECK_EQ(tl_vector_int(refusal, "error_code"),
			 ERROR_NETWORK_ACCESS_DENIED);
		CHECK_EQ(tl_network_status(net), NETWORK_ACCESS_DENIED);
		actor_fini(&other);
		finish();
	}
}

static const json_t *config_of(const json_t *file, const json_t *ack)
{
	json_t *list = tl_vector_array(file, "configs");
	json_t *c;
	size_t i;

	json_array_foreach(list, i, c)
	{
		if (tl_vector_u64(c, "update_id") ==
			    tl_vector_u64(ack, "update_id") &&
		    strcmp(tl_vector_text(c, "recipient"),
			   tl_vector_text(ack, "from")) == 0)
			return c;
	}
	return NULL;
}

/* All but the packet ID that is acknowledged, which is of our making. */
static void check_acknowledgement(const json_t *file, const json_t *ack)
{
	const json_t *c = config_of(file, ack);
	json_t *list = tl_vector_array(c, "chunks");
	struct bytes want = tl_vector_bytes(ack, "plaintext");
	struct network_id id = { tl_vector_u64(ack, "network_id") };
	uint8_t got[PACKET_MAX_LEN];
	json_t *chunk;
	size_t i;
	size_t n;

	start_member(file, tl_vector_text(ack, "from"));
	CHECK_EQ(tl_vl2_join(lone.vl2, id, tl_bytes(NULL, 0), lone.now), 0);
	json_array_foreach(list, i, chunk)
	{
		CHECK_EQ(actor_count(&actor, &lone, VERB_OK), 1); /* HELLO */
		actor_send(&actor, &lone, VERB_NETWORK_CONFIG,
			   tl_vector_bytes(chunk, "payload"));
	}
	CHECK_EQ(tl_network_status(tl_vl2_find(lone.vl2, id)), NETWORK_OK);
	n = actor_find(&actor, &lone, VERB_OK, &actor.at, got);
	CHECK_EQ(n, want.n);
	CHECK_EQ(got[PACKET_AT_PAYLOAD], tl_vector_int(ack, "in_re_verb"));
	CHECK(tl_load_be64(got + 29) == actor.last_id);
	CHECK_MEM(got + 37, want.at + 37, n - 37);
	finish();
}

TEST(pushed_configurations_are_acknowledged)
{
	json_t *file = tl_vector_load("netconf");
	size_t n = 0;
	json_t *ack;
	size_t i;

	/* Of one the push itself is not in the file. */
	json_array_foreach(tl_vector_array(file, "acknowledgements"), i, ack)
	{
		if (!config_of(file, ack))
			continue;
		check_acknowledgement(file, ack);
		n++;
	}
	CHECK_EQ(n, 7);
}
