/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portmap.c - all mappings together
 *
 * A gateway that has restarted tells all hosts of the link (RFC 6887 14.1.1,
 * RFC 6886 3.2.1). It is believed only so far as to ask again soon.
 */
#include "portmap/portmap.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/clock.h"
#include "os/dgram.h"
#include "os/file.h"
#include "portmap/mapping.h"

#define RELEASE_MS 80
#define RESTART_LOG_MS 60000
#define TEXT_SIZE (2 * ENDPOINT_TEXT_SIZE)

/**
 * struct portmap - Mappings and their owner
 * @mappings:	@n of them, each allocated by itself since watches point to it
 * @news:	socket for what gateways tell all; -1: none
 */
struct portmap {
	struct portmap_config c;
	struct mapping *mappings[TARGETS_MAX];
	size_t n;
	int news;
	struct watch watch;
	struct log_limit restarts;
};

static const struct way *const ways[] = {
	&tl_way_pcp,
	&tl_way_natpmp,
	&tl_way_upnp,
};

bool tl_portmap_is_built(void)
{
	return true;
}

static bool is_public(const struct endpoint *e)
{
	enum ip_scope scope = tl_endpoint_scope(e);

	return scope == IP_SCOPE_GLOBAL || scope == IP_SCOPE_PSEUDO_PRIVATE;
}

static void print_why(const struct mapping *m, char *out, size_t size)
{
	size_t used = 0;
	size_t i;

	out[0] = '\0';
	for (i = 0; i < m->n_attempts && used < size; i++) {
		const struct attempt *a = &m->attempts[i];

		if (a->why)
			used += (size_t)snprintf(out + used, size - used,
						 "%s%s: %s", i ? "; " : "",
						 a->way->name, a->why);
	}
}

static void tell_mapped(const struct mapping *m)
{
	char gateway[ENDPOINT_TEXT_SIZE];
	char local[ENDPOINT_TEXT_SIZE];
	char external[ENDPOINT_TEXT_SIZE];

	tl_info("port mapping: %s is reached from outside at %s (%s, gateway "
		"%s)%s",
		tl_endpoint_print(local, &m->target.local),
		tl_endpoint_print(external, &m->external), m->by->way->name,
		tl_endpoint_print_ip(gateway, &m->target.gateway),
		is_public(&m->external)
			? ""
			: ", which is not public: another NAT is before it");
}

/* Once in a row. */
static void tell(struct mapping *m, bool was_mapped)
{
	char gateway[ENDPOINT_TEXT_SIZE];
	char why[256];

	tl_endpoint_print_ip(gateway, &m->target.gateway);
	if (m->state == PORTMAP_MAPPED) {
		tell_mapped(m);
		m->is_told = false;
	} else if (was_mapped) {
		tl_info("port mapping: gateway %s does not answer any more",
			gateway);
	} else if (m->state == PORTMAP_NONE && !m->is_told) {
		print_why(m, why, sizeof(why));
		tl_info("port mapping: gateway %s maps no port (%s)", gateway,
			why);
		m->is_told = true;
	}
}

/* Anybody can say so. */
static void tell_restart(struct portmap *p, const struct mapping *m,
			 int64_t now)
{
	char gateway[ENDPOINT_TEXT_SIZE];

	if (tl_log_allowed(&p->restarts, RESTART_LOG_MS, now))
		tl_info("port mapping: gateway %s has restarted; it is asked "
			"again",
			tl_endpoint_print_ip(gateway, &m->target.gateway));
}

static void plan(struct portmap *p)
{
	int64_t next = INT64_MAX;
	size_t i;

	for (i = 0; i < p->n; i++) {
		int64_t at = tl_mapping_next(p->mappings[i]);

		next = TL_MIN(next, at);
	}
	p->c.plan(p->c.ctx, next);
}

/* Other mappings of a gateway that has forgotten one. */
static void hurry_others(struct portmap *p, const struct mapping *m,
			 int64_t now)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (p->mappings[i] != m &&
		    p->mappings[i]->target.scope_id == m->target.scope_id)
			tl_mapping_hurry(p->mappings[i], now);
	}
}

