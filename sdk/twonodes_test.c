/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two processes, each with a node inside, in one network:
 *
 *	A: root, controller, echo server   <---- loopback ---->   B: client
 */
#include "sdk/inprocess_test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>

#include "crypto/hash.h"
#include "sdk/events.h"

#define TOTAL (10u << 20)
#define PIECE 65536
#define ECHO_PORT 7007

struct invitation {
	uint64_t network;
	struct sockaddr_in at;
};

static void echo(int fd)
{
	static uint8_t room[PIECE];
	ssize_t n;
	ssize_t done;
	ssize_t sent;

	while ((n = recv(fd, room, sizeof(room), 0)) > 0) {
		for (sent = 0; sent < n; sent += done) {
			done = send(fd, room + sent, (size_t)(n - sent),
				    MSG_NOSIGNAL);
			CHECK(done > 0);
		}
	}
	CHECK_EQ(n, 0);
}

/* A's process: invites B, serves it, ends when asked to. */
static void serve(const struct test_home *h, int invite, int end)
{
	struct invitation i = { 0 };
	char c;
	int fd;
	int l;

	CHECK_EQ(test_start(h, 1), ZT_OK);
	CHECK_EQ(zt_wait_online(TEST_WAIT_MS), ZT_OK);
	i.network = test_make_network(h);
	CHECK_EQ(zt_join(i.network), ZT_OK);
	CHECK_EQ(zt_wait_network(i.network, TEST_WAIT_MS), ZT_OK);
	i.at = test_address(i.network, ECHO_PORT);
	l = test_listen(i.at);
	CHECK_EQ(write(invite, &i, sizeof(i)), sizeof(i));
	fd = zt_accept(l, NULL, NULL);
	CHECK(fd >= 0);
	echo(fd);
	close(fd);
	close(l);
	CHECK_EQ(read(end, &c, 1), 0);
	CHECK_EQ(zt_stop(), ZT_OK);
	exit(0);
}

/* Bytes that do not repeat themselves. */
static void fill(uint8_t *room, uint32_t *state)
{
	size_t i;

	for (i = 0; i < PIECE; i++) {
		*state = *state * 1664525u + 1013904223u;
		room[i] = (uint8_t)(*state >> 24);
	}
}

static void *send_all(void *arg)
{
	static uint8_t room[PIECE];
	const int *fd = arg;
	uint32_t state = 1;
	size_t total;
	size_t sent;
	ssize_t n;

	for (total = 0; total < TOTAL; total += PIECE) {
		fill(room, &state);
		for (sent = 0; sent < PIECE; sent += (size_t)n) {
			n = send(*fd, room + sent, PIECE - sent, MSG_NOSIGNAL);
			CHECK(n > 0);
		}
	}
	CHECK_EQ(shutdown(*fd, SHUT_WR), 0);
	return NULL;
}

static void receive_all(int fd, uint8_t *out)
{
	size_t got = 0;
	ssize_t n;

	while ((n = recv(fd, out + got, TOTAL + 1 - got, 0)) > 0)
		got += (size_t)n;
	CHECK_EQ(n, 0);
	CHECK_EQ(got, TOTAL);
}

static void expected(uint8_t *out)
{
	uint32_t state = 1;
	size_t total;

	for (total = 0; total < TOTAL; total += PIECE)
		fill(out + total, &state);
}

static void exchange(struct sockaddr_in at)
{
	uint8_t *want = malloc(TOTAL);
	uint8_t *got = malloc(TOTAL + 1);
	struct sockaddr_in peer;
	socklen_t len = sizeof(peer);
	uint8_t hash[2][64];
	pthread_t sender;
	int fd = test_connect(at);

	CHECK(want && got);
	CHECK_EQ(zt_getpeername(fd, (struct sockaddr *)&peer, &len), 0);
	CHECK_EQ(peer.sin_addr.s_addr, at.sin_addr.s_addr);
	CHECK_EQ(peer.sin_port, at.sin_port);
	CHECK_EQ(pthread_create(&sender, NULL, send_all, &fd), 0);
	receive_all(fd, got);
	CHECK_EQ(pthread_join(sender, NULL), 0);
	expected(want);
	tl_sha512(hash[0], tl_bytes(want, TOTAL));
	tl_sha512(hash[1], tl_bytes(got, TOTAL));
	CHECK_MEM(hash[0], hash[1], sizeof(hash[0]));
	close(fd);
	free(want);
	free(got);
}

static uint64_t stat_of(enum zt_stat_id which)
{
	uint64_t value;

	CHECK_EQ(zt_stat(which, &value), ZT_OK);
	return value;
}

/* It is counted, and was told of. */
static void check_peer(uint64_t peer)
{
	struct zt_event *e = zt_event_new();

	while (tl_events_wait(e, TEST_WAIT_MS) == ZT_OK &&
	       zt_event_peer(e) != peer)
		;
	CHECK_EQ(zt_event_kind(e), ZT_EVENT_PEER_DIRECT);
	CHECK_EQ(zt_event_peer(e), peer);
	zt_event_free(e);
	CHECK_EQ(stat_of(ZT_STAT_PEERS), 1);
	CHECK_EQ(stat_of(ZT_STAT_PEERS_DIRECT), 1);
	CHECK_EQ(stat_of(ZT_STAT_PEERS_RELAYED), 0);
	CHECK(stat_of(ZT_STAT_BYTES_IN) > TOTAL);
	CHECK(stat_of(ZT_STAT_BYTES_OUT) > TOTAL);
	CHECK(stat_of(ZT_STAT_PACKETS_IN) > TOTAL / 2800);
	CHECK(stat_of(ZT_STAT_PACKETS_OUT) > TOTAL / 2800);
	CHECK(stat_of(ZT_STAT_DROPS) < 1000);
}

TEST(twonodes_echo_ten_megabytes)
{
	struct invitation i;
	struct test_home a;
	struct test_home b;
	int invite[2];
	int end[2];
	int status;
	pid_t pid;

	test_make_home(&a);
	test_make_home(&b);
	CHECK_EQ(pipe2(invite, O_CLOEXEC), 0);
	CHECK_EQ(pipe2(end, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		close(end[1]);
		close(invite[0]);
		serve(&a, invite[1], end[0]);
	}
	close(end[0]);
	close(invite[1]);
	CHECK_EQ(read(invite[0], &i, sizeof(i)), sizeof(i));
	CHECK_EQ(test_start(&b, 0), ZT_OK);
	CHECK_EQ(zt_node_id(), b.id.addr.v);
	CHECK_EQ(zt_join(i.network), ZT_OK);
	CHECK_EQ(zt_wait_online(TEST_WAIT_MS), ZT_OK);
	CHECK_EQ(zt_wait_network(i.network, TEST_WAIT_MS), ZT_OK);
	exchange(i.at);
	check_peer(a.id.addr.v);
	close(end[1]);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_EQ(zt_stop(), ZT_OK);
	test_remove_home(&a);
	test_remove_home(&b);
}
