/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.c - the thread that calls the application back
 *
 * libzt's way. It takes from the queue that zt_next_event() takes from, so an
 * application uses one or the other. What was lost from a full queue is made
 * good by telling how everything is.
 */
#include "sdk/libzt/zts.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>

#include "base/alloc.h"
#include "os/thread.h"
#include "sdk/events.h"

/**
 * struct teller - The thread and what its messages point to
 * @is_started:	of zts_node_start() and zts_node_stop(), of which there is one
 *		at a time
 */
static struct teller {
	pthread_t thread;
	bool is_started;
	void (*handler)(void *message);
	struct identity id; /* until it was told */
	zts_node_info_t node;
	zts_net_info_t net;
	zts_netif_info_t netif;
	zts_peer_info_t peer;
	zts_addr_info_t addr;
} teller;

/* Told by the thread itself: it may run before its creator knows its name. */
static _Thread_local bool is_teller;

static void tell(struct teller *t, zts_event_t code, zts_event_msg_t message)
{
	message.event_code = (int16_t)code;
	t->handler(&message);
}

static void tell_node(struct teller *t, zts_event_t code)
{
	tell(t, code, (zts_event_msg_t){ .node = &t->node });
}

static void tell_identity(struct teller *t, zts_event_t code, bool secret)
{
	char text[ZTS_ID_STR_BUF_LEN];
	unsigned int len = sizeof(text);

	if (tl_zts_put_identity(text, &len, &t->id, secret) == ZTS_ERR_OK)
		tell(t, code,
		     (zts_event_msg_t){ .cache = text, .len = (int)len });
	tl_wipe(text, sizeof(text));
}

static uint64_t mac_number(struct mac m)
{
	return (uint64_t)m.b[0] << 40 | (uint64_t)m.b[1] << 32 |
	       (uint64_t)m.b[2] << 24 | (uint64_t)m.b[3] << 16 |
	       (uint64_t)m.b[4] << 8 | m.b[5];
}

static void fill_lists(zts_net_info_t *out, const struct network_view *v)
{
	size_t n = TL_MIN(v->n_addresses, (size_t)ZTS_MAX_ASSIGNED_ADDRESSES);
	size_t i;

	for (i = 0; i < n; i++)
		tl_zts_from_endpoint(&out->assigned_addrs[i], &v->addresses[i]);
	out->assigned_addr_count = (unsigned int)n;
	n = TL_MIN(v->n_routes, (size_t)ZTS_MAX_NETWORK_ROUTES);
	for (i = 0; i < n; i++) {
		const struct route *r = &v->routes[i];

		tl_zts_from_endpoint(&out->routes[i].target, &r->target);
		tl_zts_from_endpoint(&out->routes[i].via, &r->via);
		out->routes[i].flags = r->flags;
		out->routes[i].metric = r->metric;
	}
	out->route_count = (unsigned int)n;
	for (i = 0; i < v->n_groups; i++) {
		out->multicast_subs[i].mac = mac_number(v->groups[i].mac);
		out->multicast_subs[i].adi = v->groups[i].adi;
	}
	out->multicast_sub_count = (unsigned int)v->n_groups;
}

static void fill_network(zts_net_info_t *out, uint64_t id,
			 const struct network_view *v)
{
	*out = (zts_net_info_t){ .net_id = id };
	if (!v)
		return;
	out->mac = mac_number(v->mac);
	memcpy(out->name, v->name, sizeof(out->name) - 1);
	out->status = (zts_network_status_t)tl_zts_status_of(v);
	out->type = v->is_public ? ZTS_NETWORK_TYPE_PUBLIC
				 : ZTS_NETWORK_TYPE_PRIVATE;
	out->mtu = v->mtu;
	out->bridge = v->is_bridge;
	out->broadcast_enabled = v->has_broadcast;
	out->netconf_rev = (unsigned long)v->revision; /* allow long: libzt's */
	fill_lists(out, v);
}

static void tell_network(struct teller *t, zts_event_t code, uint64_t id)
{
	struct network_view *v = NULL;

	(void)!tl_zts_network(&v, id);
	fill_network(&t->net, id, v);
	tl_free(v);
	tell(t, code, (zts_event_msg_t){ .network = &t->net });
}

