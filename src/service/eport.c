/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eport.c - frames between a network and a device
 *
 * Theory of operation: the device is read in the passes of the loop, as long as
 * the UDP sockets take what comes of it; what is not read waits in the device's
 * queue, where it does no harm. One read may give 64 KiB of TCP, which is cut
 * here. In the other direction segments of a pass are joined (coalesce.h).
 *
 * The kernel does ARP and NDP by itself. ARP requests become multicasts to the
 * owner of the address in vl2/. Only solicitations for addresses that spell
 * their owner are answered here, in the network's stead.
 *
 * Which groups the device listens to is asked for when the kernel says that
 * something has changed, or when a report of memberships leaves.
 */
#include "service/eport.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/tap.h"
#include "service/coalesce.h"
#include "service/segment.h"
#include "service/service_impl.h"
#include "stack/checksum.h"

#define ETHERTYPE_IP4 0x0800
#define ETHERTYPE_IP6 0x86dd
#define PROTO_IGMP 2
#define PROTO_HOP_BY_HOP 0
#define PROTO_ICMP6 58
#define ICMP6_NS 135
#define ICMP6_NA 136
#define IP6_LEN 40
#define PASS_BYTES (256 * 1024)

/**
 * struct eport - One device
 * @link:	in the service's list
 * @config:	what was applied last
 * @is_readable: the kernel has said so, and it was not drained since
 * @has_report:	groups have to be asked for at the end of the pass
 * @room:	for what is read
 */
struct eport {
	struct list link;
	struct service *s;
	struct network *net;
	struct port_config config;
	int fd;
	struct watch watch;
	bool is_readable;
	bool has_report;
	struct coalescer coalescer;
	uint8_t room[TAP_FRAME_MAX];
};

static void write_parts(void *ctx, const struct bytes *parts, size_t n)
{
	const struct eport *port = ctx;

	if (tl_tap_write(port->fd, parts, n) != 0)
		tl_node_drop(port->s->node, DROP_RECEIVE_BUFFER);
}

static void on_ready(void *ctx, uint32_t events)
{
	struct eport *port = ctx;

	if (events & (WATCH_IN | WATCH_ERR | WATCH_HUP))
		port->is_readable = true;
}

int tl_eport_new(struct eport **portp, struct service *s, struct network *net,
		 struct port_config *c)
{
	struct eport *port = tl_alloc_zeroed(sizeof(*port));
	int r;

	if (!port)
		return -ENOMEM;
	port->s = s;
	port->net = net;
	port->fd = -1;
	port->watch = (struct watch){ .fd = -1, .fn = on_ready, .ctx = port };
	tl_coalesce_init(&port->coalescer, write_parts, port);
	r = s->options.ports->open(s->options.ports_ctx, c, &port->fd);
	if (!r)
		r = tl_poll_add(s->poll, &port->watch, port->fd, WATCH_IN);
	if (r) {
		tl_fd_close(&port->fd);
		tl_free(port);
		return r;
	}
	memcpy(port->config.dev.name, c->dev.name, sizeof(c->dev.name));
	tl_list_append(&s->eports, &port->link);
	*portp = port;
	return 0;
}

void tl_eport_free(struct eport *port)
{
	if (!port)
		return;
	tl_list_remove(&port->link);
	tl_coalesce_flush(&port->coalescer);
	tl_poll_del(port->s->poll, &port->watch);
	tl_fd_close(&port->fd);
	port->s->options.ports->close(port->s->options.ports_ctx,
				      port->config.dev.name);
	tl_free(port);
}

static void tell_groups(struct eport *port)
{
	struct port_group list[PORT_GROUPS_MAX];
	struct group groups[PORT_GROUPS_MAX];
	struct service *s = port->s;
	size_t n = s->options.ports->groups(s->options.ports_ctx,
					    port->config.dev.name, list,
					    PORT_GROUPS_MAX);
	size_t i;

	for (i = 0; i < n; i++) {
		memcpy(groups[i].mac.b, list[i].mac, MAC_LEN);
		groups[i].adi = list[i].adi;
	}
	tl_network_set_groups(port->net, groups, n, tl_service_now(s));
}

