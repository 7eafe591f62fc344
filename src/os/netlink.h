/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netlink.h - devices, addresses and routes of a network namespace
 *
 * Everything goes by an rtnetlink(7) socket that the caller has: what it
 * changes is the namespace that the socket was made in, wherever its holder is
 * now. Calls wait for the kernel's answer, which takes microseconds.
 */
#ifndef TL_OS_NETLINK_H
#define TL_OS_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

#define NETDEV_NAME_SIZE 16
#define NETDEV_ADDRESSES_MAX 32
#define NETDEV_ROUTES_MAX 128

/**
 * struct netdev_address - An address on a device, or a route's target
 * @family:	4 or 6; 0: none
 * @bits:	prefix length
 * @ip:		network byte order; IPv4 in the first four bytes
 */
struct netdev_address {
	uint8_t family;
	uint8_t bits;
	uint8_t ip[16];
};

/**
 * struct netdev_route - Where a prefix is reached
 * @via:	gateway; family 0: on the link
 * @metric:	0: the kernel's own
 */
struct netdev_route {
	struct netdev_address target;
	struct netdev_address via;
	uint16_t metric;
};

/**
 * struct netdev_config - What a device is to be like
 */
struct netdev_config {
	char name[NETDEV_NAME_SIZE];
	uint8_t mac[6];
	unsigned int mtu;
	struct netdev_address addresses[NETDEV_ADDRESSES_MAX];
	size_t n_addresses;
	struct netdev_route routes[NETDEV_ROUTES_MAX];
	size_t n_routes;
};

/* A socket of the calling thread's namespace, or a negative errno. */
TL_MUST_USE int tl_netlink_open(void);

/* One that is readable when links, addresses or memberships of groups change;
 * drained with tl_ifaddrs_watch_drain(). Or a negative errno. */
TL_MUST_USE int tl_netlink_watch(void);

/* The index of a device. Return: 0; -ENODEV; another negative errno. */
TL_MUST_USE int tl_netlink_index(int fd, const char *name,
				 unsigned int *indexp);

/* Two devices that are each other's wire. */
TL_MUST_USE int tl_netlink_add_veth(int fd, const char *name, const char *peer);
int tl_netlink_delete(int fd, const char *name);

/**
 * struct netlink_link - What to change of a device
 * @mac:	NULL: nothing; the device must be down
 * @mtu:	0: nothing
 * @queue_len:	0: nothing
 * @no_arp:	it answers no ARP
 * @no_ip6:	it gets no IPv6 address by itself
 */
struct netlink_link {
	const uint8_t *mac;
	unsigned int mtu;
	unsigned int queue_len;
	bool no_arp;
	bool no_ip6;
	bool up;
};
TL_MUST_USE int tl_netlink_set(int fd, unsigned int index,
			       const struct netlink_link *l);

/* Not tested for duplicates. 0 also if it is there. */
TL_MUST_USE int tl_netlink_add_address(int fd, unsigned int index,
				       const struct netdev_address *a);
int tl_netlink_delete_address(int fd, unsigned int index,
			      const struct netdev_address *a);
/* Replaces one to the same target. */
TL_MUST_USE int tl_netlink_add_route(int fd, unsigned int index,
				     const struct netdev_route *r);
int tl_netlink_delete_route(int fd, unsigned int index,
			    const struct netdev_route *r);

/* The addresses of a device, whoever gave them to it; at most @max are put into
 * @out. Return: how many were put there, or a negative errno. */
int tl_netlink_addresses(int fd, unsigned int index, struct netdev_address *out,
			 size_t max);

/**
 * struct netdev_neighbour - A station on a device's link
 * @family:	of @ip, 4 or 6
 */
struct netdev_neighbour {
	uint8_t family;
	uint8_t ip[16];
	uint8_t mac[6];
};

/* Neighbours whose MAC the kernel knows, and that are like @like: at its
 * address, or if that has family 0 of its MAC. At most @max are put into @out.
 * Return: how many were put there, or a negative errno. */
int tl_netlink_neighbours(int fd, unsigned int index,
			  const struct netdev_neighbour *like,
			  struct netdev_neighbour *out, size_t max);

/**
 * tl_netdev_apply() - Give a device its addresses, routes and MTU
 * @now:	what they should be
 * @before:	what was applied last, all zero at first: what is in it and not
 *		in @now is taken away; all else is left alone
 *
 * Goes on after a failure. Return: 0, or the first failure's negative errno.
 */
TL_MUST_USE int tl_netdev_apply(int fd, unsigned int index,
				const struct netdev_config *now,
				const struct netdev_config *before);

#endif /* TL_OS_NETLINK_H */
