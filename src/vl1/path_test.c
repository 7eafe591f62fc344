/* SPDX-License-Identifier: Apache-2.0 */
#include "vl1/path.h"

#include "base/alloc.h"
#include "harness.h"

static const uint64_t secret[2] = { 1, 2 };

static struct path path_to(int socket, uint8_t last, uint16_t port)
{
	const uint8_t ip[4] = { 10, 0, 0, last };
	struct endpoint e = tl_endpoint_ip4(ip, port);
	struct path p;

	tl_path_init(&p, socket, &e);
	return p;
}

TEST(new_path_knows_its_scope_and_nothing_else)
{
	struct path p = path_to(3, 1, 9993);

	CHECK_EQ(p.socket, 3);
	CHECK_EQ(p.scope, IP_SCOPE_PRIVATE);
	CHECK_EQ(p.latency_ms, PATH_LATENCY_UNKNOWN);
	CHECK(!p.interned);
	CHECK(!tl_path_is_alive(&p, 1000));
	CHECK(!tl_path_is_trusted(&p, 1000));
	CHECK(!tl_path_is_dead(&p, 1000));
}

TEST(table_has_one_path_for_socket_and_endpoint)
{
	struct path like = path_to(1, 2, 3);
	struct path port = path_to(1, 2, 4);
	struct path socket = path_to(2, 2, 3);
	struct path *p;
	struct map paths;

	tl_map_init(&paths, secret);
	CHECK(!tl_path_find(&paths, 1, &like.remote));
	like.latency_ms = 5;
	p = tl_path_intern(&paths, &like);
	CHECK(p && p != &like && p->interned);
	CHECK_EQ(p->latency_ms, 5);
	CHECK(tl_path_intern(&paths, &like) == p);
	CHECK(tl_path_intern(&paths, p) == p);
	CHECK(tl_path_find(&paths, 1, &like.remote) == p);
	CHECK(tl_path_intern(&paths, &port) != p);
	CHECK(tl_path_intern(&paths, &socket) != p);
	CHECK_EQ(paths.count, 3);
	tl_path_free(&paths, tl_path_find(&paths, 1, &port.remote));
	tl_path_free(&paths, tl_path_find(&paths, 2, &like.remote));
	tl_path_free(&paths, p);
	CHECK_EQ(paths.count, 0);
	tl_map_fini(&paths);
}

TEST(lack_of_memory_leaves_the_table_as_it_was)
{
	struct path like = path_to(1, 2, 3);
	struct map paths;
	int n;

	tl_map_init(&paths, secret);
	for (n = 0; n < 2; n++) {
		tl_alloc_fail_after(n);
		CHECK(!tl_path_intern(&paths, &like));
		tl_alloc_fail_after(-1);
		CHECK_EQ(paths.count, 0);
	}
	tl_map_fini(&paths);
}

TEST(path_is_alive_for_nineteen_seconds)
{
	struct path p = path_to(1, 2, 3);

	tl_path_heard(&p, 1000);
	CHECK(tl_path_is_alive(&p, 1000 + PATH_ALIVE_MS - 1));
	CHECK(!tl_path_is_alive(&p, 1000 + PATH_ALIVE_MS));
}

TEST(first_round_trip_counts_whole_and_later_ones_half)
{
	struct path p = path_to(1, 2, 3);

	tl_path_measured(&p, -5);
	CHECK_EQ(p.latency_ms, PATH_LATENCY_UNKNOWN);
	tl_path_measured(&p, 40);
	CHECK_EQ(p.latency_ms, 40);
	tl_path_measured(&p, 20);
	CHECK_EQ(p.latency_ms, 30);
	tl_path_measured(&p, INT64_MAX);
	CHECK_EQ(p.latency_ms, (30 + PATH_LATENCY_UNKNOWN - 1) / 2);
}

TEST(silence_is_counted_from_the_first_packet_unanswered)
{
	struct path p = path_to(1, 2, 3);

	tl_path_sent(&p, 1000);
	tl_path_sent(&p, 2000);
	CHECK_EQ(p.waiting_since_ms, 1000);
	CHECK_EQ(p.last_out_ms, 2000);
	tl_path_heard(&p, 2500);
	CHECK_EQ(p.waiting_since_ms, 0);
	tl_path_sent(&p, 3000);
	CHECK_EQ(p.waiting_since_ms, 3000);
}

TEST(path_is_dead_when_the_last_probe_went_unanswered)
{
	struct path p = path_to(1, 2, 3);

	p.n_probes = PATH_PROBES;
	p.last_probe_ms = 5000;
	CHECK(!tl_path_is_dead(&p, 5000 + PATH_PROBE_MS - 1));
	CHECK(tl_path_is_dead(&p, 5000 + PATH_PROBE_MS));
	tl_path_heard(&p, 7000);
	CHECK(!tl_path_is_dead(&p, 7000));
}

TEST(score_prefers_near_scopes_live_paths_and_priority)
{
	static const uint8_t public_ip[4] = { 8, 8, 8, 8 };
	struct endpoint e = tl_endpoint_ip4(public_ip, 1);
	struct path near = path_to(1, 2, 3);
	struct path far;

	tl_path_init(&far, 1, &e);
	tl_path_heard(&near, 1000);
	tl_path_heard(&far, 1000);
	tl_path_measured(&near, 30);
	tl_path_measured(&far, 10);
	CHECK_EQ(tl_path_score(&near, 1, 1000), 30 * (8 - 7));
	CHECK_EQ(tl_path_score(&far, 1, 1000), 10 * (8 - 4));
	CHECK_EQ(tl_path_score(&far, 3, 1000), 40 / 3);
	/* vl1.md 7.4.2: silent for 19 s, then no worse than for 140 s. */
	CHECK_EQ(tl_path_score(&near, 1, 20000), 30 + 65535 + 19000);
	CHECK_EQ(tl_path_score(&near, 1, 1000000), 30 + 65535 + 140000);
}
