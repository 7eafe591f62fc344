/* SPDX-License-Identifier: Apache-2.0 */
#include "portmap/mapping.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Between two requests that the network may cause. */
#define ASK_PERIOD_MS 10000
#define HURRIED_REST_MS 60000
#define REST_FIRST_MS 30000
#define REST_MAX_MS 3600000
/* A device may keep UPnP waiting without end. */
#define PATIENCE_MS 60000

static void on_ready(void *ctx, uint32_t events)
{
	struct attempt *a = ctx;

	(void)events;
	a->m->ready(a->m->ctx, a->m);
}

static void end_attempt(struct attempt *a)
{
	if (!a->state)
		return;
	tl_poll_del(a->m->poll, &a->watch);
	a->way->close(a->state);
	a->state = NULL;
}

static int open_attempt(struct attempt *a)
{
	int r = a->way->open(&a->state, &a->m->request);

	if (r) {
		a->state = NULL;
		return r;
	}
	a->watch = (struct watch){ .fd = -1, .fn = on_ready, .ctx = a };
	r = tl_poll_add(a->m->poll, &a->watch, a->way->fd(a->state), WATCH_IN);
	if (r)
		end_attempt(a);
	return r;
}

static void begin_attempt(struct attempt *a, int64_t now)
{
	if (open_attempt(a))
		a->why = "this host cannot ask";
	else
		a->way->ask(a->state, now);
}

/* Those whose head start is over, or before which all have failed. */
static void begin_attempts(struct mapping *m, int64_t now)
{
	bool has_failed = true;
	size_t i;

	for (i = 0; i < m->n_attempts; i++) {
		struct attempt *a = &m->attempts[i];

		if (!a->why && !a->state &&
		    (has_failed || now - m->since_ms >= a->way->head_start_ms))
			begin_attempt(a, now);
		has_failed &= a->why != NULL;
	}
}

static void enter(struct mapping *m, enum portmap_state state, int64_t now)
{
	m->state = state;
	m->since_ms = now;
	m->is_renewing = false;
	if (state != PORTMAP_MAPPED) {
		m->by = NULL;
		m->external = (struct endpoint){ 0 };
	}
}

static void begin(struct mapping *m, int64_t now)
{
	size_t i;

	for (i = 0; i < m->n_attempts; i++) {
		end_attempt(&m->attempts[i]);
		m->attempts[i].why = NULL;
	}
	m->epoch = (struct pcp_epoch){ 0 };
	m->asked_ms = now;
	enter(m, PORTMAP_ASKING, now);
	begin_attempts(m, now);
}

void tl_mapping_init(struct mapping *m, const struct mapping_config *c,
		     int64_t now)
{
	size_t i;

	memset(m, 0, sizeof(*m));
	m->target = *c->target;
	m->request = (struct way_request){
		.local = c->target->local,
		.bits = c->target->bits,
		.gateway = c->target->gateway,
		.scope_id = c->target->scope_id,
	};
	snprintf(m->request.name, sizeof(m->request.name), "%s", c->name);
	m->poll = c->poll;
	m->ready = c->ready;
	m->ctx = c->ctx;
	for (i = 0; i < c->n_ways; i++) {
		if (m->target.local.family == 6 && !c->ways[i]->does_ip6)
			continue;
		m->attempts[m->n_attempts].m = m;
		m->attempts[m->n_attempts++].way = c->ways[i];
	}
	begin(m, now);
}

void tl_mapping_fini(struct mapping *m)
{
	size_t i;

	for (i = 0; i < m->n_attempts; i++)
		end_attempt(&m->attempts[i]);
}

static void rest(struct mapping *m, int64_t now)
{
	unsigned int doublings = TL_MIN(m->failures, 10u);
	int64_t ms = TL_MIN((int64_t)REST_FIRST_MS << doublings, REST_MAX_MS);
	size_t i;

	for (i = 0; i < m->n_attempts; i++) {
		if (m->attempts[i].state)
			m->attempts[i].why = "no answer";
		end_attempt(&m->attempts[i]);
	}
	m->failures++;
	enter(m, PORTMAP_NONE, now);
	m->due_ms = now + ms;
}

static unsigned int on_granted(struct mapping *m, struct attempt *a,
			       const struct way_grant *g, int64_t now)
{
	int64_t life_ms =
		TL_MAX(g->lifetime_s, MAPPING_LIFETIME_MIN_S) * (int64_t)1000;
	unsigned int news = 0;
	size_t i;

	if (g->has_epoch && tl_pcp_epoch_is_lost(&m->epoch, g->epoch_s, now))
		news |= MAPPING_FORGOTTEN;
	for (i = 0; i < m->n_attempts; i++) {
		if (&m->attempts[i] != a)
			end_attempt(&m->attempts[i]);
	}
	if (!tl_endpoint_equal(&m->external, &g->external))
		news |= MAPPING_CHANGED;
	if (m->state != PORTMAP_MAPPED)
		enter(m, PORTMAP_MAPPED, now);
	m->by = a;
	a->why = NULL;
	m->external = g->external;
	m->failures = 0;
	m->is_renewing = false;
	m->due_ms = now + life_ms / 2;
	m->expires_ms = now + life_ms;
	return news;
}

