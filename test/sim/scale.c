/* SPDX-License-Identifier: Apache-2.0 */
#include "scale.h"

#include <malloc.h>
#include <time.h>

#include "harness.h"
#include "sim.h"
#include "sim_controller.h"
#include "sim_impl.h"

#define CONTROLLER SCALE_ROOTS
#define NETWORK 1
#define ROUND_MS 500
#define IDLE_MS 60000
#define SWITCH_ON_MS 5000

/* Two members that talk; the first sends. */
struct talk {
	unsigned int from;
	unsigned int to;
	bool is_heard;
};

static struct talk *talks;
static size_t n_talks;
static size_t n_waiting;
static FILE *log_to;
static struct scale_result result;

static double cpu_now(void)
{
	struct timespec t;

	CHECK_EQ(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t), 0);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Without the packets, which all nodes share here; 0 under sanitizers, which
 * have a heap of their own. */
static size_t memory_now(const struct sim *s)
{
	struct mallinfo2 m = mallinfo2();
	size_t packets = s ? s->pool.n_free + s->pool.n_used : 0;

	if (!m.uordblks)
		return 0;
	return m.uordblks + m.hblkhd - packets * sizeof(struct packet);
}

static void tell(const struct sim *s, const char *phase, int64_t ms)
{
	if (log_to)
		fprintf(log_to, "%-28s %8lld ms, %6.1f s CPU, %5zu MB\n", phase,
			(long long)ms, cpu_now(), memory_now(s) >> 20);
}

static void on_frame(struct sim_node *to)
{
	struct talk *t;
	size_t i;

	CHECK_EQ(to->last.n, sizeof(i));
	memcpy(&i, to->last.payload, sizeof(i));
	CHECK(i < n_talks);
	t = &talks[i];
	CHECK_EQ(t->to, to->index);
	n_waiting -= !t->is_heard;
	t->is_heard = true;
}

static struct network_id network_of(struct sim *s)
{
	return sim_controller_network(sim_node(s, CONTROLLER), NETWORK);
}

static bool all_heard(struct sim *s)
{
	(void)s;
	return n_waiting == 0;
}

static void send_talk(struct sim *s, size_t i)
{
	struct network_id net = network_of(s);

	sim_send(sim_node(s, talks[i].from), net,
		 tl_mac_of_member(net, sim_node(s, talks[i].to)->id.addr),
		 0x0800, &i, sizeof(i));
}

/* Of the first pair that does not reach each other. */
static void explain(struct sim *s)
{
	size_t i = 0;
	unsigned int root;

	while (talks[i].is_heard)
		i++;
	sim_explain(stderr, s, talks[i].from, talks[i].to);
	sim_explain(stderr, s, talks[i].to, talks[i].from);
	for (root = 0; root < SCALE_ROOTS; root++) {
		sim_explain(stderr, s, talks[i].from, root);
		sim_explain(stderr, s, talks[i].to, root);
		sim_explain(stderr, s, root, talks[i].from);
		sim_explain(stderr, s, root, talks[i].to);
	}
}

/* Send until every pair has had a frame through. Return: how long it took. */
static int64_t reach_all(struct sim *s, const char *phase, int64_t bound_ms)
{
	int64_t start = sim_now(s);
	size_t i;

	for (i = 0; i < n_talks; i++)
		talks[i].is_heard = false;
	n_waiting = n_talks;
	while (sim_now(s) - start <= bound_ms) {
		for (i = 0; i < n_talks; i++) {
			if (!talks[i].is_heard)
				send_talk(s, i);
		}
		if (sim_run_until(s, all_heard, ROUND_MS)) {
			tell(s, phase, sim_now(s) - start);
			return sim_now(s) - start;
		}
	}
	explain(s);
	FAIL("%s: %zu of %zu pairs do not reach each other after %lld ms",
	     phase, n_waiting, n_talks, (long long)bound_ms);
}

