/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bulk.c - how many bytes go through a stream
 *
 *	bulk sink ENDPOINT		takes and forgets; answers the end of a
 *					stream with the number of its bytes and
 *					the processor time it took
 *	bulk send ENDPOINT SECONDS	prints the rate as JSON, as counted by
 *					the sink: nothing that is on its way
 *
 * For the paths where iperf3 cannot go, AF_UNIX sockets; it writes and reads
 * blocks of the size that iperf3 does.
 */
#include "endpoint.h"

#define BLOCK (128 * 1024)

static char block[BLOCK];

struct answer {
	uint64_t bytes;
	int64_t cpu_ns;
};

static void take(int fd)
{
	int64_t before = cpu_ns();
	struct answer a = { 0 };
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) > 0)
		a.bytes += (uint64_t)n;
	if (n < 0)
		die("read");
	a.cpu_ns = cpu_ns() - before;
	if (write(fd, &a, sizeof(a)) != sizeof(a))
		die("write");
	close(fd);
}

static void send_for(const char *endpoint, int64_t seconds)
{
	int fd = connect_to(endpoint);
	int64_t before = cpu_ns();
	int64_t start = now_ns();
	int64_t end = start + seconds * 1000000000;
	struct answer a;
	double took_s;

	while (now_ns() < end)
		if (write(fd, block, sizeof(block)) < 0)
			die("write");
	shutdown(fd, SHUT_WR);
	if (recv(fd, &a, sizeof(a), MSG_WAITALL) != sizeof(a))
		die("no answer of the sink");
	took_s = (double)(now_ns() - start) / 1e9;
	printf("{\"mbit_s\": %.0f, \"gbytes\": %.6f, \"apps_cpu_s\": %.4f}\n",
	       (double)a.bytes * 8 / 1e6 / took_s, (double)a.bytes / 1e9,
	       (double)(cpu_ns() - before + a.cpu_ns) / 1e9);
}

int main(int argc, char **argv)
{
	int listener;

	if (argc == 3 && !strcmp(argv[1], "sink")) {
		listener = listen_at(argv[2]);
		for (;;)
			take(accept_from(listener));
	}
	if (argc == 4 && !strcmp(argv[1], "send")) {
		send_for(argv[2], (int64_t)strtoul(argv[3], NULL, 10));
		return 0;
	}
	fputs("usage: bulk sink ENDPOINT\n"
	      "       bulk send ENDPOINT SECONDS\n",
	      stderr);
	return 2;
}
