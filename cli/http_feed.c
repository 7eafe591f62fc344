/* SPDX-License-Identifier: Apache-2.0 */
/* http_feed.c - answers that come piece by piece */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "cli/http_client.h"
#include "os/clock.h"
#include "os/file.h"

#define READ_CHUNK 65536

/* Waits; 0, -EINTR, -ETIMEDOUT or another negative errno. */
static int wait_readable(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n = poll(&p, 1, timeout_ms);

	if (n < 0)
		return -errno;
	return n ? 0 : -ETIMEDOUT;
}

static bool has_room(struct http_feed *f)
{
	size_t room = f->room * 2 + READ_CHUNK;
	uint8_t *grown;

	if (f->room - f->got.n > READ_CHUNK)
		return true;
	grown = tl_realloc(f->got.at, room);
	if (!grown)
		return false;
	f->got.at = grown;
	f->room = room;
	return true;
}

int tl_http_feed_read(struct http_feed *f, int timeout_ms)
{
	ssize_t n;
	int err;

	if (f->at_end)
		return 0;
	if (f->got.n > HTTP_FEED_LINE_MAX)
		return -EFBIG;
	if (!has_room(f))
		return -ENOMEM;
	err = wait_readable(f->fd, timeout_ms);
	if (err)
		return err;
	n = recv(f->fd, f->got.at + f->got.n, READ_CHUNK, 0);
	if (n < 0)
		return errno == EAGAIN ? -EINTR : -errno;
	f->at_end = n == 0;
	f->got.n += (size_t)n;
	return n > 0;
}

void tl_http_feed_skip(struct http_feed *f, size_t n)
{
	memmove(f->got.at, f->got.at + n, f->got.n - n);
	f->got.n -= n;
}

char *tl_http_feed_line(struct http_feed *f)
{
	uint8_t *end = f->got.n ? memchr(f->got.at, '\n', f->got.n) : NULL;

	if (!end)
		return NULL;
	*end = 0;
	return (char *)f->got.at;
}

/* 0 when the head has come; -EAGAIN, -EBADMSG. */
static int take_head(struct http_feed *f)
{
	size_t n;
	int err = tl_http_head_parse(&f->status, &n, f->got);

	if (!err)
		tl_http_feed_skip(f, n);
	return err;
}

int tl_http_feed_open(struct http_feed *out, const struct http_query *q)
{
	int64_t deadline_ms = tl_clock_ms() + HTTP_CLIENT_TIMEOUT_MS;
	struct http_query asked = *q;
	struct http_feed f = { .fd = -1 };
	int r = 0;

	asked.is_feed = true;
	f.fd = tl_http_send(&asked, deadline_ms);
	if (f.fd < 0)
		return f.fd;
	do {
		int64_t left = deadline_ms - tl_clock_ms();

		r = tl_http_feed_read(&f, (int)TL_MAX(left, 0));
		if (r == 0)
			r = -ECONNRESET;
		if (r > 0 || r == -EINTR)
			r = take_head(&f);
	} while (r == -EAGAIN);
	if (r) {
		tl_http_feed_close(&f);
		return r;
	}
	*out = f;
	return 0;
}

void tl_http_feed_stop(struct http_feed *f)
{
	shutdown(f->fd, SHUT_WR);
}

void tl_http_feed_close(struct http_feed *f)
{
	tl_fd_close(&f->fd);
	tl_free(f->got.at);
	f->got = tl_buffer(NULL, 0);
	f->room = 0;
}
