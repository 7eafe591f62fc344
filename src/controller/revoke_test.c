/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revoke_test.c - what members are told, and how soon after each other
 */
#include "controller/fixture.h"

#define NET 7
#define SOME 0x1000000000 /* addresses of others from here on */

static struct fixture *f;

static void post(unsigned int member, const char *body)
{
	fixture_post(f, NET, &f->members[member], body);
}

static void delete_member(struct address member)
{
	char path[100];

	snprintf(path, sizeof(path),
		 "/controller/network/%016llx/member/%010llx",
		 (unsigned long long)fixture_network(f, NET).v,
		 (unsigned long long)member.v);
	fixture_http(f, "DELETE", path, "", 200);
}

/* Both are members, and the last configuration was sent some time ago. */
static void start(void)
{
	f = fixture_new();
	fixture_post(f, NET, NULL, "{}");
	post(0, "{\"authorized\":true}");
	post(1, "{\"authorized\":true}");
	fixture_request(f, NET, &f->members[0], NULL);
	fixture_request(f, NET, &f->members[1], NULL);
	f->now += CONTROLLER_PACE_MS;
	fixture_settle(f);
	CHECK_EQ(f->n_configs, 2);
	f->n_configs = 0;
	f->n_pushes = 0;
}

static void wait_ms(int64_t ms)
{
	int64_t end = f->now + ms;

	while (tl_controller_next_ms(f->c) <= end) {
		f->now = TL_MAX(f->now, tl_controller_next_ms(f->c));
		tl_controller_tick(f->c, f->now);
	}
	f->now = end;
}

/* How often @to was told that @target is revoked. */
static size_t told_of(unsigned int to, struct address target)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < f->n_revoked; i++)
		n += f->revoked_at[i].v == f->members[to].addr.v &&
		     f->revoked[i].v == target.v;
	return n;
}

static size_t told(unsigned int to, unsigned int target)
{
	return told_of(to, f->members[target].addr);
}

TEST(changes_within_a_second_become_one_configuration_with_the_last_state)
{
	start();
	post(0, "{\"ipAssignments\":[\"10.0.0.1\"]}");
	wait_ms(100);
	CHECK_EQ(f->n_pushes, 1);
	post(0, "{\"ipAssignments\":[\"10.0.0.2\"]}");
	wait_ms(100);
	post(0, "{\"ipAssignments\":[\"10.0.0.3\"]}");
	wait_ms(100);
	CHECK_EQ(f->n_pushes, 1);
	wait_ms(1000);
	CHECK_EQ(f->n_pushes, 2);
	CHECK_EQ(f->conf->n_addresses, 0); /* there is no route for it */
	CHECK_EQ(f->conf->revision, 1);
	wait_ms(10000);
	CHECK_EQ(f->n_pushes, 2);
	fixture_free(f);
}

TEST(changes_of_one_member_do_not_make_others_wait)
{
	start();
	post(0, "{\"activeBridge\":true}");
	wait_ms(0);
	CHECK_EQ(f->n_pushes, 2); /* a new bridge is told to all */
	wait_ms(2000);
	post(0, "{\"name\":\"a\",\"tags\":[[1,1]]}");
	wait_ms(0);
	post(0, "{\"tags\":[[1,2]]}");
	post(1, "{\"tags\":[[1,1]]}");
	wait_ms(0);
	CHECK_EQ(f->n_pushes, 4);
	CHECK_EQ(f->conf_to.v, f->members[1].addr.v);
	wait_ms(1100);
	CHECK_EQ(f->n_pushes, 5);
	CHECK_EQ(f->conf_to.v, f->members[0].addr.v);
	CHECK_EQ(f->conf->tags[0].value, 2);
	fixture_free(f);
}

