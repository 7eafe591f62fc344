#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: timeout 120
#
# bridge.sh - a member that is a bridge: hosts behind it are on the network
#
#	     container of node 1                     node 2
#	 host -- veth -- bridge -- zt0  <--------->  B
. "$(dirname "$0")/../lib/node.sh"
. "$(dirname "$0")/../lib/netns.sh"
need ping ip nsenter
lan
stop_node 1
behind=$subnet.250
[ "$ADDR_A" != "$behind" ] && [ "$ADDR_B" != "$behind" ] || behind=$subnet.251
[ "$ADDR_A" != "$behind" ] && [ "$ADDR_B" != "$behind" ] || behind=$subnet.252
# A MAC that begins as those of the network do is taken for a member's, and
# nobody looks for it behind a bridge (vl2.md 8.4).
case $nwid in
*0[0-3]) outside=06:00:5e:00:53:01 ;;
*) outside=02:00:5e:00:53:01 ;;
esac
container='' host=''

# start_container NAME: a namespace; sets NAME to the process in it
start_container() {
	unshare -n sleep 300 &
	eval "$1=$!"
	children="$children $!"
	wait_until 10 'the container is apart' is_apart $!
	nsenter -t $! -n ip link set lo up
}

is_apart() {
	[ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

in_container() {
	nsenter -t "$container" -n timeout 30 "$@"
}

on_host() {
	nsenter -t "$host" -n timeout 30 "$@"
}

has_device() {
	in_container ip -o addr show 2>/dev/null | grep -q "zt0 .*$ADDR_A"
}

pings_host() {
	"$tapless" ping -D "$(home 2)" -c 1 $behind >ping.log 2>&1
}

start_container container
start_container host
in_container ip link add br0 type bridge 2>netns.err || {
	echo "SKIPPED: the kernel has no bridge here: $(cat netns.err)" >&2
	exit 77
}
"$tapless" attach -D "$(home 1)" --netns "$container" >attach.log 2>&1 &
children="$children $!"
wait_until 20 'it has its address' has_device

in_container ip link add inner type veth peer name eth0 netns "$host"
in_container ip link set inner master br0
in_container ip link set zt0 master br0
in_container ip link set inner up
in_container ip link set br0 up
on_host ip link set eth0 address $outside
on_host ip addr add $behind/24 dev eth0
on_host ip link set eth0 up

step 'who is no bridge carries nothing for others'
! on_host ping -n -c 2 -i 0.2 -W 1 "$ADDR_B" >ping.log ||
	fail 'a host got through'
! pings_host || fail 'a host is reached'

step 'a bridge does, as soon as it is one'
api 0 POST "/controller/network/$nwid/member/$(id_of 1)" \
	'{"activeBridge": true}' >/dev/null
host_pings() {
	on_host ping -n -c 1 -W 1 "$ADDR_B" >ping.log
}
wait_until 20 'the host behind it reaches B' host_pings
wait_until 20 'B reaches the host behind it' pings_host

step 'and carries connections both ways'
on_node 2 "$python" -m http.server --bind "$ADDR_B" 8066 >http.log 2>&1 &
children="$children $!"
head -c 3000000 /dev/urandom >file
fetched() {
	on_host curl -sS --noproxy '*' --max-time 10 -o got \
		"http://$ADDR_B:8066/file" 2>curl.err && cmp -s file got
}
wait_until 20 'the host fetches a file from B' fetched

step 'and stops when it is no bridge any more'
api 0 POST "/controller/network/$nwid/member/$(id_of 1)" \
	'{"activeBridge": false}' >/dev/null
no_answer() {
	! pings_host
}
wait_until 20 'nothing comes from behind it' no_answer
