/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/controller.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "controller/controller_impl.h"

#define COMPLAINT_PERIOD_MS 60000

void tl_controller_complain(struct controller *c, int err, int64_t now)
{
	if (tl_log_allowed(&c->complaints, COMPLAINT_PERIOD_MS, now))
		tl_err("controller: cannot store or answer: %s",
		       strerror(-err));
}

static int load_network(void *ctx, struct network_id id, struct bytes text)
{
	struct controller *c = ctx;
	struct network_object *o;
	struct served_network *n;
	int err = tl_network_object_load(&o, id, text);

	if (err == -EINVAL) {
		tl_err("controller: network %016llx is stored in a form that "
		       "cannot be understood: ignored",
		       (unsigned long long)id.v);
		return 0;
	}
	return err ? err : tl_served_network_add(&n, c, o);
}

static int load_member(void *ctx, struct network_id id, struct address address,
		       struct bytes text)
{
	struct controller *c = ctx;
	struct served_network *n = tl_served_network_find(c, id);
	struct member_object *o;
	struct served_member *m;
	int err;

	if (!n)
		return 0;
	err = tl_member_object_load(&o, id, address, text);
	if (err == -EINVAL) {
		tl_err("controller: member %010llx of network %016llx is "
		       "stored in a form that cannot be understood: ignored",
		       (unsigned long long)address.v, (unsigned long long)id.v);
		return 0;
	}
	if (err)
		return err;
	/* Only what is not stored yet has none. */
	o->revision = TL_MAX(o->revision, 1);
	return tl_served_member_add(&m, n, o);
}

static int load(struct controller *c, int64_t now)
{
	const struct store_reader reader = { c, load_network, load_member };
	int err = c->store.get_clock(c->store.ctx, &c->reserved_ms);

	if (err)
		return err;
	c->clock_ms = c->reserved_ms;
	c->issued_ms = c->reserved_ms;
	c->asked_ms = c->reserved_ms;
	if (c->clock_ms > now + 2 * CLOCK_RESERVE_MS)
		tl_warn("controller: the clock is %lld s behind what was "
			"issued before; timestamps stand still until then",
			(long long)(c->clock_ms - now) / 1000);
	return c->store.load(c->store.ctx, &reader);
}

int tl_controller_new(struct controller **cp, const struct identity *self,
		      const struct controller_host *host,
		      const struct store *store, int64_t now)
{
	struct controller *c = tl_alloc_zeroed(sizeof(*c));
	size_t i;
	int err = -ENOMEM;

	if (!c)
		return -ENOMEM;
	tl_assert(self->has_priv);
	c->self = *self;
	c->host = *host;
	c->store = *store;
	host->random(host->ctx, c->key, sizeof(c->key));
	tl_map_init(&c->networks, c->key);
	tl_list_init(&c->pushes);
	tl_list_init(&c->paced);
	tl_list_init(&c->telling);
	tl_list_init(&c->farewells);
	tl_list_init(&c->pushing);
	tl_list_init(&c->leaving);
	tl_resend_init(c);
	tl_batches_init(&c->batches);
	for (i = 0; i < STRANGER_SLOTS; i++)
		c->strangers[i].asked_ms = NEVER_MS;
	c->dict = tl_alloc(NETCONF_DICT_MAX);
	if (c->dict)
		err = load(c, now);
	if (err) {
		tl_controller_free(c);
		return err;
	}
	*cp = c;
	return 0;
}

void tl_controller_free(struct controller *c)
{
	struct map_walk walk = { 0 };
	struct map_node *node;

	if (!c)
		return;
	tl_batches_fini(c);
	tl_revoke_fini(c);
	while ((node = tl_map_step(&c->networks, &walk)))
		tl_served_network_drop(
			c, tl_container_of(node, struct served_network, node));
	tl_map_fini(&c->networks);
	tl_free(c->dict);
	tl_identity_wipe(&c->self);
	tl_free(c);
}

/* Has @ms passed since @since? A clock that went back does not count. */
static bool is_within(int64_t since, int64_t ms, int64_t now)
{
	return since != NEVER_MS && since <= now && now - since <= ms;
}

