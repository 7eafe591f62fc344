/* SPDX-License-Identifier: Apache-2.0 */
#include "chaos.h"

#include <stdarg.h>

#include "harness.h"
#include "sim.h"
#include "sim_controller.h"
#include "sim_impl.h"

#define ROOTS 2
#define CONTROLLER ROOTS
#define FIRST_MEMBER (CONTROLLER + 1)
#define MEMBERS_MIN 5
#define MEMBERS_MAX 9
#define NATS_MAX (2 * MEMBERS_MAX)
#define NETWORK 1
#define FAULTS_MS (50 * 60000)
#define HOUR_MS (60 * 60000)
#define FAULT_EVERY_MS 45000
#define CHATTER_EVERY_MS 3000
#define QUIET_MS 60000
#define ROUND_MS 500

/* Faults that last have an end of their own. */
static struct sim *s;
static FILE *log_to;
static unsigned int n_members;
static struct sim_nat *nats[NATS_MAX];
static unsigned int n_nats;
static bool is_over;

static uint64_t below(uint64_t n)
{
	return sim_draw_below(sim_chance(s), n);
}

/* From @low to @high milliseconds. */
static int64_t some_ms(int64_t low, int64_t high)
{
	return low + (int64_t)below((uint64_t)(high - low + 1));
}

static unsigned int some_node(void)
{
	return (unsigned int)below(sim_count(s));
}

static unsigned int some_member(void)
{
	return FIRST_MEMBER + (unsigned int)below(n_members);
}

__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...)
{
	va_list args;

	if (!log_to)
		return;
	va_start(args, format);
	fprintf(log_to, "%7.1f s  ", (double)(sim_now(s) - SIM_START_MS) / 1e3);
	vfprintf(log_to, format, args);
	fputc('\n', log_to);
	va_end(args);
}

static struct network_id network_of(void)
{
	return sim_controller_network(sim_node(s, CONTROLLER), NETWORK);
}

static void join(unsigned int i)
{
	CHECK_EQ(tl_vl2_join(sim_node(s, i)->vl2, network_of(),
			     tl_bytes(NULL, 0), sim_now(s)),
		 0);
}

static struct sim_nat *some_nat(void)
{
	struct nat_config c = {
		.mapping = (enum nat_scope)below(3),
		.filtering = (enum nat_scope)below(3),
		.ports = (enum nat_ports)below(3),
		.hairpins = below(2),
		.is_kept_by_inbound = below(2),
		.timeout_ms = below(2) ? 30000 : 120000,
	};
	struct sim_nat *behind = NULL;

	if (below(4) == 0)
		behind = nats[n_nats++] =
			sim_nat_new(s, &(struct nat_config){ 0 }, NULL);
	nats[n_nats] = sim_nat_new(s, &c, behind);
	return nats[n_nats++];
}

/* A third has no NAT, a third shares the LAN of the member before. */
static void place_members(void)
{
	struct sim_nat *last = NULL;
	unsigned int i;

	for (i = FIRST_MEMBER; i < sim_count(s); i++) {
		uint64_t kind = below(3);

		if (kind == 0)
			continue;
		if (kind == 1 || !last)
			last = some_nat();
		sim_put_behind(s, i, last);
	}
}

static void begin(uint64_t seed)
{
	struct sim_options o = {
		.n_roots = ROOTS,
		.n_sockets = 3,
		.is_internet = true,
		.seed = seed,
		.delay_ms = 20,
		.jitter_ms = 15,
	};
	unsigned int i;

	n_nats = 0;
	is_over = false;
	s = sim_new(FIRST_MEMBER + MEMBERS_MAX, &o);
	n_members = MEMBERS_MAX;
	place_members();
	sim_controller_start(sim_node(s, CONTROLLER));
	sim_controller_post(sim_node(s, CONTROLLER), NETWORK, NULL,
			    "{\"private\": false}");
	sim_run(s, 1000);
	for (i = FIRST_MEMBER; i < sim_count(s); i++)
		join(i);
	sim_run(s, 5000);
}

