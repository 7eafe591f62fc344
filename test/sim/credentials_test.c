/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credentials_test.c - each type of credential, as it comes over the wire: what
 * is taken, and what is refused (vl2.md 6 and 7)
 */
#include "test/sim/lone_net.h"

#define NOW LONE_NET_MS
#define TAG_ID 7
#define CAPABILITY_ID 9
#define OWNERSHIP_ID 1

static struct lone lone;
static struct actor controller; /* and root */
static struct actor member;
static struct actor other;
static struct network *net;

static const enum credential_type all_types[] = {
	CREDENTIAL_COM,	      CREDENTIAL_CAPABILITY, CREDENTIAL_TAG,
	CREDENTIAL_OWNERSHIP, CREDENTIAL_REVOCATION,
};

/* The member has shown nothing yet. */
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

/**
 * struct offer - A credential, and who sends it
 * @to:		whom it is for
 * @from:	who delivers it
 * @value:	what makes two of the same time different
 * @is_broken:	a bit of the signature is wrong
 */
struct offer {
	enum credential_type type;
	struct network_id net;
	const struct identity *signer;
	const struct identity *to;
	struct actor *from;
	int64_t timestamp;
	uint32_t value;
	bool is_broken;
};

/* For the member, by itself, as it should be. */
static struct offer proper(enum credential_type type)
{
	return (struct offer){
		.type = type,
		.net = tl_network_id(net),
		.signer = &controller.id,
		.to = &member.id,
		.from = &member,
		.timestamp = NOW,
	};
}

static void make_capability(struct capability *c, const struct offer *o)
{
	static const uint8_t accept[] = { RULE_ACCEPT, 0 };

	*c = (struct capability){ .network = o->net,
				  .timestamp = o->timestamp,
				  .id = CAPABILITY_ID,
				  .max_custody = 2 };
	CHECK_EQ(tl_capability_set_rules(c, 1, TL_BYTES_OF(accept)), 0);
	CHECK_EQ(tl_capability_grant(c, o->to->addr, o->signer), 0);
	c->custody[0].seal.signature.b[70] ^= o->is_broken;
}

static void make_tag(struct tag *t, const struct offer *o)
{
	*t = (struct tag){ .network = o->net,
			   .timestamp = o->timestamp,
			   .id = TAG_ID,
			   .value = o->value,
			   .issued_to = o->to->addr };
	tl_tag_sign(t, o->signer);
	t->seal.signature.b[70] ^= o->is_broken;
}

static void make_ownership(struct ownership *w, const struct offer *o)
{
	const uint8_t ip[4] = { 10, 1, 2, (uint8_t)o->value };
	struct endpoint e = tl_endpoint_ip4(ip, 0);

	*w = (struct ownership){ .network = o->net,
				 .timestamp = o->timestamp,
				 .id = OWNERSHIP_ID,
				 .issued_to = o->to->addr };
	CHECK_EQ(tl_ownership_add_ip(w, &e), 0);
	tl_ownership_sign(w, o->signer);
	w->seal.signature.b[70] ^= o->is_broken;
}

/* Of a tag, or of @what. */
static void make_revocation(struct revocation *r, const struct offer *o,
			    enum credential_type what, uint32_t id)
{
	*r = (struct revocation){ .id = 1,
				  .network = o->net,
				  .credential_id = id,
				  .threshold = o->timestamp,
				  .target = o->to->addr,
				  .credential_type = (uint8_t)what };
	tl_revocation_sign(r, o->signer);
	r->seal.signature.b[70] ^= o->is_broken;
}

static void send_set(struct actor *from, struct credential_set *set)
{
	static uint8_t room[8000];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	lone.now += 1000;
	CHECK(tl_write_credentials(&w, set));
	actor_send(from, &lone, VERB_NETWORK_CREDENTIALS, tl_writer_bytes(&w));
}

static void send(const struct offer *o)
{
	static struct capability capability;
	static struct ownership ownership;
	struct credential_set set = { 0 };
	struct revocation revocation;
	struct com com;
	struct tag tag;

	switch (o->type) {
	case CREDENTIAL_COM:
		tl_com_init(&com, o->net, o->to, o->timestamp, LONE_NET_DELTA);
		tl_com_sign(&com, o->signer);
		com.seal.signature.b[70] ^= o->is_broken;
		set.com = &com;
		break;
	case CREDENTIAL_CAPABILITY:
		make_capability(&capability, o);
		set.capabilities = &capability;
		set.n_capabilities = 1;
		break;
	case CREDENTIAL_TAG:
		make_tag(&tag, o);
		set.tags = &tag;
		set.n_tags = 1;
		break;
	case CREDENTIAL_OWNERSHIP:
		make_ownership(&ownership, o);
		set.ownerships = &ownership;
		set.n_ownerships = 1;
		break;
	default:
		make_revocation(&revocation, o, CREDENTIAL_TAG, TAG_ID);
		set.revocations = &revocation;
		set.n_revocations = 1;
		break;
	}
	send_set(o->from, &set);
}

