/* SPDX-License-Identifier: Apache-2.0 */
/*
 * datagrams.c - how many datagrams of a size arrive in a second
 *
 *	datagrams sink ADDRESS:PORT
 *	datagrams send ADDRESS:PORT BYTES SECONDS
 *
 * The sender sends one at a time, each with a call of its own, as ordinary
 * programs do, and as fast as it is let. The sink ends when nothing has come
 * for a second after the first. Both print JSON; loss is what was sent and did
 * not arrive. A datagram that a call refuses (ENOBUFS) has not been sent.
 */
#include "endpoint.h"

#include <netinet/in.h>
#include <poll.h>

#define MAX_BYTES 65507
#define QUIET_MS 1000
#define PATIENCE_MS 30000
#define BUFFER (4 << 20)

static char datagram[MAX_BYTES];

static int open_datagrams(const char *endpoint, union address *a,
			  socklen_t *len)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	*len = parse_endpoint(a, endpoint);
	return fd;
}

static void sink(const char *endpoint)
{
	union address a;
	socklen_t len;
	int fd = open_datagrams(endpoint, &a, &len);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int patience_ms = PATIENCE_MS;
	uint64_t received = 0;
	int size = BUFFER;

	/* As much as the machine allows, on every path. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, &a.any, len))
		die(endpoint);
	puts("ready");
	fflush(stdout);
	while (poll(&p, 1, patience_ms) > 0) {
		while (recv(fd, datagram, sizeof(datagram), MSG_DONTWAIT) >= 0)
			received++;
		if (errno != EAGAIN)
			die("recv");
		patience_ms = QUIET_MS;
	}
	printf("{\"received\": %llu}\n", (unsigned long long)received);
}

static void send_for(const char *endpoint, size_t bytes, int64_t seconds)
{
	union address a;
	socklen_t len;
	int fd = open_datagrams(endpoint, &a, &len);
	int64_t end = now_ns() + seconds * 1000000000;
	uint64_t refused = 0;
	uint64_t sent = 0;

	if (connect(fd, &a.any, len))
		die(endpoint);
	while (now_ns() < end) {
		if (send(fd, datagram, bytes, 0) >= 0)
			sent++;
		else if (errno == ENOBUFS || errno == EAGAIN)
			refused++;
		else
			die("send");
	}
	printf("{\"sent\": %llu, \"refused\": %llu, \"per_s\": %.0f}\n",
	       (unsigned long long)sent, (unsigned long long)refused,
	       (double)sent / (double)seconds);
}

int main(int argc, char **argv)
{
	size_t bytes;
	size_t seconds;

	if (argc == 3 && !strcmp(argv[1], "sink")) {
		sink(argv[2]);
		return 0;
	}
	if (argc == 5 && !strcmp(argv[1], "send")) {
		bytes = strtoul(argv[3], NULL, 10);
		seconds = strtoul(argv[4], NULL, 10);
		if (bytes > 0 && bytes <= MAX_BYTES && seconds > 0) {
			send_for(argv[2], bytes, (int64_t)seconds);
			return 0;
		}
	}
	fputs("usage: datagrams sink ADDRESS:PORT\n"
	      "       datagrams send ADDRESS:PORT BYTES SECONDS\n",
	      stderr);
	return 2;
}
