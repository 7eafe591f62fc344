/* SPDX-License-Identifier: Apache-2.0 */
/* A controller whose store takes its time, and fails when it is told to. */
#include "controller/batch.h"

#include <errno.h>

#include "base/alloc.h"
#include "controller/fixture.h"
#include "harness.h"

#define NET 0xa1
#define POOL                                                                   \
	"\"v4AssignMode\":\"zt\",\"ipAssignmentPools\":[{\"ipRangeStart\":"    \
	"\"10.77.1.10\",\"ipRangeEnd\":\"10.77.1.99\"}],\"routes\":[{"         \
	"\"target\":\"10.77.1.0/24\"}]"

static unsigned int n_commits;
static uint64_t told_batch;
static int told_err;
static unsigned int n_told;

static int commit(void *ctx)
{
	(void)ctx;
	n_commits++;
	return 0;
}

static void on_committed(void *ctx, uint64_t batch, int err)
{
	(void)ctx;
	told_batch = batch;
	told_err = err;
	n_told++;
}

/* As fixture_new(), with a store that answers when commit_ends() says so. */
static struct fixture *slow_new(void)
{
	struct fixture *f = fixture_new();
	struct store store = tl_store_memory_ops(f->memory);
	struct controller_host host = {
		.ctx = f,
		.send_config = fixture_on_config,
		.send_error = fixture_on_error,
		.send_credentials = fixture_on_credentials,
		.random = fixture_random,
		.committed = on_committed,
	};

	store.commit = commit;
	tl_controller_free(f->c);
	CHECK_EQ(tl_controller_new(&f->c, &f->self, &host, &store, f->now), 0);
	n_commits = 0;
	n_told = 0;
	return f;
}

static void commit_ends(struct fixture *f, int err)
{
	tl_controller_committed(f->c, err, f->now);
}

/* Until nothing is waiting for the store. */
static void all_commits_end(struct fixture *f)
{
	unsigned int ended = n_told;

	while (ended++ < n_commits)
		commit_ends(f, 0);
}

static uint64_t batch_of(struct fixture *f, const char *method,
			 const char *path, const char *body)
{
	struct controller_reply reply;

	tl_controller_http(f->c, method, path, tl_bytes_from_str(body), f->now,
			   &reply);
	CHECK_EQ(reply.status, 200);
	tl_free(reply.text);
	return reply.batch;
}

static const char net_path[] = "/controller/network/1e80fd6eb40000a1";
static const char member_path[] =
	"/controller/network/1e80fd6eb40000a1/member/cc85670443";

TEST(batch_reply_waits_for_the_store)
{
	struct fixture *f = slow_new();
	uint64_t first = batch_of(f, "POST", net_path, "{}");
	uint64_t second = batch_of(f, "POST", member_path, "{}");
	uint64_t third = batch_of(f, "POST", member_path, "{\"name\":\"x\"}");

	CHECK(first > 0);
	CHECK_EQ(n_commits, 1);
	/* What comes while one is written is one batch. */
	CHECK(second > first);
	CHECK_EQ(second, third);
	CHECK_EQ(batch_of(f, "GET", member_path, ""), 0);
	commit_ends(f, 0);
	CHECK_EQ(told_batch, first);
	CHECK_EQ(told_err, 0);
	CHECK_EQ(n_commits, 2);
	commit_ends(f, 0);
	CHECK_EQ(told_batch, third);
	CHECK_EQ(n_commits, 2);
	/* Nothing new: sure at once. */
	CHECK_EQ(batch_of(f, "POST", member_path, "{\"name\":\"x\"}"), 0);
	fixture_free(f);
}

TEST(batch_of_no_change_waits_for_the_change_before)
{
	struct fixture *f = slow_new();
	uint64_t first = batch_of(f, "POST", net_path, "{\"name\":\"n\"}");

	CHECK_EQ(batch_of(f, "POST", net_path, "{\"name\":\"n\"}"), first);
	fixture_free(f);
}

