/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>

#include "base/alloc.h"
#include "harness.h"
#include "sim_controller.h"
#include "sim_impl.h"
#include "sim_pool.h"

#define POOL_LIMIT 100000

/* Simulations that were made and not freed, and the seed of the newest. */
static unsigned int n_alive;
static uint64_t last_seed;

/* What one has to type to see it again. */
static void tell_command(void)
{
	const char *test = getenv("TL_TEST");

	if (n_alive)
		fprintf(stderr, "to repeat: TL_SEED=%llu %s %s\n",
			(unsigned long long)last_seed, program_invocation_name,
			test ? test : "");
}

static const char *seed_asked(void)
{
	return getenv("TL_SEED");
}

uint64_t sim_first_seed(uint64_t first)
{
	const char *text = seed_asked();

	return text ? strtoull(text, NULL, 10) : first;
}

unsigned int sim_n_seeds(unsigned int n)
{
	return seed_asked() ? 1 : n;
}

static void on_abort(int signal_number)
{
	(void)signal_number;
	tell_command();
}

static void remember_seed(uint64_t seed)
{
	static bool is_registered;

	if (!is_registered) {
		atexit(tell_command);
		signal(SIGABRT, on_abort);
	}
	is_registered = true;
	last_seed = seed;
	n_alive++;
}

/* The first few of old, for which tests know the addresses. */
static void load_vectors(struct sim *s)
{
	json_t *file = json_load_file(
		TL_SOURCE_DIR "/test/vectors/data/identity.json", 0, NULL);
	json_t *valid = json_object_get(file, "valid");
	unsigned int i;

	for (i = 0; i < s->n && i < json_array_size(valid); i++) {
		const char *text = json_string_value(json_object_get(
			json_array_get(valid, i), "string_secret"));

		CHECK_EQ(tl_identity_parse(&s->nodes[i].id,
					   tl_bytes_from_str(text)),
			 0);
	}
	json_decref(file);
	for (; i < s->n; i++)
		sim_pool_identity(&s->nodes[i].id, i);
}

static void add_endpoint(struct world_root *root, const struct endpoint *e)
{
	if (!tl_endpoint_is_nil(e))
		root->endpoints[root->n_endpoints++] = *e;
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
		add_endpoint(&w->roots[i], &s->nodes[i].at);
		add_endpoint(&w->roots[i], &s->nodes[i].at6);
	}
	tl_write_world(&out, w);
	s->planet_len = tl_writer_bytes(&out).n;
	CHECK(s->planet_len);
	tl_free(w);
}

void sim_touch(struct sim_node *node)
{
	struct sim *s = node->sim;

	if (node->is_touched)
		return;
	node->is_touched = true;
	s->touched[s->n_touched++] = node->index;
}

static void start_node(struct sim *s, struct sim_node *node)
{
	struct node_config c = {
		.identity = &node->id,
		.planet = tl_bytes(s->planet, s->planet_len),
		.pool = &s->pool,
		.host = &sim_node_host,
		.host_ctx = node,
		.upper = &tl_vl2_upper,
	};

	CHECK_EQ(tl_vl2_new(&node->vl2, &sim_vl2_host, node), 0);
	c.upper_ctx = node->vl2;
	CHECK_EQ(tl_node_new(&node->node, &c, s->now), 0);
	tl_vl2_attach(node->vl2, node->node, s->now);
	node->timer_ms = INT64_MAX;
	sim_touch(node);
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

	CHECK(s && (!o->n_sockets || o->n_sockets <= SIM_SOCKETS_MAX));
	s->o = *o;
	s->random.state = sim_first_seed(o->seed);
	remember_seed(s->random.state);
	s->now = SIM_START_MS;
	s->n = n;
	s->nodes = calloc(n, sizeof(*s->nodes));
	s->touched = calloc(n, sizeof(*s->touched));
	CHECK(s->nodes && s->touched);
	tl_packet_pool_init(&s->pool, 1000, POOL_LIMIT);
	sim_wire_init(s);
	load_vectors(s);
	for (i = 0; i < n; i++) {
		s->nodes[i].sim = s;
		s->nodes[i].index = i;
		sim_wire_settle(&s->nodes[i]);
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
		free(s->nodes[i].last.payload);
	}
	sim_queue_fini(&s->queue);
	sim_wire_fini(s);
	CHECK_EQ(s->pool.n_used, 0);
	tl_packet_pool_fini(&s->pool);
	free(s->touched);
	free(s->nodes);
	free(s);
	n_alive--;
}

struct sim_node *sim_node(struct sim *s, unsigned int i)
{
	return &s->nodes[i];
}

unsigned int sim_count(const struct sim *s)
{
	return s->n;
}

int64_t sim_now(const struct sim *s)
{
	return s->now;
}

struct sim_random *sim_chance(struct sim *s)
{
	return &s->random;
}

