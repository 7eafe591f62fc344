/* SPDX-License-Identifier: Apache-2.0 */
/* The loopback is a wire with one host; it needs a route for multicast only
 * where the interface is not named, and here it always is. */
#include "os/linkcast.h"

#include <errno.h>
#include <poll.h>

#include "os/file.h"
#include "harness.h"

#define PORT 28417

static const struct udp_addr group4 = { 4, PORT, { 239, 255, 84, 77 } };
static const struct udp_addr group6 = { 6,
					PORT,
					{ 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
					  0x54, 0x4c, 0x62, 0x64 } };
static const struct udp_addr loop4 = { 4, 0, { 127, 0, 0, 1 } };
static const struct udp_addr loop6 = { 6, 0, { [15] = 1 } };

static bool is_readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

static void talk(const struct udp_addr *group, const struct udp_addr *source)
{
	unsigned int lo = tl_linkcast_ifindex("lo");
	uint8_t room[LINKCAST_MAX];
	struct linkcast_info info;
	int a = tl_linkcast_open(group);
	int b;

	if (a == -EAFNOSUPPORT)
		SKIP("no such family here");
	CHECK(a >= 0 && lo);
	b = tl_linkcast_open(group); /* another program */
	CHECK(b >= 0);
	if (tl_linkcast_join(a, group, lo))
		SKIP("the loopback has no multicast here");
	CHECK_EQ(tl_linkcast_join(a, group, lo), 0);
	if (tl_linkcast_send(b, group, lo, source, tl_bytes("hello", 5)))
		SKIP("the loopback has no address here");
	CHECK(is_readable(a, 2000));
	CHECK_EQ(tl_linkcast_receive(a, group, &info, TL_BUFFER_OF(room)), 5);
	CHECK_EQ(memcmp(room, "hello", 5), 0);
	CHECK_EQ(memcmp(info.from.ip, source->ip, 16), 0);
	CHECK_EQ(info.ifindex, lo);
	CHECK_EQ(tl_linkcast_receive(a, group, &info, TL_BUFFER_OF(room)),
		 -EAGAIN);
	tl_fd_close(&a);
	tl_fd_close(&b);
}

TEST(hosts_on_the_wire_hear_each_other_by_ipv4)
{
	talk(&group4, &loop4);
}

TEST(hosts_on_the_wire_hear_each_other_by_ipv6)
{
	talk(&group6, &loop6);
}

/* From further away, or to this host alone: a TTL of 64. */
TEST(datagram_that_may_have_passed_a_router_is_none_for_us)
{
	struct udp_addr to = { 4, PORT, { 127, 0, 0, 1 } };
	uint8_t room[LINKCAST_MAX];
	struct linkcast_info info;
	struct udp_socket *s;
	struct udp *u;
	int fd = tl_linkcast_open(&group4);

	CHECK(fd >= 0);
	CHECK_EQ(tl_udp_new(&u), 0);
	CHECK_EQ(tl_udp_bind(&s, u, &loop4, NULL), 0);
	tl_udp_send_copy(s, &to, tl_bytes("far", 3));
	tl_udp_send_ttl(s, &to, tl_bytes("near", 4), 1);
	tl_udp_flush(u);
	CHECK(is_readable(fd, 2000));
	CHECK_EQ(tl_linkcast_receive(fd, &group4, &info, TL_BUFFER_OF(room)),
		 0);
	CHECK(is_readable(fd, 2000));
	CHECK_EQ(tl_linkcast_receive(fd, &group4, &info, TL_BUFFER_OF(room)),
		 0);
	CHECK_EQ(tl_linkcast_receive(fd, &group4, &info, TL_BUFFER_OF(room)),
		 -EAGAIN);
	tl_udp_free(u);
	tl_fd_close(&fd);
}
