/* SPDX-License-Identifier: Apache-2.0 */
#include "service/store_writer.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/alloc.h"
#include "base/list.h"
#include "base/log.h"
#include "os/thread.h"

enum op_kind {
	OP_PUT_NETWORK,
	OP_PUT_MEMBER,
	OP_DELETE_NETWORK,
	OP_DELETE_MEMBER,
	OP_PUT_CLOCK,
};

/* One write, with a copy of its text. */
struct op {
	struct list link;
	enum op_kind kind;
	struct network_id network;
	struct address member;
	int64_t clock_ms;
	size_t n;
	uint8_t text[];
};

/**
 * struct store_writer - See store_writer.h
 * @ended:	tells the loop that a group is written
 * @open:	what was put since the last commit; the loop's thread only
 * @is_writing:	a commit has not been told of yet; the loop's thread only
 * @lock:	protects all that follows
 * @group:	what is to be written
 * @has_group:	the thread has not done with it
 */
struct store_writer {
	struct store inner;
	uv_async_t ended;
	store_written_fn written;
	void *ctx;
	const struct log_sink *log;
	struct list open;
	bool is_writing;
	bool has_thread;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct list group;
	bool has_group;
	bool stop;
	int result;
};

static struct op *take_first(struct list *from)
{
	struct op *op = tl_list_first(from, struct op, link);

	if (op)
		tl_list_remove(&op->link);
	return op;
}

static void drop_all(struct list *ops)
{
	struct op *op;

	while ((op = take_first(ops)))
		tl_free(op);
}

static int run_op(const struct store *inner, const struct op *op)
{
	struct bytes text = tl_bytes(op->text, op->n);

	switch (op->kind) {
	case OP_PUT_NETWORK:
		return inner->put_network(inner->ctx, op->network, text);
	case OP_PUT_MEMBER:
		return inner->put_member(inner->ctx, op->network, op->member,
					 text);
	case OP_DELETE_NETWORK:
		return inner->delete_network(inner->ctx, op->network);
	case OP_DELETE_MEMBER:
		return inner->delete_member(inner->ctx, op->network,
					    op->member);
	case OP_PUT_CLOCK:
		return inner->put_clock(inner->ctx, op->clock_ms);
	}
	return -EIO;
}

/* All of it, or nothing. */
static int write_all(const struct store *inner, struct list *ops)
{
	struct op *op;
	int err = 0;

	while (!err && (op = take_first(ops))) {
		err = run_op(inner, op);
		tl_free(op);
	}
	drop_all(ops);
	return err ? err : inner->flush(inner->ctx);
}

static void *write_groups(void *arg)
{
	struct store_writer *w = arg;
	int err;

	tl_log_use(w->log);
	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (!w->has_group && !w->stop)
			pthread_cond_wait(&w->wake, &w->lock);
		if (!w->has_group)
			break;
		pthread_mutex_unlock(&w->lock);
		err = write_all(&w->inner, &w->group);
		pthread_mutex_lock(&w->lock);
		w->result = err;
		w->has_group = false;
		uv_async_send(&w->ended);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static void on_ended(uv_async_t *handle)
{
	struct store_writer *w = handle->data;
	bool is_done;
	int err;

	pthread_mutex_lock(&w->lock);
	is_done = w->is_writing && !w->has_group;
	err = w->result;
	pthread_mutex_unlock(&w->lock);
	if (!is_done)
		return;
	w->is_writing = false;
	if (err)
		drop_all(&w->open);
	w->written(w->ctx, err);
}

int tl_store_writer_new(struct store_writer **wp, uv_loop_t *loop,
			const struct store *inner, store_written_fn written,
			void *ctx)
{
	struct store_writer *w = tl_alloc_zeroed(sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	err = uv_async_init(loop, &w->ended, on_ended);
	if (err) {
		tl_free(w);
		return err;
	}
	uv_unref((uv_handle_t *)&w->ended);
	w->ended.data = w;
	w->inner = *inner;
	w->written = written;
	w->ctx = ctx;
	w->log = tl_log_own();
	tl_list_init(&w->open);
	tl_list_init(&w->group);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	*wp = w;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	tl_free(handle->data);
}

void tl_store_writer_free(struct store_writer *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	if (w->has_thread)
		pthread_join(w->thread, NULL);
	if (!tl_list_is_empty(&w->open) && !w->result)
		(void)write_all(&w->inner, &w->open);
	drop_all(&w->open);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	uv_close((uv_handle_t *)&w->ended, on_closed);
}

/* Without a thread, on this one: slow is better than not at all. */
static int commit(void *ctx)
{
	struct store_writer *w = ctx;
	struct op *op;

	tl_assert(!w->is_writing);
	w->is_writing = true;
	if (!w->has_thread)
		w->has_thread = tl_thread_start(&w->thread, write_groups, w) ==
				0;
	pthread_mutex_lock(&w->lock);
	while ((op = take_first(&w->open)))
		tl_list_append(&w->group, &op->link);
	if (w->has_thread)
		w->has_group = true;
	else
		w->result = write_all(&w->inner, &w->group);
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	if (!w->has_thread)
		uv_async_send(&w->ended);
	return 0;
}

static int put(struct store_writer *w, const struct op *what, struct bytes text)
{
	struct op *op = tl_alloc(sizeof(*op) + text.n);

	if (!op)
		return -ENOMEM;
	*op = *what;
	op->n = text.n;
	if (text.n)
		memcpy(op->text, text.at, text.n);
	tl_list_append(&w->open, &op->link);
	return 0;
}

static int put_network(void *ctx, struct network_id id, struct bytes text)
{
	const struct op op = { .kind = OP_PUT_NETWORK, .network = id };

	return put(ctx, &op, text);
}

static int put_member(void *ctx, struct network_id id, struct address member,
		      struct bytes text)
{
	const struct op op = { .kind = OP_PUT_MEMBER,
			       .network = id,
			       .member = member };

	return put(ctx, &op, text);
}

static int delete_network(void *ctx, struct network_id id)
{
	const struct op op = { .kind = OP_DELETE_NETWORK, .network = id };

	return put(ctx, &op, tl_bytes(NULL, 0));
}

static int delete_member(void *ctx, struct network_id id, struct address member)
{
	const struct op op = { .kind = OP_DELETE_MEMBER,
			       .network = id,
			       .member = member };

	return put(ctx, &op, tl_bytes(NULL, 0));
}

static int put_clock(void *ctx, int64_t clock_ms)
{
	const struct op op = { .kind = OP_PUT_CLOCK, .clock_ms = clock_ms };

	return put(ctx, &op, tl_bytes(NULL, 0));
}

static int load(void *ctx, const struct store_reader *reader)
{
	struct store_writer *w = ctx;

	return w->inner.load(w->inner.ctx, reader);
}

static int get_clock(void *ctx, int64_t *clock_ms)
{
	struct store_writer *w = ctx;

	return w->inner.get_clock(w->inner.ctx, clock_ms);
}

struct store tl_store_writer_ops(struct store_writer *w)
{
	return (struct store){
		.ctx = w,
		.load = load,
		.put_network = put_network,
		.put_member = put_member,
		.delete_network = delete_network,
		.delete_member = delete_member,
		.get_clock = get_clock,
		.put_clock = put_clock,
		.commit = commit,
	};
}
