/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/batch.h"

#include <errno.h>

#include "base/alloc.h"
#include "controller/controller_impl.h"

/* A reservation is renewed when less than this is left of it, so that nobody
 * has to wait for the next one. */
#define CLOCK_RENEW_MS (CLOCK_RESERVE_MS / 2)

void tl_batches_init(struct batches *b)
{
	tl_list_init(&b->open);
	tl_list_init(&b->flying);
	b->n_open = 1;
}

struct change *tl_change_new(enum change_kind kind, struct network_id network,
			     struct address member)
{
	struct change *change = tl_alloc_zeroed(sizeof(*change));

	if (!change)
		return NULL;
	tl_list_init(&change->node);
	change->kind = kind;
	change->network = network;
	change->member = member;
	return change;
}

void tl_change_free(struct controller *c, struct change *change)
{
	if (!change)
		return;
	tl_member_object_free(change->was_member);
	tl_network_object_free(change->was_network);
	if (change->gone)
		tl_served_network_free(c, change->gone);
	tl_served_member_free(change->left);
	tl_free(change);
}

static struct change *take_first(struct list *from)
{
	struct change *change = tl_list_first(from, struct change, node);

	if (change)
		tl_list_remove(&change->node);
	return change;
}

static struct change *take_last(struct list *from)
{
	struct change *change;

	if (tl_list_is_empty(from))
		return NULL;
	change = tl_container_of(from->prev, struct change, node);
	tl_list_remove(&change->node);
	return change;
}

void tl_batches_fini(struct controller *c)
{
	struct change *change;

	while ((change = take_first(&c->batches.flying)))
		tl_change_free(c, change);
	while ((change = take_first(&c->batches.open)))
		tl_change_free(c, change);
}

void tl_change_add(struct controller *c, struct change *change)
{
	tl_list_append(&c->batches.open, &change->node);
}

bool tl_change_is_pending(const struct controller *c, uint64_t batch)
{
	return batch > c->batches.n_done;
}

uint64_t tl_change_last(const struct controller *c)
{
	const struct batches *b = &c->batches;

	if (!tl_list_is_empty(&b->open))
		return b->n_open;
	return tl_list_is_empty(&b->flying) ? 0 : b->n_open - 1;
}

int tl_change_answer(struct controller *c, struct served_member *m,
		     uint64_t packet_id)
{
	struct change *change = tl_change_new(CHANGE_ANSWER, m->object->network,
					      m->object->address);

	if (!change)
		return -ENOMEM;
	change->packet_id = packet_id;
	/* Behind what it waits for; with nothing under way it is a batch of its
	 * own. */
	if (tl_list_is_empty(&c->batches.open) &&
	    !tl_list_is_empty(&c->batches.flying))
		tl_list_append(&c->batches.flying, &change->node);
	else
		tl_list_append(&c->batches.open, &change->node);
	return 0;
}

bool tl_change_clock(struct controller *c, int64_t ts, int *errp)
{
	struct change *change;
	int err;

	*errp = 0;
	if (ts + CLOCK_RENEW_MS < c->asked_ms)
		return ts < c->reserved_ms;
	change = tl_change_new(CHANGE_CLOCK, (struct network_id){ 0 },
			       (struct address){ 0 });
	err = change ? 0 : -ENOMEM;
	if (!err) {
		change->until_ms = ts + CLOCK_RESERVE_MS;
		err = c->store.put_clock(c->store.ctx, change->until_ms);
	}
	if (err) {
		tl_change_free(c, change);
		*errp = ts < c->reserved_ms ? 0 : err;
		return ts < c->reserved_ms;
	}
	c->asked_ms = change->until_ms;
	tl_change_add(c, change);
	return ts < c->reserved_ms;
}

/* What is in memory and not in the store is not remembered. */
static void take_back(struct controller *c, struct change *change)
{
	switch (change->kind) {
	case CHANGE_NETWORK:
		tl_served_network_undo(c, change);
		break;
	case CHANGE_NO_NETWORK:
		tl_served_network_undo_drop(c, change);
		break;
	case CHANGE_MEMBER:
		tl_served_member_undo(c, change);
		break;
	case CHANGE_NO_MEMBER:
		tl_served_member_undo_drop(c, change);
		break;
	case CHANGE_CLOCK:
	case CHANGE_ANSWER:
		break;
	}
	tl_change_free(c, change);
}

static void take_all_back(struct controller *c)
{
	struct change *change;

	while ((change = take_last(&c->batches.open)))
		take_back(c, change);
	while ((change = take_last(&c->batches.flying)))
		take_back(c, change);
	c->asked_ms = c->reserved_ms;
}

/* Once, however many of the changes want it. */
static void push_all_later(struct controller *c, struct served_network *n)
{
	tl_list_remove(&n->pushing);
	tl_list_append(&c->pushing, &n->pushing);
}

