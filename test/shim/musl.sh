#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# musl.sh - the same preload object in programs of another C library
#
#	edges, interfaces, garbage ── musl ── preload ── loop_service
. "$(dirname "$0")/common"
need musl-gcc
here=$(dirname "$0")
start_service

# The kernel's headers are the same for both.
mkdir "$work/include"
for dir in linux asm asm-generic; do
	for from in /usr/include /usr/include/"$(uname -m)"-linux-gnu; do
		[ ! -d "$from/$dir" ] || ln -sf "$from/$dir" "$work/include/$dir"
	done
done
compile() {
	musl-gcc -O2 -D_GNU_SOURCE -isystem "$work/include" -o "$work/$1" \
		"$2" || fail "musl-gcc $2"
	readelf -l "$work/$1" | grep -q ld-musl || fail "$1 is not musl's"
}

# musl has padding where the kernel has the upper half of a length.
cat >"$work/garbage.c" <<'END'
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	char text[8] = "rubbish", control[256];
	struct iovec iov = { text, 7 };
	struct in_pktinfo info = { 0 };
	struct cmsghdr *c;
	struct msghdr m;
	int on = 1;

	inet_pton(AF_INET, argv[argc - 1], &at.sin_addr);
	if (bind(fd, (struct sockaddr *)&at, len) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) != 0 ||
	    setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) != 0)
		return 1;
	info.ipi_spec_dst = at.sin_addr;
	memset(control, 0xff, sizeof(control));
	memset(&m, 0xff, sizeof(m));
	m.msg_name = &at;
	m.msg_namelen = sizeof(at);
	m.msg_iov = &iov;
	m.msg_iovlen = 1;
	m.msg_control = control;
	m.msg_controllen = CMSG_SPACE(sizeof(info));
	m.msg_flags = 0;
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	if (sendmsg(fd, &m, 0) != 7)
		return 2;
	memset(&m, 0xff, sizeof(m));
	memset(control, 0xff, sizeof(control));
	m.msg_name = 0;
	m.msg_iov = &iov;
	m.msg_iovlen = 1;
	m.msg_control = control;
	m.msg_controllen = sizeof(control);
	if (recvmsg(fd, &m, 0) != 7)
		return 3;
	c = CMSG_FIRSTHDR(&m);
	if (!c || c->cmsg_type != IP_PKTINFO || CMSG_NXTHDR(&m, c))
		return 4;
	puts(text);
	return 0;
}
END

compile garbage "$work/garbage.c"
[ "$(under timeout 20 "$work/garbage" "$V4")" = rubbish ] || fail garbage
compile edges "$here/edges.c"
[ "$(under timeout 60 "$work/edges" "$V4" 10.77.0.99)" = good ] || fail edges
compile interfaces "$here/interfaces.c"
[ "$(under timeout 60 "$work/interfaces" "$V4" "$V6")" = good ] ||
	fail interfaces
echo 'musl: good'