TEST(one_that_waits_and_is_deleted_is_sent_nothing)
{
	start();
	post(0, "{\"tags\":[[1,1]]}");
	wait_ms(0);
	post(0, "{\"tags\":[[1,2]]}");
	delete_member(f->members[0].addr);
	wait_ms(5000);
	CHECK_EQ(f->n_pushes, 1);
	CHECK_EQ(tl_controller_next_ms(f->c), INT64_MAX);
	fixture_free(f);
}

/* A receiver looks at one message of ours in a second. */
TEST(revocations_within_a_second_go_in_two_messages_to_each)
{
	struct identity none[10];
	char body[] = "{\"authorized\":true}";
	unsigned int i;

	start();
	for (i = 0; i < 10; i++) {
		none[i] = f->members[0];
		none[i].addr.v = SOME + i;
		fixture_post(f, NET, &none[i], body);
	}
	for (i = 0; i < 10; i++)
		fixture_post(f, NET, &none[i], "{\"authorized\":false}");
	wait_ms(0);
	CHECK_EQ(f->n_credentials, 2);
	wait_ms(1099);
	CHECK_EQ(f->n_credentials, 2);
	wait_ms(1);
	CHECK_EQ(f->n_credentials, 4);
	CHECK_EQ(f->n_revoked, 20);
	wait_ms(10000);
	CHECK_EQ(f->n_credentials, 4);
	fixture_free(f);
}

/* Those that are revoked are signed and told in the order in which that was
 * said, and the clock stays where it is. */
TEST(many_that_are_revoked_at_once_are_all_told_of)
{
	unsigned int i;

	start();
	fixture_post_many(f, NET, SOME, 1500, "\"authorized\":true");
	fixture_post_many(f, NET, SOME, 1500, "\"authorized\":false");
	CHECK_EQ(f->n_credentials, 2);
	CHECK_EQ(f->n_revoked, 2 * 32);
	fixture_request(f, NET, &f->members[0], NULL);
	CHECK_EQ(f->n_configs, 1);
	CHECK(f->conf->timestamp > f->threshold);
	CHECK(f->conf->timestamp <= f->now + 2);
	wait_ms(60000);
	CHECK_EQ(f->n_credentials, 2 * 47);
	CHECK_EQ(f->n_revoked, 2 * 1500);
	for (i = 0; i < 1500; i++) {
		struct address a = { SOME + i };

		CHECK_EQ(told_of(0, a), 1);
		CHECK_EQ(told_of(1, a), 1);
	}
	CHECK_EQ(tl_controller_next_ms(f->c), INT64_MAX);
	fixture_free(f);
}

/* Others do not make it wait longer, nor does a clock that goes back. */
TEST(one_that_is_deleted_is_told_although_it_was_told_of_another_just_now)
{
	start();
	fixture_post_many(f, NET, SOME, 2, "\"authorized\":true");
	delete_member((struct address){ SOME });
	CHECK_EQ(told_of(0, (struct address){ SOME }), 1);
	wait_ms(500);
	delete_member(f->members[0].addr);
	delete_member((struct address){ SOME + 1 });
	CHECK_EQ(told(0, 0) + told(1, 0), 0);
	wait_ms(599);
	CHECK_EQ(told(0, 0) + told(1, 0), 0);
	wait_ms(1100);
	CHECK_EQ(told(0, 0), 1);
	CHECK_EQ(told(1, 0), 1);
	CHECK_EQ(told_of(1, (struct address){ SOME + 1 }), 1);
	CHECK_EQ(told_of(0, (struct address){ SOME + 1 }), 0);
	CHECK_EQ(tl_controller_next_ms(f->c), INT64_MAX);
	fixture_free(f);
}

TEST(the_last_one_that_is_deleted_is_told_when_its_pause_is_over)
{
	start();
	delete_member(f->members[1].addr);
	CHECK_EQ(told(1, 1), 1);
	CHECK_EQ(told(0, 1), 1);
	delete_member(f->members[0].addr);
	CHECK_EQ(tl_controller_next_ms(f->c), f->now + CONTROLLER_PACE_MS);
	wait_ms(CONTROLLER_PACE_MS);
	CHECK_EQ(told(0, 0), 1);
	CHECK_EQ(tl_controller_next_ms(f->c), INT64_MAX);
	fixture_free(f);
}

