/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes, requests, commits that succeed and fail, in any order: after a
 * failure a controller knows what another one reads from the store.
 */
#include "controller/batch.h"

#include <errno.h>

#include "base/alloc.h"
#include "controller/controller_impl.h"
#include "controller/fixture.h"
#include "harness.h"

#define STEPS 3000
#define DUMP_SIZE 60000

/* A write that is not in the store yet. */
struct op {
	struct list link;
	int kind;
	struct network_id network;
	struct address member;
	int64_t clock_ms;
	char *text;
};

static struct store durable;
static struct list open_ops;
static struct list flying_ops;
static bool is_flying;
static uint64_t state;

static unsigned int draw(unsigned int below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(state >> 33) % below;
}

static struct op *add(int kind, struct network_id id, struct address member,
		      struct bytes text)
{
	struct op *op = calloc(1, sizeof(*op));

	CHECK(op);
	op->kind = kind;
	op->network = id;
	op->member = member;
	op->text = strndup(text.n ? (const char *)text.at : "", text.n);
	tl_list_append(&open_ops, &op->link);
	return op;
}

static int put_network(void *ctx, struct network_id id, struct bytes text)
{
	(void)ctx;
	add(0, id, (struct address){ 0 }, text);
	return 0;
}

static int put_member(void *ctx, struct network_id id, struct address member,
		      struct bytes text)
{
	(void)ctx;
	add(1, id, member, text);
	return 0;
}

static int delete_network(void *ctx, struct network_id id)
{
	(void)ctx;
	add(2, id, (struct address){ 0 }, tl_bytes(NULL, 0));
	return 0;
}

static int delete_member(void *ctx, struct network_id id, struct address member)
{
	(void)ctx;
	add(3, id, member, tl_bytes(NULL, 0));
	return 0;
}

static int put_clock(void *ctx, int64_t clock_ms)
{
	(void)ctx;
	add(4, (struct network_id){ 0 }, (struct address){ 0 },
	    tl_bytes(NULL, 0))
		->clock_ms = clock_ms;
	return 0;
}

static int run(const struct op *op)
{
	struct bytes text = tl_bytes_from_str(op->text);

	switch (op->kind) {
	case 0:
		return durable.put_network(durable.ctx, op->network, text);
	case 1:
		return durable.put_member(durable.ctx, op->network, op->member,
					  text);
	case 2:
		return durable.delete_network(durable.ctx, op->network);
	case 3:
		return durable.delete_member(durable.ctx, op->network,
					     op->member);
	default:
		return durable.put_clock(durable.ctx, op->clock_ms);
	}
}

static void end_all(struct list *ops, bool is_run)
{
	tl_list_each(it, next, ops) {
		struct op *op = tl_container_of(it, struct op, link);

		tl_list_remove(it);
		if (is_run)
			CHECK_EQ(run(op), 0);
		free(op->text);
		free(op);
	}
}

static int commit(void *ctx)
{
	(void)ctx;
	CHECK(!is_flying);
	is_flying = true;
	tl_list_each(it, next, &open_ops) {
		tl_list_remove(it);
		tl_list_append(&flying_ops, it);
	}
	return 0;
}

static struct controller *make(struct fixture *f)
{
	struct store store = durable;
	struct controller_host host = {
		.ctx = f,
		.send_config = fixture_on_config,
		.send_error = fixture_on_error,
		.send_credentials = fixture_on_credentials,
		.random = fixture_random,
	};
	struct controller *c;

	store.put_network = put_network;
	store.put_member = put_member;
	store.delete_network = delete_network;
	store.delete_member = delete_member;
	store.put_clock = put_clock;
	store.commit = commit;
	CHECK_EQ(tl_controller_new(&c, &f->self, &host, &store, f->now), 0);
	return c;
}

static void append(struct fixture *f, struct controller *c, char *to,
		   const char *path)
{
	struct controller_reply reply;
	size_t n = strlen(to);

	tl_controller_http(c, "GET", path, tl_bytes(NULL, 0), f->now, &reply);
	snprintf(to + n, DUMP_SIZE - n, "%s: %d %s\n", path, reply.status,
		 reply.text ? reply.text : "");
	tl_free(reply.text);
}