static bool all_online(struct sim *s)
{
	static unsigned int from;
	unsigned int n = sim_count(s);

	/* Whoever was online is looked at last. */
	for (; from < n; from++) {
		if (!tl_node_is_online(sim_node(s, from)->node, sim_now(s)))
			return false;
	}
	from = 0;
	return true;
}

static bool all_joined(struct sim *s)
{
	static unsigned int from;
	unsigned int n = sim_count(s);

	from = TL_MAX(from, SCALE_OTHERS);
	for (; from < n; from++) {
		struct network *net =
			tl_vl2_find(sim_node(s, from)->vl2, network_of(s));

		if (tl_network_status(net) != NETWORK_OK)
			return false;
	}
	from = 0;
	return true;
}

/* Run until @done; how long that took. */
static int64_t wait_until(struct sim *s, bool (*done)(struct sim *s),
			  const char *phase, int64_t bound_ms)
{
	int64_t start = sim_now(s);

	if (!sim_run_until(s, done, bound_ms))
		FAIL("%s: not done after %lld ms", phase, (long long)bound_ms);
	tell(s, phase, sim_now(s) - start);
	return sim_now(s) - start;
}

static void power_on(struct sim *s, void *ctx)
{
	sim_power(s, ((struct sim_node *)ctx)->index, true);
}

/* Members are switched on within some seconds: in step with each other, as no
 * real ones are, they would knock at the root's door all at once and again. */
static void switch_on(struct sim *s)
{
	unsigned int i;

	for (i = SCALE_OTHERS; i < sim_count(s); i++) {
		sim_power(s, i, false);
		sim_after(s,
			  (int64_t)sim_draw_below(sim_chance(s), SWITCH_ON_MS),
			  power_on, sim_node(s, i));
	}
}

static void join_all(struct sim *s)
{
	unsigned int i;

	for (i = SCALE_OTHERS; i < sim_count(s); i++)
		CHECK_EQ(tl_vl2_join(sim_node(s, i)->vl2, network_of(s),
				     tl_bytes(NULL, 0), sim_now(s)),
			 0);
}

static void draw_partner(struct sim *s, size_t i)
{
	unsigned int n = sim_count(s) - SCALE_OTHERS;
	unsigned int a = (unsigned int)(i / SCALE_PARTNERS);
	uint64_t b = 1 + sim_draw_below(sim_chance(s), n - 1);

	talks[i].from = SCALE_OTHERS + a;
	talks[i].to = SCALE_OTHERS + (a + (unsigned int)b) % n;
}

static void draw_talks(struct sim *s)
{
	size_t i;

	n_talks = (size_t)(sim_count(s) - SCALE_OTHERS) * SCALE_PARTNERS;
	talks = calloc(n_talks, sizeof(*talks));
	CHECK(talks && sim_count(s) >= SCALE_OTHERS + 2);
	for (i = 0; i < n_talks; i++)
		draw_partner(s, i);
}

/* One partner of each is a new one: whoever is there has to find it. */
static void change_partners(struct sim *s)
{
	size_t i;

	for (i = 0; i < n_talks; i += SCALE_PARTNERS)
		draw_partner(s, i);
}

static size_t count_peers(struct sim *s)
{
	size_t n = 0;
	unsigned int i;

	for (i = 0; i < sim_count(s); i++) {
		struct map_walk walk = { 0 };

		while (tl_node_each_peer(sim_node(s, i)->node, &walk))
			n++;
	}
	return n;
}

static uint64_t count_bytes(struct sim *s)
{
	uint64_t n = 0;
	unsigned int i;

	for (i = SCALE_OTHERS; i < sim_count(s); i++)
		n += sim_node(s, i)->bytes_sent;
	return n;
}