static void push_all_now(struct controller *c, int64_t now)
{
	struct served_network *n;

	while ((n = tl_list_first(&c->pushing, struct served_network,
				  pushing))) {
		tl_list_remove(&n->pushing);
		tl_controller_push_all(c, n, now);
	}
}

/* What is followed up before a deletion was done before it, too, and to that
 * network, whatever has its number now. */
static struct served_network *find_leaving(struct controller *c,
					   struct network_id id)
{
	tl_list_each(it, next, &c->leaving) {
		struct served_network *n =
			tl_container_of(it, struct served_network, leaving);

		if (tl_network_id_equal(n->object->id, id))
			return n;
	}
	return NULL;
}

static void follow_up_member(struct controller *c, const struct change *change,
			     int64_t now)
{
	struct served_network *leaving = find_leaving(c, change->network);
	const struct member_object *was = change->left ? change->left->object
						       : change->was_member;
	struct served_network *n =
		leaving ? leaving : tl_served_network_find(c, change->network);
	struct served_member *m = n ? tl_served_member_find(n, change->member)
				    : NULL;
	bool is_bridge = m && m->object->active_bridge;

	if (!n)
		return;
	/* By this change: a later one, in either direction, may still fail. */
	if (was && was->authorized && !change->is_authorized) {
		if (m)
			m->sent_ms = NEVER_MS;
		tl_controller_revoke_one(c, n, change->member, change->left,
					 now);
	}
	if (leaving || !change->is_told)
		return;
	if ((was && was->active_bridge) != is_bridge)
		push_all_later(c, n);
	else if (m)
		tl_controller_push(c, m, now);
}

static void follow_up_answer(struct controller *c, const struct change *change,
			     int64_t now)
{
	struct served_network *n = tl_served_network_find(c, change->network);
	struct served_member *m = n ? tl_served_member_find(n, change->member)
				    : NULL;
	int err = m ? tl_controller_send(c, m, change->packet_id, now) : 0;

	if (err && err != -EACCES)
		tl_controller_complain(c, err, now);
}

static void follow_up(struct controller *c, struct change *change, int64_t now)
{
	struct served_network *n;

	switch (change->kind) {
	case CHANGE_NETWORK:
		n = tl_served_network_find(c, change->network);
		if (n && change->is_told)
			push_all_later(c, n);
		break;
	case CHANGE_NO_NETWORK:
		tl_list_remove(&change->gone->leaving);
		if (tl_controller_revoke_all(c, change->gone, now))
			change->gone = NULL;
		break;
	case CHANGE_MEMBER:
	case CHANGE_NO_MEMBER:
		follow_up_member(c, change, now);
		break;
	case CHANGE_CLOCK:
		break;
	case CHANGE_ANSWER:
		follow_up_answer(c, change, now);
		break;
	}
}

/* What is followed up may change things: that is another batch. The clock comes
 * first, since answers that wait for other changes need it as well. */
static void follow_all_up(struct controller *c, struct list *done, int64_t now)
{
	struct change *change;

	tl_list_each(it, next, done) {
		change = tl_container_of(it, struct change, node);
		if (change->kind == CHANGE_CLOCK)
			c->reserved_ms =
				TL_MAX(c->reserved_ms, change->until_ms);
	}
	while ((change = take_first(done))) {
		follow_up(c, change, now);
		tl_change_free(c, change);
	}
	tl_revoke_run(c, now);
	push_all_now(c, now);
}

static void move_all(struct list *to, struct list *from)
{
	struct change *change;

	while ((change = take_first(from)))
		tl_list_append(to, &change->node);
}

/* One batch is durable, or nothing that is pending can be. */
static void settle_batch(struct controller *c, int err, int64_t now)
{
	struct batches *b = &c->batches;
	struct list done;

	if (err) {
		tl_controller_complain(c, err, now);
		take_all_back(c);
		b->n_done = b->n_open++;
		return;
	}
	tl_list_init(&done);
	move_all(&done, &b->flying);
	b->n_done = b->n_open - 1;
	follow_all_up(c, &done, now);
}

/* Begins to write the open batch. */
static int begin(struct controller *c)
{
	struct batches *b = &c->batches;

	move_all(&b->flying, &b->open);
	b->n_open++;
	if (c->store.commit)
		return c->store.commit(c->store.ctx);
	return c->store.flush(c->store.ctx);
}

int tl_change_commit(struct controller *c, int64_t now)
{
	struct batches *b = &c->batches;
	int err;

	/* An answer may follow, which has to be stored first, and so on. */
	while (tl_list_is_empty(&b->flying) && !tl_list_is_empty(&b->open)) {
		err = begin(c);
		if (!err && c->store.commit)
			return 0;
		settle_batch(c, err, now);
		if (err)
			return err;
	}
	return 0;
}

void tl_controller_committed(struct controller *c, int err, int64_t now)
{
	settle_batch(c, err, now);
	if (c->host.committed)
		c->host.committed(c->host.ctx, c->batches.n_done, err);
	(void)tl_change_commit(c, now);
}
