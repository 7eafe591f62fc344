#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# interfaces.sh - the virtual interface is listed beside the host's
. "$(dirname "$0")/common"
start_service

[ "$(under "$build/test/interfaces" "$V4" "$V6")" = good ] || fail interfaces

# As python, perl and their like see them.
under python3 -c 'import socket, sys
names = [n for i, n in socket.if_nameindex()]
assert "lo" in names and len(names) == len(set(names)) >= 2, names' ||
	fail python3

# Without a service only the host is left, and nothing fails.
env LD_PRELOAD="$preload" TAPLESS_SERVICE=nobody-there TAPLESS_UID="$(id -u)" \
	python3 -c 'import socket
assert "lo" in [n for i, n in socket.if_nameindex()]' || fail 'without service'

# From outside, where the C library's own lists show the host's only.
make_home
if launched true 2>/dev/null; then
	cc -O -static -o "$work/static" "$source/test/shim/interfaces.c" ||
		fail 'cannot compile'
	cp "$build/test/interfaces" "$work/dynamic"
	! has_program musl-gcc ||
		musl-gcc -O -static -idirafter /usr/include -idirafter \
			"/usr/include/$(uname -m)-linux-gnu" -D_GNU_SOURCE \
			-o "$work/musl" "$source/test/shim/interfaces.c" ||
		fail musl-gcc
	! cc -O -m32 -static -o "$work/i386" \
		"$source/test/shim/interfaces.c" 2>/dev/null ||
		echo 'with 32 bits, too'
	for kind in static dynamic musl i386; do
		[ -x "$work/$kind" ] || continue
		[ "$(launched timeout 60 "$work/$kind" "$V4" "$V6" \
			launched)" = good ] || fail "$kind, launched"
	done
fi

# Link-local addresses of the host: a datagram there and back, scope and all.
if [ "${TL_OWN_NETWORK-}" = 1 ]; then
	ip link add host0 type veth peer name host1
	ip addr add fe80::77/64 dev host0 nodad
	ip link set host0 up
	ip link set host1 up
	got=$(under python3 -c 'import os, socket
index = socket.if_nametoindex("host0")
native = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
native.bind(("fe80::77", 0, 0, index))
port = native.getsockname()[1]
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
s.sendto(b"there", ("fe80::77", port, 0, index))
data, who = native.recvfrom(99)
native.sendto(data + b" and back", who)
data, control, _, who = s.recvmsg(99, 999)
assert who[0].startswith("fe80::77") and who[3] == index, who
assert control[0][2][16:] == index.to_bytes(4, "little"), control
print(data.decode())')
	[ "$got" = 'there and back' ] || fail "link-local of the host: '$got'"
fi

echo 'interfaces: good'
