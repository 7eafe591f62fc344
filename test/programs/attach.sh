#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: timeout 300
#
# attach.sh - namespaces that others have made
#
#	unshare -n sleep  <- attach -    node 1
#	  zt0             <------------->  B
. "$(dirname "$0")/../lib/node.sh"
. "$(dirname "$0")/../lib/netns.sh"
need ping ip nsenter
lan
stop_node 1

# Sets container, and enter: a command that runs others inside.
start_container() {
	unshare -n sleep 300 &
	container=$!
	children="$children $container"
	wait_until 10 'the container is apart' is_apart "$container"
	nsenter -t "$container" -n ip link set lo up
}

is_apart() {
	[ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

inside() {
	nsenter -t "$container" -n timeout 30 "$@"
}

has_inside() {
	inside ip -o addr show 2>/dev/null | grep -q "zt0 .*$1"
}

# start_attach NODE OPTION...: sets pid
start_attach() {
	attach_home=$(home "$1")
	shift
	: >attach.log
	"$tapless" attach -D "$attach_home" "$@" >>attach.log 2>&1 &
	pid=$!
	children="$children $pid"
}

no_device() {
	! inside ip link show 2>/dev/null | grep -q 'zt0'
}

for device in tap veth; do
	TAPLESS_NETNS_DEVICE=$device
	export TAPLESS_NETNS_DEVICE

	step "$device: a process"
	start_container
	start_attach 1 --netns "$container"
	wait_until 20 'it has its address' has_inside "$ADDR_A"
	inside ping -n -c 2 -i 0.2 -W 5 "$ADDR_B" >ping.log ||
		fail 'no answer over IPv4'
	inside ping -n -c 2 -i 0.2 -W 5 "$PLANE_B" >ping.log ||
		fail 'no answer over IPv6'

	step "$device: SIGTERM takes the device away"
	end "$pid"
	[ "$status" = 0 ] || fail "status $status"
	wait_until 5 'the device goes' no_device
	is_alive "$container" || fail 'the container was ended'

	step "$device: SIGKILL, too"
	start_attach 1 --netns "/proc/$container/ns/net"
	wait_until 20 'it has its address again' has_inside "$ADDR_A"
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || true
	wait_until 5 'the device goes' no_device

	step "$device: a container that ends"
	start_attach 1 --netns "$container"
	wait_until 20 'it has its address' has_inside "$ADDR_A"
	kill -KILL "$container"
	wait "$container" 2>/dev/null || true
	wait_gone 10 "$pid" attach
	[ "$status" = 0 ] || fail "status $status"
	said attach 'the namespace has gone' || fail 'it does not say why'
done
TAPLESS_NETNS_DEVICE=

step 'a name of ip(8), and two networks of the same name inside'
ip netns add box 2>netns.err || {
	cat netns.err
	exit 0
}
at_end='ip netns delete box 2>/dev/null'
ip -n box link add zt0 type veth peer name other
start_attach 1 --netns /run/netns/box
has_zt1() {
	ip -n box -o addr show | grep -q "zt1 .*$ADDR_A"
}
wait_until 20 'another name is found' has_zt1
ip netns exec box ping -n -c 1 -W 5 "$ADDR_B" >ping.log ||
	fail 'no answer'
ip netns delete box
wait_gone 10 "$pid" attach
[ "$status" = 0 ] || fail "status $status"

step 'what is no namespace'
got=0
"$tapless" attach -D "$(home 1)" --netns /etc/passwd 2>err || got=$?
[ $got = 1 ] || fail "status $got"
grep -q 'something else' err || fail 'it does not say what is wrong'
got=0
"$tapless" attach -D "$(home 1)" --netns 999999999 2>err || got=$?
[ $got = 1 ] || fail "status $got"
got=0
"$tapless" attach -D "$(home 1)" 2>err || got=$?
[ $got = 2 ] || fail "status $got"
