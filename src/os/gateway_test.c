/* SPDX-License-Identifier: Apache-2.0 */
/* In a network namespace of the test's own; skipped where there can be none. */
#include "os/gateway.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>

#include "base/bytes.h"
#include "harness.h"
#include "os/file.h"
#include "os/netlink.h"

static int fd;
static unsigned int index_of;

static const struct netdev_address own = { 4, 24, { 10, 1, 2, 3 } };
static const struct netdev_address own6 = { 6, 64, { 0xfd, 1, [15] = 5 } };

static void give(const struct netdev_address *target, uint8_t last,
		 uint16_t metric)
{
	struct netdev_route r = { .target = *target,
				  .via = { 4, 32, { 10, 1, 2, last } },
				  .metric = metric };

	CHECK_EQ(tl_netlink_add_route(fd, index_of, &r), 0);
}

static const struct netdev_address everywhere = { 4, 0, { 0 } };
static const struct netdev_address somewhere = { 4, 8, { 11 } };

static void make_device(void)
{
	struct netlink_link up = { .up = true };

	if (unshare(CLONE_NEWNET) != 0 &&
	    unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		SKIP("no network namespace can be made here");
	fd = tl_netlink_open();
	CHECK(fd >= 0);
	if (tl_netlink_add_veth(fd, "up0", "up1") == -EOPNOTSUPP)
		SKIP("the kernel has no veth devices");
	CHECK_EQ(tl_netlink_index(fd, "up1", &index_of), 0);
	CHECK_EQ(tl_netlink_set(fd, index_of, &up), 0);
	CHECK_EQ(tl_netlink_index(fd, "up0", &index_of), 0);
	CHECK_EQ(tl_netlink_set(fd, index_of, &up), 0);
	CHECK_EQ(tl_netlink_add_address(fd, index_of, &own), 0);
}

TEST(gateways_are_those_of_default_routes)
{
	struct gateway list[4];
	size_t n = 9;

	make_device();
	give(&somewhere, 9, 0);
	CHECK_EQ(tl_gateways_list(list, &n, 4), 0);
	CHECK_EQ(n, 0);
	give(&everywhere, 1, 50);
	CHECK_EQ(tl_gateways_list(list, &n, 4), 0);
	CHECK_EQ(n, 1);
	CHECK_EQ(list[0].family, 4);
	CHECK_EQ(list[0].ip[3], 1);
	CHECK_EQ(list[0].scope_id, index_of);
	CHECK_EQ(list[0].metric, 50);
	CHECK(strcmp(list[0].device, "up0") == 0);
}

TEST(gateways_come_in_the_order_of_their_metrics)
{
	struct gateway list[2];
	size_t n;

	make_device();
	give(&everywhere, 1, 300);
	give(&everywhere, 2, 100);
	give(&everywhere, 3, 200);
	CHECK_EQ(tl_gateways_list(list, &n, 2), 0);
	CHECK_EQ(n, 2);
	CHECK_EQ(list[0].ip[3], 2);
	CHECK_EQ(list[1].ip[3], 3);
	CHECK_EQ(tl_gateways_list(list, &n, 1), 0);
	CHECK_EQ(n, 1);
	CHECK_EQ(list[0].ip[3], 2);
}

TEST(gateways_of_ip6_are_found)
{
	struct netdev_route r = {
		.target = { 6, 0, { 0 } },
		.via = { 6, 128, { 0xfd, 1, [15] = 1 } },
	};
	struct gateway list[4];
	size_t n;
	int err;

	make_device();
	err = tl_netlink_add_address(fd, index_of, &own6);
	if (err)
		SKIP("the kernel has no IPv6");
	CHECK_EQ(tl_netlink_add_route(fd, index_of, &r), 0);
	CHECK_EQ(tl_gateways_list(list, &n, 4), 0);
	CHECK_EQ(n, 1);
	CHECK_EQ(list[0].family, 6);
	CHECK(memcmp(list[0].ip, r.via.ip, 16) == 0);
}

static bool is_readable(int watch)
{
	struct pollfd p = { .fd = watch, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

TEST(gateways_that_change_are_told)
{
	int watch;

	make_device();
	watch = tl_gateways_watch();
	CHECK(watch >= 0);
	give(&somewhere, 9, 0);
	CHECK(is_readable(watch));
	CHECK(!tl_gateways_watch_drain(watch));
	give(&everywhere, 1, 0);
	CHECK(is_readable(watch));
	CHECK(tl_gateways_watch_drain(watch));
	CHECK(!is_readable(watch));
	CHECK(!tl_gateways_watch_drain(watch));
	tl_fd_close(&watch);
}
