/* SPDX-License-Identifier: Apache-2.0 */
#include "vl1/reassembly.h"

#include <string.h>

void tl_reassembly_init(struct reassembly *r, struct packet_pool *pool)
{
	memset(r, 0, sizeof(*r));
	r->pool = pool;
}

static void clear_slot(struct reassembly_slot *s)
{
	unsigned int i;

	for (i = 0; i < FRAGMENT_MAX_PARTS; i++) {
		tl_packet_free(s->parts[i]);
		s->parts[i] = NULL;
	}
	s->when_ms = 0;
	s->total = 0;
	s->have = 0;
}

void tl_reassembly_fini(struct reassembly *r)
{
	unsigned int i;

	for (i = 0; i < REASSEMBLY_SLOTS; i++)
		clear_slot(&r->slots[i]);
}

void tl_reassembly_expire(struct reassembly *r, int64_t now)
{
	unsigned int i;

	for (i = 0; i < REASSEMBLY_SLOTS; i++) {
		struct reassembly_slot *s = &r->slots[i];

		if (!s->when_ms || now - s->when_ms < REASSEMBLY_MS)
			continue;
		r->n_lost++;
		clear_slot(s);
	}
}

static struct reassembly_slot *slot_for(struct reassembly *r, uint64_t id,
					int64_t now)
{
	struct reassembly_slot *s;
	unsigned int i;

	for (i = 0; i < REASSEMBLY_SLOTS; i++) {
		s = &r->slots[i];
		if (s->when_ms && s->id == id) {
			if (now - s->when_ms < REASSEMBLY_MS)
				return s;
			r->n_lost++;
			clear_slot(s);
		}
	}
	s = &r->slots[r->next++ % REASSEMBLY_SLOTS];
	if (s->when_ms)
		r->n_lost++;
	clear_slot(s);
	s->id = id;
	/* A clock that starts at zero must not make the slot look free. */
	s->when_ms = now ? now : 1;
	return s;
}

/* Put parts 1.. behind the head; NULL if the sum is too long. */
static struct packet *complete(struct reassembly_slot *s)
{
	struct packet *whole = s->parts[0];
	bool fits = true;
	unsigned int i;

	s->parts[0] = NULL;
	for (i = 1; i < s->total && fits; i++)
		fits = whole->n + s->parts[i]->n <= PACKET_MAX_LEN &&
		       tl_packet_append(whole, tl_packet_bytes(s->parts[i]));
	clear_slot(s);
	if (fits)
		return whole;
	tl_packet_free(whole);
	return NULL;
}

static struct packet *add_part(struct reassembly *r, struct reassembly_slot *s,
			       unsigned int no, struct bytes data)
{
	struct packet *p;

	if (s->have & 1u << no)
		return NULL;
	p = tl_packet_new(r->pool);
	if (!p)
		return NULL;
	if (!tl_packet_append(p, data)) {
		tl_packet_free(p);
		return NULL;
	}
	s->parts[no] = p;
	s->have |= 1u << no;
	if (!s->total || s->have != (1u << s->total) - 1)
		return NULL;
	return complete(s);
}

struct packet *tl_reassembly_head(struct reassembly *r, struct bytes head,
				  const struct path *from, struct path *fromp,
				  int64_t now)
{
	struct reassembly_slot *s = slot_for(r, tl_packet_id(head.at), now);

	if (!(s->have & 1u))
		s->from = *from;
	*fromp = s->from;
	return add_part(r, s, 0, head);
}

struct packet *tl_reassembly_fragment(struct reassembly *r,
				      const struct fragment *f,
				      struct path *fromp, int64_t now)
{
	struct reassembly_slot *s = slot_for(r, f->id, now);

	s->total = f->total;
	*fromp = s->from;
	return add_part(r, s, f->no, f->data);
}
