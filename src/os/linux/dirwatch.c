/* SPDX-License-Identifier: Apache-2.0 */
#include "os/dirwatch.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

int tl_dirwatch_open(const char *dir)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	int err;

	if (fd < 0)
		return -errno;
	if (inotify_add_watch(fd, dir,
			      IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM |
				      IN_DELETE | IN_ONLYDIR) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

/* Is @name among the events? They come whole. */
static bool mentions(const uint8_t *at, size_t n, const char *name)
{
	struct inotify_event e;

	while (n >= sizeof(e)) {
		memcpy(&e, at, sizeof(e));
		if (e.mask & IN_Q_OVERFLOW)
			return true;
		if (e.len && strcmp((const char *)at + sizeof(e), name) == 0)
			return true;
		at += sizeof(e) + e.len;
		n -= sizeof(e) + e.len;
	}
	return false;
}

bool tl_dirwatch_drain(int fd, const char *name)
{
	uint8_t events[4096];
	bool is_there = false;
	ssize_t n;

	do {
		n = read(fd, events, sizeof(events));
		if (n > 0)
			is_there |= mentions(events, (size_t)n, name);
	} while (n > 0 || (n < 0 && errno == EINTR));
	return is_there;
}
