/* SPDX-License-Identifier: Apache-2.0 */
#include "service/inspect.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "service/service_impl.h"

static_assert(VIEW_GROUPS_MAX == NETWORK_GROUPS_MAX, "all of them");

static void copy_config(struct network_view *out, const struct netconf *c)
{
	memcpy(out->name, c->name, sizeof(out->name));
	out->is_public = c->is_public;
	out->has_broadcast = c->flags & NETCONF_BROADCAST;
	out->mtu = c->mtu;
	out->revision = c->revision;
	out->n_routes = c->n_routes;
	memcpy(out->routes, c->routes, c->n_routes * sizeof(*c->routes));
}

int tl_inspect_network(const struct service *s, struct network_view *out,
		       uint64_t network)
{
	struct service_network short_view = { 0 };
	int r = tl_service_network(s, &short_view, network);
	const struct netconf *c;
	struct network *net;

	if (r)
		return r;
	net = tl_vl2_find(s->vl2, (struct network_id){ network });
	c = tl_network_config(net);
	*out = (struct network_view){
		.state = short_view.state,
		.is_configured = tl_network_status(net) == NETWORK_OK,
		.mac = tl_network_mac(net),
		.mtu = NETCONF_MTU_DEFAULT,
		.is_bridge = tl_network_is_bridge(net),
	};
	if (c)
		copy_config(out, c);
	out->n_addresses =
		tl_lan_addresses(net, out->addresses, NETCONF_MAX_ADDRESSES);
	out->n_groups = tl_network_groups(net, out->groups, VIEW_GROUPS_MAX);
	return 0;
}

static void copy_paths(struct peer_view *out, const struct peer *p,
		       const struct path *best, int64_t now)
{
	unsigned int i;

	for (i = 0; i < p->n_slots && out->n_paths < VIEW_PATHS_MAX; i++) {
		const struct path *path = p->slots[i].path;

		if (now - p->slots[i].last_receive_ms >= PATH_EXPIRY_MS ||
		    tl_path_is_dead(path, now))
			continue;
		out->paths[out->n_paths++] = (struct path_view){
			.remote = path->remote,
			.last_in_ms = path->last_in_ms,
			.last_out_ms = path->last_out_ms,
			.is_preferred = path == best,
		};
	}
}

int tl_inspect_peer(const struct service *s, struct peer_view *out,
		    uint64_t peer)
{
	const struct peer *p =
		tl_node_find_peer(s->node, (struct address){ peer });
	int64_t now = tl_service_now(s);
	const struct path *best;

	if (!p)
		return -ENOENT;
	best = tl_peer_best_path(p, PATHS_USABLE, now);
	*out = (struct peer_view){ .is_root = p->is_upstream,
				   .major = -1,
				   .minor = -1,
				   .revision = -1,
				   .latency_ms = -1 };
	if (p->version.protocol) {
		out->major = p->version.major;
		out->minor = p->version.minor;
		out->revision = p->version.revision;
	}
	if (best && best->latency_ms != PATH_LATENCY_UNKNOWN)
		out->latency_ms = best->latency_ms;
	copy_paths(out, p, best, now);
	return 0;
}

void tl_inspect_identity(const struct service *s, struct identity *out)
{
	*out = s->home.id;
}