static void set_timer(struct sim_node *node, int64_t when_ms)
{
	struct event *e;

	/* One that is to come earlier looks again. */
	if (node->timer_ms <= when_ms)
		return;
	node->timer_ms = when_ms;
	e = calloc(1, sizeof(*e));
	CHECK(e);
	e->kind = EVENT_TIMER;
	e->to = node->index;
	sim_queue_push(&node->sim->queue, e, when_ms);
}

/* Everything that is due at the node at this moment. */
static void run_node(struct sim_node *node)
{
	int64_t now = node->sim->now;
	int64_t next = INT64_MAX;
	int64_t a;
	int64_t b;

	if (node->is_down)
		return;
	if (node->stalled_until > now) {
		set_timer(node, node->stalled_until);
		return;
	}
	if (node->controller)
		next = sim_controller_run(node);
	a = tl_node_run(node->node, now);
	b = tl_vl2_run(node->vl2, now);
	tl_node_end_pass(node->node);
	next = TL_MIN(next, TL_MIN(a, b));
	CHECK(next > now);
	set_timer(node, next);
}

static void run_touched(struct sim *s)
{
	while (s->n_touched) {
		struct sim_node *node = &s->nodes[s->touched[--s->n_touched]];

		node->is_touched = false;
		run_node(node);
	}
}

static void on_timer(struct sim *s, const struct event *e)
{
	struct sim_node *node = &s->nodes[e->to];

	if (node->timer_ms > s->now)
		return;
	node->timer_ms = INT64_MAX;
	sim_touch(node);
}

static void handle(struct sim *s, struct event *e)
{
	switch (e->kind) {
	case EVENT_ARRIVAL:
		sim_wire_arrive(s, e);
		return;
	case EVENT_DELIVERY:
		sim_wire_deliver(s, e);
		return;
	case EVENT_TIMER:
		on_timer(s, e);
		break;
	case EVENT_CALL:
		e->call(s, e->ctx);
		break;
	}
	free(e);
}

static bool step(struct sim *s, int64_t end)
{
	int64_t next;

	run_touched(s);
	next = sim_queue_next(&s->queue);
	if (next > end) {
		s->now = end;
		return false;
	}
	s->now = TL_MAX(s->now, next);
	while (sim_queue_next(&s->queue) <= s->now)
		handle(s, sim_queue_pop(&s->queue));
	return true;
}

/* A test may have done something to any of them. */
static void touch_all(struct sim *s)
{
	unsigned int i;

	for (i = s->n; i-- > 0;)
		sim_touch(&s->nodes[i]);
}

void sim_run(struct sim *s, int64_t ms)
{
	int64_t end = s->now + ms;

	touch_all(s);
	while (step(s, end))
		continue;
}

bool sim_run_until(struct sim *s, bool (*done)(struct sim *s), int64_t ms)
{
	int64_t end = s->now + ms;

	touch_all(s);
	while (!done(s)) {
		if (!step(s, end))
			return done(s);
	}
	return true;
}

void sim_after(struct sim *s, int64_t ms, void (*fn)(struct sim *s, void *ctx),
	       void *ctx)
{
	struct event *e = calloc(1, sizeof(*e));

	CHECK(e);
	e->kind = EVENT_CALL;
	e->call = fn;
	e->ctx = ctx;
	sim_queue_push(&s->queue, e, s->now + ms);
}

void sim_set_link(struct sim *s, unsigned int i, const struct link_config *c)
{
	s->nodes[i].up.config = *c;
	s->nodes[i].down.config = *c;
}

void sim_set_weather(struct sim *s, int64_t delay_ms, int64_t jitter_ms,
		     unsigned int loss_percent)
{
	s->o.delay_ms = delay_ms;
	s->o.jitter_ms = jitter_ms;
	s->o.loss_percent = loss_percent;
}

void sim_power(struct sim *s, unsigned int i, bool is_on)
{
	s->nodes[i].is_down = !is_on;
	sim_touch(&s->nodes[i]);
}

void sim_stall(struct sim *s, unsigned int i, int64_t ms)
{
	s->nodes[i].stalled_until = s->now + ms;
}

void sim_restart(struct sim *s, unsigned int i)
{
	struct sim_node *node = &s->nodes[i];

	stop_node(node);
	node->is_down = false;
	node->stalled_until = 0;
	start_node(s, node);
}

void sim_send_as(struct sim_node *from, struct network_id net,
		 struct mac source, struct mac dest, uint16_t ethertype,
		 struct bytes payload)
{
	struct network *network = tl_vl2_find(from->vl2, net);
	struct packet *p = tl_packet_new(&from->sim->pool);

	CHECK(network && p);
	CHECK(tl_packet_append(p, payload));
	tl_network_output(network, source, dest, ethertype, p, from->sim->now);
	sim_touch(from);
}

void sim_send(struct sim_node *from, struct network_id net, struct mac dest,
	      uint16_t ethertype, const void *payload, size_t n)
{
	sim_send_as(from, net, tl_mac_of_member(net, from->id.addr), dest,
		    ethertype, tl_bytes(payload, n));
}
