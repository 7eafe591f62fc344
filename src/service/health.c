/* SPDX-License-Identifier: Apache-2.0 */
/* health.c - is all well? For those who look from outside */
#include "service/service_impl.h"

#include <stdio.h>
#include <string.h>

#include "os/clock.h"

static void count_networks(const struct service *s, struct service_health *out,
			   size_t *denied, size_t *not_found)
{
	struct network *net;
	size_t i;

	for (i = 0; (net = tl_vl2_at(s->vl2, i)); i++) {
		switch (tl_network_status(net)) {
		case NETWORK_OK:
			out->networks_up++;
			break;
		case NETWORK_ACCESS_DENIED:
		case NETWORK_AUTHENTICATION_REQUIRED:
			++*denied;
			break;
		case NETWORK_NOT_FOUND:
			++*not_found;
			break;
		case NETWORK_REQUESTING:
		case NETWORK_PORT_ERROR:
			break;
		}
	}
	out->networks = i;
}

/* How many networks there are, and nothing that tells which. */
static void explain(struct service_health *h, size_t denied, size_t not_found)
{
	size_t waiting = h->networks - h->networks_up - denied - not_found;
	size_t at = 0;
	const struct {
		size_t n;
		const char *what;
	} parts[] = {
		{ denied, "not authorised on" },
		{ not_found, "unknown to the controller of" },
		{ waiting, "waiting for the configuration of" },
	};
	size_t i;

	if (!h->is_online)
		at += (size_t)snprintf(h->why, sizeof(h->why),
				       "no root answers");
	for (i = 0; i < TL_ARRAY_SIZE(parts); i++) {
		if (parts[i].n && at < sizeof(h->why))
			at += (size_t)snprintf(h->why + at, sizeof(h->why) - at,
					       "%s%s %zu of %zu networks",
					       at ? "; " : "", parts[i].what,
					       parts[i].n, h->networks);
	}
}

void tl_service_health(const struct service *s, struct service_health *out)
{
	const struct keep_hello *hello =
		s->options.keeper ? tl_keepline_hello(s->options.keeper) : NULL;
	size_t denied = 0;
	size_t not_found = 0;

	*out = (struct service_health){
		.is_online = tl_service_is_online(s),
		.uptime_s = (tl_clock_ms() - s->since_ms) / 1000,
		.restarts = hello ? hello->restarts : 0,
		.last_status = hello ? hello->last_status : 0,
	};
	count_networks(s, out, &denied, &not_found);
	explain(out, denied, not_found);
	out->is_ok = out->is_online && out->networks_up == out->networks;
}