void tl_service_groups_changed(struct service *s)
{
	struct eport *port;

	tl_list_each(it, next, &s->eports) {
		port = tl_container_of(it, struct eport, link);
		tell_groups(port);
	}
	tl_service_wake(s);
}

static bool is_same(const struct port_config *a, const struct port_config *b)
{
	const struct netdev_config *da = &a->dev;
	const struct netdev_config *db = &b->dev;

	return da->mtu == db->mtu && da->n_addresses == db->n_addresses &&
	       da->n_routes == db->n_routes && a->n_servers == b->n_servers &&
	       memcmp(da->addresses, db->addresses, sizeof(da->addresses)) ==
		       0 &&
	       memcmp(da->routes, db->routes, sizeof(da->routes)) == 0 &&
	       memcmp(a->servers, b->servers, sizeof(a->servers)) == 0 &&
	       strcmp(a->domain, b->domain) == 0;
}

void tl_eport_configure(struct eport *port, const struct port_config *c)
{
	struct service *s = port->s;
	int r = 0;

	if (!is_same(&port->config, c))
		r = s->options.ports->apply(s->options.ports_ctx, c);
	if (r)
		tl_warn("network %016llx: not all of its addresses and routes "
			"can be used on %s: %s",
			(unsigned long long)c->network, c->dev.name,
			strerror(-r));
	port->config = *c;
	tell_groups(port);
}

void tl_eport_input(struct eport *port, struct mac source, struct mac dest,
		    uint16_t ethertype, struct buffer payload)
{
	uint8_t ethernet[ETHERNET_LEN];

	memcpy(ethernet, dest.b, MAC_LEN);
	memcpy(ethernet + MAC_LEN, source.b, MAC_LEN);
	tl_store_be16(ethernet + 12, ethertype);
	tl_coalesce_add(&port->coalescer, ethernet, tl_buffer_bytes(payload));
	/* Outside of a pass nobody would flush. */
	tl_service_wake(port->s);
}

const uint8_t *tl_eport_solicited(struct bytes packet)
{
	const uint8_t *p = packet.at;

	if (packet.n < 64 || p[6] != PROTO_ICMP6 || p[IP6_LEN] != ICMP6_NS)
		return NULL;
	return p + 48;
}

void tl_eport_advertise(uint8_t out[EPORT_ADVERTISEMENT_LEN],
			struct bytes solicitation, struct mac mac)
{
	struct bytes answer = tl_bytes(out, EPORT_ADVERTISEMENT_LEN);
	const uint8_t *target = solicitation.at + 48;

	memset(out, 0, answer.n);
	out[0] = 0x60;
	out[5] = 32;
	out[6] = PROTO_ICMP6;
	out[7] = 255;
	memcpy(out + 8, target, 16);
	memcpy(out + 24, solicitation.at + 8, 16);
	out[40] = ICMP6_NA;
	out[44] = 0x60; /* solicited, override */
	memcpy(out + 48, target, 16);
	out[64] = 2; /* the target's link-layer address, */
	out[65] = 1; /* in units of eight bytes */
	memcpy(out + 66, mac.b, MAC_LEN);
	tl_store_be16(out + 42,
		      tl_checksum_transport(answer, IP6_LEN, PROTO_ICMP6));
}

bool tl_eport_is_report(uint16_t ethertype, struct bytes packet)
{
	const uint8_t *p = packet.at;

	if (ethertype == ETHERTYPE_IP4)
		return packet.n >= 20 && p[9] == PROTO_IGMP;
	/* RFC 3810 5.: all have the router alert in a hop-by-hop header. */
	return ethertype == ETHERTYPE_IP6 && packet.n >= IP6_LEN + 12 &&
	       p[6] == PROTO_HOP_BY_HOP && p[IP6_LEN] == PROTO_ICMP6 &&
	       p[IP6_LEN + 1] == 0 &&
	       ((p[IP6_LEN + 8] >= 130 && p[IP6_LEN + 8] <= 132) ||
		p[IP6_LEN + 8] == 143);
}

