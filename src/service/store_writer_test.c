/* SPDX-License-Identifier: Apache-2.0 */
#include "service/store_writer.h"

#include <errno.h>
#include <semaphore.h>

#include "controller/store_memory.h"
#include "harness.h"

/* A store in memory whose flush waits for the test, if it is told to. */
static struct store_memory *memory;
static struct store below;
static sem_t may_flush;
static bool is_slow;
static int flush_err;
static unsigned int n_flushes;

static uv_loop_t loop;
static struct store_writer *writer;
static struct store store;
static unsigned int n_written;
static int written_err;

static int slow_flush(void *ctx)
{
	n_flushes++;
	while (is_slow && sem_wait(&may_flush))
		;
	return flush_err ? flush_err : below.flush(ctx);
}

static void on_written(void *ctx, int err)
{
	(void)ctx;
	n_written++;
	written_err = err;
}

static void start(void)
{
	struct store inner;

	CHECK_EQ(tl_store_memory_new(&memory), 0);
	below = tl_store_memory_ops(memory);
	inner = below;
	inner.flush = slow_flush;
	CHECK_EQ(sem_init(&may_flush, 0, 0), 0);
	CHECK_EQ(uv_loop_init(&loop), 0);
	CHECK_EQ(tl_store_writer_new(&writer, &loop, &inner, on_written, NULL),
		 0);
	store = tl_store_writer_ops(writer);
}

static void stop(void)
{
	tl_store_writer_free(writer);
	uv_run(&loop, UV_RUN_DEFAULT);
	CHECK_EQ(uv_loop_close(&loop), 0);
	tl_store_memory_free(memory);
}

static void put(uint64_t id, const char *text)
{
	struct network_id network = { id };

	CHECK_EQ(store.put_network(store.ctx, network, tl_bytes_from_str(text)),
		 0);
}

/* The loop sleeps until the thread has something to say. */
static void wait_written(unsigned int n)
{
	uv_async_t keep;

	CHECK_EQ(uv_async_init(&loop, &keep, NULL), 0);
	while (n_written < n)
		uv_run(&loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&keep, NULL);
	uv_run(&loop, UV_RUN_NOWAIT);
}

TEST(store_writer_writes_nothing_before_it_is_told_to)
{
	start();
	put(1, "one");
	CHECK_EQ(tl_store_memory_rows(memory), 0);
	CHECK_EQ(store.commit(store.ctx), 0);
	wait_written(1);
	CHECK_EQ(written_err, 0);
	CHECK_EQ(n_flushes, 1);
	CHECK_EQ(tl_store_memory_rows(memory), 1);
	stop();
}

TEST(store_writer_writes_all_kinds)
{
	const struct network_id id = { 5 };
	const struct address who = { 7 };
	int64_t clock_ms = 0;

	start();
	put(5, "five");
	put(6, "six");
	CHECK_EQ(store.put_member(store.ctx, id, who, tl_bytes_from_str("m")),
		 0);
	CHECK_EQ(store.put_member(store.ctx, id, (struct address){ 8 },
				  tl_bytes_from_str("n")),
		 0);
	CHECK_EQ(store.put_clock(store.ctx, 1234), 0);
	CHECK_EQ(store.delete_member(store.ctx, id, who), 0);
	CHECK_EQ(store.delete_network(store.ctx, (struct network_id){ 6 }), 0);
	CHECK_EQ(store.commit(store.ctx), 0);
	wait_written(1);
	CHECK_EQ(tl_store_memory_rows(memory), 2);
	CHECK_EQ(store.get_clock(store.ctx, &clock_ms), 0);
	CHECK_EQ(clock_ms, 1234);
	stop();
}

TEST(store_writer_does_not_hold_up_the_loop)
{
	start();
	is_slow = true;
	put(1, "one");
	CHECK_EQ(store.commit(store.ctx), 0);
	/* We are here although the disk is not done. */
	put(2, "two");
	put(3, "three");
	CHECK_EQ(n_written, 0);
	sem_post(&may_flush);
	wait_written(1);
	CHECK_EQ(tl_store_memory_rows(memory), 1);
	CHECK_EQ(store.commit(store.ctx), 0);
	sem_post(&may_flush);
	wait_written(2);
	CHECK_EQ(tl_store_memory_rows(memory), 3);
	CHECK_EQ(n_flushes, 2);
	stop();
}

TEST(store_writer_drops_what_follows_a_failure)
{
	start();
	is_slow = true;
	flush_err = -ENOSPC;
	put(1, "one");
	CHECK_EQ(store.commit(store.ctx), 0);
	put(2, "two");
	sem_post(&may_flush);
	wait_written(1);
	CHECK_EQ(written_err, -ENOSPC);
	flush_err = 0;
	is_slow = false;
	put(3, "three");
	CHECK_EQ(store.commit(store.ctx), 0);
	wait_written(2);
	CHECK_EQ(written_err, 0);
	/* One was written by the store below, which here forgets nothing. */
	CHECK_EQ(tl_store_memory_rows(memory), 2);
	stop();
}

TEST(store_writer_writes_the_rest_when_it_ends)
{
	start();
	put(1, "one");
	CHECK_EQ(store.commit(store.ctx), 0);
	put(2, "two");
	tl_store_writer_free(writer);
	CHECK_EQ(tl_store_memory_rows(memory), 2);
	CHECK_EQ(n_written, 0);
	writer = NULL;
	stop();
}
