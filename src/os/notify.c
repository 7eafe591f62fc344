/* SPDX-License-Identifier: Apache-2.0 */
#include "os/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* "/path", or "@name" for an abstract one: sd_notify(3). 0 if it is neither. */
static socklen_t read_address(struct sockaddr_un *un, const char *text)
{
	size_t n = strlen(text);

	if ((text[0] != '/' && text[0] != '@') || n < 2 ||
	    n >= sizeof(un->sun_path))
		return 0;
	*un = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(un->sun_path, text, n);
	if (text[0] == '@')
		un->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

int tl_notify(struct bytes lines)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un un;
	socklen_t len;
	int err = 0;
	int fd;

	if (!name || !*name)
		return 0;
	len = read_address(&un, name);
	if (!len)
		return -EINVAL;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (sendto(fd, lines.at, lines.n, MSG_NOSIGNAL | MSG_DONTWAIT,
		   (struct sockaddr *)&un, len) < 0)
		err = -errno;
	close(fd);
	return err;
}

void tl_notify_reloading(const char *status)
{
	struct timespec t = { 0 };
	char text[256];

	/* This very clock: sd_notify(3). */
	clock_gettime(CLOCK_MONOTONIC, &t);
	snprintf(text, sizeof(text),
		 "RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=%s",
		 (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000, status);
	(void)tl_notify(tl_bytes_from_str(text));
}

/* A positive decimal number; 0 if it is none. */
static int64_t read_number(const char *text)
{
	long long v;
	char *end;

	if (!text || text[0] < '0' || text[0] > '9')
		return 0;
	errno = 0;
	v = strtoll(text, &end, 10);
	return *end || errno ? 0 : v;
}

int64_t tl_notify_watchdog_ms(void)
{
	const char *pid = getenv("WATCHDOG_PID");

	if (pid && read_number(pid) != getpid())
		return 0;
	return read_number(getenv("WATCHDOG_USEC")) / 1000;
}