TEST(batch_configuration_waits_for_the_store)
{
	struct fixture *f = slow_new();

	batch_of(f, "POST", net_path, "{\"private\":false," POOL "}");
	all_commits_end(f);
	fixture_request(f, NET, &f->members[0], NULL);
	CHECK_EQ(f->n_configs, 0);
	fixture_request(f, NET, &f->members[1], NULL);
	CHECK_EQ(f->n_configs, 0);
	commit_ends(f, 0);
	CHECK_EQ(f->n_configs, 1);
	CHECK_EQ(f->n_pushes, 0);
	CHECK_EQ(f->conf->n_addresses, 1);
	commit_ends(f, 0);
	CHECK_EQ(f->n_configs, 2);
	/* Nothing about it is new: at once. */
	f->now += 2000;
	fixture_request(f, NET, &f->members[0], NULL);
	CHECK_EQ(f->n_configs, 3);
	CHECK_EQ(f->n_errors, 0);
	fixture_free(f);
}

TEST(batch_revocation_waits_for_the_store)
{
	struct fixture *f = slow_new();

	batch_of(f, "POST", net_path, "{\"private\":false}");
	all_commits_end(f);
	fixture_request(f, NET, &f->members[0], NULL);
	all_commits_end(f);
	CHECK_EQ(f->n_configs, 1);
	batch_of(f, "POST", member_path, "{\"authorized\":false}");
	CHECK_EQ(f->n_revoked, 0);
	all_commits_end(f);
	CHECK_EQ(f->n_revoked, 1);
	batch_of(f, "DELETE", net_path, "");
	all_commits_end(f);
	CHECK_EQ(tl_store_memory_rows(f->memory), 0);
	fixture_free(f);
}

static const char other_path[] =
	"/controller/network/1e80fd6eb40000a1/member/2b1d354bb9";

static size_t told_of(const struct fixture *f, struct address to,
		      struct address target)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < f->n_revoked; i++)
		n += f->revoked[i].v == target.v && f->revoked_at[i].v == to.v;
	return n;
}

/* A network with two that listen. */
static struct fixture *two_new(void)
{
	struct fixture *f = slow_new();

	batch_of(f, "POST", net_path, "{\"private\":false}");
	all_commits_end(f);
	fixture_request(f, NET, &f->members[0], NULL);
	fixture_request(f, NET, &f->members[1], NULL);
	all_commits_end(f);
	CHECK_EQ(f->n_configs, 2);
	f->now += 2000;
	n_told = n_commits;
	return f;
}

TEST(batch_one_that_is_put_out_is_revoked_though_it_is_to_be_let_in_again)
{
	struct fixture *f = two_new();
	struct address who = f->members[0].addr;

	batch_of(f, "POST", member_path, "{\"authorized\":false}");
	batch_of(f, "POST", member_path, "{\"authorized\":true}");
	commit_ends(f, 0);
	CHECK_EQ(told_of(f, f->members[1].addr, who), 1);
	CHECK(!tl_controller_is_recent(f->c, fixture_network(f, NET), who,
				       f->now));
	commit_ends(f, -ENOSPC);
	CHECK_EQ(f->n_configs, 2);
	CHECK(strstr(fixture_http(f, "GET", member_path, "", 200),
		     "\"authorized\":false"));
	fixture_free(f);
}

TEST(batch_one_that_is_let_in_again_at_once_gets_what_is_not_revoked)
{
	struct fixture *f = two_new();

	batch_of(f, "POST", net_path, "{\"name\":\"x\"}");
	batch_of(f, "POST", member_path, "{\"authorized\":false}");
	batch_of(f, "POST", member_path, "{\"authorized\":true}");
	all_commits_end(f);
	fixture_settle(f);
	CHECK_EQ(f->n_revoked, 1);
	CHECK_EQ(f->n_pushes, 2); /* to both, since the network is new, too */
	CHECK_EQ(f->conf_to.v, f->members[0].addr.v);
	CHECK(f->conf->timestamp > f->threshold);
	fixture_free(f);
}