TEST(one_that_is_deleted_and_waits_to_be_told_is_told_if_the_clock_goes_back)
{
	start();
	fixture_post_many(f, NET, SOME, 1, "\"authorized\":true");
	delete_member((struct address){ SOME });
	delete_member(f->members[0].addr);
	CHECK_EQ(told(0, 0), 0);
	f->now -= 3600000;
	tl_controller_tick(f->c, f->now);
	CHECK_EQ(told(0, 0), 1);
	/* Another time it waits still when all ends. */
	fixture_request(f, NET, &f->members[1], NULL);
	fixture_post_many(f, NET, SOME, 1, "\"authorized\":true");
	delete_member((struct address){ SOME });
	delete_member(f->members[1].addr);
	CHECK(tl_controller_next_ms(f->c) != INT64_MAX);
	fixture_free(f);
}

TEST(one_that_is_let_in_and_out_again_and_again_is_revoked_once_more)
{
	int64_t first;
	int i;

	start();
	post(0, "{\"authorized\":false}");
	wait_ms(0);
	CHECK_EQ(told(1, 0), 1);
	first = f->threshold;
	for (i = 0; i < 5; i++) {
		post(0, "{\"authorized\":true}");
		wait_ms(10);
		post(0, "{\"authorized\":false}");
		wait_ms(10);
	}
	wait_ms(5000);
	CHECK_EQ(told(1, 0), 2);
	CHECK(f->threshold > first);
	/* What it was sent meanwhile is older than that. */
	CHECK(tl_com_timestamp(&f->conf->com) <= f->threshold);
	CHECK_EQ(f->n_pushes, 1);
	post(0, "{\"authorized\":true}");
	wait_ms(0);
	CHECK_EQ(f->n_pushes, 2);
	CHECK(tl_com_timestamp(&f->conf->com) > f->threshold);
	fixture_free(f);
}

TEST(one_that_was_away_is_told_when_it_is_back)
{
	start();
	wait_ms(CONTROLLER_ONLINE_MS - 2000);
	fixture_request(f, NET, &f->members[0], NULL);
	wait_ms(2000);
	post(0, "{\"authorized\":false}");
	wait_ms(5000);
	CHECK_EQ(told(0, 0), 1);
	CHECK_EQ(told(1, 0), 0);
	fixture_request(f, NET, &f->members[1], NULL);
	CHECK_EQ(told(1, 0), 1);
	wait_ms(5000);
	fixture_request(f, NET, &f->members[1], NULL);
	wait_ms(5000);
	CHECK_EQ(told(1, 0), 1);
	fixture_free(f);
}

static size_t told_newcomer_after(int64_t ms)
{
	size_t n;

	start();
	fixture_post(f, NET, &f->self, "{\"authorized\":true}");
	post(0, "{\"authorized\":false}");
	wait_ms(ms);
	f->n_revoked = 0;
	fixture_request(f, NET, &f->self, NULL);
	wait_ms(5000);
	n = f->n_revoked;
	CHECK(!n || f->revoked[0].v == f->members[0].addr.v);
	fixture_free(f);
	return n;
}

/* It has never seen the one that was revoked, which may show it an old one. */
TEST(newcomers_are_told_as_long_as_certificates_from_before_may_be_valid)
{
	int64_t delta = 1800000; /* what a network is made with */

	CHECK_EQ(told_newcomer_after(10000), 1);
	CHECK_EQ(told_newcomer_after(delta - 1000), 1);
	CHECK_EQ(told_newcomer_after(delta + 1000), 0);
}

TEST(one_that_is_let_in_again_is_not_told_that_it_was_not)
{
	start();
	post(0, "{\"authorized\":false}");
	post(0, "{\"authorized\":true}");
	post(1, "{\"authorized\":false}");
	post(1, "{\"authorized\":true}");
	f->n_revoked = 0;
	wait_ms(5000);
	CHECK_EQ(told(0, 0) + told(1, 1), 0);
	CHECK_EQ(told(0, 1), 1);
	fixture_free(f);
}

