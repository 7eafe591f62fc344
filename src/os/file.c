/* SPDX-License-Identifier: Apache-2.0 */
#include "os/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

#define LOCK_NAME "tapless.lock"
#define LOCK_PAUSE_MS 5
/* Of a process's flags: PF_EXITING of Linux. */
#define PROCESS_EXITING 0x4

void tl_fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

int tl_path_join(char *out, const char *dir, const char *name)
{
	size_t n = strlen(dir);
	size_t m = strlen(name);
	bool slash = n > 0 && dir[n - 1] != '/';

	if (n + slash + m >= FILE_PATH_SIZE)
		return -ENAMETOOLONG;
	memmove(out, dir, n);
	if (slash)
		out[n++] = '/';
	memcpy(out + n, name, m + 1);
	return 0;
}

/* Fill @b from @fd; sets its length to what there was. */
static int read_all(int fd, struct buffer *b)
{
	size_t n = 0;

	while (n < b->n) {
		ssize_t got = read(fd, b->at + n, b->n - n);

		if (got == 0)
			break;
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got > 0)
			n += (size_t)got;
	}
	b->n = n;
	return 0;
}

static int read_fd(struct buffer *out, int fd, size_t limit)
{
	struct buffer b;
	struct stat st;
	int err;

	if (fstat(fd, &st) != 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EISDIR;
	if ((uintmax_t)st.st_size > limit)
		return -EFBIG;
	/* One more than it should have shows whether it has grown since. */
	b.n = (size_t)st.st_size + 1;
	b.at = tl_alloc(b.n);
	if (!b.at)
		return -ENOMEM;
	err = read_all(fd, &b);
	if (err == 0 && b.n > (size_t)st.st_size)
		err = -EAGAIN;
	if (err) {
		tl_wipe(b.at, (size_t)st.st_size + 1);
		tl_free(b.at);
		return err;
	}
	b.at[b.n] = 0;
	*out = b;
	return 0;
}

int tl_file_read(struct buffer *out, const char *path, size_t limit)
{
	/* Not blocking, lest a FIFO of that name stops us. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int err;

	if (fd < 0)
		return -errno;
	err = read_fd(out, fd, limit);
	tl_fd_close(&fd);
	return err;
}

static int write_all(int fd, struct bytes b)
{
	while (b.n > 0) {
		ssize_t n = write(fd, b.at, b.n);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			b = tl_bytes_skip(b, (size_t)n);
	}
	return 0;
}

static int fill_temp(int fd, struct bytes content, mode_t mode, bool is_synced)
{
	int err = write_all(fd, content);

	if (err)
		return err;
	if (fchmod(fd, mode) != 0 || (is_synced && fsync(fd) != 0))
		return -errno;
	return 0;
}

int tl_file_sync_name(const char *path)
{
	char dir[FILE_PATH_SIZE];
	char *slash;
	int err = 0;
	int fd;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (!slash)
		snprintf(dir, sizeof(dir), ".");
	else if (slash == dir)
		slash[1] = 0;
	else
		*slash = 0;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* Some file systems cannot sync folders and say EINVAL. */
	if (fsync(fd) != 0 && errno != EINVAL)
		err = -errno;
	tl_fd_close(&fd);
	return err;
}

static int replace(const char *path, struct bytes content, mode_t mode,
		   bool is_synced)
{
	char temp[FILE_PATH_SIZE];
	int n;
	int fd;
	int err;

	n = snprintf(temp, sizeof(temp), "%s" FILE_TEMP_SUFFIX, path);
	if (n < 0 || (size_t)n >= sizeof(temp))
		return -ENAMETOOLONG;
	/* A leftover may have wider permissions: never write into it. */
	if (unlink(temp) != 0 && errno != ENOENT)
		return -errno;
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		  0600);
	if (fd < 0)
		return -errno;
	err = fill_temp(fd, content, mode, is_synced);
	tl_fd_close(&fd);
	if (err == 0 && rename(temp, path) != 0)
		err = -errno;
	if (err) {
		unlink(temp);
		return err;
	}
	return is_synced ? tl_file_sync_name(path) : 0;
}

int tl_file_write(const char *path, struct bytes content, mode_t mode)
{
	return replace(path, content, mode, true);
}

int tl_file_write_fast(const char *path, struct bytes content, mode_t mode)
{
	return replace(path, content, mode, false);
}

int tl_file_remove(const char *path)
{
	if (unlink(path) != 0 && errno != ENOENT)
		return -errno;
	return 0;
}

