/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.h - small files that are whole or not there
 *
 * Everything the service keeps on disk is read and written here. A file is
 * written to a temporary name in the same folder, synced and renamed, so that a
 * reader sees the old content or the new, never a part. Temporary names end in
 * FILE_TEMP_SUFFIX; one left over by a crash is nobody's and may be removed.
 *
 * How a caller tells what is wrong with a file: tl_file_read() says -ENOENT if
 * it is missing, -EFBIG or -EISDIR if it cannot be one of ours, and any other
 * error if it cannot be read. One that was read but does not parse is torn or
 * foreign: report its path and leave it alone.
 */
#ifndef TL_OS_FILE_H
#define TL_OS_FILE_H

#include <sys/types.h>

#include "base/bytes.h"

#define FILE_TEMP_SUFFIX ".tapless-tmp"
#define FILE_PATH_SIZE 4096
#define DIR_NAMES_MAX 65536

/**
 * tl_path_join() - "@dir/@name"
 * @out:	FILE_PATH_SIZE characters, written only on success
 *
 * Return: 0, or -ENAMETOOLONG.
 */
TL_MUST_USE int tl_path_join(char *out, const char *dir, const char *name);

/**
 * tl_file_read() - Read a whole file
 * @out:	its content, to be freed with tl_free(out->at); a zero byte that
 *		is not counted follows. An empty file has a pointer, too
 * @limit:	most bytes that are accepted
 *
 * Return: 0; -ENOENT; -EFBIG if it is longer than @limit; -EISDIR if it is no
 * regular file; -ENOMEM; or another negative errno.
 */
TL_MUST_USE int tl_file_read(struct buffer *out, const char *path,
			     size_t limit);

/**
 * tl_file_write() - Put a file in place, whole or not at all
 * @mode:	its permissions, whatever the umask; secrets have 0600 at any
 *		moment
 *
 * When it returns 0 the content is on the disk and survives a power cut. On
 * failure the old file is as it was.
 *
 * Return: 0 or a negative errno.
 */
TL_MUST_USE int tl_file_write(const char *path, struct bytes content,
			      mode_t mode);

/* As tl_file_write(), but it waits for no disk: after a power cut there may be
 * the old content, the new, or an empty file. For what can be lost. */
TL_MUST_USE int tl_file_write_fast(const char *path, struct bytes content,
				   mode_t mode);

/* A name that was made, changed or removed is on the disk only once its folder
 * is: write that. 0, also where folders cannot be synced, or a negative
 * errno. */
TL_MUST_USE int tl_file_sync_name(const char *path);

/* 0 also if it was not there; else a negative errno. */
TL_MUST_USE int tl_file_remove(const char *path);

/* Make a folder and those above it. 0 also if it is there already. */
TL_MUST_USE int tl_dir_make(const char *path, mode_t mode);

/* Remove a folder with all that is in it; what symbolic links point to stays.
 * 0 also if it was not there; else a negative errno. */
TL_MUST_USE int tl_dir_remove(const char *path);

/**
 * tl_dir_put() - Put a folder that was filled in place, whole or not at all
 * @temp:	where it was filled, beside @path
 * @path:	nothing, or an empty folder
 *
 * When it returns 0, everything in it is on the disk and survives a power cut.
 *
 * Return: 0; -EEXIST if there is something at @path; or another negative errno.
 */
TL_MUST_USE int tl_dir_put(const char *temp, const char *path);

/**
 * tl_dir_let_pass() - Let a group reach what it knows the name of in a folder
 *
 * Not if everybody may already. The folder gets that group.
 *
 * Return: 0 or a negative errno; -EPERM if we are not in the group.
 */
TL_MUST_USE int tl_dir_let_pass(const char *path, gid_t group);

/**
 * struct dir_names - Names in a folder, sorted; without "." and ".."
 */
struct dir_names {
	char **names;
	size_t n;
};

/**
 * tl_dir_list() - Read the names in a folder
 * @out:	to be freed with tl_dir_names_fini()
 *
 * Return: 0; -ENOENT; -E2BIG for more than DIR_NAMES_MAX; -ENOMEM; or another
 * negative errno.
 */
TL_MUST_USE int tl_dir_list(struct dir_names *out, const char *path);

void tl_dir_names_fini(struct dir_names *names);

/**
 * tl_home_lock() - Take a home folder for this process alone
 * @fdp:	what holds the lock; closing it (or dying) lets it go
 * @owner:	set to the process that has it, if -EBUSY is returned; 0 if it
 *		did not say
 * @self:	by which process it is to be known: this one, or the keeper that
 *		it dies with
 *
 * The lock is a file "tapless.lock" that stays and holds the owner's PID. If
 * that process is dying or dead, and the lock is still held, by a worker that
 * dies with it, its end is waited for, HOME_LOCK_WAIT_MS at most.
 *
 * Return: 0, -EBUSY if another process has it, or another negative errno.
 */
TL_MUST_USE int tl_home_lock(int *fdp, pid_t *owner, const char *home,
			     pid_t self);

#define HOME_LOCK_WAIT_MS 5000

/* Is this process dead, dying, or certain to die at once (SIGKILL)? */
TL_MUST_USE bool tl_process_is_going(pid_t pid);

/* Closes and leaves -1. Accepts -1. Keeps errno. */
void tl_fd_close(int *fd);

#endif /* TL_OS_FILE_H */
