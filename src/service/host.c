/* SPDX-License-Identifier: Apache-2.0 */
/* host.c - what the engine asks of the process it runs in */
#include "service/service_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/random.h"
#include "service/tcp_tunnel.h"

static struct wire *wire_of(struct service *s, int id)
{
	size_t i;

	for (i = 0; i < WIRES_MAX; i++) {
		if (s->wires[i].socket && s->wires[i].id == id)
			return &s->wires[i];
	}
	return NULL;
}

/* Show a datagram that goes out to those who look. */
static void look(struct service *s, const struct wire *w,
		 const struct udp_addr *to, struct bytes datagram)
{
	const struct capture_datagram d = { .from = tl_udp_local(w->socket),
					    .to = to,
					    .first = datagram,
					    .is_outbound = true };

	if (s->diag.captures.n_wire)
		tl_capture_datagram(s, &d);
}

/* From every socket of the right family; small packets only (HELLO). In
 * low-bandwidth mode from one of them, each in its turn. */
static void send_from_all(struct service *s, const struct endpoint *to,
			  struct bytes datagram)
{
	struct udp_addr a = tl_wires_addr(to);
	size_t i;

	for (i = 0; i < WIRES_MAX; i++) {
		struct wire *w = &s->wires[(s->next_wire + i) % WIRES_MAX];

		if (!w->socket || tl_udp_local(w->socket)->family != to->family)
			continue;
		look(s, w, &a, datagram);
		tl_udp_send_copy(w->socket, &a, datagram);
		if (!s->conf.is_low_bandwidth)
			continue;
		s->next_wire = (size_t)(w - s->wires) + 1;
		break;
	}
}

/* Roots are greeted through the tunnel as well. */
static bool goes_into_tunnel(const struct service *s, int socket,
			     const struct packet *p)
{
	return socket == PATH_SOCKET_ANY && s->tunnel &&
	       tl_node_wants_copy(s->node, tl_packet_dest(p->data + p->head),
				  tl_service_now(s));
}

static void host_send(void *ctx, int socket, const struct endpoint *to,
		      struct packet *p, const struct cuts *cuts)
{
	struct udp_cuts plan = { cuts->n, cuts->head_len, cuts->part_len };
	struct udp_addr a = tl_wires_addr(to);
	struct service *s = ctx;
	struct wire *w;
	unsigned int i;

	if (socket == PATH_SOCKET_ANY)
		send_from_all(s, to, tl_packet_bytes(p));
	if (socket == PATH_SOCKET_TCP || goes_into_tunnel(s, socket, p))
		tl_tcp_tunnel_send(s, to, p, cuts);
	if (socket < 0) {
		tl_packet_free(p);
		return;
	}
	w = wire_of(s, socket);
	if (!w) {
		tl_packet_free(p);
		return;
	}
	for (i = 1; i < cuts->n; i++)
		tl_fragment_header(p->frag[i - 1], p->data + p->head, i,
				   cuts->n);
	if (s->diag.captures.n_wire)
		tl_capture_packet(s, tl_udp_local(w->socket), &a, p, plan);
	tl_udp_send(w->socket, &a, p, plan);
}

static void host_send_raw(void *ctx, int socket, const struct endpoint *to,
			  struct bytes datagram, int ttl)
{
	struct udp_addr a = tl_wires_addr(to);
	struct wire *w = wire_of(ctx, socket);

	if (socket == PATH_SOCKET_TCP && !ttl)
		tl_tcp_tunnel_send_raw(ctx, to, datagram);
	if (!w)
		return;
	look(ctx, w, &a, datagram);
	if (ttl)
		tl_udp_send_ttl(w->socket, &a, datagram, ttl);
	else
		tl_udp_send_copy(w->socket, &a, datagram);
}

static void host_random(void *ctx, void *out, size_t n)
{
	tl_random(ctx, out, n);
}

/* No path to a peer may lead through a virtual network of ours. */
static bool host_may_use(void *ctx, struct address peer,
			 const struct endpoint *remote)
{
	const struct service *s = ctx;
	const struct local_peer *p = tl_local_conf_peer(&s->conf, peer);

	return !tl_lan_is_virtual(s, remote) &&
	       !tl_local_conf_contains(s->conf.blacklist, s->conf.n_blacklist,
				       remote) &&
	       !(p && tl_local_conf_contains(p->blacklist.e, p->blacklist.n,
					     remote));
}