/* Of a renewal that failed the mapping itself may be left. */
static void on_failed(struct mapping *m, struct attempt *a, int64_t now)
{
	a->why = a->way->why(a->state);
	if (a != m->by) {
		end_attempt(a);
		return;
	}
	m->is_renewing = false;
	m->due_ms =
		now + TL_MAX((m->expires_ms - now) / 2, (int64_t)ASK_PERIOD_MS);
}

static unsigned int turn_attempts(struct mapping *m, int64_t now)
{
	unsigned int news = 0;
	size_t i;

	for (i = 0; i < m->n_attempts; i++) {
		struct attempt *a = &m->attempts[i];
		struct way_grant grant;

		if (!a->state)
			continue;
		switch (a->way->turn(a->state, &grant, now)) {
		case WAY_WAITING:
			break;
		case WAY_GRANTED:
			news |= on_granted(m, a, &grant, now);
			break;
		case WAY_FAILED:
			on_failed(m, a, now);
			break;
		case WAY_RELEASED:
			end_attempt(a);
			break;
		}
	}
	return news;
}

static bool has_attempts(const struct mapping *m)
{
	size_t i;

	for (i = 0; i < m->n_attempts; i++) {
		if (!m->attempts[i].why)
			return true;
	}
	return false;
}

static void renew(struct mapping *m, int64_t now)
{
	m->is_renewing = true;
	m->asked_ms = now;
	m->by->way->ask(m->by->state, now);
}

unsigned int tl_mapping_run(struct mapping *m, int64_t now)
{
	unsigned int news = turn_attempts(m, now);

	switch (m->state) {
	case PORTMAP_ASKING:
		begin_attempts(m, now);
		if (!has_attempts(m) || now - m->since_ms >= PATIENCE_MS) {
			rest(m, now);
			news |= MAPPING_CHANGED;
		}
		break;
	case PORTMAP_MAPPED:
		if (now >= m->expires_ms) {
			begin(m, now);
			news |= MAPPING_CHANGED;
		} else if (!m->is_renewing && now >= m->due_ms) {
			renew(m, now);
		}
		break;
	case PORTMAP_NONE:
		if (now >= m->due_ms)
			begin(m, now);
		break;
	}
	return news;
}

static int64_t next_attempt(const struct mapping *m)
{
	int64_t next = WAY_NEVER;
	size_t i;

	for (i = 0; i < m->n_attempts; i++) {
		const struct attempt *a = &m->attempts[i];
		int64_t at = WAY_NEVER;

		if (a->state)
			at = a->way->next(a->state);
		else if (!a->why && m->state == PORTMAP_ASKING)
			at = m->since_ms + a->way->head_start_ms;
		next = TL_MIN(next, at);
	}
	return next;
}

int64_t tl_mapping_next(const struct mapping *m)
{
	int64_t next = next_attempt(m);

	switch (m->state) {
	case PORTMAP_ASKING:
		return TL_MIN(next, m->since_ms + PATIENCE_MS);
	case PORTMAP_MAPPED:
		if (!m->is_renewing)
			next = TL_MIN(next, m->due_ms);
		return TL_MIN(next, m->expires_ms);
	case PORTMAP_NONE:
		break;
	}
	return m->due_ms;
}

void tl_mapping_hurry(struct mapping *m, int64_t now)
{
	int64_t at = now;

	if (m->state == PORTMAP_MAPPED)
		at = TL_MAX(now, m->asked_ms + ASK_PERIOD_MS);
	else if (m->state == PORTMAP_NONE)
		at = TL_MAX(now, m->since_ms + HURRIED_REST_MS);
	m->due_ms = TL_MIN(m->due_ms, at);
}

void tl_mapping_release(struct mapping *m, int64_t now)
{
	size_t i;

	m->due_ms = WAY_NEVER;
	m->expires_ms = WAY_NEVER;
	for (i = 0; i < m->n_attempts; i++) {
		struct attempt *a = &m->attempts[i];

		if (!a->state)
			continue;
		a->why = NULL;
		a->way->release(a->state, now);
		/* Nobody has granted it yet: that is not waited for. */
		if (a != m->by)
			end_attempt(a);
	}
}

bool tl_mapping_is_released(const struct mapping *m)
{
	return !m->by || !m->by->state || m->by->why;
}