static void rest(struct sim *s)
{
	uint64_t bytes = count_bytes(s);
	double cpu = cpu_now();

	sim_run(s, IDLE_MS);
	result.idle_bytes =
		(count_bytes(s) - bytes) / (sim_count(s) - SCALE_OTHERS);
	result.idle_cpu_s = cpu_now() - cpu;
	tell(s, "a minute of rest", IDLE_MS);
}

static void lose_roots(struct sim *s)
{
	sim_power(s, 0, false);
	sim_power(s, 1, false);
	change_partners(s);
	result.lost_ms = reach_all(s, "two roots die", SCALE_ROOT_LOST_MS);
	sim_run(s, 20000);
	sim_restart(s, 0);
	sim_restart(s, 1);
	sim_run(s, scale_start_bound(sim_count(s)));
	sim_power(s, 2, false);
	change_partners(s);
	result.back_ms =
		reach_all(s, "they return, the third dies", SCALE_ROOT_BACK_MS);
	sim_restart(s, 2);
	sim_run(s, 20000);
}

/* Every sixth member knows of its new address, and then another sixth does
 * not: its NAT has changed it. */
static void move_third(struct sim *s)
{
	unsigned int i;

	for (i = SCALE_OTHERS; i < sim_count(s); i += 6)
		sim_readdress(s, i, true);
	result.told_ms = reach_all(s, "a sixth moves", SCALE_TOLD_MS);
	for (i = SCALE_OTHERS + 1; i < sim_count(s); i += 6)
		sim_readdress(s, i, false);
	result.moved_ms = reach_all(s, "a sixth is moved", SCALE_MOVED_MS);
}

static void live(struct sim *s, size_t before)
{
	unsigned int n = sim_count(s);
	size_t peers;
	size_t memory;

	sim_controller_start(sim_node(s, CONTROLLER));
	sim_controller_post(sim_node(s, CONTROLLER), NETWORK, NULL,
			    "{\"private\": false,"
			    " \"v4AssignMode\": {\"zt\": true},"
			    " \"ipAssignmentPools\": [{\"ipRangeStart\":"
			    " \"10.1.0.1\", \"ipRangeEnd\": \"10.1.250.250\"}],"
			    " \"routes\": [{\"target\": \"10.1.0.0/16\"}]}");
	switch_on(s);
	result.online_ms =
		wait_until(s, all_online, "online", scale_start_bound(n));
	result.node_bytes = (memory_now(s) - before) / n;
	join_all(s);
	result.joined_ms =
		wait_until(s, all_joined, "joined", scale_start_bound(n));
	memory = memory_now(s);
	peers = count_peers(s);
	draw_talks(s);
	result.first_ms = reach_all(s, "first frames", SCALE_FIRST_MS);
	sim_run(s, 5000);
	result.peer_bytes = (memory_now(s) - memory) / (count_peers(s) - peers);
	result.n_peers = (unsigned int)(count_peers(s) / n);
	rest(s);
	lose_roots(s);
	move_third(s);
	if (result.node_bytes > SCALE_NODE_BYTES ||
	    result.peer_bytes > SCALE_PEER_BYTES)
		FAIL("%zu bytes a node, %zu a peer", result.node_bytes,
		     result.peer_bytes);
}

int64_t scale_start_bound(unsigned int n)
{
	return 30000 + (int64_t)n * 50;
}

struct scale_result scale_run(unsigned int n, uint64_t seed, FILE *log)
{
	struct sim_options o = {
		.n_roots = SCALE_ROOTS,
		.is_internet = true,
		.seed = seed,
		.delay_ms = 20,
		.jitter_ms = 20,
		.on_frame = on_frame,
	};
	double cpu = cpu_now();
	size_t before = memory_now(NULL);
	struct sim *s;

	log_to = log;
	result = (struct scale_result){ 0 };
	s = sim_new(n + SCALE_OTHERS, &o);
	live(s, before);
	result.cpu_s = cpu_now() - cpu;
	sim_free(s);
	free(talks);
	return result;
}
