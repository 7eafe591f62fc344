/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy.c - what a user-space hop costs that does nothing
 *
 *	proxy FROM TO	both endpoints; one connection at a time
 *
 * Two of these, AF_UNIX <-> TCP on one host and TCP <-> AF_UNIX on the other,
 * have the layout of two nodes and their applications, without encryption and
 * with the kernel's TCP: the ceiling of this design. One thread, one poll(), a
 * buffer of 256 KiB for each direction; it reads only what it can pass on.
 */
#include "endpoint.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#define BUFFER (256 * 1024)

/* One direction: bytes [start, end) of the buffer wait to be written. */
struct flow {
	int from;
	int to;
	size_t start;
	size_t end;
	bool ended; /* no more to read */
	bool shut; /* and the other end has been told */
	char bytes[BUFFER];
};

static struct flow there;
static struct flow back;

static void flow_init(struct flow *f, int from, int to)
{
	f->from = from;
	f->to = to;
	f->start = 0;
	f->end = 0;
	f->ended = false;
	f->shut = false;
}

static void flow_read(struct flow *f)
{
	ssize_t n;

	if (f->ended || f->start < f->end)
		return;
	n = read(f->from, f->bytes, sizeof(f->bytes));
	if (n < 0 && errno == EAGAIN)
		return;
	f->start = 0;
	f->end = n > 0 ? (size_t)n : 0;
	f->ended = n <= 0;
}

static void flow_write(struct flow *f)
{
	ssize_t n;

	if (f->start < f->end) {
		n = write(f->to, f->bytes + f->start, f->end - f->start);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			f->ended = true;
			f->start = f->end;
		} else {
			f->start += (size_t)n;
		}
	}
	if (f->ended && !f->shut && f->start == f->end) {
		shutdown(f->to, SHUT_WR);
		f->shut = true;
	}
}

static short events(const struct flow *in, const struct flow *out)
{
	int wanted = 0;

	if (!in->ended && in->start == in->end)
		wanted |= POLLIN;
	if (out->start < out->end)
		wanted |= POLLOUT;
	return (short)wanted;
}

/* A descriptor that nothing is wanted from is left out: a hang-up of it would
 * be reported all the time. */
static struct pollfd watched(int fd, short wanted)
{
	return (struct pollfd){ .fd = wanted ? fd : -1, .events = wanted };
}

static void relay(int a, int b)
{
	struct pollfd fds[2];

	flow_init(&there, a, b);
	flow_init(&back, b, a);
	while (!there.shut || !back.shut) {
		fds[0] = watched(a, events(&there, &back));
		fds[1] = watched(b, events(&back, &there));
		if (poll(fds, 2, -1) < 0)
			die("poll");
		flow_read(&there);
		flow_write(&there);
		flow_read(&back);
		flow_write(&back);
	}
}

static void make_nonblocking(int fd)
{
	if (fcntl(fd, F_SETFL, O_NONBLOCK))
		die("fcntl");
}

int main(int argc, char **argv)
{
	int listener;
	int from;
	int to;

	if (argc != 3) {
		fputs("usage: proxy FROM TO\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	listener = listen_at(argv[1]);
	for (;;) {
		from = accept_from(listener);
		to = connect_to(argv[2]);
		make_nonblocking(from);
		make_nonblocking(to);
		relay(from, to);
		close(from);
		close(to);
	}
}
