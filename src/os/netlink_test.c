/* SPDX-License-Identifier: Apache-2.0 */
/* In a network namespace of the test's own; skipped where there can be none. */
#include "os/netlink.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "harness.h"
#include "os/ifaddrs.h"
#include "os/tap.h"
#include "os/vnet.h"

#define TRIES 1000

static int fd;
static unsigned int index_of;

/* Root of a user namespace: what we execute keeps its powers there. */
static bool become_root(void)
{
	char text[32];
	unsigned int uid = geteuid();
	int map;
	int n;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return false;
	map = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
	n = snprintf(text, sizeof(text), "0 %u 1", uid);
	CHECK_EQ(write(map, text, (size_t)n), n);
	close(map);
	return true;
}

static void enter(void)
{
	if (unshare(CLONE_NEWNET) != 0 && !become_root())
		SKIP("no network namespace can be made here");
	fd = tl_netlink_open();
	CHECK(fd >= 0);
}

static void make_pair(void)
{
	struct netlink_link up = { .up = true };

	enter();
	if (tl_netlink_add_veth(fd, "zt0", "zt0p") == -EOPNOTSUPP)
		SKIP("the kernel has no veth devices");
	CHECK_EQ(tl_netlink_index(fd, "zt0", &index_of), 0);
	CHECK_EQ(tl_netlink_set(fd, index_of, &up), 0);
}

static int ask_mtu(const char *name)
{
	struct ifreq r = { 0 };
	int s = socket(AF_INET, SOCK_DGRAM, 0);

	memcpy(r.ifr_name, name, strlen(name));
	CHECK(ioctl(s, SIOCGIFMTU, &r) == 0);
	close(s);
	return r.ifr_mtu;
}

static const struct netdev_address ip4 = { 4, 24, { 10, 1, 2, 3 } };
static const struct netdev_address more4 = { 4, 24, { 10, 1, 2, 4 } };
static const struct netdev_address ip6 = { 6, 88, { 0xfd, 1, [15] = 5 } };

static size_t list(struct netdev_address out[8])
{
	int n = tl_netlink_addresses(fd, index_of, out, 8);
	size_t kept = 0;
	int i;

	CHECK(n >= 0);
	for (i = 0; i < n; i++)
		if (out[i].ip[0] != 0xfe) /* not the link-local one */
			out[kept++] = out[i];
	return kept;
}

static bool has(const struct netdev_address *a)
{
	struct netdev_address got[8];
	size_t n = list(got);

	while (n--)
		if (memcmp(&got[n], a, sizeof(*a)) == 0)
			return true;
	return false;
}

TEST(netlink_devices_are_made_found_and_deleted)
{
	unsigned int i;

	make_pair();
	CHECK_EQ(tl_netlink_index(fd, "zt0p", &i), 0);
	CHECK(i != index_of);
	CHECK_EQ(tl_netlink_add_veth(fd, "zt0", "x"), -EEXIST);
	CHECK_EQ(tl_netlink_delete(fd, "zt0"), 0);
	CHECK_EQ(tl_netlink_index(fd, "zt0p", &i), -ENODEV);
	CHECK_EQ(tl_netlink_delete(fd, "zt0"), -ENODEV);
}

TEST(netlink_addresses_come_and_go)
{
	make_pair();
	CHECK_EQ(tl_netlink_add_address(fd, index_of, &ip4), 0);
	CHECK_EQ(tl_netlink_add_address(fd, index_of, &ip4), 0);
	CHECK_EQ(tl_netlink_add_address(fd, index_of, &ip6), 0);
	CHECK(has(&ip4) && has(&ip6) && !has(&more4));
	CHECK_EQ(tl_netlink_delete_address(fd, index_of, &ip4), 0);
	CHECK(!has(&ip4) && has(&ip6));
	CHECK_EQ(tl_netlink_delete_address(fd, index_of, &ip4), -EADDRNOTAVAIL);
	CHECK_EQ(tl_netlink_add_address(fd, 4711, &ip4), -ENODEV);
}

