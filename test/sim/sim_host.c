/* SPDX-License-Identifier: Apache-2.0 */
/* sim_host.c - what the engine asks of its host */
#include "harness.h"
#include "sim_controller.h"
#include "sim_impl.h"
#include "wire/trace.h"

static unsigned int sockets_of(const struct sim *s)
{
	return TL_MAX(s->o.n_sockets, 1u);
}

/* Whole packets in one datagram are what goes out from each socket. */
static void send_from_all(struct sim_node *node, const struct endpoint *to,
			  struct bytes datagram)
{
	unsigned int n = sockets_of(node->sim);
	unsigned int first = to->family == 6 ? n : 0;
	unsigned int i;

	for (i = first; i < first + n; i++)
		sim_wire_send(node, (int)i, to, datagram, tl_bytes(NULL, 0), 0);
}

static void host_send(void *ctx, int socket, const struct endpoint *to,
		      struct packet *p, const struct cuts *cuts)
{
	struct bytes rest = tl_packet_bytes(p);
	uint8_t header[FRAGMENT_HEADER_LEN];
	struct sim_node *node = ctx;
	unsigned int i;

	CHECK(cuts->n >= 1 && cuts->n <= FRAGMENT_MAX_PARTS);
	if (socket == PATH_SOCKET_ANY) {
		CHECK_EQ(cuts->n, 1);
		send_from_all(node, to, rest);
		tl_packet_free(p);
		return;
	}
	sim_wire_send(node, socket, to, tl_bytes_first(rest, cuts->head_len),
		      tl_bytes(NULL, 0), 0);
	rest = tl_bytes_skip(rest, cuts->head_len);
	for (i = 1; i < cuts->n; i++) {
		tl_fragment_header(header, p->data + p->head, i, cuts->n);
		sim_wire_send(node, socket, to, TL_BYTES_OF(header),
			      tl_bytes_first(rest, cuts->part_len), 0);
		rest = tl_bytes_skip(rest, cuts->part_len);
	}
	CHECK_EQ(rest.n, 0);
	tl_packet_free(p);
}

static void host_send_raw(void *ctx, int socket, const struct endpoint *to,
			  struct bytes datagram, int ttl)
{
	if (socket == PATH_SOCKET_ANY)
		send_from_all(ctx, to, datagram);
	else
		sim_wire_send(ctx, socket, to, datagram, tl_bytes(NULL, 0),
			      ttl);
}

static void host_random(void *ctx, void *out, size_t n)
{
	struct sim_node *node = ctx;
	uint8_t *o = out;
	uint64_t word = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (i % 8 == 0)
			word = sim_draw(&node->sim->random);
		o[i] = (uint8_t)(word >> i % 8 * 8);
	}
}

/* The committed identities are valid: their tests say so. */
static int host_validate(void *ctx, const struct identity *id)
{
	struct sim_node *node = ctx;

	tl_node_on_validated(node->node, id, true, node->sim->now);
	return 0;
}

static size_t host_endpoints(void *ctx, struct endpoint *out, size_t max)
{
	const struct sim_node *node = ctx;
	const struct endpoint *own[] = { &node->at, &node->at6 };
	unsigned int sockets = sockets_of(node->sim);
	size_t n = 0;
	unsigned int i;
	unsigned int f;

	for (f = 0; f < 2; f++) {
		for (i = 0; i < sockets && n < max; i++) {
			if (tl_endpoint_is_nil(own[f]))
				continue;
			out[n] = *own[f];
			out[n++].port =
				(uint16_t)(SIM_PORT + i * SIM_PORT_STEP);
		}
	}
	return n;
}

static void host_echoed(void *ctx, const struct rx *rx, struct bytes payload)
{
	struct sim_node *n = ctx;

	n->n_echoes++;
	n->echo_hops = rx->hops;
	n->echo_n = TL_MIN(payload.n, sizeof(n->echo_payload));
	memcpy(n->echo_payload, payload.at, n->echo_n);
}

const struct node_host sim_node_host = {
	.send = host_send,
	.send_raw = host_send_raw,
	.random = host_random,
	.validate = host_validate,
	.local_endpoints = host_endpoints,
	.echoed = host_echoed,
};

static void on_frame(void *ctx, struct network *net, struct mac source,
		     struct mac dest, uint16_t ethertype, struct buffer payload)
{
	struct sim_node *node = ctx;
	struct sim_frame *last = &node->last;

	if (payload.n > last->room) {
		last->payload = realloc(last->payload, payload.n);
		CHECK(last->payload);
		last->room = payload.n;
	}
	node->n_frames++;
	last->net = tl_network_id(net);
	last->source = source;
	last->dest = dest;
	last->ethertype = ethertype;
	last->n = payload.n;
	if (payload.n)
		memcpy(last->payload, payload.at, payload.n);
	if (node->sim->o.on_frame)
		node->sim->o.on_frame(node);
}

/* What a port would listen to: the groups of its managed addresses. */
static void on_changed(void *ctx, struct network *net)
{
	const struct netconf *c = tl_network_config(net);
	struct sim_node *node = ctx;
	struct group groups[NETCONF_MAX_ADDRESSES];
	size_t i;

	if (!c)
		return;
	for (i = 0; i < c->n_addresses; i++)
		groups[i] = c->addresses[i].family == 4
				    ? tl_group_of_ipv4(c->addresses[i].ip)
				    : tl_group_of_ipv6(c->addresses[i].ip);
	tl_network_set_groups(net, groups, c->n_addresses, node->sim->now);
}

static void on_traced(void *ctx, struct address from, struct bytes dict)
{
	struct sim_node *node = ctx;

	(void)from;
	node->n_traced++;
	node->n_learned += tl_trace_event(dict) == TRACE_PATH_LEARNED;
}

const struct vl2_host sim_vl2_host = {
	.frame = on_frame,
	.changed = on_changed,
	.config_request = sim_controller_request,
	.recently_authorized = sim_controller_is_recent,
	.own_config = sim_controller_own_config,
	.config_taken = sim_controller_taken,
	.traced = on_traced,
};
