/* SPDX-License-Identifier: Apache-2.0 */
/*
 * natmap.c - the port that gateways map to the outside (vl1.md 7.16)
 *
 * Finds out which of our addresses have a gateway in front of them, and has
 * their third port mapped there. A machine without such a gateway has no third
 * port and sends nothing.
 */
#include "service/service_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/gateway.h"
#include "os/ifaddrs.h"
#include "portmap/portmap.h"

#define GATEWAYS_MAX 4
#define LOCAL_MAX 64
/* One change of interfaces comes in several reports. */
#define LOOK_DELAY_MS 300

/**
 * struct natmap - Mappings and what they are made from
 * @timer:	set for the earlier of @look_ms and @run_ms
 * @look_ms:	when to look at gateways and addresses; INT64_MAX: no need
 * @run_ms:	when the mappings have something to do
 * @routes_fd:	tells of changes; -1: the system cannot
 */
struct natmap {
	struct service *s;
	struct portmap *portmap;
	uv_timer_t timer;
	int64_t look_ms;
	int64_t run_ms;
	int routes_fd;
	struct watch routes_watch;
};

static void on_timer(uv_timer_t *timer);

static void set_timer(struct natmap *m)
{
	int64_t at = TL_MIN(m->look_ms, m->run_ms);
	int64_t wait = at - tl_clock_ms();

	if (at == INT64_MAX)
		uv_timer_stop(&m->timer);
	else
		uv_timer_start(&m->timer, on_timer, (uint64_t)TL_MAX(wait, 0),
			       0);
}

static void plan(void *ctx, int64_t at_ms)
{
	struct natmap *m = ctx;

	m->run_ms = at_ms;
	set_timer(m);
}

static size_t find_targets(const struct service *s, struct portmap_target *out,
			   size_t max)
{
	struct gateway gateways[GATEWAYS_MAX];
	struct local_addr local[LOCAL_MAX];
	struct endpoint bound[WIRES_MAX];
	size_t n_gateways = 0;
	size_t n_local = 0;

	if (tl_gateways_list(gateways, &n_gateways, GATEWAYS_MAX) ||
	    !n_gateways ||
	    tl_ifaddrs_list(local, &n_local, LOCAL_MAX, s->conf.skip_prefixes))
		return 0;
	return tl_targets_find(out, max, gateways, n_gateways, local, n_local,
			       bound, tl_wires_endpoints(s, bound, WIRES_MAX),
			       0);
}

static void look(struct natmap *m)
{
	struct portmap_target targets[TARGETS_MAX];
	size_t n = find_targets(m->s, targets, TARGETS_MAX);
	uint16_t port = n ? tl_wires_third_port(m->s) : 0;
	size_t i;

	for (i = 0; i < n; i++)
		targets[i].local.port = port;
	tl_portmap_set(m->portmap, targets, port ? n : 0);
}

static void on_timer(uv_timer_t *timer)
{
	struct natmap *m = timer->data;
	int64_t now = tl_clock_ms();

	if (now >= m->look_ms) {
		m->look_ms = INT64_MAX;
		look(m);
	}
	if (now >= m->run_ms)
		tl_portmap_run(m->portmap);
	set_timer(m);
}

static void look_at(struct natmap *m, int64_t at_ms)
{
	m->look_ms = TL_MIN(m->look_ms, at_ms);
	set_timer(m);
}

void tl_natmap_look(struct service *s)
{
	if (s->natmap)
		look_at(s->natmap, tl_clock_ms() + LOOK_DELAY_MS);
}

static void on_routes(void *ctx, uint32_t events)
{
	struct natmap *m = ctx;

	(void)events;
	if (tl_gateways_watch_drain(m->routes_fd))
		tl_natmap_look(m->s);
}

static void watch_routes(struct natmap *m)
{
	m->routes_watch = (struct watch){ .fd = -1, .fn = on_routes, .ctx = m };
	m->routes_fd = tl_gateways_watch();
	if (m->routes_fd >= 0 &&
	    tl_poll_add(m->s->poll, &m->routes_watch, m->routes_fd, WATCH_IN))
		tl_fd_close(&m->routes_fd);
}

static void on_closed(uv_handle_t *handle)
{
	tl_free(handle->data);
}

void tl_natmap_open(struct service *s)
{
	struct portmap_config c = { .poll = s->poll, .plan = plan };
	struct natmap *m;
	char address[ADDRESS_TEXT_SIZE];

	if (!s->conf.port_mapping_enabled || !tl_portmap_is_built())
		return;
	m = tl_alloc_zeroed(sizeof(*m));
	if (!m)
		return;
	c.ctx = m;
	snprintf(c.name, sizeof(c.name), "tapless/%s",
		 tl_address_print(address, s->home.id.addr));
	m->s = s;
	m->look_ms = INT64_MAX;
	m->run_ms = INT64_MAX;
	if (tl_portmap_new(&m->portmap, &c)) {
		tl_free(m);
		return;
	}
	(void)uv_timer_init(&s->loop, &m->timer);
	m->timer.data = m;
	s->natmap = m;
	watch_routes(m);
	look_at(m, tl_clock_ms());
}

void tl_natmap_close(struct service *s)
{
	struct natmap *m = s->natmap;

	if (!m)
		return;
	s->natmap = NULL;
	tl_portmap_free(m->portmap);
	if (m->routes_fd >= 0) {
		tl_poll_del(s->poll, &m->routes_watch);
		tl_fd_close(&m->routes_fd);
	}
	uv_close((uv_handle_t *)&m->timer, on_closed);
}

size_t tl_natmap_endpoints(const struct service *s, struct endpoint *out,
			   size_t max)
{
	return s->natmap ? tl_portmap_endpoints(s->natmap->portmap, out, max)
			 : 0;
}

static json_t *json_of(const struct portmap_status *status)
{
	const struct portmap_target *t = &status->target;
	char gateway[ENDPOINT_TEXT_SIZE];
	char local[ENDPOINT_TEXT_SIZE];
	char external[ENDPOINT_TEXT_SIZE];

	return json_pack("{s:s, s:s?, s:s, s:s, s:s?, s:b, s:s}", "state",
			 tl_portmap_state_name(status->state), "protocol",
			 status->protocol, "gateway",
			 tl_endpoint_print_ip(gateway, &t->gateway), "internal",
			 tl_endpoint_print(local, &t->local), "external",
			 status->protocol ? tl_endpoint_print(external,
							      &status->external)
					  : NULL,
			 "public", status->is_public, "why", status->why);
}

json_t *tl_natmap_json(const struct service *s)
{
	json_t *list = json_array();
	struct portmap_status status;
	size_t i;

	for (i = 0;
	     s->natmap && tl_portmap_status(s->natmap->portmap, i, &status);
	     i++)
		json_array_append_new(list, json_of(&status));
	return list;
}
