/* SPDX-License-Identifier: Apache-2.0 */
#include "os/alarm.h"

#include "harness.h"
#include "os/clock.h"

#define WAIT_MS 5000

static struct poll_set *set;
static struct alarm alarm_;
static int n_calls;

static void on_alarm(void *ctx)
{
	CHECK(ctx == &n_calls);
	n_calls++;
}

static void start(void)
{
	CHECK_EQ(tl_poll_new(&set), 0);
	tl_alarm_init(&alarm_, set, on_alarm, &n_calls);
	CHECK_EQ(tl_alarm_open(&alarm_), 0);
}

static void stop(void)
{
	tl_alarm_close(&alarm_);
	tl_alarm_close(&alarm_);
	tl_poll_free(set);
}

TEST(alarm_comes_once_and_not_before_its_time)
{
	int64_t at;

	start();
	at = tl_clock_us() + 20000;
	tl_alarm_set(&alarm_, at);
	while (!n_calls)
		CHECK(tl_poll_run(set, WAIT_MS) > 0);
	CHECK(tl_clock_us() >= at);
	CHECK_EQ(tl_poll_run(set, 30), 0);
	CHECK_EQ(n_calls, 1);
	stop();
}

TEST(alarm_of_the_past_comes_soon_and_never_does_not)
{
	start();
	tl_alarm_set(&alarm_, tl_clock_us() - 1000000);
	CHECK_EQ(tl_poll_run(set, WAIT_MS), 1);
	CHECK_EQ(n_calls, 1);
	tl_alarm_set(&alarm_, tl_clock_us() + 10000);
	tl_alarm_set(&alarm_, INT64_MAX);
	CHECK_EQ(tl_poll_run(set, 50), 0);
	CHECK_EQ(n_calls, 1);
	stop();
}

TEST(alarm_can_be_opened_again)
{
	start();
	CHECK_EQ(tl_alarm_open(&alarm_), 0);
	tl_alarm_close(&alarm_);
	CHECK_EQ(alarm_.fd, -1);
	CHECK_EQ(tl_alarm_open(&alarm_), 0);
	tl_alarm_set(&alarm_, 0);
	CHECK_EQ(tl_poll_run(set, WAIT_MS), 1);
	CHECK_EQ(n_calls, 1);
	stop();
}