static int make_one(const char *path, mode_t mode)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (stat(path, &st) != 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int tl_dir_make(const char *path, mode_t mode)
{
	char part[FILE_PATH_SIZE];
	char *at;
	int err;

	if (strlen(path) >= sizeof(part))
		return -ENAMETOOLONG;
	if (!*path)
		return -ENOENT;
	snprintf(part, sizeof(part), "%s", path);
	for (at = strchr(part + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = 0;
		err = make_one(part, mode);
		if (err)
			return err;
		*at = '/';
	}
	return make_one(part, mode);
}

static int remove_one(const char *path, const struct stat *st TL_UNUSED,
		      int kind TL_UNUSED, struct FTW *ftw TL_UNUSED)
{
	return remove(path) ? -errno : 0;
}

int tl_dir_remove(const char *path)
{
	int err = nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);

	if (err == -1)
		err = -errno;
	return err == -ENOENT ? 0 : err;
}

/* Thousands of small files are synced with their file system, which is faster
 * by far than one by one, and tells of each that could not be written. */
static int sync_all_of(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = syncfs(fd) ? -errno : 0;
	tl_fd_close(&fd);
	return err;
}

int tl_dir_put(const char *temp, const char *path)
{
	int err = sync_all_of(temp);

	if (err)
		return err;
	if (rename(temp, path) != 0)
		return errno == ENOTEMPTY || errno == ENOTDIR ? -EEXIST
							      : -errno;
	return tl_file_sync_name(path);
}

int tl_dir_let_pass(const char *path, gid_t group)
{
	struct stat st;
	mode_t mode;

	if (stat(path, &st))
		return -errno;
	mode = st.st_mode & 07777;
	if (mode & S_IXOTH)
		return 0;
	if (st.st_gid != group) {
		/* The group that it had shall not give this one more. */
		mode &= ~(mode_t)S_IRWXG;
		if (chmod(path, mode) || chown(path, (uid_t)-1, group))
			return -errno;
	}
	return chmod(path, mode | S_IXGRP) ? -errno : 0;
}

static int by_name(const void *a, const void *b)
{
	char *const *x = a;
	char *const *y = b;

	return strcmp(*x, *y);
}

static int add_name(struct dir_names *d, size_t *room, const char *name)
{
	char **grown;
	char *copy;

	if (d->n == DIR_NAMES_MAX)
		return -E2BIG;
	if (d->n == *room) {
		*room = *room ? *room * 2 : 16;
		grown = tl_realloc(d->names, *room * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		d->names = grown;
	}
	copy = tl_strdup(name);
	if (!copy)
		return -ENOMEM;
	d->names[d->n++] = copy;
	return 0;
}

int tl_dir_list(struct dir_names *out, const char *path)
{
	struct dir_names d = { 0 };
	struct dirent *entry;
	size_t room = 0;
	int err = 0;
	DIR *dir = opendir(path);

	if (!dir)
		return -errno;
	while (err == 0) {
		errno = 0;
		entry = readdir(dir);
		if (!entry) {
			err = -errno;
			break;
		}
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			err = add_name(&d, &room, entry->d_name);
	}
	closedir(dir);
	if (err) {
		tl_dir_names_fini(&d);
		return err;
	}
	if (d.n)
		qsort(d.names, d.n, sizeof(*d.names), by_name);
	*out = d;
	return 0;
}

void tl_dir_names_fini(struct dir_names *names)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		tl_free(names->names[i]);
	tl_free(names->names);
	*names = (struct dir_names){ 0 };
}

static pid_t read_pid(int fd)
{
	char text[32];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	long long pid;

	if (n <= 0)
		return 0;
	text[n] = 0;
	pid = strtoll(text, NULL, 10);
	return pid > 0 && pid <= INT32_MAX ? (pid_t)pid : 0;
}

static int write_pid(int fd, pid_t pid)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%d\n", pid);

	if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n)
		return errno ? -errno : -EIO;
	return 0;
}

/* proc_pid_stat(5), behind the name in parentheses: state, ppid, pgrp, session,
 * tty, tpgid, flags, ...; the 31st field of all is what is pending. */
static bool says_going(const char *stat)
{
	const char *at = strrchr(stat, ')');
	unsigned long long flags = 0;
	unsigned long long pending = 0;
	char state = 0;

	if (!at || sscanf(at + 1,
			  " %c %*d %*d %*d %*d %*d %llu %*u %*u %*u %*u %*u %*u"
			  " %*d %*d %*d %*d %*d %*d %*u %*u %*d %*u %*u %*u %*u"
			  " %*u %*u %llu",
			  &state, &flags, &pending) != 3)
		return false;
	return state == 'Z' || state == 'X' || (flags & PROCESS_EXITING) ||
	       (pending & 1ull << (SIGKILL - 1));
}

bool tl_process_is_going(pid_t pid)
{
	char text[1024];
	char path[32];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	/* Without /proc all that can be told is whether it is there. */
	if (fd < 0)
		return kill(pid, 0) != 0 && errno == ESRCH;
	n = read(fd, text, sizeof(text) - 1);
	tl_fd_close(&fd);
	if (n <= 0)
		return true;
	text[n] = 0;
	return says_going(text);
}

static int try_lock(int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return errno == EWOULDBLOCK ? -EBUSY : -errno;
}

/* Until the dead owner's worker is dead, too: some milliseconds. */
static int lock_behind(int fd, pid_t owner)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_MS * 1000000 };
	int tries = HOME_LOCK_WAIT_MS / LOCK_PAUSE_MS;
	int err = -EBUSY;

	while (err == -EBUSY && tries-- > 0 && owner &&
	       tl_process_is_going(owner)) {
		nanosleep(&pause, NULL);
		err = try_lock(fd);
		/* A third process may have been faster. */
		owner = read_pid(fd);
	}
	return err;
}

int tl_home_lock(int *fdp, pid_t *owner, const char *home, pid_t self)
{
	char path[FILE_PATH_SIZE];
	int err = tl_path_join(path, home, LOCK_NAME);
	int fd;

	if (err)
		return err;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	/* Whoever can open it can hold it. */
	err = fchmod(fd, 0600) ? -errno : try_lock(fd);
	if (err == -EBUSY)
		err = lock_behind(fd, read_pid(fd));
	if (!err)
		err = write_pid(fd, self);
	if (err == -EBUSY)
		*owner = read_pid(fd);
	if (err) {
		tl_fd_close(&fd);
		return err;
	}
	*fdp = fd;
	return 0;
}
