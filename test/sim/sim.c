/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <jansson.h>

#include "base/alloc.h"
#include "harness.h"
#include "sim_controller.h"

#define POOL_LIMIT 100000

struct event {
	int64_t when_ms;
	uint64_t order;
	unsigned int from;
	unsigned int to;
	size_t n;
	uint8_t data[];
};

struct sim {
	struct sim_options o;
	uint64_t random;
	int64_t now;
	unsigned int n;
	struct packet_pool pool;
	struct sim_node nodes[SIM_NODES_MAX];
	bool is_cut[SIM_NODES_MAX][SIM_NODES_MAX];
	uint64_t traffic[SIM_NODES_MAX][SIM_NODES_MAX];
	struct event **heap;
	size_t n_heap;
	size_t room;
	uint64_t order;
	uint8_t planet[WORLD_WIRE_MAX];
	size_t planet_len;
};

/* splitmix64: small, seeded, good enough for loss and delay. */
static uint64_t draw(struct sim *s)
{
	uint64_t z = s->random += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static bool is_before(const struct event *a, const struct event *b)
{
	if (a->when_ms != b->when_ms)
		return a->when_ms < b->when_ms;
	return a->order < b->order;
}

static void heap_push(struct sim *s, struct event *e)
{
	size_t i = s->n_heap++;

	if (s->n_heap > s->room) {
		s->room = s->room ? s->room * 2 : 256;
		s->heap = realloc(s->heap, s->room * sizeof(*s->heap));
		CHECK(s->heap);
	}
	for (; i && is_before(e, s->heap[(i - 1) / 2]); i = (i - 1) / 2)
		s->heap[i] = s->heap[(i - 1) / 2];
	s->heap[i] = e;
}

static struct event *heap_pop(struct sim *s)
{
	struct event *top = s->heap[0];
	struct event *last = s->heap[--s->n_heap];
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= s->n_heap)
			break;
		if (child + 1 < s->n_heap &&
		    is_before(s->heap[child + 1], s->heap[child]))
			child++;
		if (!is_before(s->heap[child], last))
			break;
		s->heap[i] = s->heap[child];
		i = child;
	}
	s->heap[i] = last;
	return top;
}

/* Who is reached at @to; NULL: nobody. */
static struct sim_node *node_at(struct sim *s, const struct endpoint *to)
{
	unsigned int i;

	for (i = 0; i < s->n; i++) {
		if (tl_endpoint_equal(&s->nodes[i].public_at, to))
			return &s->nodes[i];
	}
	return NULL;
}

static void transmit(struct sim_node *from, const struct endpoint *to,
		     struct bytes head, struct bytes rest)
{
	struct sim *s = from->sim;
	struct sim_node *node = node_at(s, to);
	unsigned int index;
	struct event *e;

	from->n_sent++;
	if (!node)
		return;
	index = node->index;
	s->traffic[from->index][index]++;
	if (s->is_cut[from->index][index] || draw(s) % 100 < s->o.loss_percent)
		return;
	e = malloc(sizeof(*e) + head.n + rest.n);
	CHECK(e);
	e->when_ms = s->now + s->o.delay_ms +
		     (s->o.jitter_ms
			      ? (int64_t)(draw(s) % (uint64_t)s->o.jitter_ms)
			      : 0);
	e->order = s->order++;
	e->from = from->index;
	e->to = index;
	e->n = head.n + rest.n;
	memcpy(e->data, head.at, head.n);
	if (rest.n)
		memcpy(e->data + head.n, rest.at, rest.n);
	heap_push(s, e);
}

static void host_send(void *ctx, int socket, const struct endpoint *to,
		      struct packet *p, const struct cuts *cuts)
{
	struct bytes rest = tl_packet_bytes(p);
	uint8_t header[FRAGMENT_HEADER_LEN];
	unsigned int i;

	(void)socket;
	CHECK(cuts->n >= 1 && cuts->n <= FRAGMENT_MAX_PARTS);
	transmit(ctx, to, tl_bytes_first(rest, cuts->head_len),
		 tl_bytes(NULL, 0));
	rest = tl_bytes_skip(rest, cuts->head_len);
	for (i = 1; i < cuts->n; i++) {
		tl_fragment_header(header, p->data + p->head, i, cuts->n);
		transmit(ctx, to, TL_BYTES_OF(header),
			 tl_bytes_first(rest, cuts->part_len));
		rest = tl_bytes_skip(rest, cuts->part_len);
	}
	CHECK_EQ(rest.n, 0);
	tl_packet_free(p);
}