TEST(netdev_is_made_what_it_should_be)
{
	struct netdev_config before = { .mtu = 1500 };
	struct netdev_config now = { .mtu = 2800 };

	make_pair();
	now.addresses[now.n_addresses++] = ip4;
	now.addresses[now.n_addresses++] = ip6;
	now.routes[now.n_routes++] = (struct netdev_route){
		.target = { 4, 16, { 10, 50 } },
		.via = { 4, 0, { 10, 1, 2, 99 } },
	};
	now.routes[now.n_routes++] =
		(struct netdev_route){ .target = { 6, 16, { 0x20, 1 } } };
	CHECK_EQ(tl_netdev_apply(fd, index_of, &now, &before), 0);
	CHECK_EQ(ask_mtu("zt0"), 2800);
	CHECK(has(&ip4) && has(&ip6));

	before = now;
	now.mtu = 1280;
	now.addresses[0] = more4;
	now.n_addresses = 1;
	now.n_routes = 1;
	CHECK_EQ(tl_netdev_apply(fd, index_of, &now, &before), 0);
	CHECK_EQ(ask_mtu("zt0"), 1280);
	CHECK(has(&more4) && !has(&ip4) && !has(&ip6));
	CHECK_EQ(tl_netlink_delete_route(fd, index_of, &before.routes[1]),
		 -ESRCH);
	CHECK_EQ(tl_netlink_delete_route(fd, index_of, &now.routes[0]), 0);
	CHECK_EQ(tl_netlink_delete_route(fd, index_of, &now.routes[0]), -ESRCH);
}

TEST(netdev_goes_on_after_a_failure)
{
	struct netdev_config before = { 0 };
	struct netdev_config now = { .mtu = 2800 };

	make_pair();
	now.addresses[now.n_addresses++] = ip4;
	now.routes[now.n_routes++] = (struct netdev_route){
		.target = { 4, 16, { 10, 50 } },
		.via = { 4, 0, { 172, 16, 0, 1 } }, /* not on the link */
	};
	now.routes[now.n_routes++] =
		(struct netdev_route){ .target = { 4, 16, { 10, 51 } } };
	CHECK_EQ(tl_netdev_apply(fd, index_of, &now, &before), -ENETUNREACH);
	CHECK(has(&ip4));
	CHECK_EQ(tl_netlink_delete_route(fd, index_of, &now.routes[1]), 0);
}

TEST(netlink_watch_tells_of_changes)
{
	int watch;

	make_pair();
	watch = tl_netlink_watch();
	CHECK(watch >= 0);
	CHECK(!tl_ifaddrs_watch_drain(watch));
	CHECK_EQ(tl_netlink_add_address(fd, index_of, &ip4), 0);
	CHECK(tl_ifaddrs_watch_drain(watch));
	CHECK(!tl_ifaddrs_watch_drain(watch));
}

static void raise_peer(unsigned int *peer)
{
	struct netlink_link up = { .no_ip6 = true, .no_arp = true, .up = true };

	CHECK_EQ(tl_netlink_index(fd, "zt0p", peer), 0);
	CHECK_EQ(tl_netlink_set(fd, *peer, &up), 0);
}

static bool is_ours(const uint8_t *room, ssize_t n)
{
	return n > VNET_LEN + 14 && room[VNET_LEN + 12] == 0x88;
}

/* A frame that goes in at one descriptor comes out of the other, once the
 * kernel has found out that the link is up. */
