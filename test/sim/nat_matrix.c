/* SPDX-License-Identifier: Apache-2.0 */
#include "nat_matrix.h"

#include "harness.h"
#include "sim.h"
#include "sim_controller.h"

#define CONTROLLER 1
#define A 2
#define B 3
#define NETWORK 1
#define FRAME_EVERY_MS 100

static const char *const type_names[] = {
	[TYPE_NONE] = "none",
	[TYPE_FULL_CONE] = "full cone",
	[TYPE_ADDRESS] = "address-restricted",
	[TYPE_PORT] = "port-restricted",
	[TYPE_SEQUENTIAL] = "symmetric, sequential",
	[TYPE_RANDOM] = "symmetric, random",
	[TYPE_CARRIER] = "carrier + cone",
	[TYPE_BLOCKED] = "UDP blocked",
};

/* For the head of the table. */
static const char *const short_names[] = {
	[TYPE_NONE] = "none",
	[TYPE_FULL_CONE] = "full",
	[TYPE_ADDRESS] = "address",
	[TYPE_PORT] = "port",
	[TYPE_SEQUENTIAL] = "sequential",
	[TYPE_RANDOM] = "random",
	[TYPE_CARRIER] = "carrier",
	[TYPE_BLOCKED] = "blocked",
};

static const char *const shared_names[] = {
	[SHARED_LAN] = "one LAN, NAT without hairpin",
	[SHARED_LAN_HAIRPIN] = "one LAN, NAT with hairpin",
	[SHARED_CARRIER] = "two homes, carrier without hairpin",
	[SHARED_CARRIER_HAIRPIN] = "two homes, carrier with hairpin",
	[SHARED_IP6] = "both symmetric, random, and with IPv6",
};

/* Home routers, which keep ports where they can. */
static const struct nat_config configs[] = {
	[TYPE_ADDRESS] = { .filtering = NAT_ADDRESS },
	[TYPE_PORT] = { .filtering = NAT_ADDRESS_AND_PORT },
	[TYPE_SEQUENTIAL] = { .mapping = NAT_ADDRESS_AND_PORT,
			      .filtering = NAT_ADDRESS_AND_PORT,
			      .ports = NAT_SEQUENTIAL },
	[TYPE_RANDOM] = { .mapping = NAT_ADDRESS_AND_PORT,
			  .filtering = NAT_ADDRESS_AND_PORT,
			  .ports = NAT_RANDOM },
	[TYPE_BLOCKED] = { .is_blocking = true },
};

/* RFC 6888: endpoint-independent mapping; many customers share the ports. */
static const struct nat_config carrier = { .filtering = NAT_ADDRESS,
					   .ports = NAT_RANDOM };

const char *nat_type_name(enum nat_type t)
{
	return type_names[t];
}

const char *nat_shared_name(enum nat_shared s)
{
	return shared_names[s];
}

static struct sim *new_world(uint64_t seed, bool has_ip6)
{
	struct sim_options o = {
		.seed = seed,
		.has_ip6 = has_ip6,
		.n_sockets = 3,
		.is_internet = true,
		.delay_ms = 20,
		.jitter_ms = 5,
	};

	return sim_new(4, &o);
}

static void put_behind(struct sim *s, unsigned int i, enum nat_type t)
{
	static const struct nat_config cone = { 0 };
	struct sim_nat *outer = NULL;

	if (t == TYPE_NONE)
		return;
	if (t == TYPE_CARRIER)
		outer = sim_nat_new(s, &carrier, NULL);
	sim_put_behind(s, i,
		       sim_nat_new(s, t == TYPE_CARRIER ? &cone : &configs[t],
				   outer));
}

static void put_together(struct sim *s, enum nat_shared how)
{
	struct nat_config shared = configs[TYPE_PORT];
	struct nat_config cone = { 0 };
	struct sim_nat *nat;

	if (how == SHARED_IP6) {
		put_behind(s, A, TYPE_RANDOM);
		put_behind(s, B, TYPE_RANDOM);
		return;
	}
	shared.hairpins = how == SHARED_LAN_HAIRPIN ||
			  how == SHARED_CARRIER_HAIRPIN;
	nat = sim_nat_new(s, &shared, NULL);
	if (how == SHARED_LAN || how == SHARED_LAN_HAIRPIN) {
		sim_put_behind(s, A, nat);
		sim_put_behind(s, B, nat);
		return;
	}
	sim_put_behind(s, A, sim_nat_new(s, &cone, nat));
	sim_put_behind(s, B, sim_nat_new(s, &cone, nat));
}

static struct network_id network_of(struct sim *s)
{
	return sim_controller_network(sim_node(s, CONTROLLER), NETWORK);
}

static bool has_joined(struct sim *s, unsigned int i)
{
	struct network *net = tl_vl2_find(sim_node(s, i)->vl2, network_of(s));

	return net && tl_network_status(net) == NETWORK_OK;
}

static bool both_joined(struct sim *s)
{
	return has_joined(s, A) && has_joined(s, B);
}

