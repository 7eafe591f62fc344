/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_sqlite.h - a controller's networks and members in an SQLite database
 *
 * Write-ahead log, synchronous=FULL at least, which is read back: what flush()
 * has returned for survives a power cut. All SQL of the project is in the .c
 * file.
 */
#ifndef TL_SERVICE_STORE_SQLITE_H
#define TL_SERVICE_STORE_SQLITE_H

#include "controller/store.h"

/**
 * tl_store_sqlite_open() - Open a database, making it if it is not there
 * @out:	filled in on success; close with tl_store_sqlite_close()
 *
 * A new one is an empty file until the first write, and SQLite is not used.
 *
 * Return: 0; -EINVAL if the file is no database of ours or of a newer version;
 * -EIO, -ENOMEM, or what kept the file from being made. Nothing is changed
 * then.
 */
TL_MUST_USE int tl_store_sqlite_open(struct store *out, const char *path);

/* Writes what was put and not flushed. */
void tl_store_sqlite_close(struct store *store);

/* The same without: as if nothing had been put since the last flush. */
void tl_store_sqlite_abandon(struct store *store);

/**
 * tl_store_sqlite_backup() - Copy a database, also one that is in use
 * @to:		made or replaced when all of it is on disk; for its owner alone
 *
 * Return: 0; -ENOENT if there is none; -EINVAL if it is not ours; -ENOSPC,
 * -EROFS, -EIO, -ENOMEM, or what kept @to from being made.
 */
TL_MUST_USE int tl_store_sqlite_backup(const char *from, const char *to);

#endif /* TL_SERVICE_STORE_SQLITE_H */
