/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linkcast.h - small datagrams to and from all hosts on the same wire
 *
 * A socket for each family, with which one port and one group are shared by all
 * programs on the machine. What comes in is given out only if it cannot have
 * passed a router: IPv6 with a hop limit of 255, IPv4 with a TTL of 1 and sent
 * to the group; the caller compares the source with the interface's subnets.
 */
#ifndef TL_OS_LINKCAST_H
#define TL_OS_LINKCAST_H

#include "os/udp.h"

#define LINKCAST_MAX 1024

/**
 * struct linkcast_info - Where a datagram came from
 * @from:	source address and port
 * @ifindex:	number of the interface it came in on
 */
struct linkcast_info {
	struct udp_addr from;
	unsigned int ifindex;
};

/* @group: family, group address and port. Return: a descriptor to be closed
 * with tl_fd_close(), non-blocking; or a negative errno. */
TL_MUST_USE int tl_linkcast_open(const struct udp_addr *group);

/* Number of an interface; 0: there is none. */
unsigned int tl_linkcast_ifindex(const char *device);

/* Listen on an interface. Return: 0, also if it was so already; or a negative
 * errno. The kernel forgets it when the interface goes. */
TL_MUST_USE int tl_linkcast_join(int fd, const struct udp_addr *group,
				 unsigned int ifindex);

/* Send from @source, an address of the interface. Return: 0 or a negative
 * errno. Never blocks. The other programs of this machine hear it, too. */
int tl_linkcast_send(int fd, const struct udp_addr *group, unsigned int ifindex,
		     const struct udp_addr *source, struct bytes datagram);

/**
 * tl_linkcast_receive() - Take one datagram
 * @room:	at least LINKCAST_MAX bytes; what is longer is cut
 *
 * Return: its length, 0 if it was none for us and the next may be taken;
 * -EAGAIN: there are no more; or another negative errno.
 */
TL_MUST_USE int tl_linkcast_receive(int fd, const struct udp_addr *group,
				    struct linkcast_info *info,
				    struct buffer room);

#endif /* TL_OS_LINKCAST_H */