TEST(one_that_is_no_member_is_told_of_itself_only)
{
	start();
	post(1, "{\"authorized\":false}");
	wait_ms(5000);
	post(0, "{\"authorized\":false}");
	wait_ms(5000);
	CHECK_EQ(told(1, 1), 1);
	CHECK_EQ(told(1, 0), 0);
	CHECK_EQ(told(0, 0), 1);
	CHECK_EQ(told(0, 1), 1); /* that was before */
	fixture_free(f);
}

static void add_members(unsigned int n)
{
	struct identity some = f->members[0];

	for (some.addr.v = SOME; n--; some.addr.v++)
		fixture_post(f, NET, &some, "{\"authorized\":true}");
}

static void delete_network(void)
{
	char path[100];

	snprintf(path, sizeof(path), "/controller/network/%016llx",
		 (unsigned long long)fixture_network(f, NET).v);
	fixture_http(f, "DELETE", path, "", 200);
}

TEST(members_of_a_large_network_that_is_deleted_are_told_in_several_messages)
{
	start();
	add_members(100);
	delete_network();
	CHECK_EQ(f->n_credentials, 2);
	CHECK(f->n_revoked < 204);
	/* Another one with its number has nothing to do with it. */
	fixture_post(f, NET, NULL, "{}");
	wait_ms(5000);
	CHECK_EQ(f->n_credentials, 8);
	CHECK_EQ(f->n_revoked, 204);
	CHECK_EQ(tl_controller_next_ms(f->c), INT64_MAX);
	fixture_free(f);
}

TEST(of_a_very_large_network_that_is_deleted_some_are_told)
{
	start();
	add_members(1500);
	delete_network();
	wait_ms(60000);
	CHECK_EQ(f->n_credentials, 2 * 32);
	CHECK_EQ(f->n_revoked, 2 * 1024);
	CHECK_EQ(tl_controller_next_ms(f->c), INT64_MAX);
	fixture_free(f);
}

TEST(a_controller_that_ends_while_it_tells_forgets_nothing_in_memory)
{
	start();
	post(0, "{\"authorized\":false}");
	post(1, "{\"authorized\":false}");
	delete_network();
	fixture_free(f);
}

TEST(a_clock_that_goes_back_stops_neither_configurations_nor_revocations)
{
	start();
	post(0, "{\"tags\":[[1,1]]}");
	wait_ms(0);
	post(0, "{\"tags\":[[1,2]]}");
	f->now -= 3600000;
	fixture_request(f, NET, &f->members[0], NULL); /* is heard again */
	f->n_pushes = 0;
	tl_controller_tick(f->c, f->now);
	CHECK_EQ(f->n_pushes, 1);
	CHECK_EQ(f->conf->tags[0].value, 2);
	fixture_free(f);
}

TEST(old_revocations_make_way_for_new_ones)
{
	uint64_t first;

	start();
	f->n_revoked = 0;
	wait_ms(CONTROLLER_ONLINE_MS); /* nobody listens */
	for (first = SOME; first < SOME + 18000; first += 9000) {
		fixture_post_many(f, NET, first, 9000, "\"authorized\":true");
		fixture_post_many(f, NET, first, 9000, "\"authorized\":false");
	}
	CHECK_EQ(f->n_revoked, 0);
	fixture_request(f, NET, &f->members[1], NULL);
	CHECK_EQ(f->n_credentials, 1);
	CHECK_EQ(f->n_revoked, 32);
	/* The first that it is told of is none of those that were forgotten. */
	CHECK_EQ(f->revoked[0].v, SOME + 16384 / 4);
	CHECK_EQ(f->revoked[31].v, SOME + 16384 / 4 + 31);
	fixture_free(f);
}