static void run_one(struct portmap *p, struct mapping *m, int64_t now)
{
	bool was_mapped = m->state == PORTMAP_MAPPED;
	unsigned int news = tl_mapping_run(m, now);

	if (news & MAPPING_FORGOTTEN) {
		tell_restart(p, m, now);
		hurry_others(p, m, now);
	}
	if (news & MAPPING_CHANGED)
		tell(m, was_mapped);
}

static void on_ready(void *ctx, struct mapping *m)
{
	struct portmap *p = ctx;

	run_one(p, m, tl_clock_ms());
	plan(p);
}

void tl_portmap_run(struct portmap *p)
{
	int64_t now = tl_clock_ms();
	size_t i;

	for (i = 0; i < p->n; i++)
		run_one(p, p->mappings[i], now);
	plan(p);
}

static bool is_from(const struct mapping *m, const struct udp_addr *from)
{
	return from->family == m->target.gateway.family &&
	       memcmp(from->ip, m->target.gateway.ip, sizeof(from->ip)) == 0;
}

static void on_announcement(struct portmap *p, const struct udp_addr *from,
			    uint32_t epoch_s, int64_t now)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		struct mapping *m = p->mappings[i];
		bool is_known = m->epoch.is_known;

		if (!is_from(m, from) ||
		    (!tl_pcp_epoch_is_lost(&m->epoch, epoch_s, now) &&
		     is_known))
			continue;
		if (m->state == PORTMAP_MAPPED)
			tell_restart(p, m, now);
		tl_mapping_hurry(m, now);
	}
}

static void on_news(void *ctx, uint32_t events)
{
	uint8_t room[PCP_MESSAGE_MAX + 1];
	int64_t now = tl_clock_ms();
	struct portmap *p = ctx;
	struct udp_addr from;
	int n;

	(void)events;
	while ((n = tl_dgram_receive(p->news, TL_BUFFER_OF(room), &from)) >=
	       0) {
		struct reader r = tl_reader(tl_bytes(room, (size_t)n));
		uint32_t epoch_s = tl_read_pcp_announcement(&r);

		if (tl_reader_ok(&r))
			on_announcement(p, &from, epoch_s, now);
	}
	plan(p);
}

/* While there is a gateway. Without it restarts are noticed when mappings are
 * renewed. */
static void listen_to_news(struct portmap *p)
{
	if (!p->n && p->news >= 0) {
		tl_poll_del(p->c.poll, &p->watch);
		tl_fd_close(&p->news);
	}
	if (!p->n || p->news >= 0)
		return;
	p->news = tl_dgram_listen4(PCP_CLIENT_PORT);
	p->watch = (struct watch){ .fd = -1, .fn = on_news, .ctx = p };
	if (p->news >= 0 &&
	    tl_poll_add(p->c.poll, &p->watch, p->news, WATCH_IN))
		tl_fd_close(&p->news);
}

