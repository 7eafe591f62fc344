/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.h - where a controller keeps its networks and members
 *
 * A table of functions that whoever owns the controller fills in. A store knows
 * nothing of what it keeps: a row is a text (JSON) under a network's ID, or
 * under a network's ID and a member's address. The controller reads all rows
 * once, when it starts, and writes each one that changes. A store is never
 * called by two threads.
 *
 * Failures are -EIO, -ENOSPC (the disk is full), -EROFS (it is read-only) or
 * -ENOMEM; a store logs what went wrong. What a failed function was to write
 * counts as not written, and so does all since the last flush.
 */
#ifndef TL_CONTROLLER_STORE_H
#define TL_CONTROLLER_STORE_H

#include "wire/address.h"

/**
 * struct store_reader - Receives all rows
 * @network:	each network, before any of its members
 * @member:	each member
 *
 * @text is borrowed until they return. A negative errno ends the reading, which
 * passes it up.
 */
struct store_reader {
	void *ctx;
	int (*network)(void *ctx, struct network_id id, struct bytes text);
	int (*member)(void *ctx, struct network_id id, struct address member,
		      struct bytes text);
};

/**
 * struct store - A place for rows
 * @load:	hand over all rows
 * @put_network, @put_member: write or overwrite one row
 * @delete_network: with all its members; not there is no failure
 * @delete_member: not there is no failure
 * @get_clock:	what @put_clock wrote last; 0 if nothing
 * @put_clock:	a time, in ms, below which the controller never issues again
 * @flush:	make everything written so far durable; called once after a
 *		group of writes
 * @commit:	may be NULL. Else it is called in the place of @flush, and
 *		returns at once: it has begun to make all that was put durable.
 *		When that has ended tl_controller_committed() is to be called;
 *		until then nothing is committed again. If it fails, what was put
 *		meanwhile is dropped, too
 */
struct store {
	void *ctx;
	int (*load)(void *ctx, const struct store_reader *reader);
	int (*put_network)(void *ctx, struct network_id id, struct bytes text);
	int (*put_member)(void *ctx, struct network_id id,
			  struct address member, struct bytes text);
	int (*delete_network)(void *ctx, struct network_id id);
	int (*delete_member)(void *ctx, struct network_id id,
			     struct address member);
	int (*get_clock)(void *ctx, int64_t *clock_ms);
	int (*put_clock)(void *ctx, int64_t clock_ms);
	int (*flush)(void *ctx);
	int (*commit)(void *ctx);
};

#endif /* TL_CONTROLLER_STORE_H */
