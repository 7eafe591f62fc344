/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/speedtest_flow.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "cli/stop.h"
#include "os/clock.h"
#include <tapless/tapless.h>

#define SECOND_US INT64_C(1000000)
#define BLOCK_SIZE (256 * 1024)
#define PACE_US 1000
#define RECEIVE_ROOM (4 * 1024 * 1024)
#define QUIET_US (SECOND_US / 4) /* late datagrams come within */

static uint8_t block[BLOCK_SIZE];

/* Tell of the seconds that have passed. */
static void tell(struct flow *f, int64_t now_us)
{
	while (f->on_second && f->start_us &&
	       now_us >= f->start_us + (f->n_seconds + 1) * SECOND_US) {
		f->on_second(f->ctx, ++f->n_seconds,
			     f->sum.bytes - f->told_bytes);
		f->told_bytes = f->sum.bytes;
	}
}

/**
 * wait_for() - Wait for the data's socket, a second's end, or @until_us
 *
 * Return: 1 if it is ready, 0 if not, -ECANCELED if the other descriptor says
 * that it is over, -EINTR, or another negative errno.
 */
static int wait_for(struct flow *f, short events, int64_t until_us)
{
	struct pollfd p[2] = { { .fd = f->fd, .events = events },
			       { .fd = f->other_fd, .events = POLLIN } };
	int64_t now_us = tl_clock_us();
	int64_t left;
	struct timespec t;

	tell(f, now_us);
	if (f->start_us)
		until_us = TL_MIN(until_us,
				  f->start_us + (f->n_seconds + 1) * SECOND_US);
	left = TL_MAX(until_us - now_us, 0);
	t.tv_sec = (time_t)(left / SECOND_US);
	t.tv_nsec = (int)(left % SECOND_US * 1000);
	if (ppoll(p, 2, &t, NULL) < 0)
		return -errno;
	if (tl_stop_wanted())
		return -EINTR;
	if (p[1].revents && f->on_other(f->ctx))
		return -ECANCELED;
	return p[0].revents != 0;
}

static void begin(struct flow *f, unsigned int seconds)
{
	f->start_us = tl_clock_us();
	f->end_us = f->start_us + seconds * SECOND_US;
}

static void moved(struct flow *f, ssize_t n)
{
	f->last_us = tl_clock_us();
	if (!f->start_us)
		f->start_us = f->last_us;
	f->sum.bytes += (uint64_t)n;
	f->sum.datagrams++;
	f->sum.us = (uint64_t)(f->last_us - f->start_us);
}

