/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keepline.h - a worker's line to its keeper
 *
 * The keeper holds descriptors for the worker, and gives them to the next one
 * when the worker has died. Opening the line takes what there is; they are
 * asked for one after the other. After that the worker only sends, without ever
 * waiting: what does not go now is -EAGAIN.
 */
#ifndef TL_RPC_KEEPLINE_H
#define TL_RPC_KEEPLINE_H

#include "base/list.h"
#include "rpc/fdpass.h"
#include "rpc/keep.h"

struct keepline;

/**
 * struct keep_gift - What an earlier worker has had kept
 * @fds:	@n_fds of them; taken ones are set to -1
 * @blob:	as that worker wrote it, which may have been of another version
 */
struct keep_gift {
	struct list link;
	uint64_t key;
	size_t n_fds;
	int fds[RPC_MAX_FDS];
	struct bytes blob;
};

/**
 * tl_keepline_open() - Take over the line, and all that comes on it
 * @fd:		the worker's end of the pair; consumed, unless it is no such end
 * @limit_ms:	how long the keeper may keep us waiting
 *
 * Return: 0; -ENOTSOCK if @fd is no such end; -EPIPE if the keeper has gone;
 * -ETIMEDOUT, -EPROTO, -ENOMEM, or another negative errno.
 */
TL_MUST_USE int tl_keepline_open(struct keepline **lp, int fd, int limit_ms);

/* Closes it and the gifts that nobody took. Accepts NULL. */
void tl_keepline_free(struct keepline *l);

/* The end's number, to be watched: a hang-up is the keeper's death. */
int tl_keepline_fd(const struct keepline *l);

const struct keep_hello *tl_keepline_hello(const struct keepline *l);

/* The first gift after @gift, NULL: the first of all. NULL if there is none. */
struct keep_gift *tl_keepline_next(struct keepline *l, struct keep_gift *gift);

/* Close what was not taken of it, and free it. */
void tl_keepline_gift_free(struct keep_gift *gift);

/**
 * tl_keepline_keep() - Have descriptors kept; they stay the caller's
 * @blob:	what the next worker is to know, at most KEEP_BLOB_MAX bytes
 *
 * Return: 0; -EAGAIN or -ETOOMANYREFS if there is no room now; or a negative
 * errno.
 */
TL_MUST_USE int tl_keepline_keep(struct keepline *l, uint64_t key,
				 struct bytes blob, const int *fds,
				 size_t n_fds);

/* The others: 0, -EAGAIN, or another negative errno. */
TL_MUST_USE int tl_keepline_drop(struct keepline *l, uint64_t key);
TL_MUST_USE int tl_keepline_started(struct keepline *l);
/* What is lost of these is made good by the next. */
int tl_keepline_alive(struct keepline *l);
int tl_keepline_say(struct keepline *l, const char *text);

/* Wait until there is room, or @ms have passed. */
void tl_keepline_wait(const struct keepline *l, int ms);

#endif /* TL_RPC_KEEPLINE_H */
