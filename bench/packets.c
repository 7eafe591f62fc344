/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packets.c - how many packets a root passes on
 *
 *	packets send ADDRESS:PORT SOURCE DESTINATION BYTES FLOWS SECONDS
 *	packets sink PORT		until it is terminated
 *
 * The sender makes packets of the protocol from one node address to another,
 * each with an ID of its own, and sends them from FLOWS UDP ports in turns,
 * one datagram at a time for the receiving kernel, as fast as it can. A relay
 * looks at nothing behind the header, so the rest is noise. The sink counts
 * what arrives at a UDP port, coalesced by the kernel or not. Both print JSON.
 */
#include "endpoint.h"

#include <netinet/udp.h>
#include <signal.h>

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

#define HEADER 28
#define BYTES_MAX 1432
#define FLOWS_MAX 256
#define BATCH 64
#define ROOM 65536

static volatile sig_atomic_t is_over;

static void on_term(int sig)
{
	(void)sig;
	is_over = 1;
}

static void put_address(uint8_t *at, const char *hex)
{
	uint64_t v = strtoull(hex, NULL, 16);
	int i;

	for (i = 4; i >= 0; i--, v >>= 8)
		at[i] = (uint8_t)v;
}

/* vl1.md 2.2: ID, destination, source, flags (suite 3), MAC, verb. */
static void make_packet(uint8_t *p, const char *source, const char *dest)
{
	memset(p, 0x55, BYTES_MAX);
	put_address(p + 8, dest);
	put_address(p + 13, source);
	p[18] = 3 << 3;
}

static int open_flow(const union address *to)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, &to->any, sizeof(to->in)))
		die("flow");
	return fd;
}

static void set_id(uint8_t *p, uint64_t id)
{
	/* Odd, so no two in a row look alike. */
	id *= 0x9e3779b97f4a7c15u;
	memcpy(p, &id, sizeof(id));
}

static int run_send(char **argv)
{
	static uint8_t packets[BATCH][BYTES_MAX];
	size_t bytes = strtoul(argv[3], NULL, 10);
	int n_flows = (int)strtol(argv[4], NULL, 10);
	int64_t end = now_ns() + strtoll(argv[5], NULL, 10) * 1000000000;
	struct mmsghdr batch[BATCH] = { 0 };
	struct iovec iov[BATCH];
	int flows[FLOWS_MAX];
	union address to;
	uint64_t sent = 0;
	int flow = 0;
	int i, n;

	parse_endpoint(&to, argv[0]);
	if (bytes < HEADER || bytes > BYTES_MAX || n_flows < 1 ||
	    n_flows > FLOWS_MAX)
		die("arguments");
	for (i = 0; i < n_flows; i++)
		flows[i] = open_flow(&to);
	for (i = 0; i < BATCH; i++) {
		make_packet(packets[i], argv[1], argv[2]);
		iov[i] = (struct iovec){ packets[i], bytes };
		batch[i].msg_hdr.msg_iov = &iov[i];
		batch[i].msg_hdr.msg_iovlen = 1;
	}
	while (now_ns() < end) {
		for (i = 0; i < BATCH; i++)
			set_id(packets[i], sent + (uint64_t)i + 1);
		n = sendmmsg(flows[flow++ % n_flows], batch, BATCH, 0);
		if (n < 0 && errno != ENOBUFS)
			die("sendmmsg");
		sent += n > 0 ? (uint64_t)n : 0;
	}
	printf("{\"sent\": %llu}\n", (unsigned long long)sent);
	return 0;
}

/* Datagrams in one message. */
static uint64_t count_of(struct msghdr *m, size_t bytes)
{
	struct cmsghdr *c;
	int size;

	for (c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_UDP || c->cmsg_type != UDP_GRO)
			continue;
		memcpy(&size, CMSG_DATA(c), sizeof(size));
		return (bytes + (size_t)size - 1) / (size_t)size;
	}
	return 1;
}

static int run_sink(const char *port)
{
	static uint8_t room[BATCH][ROOM];
	static char control[BATCH][64];
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons(
					  (uint16_t)strtoul(port, NULL, 10)) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct mmsghdr batch[BATCH];
	struct iovec iov[BATCH];
	uint64_t received = 0;
	int size = 8 << 20;
	int on = 1;
	int i, n;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof(on));
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)))
		die("sink");
	puts("ready");
	fflush(stdout);
	while (!is_over) {
		for (i = 0; i < BATCH; i++) {
			iov[i] = (struct iovec){ room[i], ROOM };
			batch[i].msg_hdr = (struct msghdr){
				.msg_iov = &iov[i],
				.msg_iovlen = 1,
				.msg_control = control[i],
				.msg_controllen = sizeof(control[i]),
			};
		}
		n = recvmmsg(fd, batch, BATCH, MSG_WAITFORONE, NULL);
		for (i = 0; i < n; i++)
			received +=
				count_of(&batch[i].msg_hdr, batch[i].msg_len);
	}
	printf("{\"received\": %llu}\n", (unsigned long long)received);
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_term };

	sigaction(SIGTERM, &sa, NULL);
	if (argc == 8 && strcmp(argv[1], "send") == 0)
		return run_send(argv + 2);
	if (argc == 3 && strcmp(argv[1], "sink") == 0)
		return run_sink(argv[2]);
	fputs("usage: packets send ADDRESS:PORT SOURCE DESTINATION BYTES FLOWS "
	      "SECONDS | sink PORT\n",
	      stderr);
	return 2;
}