int tl_flow_send_stream(struct flow *f, unsigned int seconds)
{
	int r;

	begin(f, seconds);
	while (tl_clock_us() < f->end_us) {
		ssize_t n;

		r = wait_for(f, POLLOUT, f->end_us);
		if (r < 0)
			return r;
		if (!r)
			continue;
		n = send(f->fd, block, sizeof(block),
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0)
			moved(f, n);
		else if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	tell(f, tl_clock_us());
	f->sum.us = (uint64_t)(tl_clock_us() - f->start_us);
	return 0;
}

int tl_flow_receive_stream(struct flow *f, unsigned int seconds)
{
	int64_t end_us = tl_clock_us() + seconds * SECOND_US;

	while (tl_clock_us() < end_us) {
		int r = wait_for(f, POLLIN, end_us);
		ssize_t n;

		if (r < 0)
			return r;
		if (!r)
			continue;
		n = recv(f->fd, block, sizeof(block), MSG_DONTWAIT);
		if (n == 0) {
			tell(f, tl_clock_us());
			return 0;
		}
		if (n > 0)
			moved(f, n);
		else if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	tell(f, tl_clock_us());
	if (!f->sum.bytes)
		return -ETIMEDOUT;
	f->sum.us = (uint64_t)(tl_clock_us() - f->start_us);
	return 0;
}

/* One datagram; what the socket does not take now waits for its turn. */
static int send_datagram(struct flow *f, uint64_t token)
{
	ssize_t n;

	tl_store_be64(block, token);
	tl_store_be64(block + 8, f->sum.datagrams);
	n = zt_sendto(f->fd, block, SPEEDTEST_DATAGRAM, MSG_DONTWAIT, NULL, 0);
	if (n >= 0) {
		moved(f, n);
		return 0;
	}
	return errno == EAGAIN || errno == ENOBUFS || errno == EINTR ? -EAGAIN
								     : -errno;
}

/* As many as the rate allows by now. */
static int send_due(struct flow *f, const struct speedtest_request *r)
{
	int64_t spent_us = tl_clock_us() - f->start_us;
	uint64_t due = (uint64_t)spent_us * r->mbit / 8;
	int err = 0;

	while (!err && f->sum.bytes < due)
		err = send_datagram(f, r->token);
	return err;
}

int tl_flow_send_datagrams(struct flow *f, const struct speedtest_request *r)
{
	int err = 0;

	begin(f, r->seconds);
	while (tl_clock_us() < f->end_us) {
		int64_t until_us = tl_clock_us() + PACE_US;

		err = send_due(f, r);
		if (err && err != -EAGAIN)
			return err;
		err = wait_for(f, err ? POLLOUT : 0,
			       TL_MIN(until_us, f->end_us));
		if (err < 0)
			return err == -ECANCELED ? 0 : err;
	}
	tell(f, tl_clock_us());
	return 0;
}

static void receive_some(struct flow *f, uint64_t token)
{
	ssize_t n;

	do {
		n = zt_recvfrom(f->fd, block, sizeof(block), MSG_DONTWAIT, NULL,
				NULL);
		if (n >= SPEEDTEST_HEAD && tl_load_be64(block) == token)
			moved(f, n);
	} while (n >= 0);
}

void tl_flow_make_room(int fd)
{
	int n = RECEIVE_ROOM;

	if (zt_setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &n, sizeof(n)) != 0)
		return; /* the usual room, then */
}

int tl_flow_receive_datagrams(struct flow *f, uint64_t token,
			      unsigned int seconds)
{
	int64_t end_us = tl_clock_us() + seconds * SECOND_US;
	bool is_over = false;
	int64_t now_us;

	while ((now_us = tl_clock_us()) < end_us) {
		int r;

		if (is_over)
			end_us = TL_MIN(end_us,
					TL_MAX(f->last_us, now_us) + QUIET_US);
		r = wait_for(f, POLLIN, end_us);
		if (r == -ECANCELED) {
			is_over = true;
			f->other_fd = -1;
			end_us = now_us + QUIET_US;
		} else if (r < 0) {
			return r;
		} else if (r) {
			receive_some(f, token);
		}
	}
	return is_over || f->sum.bytes ? 0 : -ETIMEDOUT;
}

int tl_flow_read_line(char *out, int fd, int timeout_ms)
{
	int64_t end_ms = tl_clock_ms() + timeout_ms;
	bool was_stopped = tl_stop_wanted();
	size_t n = 0;

	while (n + 1 < SPEEDTEST_LINE_MAX) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = end_ms - tl_clock_ms();
		ssize_t got;

		if (tl_stop_wanted() && !was_stopped)
			return -EINTR;
		if (left <= 0 || poll(&p, 1, (int)left) == 0)
			return -ETIMEDOUT;
		/* What comes behind the line is for others. */
		got = recv(fd, out + n, 1, MSG_DONTWAIT);
		if (got == 0)
			return -ECONNRESET;
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (got > 0 && out[n] == '\n') {
			out[n] = 0;
			return 0;
		}
		n += got > 0;
	}
	return -EPROTO;
}

int tl_flow_write_line(int fd, const char *line)
{
	size_t n = strlen(line);
	ssize_t done = send(fd, line, n, MSG_NOSIGNAL);

	if (done < 0)
		return -errno;
	return (size_t)done == n ? 0 : -EIO;
}