static void send_frame(unsigned int from, unsigned int to)
{
	struct network *net = tl_vl2_find(sim_node(s, from)->vl2, network_of());

	/* The payload says who sent it. */
	if (tl_network_config(net) && !sim_node(s, from)->is_down)
		sim_send(sim_node(s, from), network_of(),
			 tl_mac_of_member(network_of(),
					  sim_node(s, to)->id.addr),
			 0x0800, &from, sizeof(from));
}

/* Somebody says something to somebody, now and then. */
static void chatter(struct sim *sim, void *ctx)
{
	unsigned int from = some_member();
	unsigned int to = some_member();

	(void)ctx;
	if (from != to)
		send_frame(from, to);
	if (!is_over)
		sim_after(sim, some_ms(1, 2 * CHATTER_EVERY_MS / n_members),
			  chatter, NULL);
}

static void clear_weather(struct sim *sim, void *ctx)
{
	(void)ctx;
	sim_set_weather(sim, 20, 15, 0);
}

static void bad_weather(void)
{
	unsigned int loss = (unsigned int)some_ms(10, 90);
	int64_t ms = some_ms(1000, 40000);

	tell("%u %% loss for %lld ms", loss, (long long)ms);
	sim_set_weather(s, some_ms(1, 300), some_ms(0, 500), loss);
	sim_after(s, ms, clear_weather, NULL);
}

static void unite(struct sim *sim, void *ctx)
{
	unsigned int i;

	(void)ctx;
	for (i = 0; i < sim_count(sim); i++)
		sim_part(sim, i, 0);
}

static void divide(void)
{
	int64_t ms = some_ms(1000, 90000);
	unsigned int i;

	tell("parted for %lld ms", (long long)ms);
	for (i = 0; i < sim_count(s); i++)
		sim_part(s, i, (unsigned int)below(2));
	sim_after(s, ms, unite, NULL);
}

static void restart(void)
{
	unsigned int i = some_node();

	tell("host %u restarts", i);
	sim_restart(s, i);
	if (i >= FIRST_MEMBER)
		join(i);
}

static void power_on(struct sim *sim, void *ctx)
{
	sim_power(sim, ((struct sim_node *)ctx)->index, true);
}

static void cut_power(void)
{
	unsigned int i = some_node();
	int64_t ms = some_ms(1000, 120000);

	tell("host %u is off for %lld ms", i, (long long)ms);
	sim_power(s, i, false);
	sim_after(s, ms, power_on, sim_node(s, i));
}

static void move(void)
{
	unsigned int i = some_member();
	bool is_told = below(2);

	tell("host %u moves%s", i, is_told ? "" : " without knowing");
	sim_readdress(s, i, is_told);
}

static void stall(void)
{
	unsigned int i = some_node();
	int64_t ms = some_ms(100, 60000);

	tell("host %u stalls for %lld ms", i, (long long)ms);
	sim_stall(s, i, ms);
}

static void reboot_nat(void)
{
	unsigned int i;
	bool has_moved = below(2);

	if (!n_nats)
		return;
	i = (unsigned int)below(n_nats);
	tell("NAT %u reboots%s", i, has_moved ? " and moves" : "");
	sim_nat_reboot(nats[i], has_moved);
}

static void mend_link(struct sim *sim, void *ctx)
{
	sim_set_link(sim, ((struct sim_node *)ctx)->index,
		     &(struct link_config){ 0 });
}

static void spoil_link(void)
{
	unsigned int i = some_node();
	int64_t ms = some_ms(1000, 120000);
	struct link_config c = {
		.delay_ms = some_ms(0, 200),
		.jitter_ms = some_ms(0, 200),
		.loss_permille = (unsigned int)below(300),
		.reorder_permille = (unsigned int)below(300),
		.reorder_ms = some_ms(1, 300),
		.duplicate_permille = (unsigned int)below(300),
		.bytes_per_s = below(2) ? 0 : 2000 + below(100000),
		.queue_bytes = 20000,
		.mtu = below(2) ? 0 : 600 + (unsigned int)below(900),
	};

	tell("host %u has a bad wire for %lld ms", i, (long long)ms);
	sim_set_link(s, i, &c);
	sim_after(s, ms, mend_link, sim_node(s, i));
}

