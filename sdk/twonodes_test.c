/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two processes, each with a node inside, in one network; and the same with all
 * nodes in one process:
 *
 *	A: root, controller, echo server   <---- loopback ---->   B: client
 */
#include "sdk/inprocess_test.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
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

/* It is counted, and was told of; as relayed before, if it was heard before its
 * path was known to work. */
static void check_peer(uint64_t peer)
{
	struct zt_event *e = zt_event_new();

	while (tl_events_wait(e, TEST_WAIT_MS) == ZT_OK &&
	       (zt_event_peer(e) != peer ||
		zt_event_kind(e) == ZT_EVENT_PEER_RELAYED))
		;
	CHECK_EQ(zt_event_kind(e), ZT_EVENT_PEER_DIRECT);
	CHECK_EQ(zt_event_peer(e), peer);
	zt_event_free(e);
	CHECK_EQ(stat_of(ZT_STAT_PEERS), 1);
	CHECK_EQ(stat_of(ZT_STAT_PEERS_DIRECT), 1);
	CHECK_EQ(stat_of(ZT_STAT_PEERS_RELAYED), 0);
	CHECK(stat_of(ZT_STAT_BYTES_IN) > TOTAL);
	CHECK(stat_of(ZT_STAT_BYTES_OUT) > TOTAL);
	CHECK(stat_of(ZT_STAT_PACKETS_IN) > TOTAL / 10000);
	CHECK(stat_of(ZT_STAT_PACKETS_OUT) > TOTAL / 10000);
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

/* --- in one process --- */

/* Node A is the default one. The thread uses A but where it is said. */
static struct trio {
	struct test_home a;
	struct test_home b;
	struct test_home c;
	struct zt_node *node_b;
	struct zt_node *node_c;
	uint64_t network;
} trio;

static void use(struct zt_node *node)
{
	CHECK_EQ(zt_node_use(node), ZT_OK);
}

static struct zt_node *start_member(struct test_home *h)
{
	struct zt_node *node;

	test_make_home(h);
	node = test_node_start(h, 0);
	use(node);
	CHECK_EQ(zt_node_id(), h->id.addr.v);
	test_join(trio.network);
	use(NULL);
	return node;
}

static void start_two(void)
{
	trio.network = test_start_lan(&trio.a);
	trio.node_b = start_member(&trio.b);
	CHECK_EQ(zt_node_id(), trio.a.id.addr.v);
}

static void stop_two(void)
{
	CHECK_EQ(zt_node_stop(trio.node_b), ZT_OK);
	CHECK_EQ(zt_stop(), ZT_OK);
	test_remove_home(&trio.a);
	test_remove_home(&trio.b);
}

static struct sockaddr_in address_of(struct zt_node *node, uint16_t port)
{
	struct sockaddr_in at;

	use(node);
	at = test_address(trio.network, port);
	use(NULL);
	return at;
}

static int listen_at(struct zt_node *node, uint16_t port)
{
	struct sockaddr_in at = address_of(node, port);
	int fd;

	use(node);
	fd = test_listen(at);
	use(NULL);
	return fd;
}

static int connect_from(struct zt_node *node, struct sockaddr_in to)
{
	int fd;

	use(node);
	fd = test_connect(to);
	use(NULL);
	return fd;
}

/* A connection from @from to a listener of @to. */
static void pair_up(int ends[2], struct zt_node *from, struct zt_node *to)
{
	static uint16_t port = 7100;
	struct sockaddr_in at = address_of(to, ++port);
	int l = listen_at(to, port);

	ends[0] = connect_from(from, at);
	ends[1] = zt_accept(l, NULL, NULL);
	CHECK(ends[1] >= 0);
	close(l);
}

/* It uses the default node, whosever listener this is. */
static void *echo_one(void *arg)
{
	int *l = arg;
	int fd = zt_accept(*l, NULL, NULL);

	CHECK(fd >= 0);
	echo(fd);
	close(fd);
	return NULL;
}

static void exchange_between(struct zt_node *from, struct zt_node *to)
{
	struct sockaddr_in at = address_of(to, ECHO_PORT);
	int l = listen_at(to, ECHO_PORT);
	pthread_t server;

	CHECK_EQ(pthread_create(&server, NULL, echo_one, &l), 0);
	use(from);
	exchange(at);
	use(NULL);
	CHECK_EQ(pthread_join(server, NULL), 0);
	close(l);
}

TEST(twonodes_of_one_process_exchange_ten_megabytes)
{
	start_two();
	CHECK(address_of(NULL, 0).sin_addr.s_addr !=
	      address_of(trio.node_b, 0).sin_addr.s_addr);
	exchange_between(trio.node_b, NULL);
	exchange_between(NULL, trio.node_b);
	use(trio.node_b);
	check_peer(trio.a.id.addr.v);
	use(NULL);
	check_peer(trio.b.id.addr.v);
	stop_two();
}

/* What has to ask the service asks the right one, whatever the thread uses. */
static void check_options(int fd, struct sockaddr_in own)
{
	struct sockaddr_in name;
	socklen_t len = sizeof(name);
	struct tcp_info info;
	const int seconds = 77;
	int got = 0;

	CHECK_EQ(zt_getsockname(fd, (struct sockaddr *)&name, &len), 0);
	CHECK_EQ(name.sin_addr.s_addr, own.sin_addr.s_addr);
	len = sizeof(info);
	CHECK_EQ(zt_getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	CHECK_EQ(info.tcpi_state, TCP_ESTABLISHED);
	CHECK_EQ(zt_setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds,
			       sizeof(seconds)),
		 0);
	len = sizeof(got);
	CHECK_EQ(zt_getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &got, &len), 0);
	CHECK_EQ(got, seconds);
}

