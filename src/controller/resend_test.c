/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/controller.h"

#include "controller/fixture.h"
#include "harness.h"

#define NET 0xa1

/* A member that has a configuration, and a host that hears what it says. */
static struct fixture *begin(void)
{
	struct fixture *f = fixture_new();

	f->hears_taken = true;
	fixture_start(f);
	fixture_post(f, NET, NULL, "{\"private\":false}");
	fixture_request(f, NET, &f->members[0], NULL);
	f->now += 5000;
	fixture_settle(f);
	CHECK_EQ(f->n_configs, 1);
	return f;
}

static bool takes(struct fixture *f, uint64_t update_id)
{
	return tl_controller_taken(f->c, fixture_network(f, NET),
				   f->members[0].addr, update_id);
}

static void wait_ms(struct fixture *f, int64_t ms)
{
	f->now += ms;
	fixture_settle(f);
}

TEST(push_goes_again_until_it_is_taken)
{
	struct fixture *f = begin();
	uint64_t first;

	fixture_post(f, NET, NULL, "{\"mtu\":1400}");
	wait_ms(f, 0);
	CHECK_EQ(f->n_pushes, 1);
	first = f->update_id;
	wait_ms(f, CONTROLLER_PACE_MS - 1);
	CHECK_EQ(f->n_pushes, 1);
	wait_ms(f, 1);
	CHECK_EQ(f->n_pushes, 2);
	/* It is another one, and the next pause is longer. */
	CHECK(f->update_id != first);
	CHECK(!takes(f, first));
	CHECK(!takes(f, 0));
	wait_ms(f, 2 * CONTROLLER_PACE_MS - 1);
	CHECK_EQ(f->n_pushes, 2);
	CHECK(takes(f, f->update_id));
	CHECK(!takes(f, f->update_id));
	wait_ms(f, 60000);
	CHECK_EQ(f->n_pushes, 2);
	fixture_free(f);
}

TEST(push_that_nobody_takes_is_given_up)
{
	struct fixture *f = begin();
	unsigned int i;

	fixture_post(f, NET, NULL, "{\"mtu\":1400}");
	for (i = 0; i < 100; i++)
		wait_ms(f, 1000);
	CHECK_EQ(f->n_pushes, 1 + CONTROLLER_RESENDS);
	CHECK_EQ(tl_controller_next_ms(f->c), INT64_MAX);
	/* The next change begins anew. */
	fixture_request(f, NET, &f->members[0], NULL);
	wait_ms(f, 5000);
	fixture_post(f, NET, NULL, "{\"mtu\":1500}");
	for (i = 0; i < 100; i++)
		wait_ms(f, 1000);
	CHECK_EQ(f->n_pushes, 2 * (1 + CONTROLLER_RESENDS));
	fixture_free(f);
}

TEST(member_that_asks_or_goes_is_pushed_nothing_again)
{
	struct fixture *f = begin();

	fixture_post(f, NET, NULL, "{\"mtu\":1400}");
	wait_ms(f, 0);
	fixture_request(f, NET, &f->members[0], NULL);
	wait_ms(f, 60000);
	CHECK_EQ(f->n_pushes, 1);
	fixture_post(f, NET, NULL, "{\"mtu\":1500}");
	wait_ms(f, 0);
	CHECK_EQ(f->n_pushes, 2);
	fixture_post(f, NET, &f->members[0], "{\"authorized\":false}");
	wait_ms(f, 60000);
	CHECK_EQ(f->n_pushes, 2);
	fixture_free(f);
}

TEST(change_that_comes_meanwhile_is_what_goes)
{
	struct fixture *f = begin();

	fixture_post(f, NET, NULL, "{\"mtu\":1400}");
	wait_ms(f, 0);
	f->now += 500;
	fixture_post(f, NET, NULL, "{\"mtu\":1500}");
	wait_ms(f, 0);
	CHECK_EQ(f->n_pushes, 1);
	wait_ms(f, CONTROLLER_PACE_MS);
	CHECK_EQ(f->n_pushes, 2);
	CHECK_EQ(f->conf->mtu, 1500);
	CHECK(takes(f, f->update_id));
	wait_ms(f, 60000);
	CHECK_EQ(f->n_pushes, 2);
	fixture_free(f);
}

/* Or the pause would be as long as that. */
TEST(clock_that_goes_back_keeps_no_push)
{
	struct fixture *f = begin();

	fixture_post(f, NET, NULL, "{\"mtu\":1400}");
	wait_ms(f, 0);
	CHECK_EQ(f->n_pushes, 1);
	f->now -= CONTROLLER_PACE_MS + 1;
	tl_controller_tick(f->c, f->now);
	CHECK_EQ(f->n_pushes, 2);
	fixture_free(f);
}