static void fault(struct sim *sim, void *ctx)
{
	static void (*const kinds[])(void) = {
		bad_weather, divide, restart,	 cut_power,
		move,	     stall,  reboot_nat, spoil_link,
	};

	if (is_over)
		return;
	kinds[below(sizeof(kinds) / sizeof(kinds[0]))]();
	sim_after(sim, some_ms(1, 2 * FAULT_EVERY_MS), fault, ctx);
}

/* All faults end, those that were to last on too. */
static void make_peace(void)
{
	unsigned int i;

	is_over = true;
	tell("the faults end");
	clear_weather(s, NULL);
	unite(s, NULL);
	for (i = 0; i < sim_count(s); i++) {
		struct sim_node *node = sim_node(s, i);

		mend_link(s, node);
		power_on(s, node);
		node->stalled_until = 0;
		sim_touch(node);
	}
}

static bool heard[FIRST_MEMBER + MEMBERS_MAX][FIRST_MEMBER + MEMBERS_MAX];
static unsigned int n_waiting;

static void on_frame(struct sim_node *to)
{
	unsigned int from;

	CHECK_EQ(to->last.n, sizeof(from));
	memcpy(&from, to->last.payload, sizeof(from));
	CHECK(from < sim_count(s));
	n_waiting -= !heard[from][to->index];
	heard[from][to->index] = true;
}

static bool all_heard(struct sim *sim)
{
	(void)sim;
	return n_waiting == 0;
}

static void explain(void)
{
	unsigned int a;
	unsigned int b;
	unsigned int root;

	for (a = FIRST_MEMBER; a < sim_count(s); a++) {
		for (b = FIRST_MEMBER; b < sim_count(s); b++) {
			if (a == b || heard[a][b])
				continue;
			fprintf(stderr, "host %u does not reach %u\n", a, b);
			sim_explain(stderr, s, a, b);
			sim_explain(stderr, s, b, a);
			for (root = 0; root < ROOTS; root++) {
				sim_explain(stderr, s, a, root);
				sim_explain(stderr, s, b, root);
				sim_explain(stderr, s, root, a);
				sim_explain(stderr, s, root, b);
			}
			return;
		}
	}
}

static void say_what_is_missing(void)
{
	unsigned int a;
	unsigned int b;

	for (a = FIRST_MEMBER; a < sim_count(s); a++) {
		for (b = FIRST_MEMBER; b < sim_count(s); b++) {
			if (a != b && !heard[a][b])
				send_frame(a, b);
		}
	}
}

/* Send until every pair has had a frame through; how long that took. */
static int64_t reach_all(void)
{
	int64_t start = sim_now(s);

	memset(heard, 0, sizeof(heard));
	n_waiting = n_members * (n_members - 1);
	while (sim_now(s) - start < CHAOS_BOUND_MS) {
		say_what_is_missing();
		if (sim_run_until(s, all_heard, ROUND_MS))
			return sim_now(s) - start;
	}
	explain();
	FAIL("%u pairs do not reach each other %d ms after the faults",
	     n_waiting, CHAOS_BOUND_MS);
}

/* Nobody can know more than there is. */
static void check_tables(void)
{
	unsigned int i;

	for (i = 0; i < sim_count(s); i++) {
		struct map_walk walk = { 0 };
		unsigned int n_peers = 0;
		struct peer *p;

		while ((p = tl_node_each_peer(sim_node(s, i)->node, &walk))) {
			CHECK(p->n_slots <= PEER_MAX_SLOTS);
			n_peers++;
		}
		CHECK(n_peers < sim_count(s));
	}
	for (i = 0; i < n_nats; i++)
		CHECK(sim_nat_core(nats[i])->by_port.count <= NAT_BINDINGS_MAX);
}

int64_t chaos_run(uint64_t seed, FILE *log)
{
	int64_t took;

	log_to = log;
	begin(seed);
	s->o.on_frame = on_frame;
	chatter(s, NULL);
	fault(s, NULL);
	sim_run(s, FAULTS_MS);
	make_peace();
	took = reach_all();
	tell("all is well after %lld ms", (long long)took);
	sim_run(s, SIM_START_MS + HOUR_MS - sim_now(s));
	CHECK_EQ(s->pool.n_used, 0);
	check_tables();
	sim_free(s);
	return took;
}
