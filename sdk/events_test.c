/* SPDX-License-Identifier: Apache-2.0 */
/* Events of a node in this process, and the descriptor that tells of them. */
#include "sdk/inprocess_test.h"

#include <errno.h>
#include <poll.h>
#include <sys/wait.h>

#include "sdk/events.h"
#include "sdk/inprocess.h"
#include "sdk/node.h"

static bool is_readable(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	CHECK(poll(&p, 1, timeout_ms) >= 0);
	return p.revents & POLLIN;
}

/* The next event that is not about peers, by way of the descriptor. */
static struct zt_event next(void)
{
	struct zt_event e = { .kind = ZT_EVENT_NONE };
	enum zt_err err;

	do {
		if (!is_readable(zt_event_fd(), TEST_WAIT_MS))
			FAIL("no event");
		err = zt_next_event(&e);
		CHECK(err == ZT_OK || err == ZT_ERR_TIMEOUT);
	} while (err != ZT_OK || e.kind >= ZT_EVENT_PEER_DIRECT);
	return e;
}

static void drop_all(void)
{
	struct zt_event e;

	while (zt_next_event(&e) == ZT_OK)
		;
}

static int run_tell(struct service *s, struct call *c)
{
	const enum service_way *way = c->ctx;

	(void)s;
	tl_events_on_peer(&tl_node_default()->events, c->network, *way);
	return 0;
}

/* On the service's thread, as if it had seen it. */
static void tell(uint64_t peer, enum service_way way)
{
	struct call c = { .run = run_tell, .network = peer, .ctx = &way };

	CHECK_EQ(tl_inprocess_ask(&c), ZT_OK);
}

TEST(events_without_a_node)
{
	struct zt_event *e = zt_event_new();
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);

	CHECK(e);
	CHECK_EQ(zt_next_event(e), ZT_ERR_STATE);
	CHECK_EQ(zt_next_event(NULL), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_event_fd(), -1);
	CHECK_EQ(errno, ENETDOWN);
	CHECK_EQ(zt_event_kind(e), ZT_EVENT_NONE);
	CHECK_EQ(zt_event_kind(NULL), ZT_EVENT_NONE);
	CHECK_EQ(zt_event_network(e), 0);
	CHECK_EQ(zt_event_network(NULL), 0);
	CHECK_EQ(zt_event_peer(e), 0);
	CHECK_EQ(zt_event_peer(NULL), 0);
	CHECK_EQ(zt_event_address(e, (struct sockaddr *)&a, &len),
		 ZT_ERR_NOT_FOUND);
	CHECK_EQ(zt_event_address(e, NULL, &len), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_event_address(NULL, (struct sockaddr *)&a, &len),
		 ZT_ERR_ARGUMENT);
	zt_event_free(e);
	zt_event_free(NULL);
}

TEST(events_kinds_have_names)
{
	CHECK_STR(zt_event_kind_name(ZT_EVENT_NONE), "none");
	CHECK_STR(zt_event_kind_name(ZT_EVENT_OVERFLOW), "overflow");
	CHECK_STR(zt_event_kind_name(ZT_EVENT_NETWORK_UP), "network up");
	CHECK_STR(zt_event_kind_name(ZT_EVENT_PEER_LOST), "peer lost");
	CHECK_STR(zt_event_kind_name((enum zt_event_kind)99), "unknown");
}

static void expect_arrival(uint64_t network)
{
	struct sockaddr_in6 a;
	socklen_t len;
	struct zt_event e;
	int seen = 0;

	while (seen < 2) {
		e = next();
		CHECK_EQ(e.kind, ZT_EVENT_ADDRESS_ADDED);
		CHECK_EQ(zt_event_network(&e), network);
		len = sizeof(a);
		CHECK_EQ(zt_event_address(&e, (struct sockaddr *)&a, &len),
			 ZT_OK);
		CHECK(a.sin6_family == AF_INET || a.sin6_family == AF_INET6);
		CHECK_EQ(len, a.sin6_family == AF_INET
				      ? sizeof(struct sockaddr_in)
				      : sizeof(a));
		seen++;
	}
	e = next();
	CHECK_EQ(e.kind, ZT_EVENT_NETWORK_UP);
	CHECK_EQ(e.network, network);
}

