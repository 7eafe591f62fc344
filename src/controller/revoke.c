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
 * They are not kept over a restart of the service: members pass them on among
 * each other, and the certificates run out.
 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "controller/controller_impl.h"
#include "wire/credentials_message.h"

#define REVOCATIONS_A_PACKET 32

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
	tl_revocation_sign(out, &c->self);
}

/* Forget the oldest @n. */
static void forget(struct served_network *n, size_t count)
{
	n->n_told -= count;
	n->n_forgotten += count;
	memmove(n->told, n->told + count, n->n_told * sizeof(*n->told));
}

/* Certificates of that time are out of the window of all that are valid. */
static void forget_expired(struct served_network *n, int64_t now)
{
	size_t i = 0;

	while (i < n->n_told &&
	       n->told[i].revocation.threshold < now - n->object->max_delta_ms)
		i++;
	if (i)
		forget(n, i);
}

/* Room for one more: 0 or -ENOMEM. */
static int make_room(struct served_network *n)
{
	size_t room = TL_MIN(n->room_told ? 2 * n->room_told : 4,
			     (size_t)REVOCATIONS_MAX);
	struct told *grown;

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

static void note(struct controller *c, struct served_network *n,
		 struct address target, int64_t threshold, int64_t now)
{
	struct told *new;
	size_t i;

	if (make_room(n)) {
		tl_controller_complain(c, -ENOMEM, now);
		return;
	}
	for (i = 0; i < n->n_told && !n->is_gone; i++) {
		if (tl_address_equal(n->told[i].revocation.target, target))
			n->told[i].is_outdated = true;
	}
	new = &n->told[n->n_told++];
	new->is_outdated = false;
	make_revocation(c, &new->revocation, n->object->id, target, threshold);
}

static uint64_t total(const struct served_network *n)
{
	return n->n_forgotten + n->n_told;
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

/* One who is no member is told of itself only; one who is one again need not
 * be told of what it was. */
static bool concerns(const struct served_member *m, const struct revocation *r)
{
	bool is_self = tl_address_equal(r->target, m->object->address);

	return m->network->is_gone || m->object->authorized != is_self;
}

static bool is_for(const struct served_member *m, const struct told *t)
{
	return !t->is_outdated && concerns(m, &t->revocation);
}

/* The next that @m is to be told of; NULL if there is none. */
static const struct told *next_for(const struct served_network *n,
				   struct served_member *m)
{
	m->n_told = TL_MAX(m->n_told, n->n_forgotten);
	while (m->n_told < total(n)) {
		const struct told *t = &n->told[m->n_told - n->n_forgotten];

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
	const struct told *next = next_for(n, m);
	size_t count = 0;

	if (!next || !tl_served_member_is_listening(c, m, now))
		return false;
	if (!may_tell(c, m->object->address, now))
		return true;
	while (next && count < REVOCATIONS_A_PACKET) {
		batch[count++] = next->revocation;
		m->n_told++;
		next = next_for(n, m);
	}
	send(c, n->object->id, m->object->address, batch, count);
	return next != NULL;
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

/* What is issued from now on is above the result. */
static int64_t next_threshold(struct controller *c, int64_t now)
{
	int64_t threshold = TL_MAX(now, c->clock_ms);

	c->clock_ms = threshold + 1;
	return threshold;
}

void tl_controller_revoke_one(struct controller *c, struct served_network *n,
			      struct address target,
			      const struct served_member *left, int64_t now)
{
	forget_expired(n, now);
	note(c, n, target, next_threshold(c, now), now);
	if (tl_list_is_empty(&n->telling))
		tell_all(c, n, now);
	if (left && n->n_told && tl_served_member_is_listening(c, left, now) &&
	    may_tell(c, left->object->address, now))
		send(c, n->object->id, left->object->address,
		     &n->told[n->n_told - 1].revocation, 1);
}

bool tl_controller_revoke_all(struct controller *c, struct served_network *n,
			      int64_t now)
{
	int64_t threshold = next_threshold(c, now);
	struct map_walk walk = { 0 };
	struct map_node *node;

	forget_expired(n, now);
	n->is_gone = true;
	/* Of a larger network some stay among themselves until all have left:
	 * to tell each of each would take too long. */
	while (n->n_told < REVOCATIONS_MAX &&
	       (node = tl_map_step(&n->members, &walk))) {
		const struct member_object *o =
			tl_container_of(node, struct served_member, node)
				->object;

		if (o->authorized)
			note(c, n, o->address, threshold, now);
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

/* Networks are in the order in which they are due. A clock that went back makes
 * none wait longer than a pause. */
void tl_revoke_run(struct controller *c, int64_t now)
{
	struct served_network *n;

	while ((n = tl_list_first(&c->telling, struct served_network,
				  telling))) {
		if (n->tell_ms > now && n->tell_ms <= now + CONTROLLER_PACE_MS)
			return;
		tell_all(c, n, now);
		if (n->is_gone && tl_list_is_empty(&n->telling))
			tl_served_network_free(c, n);
	}
}

int64_t tl_revoke_next_ms(const struct controller *c)
{
	const struct served_network *n =
		tl_list_first(&c->telling, struct served_network, telling);

	return n ? n->tell_ms : INT64_MAX;
}

void tl_revoke_fini(struct controller *c)
{
	tl_list_each(it, next, &c->telling) {
		struct served_network *n =
			tl_container_of(it, struct served_network, telling);

		tl_list_remove(&n->telling);
		if (n->is_gone)
			tl_served_network_free(c, n);
	}
}