TEST(batch_revocation_follows_though_its_network_is_to_be_deleted)
{
	static const char *const methods[] = { "POST", "DELETE" };
	struct address who;
	struct fixture *f;
	size_t i;

	for (i = 0; i < 2; i++) {
		f = two_new();
		who = f->members[0].addr;
		batch_of(f, methods[i], member_path, "{\"authorized\":false}");
		batch_of(f, "DELETE", net_path, "");
		/* It is not this one's. */
		batch_of(f, "POST", net_path, "{}");
		commit_ends(f, 0);
		CHECK_EQ(told_of(f, f->members[1].addr, who), 1);
		CHECK_EQ(told_of(f, who, who), 1);
		f->now += 2000;
		if (i) {
			all_commits_end(f);
			CHECK_EQ(told_of(f, f->members[1].addr,
					 f->members[1].addr),
				 1);
		} else {
			commit_ends(f, -EIO);
			CHECK(strstr(fixture_http(f, "GET", member_path, "",
						  200),
				     "\"authorized\":false"));
			CHECK_EQ(f->n_revoked, 2);
		}
		fixture_free(f);
	}
}

TEST(batch_revokes_before_it_deletes_the_network)
{
	struct fixture *f = two_new();
	struct address who = f->members[0].addr;

	batch_of(f, "POST", other_path, "{\"name\":\"first\"}");
	batch_of(f, "POST", member_path, "{\"authorized\":false}");
	batch_of(f, "DELETE", net_path, "");
	all_commits_end(f);
	CHECK_EQ(told_of(f, f->members[1].addr, who), 1);
	CHECK_EQ(told_of(f, f->members[1].addr, f->members[1].addr), 1);
	CHECK_EQ(told_of(f, who, who), 1);
	CHECK_EQ(tl_controller_next_ms(f->c), INT64_MAX);
	fixture_free(f);
}

TEST(batch_revokes_what_there_is_memory_for)
{
	struct fixture *f;
	size_t n_revoked = 0;
	int n;

	for (n = 0; n_revoked < 2; n++) {
		CHECK(n < 100);
		f = two_new();
		batch_of(f, "POST", net_path, "{\"name\":\"x\"}");
		batch_of(f, "POST", member_path, "{\"authorized\":false}");
		batch_of(f, "DELETE", other_path, "");
		commit_ends(f, 0);
		tl_alloc_fail_after(n);
		commit_ends(f, 0);
		tl_alloc_fail_after(-1);
		CHECK(f->n_revoked >= n_revoked);
		n_revoked = f->n_revoked;
		fixture_free(f);
	}
	/* Each was told of itself. */
	CHECK(n > 3);
}

TEST(batch_what_fails_is_taken_back_with_all_that_followed)
{
	struct fixture *f = slow_new();
	char before[2000];

	batch_of(f, "POST", net_path, "{\"private\":false," POOL "}");
	all_commits_end(f);
	fixture_request(f, NET, &f->members[0], NULL);
	all_commits_end(f);
	snprintf(before, sizeof(before), "%s",
		 fixture_http(f, "GET", member_path, "", 200));
	batch_of(f, "POST", member_path,
		 "{\"name\":\"new\",\"activeBridge\":true,"
		 "\"ipAssignments\":[\"10.77.1.77\"]}");
	batch_of(f, "POST", net_path, "{\"name\":\"new\"}");
	batch_of(f, "POST", member_path, "{\"name\":\"newer\"}");
	batch_of(f, "DELETE", member_path, "");
	batch_of(f, "POST", member_path, "{\"name\":\"newest\"}");
	batch_of(f, "POST", other_path, "{}");
	batch_of(f, "POST", "/controller/network/1e80fd6eb40000a2", "{}");
	batch_of(f, "DELETE", net_path, "");
	batch_of(f, "POST", net_path, "{\"name\":\"another\"}");
	commit_ends(f, -ENOSPC);
	CHECK_EQ(told_err, -ENOSPC);
	CHECK_EQ(f->n_revoked, 0);
	CHECK_STR(fixture_http(f, "GET", member_path, "", 200), before);
	CHECK_STR(fixture_http(f, "GET", "/controller/network", "", 200),
		  "[\"1e80fd6eb40000a1\"]");
	CHECK(strstr(fixture_http(f, "GET", net_path, "", 200),
		     "\"name\":\"\""));
	CHECK_STR(fixture_http(f, "GET",
			       "/controller/network/1e80fd6eb40000a1/member",
			       "", 200),
		  "{\"cc85670443\":2}");
	/* And it goes on from there. */
	f->now += 2000;
	n_told = n_commits;
	fixture_request(f, NET, &f->members[1], NULL);
	all_commits_end(f);
	CHECK_EQ(f->n_configs, 2);
	CHECK(!f->conf->n_specialists);
	fixture_free(f);
}