static void host_send_raw(void *ctx, int socket, const struct endpoint *to,
			  struct bytes datagram, int ttl)
{
	(void)socket;
	if (ttl != 2)
		transmit(ctx, to, datagram, tl_bytes(NULL, 0));
}

static void host_random(void *ctx, void *out, size_t n)
{
	struct sim_node *node = ctx;
	uint8_t *o = out;
	size_t i;

	for (i = 0; i < n; i++)
		o[i] = (uint8_t)draw(node->sim);
}

/* The committed identities are valid: identity tests say so. */
static int host_validate(void *ctx, const struct identity *id)
{
	struct sim_node *node = ctx;

	tl_node_on_validated(node->node, id, true, node->sim->now);
	return 0;
}

static size_t host_endpoints(void *ctx, struct endpoint *out, size_t max)
{
	const struct sim_node *node = ctx;

	if (!max)
		return 0;
	out[0] = node->at;
	return 1;
}

static const struct node_host node_host = {
	.send = host_send,
	.send_raw = host_send_raw,
	.random = host_random,
	.validate = host_validate,
	.local_endpoints = host_endpoints,
};

static void on_frame(void *ctx, struct network *net, struct mac source,
		     struct mac dest, uint16_t ethertype, struct buffer payload)
{
	struct sim_node *node = ctx;

	node->n_frames++;
	node->last.net = tl_network_id(net);
	node->last.source = source;
	node->last.dest = dest;
	node->last.ethertype = ethertype;
	node->last.n = payload.n;
	CHECK(payload.n <= sizeof(node->last.payload));
	memcpy(node->last.payload, payload.at, payload.n);
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

static const struct vl2_host vl2_host = {
	.frame = on_frame,
	.changed = on_changed,
	.config_request = sim_controller_request,
	.recently_authorized = sim_controller_is_recent,
	.own_config = sim_controller_own_config,
};

static void load_identities(struct sim *s)
{
	json_t *file = json_load_file(
		TL_SOURCE_DIR "/test/vectors/data/identity.json", 0, NULL);
	json_t *valid = json_object_get(file, "valid");
	unsigned int i;

	CHECK(json_array_size(valid) >= s->n);
	for (i = 0; i < s->n; i++) {
		const char *text = json_string_value(json_object_get(
			json_array_get(valid, i), "string_secret"));

		CHECK_EQ(tl_identity_parse(&s->nodes[i].id,
					   tl_bytes_from_str(text)),
			 0);
	}
	json_decref(file);
}

static void make_planet(struct sim *s)
{
	struct world *w = tl_alloc_zeroed(sizeof(*w));
	struct writer out = tl_writer(TL_BUFFER_OF(s->planet));
	unsigned int i;

	CHECK(w);
	w->type = WORLD_PLANET;
	w->id = 1;
	w->timestamp = SIM_START_MS;
	w->n_roots = TL_MAX(s->o.n_roots, 1u);
	CHECK(w->n_roots <= WORLD_MAX_ROOTS && w->n_roots <= s->n);
	for (i = 0; i < w->n_roots; i++) {
		w->roots[i].identity = s->nodes[i].id;
		w->roots[i].n_endpoints = 1;
		w->roots[i].endpoints[0] = s->nodes[i].at;
	}
	tl_write_world(&out, w);
	s->planet_len = tl_writer_bytes(&out).n;
	CHECK(s->planet_len);
	tl_free(w);
}

static void start_node(struct sim *s, struct sim_node *node)
{
	struct node_config c = {
		.identity = &node->id,
		.planet = tl_bytes(s->planet, s->planet_len),
		.pool = &s->pool,
		.host = &node_host,
		.host_ctx = node,
		.upper = &tl_vl2_upper,
	};

	CHECK_EQ(tl_vl2_new(&node->vl2, &vl2_host, node), 0);
	c.upper_ctx = node->vl2;
	CHECK_EQ(tl_node_new(&node->node, &c, s->now), 0);
	tl_vl2_attach(node->vl2, node->node, s->now);
}

static void stop_node(struct sim_node *node)
{
	tl_vl2_free(node->vl2);
	tl_node_free(node->node);
}

struct sim *sim_new(unsigned int n, const struct sim_options *o)
{
	struct sim *s = calloc(1, sizeof(*s));
	unsigned int i;