/* All that there can be. */
static void dump(struct fixture *f, struct controller *c, char *to)
{
	char path[100];
	unsigned int i;
	unsigned int k;

	*to = '\0';
	append(f, c, to, "/unstable/controller/network");
	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path),
			 "/controller/network/1e80fd6eb40000a%u/member", i);
		append(f, c, to, path);
		for (k = 0; k < 2; k++) {
			snprintf(path, sizeof(path),
				 "/controller/network/1e80fd6eb40000a%u/member/"
				 "%010llx",
				 i, (unsigned long long)f->members[k].addr.v);
			append(f, c, to, path);
		}
	}
}

static void check_same(struct fixture *f)
{
	static char mine[DUMP_SIZE];
	static char stored[DUMP_SIZE];
	struct controller *other = make(f);

	dump(f, f->c, mine);
	dump(f, other, stored);
	CHECK_STR(mine, stored);
	tl_controller_free(other);
}

static void end_commit(struct fixture *f, int err)
{
	if (!is_flying)
		return;
	is_flying = false;
	end_all(&flying_ops, !err);
	if (err)
		end_all(&open_ops, false);
	tl_controller_committed(f->c, err, f->now);
	if (err)
		check_same(f);
}

static void post(struct fixture *f, const char *method, unsigned int network,
		 int member, const char *body)
{
	struct controller_reply reply;
	char path[100];
	int n = snprintf(path, sizeof(path),
			 "/controller/network/1e80fd6eb40000a%u", network);

	if (member >= 0)
		snprintf(path + n, sizeof(path) - (size_t)n, "/member/%010llx",
			 (unsigned long long)f->members[member].addr.v);
	tl_controller_http(f->c, method, path, tl_bytes_from_str(body), f->now,
			   &reply);
	tl_free(reply.text);
}

static void change(struct fixture *f)
{
	static const char *const networks[] = {
		"{\"private\":false,\"v4AssignMode\":\"zt\",\"routes\":[{"
		"\"target\":\"10.0.0.0/24\"}],\"ipAssignmentPools\":[{"
		"\"ipRangeStart\":\"10.0.0.5\",\"ipRangeEnd\":\"10.0.0.6\"}]}",
		"{\"private\":true,\"oneTimeTokens\":{\"t\":0}}",
		"{\"name\":\"a\",\"tags\":[{\"id\":1,\"default\":2}]}",
		"{\"name\":\"b\"}",
	};
	static const char *const members[] = {
		"{\"authorized\":true}",
		"{\"authorized\":false,\"activeBridge\":true}",
		"{\"name\":\"x\",\"ipAssignments\":[\"10.0.0.5\"]}",
		"{\"ipAssignments\":[],\"activeBridge\":false}",
	};
	unsigned int network = draw(3);
	int member = (int)draw(2);

	switch (draw(8)) {
	case 0:
	case 1:
		post(f, "POST", network, -1, networks[draw(4)]);
		break;
	case 2:
	case 3:
		post(f, "POST", network, member, members[draw(4)]);
		break;
	case 4:
		post(f, "DELETE", network, draw(3) ? member : -1, "");
		break;
	default:
		f->n_revoked = 0;
		fixture_request(f, 0xa0 + network, &f->members[member],
				draw(2) ? "t" : NULL);
		break;
	}
}

static void run_seed(uint64_t seed)
{
	struct fixture *f = fixture_new();
	unsigned int i;

	state = seed;
	durable = tl_store_memory_ops(f->memory);
	tl_list_init(&open_ops);
	tl_list_init(&flying_ops);
	tl_controller_free(f->c);
	f->c = make(f);
	for (i = 0; i < STEPS; i++) {
		f->now += draw(1500);
		f->n_revoked = 0;
		change(f);
		f->n_revoked = 0;
		if (draw(4) == 0)
			end_commit(f, draw(3) ? 0 : -EIO);
		f->n_revoked = 0;
		tl_controller_tick(f->c, f->now);
		/* Nothing is left that nobody writes. */
		CHECK(is_flying || tl_list_is_empty(&open_ops));
		CHECK(is_flying || tl_change_last(f->c) == 0);
	}
	if (f->n_configs <= 20)
		FAIL("seed %llu: hardly anything was issued",
		     (unsigned long long)seed);
	while (is_flying || tl_controller_next_ms(f->c) <= f->now) {
		end_commit(f, 0);
		f->n_revoked = 0;
		tl_controller_tick(f->c, f->now);
	}
	check_same(f);
	fixture_free(f);
	end_all(&open_ops, false);
	end_all(&flying_ops, false);
}

TEST(batch_after_a_failure_memory_is_what_is_stored)
{
	uint64_t seed;

	for (seed = 1; seed <= 5; seed++)
		run_seed(seed);
}