int tl_portmap_new(struct portmap **pp, const struct portmap_config *c)
{
	struct portmap *p = tl_alloc_zeroed(sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->c = *c;
	p->news = -1;
	*pp = p;
	return 0;
}

static void free_mapping(struct mapping *m)
{
	tl_mapping_fini(m);
	tl_free(m);
}

static struct mapping *take_mapping(struct portmap *p,
				    const struct portmap_target *t)
{
	struct mapping *m;
	size_t i;

	for (i = 0; i < p->n; i++) {
		m = p->mappings[i];
		if (!tl_target_equal(&m->target, t))
			continue;
		p->mappings[i] = p->mappings[--p->n];
		return m;
	}
	return NULL;
}

static struct mapping *new_mapping(struct portmap *p,
				   const struct portmap_target *t, int64_t now)
{
	const struct mapping_config c = {
		.target = t,
		.name = p->c.name,
		.poll = p->c.poll,
		.ready = on_ready,
		.ctx = p,
		.ways = ways,
		.n_ways = TL_ARRAY_SIZE(ways),
	};
	struct mapping *m = tl_alloc_zeroed(sizeof(*m));

	if (m)
		tl_mapping_init(m, &c, now);
	return m;
}

void tl_portmap_set(struct portmap *p, const struct portmap_target *targets,
		    size_t n)
{
	struct mapping *now_there[TARGETS_MAX];
	int64_t now = tl_clock_ms();
	size_t n_now = 0;
	size_t i;

	tl_assert(n <= TARGETS_MAX);
	for (i = 0; i < n; i++) {
		struct mapping *m = take_mapping(p, &targets[i]);

		if (m)
			tl_mapping_hurry(m, now);
		else
			m = new_mapping(p, &targets[i], now);
		if (m)
			now_there[n_now++] = m;
	}
	for (i = 0; i < p->n; i++)
		free_mapping(p->mappings[i]);
	memcpy(p->mappings, now_there, n_now * sizeof(now_there[0]));
	p->n = n_now;
	listen_to_news(p);
	plan(p);
}

static size_t not_released(const struct portmap *p, struct pollfd *out)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < p->n; i++) {
		const struct attempt *by = p->mappings[i]->by;

		if (!tl_mapping_is_released(p->mappings[i]))
			out[n++] = (struct pollfd){
				.fd = by->way->fd(by->state),
				.events = POLLIN,
			};
	}
	return n;
}

static void release_all(struct portmap *p)
{
	struct pollfd fds[TARGETS_MAX];
	int64_t now = tl_clock_ms();
	int64_t end_ms = now + RELEASE_MS;
	size_t n;
	size_t i;

	for (i = 0; i < p->n; i++)
		tl_mapping_release(p->mappings[i], now);
	while ((n = not_released(p, fds)) && now < end_ms) {
		(void)poll(fds, (nfds_t)n, (int)(end_ms - now));
		now = tl_clock_ms();
		for (i = 0; i < p->n; i++)
			(void)tl_mapping_run(p->mappings[i], now);
	}
}

void tl_portmap_free(struct portmap *p)
{
	size_t i;

	if (!p)
		return;
	release_all(p);
	for (i = 0; i < p->n; i++)
		free_mapping(p->mappings[i]);
	p->n = 0;
	listen_to_news(p);
	tl_free(p);
}

size_t tl_portmap_endpoints(const struct portmap *p, struct endpoint *out,
			    size_t max)
{
	size_t n = 0;
	size_t i;
	size_t j;

	for (i = 0; p && i < p->n && n < max; i++) {
		const struct mapping *m = p->mappings[i];

		if (m->state != PORTMAP_MAPPED || !is_public(&m->external) ||
		    tl_endpoint_equal(&m->external, &m->target.local))
			continue;
		for (j = 0; j < n; j++) {
			if (tl_endpoint_equal(&out[j], &m->external))
				break;
		}
		if (j == n)
			out[n++] = m->external;
	}
	return n;
}

const char *tl_portmap_state_name(enum portmap_state state)
{
	switch (state) {
	case PORTMAP_ASKING:
		return "asking";
	case PORTMAP_MAPPED:
		return "mapped";
	case PORTMAP_NONE:
		break;
	}
	return "none";
}

bool tl_portmap_status(const struct portmap *p, size_t i,
		       struct portmap_status *out)
{
	const struct mapping *m;

	if (!p || i >= p->n)
		return false;
	m = p->mappings[i];
	*out = (struct portmap_status){
		.state = m->state,
		.protocol = m->by ? m->by->way->name : NULL,
		.target = m->target,
		.external = m->external,
		.is_public = m->by && is_public(&m->external),
	};
	if (m->state == PORTMAP_NONE)
		print_why(m, out->why, sizeof(out->why));
	else if (m->by && !out->is_public)
		snprintf(out->why, sizeof(out->why),
			 "the gateway's address is not public: another NAT is "
			 "before it");
	return true;
}