/* With what tell_network() has found. */
static void tell_netif(struct teller *t, zts_event_t code)
{
	t->netif = (zts_netif_info_t){ .net_id = t->net.net_id,
				       .mac = t->net.mac,
				       .mtu = (int)t->net.mtu };
	tell(t, code, (zts_event_msg_t){ .netif = &t->netif });
}

static void tell_ready(struct teller *t, uint64_t id)
{
	bool has4 = false;
	bool has6 = false;
	unsigned int i;

	tell_network(t, ZTS_EVENT_NETWORK_OK, id);
	tell_netif(t, ZTS_EVENT_NETIF_UP);
	for (i = 0; i < t->net.assigned_addr_count; i++) {
		has4 |= t->net.assigned_addrs[i].ss_family == ZTS_AF_INET;
		has6 |= t->net.assigned_addrs[i].ss_family == ZTS_AF_INET6;
	}
	if (has4)
		tell(t, ZTS_EVENT_NETWORK_READY_IP4,
		     (zts_event_msg_t){ .network = &t->net });
	if (has6)
		tell(t, ZTS_EVENT_NETWORK_READY_IP6,
		     (zts_event_msg_t){ .network = &t->net });
	if (has4 && has6)
		tell(t, ZTS_EVENT_NETWORK_READY_IP4_IP6,
		     (zts_event_msg_t){ .network = &t->net });
}

static void tell_address(struct teller *t, const struct zt_event *e)
{
	bool is_new = e->kind == ZT_EVENT_ADDRESS_ADDED;
	struct sockaddr_storage address = { 0 };
	socklen_t len = sizeof(address);
	zts_event_t code;

	if (zt_event_address(e, (struct sockaddr *)&address, &len) != ZT_OK)
		return;
	if (address.ss_family == AF_INET)
		code = is_new ? ZTS_EVENT_ADDR_ADDED_IP4
			      : ZTS_EVENT_ADDR_REMOVED_IP4;
	else
		code = is_new ? ZTS_EVENT_ADDR_ADDED_IP6
			      : ZTS_EVENT_ADDR_REMOVED_IP6;
	t->addr = (zts_addr_info_t){ .net_id = e->network };
	len = sizeof(t->addr.addr);
	tl_zts_to((struct zts_sockaddr *)&t->addr.addr, &len, &address);
	tell(t, code, (zts_event_msg_t){ .addr = &t->addr });
}

static void fill_path(zts_path_t *out, const struct path_view *p, int latency)
{
	tl_zts_from_endpoint(&out->address, &p->remote);
	out->last_tx = (uint64_t)p->last_out_ms;
	out->last_rx = (uint64_t)p->last_in_ms;
	out->latency = p->is_preferred ? (float)latency : -1.0f;
	out->preferred = p->is_preferred;
}

static void tell_peer(struct teller *t, zts_event_t code, uint64_t id)
{
	struct peer_view *v = NULL;
	size_t i;

	t->peer = (zts_peer_info_t){ .peer_id = id };
	if (tl_zts_peer(&v, id) == ZTS_ERR_OK) {
		t->peer.ver_major = v->major;
		t->peer.ver_minor = v->minor;
		t->peer.ver_rev = v->revision;
		t->peer.latency = v->latency_ms;
		t->peer.role = v->is_root ? ZTS_PEER_ROLE_PLANET
					  : ZTS_PEER_ROLE_LEAF;
		t->peer.path_count = (unsigned int)v->n_paths;
		for (i = 0; i < v->n_paths; i++)
			fill_path(&t->peer.paths[i], &v->paths[i],
				  v->latency_ms);
	}
	tl_free(v);
	tell(t, code, (zts_event_msg_t){ .peer = &t->peer });
}

static void tell_removed(struct teller *t, uint64_t id)
{
	fill_network(&t->net, id, NULL);
	tell_netif(t, ZTS_EVENT_NETIF_DOWN);
	tell(t, ZTS_EVENT_NETWORK_DOWN,
	     (zts_event_msg_t){ .network = &t->net });
}

