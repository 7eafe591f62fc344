/* SPDX-License-Identifier: Apache-2.0 */
#include "os/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/compiler.h"
#include "os/vnet.h"

#define PACKET_BUFFER (8 * 1024 * 1024)

/* Newer than the headers of some distributions. */
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif
#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

static int set_non_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return -errno;
	return 0;
}

/* As much as the kernel knows. None is fatal: it does the work itself then. */
static void set_offloads(int fd)
{
	const unsigned int tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;

	if (ioctl(fd, TUNSETOFFLOAD, tcp | TUN_F_USO4 | TUN_F_USO6) != 0)
		(void)ioctl(fd, TUNSETOFFLOAD, tcp);
}

int tl_tap_open(int fd, const char *name)
{
	struct ifreq r = {
		.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR,
	};
	int len = VNET_LEN;
	size_t n = strlen(name);

	if (n >= sizeof(r.ifr_name))
		return -ENAMETOOLONG;
	memcpy(r.ifr_name, name, n);
	if (ioctl(fd, TUNSETIFF, &r) != 0)
		return -errno;
	if (ioctl(fd, TUNSETVNETHDRSZ, &len) != 0)
		return -errno;
	set_offloads(fd);
	return set_non_blocking(fd);
}

/* Beyond the limit of ordinary users, if we may. */
static void set_buffer(int fd, int forced, int option)
{
	int n = PACKET_BUFFER;

	if (setsockopt(fd, SOL_SOCKET, forced, &n, sizeof(n)) != 0)
		(void)setsockopt(fd, SOL_SOCKET, option, &n, sizeof(n));
}

int tl_tap_open_packet(int fd, unsigned int index)
{
	struct sockaddr_ll sa = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)index,
	};
	int on = 1;

	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) != 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on,
		       sizeof(on)) != 0)
		return -errno;
	set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF);
	set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0)
		return -errno;
	return set_non_blocking(fd);
}

ssize_t tl_tap_read(int fd, struct buffer room)
{
	ssize_t n;

	do {
		n = read(fd, room.at, room.n);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int tl_tap_write(int fd, const struct bytes *parts, size_t n)
{
	struct iovec iov[TAP_PARTS_MAX];
	size_t i;
	ssize_t r;

	tl_assert(n >= 1 && n <= TAP_PARTS_MAX);
	for (i = 0; i < n; i++) {
		/* writev(2) only reads, but takes no const. */
		memcpy(&iov[i].iov_base, &parts[i].at, sizeof(parts[i].at));
		iov[i].iov_len = parts[i].n;
	}
	do {
		r = writev(fd, iov, (int)n);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}