TEST(batch_addresses_of_what_failed_are_free_again)
{
	struct fixture *f = slow_new();
	struct endpoint ip;

	batch_of(f, "POST", net_path,
		 "{\"private\":false,\"v4AssignMode\":\"zt\","
		 "\"ipAssignmentPools\":[{\"ipRangeStart\":\"10.77.1.10\","
		 "\"ipRangeEnd\":\"10.77.1.10\"}],"
		 "\"routes\":[{\"target\":\"10.77.1.0/24\"}]}");
	all_commits_end(f);
	fixture_request(f, NET, &f->members[0], NULL);
	commit_ends(f, -EIO);
	CHECK_EQ(f->n_configs, 0);
	n_told = n_commits;
	fixture_request(f, NET, &f->members[1], NULL);
	all_commits_end(f);
	CHECK_EQ(f->n_configs, 1);
	CHECK_EQ(f->conf->n_addresses, 1);
	ip = f->conf->addresses[0];
	/* Two at once do not get the same. */
	f->now += 2000;
	fixture_request(f, NET, &f->members[0], NULL);
	all_commits_end(f);
	CHECK_EQ(f->n_configs, 2);
	CHECK_EQ(f->conf->n_addresses, 0);
	CHECK_EQ(ip.ip[3], 10);
	fixture_free(f);
}

TEST(batch_token_is_spent_with_the_member_or_not_at_all)
{
	struct fixture *f = slow_new();

	batch_of(f, "POST", net_path, "{\"oneTimeTokens\":{\"t\":0}}");
	all_commits_end(f);
	fixture_request(f, NET, &f->members[0], "t");
	/* Two at once: the second comes too late. */
	fixture_request(f, NET, &f->members[1], "t");
	CHECK_EQ(f->n_errors, 1);
	commit_ends(f, -EIO);
	CHECK_EQ(f->n_configs, 0);
	n_told = n_commits;
	f->now += 2000;
	fixture_request(f, NET, &f->members[1], "t");
	all_commits_end(f);
	CHECK_EQ(f->n_configs, 1);
	CHECK_EQ(f->conf_to.v, f->members[1].addr.v);
	fixture_free(f);
}

TEST(batch_says_why_it_failed)
{
	static const struct {
		int err;
		const char *text;
	} cases[] = { { -ENOSPC, "the disk is full" },
		      { -EROFS, "the disk is read-only" },
		      { -EIO, "input/output error" },
		      { -ENOMEM, "out of memory" } };
	struct controller_reply reply = { .status = 200, .batch = 7 };
	size_t i;

	reply.text = tl_strdup("{}");
	for (i = 0; i < TL_ARRAY_SIZE(cases); i++) {
		tl_controller_reply_fail(&reply, cases[i].err);
		CHECK_EQ(reply.status, 500);
		CHECK_EQ(reply.batch, 0);
		CHECK(reply.text && strstr(reply.text, cases[i].text));
	}
	tl_free(reply.text);
}

TEST(batch_is_dropped_with_its_controller)
{
	struct fixture *f = slow_new();

	batch_of(f, "POST", net_path, "{\"private\":false}");
	batch_of(f, "POST", member_path, "{}");
	batch_of(f, "DELETE", member_path, "");
	batch_of(f, "DELETE", net_path, "");
	fixture_request(f, NET, &f->members[1], NULL);
	fixture_free(f);
}
