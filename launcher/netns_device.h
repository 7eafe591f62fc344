/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netns_device.h - the devices that a network namespace has of us
 *
 * Made through an agent that is inside. A TAP device where one can be had;
 * else, as in many containers, a pair of veth devices, the other end of which
 * is held by a packet socket. They go when their descriptors are closed, or,
 * the pairs, when the agent ends.
 */
#ifndef TL_LAUNCHER_NETNS_DEVICE_H
#define TL_LAUNCHER_NETNS_DEVICE_H

#include "launcher/netns_agent.h"
#include "os/netlink.h"

#define NETNS_DEVICES_MAX 64

/**
 * struct netns_device - One of them
 * @peer:	index of the other end of a pair; 0: it is a TAP device
 * @applied:	what it was told last; an empty name: the place is free
 */
struct netns_device {
	unsigned int index;
	unsigned int peer;
	struct netdev_config applied;
};

/**
 * struct netns_devices - All of a namespace
 * @agent:	borrowed
 * @netlink, @groups: made inside
 * @only_veth:	TAP devices are not even tried
 */
struct netns_devices {
	struct netns_agent *agent;
	int netlink;
	int groups;
	bool only_veth;
	struct netns_device list[NETNS_DEVICES_MAX];
};

/* 0 or a negative errno. */
TL_MUST_USE int tl_netns_devices_init(struct netns_devices *d,
				      struct netns_agent *agent,
				      bool only_veth);

/* The devices stay until their descriptors are closed. */
void tl_netns_devices_fini(struct netns_devices *d);

/**
 * tl_netns_device_open() - Make a device, and bring it up
 * @c:		its name is the first to be tried, and becomes what it is
 * @fdp:	for tl_tap_read() and tl_tap_write(); the caller's
 *
 * Return: 0; -ENFILE at NETNS_DEVICES_MAX; or another negative errno.
 */
TL_MUST_USE int tl_netns_device_open(struct netns_devices *d,
				     struct netdev_config *c, int *fdp);

/* Addresses, routes and MTU as they are to be now. 0; -ENODEV; or the first
 * failure, after all else was done. */
TL_MUST_USE int tl_netns_device_apply(struct netns_devices *d,
				      const struct netdev_config *c);

/* After its descriptor was closed. */
void tl_netns_device_close(struct netns_devices *d, const char *name);

/* The multicast addresses that it listens to, at most @max; how many. */
size_t tl_netns_device_groups(struct netns_devices *d, const char *name,
			      uint8_t (*macs)[6], size_t max);

/* Its addresses, ours and others. Return: how many. */
size_t tl_netns_device_addresses(struct netns_devices *d, const char *name,
				 struct netdev_address *out, size_t max);

/* Its neighbours, as tl_netlink_neighbours(). Return: how many. */
size_t tl_netns_device_neighbours(struct netns_devices *d, const char *name,
				  const struct netdev_neighbour *like,
				  struct netdev_neighbour *out, size_t max);

/* A line of /proc/net/dev_mcast. False if it is of another device. */
bool tl_netns_group_of_line(const char *line, const char *device,
			    uint8_t mac[6]);

#endif /* TL_LAUNCHER_NETNS_DEVICE_H */
