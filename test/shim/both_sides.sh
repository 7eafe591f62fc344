#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# both_sides.sh - sockets that are on the host and on the virtual network at once
#
#	host: 192.0.2.1, 2001:db8::1, loopback      virtual: $V4, $V6
#	              \_ a program under the preload object _/
. "$(dirname "$0")/common"
need python3 ip
[ "${TL_OWN_NETWORK-}" = 1 ] || skip 'no network of its own to change'
ip addr add 192.0.2.1/32 dev lo
ip addr add 2001:db8::1/128 dev lo nodad
start_service
talk=$(dirname "$0")/both_sides.py

# A host's echo server, and one of the virtual network.
python3 "$talk" echo 5353 >"$work/host.out" 2>&1 &
started="$started $!"
wait_until grep -q ready "$work/host.out"
serve python3 "$talk" echo 5353
wait_until grep -q ready "$work/server.out"

# One unconnected socket that talks to all, whoever comes first.
for order in "192.0.2.1 $V4 127.0.0.1" "127.0.0.1 $V4 192.0.2.1" \
	"$V4 127.0.0.1 192.0.2.1" "::1 $V6 2001:db8::1" \
	"2001:db8::1 $V6 192.0.2.1 $V4"; do
	# shellcheck disable=SC2086 # a list of addresses
	under python3 "$talk" datagrams 5353 $order || fail "datagrams: $order"
done
# Bound to a wildcard and registered with epoll before.
under python3 "$talk" bound 5353 192.0.2.1 "$V4" || fail 'bound'

# Isolated: loopback and nothing else of the host.
under env TAPLESS_ISOLATE=1 python3 "$talk" datagrams 5353 127.0.0.1 "$V4" ||
	fail 'isolated: loopback'
under env TAPLESS_ISOLATE=1 python3 "$talk" unreachable 5353 192.0.2.1 ||
	fail 'isolated: the host is reached'

python3 "$talk" helper 5354 192.0.2.1 >"$work/helper.out" 2>&1 &
started="$started $!"
wait_until grep -q ready "$work/helper.out"
under env TAPLESS_ISOLATE=1 python3 "$talk" isolated 5354 127.0.0.1 192.0.2.1 ||
	fail 'isolated: the host is heard'

# Bound on both sides, and then connected to the host.
under env TAPLESS_LISTEN=both python3 "$talk" connect-bound 5353 192.0.2.1 ||
	fail 'bound on both sides, then connected'
ip addr add 192.0.2.129/25 brd + dev lo
under python3 "$talk" broadcast 192.0.2.255 || fail 'broadcast'

# The host has no port left: an error, and the virtual side goes on.
range=/proc/sys/net/ipv4/ip_local_port_range
ports=$(cat $range)
echo '40000 40001' >$range
under python3 "$talk" no-ports 5353 "$V4" || fail 'no ports'
echo "$ports" >$range

# By default a wildcard is of the virtual network only.
fetch() {
	curl -s --max-time 10 "http://$1:$2/" -o "$work/page" &&
		grep -q hello "$work/page"
}
fetch_virtual() {
	under curl -s --max-time 10 "http://$1:$2/" -o "$work/page" &&
		grep -q hello "$work/page"
}
need curl
mkdir "$work/www"
echo hello >"$work/www/index.html"

sides() { # SIDE PORT
	env LD_PRELOAD="$preload" TAPLESS_SERVICE="$name" \
		TAPLESS_UID="$(id -u)" TAPLESS_LISTEN="$1" \
		python3 -m http.server -d "$work/www" "$2" \
		>"$work/www.out" 2>&1 9>&- &
	started="$started $!"
}
sides virtual 8101
wait_until fetch_virtual "$V4" 8101
! fetch 192.0.2.1 8101 || fail 'virtual: the host is served'
sides host 8102
wait_until fetch 192.0.2.1 8102
! fetch_virtual "$V4" 8102 || fail 'host: the virtual network is served'
sides both 8103
wait_until fetch 192.0.2.1 8103
for n in 1 2 3; do
	fetch 127.0.0.1 8103 || fail "both: loopback, $n"
	fetch_virtual "$V4" 8103 || fail "both: virtual, $n"
done

# Blocking, epoll, many processes on one listener, one port for both, UDP.
for way in blocking asyncio prefork anyport udp; do
	rm -f "$work/port"
	env LD_PRELOAD="$preload" TAPLESS_SERVICE="$name" \
		TAPLESS_UID="$(id -u)" TAPLESS_LISTEN=both \
		python3 "$talk" "serve-$way" "$work/port" \
		>"$work/both.out" 2>&1 9>&- &
	started="$started $!"
	wait_until test -s "$work/port"
	port=$(cat "$work/port")
	for host in 192.0.2.1 127.0.0.1; do
		python3 "$talk" "ask-$way" "$host" "$port" 20 ||
			fail "$way: $host"
	done
	under python3 "$talk" "ask-$way" "$V4" "$port" 20 || fail "$way: $V4"
done

# A port that the host has taken is taken.
under env TAPLESS_LISTEN=both python3 -c 'import socket, sys, errno
s = socket.socket()
try:
    s.bind(("", int(sys.argv[1])))
    sys.exit("bound")
except OSError as e:
    assert e.errno == errno.EADDRINUSE, e' 8102 || fail 'a taken port'

echo 'both sides: good'
