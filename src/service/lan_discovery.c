/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lan_discovery.c - beacons on the local networks (vl1/discover.h)
 *
 * Theory of operation: one multicast socket a family listens on all interfaces
 * that have an address of ours with a private scope and a UDP socket of the
 * node on it. A beacon goes out from each such address, so that its source is
 * where the node can be reached. One that comes in counts if its source is in
 * the subnet of an address of the interface it came in on; what may have passed
 * a router is dropped below (os/linkcast.h).
 *
 * Nothing depends on it: where no socket can be had there is none.
 */
#include "service/service_impl.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/file.h"
#include "os/ifaddrs.h"
#include "os/linkcast.h"

#define PORT 9995
#define LINKS_MAX 32
#define LOCAL_MAX 128
#define RECEIVE_MAX 64 /* in one pass; a flood must not stop all else */

/* Administratively scoped (RFC 2365), and of the link (RFC 4291). */
static const struct udp_addr groups[] = {
	{ 4, PORT, { 239, 255, 84, 76 } },
	{ 6,
	  PORT,
	  { 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'T', 'L', 'b', 'c' } },
};

#define FAMILIES TL_ARRAY_SIZE(groups)

/* One of our addresses on a wire. */
struct lan_link {
	unsigned int ifindex;
	struct udp_addr addr;
	struct endpoint subnet; /* port: its prefix length */
	int wire_id;
};

struct listener {
	struct service *s;
	const struct udp_addr *group;
	int fd;
	struct watch watch;
};

struct discovery {
	struct listener listeners[FAMILIES];
	struct lan_link links[LINKS_MAX];
	size_t n_links;
};

static struct endpoint endpoint_of(const struct udp_addr *a)
{
	struct endpoint e = { .family = a->family, .port = a->port };

	memcpy(e.ip, a->ip, sizeof(e.ip));
	return e;
}

static const struct lan_link *link_of(const struct discovery *d,
				      const struct linkcast_info *info)
{
	struct endpoint from = endpoint_of(&info->from);
	size_t i;

	for (i = 0; i < d->n_links; i++) {
		const struct lan_link *l = &d->links[i];

		if (l->ifindex == info->ifindex &&
		    tl_endpoint_contains(&l->subnet, &from))
			return l;
	}
	return NULL;
}

static void on_beacon(struct service *s, const struct linkcast_info *info,
		      struct bytes datagram)
{
	const struct lan_link *l = link_of(s->discovery, info);
	struct endpoint from = endpoint_of(&info->from);

	if (l)
		tl_node_on_beacon(s->node, l->wire_id, &from, datagram,
				  tl_service_now(s));
}

static void on_ready(void *ctx, uint32_t events)
{
	uint8_t room[LINKCAST_MAX];
	struct listener *l = ctx;
	struct linkcast_info info;
	int i;

	(void)events;
	for (i = 0; i < RECEIVE_MAX; i++) {
		int n = tl_linkcast_receive(l->fd, l->group, &info,
					    TL_BUFFER_OF(room));

		if (n == -EAGAIN)
			return;
		if (n > 0)
			on_beacon(l->s, &info, tl_bytes(room, (size_t)n));
	}
	/* There may be more, which is told of once more. */
	tl_poll_mod(l->s->poll, &l->watch, WATCH_IN);
}

static void open_listener(struct listener *l)
{
	int r;

	l->fd = tl_linkcast_open(l->group);
	if (l->fd < 0) {
		tl_dbg("no IPv%d neighbours are looked for: %s",
		       l->group->family, strerror(-l->fd));
		l->fd = -1;
		return;
	}
	r = tl_poll_add(l->s->poll, &l->watch, l->fd, WATCH_IN);
	if (r)
		tl_fd_close(&l->fd);
}

void tl_discovery_open(struct service *s)
{
	struct discovery *d;
	size_t i;

	if (!s->conf.allow_lan_discovery)
		return;
	d = tl_alloc_zeroed(sizeof(*d));
	if (!d)
		return;
	for (i = 0; i < FAMILIES; i++) {
		struct listener *l = &d->listeners[i];

		l->s = s;
		l->group = &groups[i];
		l->watch = (struct watch){ .fd = -1, .fn = on_ready, .ctx = l };
		open_listener(l);
	}
	s->discovery = d;
	tl_discovery_refresh(s);
}

void tl_discovery_close(struct service *s)
{
	struct discovery *d = s->discovery;
	size_t i;

	if (!d)
		return;
	s->discovery = NULL;
	for (i = 0; i < FAMILIES; i++) {
		tl_poll_del(s->poll, &d->listeners[i].watch);
		tl_fd_close(&d->listeners[i].fd);
	}
	tl_free(d);
}

/* The node's socket on this address and its first port; NULL: none. */
static const struct wire *wire_on(const struct service *s,
				  const struct udp_addr *a)
{
	size_t i;

	for (i = 0; i < WIRES_MAX; i++) {
		const struct wire *w = &s->wires[i];
		const struct udp_addr *l;

		if (!w->socket)
			continue;
		l = tl_udp_local(w->socket);
		if (l->family == a->family && l->port == s->port &&
		    memcmp(l->ip, a->ip, sizeof(a->ip)) == 0)
			return w;
	}
	return NULL;
}

static struct listener *listener_of(struct discovery *d, unsigned int family)
{
	struct listener *l = &d->listeners[family == 6];

	return l->fd >= 0 ? l : NULL;
}

static void add_link(struct service *s, const struct local_addr *a)
{
	struct discovery *d = s->discovery;
	struct endpoint subnet = endpoint_of(&a->addr);
	const struct wire *w = wire_on(s, &a->addr);
	struct listener *l = listener_of(d, a->addr.family);
	unsigned int ifindex;

	if (!w || !l || d->n_links == LINKS_MAX || a->is_loopback ||
	    !tl_endpoint_is_near(&subnet))
		return;
	ifindex = tl_linkcast_ifindex(a->device);
	if (!ifindex || tl_linkcast_join(l->fd, l->group, ifindex))
		return;
	subnet.port = a->bits;
	d->links[d->n_links++] = (struct lan_link){ .ifindex = ifindex,
						    .addr = a->addr,
						    .subnet = subnet,
						    .wire_id = w->id };
}

void tl_discovery_refresh(struct service *s)
{
	struct local_addr local[LOCAL_MAX];
	size_t n;
	size_t i;

	if (!s->discovery)
		return;
	s->discovery->n_links = 0;
	if (tl_ifaddrs_list(local, &n, LOCAL_MAX, s->conf.skip_prefixes))
		return;
	for (i = 0; i < n; i++)
		add_link(s, &local[i]);
}

void tl_discovery_beacon(void *ctx, struct beacon *b)
{
	uint8_t room[BEACON_MAX_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct service *s = ctx;
	size_t i;

	if (!s->discovery)
		return;
	b->port = s->port;
	tl_write_beacon(&w, b);
	for (i = 0; i < s->discovery->n_links; i++) {
		const struct lan_link *l = &s->discovery->links[i];
		const struct listener *out =
			listener_of(s->discovery, l->addr.family);

		tl_linkcast_send(out->fd, out->group, l->ifindex, &l->addr,
				 tl_writer_bytes(&w));
	}
}