TEST(events_tell_a_networks_life)
{
	struct test_home h;
	struct zt_event e;
	uint64_t network;
	int fd;

	test_make_home(&h);
	CHECK_EQ(test_start(&h, 1), ZT_OK);
	fd = zt_event_fd();
	CHECK(fd >= 0);
	e = next();
	CHECK_EQ(e.kind, ZT_EVENT_ONLINE);
	network = test_make_network(&h);
	CHECK_EQ(zt_join(network), ZT_OK);
	expect_arrival(network);
	CHECK_EQ(zt_leave(network), ZT_OK);
	CHECK_EQ(next().kind, ZT_EVENT_ADDRESS_REMOVED);
	CHECK_EQ(next().kind, ZT_EVENT_ADDRESS_REMOVED);
	e = next();
	CHECK_EQ(e.kind, ZT_EVENT_NETWORK_REMOVED);
	CHECK_EQ(e.network, network);
	CHECK_EQ(zt_join(network + 1), ZT_OK);
	e = next();
	CHECK_EQ(e.kind, ZT_EVENT_NETWORK_NOT_FOUND);
	CHECK_EQ(e.network, network + 1);
	CHECK_EQ(zt_event_fd(), fd);
	CHECK_EQ(zt_stop(), ZT_OK);
	CHECK_EQ(zt_next_event(&e), ZT_ERR_STATE);
	test_remove_home(&h);
}

TEST(events_wait_from_the_start_and_are_gone_at_the_next)
{
	struct test_home h;
	uint64_t network = test_start_lan(&h);
	struct zt_event e;

	/* Asked for late, the descriptor tells of what waits. */
	CHECK(is_readable(zt_event_fd(), 0));
	CHECK_EQ(next().kind, ZT_EVENT_ONLINE);
	expect_arrival(network);
	CHECK_EQ(zt_leave(network), ZT_OK);
	CHECK_EQ(zt_stop(), ZT_OK);
	CHECK_EQ(test_start(&h, 0), ZT_OK);
	e = next();
	CHECK_EQ(e.kind, ZT_EVENT_ONLINE);
	CHECK_EQ(zt_stop(), ZT_OK);
	test_remove_home(&h);
}

TEST(events_descriptor_is_readable_while_one_waits)
{
	struct test_home h;
	struct zt_event e;
	int fd;

	test_make_home(&h);
	CHECK_EQ(test_start(&h, 0), ZT_OK);
	fd = zt_event_fd();
	CHECK_EQ(zt_wait_online(TEST_WAIT_MS), ZT_OK);
	CHECK(is_readable(fd, TEST_WAIT_MS));
	drop_all();
	CHECK(!is_readable(fd, 0));
	tell(0x1122334455, SERVICE_WAY_DIRECT);
	tell(0x1122334455, SERVICE_WAY_NONE); /* no event */
	tell(0x1122334455, SERVICE_WAY_RELAYED);
	CHECK(is_readable(fd, 0));
	CHECK_EQ(zt_next_event(&e), ZT_OK);
	CHECK_EQ(e.kind, ZT_EVENT_PEER_DIRECT);
	CHECK_EQ(zt_event_peer(&e), 0x1122334455);
	CHECK(is_readable(fd, 0));
	CHECK_EQ(zt_next_event(&e), ZT_OK);
	CHECK_EQ(e.kind, ZT_EVENT_PEER_RELAYED);
	CHECK(!is_readable(fd, 0));
	CHECK_EQ(zt_next_event(&e), ZT_ERR_TIMEOUT);
	CHECK_EQ(zt_stop(), ZT_OK);
	test_remove_home(&h);
}