/* True if the frame has been dealt with. */
static bool answer_ndp(struct eport *port, struct mac from,
		       struct bytes payload)
{
	uint8_t head[VNET_LEN + ETHERNET_LEN] = { 0 };
	uint8_t packet[EPORT_ADVERTISEMENT_LEN];
	struct bytes parts[2] = { TL_BYTES_OF(head), TL_BYTES_OF(packet) };
	const uint8_t *target = tl_eport_solicited(payload);
	struct address node;
	struct mac owner;

	if (!target || !tl_lan_resolves(port->net, target, &node, &owner) ||
	    tl_mac_equal(owner, tl_network_mac(port->net)))
		return false;
	tl_eport_advertise(packet, payload, owner);
	memcpy(head + VNET_LEN, from.b, MAC_LEN);
	memcpy(head + VNET_LEN + MAC_LEN, owner.b, MAC_LEN);
	tl_store_be16(head + VNET_LEN + 12, ETHERTYPE_IP6);
	write_parts(port, parts, 2);
	return true;
}

static void send_pieces(struct eport *port, struct segmenter *g,
			struct mac source, struct mac dest)
{
	struct service *s = port->s;
	int64_t now = tl_service_now(s);

	while (tl_segment_left(g)) {
		struct packet *p = tl_packet_new(&s->packets);

		if (!p) {
			tl_node_drop(s->node, DROP_NO_MEMORY);
			return;
		}
		tl_segment_next(g, p);
		tl_lan_look(port->net, source, dest, g->ethertype,
			    tl_packet_bytes(p), true);
		tl_network_output(port->net, source, dest, g->ethertype, p,
				  now);
	}
}

/* A frame of the kernel's, behind its struct vnet. */
static void send_frame(struct eport *port, struct buffer frame,
		       const struct vnet *v)
{
	struct segmenter g;
	struct mac source;
	struct mac dest;
	enum drop why;

	why = tl_segment_begin(&g, frame, v, port->config.dev.mtu);
	if (why) {
		tl_node_drop(port->s->node, why);
		return;
	}
	memcpy(dest.b, frame.at, MAC_LEN);
	memcpy(source.b, frame.at + MAC_LEN, MAC_LEN);
	if (tl_mac_is_multicast(dest)) {
		struct bytes payload = tl_buffer_bytes(g.payload);

		port->has_report |= tl_eport_is_report(g.ethertype, payload);
		if (g.ethertype == ETHERTYPE_IP6 &&
		    answer_ndp(port, source, payload))
			return;
	}
	send_pieces(port, &g, source, dest);
}

static void lose_device(struct eport *port, int r)
{
	tl_err("network %016llx: the device %s has gone: %s",
	       (unsigned long long)port->config.network, port->config.dev.name,
	       strerror(-r));
	tl_poll_del(port->s->poll, &port->watch);
	port->is_readable = false;
}

/* True if it may have more. */
static bool drain(struct eport *port)
{
	size_t total = 0;

	while (port->is_readable && total < PASS_BYTES) {
		ssize_t n = tl_tap_read(port->fd, TL_BUFFER_OF(port->room));
		struct vnet v;

		if (n == -EAGAIN) {
			port->is_readable = false;
		} else if (n == -ENETDOWN) {
			continue; /* told once; it may come up again */
		} else if (n < 0) {
			lose_device(port, (int)n);
		} else if (n > VNET_LEN) {
			v = tl_vnet_load(port->room);
			send_frame(port,
				   tl_buffer(port->room + VNET_LEN,
					     (size_t)n - VNET_LEN),
				   &v);
			total += (size_t)n;
		}
	}
	return port->is_readable;
}

bool tl_eports_drain(struct service *s)
{
	struct eport *port;
	bool more = false;

	/* When a socket is writable again another pass comes. */
	if (tl_list_is_empty(&s->eports) || tl_udp_any_waiting(s->udp))
		return false;
	tl_list_each(it, next, &s->eports) {
		port = tl_container_of(it, struct eport, link);
		more |= drain(port);
		if (port->has_report) {
			port->has_report = false;
			tell_groups(port);
		}
	}
	return more;
}

void tl_eports_flush(struct service *s)
{
	struct eport *port;

	tl_list_each(it, next, &s->eports) {
		port = tl_container_of(it, struct eport, link);
		tl_coalesce_flush(&port->coalescer);
	}
}
