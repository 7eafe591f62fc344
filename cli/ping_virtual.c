/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ping_virtual.c - round trips to an address of a virtual network (ICMP echo)
 *
 * We are a program as any other: a socket for echo requests at the service, so
 * that no privilege is needed. How packets go to the node that has the address
 * the service tells, if we may ask.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "cli/ping.h"
#include "cli/proxy_arg.h"
#include "cli/stop.h"
#include "os/clock.h"
#include <tapless/tapless.h>
#include "wire/endpoint.h"

#define ECHO_LEN 8
#define DATA_LEN 56
#define OPEN_MAX 64

/**
 * struct pinger - A socket, and what is under way on it
 * @ip:		whom it talks to, as text
 * @sent_us:	by sequence number; 0: settled
 * @next_us:	when to send again
 * @may_ask:	the service tells us the way
 */
struct pinger {
	const struct ping_options *o;
	struct ping_sum sum;
	int fd;
	bool is_v6;
	char ip[ENDPOINT_TEXT_SIZE];
	int64_t sent_us[OPEN_MAX];
	int64_t next_us;
	bool may_ask;
};

static void lose(struct pinger *p, int64_t seq)
{
	if (seq <= 0 || !p->sent_us[seq % OPEN_MAX])
		return;
	p->sent_us[seq % OPEN_MAX] = 0;
	tl_ping_lost(&p->sum, p->o, p->ip, seq);
}

/* What cannot be sent is lost: there may be a way the next time. */
static void send_one(struct pinger *p, int64_t now_us)
{
	uint8_t message[ECHO_LEN + DATA_LEN] = { 0 };
	int64_t seq = ++p->sum.sent;

	lose(p, seq - OPEN_MAX);
	message[0] = p->is_v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
	tl_store_be16(message + 6, (uint16_t)seq);
	tl_store_be64(message + ECHO_LEN, (uint64_t)seq);
	p->sent_us[seq % OPEN_MAX] = now_us;
	if (zt_sendto(p->fd, message, sizeof(message), 0, NULL, 0) < 0)
		lose(p, seq);
	p->next_us = now_us + p->o->interval_ms * 1000;
}

/* NULL if it is not known. */
static json_t *ask_way(struct pinger *p)
{
	struct api_answer a;
	char path[96];
	json_t *way = NULL;

	if (!p->may_ask)
		return NULL;
	snprintf(path, sizeof(path), "/tapless/way/%s", p->ip);
	p->may_ask = tl_cli_ask(&a, p->o->cli, "GET", path, NULL) == EXIT_OK;
	if (!p->may_ask)
		return NULL;
	if (a.status == 200)
		way = json_incref(a.json);
	tl_cli_answer_free(&a);
	return way;
}

static void receive(struct pinger *p)
{
	uint8_t message[ECHO_LEN + DATA_LEN];
	ssize_t n = zt_recvfrom(p->fd, message, sizeof(message), MSG_DONTWAIT,
				NULL, NULL);
	int64_t now_us = tl_clock_us();
	int64_t seq;
	json_t *way;

	if (n != (ssize_t)sizeof(message))
		return;
	seq = (int64_t)tl_load_be64(message + ECHO_LEN);
	if (seq <= 0 || seq > p->sum.sent || seq <= p->sum.sent - OPEN_MAX ||
	    !p->sent_us[seq % OPEN_MAX])
		return;
	way = ask_way(p);
	tl_ping_answered(&p->sum, p->o, p->ip, seq,
			 now_us - p->sent_us[seq % OPEN_MAX], way);
	p->sent_us[seq % OPEN_MAX] = 0;
	json_decref(way);
}

/* When is the wait for some answer over? INT64_MAX: none is waited for. */
static int64_t expire(struct pinger *p, int64_t now_us)
{
	int64_t first = TL_MAX(p->sum.sent - OPEN_MAX + 1, INT64_C(1));
	int64_t next = INT64_MAX;
	int64_t seq;

	for (seq = first; seq <= p->sum.sent; seq++) {
		int64_t sent_us = p->sent_us[seq % OPEN_MAX];
		int64_t due = sent_us + PING_TIMEOUT_MS * INT64_C(1000);

		if (!sent_us)
			continue;
		if (due <= now_us)
			lose(p, seq);
		else
			next = TL_MIN(next, due);
	}
	return next;
}

static void run(struct pinger *p)
{
	struct pollfd f = { .fd = p->fd, .events = POLLIN };

	while (!tl_stop_wanted()) {
		int64_t now_us = tl_clock_us();
		bool is_more = !p->o->count || p->sum.sent < p->o->count;
		int64_t next;

		if (is_more && p->next_us <= now_us)
			send_one(p, now_us);
		next = expire(p, now_us);
		is_more = !p->o->count || p->sum.sent < p->o->count;
		if (is_more)
			next = TL_MIN(next, p->next_us);
		if (next == INT64_MAX)
			return;
		if (poll(&f, 1, (int)((next - now_us + 999) / 1000)) > 0)
			receive(p);
	}
}

/* The address as text, from the first that the name has. */
static int find(struct addrinfo **list, struct pinger *p)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct endpoint e = { 0 };
	int r = zt_getaddrinfo(p->o->target, NULL, &hints, list);

	if (r)
		return tl_cli_fail(EXIT_USAGE,
				   "ping: %s is no node, virtual address or "
				   "name of the virtual networks: %s",
				   p->o->target, gai_strerror(r));
	p->is_v6 = (*list)->ai_family == AF_INET6;
	e.family = p->is_v6 ? 6 : 4;
	if (p->is_v6) {
		struct sockaddr_in6 a;

		memcpy(&a, (*list)->ai_addr, sizeof(a));
		memcpy(e.ip, &a.sin6_addr, 16);
	} else {
		struct sockaddr_in a;

		memcpy(&a, (*list)->ai_addr, sizeof(a));
		memcpy(e.ip, &a.sin_addr, 4);
	}
	tl_endpoint_print_ip(p->ip, &e);
	return EXIT_OK;
}

static int open_socket(struct pinger *p)
{
	struct addrinfo *list = NULL;
	int status = find(&list, p);

	if (status)
		return status;
	p->fd = zt_socket(list->ai_family, SOCK_DGRAM | SOCK_CLOEXEC,
			  p->is_v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	if (p->fd < 0 ||
	    zt_connect(p->fd, list->ai_addr, list->ai_addrlen) != 0)
		status = tl_cli_fail(EXIT_USAGE,
				     "ping: %s is not reached: %s; is its "
				     "network joined? See tapless listnetworks",
				     p->ip, strerror(errno));
	zt_freeaddrinfo(list);
	return status;
}

int tl_ping_virtual(const struct ping_options *o)
{
	struct pinger p = { .o = o, .fd = -1, .may_ask = true };
	char shown[ENDPOINT_TEXT_SIZE + 300];
	int status = tl_cli_start_client(o->cli->home);

	if (status == EXIT_OK)
		status = open_socket(&p);
	if (status == EXIT_OK) {
		snprintf(shown, sizeof(shown), "%.255s (%s)", o->target, p.ip);
		tl_stop_catch();
		tl_ping_begin(&p.sum, o, shown);
		p.next_us = tl_clock_us();
		run(&p);
		status = tl_ping_end(&p.sum, o, o->target);
	} else {
		status = EXIT_USAGE;
	}
	if (p.fd >= 0)
		zt_close(p.fd);
	return tl_cli_leave(status);
}
