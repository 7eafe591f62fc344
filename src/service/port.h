/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port.h - networks that end in a device of a kernel, not in our own stack
 *
 * Whoever starts a service may give it a table of functions that make devices,
 * such as TAP devices in a network namespace. The frames of a network that has
 * one go to the kernel as they are; programs there use its TCP/IP.
 */
#ifndef TL_SERVICE_PORT_H
#define TL_SERVICE_PORT_H

#include "os/netlink.h"

#define PORT_SERVERS_MAX 4
#define PORT_DOMAIN_SIZE 128
#define PORT_GROUPS_MAX 1024

/**
 * struct port_config - What the network says its port should be
 * @servers:	for names, if the owner of the node allows the network to give
 *		such
 * @domain:	that they are for; may be empty
 */
struct port_config {
	uint64_t network;
	struct netdev_config dev;
	struct netdev_address servers[PORT_SERVERS_MAX];
	size_t n_servers;
	char domain[PORT_DOMAIN_SIZE];
};

/* A multicast group as vl2.md 9.1 counts them. */
struct port_group {
	uint8_t mac[6];
	uint32_t adi;
};

/**
 * struct port_host - What a service asks of whoever has the devices
 * @open:	make one, up, without addresses. Its name may be changed.
 *		*@fdp is for tl_tap_read() and tl_tap_write(), and becomes the
 *		service's. 0 or a negative errno
 * @apply:	give it addresses, routes, MTU and name servers, which have
 *		changed; 0 or a negative errno
 * @groups:	what it listens to, at most @max; how many there are
 * @neighbours:	stations that its kernel knows, as tl_netlink_neighbours()
 * @socket:	an IP socket beside the devices that does not block, UDP or
 *		TCP, of @family 4 or 6; or a negative errno
 * @close:	it is not needed any more; its descriptor is closed
 */
struct port_host {
	int (*open)(void *ctx, struct port_config *c, int *fdp);
	int (*apply)(void *ctx, const struct port_config *c);
	size_t (*groups)(void *ctx, const char *device, struct port_group *out,
			 size_t max);
	size_t (*neighbours)(void *ctx, const char *device,
			     const struct netdev_neighbour *like,
			     struct netdev_neighbour *out, size_t max);
	int (*socket)(void *ctx, uint8_t family, bool is_stream);
	void (*close)(void *ctx, const char *device);
};

#endif /* TL_SERVICE_PORT_H */
