/* SPDX-License-Identifier: Apache-2.0 */
#include "vl1/trial.h"

#include "harness.h"

static struct endpoint at(uint8_t last)
{
	return (struct endpoint){ .family = 4,
				  .port = 9993,
				  .ip = { 192, 0, 2, last } };
}

static size_t n_kept(const struct trials *a)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < TRIALS_MAX; i++)
		n += a->list[i].n != 0;
	return n;
}

TEST(trials_at_one_address_are_one_entry)
{
	struct trials a = { 0 };
	struct endpoint e = at(1);

	tl_trial_note(&a, TRIAL_PUSHED, &e, 1000);
	tl_trial_note(&a, TRIAL_INTRODUCED, &e, 3000);
	CHECK_EQ(n_kept(&a), 1);
	CHECK_EQ(a.list[0].n, 2);
	CHECK_EQ(a.list[0].kind, TRIAL_INTRODUCED);
	CHECK_EQ(a.list[0].first_ms, 1000);
	CHECK_EQ(a.list[0].last_ms, 3000);
	CHECK_EQ(a.list[0].answered_ms, 0);
	CHECK_EQ(a.by_kind[TRIAL_PUSHED], 1);
	CHECK_EQ(a.last_ms[TRIAL_INTRODUCED], 3000);
}

TEST(trials_answers_are_noted_where_they_belong)
{
	struct trials a = { 0 };
	struct endpoint one = at(1);
	struct endpoint two = at(2);
	struct endpoint three = at(3);

	tl_trial_note(&a, TRIAL_MET, &one, 10);
	tl_trial_note(&a, TRIAL_MET, &two, 20);
	tl_trial_answered(&a, &two, 30);
	tl_trial_answered(&a, &three, 40);
	CHECK_EQ(a.list[0].answered_ms, 0);
	CHECK_EQ(a.list[1].answered_ms, 30);
	CHECK_EQ(n_kept(&a), 2);
}

TEST(trials_the_least_recent_makes_room)
{
	struct trials a = { 0 };
	struct endpoint e;
	uint8_t i;
	size_t j;

	for (i = 0; i < TRIALS_MAX; i++) {
		e = at(i);
		tl_trial_note(&a, TRIAL_PUSHED, &e, 100 + i);
	}
	e = at(0);
	tl_trial_note(&a, TRIAL_PUSHED, &e, 200);
	e = at(100);
	tl_trial_note(&a, TRIAL_PUSHED, &e, 201);
	CHECK_EQ(n_kept(&a), TRIALS_MAX);
	for (j = 0; j < TRIALS_MAX; j++)
		CHECK(a.list[j].remote.ip[3] != 1);
	CHECK_EQ(a.by_kind[TRIAL_PUSHED], TRIALS_MAX + 2);
}
