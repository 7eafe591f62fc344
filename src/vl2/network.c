/* SPDX-License-Identifier: Apache-2.0 */
#include "vl2/vl2_impl.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "wire/config_request.h"

/* A refused or unanswered request is repeated after 1.1, 2.2 and then every 5
 * s: controllers ignore what comes within a second of the last one. */
#define FIRST_RETRY_MS 1100

/* What has come of a configuration without the rest is not all that was sent:
 * we ask for it then. Later than our own controller sends it again. */
#define PARTIAL_MS 1500

/* Chunks that others than the controller bring: each costs the check of a
 * signature, and a whole configuration may come at once. */
#define CHUNK_MS 20
#define CHUNK_BURST 128

int tl_network_new(struct network **netp, struct vl2 *v, struct network_id id)
{
	uint64_t key[2] = { tl_node_random(v->node), tl_node_random(v->node) };
	struct network *net = tl_alloc_zeroed(sizeof(*net));
	int r;

	if (!net)
		return -ENOMEM;
	r = tl_assembly_new(&net->assembly);
	if (r) {
		tl_free(net);
		return r;
	}
	net->v = v;
	net->id = id;
	net->mac = tl_mac_of_member(id, tl_node_address(v->node));
	net->controller = tl_network_id_controller(id);
	net->failure = NETWORK_OK;
	net->trace_level = -1;
	tl_map_init(&net->members, key);
	tl_map_init(&net->bridges, key);
	*netp = net;
	return 0;
}

void tl_network_free(struct network *net)
{
	struct map_walk walk = { 0 };
	struct map_node *node;

	if (!net)
		return;
	while ((node = tl_map_step(&net->members, &walk)))
		tl_member_free(net, tl_container_of(node, struct member, node));
	tl_map_fini(&net->members);
	tl_bridge_fini(net);
	tl_assembly_free(net->assembly);
	tl_netconf_free(net->conf);
	tl_free(net->rules);
	tl_free(net->own_storage);
	tl_free(net->filter_log);
	tl_free(net->spread);
	tl_free(net->auth);
	tl_free(net->behind);
	tl_free(net->groups);
	tl_free(net);
}

struct network_id tl_network_id(const struct network *net)
{
	return net->id;
}

struct mac tl_network_mac(const struct network *net)
{
	return net->mac;
}

const struct netconf *tl_network_config(const struct network *net)
{
	return net->conf;
}

void tl_network_set_context(struct network *net, void *ctx)
{
	net->ctx = ctx;
}

void *tl_network_context(const struct network *net)
{
	return net->ctx;
}

enum network_status tl_network_status(const struct network *net)
{
	if (net->failure != NETWORK_OK)
		return net->failure;
	return net->conf ? NETWORK_OK : NETWORK_REQUESTING;
}

const char *tl_network_status_name(enum network_status s)
{
	static const char *const names[] = {
		[NETWORK_REQUESTING] = "REQUESTING_CONFIGURATION",
		[NETWORK_OK] = "OK",
		[NETWORK_ACCESS_DENIED] = "ACCESS_DENIED",
		[NETWORK_NOT_FOUND] = "NOT_FOUND",
		[NETWORK_PORT_ERROR] = "PORT_ERROR",
		[NETWORK_AUTHENTICATION_REQUIRED] = "AUTHENTICATION_REQUIRED",
	};

	return names[s];
}

bool tl_network_has_role(const struct network *net, struct address who,
			 uint64_t role)
{
	size_t i;

	for (i = 0; net->conf && i < net->conf->n_specialists; i++) {
		uint64_t s = net->conf->specialists[i];

		if ((s & SPECIALIST_ADDRESS) == who.v && s & role)
			return true;
	}
	return false;
}

bool tl_network_is_bridge(const struct network *net)
{
	return tl_network_has_role(net, tl_node_address(net->v->node),
				   SPECIALIST_BRIDGE);
}

size_t tl_network_specialists(const struct network *net, uint64_t role,
			      struct address *out, size_t max)
{
	struct address own = tl_node_address(net->v->node);
	size_t n = 0;
	size_t i;

