/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ifaddrs.h - which addresses this machine has
 *
 * A snapshot; what may be bound to is the caller's policy, except that
 * interfaces that are down are left out.
 */
#ifndef TL_OS_IFADDRS_H
#define TL_OS_IFADDRS_H

#include "os/udp.h"

#define IFNAME_SIZE 16

/**
 * struct local_addr - One address of one interface
 * @addr:	port 0
 * @bits:	length of the network prefix
 * @device:	name of the interface
 * @is_loopback: the interface is a loopback
 * @is_temporary: an IPv6 address that will go away soon (privacy address), or
 *		cannot be used yet or any more
 * @scope_id:	number of the interface, for link-local addresses
 */
struct local_addr {
	struct udp_addr addr;
	uint8_t bits;
	char device[IFNAME_SIZE];
	bool is_loopback;
	bool is_temporary;
	uint32_t scope_id;
};

/**
 * tl_ifaddrs_list() - Read the addresses of all interfaces that are up
 * @out:	room for @max; more are left out
 * @n:		how many there are in @out
 * @skip:	prefixes of names of interfaces to leave out, such as "tun";
 *		ends with NULL. NULL: none
 *
 * Return: 0 or a negative errno; then bind to the wildcard addresses.
 */
TL_MUST_USE int tl_ifaddrs_list(struct local_addr *out, size_t *n, size_t max,
				const char *const *skip);

/**
 * tl_ifaddrs_watch() - A descriptor that is readable when addresses change
 *
 * Call tl_ifaddrs_watch_drain() when it is, then list again. Close with
 * tl_fd_close().
 *
 * Return: the descriptor, or a negative errno where the system cannot tell.
 */
TL_MUST_USE int tl_ifaddrs_watch(void);

/* True if something was read. */
bool tl_ifaddrs_watch_drain(int fd);

#endif /* TL_OS_IFADDRS_H */
