#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# bench_link.sh - the long and lossy link of the measurements does what it says:
# frames come after half the round trip, whole and in order, and about as many
# are lost as was asked for, the same ones for the same seed
#
#	host one 10.8.0.1 -- l0|l1 == bench/link == f1|f0 -- host other 10.8.0.2
# shellcheck source=test/lib/node.sh
. "$(dirname "$0")/../lib/node.sh"
need ip nsenter ping
link=$TAPLESS_BUILD/bench/link
bulk=$TAPLESS_BUILD/bench/bulk
[ -x "$link" ] || skip "$link is not built"
ip link add name probe0 type veth peer name probe1 2>/dev/null ||
	skip 'no interfaces can be made here'
ip link del probe0

# on_host NAME COMMAND...
on_host() {
	host=$1
	shift
	nsenter "--net=/run/netns/$host" -- "$@"
}

n=1
for side in one other; do
	ip netns add $side
	ip link add "v-$side" type veth peer name eth0 netns $side
	ip link set "v-$side" up
	on_host $side ip link set eth0 gso_max_segs 1
	on_host $side ip link set eth0 up
	on_host $side ip addr add 10.8.0.$n/24 dev eth0
	n=$((n + 1))
done

# start_link DELAY-US LOSS-PPM SEED
start_link() {
	: >link.log
	"$link" v-one v-other "$@" >link.log 2>&1 &
	link_pid=$!
	children="$children $link_pid"
	wait_until 10 'the link carries' grep -q ready link.log
}

end_link() {
	kill "$link_pid"
	wait "$link_pid" || fail "the link ended with $?: $(cat link.log)"
}

# told KEY: the link's own count
told() {
	sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" link.log
}

# has_seen COUNT: so many frames came to the link from the first host
has_seen() {
	[ $(($(received) - before)) -ge "$1" ]
}

received() {
	awk '/v-one:/ { sub(/.*:/, ""); print $2 }' /proc/net/dev
}

# lose SEED: sets lost, of 400 datagrams one way
lose() {
	start_link 0 200000 "$1"
	before=$(received)
	on_host one "$python" -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(400):
    s.sendto(b"x", ("10.8.0.2", 9))'
	wait_until 10 'all came to the link' has_seen 400
	end_link
	lost=$(told lost)
	[ $((lost + $(told carried))) -eq 400 ] ||
		fail "$lost lost and $(told carried) carried are not 400"
}

mac_of() {
	on_host "$1" ip -o link show eth0 |
		sed -n 's,.*link/ether \([0-9a-f:]*\).*,\1,p'
}

# No frames but these: nobody asks for an address, nor uses IPv6, and no stream
# has been there that would still say something.
for side in one other; do
	on_host $side sh -c \
		'echo 1 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6'
done
on_host one ip neigh replace 10.8.0.2 dev eth0 lladdr "$(mac_of other)" \
	nud permanent
on_host other ip neigh replace 10.8.0.1 dev eth0 lladdr "$(mac_of one)" \
	nud permanent

step 'it loses a fifth, and the same with the same seed'
lose 7
first=$lost
[ "$first" -gt 48 ] || fail "it lost $first of 400"
[ "$first" -lt 112 ] || fail "it lost $first of 400"
lose 7
[ "$lost" -eq "$first" ] || fail "the same seed lost $first, then $lost"

step 'it delays, both ways'
start_link 20000 0 1
on_host one ping -q -c 5 -i 0.2 10.8.0.2 >ping.log || fail 'no echoes'
shortest=$(sed -n 's,^rtt [^=]*= \([0-9]*\)\..*,\1,p' ping.log)
[ "$shortest" -ge 40 ] || fail "an echo took $shortest ms, not 40"
[ "$shortest" -lt 60 ] || fail "no echo took less than $shortest ms"
end_link
[ "$(told lost):$(told back_lost)" = 0:0 ] || fail 'it lost something'
[ "$(told carried)" -ge 5 ] || fail "it carried $(told carried)"

step 'streams arrive whole, with what the kernel leaves to the hardware'
start_link 1000 0 1
on_host other "$bulk" sink 10.8.0.2:7001 >sink.log 2>&1 &
children="$children $!"
wait_until 10 'the sink listens' grep -q ready sink.log
on_host one timeout 20 "$bulk" send 10.8.0.2:7001 1 >bulk.log ||
	fail 'the stream broke'
end_link
least=$(sed -n 's/.*"gbytes": \([0-9.]*\).*/\1/p' bulk.log |
	awk '{ print int($1 * 1e9 / 1460) }')
[ "$least" -gt 0 ] || fail "nothing arrived: $(cat bulk.log)"
[ "$(told carried)" -ge "$least" ] ||
	fail "it came in $(told carried) frames, not $least: not segmented"
[ "$(told full):$(told back_full)" = 0:0 ] || fail 'its queue was full'