static size_t host_memorized(void *ctx, struct address peer,
			     struct endpoint *out, size_t max)
{
	const struct service *s = ctx;
	const struct local_peer *p = tl_local_conf_peer(&s->conf, peer);
	size_t n = p ? TL_MIN(p->try_at.n, max) : 0;

	if (n)
		memcpy(out, p->try_at.e, n * sizeof(*out));
	return n;
}

struct validation {
	struct service *s;
	struct identity id;
	bool is_valid;
};

static void validate_elsewhere(void *job)
{
	struct validation *v = job;

	v->is_valid = tl_identity_validate(&v->id) == 0;
}

static void validated(void *job, bool cancelled)
{
	struct validation *v = job;

	if (!cancelled && v->s->node) {
		tl_node_on_validated(v->s->node, &v->id, v->is_valid,
				     tl_service_now(v->s));
		tl_service_wake(v->s);
	}
	tl_free(v);
}

static int host_validate(void *ctx, const struct identity *id)
{
	struct service *s = ctx;
	struct validation *v = tl_alloc_zeroed(sizeof(*v));
	int r;

	if (!v)
		return -ENOMEM;
	v->s = s;
	v->id = *id;
	r = tl_worker_submit(s->worker, validate_elsewhere, validated, v);
	if (r)
		tl_free(v);
	return r;
}

static size_t host_endpoints(void *ctx, struct endpoint *out, size_t max)
{
	/* First what the outside reaches: the last of many are left out. */
	size_t n = tl_natmap_endpoints(ctx, out, max);

	return n + tl_wires_endpoints(ctx, out + n, max - n);
}

static void host_world_changed(void *ctx, const struct world *world)
{
	uint8_t bytes[WORLD_WIRE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(bytes));
	struct service *s = ctx;

	if (world->type == WORLD_MOON) {
		tl_moons_save(s, world);
		return;
	}
	tl_write_world(&w, world);
	if (tl_writer_ok(&w) && !s->has_planet_of_options)
		tl_home_save(&s->home, "planet", tl_writer_bytes(&w), 0644);
	tl_info("a newer planet was received: %u roots", world->n_roots);
}

static void host_collision(void *ctx)
{
	tl_collision_told(ctx);
}

const struct node_host tl_host_node = {
	.send = host_send,
	.send_raw = host_send_raw,
	.random = host_random,
	.may_use = host_may_use,
	.memorized = host_memorized,
	.validate = host_validate,
	.local_endpoints = host_endpoints,
	.world_changed = host_world_changed,
	.collision = host_collision,
	.echoed = tl_diag_echoed,
	.beacon = tl_discovery_beacon,
};

static void host_frame(void *ctx, struct network *net, struct mac source,
		       struct mac dest, uint16_t ethertype,
		       struct buffer payload)
{
	tl_lan_frame(ctx, net, source, dest, ethertype, payload);
}

static void host_changed(void *ctx, struct network *net)
{
	struct service *s = ctx;

	tl_lan_changed(s, net);
	s->is_changed = true;
}

static void host_save(void *ctx, struct network_id id, struct bytes dict)
{
	char name[64];
	struct service *s = ctx;

	snprintf(name, sizeof(name), "networks.d/%016llx.conf",
		 (unsigned long long)id.v);
	tl_home_save(&s->home, name, dict, 0600);
}

static bool host_config_request(void *ctx, const struct rx *rx,
				struct network_id net, struct bytes metadata)
{
	struct service *s = ctx;

	s->config_requests++;
	return tl_control_request(ctx, rx, net, metadata);
}

static bool host_recently_authorized(void *ctx, struct network_id net,
				     struct address member)
{
	struct service *s = ctx;

	return s->controller &&
	       tl_controller_is_recent(s->controller, net, member,
				       tl_service_now(s));
}

static bool host_config_taken(void *ctx, struct network_id net,
			      struct address member, uint64_t update_id)
{
	const struct service *s = ctx;

	return s->controller &&
	       tl_controller_taken(s->controller, net, member, update_id);
}

static bool host_own_config(void *ctx, struct network_id net,
			    struct bytes metadata)
{
	return tl_control_own_request(ctx, net, metadata);
}

const struct vl2_host tl_host_vl2 = {
	.frame = host_frame,
	.changed = host_changed,
	.save = host_save,
	.config_request = host_config_request,
	.recently_authorized = host_recently_authorized,
	.own_config = host_own_config,
	.config_taken = host_config_taken,
	.traced = tl_diag_traced,
};
