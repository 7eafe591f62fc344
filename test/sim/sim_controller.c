/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_controller.h"

#include "base/alloc.h"
#include "controller/controller.h"
#include "controller/store_memory.h"
#include "harness.h"

#define OWN_PACKET_ID UINT64_MAX

struct sim_controller {
	struct controller *c;
	struct store_memory *memory;
};

/* What a payload goes out behind. */
static void send_payload(struct sim_node *node, struct address to,
			 enum verb verb, struct bytes head, struct bytes rest)
{
	struct packet *p = tl_node_packet(node->node, to, verb);

	CHECK(p);
	CHECK(tl_packet_append(p, head) && tl_packet_append(p, rest));
	tl_node_send(node->node, p, SEND_COMPRESS, sim_now(node->sim));
}

static void send_config(void *ctx, struct network_id network, struct address to,
			uint64_t packet_id, struct bytes chunk)
{
	uint8_t in_re[9] = { VERB_NETWORK_CONFIG_REQUEST };
	struct sim_node *node = ctx;

	if (tl_address_equal(to, node->id.addr)) {
		tl_vl2_on_own_chunk(node->vl2, network, chunk,
				    sim_now(node->sim));
		return;
	}
	tl_store_be64(in_re + 1, packet_id);
	if (packet_id)
		send_payload(node, to, VERB_OK, TL_BYTES_OF(in_re), chunk);
	else
		send_payload(node, to, VERB_NETWORK_CONFIG, tl_bytes(NULL, 0),
			     chunk);
}

static void send_error(void *ctx, struct network_id network, struct address to,
		       uint64_t packet_id, enum error_code code)
{
	uint8_t error[18] = { VERB_NETWORK_CONFIG_REQUEST };
	struct sim_node *node = ctx;

	if (tl_address_equal(to, node->id.addr)) {
		tl_vl2_on_refusal(node->vl2, network, code);
		return;
	}
	tl_store_be64(error + 1, packet_id);
	error[9] = (uint8_t)code;
	tl_store_be64(error + 10, network.v);
	send_payload(node, to, VERB_ERROR, tl_bytes(NULL, 0),
		     TL_BYTES_OF(error));
}

static void send_credentials(void *ctx, struct network_id network,
			     struct address to, struct bytes payload)
{
	struct sim_node *node = ctx;

	(void)network;
	if (tl_address_equal(to, node->id.addr))
		tl_vl2_on_own_credentials(node->vl2, payload,
					  sim_now(node->sim));
	else
		send_payload(node, to, VERB_NETWORK_CREDENTIALS,
			     tl_bytes(NULL, 0), payload);
}

static void draw(void *ctx, void *out, size_t n)
{
	struct sim_node *node = ctx;

	tl_node_random_bytes(node->node, out, n);
}

static bool is_reached(void *ctx, struct address who)
{
	const struct sim_node *node = ctx;
	const struct peer *peer = tl_node_find_peer(node->node, who);

	return peer && tl_peer_is_alive(peer, sim_now(node->sim));
}

void sim_controller_start(struct sim_node *node)
{
	struct sim_controller *sc = tl_alloc_zeroed(sizeof(*sc));
	struct controller_host host = {
		.ctx = node,
		.send_config = send_config,
		.send_error = send_error,
		.send_credentials = send_credentials,
		.random = draw,
		.hears_taken = true,
		.is_reached = is_reached,
	};
	struct store store;

	CHECK(sc);
	CHECK_EQ(tl_store_memory_new(&sc->memory), 0);
	store = tl_store_memory_ops(sc->memory);
	CHECK_EQ(tl_controller_new(&sc->c, &node->id, &host, &store,
				   sim_now(node->sim)),
		 0);
	node->controller = sc;
}

void sim_controller_free(struct sim_controller *sc)
{
	if (!sc)
		return;
	tl_controller_free(sc->c);
	tl_store_memory_free(sc->memory);
	tl_free(sc);
}

struct network_id sim_controller_network(const struct sim_node *node,
					 uint32_t number)
{
	return (struct network_id){ node->id.addr.v << 24 | number };
}

void sim_controller_post(struct sim_node *node, uint32_t number,
			 const struct sim_node *member, const char *json)
{
	struct controller_reply reply = { 0 };
	char path[100];
	int n;

	n = snprintf(
		path, sizeof(path), "/controller/network/%016llx",
		(unsigned long long)sim_controller_network(node, number).v);
	if (member)
		snprintf(path + n, sizeof(path) - (size_t)n, "/member/%010llx",
			 (unsigned long long)member->id.addr.v);
	tl_controller_http(node->controller->c, "POST", path,
			   tl_bytes_from_str(json), sim_now(node->sim), &reply);
	if (reply.status != 200)
		FAIL("POST %s: status %d", path, reply.status);
	tl_free(reply.text);
}

struct controller *sim_controller_of(const struct sim_node *node)
{
	return node->controller->c;
}

int64_t sim_controller_run(struct sim_node *node)
{
	int64_t now = sim_now(node->sim);

	while (tl_controller_next_ms(node->controller->c) <= now)
		tl_controller_tick(node->controller->c, now);
	return tl_controller_next_ms(node->controller->c);
}

bool sim_controller_request(void *ctx, const struct rx *rx,
			    struct network_id net, struct bytes metadata)
{
	struct sim_node *node = ctx;
	struct controller_request q = {
		.network = net,
		.from = rx->hops ? NULL : &rx->path->remote,
		.packet_id = rx->id,
		.requester = &rx->peer->id,
		.metadata = metadata,
	};

	if (!node->controller)
		return false;
	tl_controller_on_request(node->controller->c, &q, rx->now);
	return true;
}

bool sim_controller_is_recent(void *ctx, struct network_id net,
			      struct address member)
{
	struct sim_node *node = ctx;

	return node->controller &&
	       tl_controller_is_recent(node->controller->c, net, member,
				       sim_now(node->sim));
}

bool sim_controller_taken(void *ctx, struct network_id net,
			  struct address member, uint64_t update_id)
{
	struct sim_node *node = ctx;

	return node->controller &&
	       tl_controller_taken(node->controller->c, net, member, update_id);
}

bool sim_controller_own_config(void *ctx, struct network_id net,
			       struct bytes metadata)
{
	struct sim_node *node = ctx;
	struct controller_request q = {
		.network = net,
		.packet_id = OWN_PACKET_ID,
		.requester = &node->id,
		.metadata = metadata,
	};

	if (!node->controller)
		return false;
	tl_controller_on_request(node->controller->c, &q, sim_now(node->sim));
	return true;
}
