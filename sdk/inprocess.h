/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inprocess.h - how the library's files ask a node of this process
 *
 * Nodes and their threads belong to inprocess.c, which one to nodes.c.
 * Everything here is called on the application's threads, and refused in a
 * child of fork().
 */
#ifndef TL_SDK_INPROCESS_H
#define TL_SDK_INPROCESS_H

#include <sys/socket.h>
#include <tapless/tapless.h>
#include <time.h>

#include "base/list.h"
#include "service/service.h"

/**
 * struct call - A question to the service's thread
 * @run:	called there; its result goes to @result
 * @network, @ctx: for its use
 * @is_done:	under the node's lock
 */
struct call {
	struct list link;
	int (*run)(struct service *s, struct call *c);
	uint64_t network;
	void *ctx;
	int result;
	bool is_done;
};

/* Have it answered by the node that this thread uses. ZT_OK, or ZT_ERR_STATE if
 * it does not run or ends. */
TL_MUST_USE enum zt_err tl_inprocess_ask(struct call *c);

/* The number of changes so far; of a node that is ours, as below. */
uint64_t tl_inprocess_generation(struct zt_node *n);

/* Wait for one after number @seen; @until: by CLOCK_MONOTONIC, or NULL. False
 * when the time is over; true also if the node ends. */
bool tl_inprocess_wait(struct zt_node *n, uint64_t seen,
		       const struct timespec *until);

/* The time in @timeout_ms milliseconds, by CLOCK_MONOTONIC. */
struct timespec tl_inprocess_after(int timeout_ms);

/* What a failure of the service is to the application; @o may be NULL. Sets
 * errno with ZT_ERR_SYSTEM. */
enum zt_err tl_inprocess_error(int r, const struct service_options *o);

/* As much as there is room for, and how much it would be. */
void tl_inprocess_put_address(struct sockaddr *addr, socklen_t *len,
			      const struct service_address *a);

#endif /* TL_SDK_INPROCESS_H */