/* The time of what is held of this type and counts, 0 if none does. */
static int64_t held(enum credential_type type)
{
	struct credential_window win = { NOW, LONE_NET_DELTA };
	struct member *m = tl_member_find(net, member.id.addr);
	const struct capability *c;
	const struct tag *t;
	size_t i;

	if (!m)
		return 0;
	switch (type) {
	case CREDENTIAL_COM:
		return tl_membership_agrees(&m->m, &net->conf->com, &member.id)
			       ? tl_com_timestamp(&m->m.com)
			       : 0;
	case CREDENTIAL_CAPABILITY:
		c = tl_membership_capability(&m->m, CAPABILITY_ID, win);
		return c ? c->timestamp : 0;
	case CREDENTIAL_TAG:
		t = tl_membership_tag(&m->m, TAG_ID, win);
		return t ? t->timestamp : 0;
	case CREDENTIAL_OWNERSHIP:
		return m->m.ownerships.n ? m->m.ownerships.at[0].timestamp : 0;
	default:
		for (i = 0; i < m->m.n_revoked; i++) {
			if (m->m.revoked[i].id == TAG_ID)
				return m->m.revoked[i].threshold;
		}
		return 0;
	}
}

static void each(void (*check)(enum credential_type type))
{
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(all_types); i++) {
		start();
		check(all_types[i]);
		finish();
	}
}

static void check_refused(const struct offer *o)
{
	uint64_t before = lone_drops(&lone, DROP_BAD_CREDENTIAL);

	send(o);
	CHECK_EQ(held(o->type), 0);
	CHECK_EQ(lone_drops(&lone, DROP_BAD_CREDENTIAL), before + 1);
}

static void take_proper(enum credential_type type)
{
	struct offer o = proper(type);

	send(&o);
	CHECK_EQ(held(type), NOW);
	CHECK_EQ(lone_drops(&lone, DROP_BAD_CREDENTIAL), 0);
}

TEST(credentials_of_the_controller_are_taken)
{
	each(take_proper);
}

static void refuse_broken(enum credential_type type)
{
	struct offer o = proper(type);

	o.is_broken = true;
	check_refused(&o);
	o.is_broken = false;
	send(&o);
	CHECK_EQ(held(type), NOW);
}

TEST(credentials_with_a_wrong_signature_are_refused)
{
	each(refuse_broken);
}

static void refuse_self_signed(enum credential_type type)
{
	struct offer o = proper(type);

	o.signer = &member.id;
	check_refused(&o);
	o.signer = &other.id;
	check_refused(&o);
}

TEST(credentials_that_members_sign_are_refused)
{
	each(refuse_self_signed);
}

/* Of a network of another controller, joined or not; signed by that one. */
static void refuse_foreign(enum credential_type type)
{
	struct offer o = proper(type);

	o.net = lone_net_id(&other);
	o.signer = &other.id;
	send(&o);
	CHECK_EQ(held(type), 0);
	CHECK_EQ(tl_vl2_join(lone.vl2, o.net, tl_bytes(NULL, 0), lone.now), 0);
	send(&o);
	CHECK_EQ(held(type), 0);
	/* Of our network, but signed by the other's controller. */
	o.net = tl_network_id(net);
	check_refused(&o);
	/* Of our controller, but another network of its. */
	o.net.v++;
	o.signer = &controller.id;
	send(&o);
	CHECK_EQ(held(type), 0);
}

TEST(credentials_of_other_networks_are_nothing_here)
{
	each(refuse_foreign);
}

/* Whoever brings it, but for capabilities: their recipient is not signed. */
static void take_from_others(enum credential_type type)
{
	struct offer o = proper(type);

	o.from = &other;
	if (type == CREDENTIAL_CAPABILITY) {
		check_refused(&o);
		return;
	}
	send(&o);
	CHECK_EQ(held(type), NOW);
}

TEST(credentials_may_be_brought_by_others_but_for_capabilities)
{
	each(take_from_others);
}

static void refuse_for_another(enum credential_type type)
{
	struct offer o = proper(type);

	o.to = &other.id;
	o.from = &member;
	send(&o);
	CHECK_EQ(held(type), 0);
}

TEST(credentials_of_somebody_else_do_not_serve_the_sender)
{
	each(refuse_for_another);
}

/* A revocation that is lower than the last one is nothing new. */
static void refuse_older(enum credential_type type)
{
	struct offer o = proper(type);

	send(&o);
	o.timestamp = NOW - 1;
	send(&o);
	CHECK_EQ(held(type), NOW);
	o.timestamp = NOW + 1;
	send(&o);
	CHECK_EQ(held(type), NOW + 1);
	o.timestamp = NOW;
	send(&o);
	CHECK_EQ(held(type), NOW + 1);
}

TEST(credentials_that_are_replayed_do_not_replace_newer_ones)
{
	each(refuse_older);
}

