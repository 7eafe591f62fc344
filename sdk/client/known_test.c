/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/client/known.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>

#include "harness.h"

static struct rpc_addr address(uint8_t last, uint16_t port)
{
	return (struct rpc_addr){ .family = 4,
				  .port = port,
				  .ip = { 10, 7, 0, last } };
}

TEST(known_is_nothing_at_first)
{
	struct rpc_addr to = address(1, 80);
	struct rpc_addr none = { 0 };

	CHECK(!tl_known_take(0, &to));
	CHECK(!tl_known_take(0, &none));
}

TEST(known_is_as_often_as_was_said)
{
	struct rpc_addr to = address(1, 80);

	tl_known_put(0, &to, 2);
	CHECK(tl_known_take(0, &to));
	CHECK(tl_known_take(0, &to));
	CHECK(!tl_known_take(0, &to));
	tl_known_put(0, &to, 0);
	CHECK(!tl_known_take(0, &to));
	/* However many the service says. */
	tl_known_put(0, &to, UINT32_MAX);
	for (int i = 0; i < 64; i++)
		CHECK(tl_known_take(0, &to));
	CHECK(!tl_known_take(0, &to));
}

TEST(known_is_the_last_destination_whatever_its_port)
{
	struct rpc_addr to = address(1, 80);
	struct rpc_addr other = address(2, 80);
	struct rpc_addr port = address(1, 81);
	struct rpc_addr six = { .family = 6, .ip = { 10, 7, 0, 1 } };
	struct rpc_addr link = address(1, 80);

	tl_known_put(0, &to, 9);
	CHECK(!tl_known_take(0, &other));
	CHECK(!tl_known_take(0, &six));
	link.ifc = 3;
	CHECK(!tl_known_take(0, &link));
	CHECK(!tl_known_take(1, &port));
	CHECK(tl_known_take(0, &port));
	tl_known_put(0, &other, 9);
	CHECK(!tl_known_take(0, &to));
	CHECK(tl_known_take(0, &other));
}

/* It is asked for once in 50 ms, and would last for 64 times. */
TEST(known_is_forgotten_soon)
{
	struct rpc_addr to = address(1, 80);
	int n = 0;

	tl_known_put(0, &to, UINT32_MAX);
	while (tl_known_take(0, &to)) {
		CHECK(++n < 40);
		poll(NULL, 0, 50);
	}
	CHECK(n > 10);
}

static void *put_often(void *arg)
{
	_Atomic bool *stop = arg;

	while (!*stop) {
		struct rpc_addr a = address(1, 80);
		struct rpc_addr b = { .family = 6, .ip = { [15] = 1 } };

		tl_known_put(0, &a, 64);
		sched_yield();
		tl_known_put(0, &b, 64);
		sched_yield();
	}
	return NULL;
}

/* Never half of one and half of the other. */
TEST(known_is_whole_while_others_write)
{
	struct rpc_addr mixed = { .family = 6, .ip = { 10, 7, 0, 1 } };
	struct rpc_addr a = address(1, 80);
	_Atomic bool stop = false;
	pthread_t threads[2];
	int seen = 0;

	for (int i = 0; i < 2; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, put_often, &stop),
			 0);
	while (seen < 1000) {
		CHECK(!tl_known_take(0, &mixed));
		seen += tl_known_take(0, &a);
	}
	stop = true;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}