	CHECK(s && n <= SIM_NODES_MAX);
	s->o = *o;
	s->random = o->seed;
	s->now = SIM_START_MS;
	s->n = n;
	tl_packet_pool_init(&s->pool, 1000, POOL_LIMIT);
	load_identities(s);
	for (i = 0; i < n; i++) {
		uint8_t ip[4] = { 10, 0, 0, (uint8_t)(i + 1) };

		s->nodes[i].sim = s;
		s->nodes[i].index = i;
		s->nodes[i].at = tl_endpoint_ip4(ip, 9993);
		s->nodes[i].public_at = s->nodes[i].at;
	}
	make_planet(s);
	for (i = 0; i < n; i++)
		start_node(s, &s->nodes[i]);
	return s;
}

void sim_free(struct sim *s)
{
	unsigned int i;

	for (i = 0; i < s->n; i++) {
		sim_controller_free(s->nodes[i].controller);
		stop_node(&s->nodes[i]);
	}
	while (s->n_heap)
		free(heap_pop(s));
	free(s->heap);
	tl_packet_pool_fini(&s->pool);
	free(s);
}

struct sim_node *sim_node(struct sim *s, unsigned int i)
{
	return &s->nodes[i];
}

int64_t sim_now(const struct sim *s)
{
	return s->now;
}

static void deliver(struct sim *s, struct event *e)
{
	struct sim_node *to = &s->nodes[e->to];

	if (to->is_down) {
		free(e);
		return;
	}
	to->n_received++;
	tl_node_on_batch(to->node, 0, &s->nodes[e->from].public_at,
			 tl_buffer(e->data, e->n), e->n, s->now);
	tl_node_end_pass(to->node);
	free(e);
}

/* Everything that is due at this moment; returns the next one. */
static int64_t run_timers(struct sim *s)
{
	int64_t next = INT64_MAX;
	unsigned int i;

	for (i = 0; i < s->n; i++) {
		struct sim_node *node = &s->nodes[i];
		int64_t a;
		int64_t b;

		if (node->is_down)
			continue;
		if (node->controller)
			next = TL_MIN(next, sim_controller_run(node));
		a = tl_node_run(node->node, s->now);
		b = tl_vl2_run(node->vl2, s->now);
		tl_node_end_pass(node->node);
		next = TL_MIN(next, TL_MIN(a, b));
	}
	CHECK(next > s->now);
	return next;
}

static bool step(struct sim *s, int64_t end)
{
	int64_t next = run_timers(s);

	if (s->n_heap)
		next = TL_MIN(next, s->heap[0]->when_ms);
	if (next > end) {
		s->now = end;
		return false;
	}
	s->now = TL_MAX(s->now, next);
	while (s->n_heap && s->heap[0]->when_ms <= s->now)
		deliver(s, heap_pop(s));
	return true;
}

void sim_run(struct sim *s, int64_t ms)
{
	int64_t end = s->now + ms;

	while (step(s, end))
		continue;
}

bool sim_run_until(struct sim *s, bool (*done)(struct sim *s), int64_t ms)
{
	int64_t end = s->now + ms;

	while (!done(s)) {
		if (!step(s, end))
			return done(s);
	}
	return true;
}

void sim_cut(struct sim *s, unsigned int a, unsigned int b, bool is_cut)
{
	s->is_cut[a][b] = is_cut;
	s->is_cut[b][a] = is_cut;
}

void sim_power(struct sim *s, unsigned int i, bool is_on)
{
	s->nodes[i].is_down = !is_on;
}

void sim_restart(struct sim *s, unsigned int i)
{
	stop_node(&s->nodes[i]);
	s->nodes[i].is_down = false;
	start_node(s, &s->nodes[i]);
}

void sim_move(struct sim *s, unsigned int i, uint8_t last)
{
	s->nodes[i].public_at.ip[3] = last;
}

uint64_t sim_traffic(const struct sim *s, unsigned int a, unsigned int b)
{
	return s->traffic[a][b] + s->traffic[b][a];
}

void sim_send(struct sim_node *from, struct network_id net, struct mac dest,
	      uint16_t ethertype, const void *payload, size_t n)
{
	struct network *network = tl_vl2_find(from->vl2, net);
	struct packet *p = tl_packet_new(&from->sim->pool);

	CHECK(network && p);
	CHECK(tl_packet_append(p, tl_bytes(payload, n)));
	tl_network_output(network, tl_network_mac(network), dest, ethertype, p,
			  from->sim->now);
}