static void ignore_stale(enum credential_type type)
{
	struct offer o = proper(type);

	if (type == CREDENTIAL_REVOCATION || type == CREDENTIAL_OWNERSHIP)
		return;
	o.timestamp = NOW - LONE_NET_DELTA - 1;
	send(&o);
	CHECK_EQ(held(type), 0);
	o.timestamp = NOW - LONE_NET_DELTA;
	send(&o);
	CHECK_EQ(held(type), NOW - LONE_NET_DELTA);
	/* Nor do those that are from too far ahead. */
	o.timestamp = NOW + LONE_NET_DELTA + 1;
	send(&o);
	CHECK_EQ(held(type), 0);
}

TEST(credentials_outside_the_window_do_not_count)
{
	each(ignore_stale);
}

/* A certificate that has gone stale owns no address for the filter. */
TEST(ownership_outside_the_window_owns_nothing)
{
	struct member *m;
	struct offer o;

	start();
	o = proper(CREDENTIAL_OWNERSHIP);
	o.timestamp = NOW - LONE_NET_DELTA - 1;
	send(&o);
	m = tl_member_find(net, member.id.addr);
	CHECK(m);
	CHECK_EQ(tl_member_side(net, m)->n_owned, 0);
	o.timestamp = NOW;
	send(&o);
	CHECK_EQ(tl_member_side(net, m)->n_owned, 1);
	finish();
}

static uint32_t id_of(enum credential_type type)
{
	switch (type) {
	case CREDENTIAL_CAPABILITY:
		return CAPABILITY_ID;
	case CREDENTIAL_TAG:
		return TAG_ID;
	case CREDENTIAL_OWNERSHIP:
		return OWNERSHIP_ID;
	default:
		return 0;
	}
}

static void revoke(enum credential_type type, uint32_t id, int64_t threshold)
{
	struct offer o = proper(type);
	struct credential_set set = { .n_revocations = 1 };
	struct revocation r;

	o.timestamp = threshold;
	make_revocation(&r, &o, type, id);
	set.revocations = &r;
	send_set(&other, &set);
}

static size_t owned(void)
{
	struct member *m = tl_member_find(net, member.id.addr);

	return m ? tl_member_side(net, m)->n_owned : 0;
}

static bool counts(enum credential_type type)
{
	return type == CREDENTIAL_OWNERSHIP ? owned() > 0 : held(type) > 0;
}

static void refuse_revoked(enum credential_type type)
{
	struct offer o = proper(type);

	if (type == CREDENTIAL_REVOCATION)
		return;
	send(&o);
	CHECK(counts(type));
	revoke(type, id_of(type) + 1, NOW);
	CHECK_EQ(counts(type), type != CREDENTIAL_COM);
	revoke(type, id_of(type), NOW);
	CHECK(!counts(type));
	/* Again, and one that is as old but not the same. */
	send(&o);
	CHECK(!counts(type));
	o.value++;
	send(&o);
	CHECK(!counts(type));
	/* What is issued after it counts. */
	o.timestamp = NOW + 1;
	send(&o);
	CHECK(counts(type));
}

TEST(credentials_that_were_revoked_do_not_come_back)
{
	each(refuse_revoked);
}

static void forget_before_it_came(enum credential_type type)
{
	struct offer o = proper(type);

	if (type == CREDENTIAL_REVOCATION)
		return;
	revoke(type, id_of(type), NOW);
	send(&o);
	CHECK(!counts(type));
}

TEST(credentials_are_refused_if_their_revocation_came_first)
{
	each(forget_before_it_came);
}

/* Only the certificate of membership opens the gate. */
TEST(revoked_tag_does_not_lock_its_member_out)
{
	struct offer o;

	start();
	o = proper(CREDENTIAL_COM);
	send(&o);
	revoke(CREDENTIAL_TAG, TAG_ID, NOW + 1);
	CHECK_EQ(held(CREDENTIAL_COM), NOW);
	lone_net_frame(&lone, &member, tl_network_id(net));
	CHECK_EQ(lone.n_frames, 1);
	finish();
}

/* The controller gave it to the other, who hands it on to the member. */
static void send_handed_on(const struct identity *by)
{
	static struct capability c;
	struct offer o = proper(CREDENTIAL_CAPABILITY);
	struct credential_set set = { .capabilities = &c, .n_capabilities = 1 };

	o.to = &other.id;
	make_capability(&c, &o);
	CHECK_EQ(tl_capability_grant(&c, member.id.addr, by), 0);
	send_set(&member, &set);
}

TEST(capability_that_was_handed_on_is_taken_with_its_whole_chain)
{
	start();
	send_handed_on(&other.id);
	CHECK_EQ(held(CREDENTIAL_CAPABILITY), NOW);
	finish();
}

TEST(capability_that_its_thief_handed_on_is_refused)
{
	start();
	send_handed_on(&member.id);
	CHECK_EQ(held(CREDENTIAL_CAPABILITY), 0);
	CHECK_EQ(lone_drops(&lone, DROP_BAD_CREDENTIAL), 1);
	finish();
}
