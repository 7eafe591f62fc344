/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_writer.h - a store that writes on a thread of its own
 *
 * Wraps a store that waits for its disk. What is put is kept in memory until
 * commit(); then all of it is one transaction of the store below, on the
 * thread, and the loop goes on. One is written at a time: what comes meanwhile
 * is the next, so that the disk is waited for once for all of it.
 *
 * The thread is started with the first commit. Belongs to the loop's thread.
 */
#ifndef TL_SERVICE_STORE_WRITER_H
#define TL_SERVICE_STORE_WRITER_H

#include <uv.h>

#include "controller/store.h"

struct store_writer;

/* What was committed is durable, or @err says why not: then whatever was put
 * since is dropped, too. */
typedef void (*store_written_fn)(void *ctx, int err);

/**
 * tl_store_writer_new() - Wrap a store
 * @inner:	copied; used by the thread alone after the first commit
 * @written:	called by the loop, once for each commit
 *
 * Return: 0, -ENOMEM, or what the loop refused with.
 */
TL_MUST_USE int tl_store_writer_new(struct store_writer **wp, uv_loop_t *loop,
				    const struct store *inner,
				    store_written_fn written, void *ctx);

/* Its table of functions, which refers to @w. Loading waits. */
struct store tl_store_writer_ops(struct store_writer *w);

/* Waits for what is being written, and writes what was put since; @written is
 * not called any more. The loop has to run once more before it is closed.
 * Accepts NULL. */
void tl_store_writer_free(struct store_writer *w);

#endif /* TL_SERVICE_STORE_WRITER_H */
