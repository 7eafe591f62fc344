/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revoke.c - who is told that somebody is no member any more (vl2.md 14.8)
 *
 * Theory of operation: a network keeps its revocations as long as certificates
 * from before them could still be taken for valid, and each member how many of
 * them it was told of. So those that were away learn of them when they are
 * back, newcomers with their first configuration, and several that come soon
 * after each other go out as one: receivers look at one message of credentials
 * of each sender in a second and drop the others.
 *
 * A batch of changes may revoke many: they are noted one by one, signed when
 * they are sent, and tl_revoke_run() looks at each member once.
 *
 * They are not kept over a restart of the service: members pass them on among
 * each other, and the certificates run out.
 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "controller/controller_impl.h"
#include "wire/credentials_message.h"

#define REVOCATIONS_A_PACKET 32
/* Of a network that is deleted. */
#define GONE_TOLD_MAX 1024

static void make_revocation(struct controller *c, struct revocation *out,
			    struct network_id network, struct address target,
			    int64_t threshold)
{
	memset(out, 0, sizeof(*out));
	do
		c->host.random(c->host.ctx, &out->id, sizeof(out->id));
	while (!out->id);
	out->network = network;
	out->threshold = threshold;
	out->flags = REVOCATION_FAST_PROPAGATE;
	out->target = target;
	out->credential_type = CREDENTIAL_COM;
}

void tl_revoke_network_init(struct controller *c, struct served_network *n)
{
	tl_list_init(&n->telling);
	tl_map_init(&n->latest, c->key);
}

static void told_free(struct served_network *n, struct told *t)
{
	if (!t->is_outdated)
		tl_map_remove(&n->latest, &t->node);
	tl_free(t);
}

void tl_revoke_network_fini(struct served_network *n)
{
	size_t i;

	tl_list_remove(&n->telling);
	for (i = 0; i < n->n_told; i++)
		told_free(n, n->told[i]);
	tl_free(n->told);
	tl_map_fini(&n->latest);
}

/* Forget the oldest @n. */
static void forget(struct served_network *n, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		told_free(n, n->told[i]);
	n->n_told -= count;
	n->n_forgotten += count;
	memmove(n->told, n->told + count, n->n_told * sizeof(*n->told));
}

/* Certificates of that time are out of the window of all that are valid. */
static void forget_expired(struct served_network *n, int64_t now)
{
	size_t i = 0;

	while (i < n->n_told &&
	       n->told[i]->revocation.threshold < now - n->object->max_delta_ms)
		i++;
	if (i)
		forget(n, i);
}

