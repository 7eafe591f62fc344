/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pingpong.c - how long a small message takes there and back
 *
 *	pingpong serve ENDPOINT			echoes, one connection at a time
 *	pingpong ask ENDPOINT BYTES ROUNDS [SECONDS]
 *						prints percentiles as JSON
 *
 * One message is on its way at a time. A tenth of the rounds goes before those
 * that are counted, since paths and caches have to settle. With SECONDS it ends
 * after that time if there have not been so many rounds; nothing goes before.
 */
#include "endpoint.h"
#include "percentiles.h"

#define MAX_BYTES 65536

static char message[MAX_BYTES];

/* Return: false at the end of the stream. */
static bool receive(int fd, size_t len)
{
	size_t got = 0;
	ssize_t n;

	while (got < len) {
		n = read(fd, message + got, len - got);
		if (n <= 0 && got == 0)
			return false;
		if (n <= 0)
			die("read");
		got += (size_t)n;
	}
	return true;
}

static void transmit(int fd, size_t len)
{
	size_t sent = 0;
	ssize_t n;

	while (sent < len) {
		n = write(fd, message + sent, len - sent);
		if (n < 0)
			die("write");
		sent += (size_t)n;
	}
}

static void serve(const char *endpoint)
{
	int listener = listen_at(endpoint);
	ssize_t n;
	int fd;

	for (;;) {
		fd = accept_from(listener);
		while ((n = read(fd, message, sizeof(message))) > 0)
			transmit(fd, (size_t)n);
		close(fd);
	}
}

/* Return: nanoseconds until the message was back. */
static int64_t one_round(int fd, size_t len)
{
	int64_t start = now_ns();

	transmit(fd, len);
	if (!receive(fd, len))
		die("the other end closed");
	return now_ns() - start;
}

/* @seconds: 0: no limit */
static void ask(const char *endpoint, size_t len, size_t rounds,
		int64_t seconds)
{
	int64_t *ns = calloc(rounds, sizeof(*ns));
	int fd = connect_to(endpoint);
	int64_t end = seconds ? now_ns() + seconds * 1000000000 : INT64_MAX;
	size_t n = 0;
	size_t i;

	if (!ns)
		die("calloc");
	for (i = 0; !seconds && i < rounds / 10; i++)
		one_round(fd, len);
	while (n == 0 || (n < rounds && now_ns() < end))
		ns[n++] = one_round(fd, len);
	close(fd);
	print_percentiles(ns, n);
	free(ns);
}

int main(int argc, char **argv)
{
	size_t len;
	size_t rounds;

	if (argc == 3 && !strcmp(argv[1], "serve"))
		serve(argv[2]);
	if ((argc == 5 || argc == 6) && !strcmp(argv[1], "ask")) {
		len = strtoul(argv[3], NULL, 10);
		rounds = strtoul(argv[4], NULL, 10);
		if (len > 0 && len <= MAX_BYTES && rounds > 0) {
			ask(argv[2], len, rounds,
			    argc == 6 ? (int64_t)strtoul(argv[5], NULL, 10)
				      : 0);
			return 0;
		}
	}
	fputs("usage: pingpong serve ENDPOINT\n"
	      "       pingpong ask ENDPOINT BYTES ROUNDS [SECONDS]\n",
	      stderr);
	return 2;
}
