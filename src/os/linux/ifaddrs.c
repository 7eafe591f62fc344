/* SPDX-License-Identifier: Apache-2.0 */
#include "os/ifaddrs.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/hex.h"

#define IF_INET6 "/proc/net/if_inet6"
#define UNUSABLE_FLAGS                                                         \
	(IFA_F_TEMPORARY | IFA_F_DEPRECATED | IFA_F_TENTATIVE | IFA_F_DADFAILED)

static bool is_skipped(const char *name, const char *const *skip)
{
	for (; skip && *skip; skip++)
		if (strncmp(name, *skip, strlen(*skip)) == 0)
			return true;
	return false;
}

static uint8_t prefix_bits(const uint8_t *mask, size_t n)
{
	unsigned int bits = 0;

	while (bits < n * 8 && mask[bits / 8] & (0x80 >> bits % 8))
		bits++;
	return (uint8_t)bits;
}

/* False for families other than IP. */
static bool convert(struct local_addr *out, const struct ifaddrs *a)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	*out = (struct local_addr){ 0 };
	if (a->ifa_addr->sa_family == AF_INET) {
		memcpy(&v4, a->ifa_addr, sizeof(v4));
		out->addr.family = 4;
		memcpy(out->addr.ip, &v4.sin_addr, 4);
		out->bits = 32;
		if (a->ifa_netmask) {
			memcpy(&v4, a->ifa_netmask, sizeof(v4));
			out->bits = prefix_bits((uint8_t *)&v4.sin_addr, 4);
		}
	} else if (a->ifa_addr->sa_family == AF_INET6) {
		memcpy(&v6, a->ifa_addr, sizeof(v6));
		out->addr.family = 6;
		memcpy(out->addr.ip, &v6.sin6_addr, 16);
		out->scope_id = v6.sin6_scope_id;
		out->bits = 128;
		if (a->ifa_netmask) {
			memcpy(&v6, a->ifa_netmask, sizeof(v6));
			out->bits = prefix_bits((uint8_t *)&v6.sin6_addr, 16);
		}
	} else {
		return false;
	}
	snprintf(out->device, sizeof(out->device), "%s", a->ifa_name);
	out->is_loopback = (a->ifa_flags & IFF_LOOPBACK) != 0;
	return true;
}

/* One line: address, index, prefix length, scope, flags, name. */
static void mark_line(struct local_addr *addrs, size_t n, const char *line)
{
	char digits[33];
	char device[IFNAME_SIZE];
	unsigned int flags;
	uint8_t ip[16];
	size_t i;

	if (sscanf(line, "%32s %*x %*x %*x %x %15s", digits, &flags, device) !=
	    3)
		return;
	if (tl_hex_decode(ip, sizeof(ip), tl_bytes_from_str(digits)) != 0)
		return;
	for (i = 0; i < n; i++)
		if (addrs[i].addr.family == 6 &&
		    memcmp(addrs[i].addr.ip, ip, sizeof(ip)) == 0 &&
		    strcmp(addrs[i].device, device) == 0)
			addrs[i].is_temporary = (flags & UNUSABLE_FLAGS) != 0;
}

/* getifaddrs(3) does not tell; without /proc nothing is marked. */
static void mark_temporary(struct local_addr *addrs, size_t n)
{
	char line[256];
	FILE *f = fopen(IF_INET6, "re");

	if (!f)
		return;
	while (fgets(line, sizeof(line), f))
		mark_line(addrs, n, line);
	fclose(f);
}

int tl_ifaddrs_list(struct local_addr *out, size_t *n, size_t max,
		    const char *const *skip)
{
	struct ifaddrs *all;
	const struct ifaddrs *a;
	size_t count = 0;

	if (getifaddrs(&all) != 0)
		return -errno;
	for (a = all; a && count < max; a = a->ifa_next) {
		if (!a->ifa_addr || !(a->ifa_flags & IFF_UP))
			continue;
		if (is_skipped(a->ifa_name, skip))
			continue;
		if (convert(&out[count], a))
			count++;
	}
	freeifaddrs(all);
	mark_temporary(out, count);
	*n = count;
	return 0;
}

int tl_ifaddrs_watch(void)
{
	struct sockaddr_nl sa = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
			     RTMGRP_IPV6_IFADDR,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_ROUTE);
	int err;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

bool tl_ifaddrs_watch_drain(int fd)
{
	char buf[8192];
	bool any = false;
	ssize_t n;

	/* Overrun (ENOBUFS) means that changes were missed: they count. */
	do {
		n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n >= 0 || errno == ENOBUFS)
			any = true;
	} while (n >= 0 || errno == EINTR || errno == ENOBUFS);
	return any;
}