/* Room for one more: 0 or -ENOMEM. */
static int make_room(struct served_network *n)
{
	size_t room = TL_MIN(n->room_told ? 2 * n->room_told : 4,
			     (size_t)REVOCATIONS_MAX);
	struct told **grown;

	if (n->n_told == REVOCATIONS_MAX)
		forget(n, REVOCATIONS_MAX / 4);
	if (n->n_told < n->room_told)
		return 0;
	grown = tl_realloc(n->told, room * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	n->told = grown;
	n->room_told = room;
	return 0;
}

static struct told *find_latest(const struct served_network *n,
				struct address target)
{
	struct map_node *node =
		tl_map_first(&n->latest, tl_map_hash_u64(&n->latest, target.v));

	for (; node; node = tl_map_next(node)) {
		struct told *t = tl_container_of(node, struct told, node);

		if (tl_address_equal(t->revocation.target, target))
			return t;
	}
	return NULL;
}

static uint64_t total(const struct served_network *n)
{
	return n->n_forgotten + n->n_told;
}

/* NULL when out of memory. */
static struct told *told_new(struct served_network *n, struct address target)
{
	struct told *new = make_room(n) ? NULL : tl_alloc_zeroed(sizeof(*new));
	struct told *last = find_latest(n, target);

	if (!new || tl_map_insert(&n->latest, &new->node,
				  tl_map_hash_u64(&n->latest, target.v))) {
		tl_free(new);
		return NULL;
	}
	if (last) {
		tl_map_remove(&n->latest, &last->node);
		last->is_outdated = true;
	}
	new->number = total(n);
	n->told[n->n_told++] = new;
	return new;
}

/* NULL when out of memory, which is said. */
static struct told *note(struct controller *c, struct served_network *n,
			 struct address target, int64_t threshold, int64_t now)
{
	struct told *new = told_new(n, target);

	if (new)
		make_revocation(c, &new->revocation, n->object->id, target,
				threshold);
	else
		tl_controller_complain(c, -ENOMEM, now);
	return new;
}

static const struct revocation *signed_one(struct controller *c, struct told *t)
{
	if (!t->is_signed)
		tl_revocation_sign(&t->revocation, &c->self);
	t->is_signed = true;
	return &t->revocation;
}

/* Has it been long enough since this node was sent credentials? Then it counts
 * as sent some now. */
static bool may_tell(struct controller *c, struct address to, int64_t now)
{
	uint64_t h = tl_map_hash_u64(&c->networks, to.v);
	struct told_slot *s = &c->told[h % TOLD_SLOTS];

	if (s->address == to.v && s->told_ms <= now &&
	    now - s->told_ms < CONTROLLER_PACE_MS)
		return false;
	*s = (struct told_slot){ to.v, now };
	return true;
}

static void send(struct controller *c, struct network_id network,
		 struct address to, const struct revocation *list, size_t n)
{
	struct credential_set set = { .revocations = list, .n_revocations = n };
	uint8_t room[PACKET_SEND_MAX - PACKET_HEADER_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	if (tl_write_credentials(&w, &set))
		c->host.send_credentials(c->host.ctx, network, to,
					 tl_writer_bytes(&w));
}

/* One who is a member again need not be told of what it was. */
static bool is_for(const struct served_member *m, const struct told *t)
{
	bool is_self =
		tl_address_equal(t->revocation.target, m->object->address);

	return !t->is_outdated && (m->network->is_gone || !is_self);
}

/* One who is no member is told of itself only. */
static struct told *own_for(const struct served_network *n,
			    struct served_member *m)
{
	struct told *t = find_latest(n, m->object->address);

	if (t && t->number < m->n_told)
		t = NULL;
	m->n_told = t ? t->number : total(n);
	return t;
}

/* The next that @m is to be told of; NULL if there is none. */
static struct told *next_for(const struct served_network *n,
			     struct served_member *m)
{
	if (!m->object->authorized && !n->is_gone)
		return own_for(n, m);
	m->n_told = TL_MAX(m->n_told, n->n_forgotten);
	while (m->n_told < total(n)) {
		struct told *t = n->told[m->n_told - n->n_forgotten];

		if (is_for(m, t))
			return t;
		m->n_told++;
	}
	return NULL;
}

/* Return: whether there is more for it. */
static bool tell(struct controller *c, struct served_network *n,
		 struct served_member *m, int64_t now)
{
	struct revocation batch[REVOCATIONS_A_PACKET];
	struct told *next = next_for(n, m);
	size_t count = 0;

	if (!next || !tl_served_member_is_listening(c, m, now))
		return false;
	if (!may_tell(c, m->object->address, now))
		return true;
	while (next && count < REVOCATIONS_A_PACKET) {
		batch[count++] = *signed_one(c, next);
		m->n_told++;
		next = next_for(n, m);
	}
	send(c, n->object->id, m->object->address, batch, count);
	return next != NULL;
}

/* With the next tl_revoke_run(), unless it waits for a pause to end. */
static void tell_now(struct controller *c, struct served_network *n,
		     int64_t now)
{
	if (!tl_list_is_empty(&n->telling))
		return;
	n->tell_ms = now;
	tl_list_prepend(&c->telling, &n->telling);
}

static void tell_later(struct controller *c, struct served_network *n,
		       int64_t now)
{
	tl_list_remove(&n->telling);
	n->tell_ms = now + CONTROLLER_PACE_MS;
	tl_list_append(&c->telling, &n->telling);
}

static void tell_all(struct controller *c, struct served_network *n,
		     int64_t now)
{
	struct map_walk walk = { 0 };
	struct map_node *node;
	bool is_more = false;

	while ((node = tl_map_step(&n->members, &walk)))
		is_more |= tell(
			c, n, tl_container_of(node, struct served_member, node),
			now);
	if (is_more)
		tell_later(c, n, now);
	else
		tl_list_remove(&n->telling);
}

/* All that was issued is not above the result, and what is from now on is. */
static int64_t next_threshold(struct controller *c, int64_t now)
{
	int64_t threshold = TL_MAX(now, c->issued_ms);

	c->clock_ms = TL_MAX(c->clock_ms, threshold + 1);
	return threshold;
}

static void say_farewell(struct controller *c, struct farewell *f, int64_t now)
{
	tl_list_remove(&f->node);
	if (may_tell(c, f->to, now)) {
		send(c, f->revocation.network, f->to, &f->revocation, 1);
		tl_free(f);
		return;
	}
	f->due_ms = now + CONTROLLER_PACE_MS;
	tl_list_append(&c->farewells, &f->node);
}

/* It is no member any more that is told of what has become of others. */
static void tell_who_left(struct controller *c, const struct served_member *m,
			  struct told *t, int64_t now)
{
	struct farewell *f;

	if (!tl_served_member_is_listening(c, m, now))
		return;
	f = tl_alloc_zeroed(sizeof(*f));
	if (!f) {
		tl_controller_complain(c, -ENOMEM, now);
		return;
	}
	tl_list_init(&f->node);
	f->to = m->object->address;
	f->revocation = *signed_one(c, t);
	say_farewell(c, f, now);
}

void tl_controller_revoke_one(struct controller *c, struct served_network *n,
			      struct address target,
			      const struct served_member *left, int64_t now)
{
	struct told *t;

	forget_expired(n, now);
	t = note(c, n, target, next_threshold(c, now), now);
	if (!t)
		return;
	tell_now(c, n, now);
	if (left)
		tell_who_left(c, left, t, now);
}

bool tl_controller_revoke_all(struct controller *c, struct served_network *n,
			      int64_t now)
{
	int64_t threshold = next_threshold(c, now);
	struct map_walk walk = { 0 };
	struct map_node *node;
	size_t n_noted = 0;

	forget_expired(n, now);
	n->is_gone = true;
	/* Of a larger network some stay among themselves until all have left:
	 * to tell each of each would take too long. */
	while (n_noted < GONE_TOLD_MAX &&
	       (node = tl_map_step(&n->members, &walk))) {
		const struct member_object *o =
			tl_container_of(node, struct served_member, node)
				->object;

		if (o->authorized)
			n_noted += note(c, n, o->address, threshold, now) !=
				   NULL;
	}
	tell_all(c, n, now);
	return !tl_list_is_empty(&n->telling);
}

void tl_revoke_catch_up(struct controller *c, struct served_member *m,
			int64_t now)
{
	struct served_network *n = m->network;

	forget_expired(n, now);
	if (tell(c, n, m, now) && tl_list_is_empty(&n->telling))
		tell_later(c, n, now);
}

/* Lists are in the order in which they are due. A clock that went back makes
 * none wait longer than a pause. */
static bool is_due(int64_t due_ms, int64_t now)
{
	return due_ms <= now || due_ms > now + CONTROLLER_PACE_MS;
}

void tl_revoke_run(struct controller *c, int64_t now)
{
	struct served_network *n;
	struct farewell *f;

	while ((f = tl_list_first(&c->farewells, struct farewell, node)) &&
	       is_due(f->due_ms, now))
		say_farewell(c, f, now);
	while ((n = tl_list_first(&c->telling, struct served_network,
				  telling)) &&
	       is_due(n->tell_ms, now)) {
		tell_all(c, n, now);
		if (n->is_gone && tl_list_is_empty(&n->telling))
			tl_served_network_free(c, n);
	}
}

int64_t tl_revoke_next_ms(const struct controller *c)
{
	const struct served_network *n =
		tl_list_first(&c->telling, struct served_network, telling);
	const struct farewell *f =
		tl_list_first(&c->farewells, struct farewell, node);

	return TL_MIN(n ? n->tell_ms : INT64_MAX, f ? f->due_ms : INT64_MAX);
}

void tl_revoke_fini(struct controller *c)
{
	tl_list_each(it, next, &c->farewells)
		tl_free(tl_container_of(it, struct farewell, node));
	tl_list_each(it, next, &c->telling) {
		struct served_network *n =
			tl_container_of(it, struct served_network, telling);

		tl_list_remove(&n->telling);
		if (n->is_gone)
			tl_served_network_free(c, n);
	}
}
