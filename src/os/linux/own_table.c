/* SPDX-License-Identifier: Apache-2.0 */
#include "os/own_table.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

/* Where libuv's pipe goes: below 1024, which is what select() takes and most
 * limits are, but well above what programs use. */
#define PIPE_BELOW 1016u
#define PIPE_ROOM 16u

int tl_own_table(void)
{
	int i;

	if (close_range(0, UINT_MAX, CLOSE_RANGE_UNSHARE) < 0)
		return -errno;
	for (i = 0; i < 3; i++) {
		if (open("/dev/null", O_RDWR | O_CLOEXEC) < 0)
			return -errno;
	}
	return 0;
}

static int first_number(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -1;
	if (limit.rlim_cur > PIPE_BELOW)
		limit.rlim_cur = PIPE_BELOW;
	return (int)limit.rlim_cur - (int)PIPE_ROOM;
}

/* New descriptors get the lowest free numbers: use those up. */
static void fill_below(int number)
{
	int fd;

	do
		fd = fcntl(0, F_DUPFD_CLOEXEC, 3);
	while (fd >= 0 && fd < number - 1);
}

static void look(struct uv_process_pipe *out, int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return;
	if ((flags & O_ACCMODE) == O_RDONLY)
		out->read = fd;
	else
		out->write = fd;
}

void tl_own_table_make_uv(struct uv_process_pipe *out)
{
	int first = first_number();
	uv_loop_t loop;
	int fd;

	*out = (struct uv_process_pipe){ -1, -1 };
	if (first > 3)
		fill_below(first);
	if (uv_loop_init(&loop) == 0)
		uv_loop_close(&loop);
	/* What the loop has left behind is the process's. */
	for (fd = first; first > 3 && fd < first + (int)PIPE_ROOM; fd++)
		look(out, fd);
	close_range(3, UINT_MAX, 0);
}

static void put_at(int number, int fd)
{
	int got = fcntl(fd, F_DUPFD_CLOEXEC, number);

	if (got >= 0 && got != number)
		close(got);
}

void tl_own_table_give_uv(const struct uv_process_pipe *at)
{
	int ends[2];

	if (at->read < 0 || at->write < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return;
	/* One byte in it: nobody has the lock. */
	if (write(ends[1], "*", 1) == 1) {
		put_at(at->read, ends[0]);
		put_at(at->write, ends[1]);
	}
	close(ends[0]);
	close(ends[1]);
}