static void check_frames(int from, int to)
{
	uint8_t head[VNET_LEN + 14] = { 0 };
	uint8_t payload[100];
	uint8_t room[TAP_FRAME_MAX];
	struct bytes parts[] = { TL_BYTES_OF(head), TL_BYTES_OF(payload) };
	ssize_t n = 0;
	int i;

	memset(payload, 0x5c, sizeof(payload));
	memset(head + VNET_LEN, 0xff, 6);
	head[VNET_LEN + 6] = 2;
	tl_store_be16(head + VNET_LEN + 12, 0x88b5);
	for (i = 0; i < TRIES; i++) {
		CHECK_EQ(tl_tap_write(from, parts, 2), 0);
		(void)poll(&(struct pollfd){ .fd = to, .events = POLLIN }, 1,
			   10);
		do {
			n = tl_tap_read(to, TL_BUFFER_OF(room));
		} while (n > 0 && !is_ours(room, n));
		if (n > 0)
			break;
	}
	CHECK_EQ(n, VNET_LEN + 114);
	CHECK_MEM(room + VNET_LEN, head + VNET_LEN, 14);
	CHECK_MEM(room + VNET_LEN + 14, payload, sizeof(payload));
}

TEST(tap_packet_sockets_carry_frames_both_ways)
{
	unsigned int peer;
	int a;
	int b;

	make_pair();
	raise_peer(&peer);
	a = socket(AF_PACKET, SOCK_RAW, 0);
	b = socket(AF_PACKET, SOCK_RAW, 0);
	CHECK_EQ(tl_tap_open_packet(a, index_of), 0);
	CHECK_EQ(tl_tap_open_packet(b, peer), 0);
	check_frames(a, b);
	check_frames(b, a);
}

TEST(tap_devices_carry_frames)
{
	struct netlink_link up = { .up = true };
	int tap;
	int packet;

	enter();
	tap = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (tap < 0)
		SKIP("/dev/net/tun cannot be opened");
	CHECK_EQ(tl_tap_open(tap, "a-name-that-is-too-long"), -ENAMETOOLONG);
	CHECK_EQ(tl_tap_open(tap, "zt0"), 0);
	CHECK_EQ(tl_netlink_index(fd, "zt0", &index_of), 0);
	CHECK_EQ(tl_netlink_set(fd, index_of, &up), 0);
	packet = socket(AF_PACKET, SOCK_RAW, 0);
	CHECK_EQ(tl_tap_open_packet(packet, index_of), 0);
	check_frames(packet, tap);
	check_frames(tap, packet);
	close(tap);
	CHECK_EQ(tl_netlink_index(fd, "zt0", &index_of), -ENODEV);
}

static void add_neighbour(const char *what)
{
	char command[256];

	snprintf(command, sizeof(command), "ip neigh replace %s dev zt0", what);
	CHECK_EQ(system(command), 0); /* NOLINT: the test's own words */
}

TEST(netlink_neighbours_are_found_by_mac_and_by_address)
{
	struct netdev_neighbour like = { .mac = { 2, 0, 0, 0, 0, 9 } };
	struct netdev_neighbour got[4];

	if (system("ip -V >/dev/null 2>&1") != 0) /* NOLINT: see above */
		SKIP("ip(8) is not installed");
	make_pair();
	CHECK_EQ(tl_netlink_neighbours(fd, index_of, &like, got, 4), 0);
	add_neighbour("10.1.2.9 lladdr 02:00:00:00:00:09 nud stale");
	add_neighbour("10.1.2.8 lladdr 02:00:00:00:00:08 nud permanent");
	add_neighbour("10.1.2.7 lladdr 02:00:00:00:00:09 nud failed");
	add_neighbour("fd01::9 lladdr 02:00:00:00:00:09 nud reachable");
	CHECK_EQ(tl_netlink_neighbours(fd, index_of, &like, got, 1), 1);
	CHECK_EQ(tl_netlink_neighbours(fd, index_of, &like, got, 4), 2);
	CHECK(got[0].family != got[1].family);
	CHECK_EQ(tl_netlink_neighbours(fd, index_of + 1, &like, got, 4), 0);
	like = (struct netdev_neighbour){ .family = 4, .ip = { 10, 1, 2, 8 } };
	CHECK_EQ(tl_netlink_neighbours(fd, index_of, &like, got, 4), 1);
	CHECK_MEM(got[0].mac, "\2\0\0\0\0\x8", 6);
	like.ip[3] = 7;
	CHECK_EQ(tl_netlink_neighbours(fd, index_of, &like, got, 4), 0);
	close(fd);
}