TEST(twonodes_sockets_belong_to_the_node_that_made_them)
{
	struct zt_node *uses[2];
	int ends[2];
	int i;

	start_two();
	uses[0] = NULL;
	uses[1] = trio.node_b;
	pair_up(ends, trio.node_b, NULL);
	for (i = 0; i < 2; i++) {
		use(uses[i]);
		check_options(ends[0], address_of(trio.node_b, 0));
		use(uses[i]);
		check_options(ends[1], address_of(NULL, 0));
	}
	test_exchange(ends);
	/* The accepted one is its listener's node's, too. */
	pair_up(ends, NULL, trio.node_b);
	check_options(ends[1], address_of(trio.node_b, 0));
	test_exchange(ends);
	/* A second connect makes it anew, at the same node. */
	CHECK_EQ(zt_connect(ends[1],
			    &(struct sockaddr){ .sa_family = AF_UNSPEC },
			    sizeof(struct sockaddr)),
		 0);
	stop_two();
}

static int bound_udp(struct zt_node *node, uint16_t port)
{
	struct sockaddr_in at = address_of(node, port);
	int fd;

	use(node);
	fd = zt_socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	use(NULL);
	CHECK(fd >= 0);
	CHECK_EQ(zt_bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static void send_one(int from, int to, struct sockaddr_in from_at,
		     struct sockaddr_in to_at)
{
	struct sockaddr_in peer;
	socklen_t len = sizeof(peer);
	char got[16] = "";

	CHECK_EQ(zt_sendto(from, "datagram", 8, 0, (struct sockaddr *)&to_at,
			   sizeof(to_at)),
		 8);
	CHECK_EQ(zt_recvfrom(to, got, sizeof(got), 0, (struct sockaddr *)&peer,
			     &len),
		 8);
	CHECK_STR(got, "datagram");
	CHECK_EQ(peer.sin_addr.s_addr, from_at.sin_addr.s_addr);
	CHECK_EQ(peer.sin_port, from_at.sin_port);
}

TEST(twonodes_of_one_process_exchange_datagrams)
{
	struct sockaddr_in at_a;
	struct sockaddr_in at_b;
	int a;
	int b;

	start_two();
	/* One port: these are two hosts. */
	at_a = address_of(NULL, 7200);
	at_b = address_of(trio.node_b, 7200);
	a = bound_udp(NULL, 7200);
	b = bound_udp(trio.node_b, 7200);
	send_one(b, a, at_b, at_a);
	send_one(a, b, at_a, at_b);
	close(a);
	close(b);
	stop_two();
}

static int resolve(struct sockaddr_in *out, uint64_t id)
{
	struct addrinfo hints = { .ai_family = AF_INET };
	struct addrinfo *list;
	char name[32];
	int r;

	snprintf(name, sizeof(name), "%010llx.zt", (unsigned long long)id);
	r = zt_getaddrinfo(name, NULL, &hints, &list);
	if (r)
		return r;
	memcpy(out, list->ai_addr, sizeof(*out));
	zt_freeaddrinfo(list);
	return 0;
}

/* Each knows its own name; B is asked of the other's address only there. */
TEST(twonodes_names_are_asked_of_the_node_in_use)
{
	struct sockaddr_in at = { 0 };

	start_two();
	CHECK_EQ(resolve(&at, trio.a.id.addr.v), 0);
	CHECK_EQ(at.sin_addr.s_addr, address_of(NULL, 0).sin_addr.s_addr);
	use(trio.node_b);
	CHECK_EQ(resolve(&at, trio.b.id.addr.v), 0);
	use(NULL);
	CHECK_EQ(at.sin_addr.s_addr,
		 address_of(trio.node_b, 0).sin_addr.s_addr);
	use(trio.node_b);
	CHECK_EQ(zt_leave(trio.network), ZT_OK);
	CHECK_EQ(resolve(&at, trio.b.id.addr.v), EAI_NONAME);
	use(NULL);
	CHECK_EQ(resolve(&at, trio.a.id.addr.v), 0);
	stop_two();
}

static bool is_lit(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	CHECK(poll(&p, 1, 0) >= 0);
	return p.revents & POLLIN;
}

static void drain(void)
{
	struct zt_event *e = zt_event_new();

	while (zt_next_event(e) == ZT_OK)
		;
	zt_event_free(e);
}

/* Waits for it; what comes before is passed over. */
static void expect(enum zt_event_kind kind, uint64_t network)
{
	struct zt_event *e = zt_event_new();

	do
		CHECK_EQ(tl_events_wait(e, TEST_WAIT_MS), ZT_OK);
	while (zt_event_kind(e) != kind);
	CHECK_EQ(zt_event_network(e), network);
	zt_event_free(e);
}

TEST(twonodes_events_are_each_nodes_own)
{
	struct pollfd p = { .events = POLLIN };
	int a;

	start_two();
	a = zt_event_fd();
	CHECK(a >= 0);
	use(trio.node_b);
	p.fd = zt_event_fd();
	CHECK(p.fd >= 0 && p.fd != a);
	CHECK_EQ(zt_event_fd(), p.fd);
	expect(ZT_EVENT_NETWORK_UP, trio.network);
	drain();
	use(NULL);
	expect(ZT_EVENT_NETWORK_UP, trio.network);
	drain();
	CHECK(!is_lit(a));
	CHECK(!is_lit(p.fd));
	use(trio.node_b);
	CHECK_EQ(zt_leave(trio.network), ZT_OK);
	CHECK_EQ(poll(&p, 1, TEST_WAIT_MS), 1);
	expect(ZT_EVENT_NETWORK_REMOVED, trio.network);
	use(NULL);
	CHECK(!is_lit(a));
	CHECK_EQ(zt_next_event(NULL), ZT_ERR_ARGUMENT);
	stop_two();
}

TEST(twonodes_and_a_third_that_ends)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int beside[2];
	int ends[2];
	char c;

	start_two();
	trio.node_c = start_member(&trio.c);
	CHECK(trio.node_c != trio.node_b);
	/* Neither is the root. */
	exchange_between(trio.node_b, trio.node_c);
	pair_up(beside, trio.node_b, NULL);
	pair_up(ends, NULL, trio.node_c);
	test_exchange(ends);
	CHECK_EQ(zt_node_stop(trio.node_c), ZT_OK);
	CHECK_EQ(zt_node_stop(trio.node_c), ZT_ERR_STATE);
	CHECK(recv(ends[1], &c, 1, 0) <= 0);
	CHECK_EQ(zt_setsockopt(ends[1], IPPROTO_TCP, TCP_KEEPIDLE, &(int){ 1 },
			       sizeof(int)),
		 -1);
	CHECK_EQ(errno, ENETDOWN);
	test_exchange(beside);
	pair_up(beside, NULL, trio.node_b);
	test_exchange(beside);
	/* Nor does the default one have to go on. */
	CHECK_EQ(zt_stop(), ZT_OK);
	CHECK_EQ(zt_node_id(), 0);
	CHECK_EQ(zt_socket(AF_INET, SOCK_STREAM, 0), -1);
	CHECK_EQ(errno, ENETDOWN);
	at = address_of(trio.node_b, 0);
	CHECK(at.sin_addr.s_addr != 0);
	pair_up(ends, trio.node_b, trio.node_b);
	test_exchange(ends);
	CHECK_EQ(zt_node_stop(trio.node_b), ZT_OK);
	test_remove_home(&trio.a);
	test_remove_home(&trio.b);
	test_remove_home(&trio.c);
}