static bool join_both(struct sim *s)
{
	unsigned int i;

	sim_controller_start(sim_node(s, CONTROLLER));
	sim_run(s, 1000);
	sim_controller_post(sim_node(s, CONTROLLER), NETWORK, NULL,
			    "{\"private\": false}");
	for (i = A; i <= B; i++)
		CHECK_EQ(tl_vl2_join(sim_node(s, i)->vl2, network_of(s),
				     tl_bytes(NULL, 0), sim_now(s)),
			 0);
	return sim_run_until(s, both_joined, 30000);
}

static void send_frame(struct sim *s, unsigned int from, unsigned int to)
{
	struct network_id net = network_of(s);

	sim_send(sim_node(s, from), net,
		 tl_mac_of_member(net, sim_node(s, to)->id.addr), 0x0800,
		 "hello", 5);
}

static bool is_direct(struct sim *s, unsigned int from, unsigned int to)
{
	struct peer *p = tl_node_find_peer(sim_node(s, from)->node,
					   sim_node(s, to)->id.addr);

	return p && tl_peer_best_path(p, PATHS_USABLE, sim_now(s));
}

static bool both_direct(struct sim *s)
{
	return is_direct(s, A, B) && is_direct(s, B, A);
}

/* Frames both ways; how long until the path is direct, negative: never. */
static int64_t wait_for_path(struct sim *s)
{
	int64_t start = sim_now(s);

	while (sim_now(s) - start < NAT_WAIT_MS) {
		send_frame(s, A, B);
		send_frame(s, B, A);
		if (sim_run_until(s, both_direct, FRAME_EVERY_MS))
			return sim_now(s) - start;
	}
	return -1;
}

/* Of ten frames each way all arrive. */
static bool is_reached(struct sim *s)
{
	unsigned int a = sim_node(s, A)->n_frames;
	unsigned int b = sim_node(s, B)->n_frames;
	int i;

	for (i = 0; i < 10; i++) {
		send_frame(s, A, B);
		send_frame(s, B, A);
		sim_run(s, FRAME_EVERY_MS);
	}
	sim_run(s, 1000);
	return sim_node(s, A)->n_frames - a >= 10 &&
	       sim_node(s, B)->n_frames - b >= 10;
}

/* One seed; consumes the simulation. A direct path counts if the frames take
 * it. */
static void measure(struct sim *s, struct nat_cell *cell, int64_t *times)
{
	int64_t ms = -1;
	uint64_t before;

	if (join_both(s)) {
		ms = wait_for_path(s);
		before = sim_traffic(s, A, B);
		cell->n_reached += is_reached(s);
		if (ms >= 0 && sim_traffic(s, A, B) - before >= 20)
			times[cell->n_direct++] = ms;
	}
	sim_free(s);
}

static int compare_times(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void take_median(struct nat_cell *cell, int64_t *times)
{
	if (!cell->n_direct)
		return;
	qsort(times, cell->n_direct, sizeof(*times), compare_times);
	cell->median_ms = times[cell->n_direct / 2];
	cell->slowest_ms = times[cell->n_direct - 1];
}

struct nat_cell nat_measure(enum nat_type a, enum nat_type b)
{
	struct nat_cell cell = { 0 };
	int64_t times[NAT_SEEDS];
	uint64_t seed;

	for (seed = 1; seed <= NAT_SEEDS; seed++) {
		struct sim *s = new_world(seed, false);

		put_behind(s, A, a);
		put_behind(s, B, b);
		measure(s, &cell, times);
	}
	take_median(&cell, times);
	return cell;
}

struct nat_cell nat_measure_shared(enum nat_shared how)
{
	struct nat_cell cell = { 0 };
	int64_t times[NAT_SEEDS];
	uint64_t seed;

	for (seed = 1; seed <= NAT_SEEDS; seed++) {
		struct sim *s = new_world(seed, how == SHARED_IP6);

		put_together(s, how);
		measure(s, &cell, times);
	}
	take_median(&cell, times);
	return cell;
}

static void print_cell(FILE *out, struct nat_cell c)
{
	if (c.n_direct == NAT_SEEDS)
		fprintf(out, " %lld.%02lld s |", (long long)c.median_ms / 1000,
			(long long)c.median_ms % 1000 / 10);
	else if (c.n_direct)
		fprintf(out, " %u of %u |", c.n_direct, NAT_SEEDS);
	else if (c.n_reached == NAT_SEEDS)
		fprintf(out, " relayed |");
	else
		fprintf(out, " - |");
}

void nat_print_tables(FILE *out)
{
	unsigned int a;
	unsigned int b;

	fputs("| |", out);
	for (b = 0; b < N_NAT_TYPES; b++)
		fprintf(out, " %s |", short_names[b]);
	fputs("\n|---|", out);
	for (b = 0; b < N_NAT_TYPES; b++)
		fputs("---|", out);
	for (a = 0; a < N_NAT_TYPES; a++) {
		fprintf(out, "\n| **%s** |", nat_type_name(a));
		for (b = 0; b <= a; b++)
			print_cell(out, nat_measure(a, b));
		for (; b < N_NAT_TYPES; b++)
			fputs(" |", out);
	}
	fputs("\n\n| both in one place, or with IPv6 | |\n|---|---|\n", out);
	for (a = 0; a < N_NAT_SHARED; a++) {
		fprintf(out, "| %s |", nat_shared_name(a));
		print_cell(out, nat_measure_shared(a));
		fputc('\n', out);
	}
}