	for (i = 0; net->conf && i < net->conf->n_specialists && n < max; i++) {
		uint64_t s = net->conf->specialists[i];
		struct address who = { s & SPECIALIST_ADDRESS };

		if (s & role && !tl_address_equal(who, own))
			out[n++] = who;
	}
	return n;
}

static const struct identity *find_identity(void *ctx, struct address who)
{
	const struct vl2 *v = ctx;
	const struct peer *peer;

	if (tl_address_equal(who, tl_node_address(v->node)))
		return tl_node_identity(v->node);
	peer = tl_node_find_peer(v->node, who);
	return peer ? &peer->id : NULL;
}

struct keyring tl_network_keyring(const struct network *net)
{
	return (struct keyring){ .find = find_identity, .ctx = net->v };
}

void tl_network_fail(struct network *net, enum network_status why)
{
	net->must_ask = false;
	if (net->failure == why)
		return;
	net->failure = why;
	net->v->host->changed(net->v->host_ctx, net);
}

static uint32_t random32(void *ctx)
{
	return (uint32_t)tl_node_random(ctx);
}

/* The filter's view of the configuration that has just been set. */
static void make_policy(struct network *net)
{
	const struct netconf *c = net->conf;
	struct rule *rules = NULL;
	size_t n = 0;
	int r = 0;

	if (c->n_rules) {
		rules = tl_alloc_array(c->n_rules, sizeof(*rules));
		r = rules ? tl_rules_parse(rules, c->n_rules, &n,
					   tl_bytes(c->rules, c->rules_len))
			  : -ENOMEM;
	}
	if (r)
		tl_warn("network %016llx: rules cannot be used, all frames "
			"are dropped",
			(unsigned long long)net->id.v);
	tl_free(net->rules);
	net->rules = rules;
	net->policy = (struct filter_policy){
		.network = net->id,
		.own = tl_node_address(net->v->node),
		.flags = c->flags,
		.rules = { .at = rules, .n = n, .is_refused = r != 0 },
		.addresses = c->addresses,
		.n_addresses = c->n_addresses,
		.random = random32,
		.random_ctx = net->v->node,
	};
	net->generation++;
	tl_report_configure(net);
	if (tl_member_own_side(net))
		net->policy.rules.is_refused = true;
}

void tl_network_use(struct network *net, struct netconf *conf,
		    struct bytes dict)
{
	bool is_same = net->conf && tl_netconf_equal(net->conf, conf);
	bool is_first = !net->conf;

	net->requests = 0;
	net->must_ask = false;
	net->partial_ms = 0;
	if (is_same) {
		tl_netconf_free(conf);
		tl_network_fail(net, NETWORK_OK);
		return;
	}
	net->failure = NETWORK_OK;
	tl_netconf_free(net->conf);
	net->conf = conf;
	net->config_changed_ms = net->v->now;
	make_policy(net);
	if (dict.n && net->v->host->save)
		net->v->host->save(net->v->host_ctx, net->id, dict);
	net->v->host->changed(net->v->host_ctx, net);
	/* Not at the next check: the first broadcast must not be missed. */
	if (is_first)
		tl_multicast_announce(net);
}

/* Old signed chunks can be replayed by anybody (vl2.md 4.7). */
static bool is_stale(const struct network *net, const struct netconf *conf)
{
	/* Unsigned, since a controller may sign any numbers. */
	return net->conf && conf->timestamp < net->conf->timestamp &&
	       (uint64_t)net->conf->timestamp - (uint64_t)conf->timestamp >
		       (uint64_t)net->conf->max_delta;
}

bool tl_network_accept(struct network *net, struct bytes dict, bool do_save)
{
	struct netconf *conf;

	if (tl_netconf_parse(&conf, dict))
		return false;
	if (!tl_address_equal(conf->issued_to, tl_node_address(net->v->node)) ||
	    !tl_network_id_equal(conf->network, net->id) ||
	    is_stale(net, conf)) {
		tl_netconf_free(conf);
		return false;
	}
	tl_network_use(net, conf, do_save ? dict : tl_bytes(NULL, 0));
	return true;
}

