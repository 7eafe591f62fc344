/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crowd.c - messages on many connections, each on one drawn at random
 *
 *	crowd serve ENDPOINT			echoes on all it is asked for
 *	crowd ask ENDPOINT CONNECTIONS SECONDS
 *
 * The asking side opens its connections, says "ready" and rests. At SIGUSR1 it
 * sends 64-byte messages for SECONDS, WINDOW of them on their way at a time, no
 * two on one connection, prints JSON, and rests until SIGTERM. Who watches
 * the services that carry it can so tell apart opening, resting and messages.
 */
#include "endpoint.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#define BYTES 64
#define WINDOW 8
#define EVENTS 256
#define SEED 0x9e3779b97f4a7c15u

static char message[4096];

/* As many descriptors as the machine allows */
static void lift_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r))
		die("getrlimit");
	r.rlim_cur = r.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &r))
		die("setrlimit");
}

static void watch(int ep, int fd, uint32_t tag)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u32 = tag };

	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e))
		die("epoll_ctl");
}

/* --- serve --- */

static void echo(int fd)
{
	ssize_t n = read(fd, message, sizeof(message));

	if (n <= 0)
		close(fd);
	else if (write(fd, message, (size_t)n) != n)
		die("write");
}

static _Noreturn void serve(const char *endpoint)
{
	int ep = epoll_create1(EPOLL_CLOEXEC);
	int listener = listen_at(endpoint);
	struct epoll_event events[EVENTS];
	int fd, n, i;

	watch(ep, listener, (uint32_t)listener);
	for (;;) {
		n = epoll_wait(ep, events, EVENTS, -1);
		for (i = 0; i < n; i++) {
			fd = (int)events[i].data.u32;
			if (fd != listener) {
				echo(fd);
				continue;
			}
			fd = accept_from(listener);
			watch(ep, fd, (uint32_t)fd);
		}
	}
}

/* --- ask --- */

/* The connections; @got counts the bytes of an echo, -1: nothing is asked. */
static int *fds;
static int *got;
static uint32_t n_fds;
static int ep;
static uint64_t random_state = SEED;

static uint32_t draw(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state % n_fds);
}

static void ask_one(void)
{
	uint32_t i;

	do {
		i = draw();
	} while (got[i] >= 0);
	got[i] = 0;
	if (write(fds[i], message, BYTES) != BYTES)
		die("write");
}

/* Return: whether the echo is whole. */
static bool hear(uint32_t i)
{
	ssize_t n = read(fds[i], message, sizeof(message));

	if (n <= 0)
		die("the other end closed");
	got[i] += (int)n;
	if (got[i] < BYTES)
		return false;
	got[i] = -1;
	return true;
}

/* Return: how many there were. */
static uint64_t talk(int64_t seconds)
{
	int64_t end = now_ns() + seconds * 1000000000;
	struct epoll_event events[EVENTS];
	uint64_t messages = 0;
	int on_way = 0;
	int n, i;

	while (on_way < WINDOW) {
		ask_one();
		on_way++;
	}
	while (on_way > 0) {
		n = epoll_wait(ep, events, EVENTS, -1);
		for (i = 0; i < n; i++) {
			if (!hear(events[i].data.u32))
				continue;
			messages++;
			if (now_ns() < end)
				ask_one();
			else
				on_way--;
		}
	}
	return messages;
}

static double open_all(const char *endpoint)
{
	int64_t start = now_ns();
	uint32_t i;

	for (i = 0; i < n_fds; i++) {
		fds[i] = connect_to(endpoint);
		got[i] = -1;
		watch(ep, fds[i], i);
	}
	return (double)n_fds * 1e9 / (double)(now_ns() - start);
}

static void ask(const char *endpoint, int64_t seconds)
{
	sigset_t set;
	double open_per_s;
	uint64_t messages;
	int sig;

	fds = calloc(n_fds, sizeof(*fds));
	got = calloc(n_fds, sizeof(*got));
	ep = epoll_create1(EPOLL_CLOEXEC);
	if (!fds || !got || ep < 0)
		die("crowd");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	open_per_s = open_all(endpoint);
	puts("ready");
	fflush(stdout);
	sigwait(&set, &sig);
	messages = talk(seconds);
	printf("{\"open_per_s\": %.0f, \"per_s\": %.0f, \"messages\": %llu}\n",
	       open_per_s, (double)messages / (double)seconds,
	       (unsigned long long)messages);
	fflush(stdout);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	lift_limit();
	if (argc == 3 && !strcmp(argv[1], "serve"))
		serve(argv[2]);
	if (argc == 5 && !strcmp(argv[1], "ask")) {
		n_fds = (uint32_t)strtoul(argv[3], NULL, 10);
		if (n_fds > WINDOW)
			ask(argv[2], (int64_t)strtoul(argv[4], NULL, 10));
	}
	fputs("usage: crowd serve ENDPOINT\n"
	      "       crowd ask ENDPOINT CONNECTIONS SECONDS\n",
	      stderr);
	return 2;
}
