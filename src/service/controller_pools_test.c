/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hundreds of members join at once, with a real database behind: no address of
 * a pool is given twice. What is set by hand is the administrator's: the test
 * sets only what nobody has at that moment.
 */
#include <errno.h>
#include <ftw.h>
#include <unistd.h>

#include "controller/controller_impl.h"
#include "controller/fixture.h"
#include "harness.h"
#include "os/file.h"
#include "service/store_folder.h"
#include "service/store_sqlite.h"
#include "service/store_writer.h"

#define MEMBERS 400
#define NETWORK 0xa1
#define TAKEN_MAX 2000

static char dir[64];
static char path[100];
static struct fixture *f;
static uv_loop_t loop;
static struct store below;
static struct store_writer *writer;
static char taken[TAKEN_MAX][ENDPOINT_TEXT_SIZE];
static size_t n_taken;

static void on_written(void *ctx, int err)
{
	(void)ctx;
	CHECK_EQ(err, 0);
	tl_controller_committed(f->c, err, f->now);
}

static void start_on(const char *file)
{
	const struct controller_host host = {
		.ctx = f,
		.send_config = fixture_on_config,
		.send_error = fixture_on_error,
		.send_credentials = fixture_on_credentials,
		.random = fixture_random,
	};
	struct store store;

	CHECK_EQ(tl_store_sqlite_open(&below, file), 0);
	CHECK_EQ(tl_store_writer_new(&writer, &loop, &below, on_written, NULL),
		 0);
	store = tl_store_writer_ops(writer);
	tl_controller_free(f->c);
	f->c = NULL;
	CHECK_EQ(tl_controller_new(&f->c, &f->self, &host, &store, f->now), 0);
}

static void stop(void)
{
	tl_store_writer_free(writer);
	tl_store_sqlite_close(&below);
	tl_controller_free(f->c);
	f->c = NULL;
	uv_run(&loop, UV_RUN_DEFAULT);
}