TEST(events_full_queue_says_look_again)
{
	struct test_home h;
	struct zt_event e;
	uint64_t i;

	test_make_home(&h);
	CHECK_EQ(test_start(&h, 0), ZT_OK);
	CHECK_EQ(zt_wait_online(TEST_WAIT_MS), ZT_OK);
	drop_all();
	for (i = 1; i <= EVENTS_MAX + 2; i++)
		tell(i, SERVICE_WAY_LOST);
	CHECK_EQ(zt_next_event(&e), ZT_OK);
	CHECK_EQ(e.kind, ZT_EVENT_OVERFLOW);
	CHECK_EQ(zt_next_event(&e), ZT_OK);
	CHECK_EQ(e.kind, ZT_EVENT_PEER_LOST);
	CHECK_EQ(e.peer, EVENTS_MAX + 1);
	CHECK_EQ(zt_next_event(&e), ZT_OK);
	CHECK_EQ(e.peer, EVENTS_MAX + 2);
	CHECK_EQ(zt_next_event(&e), ZT_ERR_TIMEOUT);
	CHECK(!is_readable(zt_event_fd(), 0));
	CHECK_EQ(zt_stop(), ZT_OK);
	test_remove_home(&h);
}

/* The number may be somebody else's file by now: it is neither read nor
 * closed. */
TEST(events_descriptor_closed_by_the_application)
{
	struct test_home h;
	int ends[2];
	int fd;

	test_make_home(&h);
	CHECK_EQ(test_start(&h, 0), ZT_OK);
	fd = zt_event_fd();
	CHECK_EQ(zt_wait_online(TEST_WAIT_MS), ZT_OK);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	CHECK_EQ(dup2(ends[0], fd), fd);
	CHECK_EQ(write(ends[1], "x", 1), 1);
	drop_all();
	CHECK(is_readable(fd, 0));
	CHECK(zt_event_fd() != fd);
	tell(1, SERVICE_WAY_DIRECT);
	CHECK(is_readable(zt_event_fd(), 0));
	close(zt_event_fd());
	CHECK(zt_event_fd() >= 0);
	CHECK(is_readable(zt_event_fd(), 0));
	CHECK_EQ(zt_stop(), ZT_OK);
	CHECK(is_readable(fd, 0));
	test_remove_home(&h);
}

TEST(events_descriptor_ends_with_the_node)
{
	struct test_home h;
	int copy;
	char c;

	test_make_home(&h);
	CHECK_EQ(test_start(&h, 0), ZT_OK);
	copy = dup(zt_event_fd());
	CHECK_EQ(zt_wait_online(TEST_WAIT_MS), ZT_OK);
	drop_all();
	CHECK_EQ(zt_stop(), ZT_OK);
	while (read(copy, &c, 1) == 1)
		;
	CHECK_EQ(read(copy, &c, 1), 0);
	test_remove_home(&h);
}

TEST(events_are_not_the_childs)
{
	struct test_home h;
	struct zt_event e;
	int status;
	pid_t pid;

	test_make_home(&h);
	CHECK_EQ(test_start(&h, 0), ZT_OK);
	pid = fork();
	if (pid == 0) {
		CHECK_EQ(zt_event_fd(), -1);
		CHECK_EQ(errno, ENETDOWN);
		CHECK_EQ(zt_next_event(&e), ZT_ERR_STATE);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_EQ(next().kind, ZT_EVENT_ONLINE);
	CHECK_EQ(zt_stop(), ZT_OK);
	test_remove_home(&h);
}

TEST(events_waiting_has_its_time)
{
	struct test_home h;
	struct zt_event e;

	test_make_home(&h);
	CHECK_EQ(test_start(&h, 0), ZT_OK);
	CHECK_EQ(tl_events_wait(&e, TEST_WAIT_MS), ZT_OK);
	CHECK_EQ(zt_wait_online(TEST_WAIT_MS), ZT_OK);
	drop_all();
	CHECK_EQ(tl_events_wait(&e, 10), ZT_ERR_TIMEOUT);
	CHECK_EQ(zt_stop(), ZT_OK);
	CHECK_EQ(tl_events_wait(&e, -1), ZT_ERR_STATE);
	test_remove_home(&h);
}
