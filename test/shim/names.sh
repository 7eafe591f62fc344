#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# names.sh - names of the virtual networks are found, and the host's as ever
#
#	program ── getaddrinfo ── loop_service: host.zt, v4.zt
#	   └───── DNS ── dns.py on the virtual network: *.dns.test, *.two.test
. "$(dirname "$0")/common"
need python3
start_service

here=$(dirname "$0")
cat >"$work/records" <<'END'
www.dns.test A 10.77.0.5
www.dns.test AAAA fd00:77::5
alias.dns.test CNAME www.dns.test
only4.dns.test A 10.77.0.5
failing.dns.test FAIL
www.two.test A 10.77.0.6
END
i=0
while [ $i -lt 30 ]; do
	i=$((i + 1))
	echo "many.dns.test AAAA fd00:77::1:$i"
done >>"$work/records"
serve python3 "$here/../lib/dns.py" "$V4" "$work/records"
wait_until grep -q ready "$work/server.out"

[ "$(under timeout 60 python3 "$here/names.py" "$V4" "$V6")" = good ] ||
	fail names.py

# What the C library's own program finds.
under getent ahosts host.zt | grep -q "^$V4 *STREAM" || fail 'getent ahosts'
under getent hosts "$V4" | grep -q host.zt || fail 'getent hosts'

# An isolated program finds no names by the host; its own stay.
under env TAPLESS_ISOLATE=1 python3 -c 'import socket
socket.getaddrinfo("host.zt", 1)
socket.getaddrinfo("localhost", 1)
try:
    socket.getaddrinfo("example.org", 1)
    raise SystemExit(1)
except socket.gaierror as e:
    assert e.errno == socket.EAI_NONAME' || fail isolated

echo 'names: good'
