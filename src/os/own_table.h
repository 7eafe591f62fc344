/* SPDX-License-Identifier: Apache-2.0 */
/*
 * own_table.h - a thread with a table of descriptors of its own
 *
 * For a service inside an application. What the thread opens is neither
 * inherited by the application's children nor closed by an application that
 * closes what it does not know, and counts separately against RLIMIT_NOFILE.
 * The price: a descriptor's number means something else on the other side, so
 * nothing that holds one may be used from both.
 */
#ifndef TL_OS_OWN_TABLE_H
#define TL_OS_OWN_TABLE_H

#include "base/compiler.h"

/**
 * tl_own_table() - Leave the table that this thread shares with others
 *
 * The new one holds /dev/null as 0, 1 and 2 and nothing else: a copy of the
 * application's descriptors would keep its files open. Threads that this one
 * starts share it. It goes away with the last of them.
 *
 * Return: 0; -ENOSYS before Linux 5.9; -EPERM in sandboxes that forbid it;
 * -EMFILE, -ENOMEM.
 */
TL_MUST_USE int tl_own_table(void);

/**
 * struct uv_process_pipe - What libuv keeps for the whole process
 * @read, @write: descriptors' numbers; -1 if it has it already
 *
 * A pipe, made with the process's first loop, serves as a lock for signal
 * handlers; a child of fork() closes these numbers and makes another. Made in a
 * table of its own the numbers would mean something else in the application's.
 */
struct uv_process_pipe {
	int read;
	int write;
};

/* In the thread with its own table, before its first loop: have libuv make its
 * pipe, with numbers that no application is likely to use. */
void tl_own_table_make_uv(struct uv_process_pipe *out);

/* In a thread that has the application's table: put a pipe at these numbers. If
 * they are taken, what is there is left alone. */
void tl_own_table_give_uv(const struct uv_process_pipe *at);

#endif /* TL_OS_OWN_TABLE_H */