bool tl_served_member_is_online(const struct served_member *m, int64_t now)
{
	return is_within(m->last_request_ms, CONTROLLER_ONLINE_MS - 1, now);
}

bool tl_served_member_is_listening(const struct controller *c,
				   const struct served_member *m, int64_t now)
{
	if (tl_served_member_is_online(m, now))
		return true;
	return c->host.is_reached &&
	       is_within(m->last_request_ms, CONTROLLER_SELDOM_MS, now) &&
	       c->host.is_reached(c->host.ctx, m->object->address);
}

bool tl_controller_is_recent(const struct controller *c,
			     struct network_id network, struct address node,
			     int64_t now)
{
	const struct served_network *n = tl_served_network_find(c, network);
	const struct served_member *m = n ? tl_served_member_find(n, node)
					  : NULL;

	return m && m->object->authorized &&
	       is_within(m->sent_ms, CONTROLLER_RECENT_MS, now);
}

/* A timestamp that is not below any issued before, not even by an earlier
 * process: the store always knows one that is higher. False if it does not yet,
 * or cannot. */
static bool next_timestamp(struct controller *c, int64_t now, int64_t *out,
			   int *errp)
{
	int64_t ts = TL_MAX(now, c->clock_ms);

	if (!tl_change_clock(c, ts, errp))
		return false;
	c->clock_ms = ts;
	c->issued_ms = ts;
	*out = ts;
	return true;
}

int tl_controller_will_revoke(struct controller *c, int64_t now)
{
	int err;

	/* It is sent when that is durable, too. */
	if (tl_change_clock(c, TL_MAX(now, c->clock_ms) + 1, &err))
		return 0;
	return err;
}

static uint64_t random_nonzero(struct controller *c)
{
	uint64_t v;

	c->host.random(c->host.ctx, &v, sizeof(v));
	return v ? v : 1;
}

static int send_chunks(struct controller *c, struct served_member *m,
		       const struct netconf *conf, uint64_t packet_id,
		       int64_t now)
{
	uint8_t room[CONFIG_CHUNK_MAX + CONFIG_CHUNK_OVERHEAD];
	struct network_id id = m->object->network;
	struct writer w = tl_writer(tl_buffer(c->dict, NETCONF_DICT_MAX));
	uint64_t update = random_nonzero(c);
	int err = tl_netconf_build(&w, conf);
	struct bytes dict = tl_writer_bytes(&w);
	size_t at;

	if (err)
		return err;
	for (at = 0; at < dict.n; at += CONFIG_CHUNK_MAX) {
		struct writer chunk = tl_writer(TL_BUFFER_OF(room));

		tl_write_config_chunk(&chunk, id, update, dict, at, &c->self);
		tl_assert(tl_writer_ok(&chunk));
		c->host.send_config(c->host.ctx, id, m->object->address,
				    packet_id, tl_writer_bytes(&chunk));
	}
	if (packet_id)
		tl_resend_forget(m);
	else
		tl_resend_expect(c, m, update, now);
	return 0;
}

/* Default tags the member has no value for. */
static int add_default_tags(struct member_object *o,
			    const struct network_object *net)
{
	size_t i;
	int err;

	for (i = 0; i < net->n_tags; i++) {
		if (!net->tags[i].has_default ||
		    tl_member_object_find_tag(o, net->tags[i].id))
			continue;
		err = tl_member_object_set_tag(o, net->tags[i].id,
					       net->tags[i].value);
		if (err == -ENOMEM)
			return err;
	}
	return 0;
}

/* Decide on tags and addresses, and store what is new about the member. */
static int settle(struct controller *c, struct served_member *m,
		  struct assignment *assignment)
{
	struct served_network *n = m->network;
	struct member_object *next;
	bool changed;
	int err = tl_member_object_copy(&next, m->object);

	if (err)
		return err;
	err = add_default_tags(next, n->object);
	if (!err)
		err = tl_assign(assignment, next, n->object, &n->ips,
				c->host.random, c->host.ctx);
	if (err) {
		tl_member_object_free(next);
		return err;
	}
	return tl_served_member_store(c, m, next, false, &changed);
}

