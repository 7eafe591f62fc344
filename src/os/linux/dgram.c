/* SPDX-License-Identifier: Apache-2.0 */
#include "os/dgram.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union any_addr {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t native(union any_addr *out, const struct udp_addr *a,
			uint32_t scope_id)
{
	memset(out, 0, sizeof(*out));
	if (a->family == 4) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons(a->port);
		memcpy(&out->v4.sin_addr, a->ip, 4);
		return sizeof(out->v4);
	}
	out->v6.sin6_family = AF_INET6;
	out->v6.sin6_port = htons(a->port);
	memcpy(&out->v6.sin6_addr, a->ip, 16);
	if (IN6_IS_ADDR_LINKLOCAL(&out->v6.sin6_addr))
		out->v6.sin6_scope_id = scope_id;
	return sizeof(out->v6);
}

int tl_dgram_connect(const struct udp_addr *local,
		     const struct udp_addr *server, uint32_t scope_id)
{
	int fd = socket(server->family == 4 ? AF_INET : AF_INET6,
			SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	union any_addr sa;
	socklen_t len;
	int err;

	if (fd < 0)
		return -errno;
	len = native(&sa, local, scope_id);
	if (bind(fd, &sa.sa, len) == 0) {
		len = native(&sa, server, scope_id);
		if (connect(fd, &sa.sa, len) == 0)
			return fd;
	}
	err = -errno;
	close(fd);
	return err;
}

int tl_dgram_listen4(uint16_t port)
{
	const struct udp_addr any = { .family = 4, .port = port };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	union any_addr sa;
	socklen_t len;
	int one = 1;
	int err;

	if (fd < 0)
		return -errno;
	len = native(&sa, &any, 0);
	/* Each of those who allow it gets what is sent to all hosts. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) == 0 &&
	    bind(fd, &sa.sa, len) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

void tl_dgram_send(int fd, struct bytes datagram)
{
	ssize_t sent = send(fd, datagram.at, datagram.n, MSG_NOSIGNAL);

	(void)sent;
}

int tl_dgram_receive(int fd, struct buffer room, struct udp_addr *from)
{
	union any_addr sa = { 0 };
	socklen_t len = sizeof(sa);
	ssize_t n;

	do {
		n = recvfrom(fd, room.at, room.n, 0, &sa.sa, &len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (!from)
		return (int)n;
	memset(from, 0, sizeof(*from));
	if (sa.sa.sa_family == AF_INET) {
		from->family = 4;
		from->port = ntohs(sa.v4.sin_port);
		memcpy(from->ip, &sa.v4.sin_addr, 4);
	} else {
		from->family = 6;
		from->port = ntohs(sa.v6.sin6_port);
		memcpy(from->ip, &sa.v6.sin6_addr, 16);
	}
	return (int)n;
}
