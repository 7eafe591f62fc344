/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_memory.h - a store that forgets everything when it is freed
 *
 * For tests, and for controllers that live as long as a process.
 */
#ifndef TL_CONTROLLER_STORE_MEMORY_H
#define TL_CONTROLLER_STORE_MEMORY_H

#include "controller/store.h"

struct store_memory;

/* 0 or -ENOMEM. */
TL_MUST_USE int tl_store_memory_new(struct store_memory **sp);

/* Accepts NULL. */
void tl_store_memory_free(struct store_memory *s);

/* The table of functions, which refers to @s. */
struct store tl_store_memory_ops(struct store_memory *s);

/* Let every write fail with @err until it is 0 again, for tests. */
void tl_store_memory_break(struct store_memory *s, int err);

/* How many rows there are, and how many writes there were. */
size_t tl_store_memory_rows(const struct store_memory *s);
size_t tl_store_memory_writes(const struct store_memory *s);

#endif /* TL_CONTROLLER_STORE_MEMORY_H */