static struct bytes own_metadata(struct buffer room)
{
	struct config_metadata m = tl_config_metadata_own(
		TL_VERSION_MAJOR, TL_VERSION_MINOR, TL_VERSION_PATCH);
	struct writer w = tl_writer(room);

	tl_config_metadata_build(&w, &m);
	return tl_writer_bytes(&w);
}

static void send_request(struct network *net, struct bytes metadata)
{
	struct config_request q = {
		.network = net->id,
		.metadata = metadata,
		.revision = net->conf ? net->conf->revision : 0,
		.timestamp = net->conf ? net->conf->timestamp : 0,
	};
	struct packet *p = tl_node_packet(net->v->node, net->controller,
					  VERB_NETWORK_CONFIG_REQUEST);
	struct writer w;

	if (!p)
		return;
	w = tl_writer(tl_packet_room(p));
	w.n = p->n;
	tl_write_config_request(&w, &q);
	tl_assert(tl_writer_ok(&w));
	p->n = (uint32_t)w.n;
	tl_node_send(net->v->node, p, SEND_COMPRESS | SEND_EXPECT_REPLY,
		     net->v->now);
}

static void request_adhoc(struct network *net)
{
	enum network_status why = NETWORK_OK;
	struct netconf *conf = tl_adhoc_config(
		net->id, tl_node_address(net->v->node), net->v->now, &why);

	if (conf)
		tl_network_use(net, conf, tl_bytes(NULL, 0));
	else if (why != NETWORK_OK)
		tl_network_fail(net, why);
}

static void request(struct network *net)
{
	uint8_t room[CONFIG_METADATA_MAX];
	struct bytes metadata = own_metadata(TL_BUFFER_OF(room));
	struct vl2 *v = net->v;

	if (tl_network_id_is_adhoc(net->id)) {
		request_adhoc(net);
		return;
	}
	if (!tl_address_equal(net->controller, tl_node_address(v->node))) {
		send_request(net, metadata);
		return;
	}
	if (!v->host->own_config ||
	    !v->host->own_config(v->host_ctx, net->id, metadata))
		tl_network_fail(net, NETWORK_NOT_FOUND);
}

/* In low-bandwidth mode as seldom as certificates stay agreeable, with time for
 * some more tries. The reference would lose touch with others here. */
static int64_t refresh_ms(const struct network *net)
{
	int64_t delta = TL_MAX(net->conf->max_delta, 0);

	if (!tl_node_is_low_bandwidth(net->v->node))
		return CONFIG_REFRESH_MS;
	delta = TL_MAX(delta - LOW_MARGIN_MS, delta / 2);
	return TL_MAX(TL_MIN(delta, LOW_REFRESH_MS), CONFIG_REFRESH_MS);
}

int64_t tl_network_next_ms(const struct network *net)
{
	int64_t next = INT64_MAX;

	if (net->next_request_ms > net->v->now)
		next = net->next_request_ms;
	if (net->partial_ms)
		next = TL_MIN(next, net->partial_ms + PARTIAL_MS);
	return next;
}

void tl_network_check(struct network *net)
{
	int64_t now = net->v->now;
	int64_t wait;

	if (net->partial_ms && now - net->partial_ms >= PARTIAL_MS) {
		net->partial_ms = 0;
		net->must_ask = true;
		net->requests = 0;
	}
	if (now < net->next_request_ms)
		return;
	if (net->conf && net->failure == NETWORK_OK && !net->must_ask &&
	    now - net->config_changed_ms < refresh_ms(net))
		return;
	net->requests++;
	wait = TL_MIN((int64_t)FIRST_RETRY_MS * net->requests, CONFIG_CHECK_MS);
	net->next_request_ms = now + wait;
	request(net);
}

/* Pass a chunk on to the members we know, as its flag asks. */
static void propagate(struct network *net, const struct rx *rx,
		      struct bytes whole)
{
	struct map_walk walk = { 0 };
	struct map_node *it;