static void begin(void)
{
	snprintf(dir, sizeof(dir), "/tmp/tapless-pools-XXXXXX");
	CHECK(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/controller.db", dir);
	f = fixture_new();
	CHECK_EQ(uv_loop_init(&loop), 0);
	start_on(path);
}

static int remove_one(const char *name, const struct stat *st, int kind,
		      struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(name);
}

static void end(void)
{
	stop();
	CHECK_EQ(uv_loop_close(&loop), 0);
	fixture_free(f);
	CHECK_EQ(nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* The disk's end of what is under way. */
static void wait_for_disk(void)
{
	uv_async_t keep;

	CHECK_EQ(uv_async_init(&loop, &keep, NULL), 0);
	while (tl_change_last(f->c)) {
		uv_run(&loop, UV_RUN_ONCE);
		fixture_settle(f);
	}
	uv_close((uv_handle_t *)&keep, NULL);
	uv_run(&loop, UV_RUN_NOWAIT);
}

static struct identity member(unsigned int number)
{
	struct identity id = { .addr = { 0x1000000000 + number * 7919 } };

	id.pub[0] = (uint8_t)number;
	id.pub[1] = (uint8_t)(number >> 8);
	return id;
}

static void ask(unsigned int number)
{
	struct identity id = member(number);

	f->now += 1;
	fixture_request(f, NETWORK, &id, NULL);
}

static const struct served_network *network(void)
{
	const struct served_network *n =
		tl_served_network_find(f->c, fixture_network(f, NETWORK));

	CHECK(n);
	return n;
}

static bool is_taken(const char *ip)
{
	size_t i;

	for (i = 0; i < n_taken; i++) {
		if (strcmp(taken[i], ip) == 0)
			return true;
	}
	return false;
}

/* List what all have, each only once. Return: how many have one of @family. */
static size_t check_unique(uint8_t family)
{
	struct map_walk walk = { 0 };
	struct map_node *node;
	size_t count = 0;
	size_t i;

	n_taken = 0;
	while ((node = tl_map_step(&network()->members, &walk))) {
		const struct member_object *o =
			tl_container_of(node, struct served_member, node)
				->object;
		bool has = false;

		for (i = 0; i < o->n_ips; i++) {
			char text[ENDPOINT_TEXT_SIZE];

			tl_endpoint_print_ip(text, &o->ips[i]);
			if (is_taken(text))
				FAIL("%s is given twice", text);
			CHECK(n_taken < TAKEN_MAX);
			memcpy(taken[n_taken++], text, sizeof(text));
			has |= o->ips[i].family == family;
		}
		count += has;
	}
	return count;
}

static void set_fixed(unsigned int number, const char *ip)
{
	struct identity id = member(number);
	char body[100];

	(void)check_unique(4);
	if (is_taken(ip))
		return;
	snprintf(body, sizeof(body),
		 "{\"authorized\":true,\"ipAssignments\":[\"%s\"]}", ip);
	fixture_post(f, NETWORK, &id, body);
}

static void fixed_ip(char out[ENDPOINT_TEXT_SIZE], const char *prefix,
		     unsigned int n)
{
	if (strchr(prefix, ':'))
		snprintf(out, ENDPOINT_TEXT_SIZE, "%s%x", prefix, n);
	else
		snprintf(out, ENDPOINT_TEXT_SIZE, "%s%u", prefix, n);
}

/* All at once, most of them while the disk is busy; now and then an address is
 * set by hand, of the pool or not. */
static void join_all(const char *fixed)
{
	char ip[ENDPOINT_TEXT_SIZE];
	unsigned int i;

	for (i = 0; i < MEMBERS; i++) {
		ask(i);
		if (i % 9 == 0) {
			fixed_ip(ip, fixed, i / 9 + 1);
			set_fixed((i * 31 + 7) % MEMBERS, ip);
		}
		if (i % 50 == 49)
			uv_run(&loop, UV_RUN_NOWAIT);
	}
	wait_for_disk();
}

static size_t size_of_store(void)
{
	return network()->members.count;
}

/* Each asks again. */
static void ask_again(void)
{
	unsigned int i;

	f->now += 10000;
	for (i = 0; i < MEMBERS; i++)
		ask(i);
	wait_for_disk();
}

static void restart(void)
{
	stop();
	start_on(path);
}

static void export_and_import(void)
{
	struct folder_counts counts = { .own = f->self.addr };
	char error[SERVICE_ERROR_SIZE];
	char folder[100];
	struct store s;

	stop();
	snprintf(folder, sizeof(folder), "%s/out", dir);
	CHECK_EQ(tl_store_sqlite_open(&s, path), 0);
	CHECK_EQ(tl_store_folder_export(folder, &s, &counts, error), 0);
	tl_store_sqlite_close(&s);
	snprintf(path, sizeof(path), "%s/other.db", dir);
	CHECK_EQ(tl_store_sqlite_open(&s, path), 0);
	CHECK_EQ(tl_store_folder_import(folder, &s, false, &counts, error), 0);
	tl_store_sqlite_close(&s);
	start_on(path);
}

/* @size: addresses in all pools together, of @family */
static void run(const char *body, const char *fixed, uint8_t family,
		size_t size)
{
	size_t n;

	begin();
	fixture_post(f, NETWORK, NULL, body);
	join_all(fixed);
	n = check_unique(family);
	/* Those set by hand from elsewhere do not use the pool up. */
	if (n < TL_MIN(size, MEMBERS) * 9 / 10)
		FAIL("only %zu of %zu addresses were given", n, size);
	CHECK_EQ(size_of_store(), MEMBERS);
	restart();
	CHECK_EQ(check_unique(family), n);
	ask_again();
	CHECK(check_unique(family) >= n);
	export_and_import();
	CHECK(check_unique(family) >= n);
	ask_again();
	CHECK(check_unique(family) >= n);
	/* Some go, others get what was theirs. */
	fixture_post(f, NETWORK, &(struct identity){ .addr = member(3).addr },
		     "{\"ipAssignments\":[]}");
	ask_again();
	CHECK(check_unique(family) >= n);
	end();
}

#define POOL(start, end)                                                       \
	"{\"ipRangeStart\":\"" start "\",\"ipRangeEnd\":\"" end "\"}"

TEST(pools_v4_small_and_exhausted)
{
	run("{\"private\":false,\"v4AssignMode\":\"zt\",\"routes\":"
	    "[{\"target\":\"10.7.0.0/24\"}],\"ipAssignmentPools\":[" POOL(
		    "10.7.0.1", "10.7.0.50") "]}",
	    "10.7.0.", 4, 49);
}

TEST(pools_v4_that_overlap)
{
	run("{\"private\":false,\"v4AssignMode\":\"zt\",\"routes\":"
	    "[{\"target\":\"10.7.0.0/16\"}],\"ipAssignmentPools\":[" POOL(
		    "10.7.0.1", "10.7.0.120") "," POOL("10.7.0.60",
						       "10.7.0.200") "]}",
	    "10.7.0.", 4, 198);
}

TEST(pools_v4_large_enough)
{
	run("{\"private\":false,\"v4AssignMode\":\"zt\",\"routes\":"
	    "[{\"target\":\"10.7.0.0/16\"}],\"ipAssignmentPools\":[" POOL(
		    "10.7.4.0", "10.7.7.255") "]}",
	    "10.7.4.", 4, MEMBERS);
}

TEST(pools_v6_small_and_exhausted)
{
	run("{\"private\":false,\"v6AssignMode\":{\"zt\":true},\"routes\":"
	    "[{\"target\":\"fd77::/64\"}],\"ipAssignmentPools\":[" POOL(
		    "fd77::1", "fd77::41") "]}",
	    "fd77::", 6, 60);
}

TEST(pools_v6_that_overlap)
{
	run("{\"private\":false,\"v6AssignMode\":{\"zt\":true},\"routes\":"
	    "[{\"target\":\"fd77::/64\"}],\"ipAssignmentPools\":[" POOL(
		    "fd77::1", "fd77::81") "," POOL("fd77::41",
						    "fd77::c1") "]}",
	    "fd77::", 6, 180);
}

TEST(pools_v6_that_hold_the_nodes_addresses)
{
	run("{\"private\":false,\"v6AssignMode\":{\"zt\":true},\"routes\":"
	    "[{\"target\":\"fd77::/64\"}],\"ipAssignmentPools\":[" POOL(
		    "fd77::", "fd77::ff:ffff:ffff") "]}",
	    "fd77::10:0:", 6, MEMBERS);
}