int tl_controller_send(struct controller *c, struct served_member *m,
		       uint64_t packet_id, int64_t now)
{
	struct identity recipient = { .addr = m->object->address };
	struct assignment assignment;
	struct issue issue = {
		.self = &c->self,
		.recipient = &recipient,
		.network = m->network->object,
		.assignment = &assignment,
		.bridges = m->network->bridges,
		.n_bridges = m->network->n_bridges,
		.has_rules_engine = m->has_rules_engine,
	};
	struct netconf *conf;
	int err;

	if (!m->object->authorized || !m->object->has_identity)
		return -EACCES;
	err = settle(c, m, &assignment);
	if (err)
		return err;
	if (!next_timestamp(c, now, &issue.timestamp, &err) ||
	    tl_change_is_pending(c, m->batch) ||
	    tl_change_is_pending(c, m->network->batch))
		return err ? err : tl_change_answer(c, m, packet_id);
	memcpy(recipient.pub, m->object->pub, sizeof(recipient.pub));
	issue.member = m->object;
	err = tl_issue(&conf, &issue);
	if (err)
		return err;
	err = send_chunks(c, m, conf, packet_id, now);
	tl_netconf_free(conf);
	if (err)
		return err;
	m->sent_ms = now;
	m->pushed_ms = now;
	tl_revoke_catch_up(c, m, now);
	return 0;
}

void tl_controller_push(struct controller *c, struct served_member *m,
			int64_t now)
{
	bool is_paced = m->push_due_ms && !tl_list_is_empty(&m->push);

	if (!m->has_metadata || !m->object->authorized || is_paced ||
	    !tl_served_member_is_listening(c, m, now))
		return;
	tl_list_remove(&m->push);
	tl_resend_forget(m);
	m->push_due_ms = 0;
	if (is_within(m->pushed_ms, CONTROLLER_PACE_MS - 1, now))
		m->push_due_ms = now + CONTROLLER_PACE_MS;
	tl_list_append(m->push_due_ms ? &c->paced : &c->pushes, &m->push);
}

void tl_controller_push_all(struct controller *c, struct served_network *n,
			    int64_t now)
{
	struct map_walk walk = { 0 };
	struct map_node *node;

	while ((node = tl_map_step(&n->members, &walk)))
		tl_controller_push(
			c, tl_container_of(node, struct served_member, node),
			now);
}

static const struct served_member *first_paced(const struct controller *c)
{
	return tl_list_first(&c->paced, struct served_member, push);
}

int64_t tl_controller_next_ms(const struct controller *c)
{
	const struct served_member *m = first_paced(c);
	int64_t next = TL_MIN(tl_revoke_next_ms(c), tl_resend_next_ms(c));

	if (!tl_list_is_empty(&c->pushes))
		return 0;
	return m ? TL_MIN(next, m->push_due_ms) : next;
}

/* Those whose pause is over; or the clock went back, and it would take longer
 * than any pause. They are in the order in which they are due. */
static void end_pauses(struct controller *c, int64_t now)
{
	struct served_member *m;

	while ((m = tl_list_first(&c->paced, struct served_member, push))) {
		if (m->push_due_ms > now &&
		    m->push_due_ms <= now + CONTROLLER_PACE_MS)
			return;
		tl_list_remove(&m->push);
		m->push_due_ms = 0;
		tl_list_append(&c->pushes, &m->push);
	}
}

int64_t tl_controller_tick(struct controller *c, int64_t now)
{
	unsigned int i;
	int err;

	end_pauses(c, now);
	tl_resend_run(c, now);
	for (i = 0; i < CONTROLLER_PUSHES_A_TICK; i++) {
		struct served_member *m =
			tl_list_first(&c->pushes, struct served_member, push);

		if (!m)
			break;
		tl_list_remove(&m->push);
		err = tl_controller_send(c, m, 0, now);
		/* The next request makes it good. */
		if (err && err != -EACCES)
			tl_controller_complain(c, err, now);
	}
	tl_revoke_run(c, now);
	(void)tl_change_commit(c, now);
	return TL_MAX(tl_controller_next_ms(c), now);
}