static void tell_all(struct teller *t)
{
	uint64_t ids[SERVICE_NETWORKS_MAX];
	size_t n = SERVICE_NETWORKS_MAX;
	size_t i;

	tell_node(t, zts_node_is_online() ? ZTS_EVENT_NODE_ONLINE
					  : ZTS_EVENT_NODE_OFFLINE);
	if (zt_networks(ids, &n) != ZT_OK)
		return;
	for (i = 0; i < n; i++) {
		if (zt_network_status(ids[i]) == ZT_NETWORK_READY)
			tell_ready(t, ids[i]);
	}
}

static void pass_on(struct teller *t, const struct zt_event *e)
{
	switch (e->kind) {
	case ZT_EVENT_NONE:
		return;
	case ZT_EVENT_OVERFLOW:
		return tell_all(t);
	case ZT_EVENT_ONLINE:
		return tell_node(t, ZTS_EVENT_NODE_ONLINE);
	case ZT_EVENT_OFFLINE:
		return tell_node(t, ZTS_EVENT_NODE_OFFLINE);
	case ZT_EVENT_NETWORK_UP:
		return tell_ready(t, e->network);
	case ZT_EVENT_NETWORK_DOWN:
		return tell_network(t, ZTS_EVENT_NETWORK_REQ_CONFIG,
				    e->network);
	case ZT_EVENT_NETWORK_DENIED:
		return tell_network(t, ZTS_EVENT_NETWORK_ACCESS_DENIED,
				    e->network);
	case ZT_EVENT_NETWORK_NOT_FOUND:
		return tell_network(t, ZTS_EVENT_NETWORK_NOT_FOUND, e->network);
	case ZT_EVENT_NETWORK_REMOVED:
		return tell_removed(t, e->network);
	case ZT_EVENT_ADDRESS_ADDED:
	case ZT_EVENT_ADDRESS_REMOVED:
		return tell_address(t, e);
	case ZT_EVENT_PEER_DIRECT:
		return tell_peer(t, ZTS_EVENT_PEER_DIRECT, e->peer);
	case ZT_EVENT_PEER_RELAYED:
		return tell_peer(t, ZTS_EVENT_PEER_RELAY, e->peer);
	case ZT_EVENT_PEER_LOST:
		return tell_peer(t, ZTS_EVENT_PEER_UNREACHABLE, e->peer);
	}
}

static void *teller_main(void *arg)
{
	struct teller *t = arg;
	struct zt_event e;

	is_teller = true;
	pthread_setname_np(pthread_self(), "tapless-events");
	tell_node(t, ZTS_EVENT_NODE_UP);
	tell_identity(t, ZTS_EVENT_STORE_IDENTITY_SECRET, true);
	tell_identity(t, ZTS_EVENT_STORE_IDENTITY_PUBLIC, false);
	tl_identity_wipe(&t->id);
	tell(t, ZTS_EVENT_STACK_UP, (zts_event_msg_t){ 0 });
	while (tl_events_wait(&e, -1) == ZT_OK)
		pass_on(t, &e);
	tell(t, ZTS_EVENT_STACK_DOWN, (zts_event_msg_t){ 0 });
	tell_node(t, ZTS_EVENT_NODE_DOWN);
	return NULL;
}

int tl_zts_events_start(void (*handler)(void *message))
{
	int port = tl_zts_port();
	int r = tl_zts_identity(&teller.id);

	/* Now: when the thread comes to it the node may have stopped again. */
	if (r != ZTS_ERR_OK || port < 0)
		return -ESHUTDOWN;
	teller.node = (zts_node_info_t){
		.node_id = teller.id.addr.v,
		.port_primary = (uint16_t)port,
		.ver_major = TL_VERSION_MAJOR,
		.ver_minor = TL_VERSION_MINOR,
		.ver_rev = TL_VERSION_PATCH,
	};
	teller.handler = handler;
	r = tl_thread_start(&teller.thread, teller_main, &teller);
	teller.is_started = r == 0;
	return r;
}

void tl_zts_events_stop(void)
{
	if (teller.is_started)
		pthread_join(teller.thread, NULL);
	teller.is_started = false;
}

bool tl_zts_events_is_here(void)
{
	return is_teller;
}
