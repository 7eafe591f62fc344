/* SPDX-License-Identifier: Apache-2.0 */
#include "service/spin.h"

#include <stdbool.h>

#include "harness.h"

#define MAX_US 50

static int64_t now;
static int64_t lost;

/* The next event comes after @us. Return: whether it was spun for. */
static bool event_after(struct spin *s, int64_t us)
{
	int64_t spin = tl_spin_for(s, now);
	bool is_hit = spin >= us;

	now += us;
	lost += is_hit ? 0 : spin;
	tl_spin_waited(s, us, is_hit ? 0 : spin);
	return spin > 0;
}

static struct spin fresh(int64_t max_us)
{
	now = 1000000;
	lost = 0;
	return (struct spin){ .max_us = max_us };
}

TEST(spin_is_for_conversations)
{
	struct spin s = fresh(MAX_US);
	int i;

	CHECK(!event_after(&s, 1000));
	CHECK(!event_after(&s, 10));
	for (i = 0; i < 1000; i++)
		CHECK(event_after(&s, 10));
	CHECK_EQ(lost, 0);
}

TEST(spin_goes_on_where_short_and_longer_waits_take_turns)
{
	struct spin s = fresh(MAX_US);
	int i;

	event_after(&s, 20);
	for (i = 0; i < 10; i++) {
		CHECK(event_after(&s, 80));
		CHECK(event_after(&s, 20));
	}
}

TEST(spin_is_over_after_some_long_waits)
{
	struct spin s = fresh(MAX_US);
	int i;

	event_after(&s, 10);
	for (i = 0; i < 4; i++)
		CHECK(event_after(&s, 100000));
	for (i = 0; i < 100; i++)
		CHECK(!event_after(&s, 100000));
	CHECK_EQ(lost, 4 * MAX_US);
}

TEST(spin_loses_a_share_of_the_time_and_no_more)
{
	struct spin s = fresh(MAX_US);
	int64_t start = now;

	/* The worst there is: always just too late, and now and then not. */
	while (now - start < 10000000) {
		event_after(&s, 10);
		event_after(&s, MAX_US + 1);
		event_after(&s, MAX_US + 1);
		event_after(&s, MAX_US + 1);
	}
	CHECK(lost <= (now - start) / SPIN_SHARE + SPIN_DEBT_US + MAX_US);
	CHECK(lost >= (now - start) / SPIN_SHARE / 2);
}

TEST(spin_makes_up_for_what_it_lost)
{
	struct spin s = fresh(MAX_US);

	event_after(&s, 1);
	while (tl_spin_for(&s, now)) {
		event_after(&s, MAX_US + 1);
		event_after(&s, 1);
	}
	CHECK(s.debt_us >= SPIN_DEBT_US);
	now += (SPIN_DEBT_US + MAX_US) * SPIN_SHARE;
	tl_spin_waited(&s, 1, 0);
	CHECK_EQ(tl_spin_for(&s, now), MAX_US);
	CHECK_EQ(s.debt_us, 0);
}

TEST(spin_can_be_switched_off)
{
	struct spin s = fresh(0);
	int i;

	for (i = 0; i < 100; i++)
		CHECK(!event_after(&s, i % 3));
}
