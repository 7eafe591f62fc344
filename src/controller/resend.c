/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resend.c - pushes that got lost go again
 *
 * Theory of operation: who has put a pushed configuration together says so, and
 * names the update (vl2.md 4.8). Nodes of the reference do, too, though their
 * controller does not listen. A member that has not said it in time is sent
 * another configuration, what is in force by then, with longer and longer
 * pauses and not for ever: it may be gone, and asks when it is back. Each try
 * has a list of its own with one pause, so that each is in the order in which
 * they are due. An answer to a request needs none of this: members ask again.
 */
#include "controller/controller_impl.h"

/* The pause after try @n, from 0. */
static int64_t pause_ms(unsigned int n)
{
	return (int64_t)CONTROLLER_PACE_MS << n;
}

void tl_resend_init(struct controller *c)
{
	unsigned int i;

	for (i = 0; i < CONTROLLER_RESENDS; i++)
		tl_list_init(&c->untaken[i]);
}

void tl_resend_forget(struct served_member *m)
{
	tl_list_remove(&m->untaken);
	m->update_id = 0;
	m->n_tries = 0;
}

void tl_resend_expect(struct controller *c, struct served_member *m,
		      uint64_t update_id, int64_t now)
{
	uint8_t n = m->n_tries;

	tl_list_remove(&m->untaken);
	m->update_id = 0;
	m->n_tries = 0;
	if (!c->host.hears_taken || n >= CONTROLLER_RESENDS ||
	    tl_address_equal(m->object->address, c->self.addr))
		return;
	m->update_id = update_id;
	m->n_tries = n;
	m->untaken_ms = now + pause_ms(n);
	tl_list_append(&c->untaken[n], &m->untaken);
}

bool tl_controller_taken(struct controller *c, struct network_id network,
			 struct address member, uint64_t update_id)
{
	struct served_network *n = tl_served_network_find(c, network);
	struct served_member *m = n ? tl_served_member_find(n, member) : NULL;

	if (!m || !m->update_id || m->update_id != update_id)
		return false;
	tl_resend_forget(m);
	return true;
}

/* Unless it is to be sent one anyway. */
static void resend(struct controller *c, struct served_member *m, int64_t now)
{
	uint8_t n = m->n_tries;

	tl_resend_forget(m);
	if (!tl_list_is_empty(&m->push) ||
	    !tl_served_member_is_listening(c, m, now))
		return;
	m->n_tries = (uint8_t)(n + 1);
	m->push_due_ms = 0;
	tl_list_append(&c->pushes, &m->push);
}

/* A clock that went back would make the pause longer than it is. */
void tl_resend_run(struct controller *c, int64_t now)
{
	struct served_member *m;
	unsigned int i;

	for (i = 0; i < CONTROLLER_RESENDS; i++) {
		while ((m = tl_list_first(&c->untaken[i], struct served_member,
					  untaken))) {
			if (m->untaken_ms > now &&
			    m->untaken_ms <= now + pause_ms(i))
				break;
			resend(c, m, now);
		}
	}
}

int64_t tl_resend_next_ms(const struct controller *c)
{
	int64_t next = INT64_MAX;
	unsigned int i;

	for (i = 0; i < CONTROLLER_RESENDS; i++) {
		const struct served_member *m = tl_list_first(
			&c->untaken[i], struct served_member, untaken);

		if (m)
			next = TL_MIN(next, m->untaken_ms);
	}
	return next;
}
