/* SPDX-License-Identifier: Apache-2.0 */
/* guest.c - for the application that the service runs in */
#include "service/service_impl.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

void tl_service_on_poke(uv_async_t *handle)
{
	struct service *s = handle->data;

	if (s->options.on_poke)
		s->options.on_poke(s->options.ctx);
}

void tl_service_poke(struct service *s)
{
	uv_async_send(&s->poke);
}

static enum service_way way_of(const struct peer *p, int64_t now)
{
	if (!p->last_receive_ms)
		return SERVICE_WAY_NONE;
	if (now - p->last_receive_ms >= PEER_LOST_MS)
		return SERVICE_WAY_LOST;
	return tl_peer_best_path(p, PATHS_USABLE, now) ? SERVICE_WAY_DIRECT
						       : SERVICE_WAY_RELAYED;
}

static void tell_peers(struct service *s)
{
	int64_t now = tl_service_now(s);
	struct map_walk walk = { 0 };
	enum service_way way;
	struct peer *p;

	if (!s->options.on_peer || now - s->peers_looked_ms < PEER_LOOK_MS)
		return;
	s->peers_looked_ms = now;
	while ((p = tl_node_each_peer(s->node, &walk))) {
		way = way_of(p, now);
		if (way == p->told)
			continue;
		p->told = way;
		s->options.on_peer(s->options.ctx, p->id.addr.v, way);
	}
}

void tl_service_tell(struct service *s)
{
	bool is_online;

	tell_peers(s);
	if (!s->options.on_change)
		return;
	is_online = tl_service_is_online(s);
	if (is_online == s->was_online && !s->is_changed)
		return;
	s->was_online = is_online;
	s->is_changed = false;
	s->options.on_change(s->options.ctx);
}

uint64_t tl_service_node_id(const struct service *s)
{
	return s->home.id.addr.v;
}

bool tl_service_is_online(const struct service *s)
{
	return tl_node_is_online(s->node, tl_service_now(s));
}

int tl_service_join(struct service *s, uint64_t network)
{
	return tl_lan_join(s, (struct network_id){ network });
}

int tl_service_leave(struct service *s, uint64_t network)
{
	return tl_lan_leave(s, (struct network_id){ network });
}

uint64_t tl_service_network_at(const struct service *s, size_t i)
{
	const struct network *net = tl_vl2_at(s->vl2, i);

	return net ? tl_network_id(net).v : 0;
}

const char *tl_service_device(const struct service *s, uint64_t network)
{
	const struct network *net =
		tl_vl2_find(s->vl2, (struct network_id){ network });

	return net ? tl_lan_name(net) : "";
}

int tl_service_watch(struct service *s, struct watch *w, int fd)
{
	return tl_poll_add(s->poll, w, fd, WATCH_IN);
}

void tl_service_unwatch(struct service *s, struct watch *w)
{
	tl_poll_del(s->poll, w);
}

static enum service_network_state state_of(const struct network *net,
					   bool has_address)
{
	switch (tl_network_status(net)) {
	case NETWORK_OK:
		return has_address ? SERVICE_NETWORK_READY
				   : SERVICE_NETWORK_WAITING;
	case NETWORK_ACCESS_DENIED:
	case NETWORK_AUTHENTICATION_REQUIRED:
		return SERVICE_NETWORK_DENIED;
	case NETWORK_NOT_FOUND:
		return SERVICE_NETWORK_NOT_FOUND;
	case NETWORK_REQUESTING:
	case NETWORK_PORT_ERROR:
		break;
	}
	return SERVICE_NETWORK_WAITING;
}

int tl_service_network(const struct service *s, struct service_network *out,
		       uint64_t network)
{
	struct network *net =
		tl_vl2_find(s->vl2, (struct network_id){ network });
	struct endpoint list[SERVICE_ADDRESSES_MAX];
	size_t i;

	if (!net)
		return -ENOENT;
	out->n_addresses = tl_lan_addresses(net, list, SERVICE_ADDRESSES_MAX);
	out->state = state_of(net, out->n_addresses > 0);
	for (i = 0; i < out->n_addresses; i++) {
		out->addresses[i].family = list[i].family;
		memcpy(out->addresses[i].ip, list[i].ip,
		       sizeof(out->addresses[i].ip));
	}
	return 0;
}

static_assert(SERVICE_NETWORKS_MAX == NETWORKS_MAX, "all of them");

size_t tl_service_networks(const struct service *s, uint64_t *out, size_t max)
{
	const struct network *net;
	size_t n;

	for (n = 0; (net = tl_vl2_at(s->vl2, n)); n++) {
		if (n < max)
			out[n] = tl_network_id(net).v;
	}
	return n;
}

static void count_peers(const struct service *s, struct service_stats *out)
{
	int64_t now = tl_service_now(s);
	struct map_walk walk = { 0 };
	const struct peer *p;

	while ((p = tl_node_each_peer(s->node, &walk))) {
		enum service_way way = way_of(p, now);

		out->peers_direct += way == SERVICE_WAY_DIRECT;
		out->peers_relayed += way == SERVICE_WAY_RELAYED;
	}
	out->peers = out->peers_direct + out->peers_relayed;
}

void tl_service_stats(const struct service *s, struct service_stats *out)
{
	const struct drop_counts *engine = tl_node_drops(s->node);
	const struct drop_counts *stack = tl_stack_drops();
	const struct udp_counts *udp = tl_udp_counts(s->udp);
	int i;

	*out = (struct service_stats){
		.bytes_in = udp->received_bytes,
		.bytes_out = udp->sent_bytes,
		.packets_in = udp->received,
		.packets_out = udp->sent,
		.drops = udp->dropped_full + udp->dropped_error,
		.sockets = tl_sockets_counts(s->sockets)->sockets,
	};
	for (i = DROP_NONE + 1; i < DROP_COUNT; i++)
		out->drops += engine->n[i] + stack->n[i];
	count_peers(s, out);
}