	while ((it = tl_map_step(&net->members, &walk))) {
		struct address to =
			tl_container_of(it, struct member, node)->m.member;
		struct packet *p;

		if (tl_address_equal(to, rx->peer->id.addr) ||
		    tl_address_equal(to, net->controller))
			continue;
		p = tl_node_packet(net->v->node, to, VERB_NETWORK_CONFIG);
		if (p && tl_packet_append(p, whole))
			tl_node_send(net->v->node, p, SEND_COMPRESS,
				     net->v->now);
		else
			tl_packet_free(p);
	}
}

/* What the reference does too: the verb it names is ECHO (vl2.md 4.8). */
static void acknowledge(struct network *net, const struct rx *rx,
			uint64_t update_id)
{
	struct packet *p = tl_node_ok(net->v->node, rx);
	uint8_t *at;

	if (!p)
		return;
	p->data[p->head + PACKET_AT_PAYLOAD] = VERB_ECHO;
	at = p->data + p->head + p->n;
	tl_store_be64(at, net->id.v);
	tl_store_be64(at + 8, update_id);
	p->n += 16;
	tl_node_reply(net->v->node, rx, p, SEND_PLAIN);
}

/* Is the chunk from the controller? Ask for its identity if it is not known. */
static enum drop check_chunk(struct network *net, const struct rx *rx,
			     const struct config_chunk *chunk)
{
	const struct identity *controller =
		find_identity(net->v, net->controller);
	bool is_own = tl_address_equal(rx->peer->id.addr, net->controller);

	if (!chunk->is_signed)
		return is_own ? DROP_NONE : DROP_NOT_CONTROLLER;
	if (!is_own &&
	    !tl_bucket_take(&rx->peer->chunks, CHUNK_MS, CHUNK_BURST, rx->now))
		return DROP_GATE;
	if (!controller) {
		tl_node_whois(net->v->node, net->controller, net->v->now);
		return DROP_NO_PEER;
	}
	return tl_config_chunk_verify(chunk, controller->pub)
		       ? DROP_NONE
		       : DROP_BAD_SIGNATURE;
}

/* Add an authentic chunk; true if it completed a configuration. */
static bool add_chunk(struct network *net, const struct config_chunk *chunk)
{
	enum assembly_result result;
	struct bytes dict;

	if (tl_assembly_add(net->assembly, &result, &dict, chunk)) {
		tl_node_drop(net->v->node, DROP_NO_MEMORY);
		return false;
	}
	if (result != ASSEMBLY_COMPLETE)
		return false;
	if (!tl_network_accept(net, dict, true))
		tl_node_drop(net->v->node, DROP_MALFORMED);
	tl_assembly_release(net->assembly);
	return true;
}

void tl_network_own_chunk(struct network *net, struct bytes payload)
{
	struct reader r = tl_reader(payload);
	struct config_chunk chunk;

	tl_read_config_chunk(&r, 0, &chunk);
	if (tl_reader_ok(&r) && chunk.is_signed &&
	    tl_assembly_wants(net->assembly, &chunk))
		add_chunk(net, &chunk);
}

enum rx_outcome tl_network_on_chunk(struct network *net, struct rx *rx,
				    struct reader *r)
{
	struct config_chunk chunk;
	enum drop why;

	tl_read_config_chunk(r, rx->id, &chunk);
	if (!tl_reader_ok(r)) {
		tl_node_drop(net->v->node, DROP_MALFORMED);
		return RX_DONE;
	}
	if (!tl_assembly_wants(net->assembly, &chunk))
		return RX_DONE;
	why = check_chunk(net, rx, &chunk);
	if (why) {
		tl_node_drop(net->v->node, why);
		return RX_DONE;
	}
	if (chunk.is_signed && chunk.flags & CONFIG_FAST_PROPAGATE)
		propagate(net, rx, chunk.whole);
	if (!add_chunk(net, &chunk)) {
		/* From elsewhere it may be an old one (vl2.md 4.7). */
		if (tl_address_equal(rx->peer->id.addr, net->controller))
			net->partial_ms = net->v->now;
	} else if (rx->verb == VERB_NETWORK_CONFIG) {
		acknowledge(net, rx, chunk.update_id);
	}
	return RX_DONE;
}

void tl_network_allow_trace(struct network *net, bool is_allowed)
{
	net->refuses_trace = !is_allowed;
	tl_report_configure(net);
}
