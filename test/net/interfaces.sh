#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: timeout 150
#
# interfaces.sh - interfaces go down and come up, addresses change, and there are
# many of them: the node follows, and its root goes on hearing it
#
#	node 1 in a host of its own		node 0: root, 10.9.0.1
#	m0 10.1.0.2  ----------------------	r0 10.1.0.1
#	m1 10.2.0.2  ----------------------	r1 10.2.0.1
#
# Routes to the root lead over m0 as long as that is up.
. "$(dirname "$0")/../lib/node.sh"
need curl ip nsenter unshare
ip link add name probe0 type veth peer name probe1 2>/dev/null ||
	skip 'no interfaces can be made here'
ip link del probe0
nodes=2
make_nodes 2
unshare -n sleep 300 </dev/null >/dev/null 2>&1 &
host=$!
children="$children $host"

# on_host COMMAND...: of node 1
on_host() {
	nsenter -t "$host" -n "$@"
}
is_apart() {
	[ "$(readlink "/proc/$host/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}
wait_until 10 'the other host is there' is_apart

ip link set lo up
ip link add name x0 type veth peer name x1
ip addr add 10.9.0.1/32 dev x0
ip link set x0 up
ip link set x1 up
on_host ip link set lo up
for i in 0 1; do
	ip link add name "r$i" type veth peer name "m$i" netns "$host"
	ip addr add "10.$((i + 1)).0.1/24" dev "r$i"
	ip link set "r$i" up
	on_host ip addr add "10.$((i + 1)).0.2/24" dev "m$i"
	on_host ip link set "m$i" up
done
routes() {
	on_host ip route replace 10.9.0.1 via 10.1.0.1 metric 10 2>/dev/null ||
		:
	on_host ip route replace 10.9.0.1 via 10.2.0.1 metric 20
}
routes

for n in 0 1; do
	printf '{ "settings": { "primaryPort": %s } }\n' "$(port_of $n)" \
		>"$(home $n)/local.conf"
done
"$tapless" world planet --out planet.far --root \
	"$(cat "$(home 0)/identity.public")=10.9.0.1/$(port_of 0)" >>id.log
cp planet.far "$(home 0)/planet"
cp planet.far "$(home 1)/planet"
start_node 0
on_host "$tapless" service -D "$(home 1)" >>service1.log 2>&1 </dev/null &
pid_1=$!
children="$children $pid_1"

info() {
	on_host "$tapless" info -j -D "$(home 1)"
}
listening() {
	info | tr -d '\n' | grep -o '"listeningOn": *[[][^]]*' | tr , '\n'
}
lists() {
	listening | grep -qF "\"$1/$(port_of 1)\""
}
lists_not() {
	! lists "$1"
}
# The root's best path to node 1 leads to this address.
is_heard_from() {
	api 0 GET "/peer/$(id_of 1)" |
		grep -qE "\"active\":true,\"address\":\"$1/"
}

step 'both addresses are bound'
wait_until 20 'the first' lists 10.1.0.2
wait_until 20 'the second' lists 10.2.0.2
wait_until 20 'the root hears of it' is_heard_from 10.1.0.2

step 'm0 goes down'
began=$(now_ms)
on_host ip link set m0 down
wait_until 10 'its address is left' lists_not 10.1.0.2
lists 10.2.0.2 || fail 'the other address is gone as well'
wait_until 10 'the root hears it by m1' is_heard_from 10.2.0.2
step "the root heard it by m1 after $(($(now_ms) - began)) ms"

step 'm0 comes up with another address'
on_host ip addr flush dev m0
on_host ip link set m0 up
on_host ip addr add 10.1.0.7/24 dev m0
routes
wait_until 10 'it is bound' lists 10.1.0.7
lists 10.2.0.2 || fail 'the other address is gone'

step 'an address that is taken: the others stay'
on_host "$python" -c '
import signal, socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, 15, 1)
s.bind(("10.1.0.1", int(sys.argv[1])))
print("held", flush=True)
signal.pause()' "$(port_of 1)" >held.log 2>&1 &
children="$children $!"
wait_until 10 'it is held' grep -q held held.log
on_host ip addr add 10.1.0.1/32 dev lo
on_host ip addr add 10.1.0.1/24 dev m0 2>/dev/null || :
wait_until 10 'it was tried' grep -q "cannot bind UDP 10.1.0.1/$(port_of 1)" \
	service1.log
lists 10.2.0.2 || fail 'an address behind it was closed'
lists 10.1.0.7 || fail 'an address before it was closed'
[ "$(grep -c 'cannot bind UDP' service1.log)" = 1 ] ||
	fail 'it complains again and again'
on_host ip addr del 10.1.0.1/32 dev lo
on_host ip addr del 10.1.0.1/24 dev m0 2>/dev/null || :

step 'eighty addresses more'
i=0
while [ $i -lt 80 ]; do
	echo "addr add 10.2.1.$((i + 1))/32 dev m1"
	i=$((i + 1))
done >many.ip
on_host ip -batch many.ip
wait_until 10 'as many as can be are bound' lists 10.2.1.30
[ "$(listening | grep -c "/$(port_of 1)\"")" = 40 ] || fail 'there is no limit'
wait_until 10 'it says so' grep -q 'more addresses than the 40' service1.log
lists 10.2.0.2 || fail 'the first address of the interface is gone'
lists 10.1.0.7 || fail 'the address of the other interface is gone'
sed 's/addr add/addr del/' many.ip | on_host ip -batch -
wait_until 10 'and left' lists_not 10.2.1.30
lists 10.2.0.2 || fail 'the first address of the interface is gone'

step 'a temporary IPv6 address is not used'
if on_host sh -c 'echo 2 >/proc/sys/net/ipv6/conf/m1/use_tempaddr' \
	2>/dev/null; then
	on_host ip addr add fd00:2::aabb/64 dev m1 mngtmpaddr
	has_temporary() {
		on_host ip -6 addr show dev m1 temporary | grep -q fd00:2
	}
	wait_until 10 'the kernel has made one' has_temporary
	wait_until 10 'the stable one is bound' lists fd00:2::aabb
	temporary=$(on_host ip -6 addr show dev m1 temporary |
		sed -n 's|.*inet6 \(fd00[^/]*\)/.*|\1|p' | head -n 1)
	lists_not "$temporary" || fail "$temporary is bound"
else
	step 'skipped: this may not be set here'
fi

step 'nothing is left, and then something again'
on_host ip link set m0 down
on_host ip link set m1 down
has_none() {
	info >info.json && lists_not 10.2.0.2
}
wait_until 10 'no address is left' has_none
on_host ip link set m1 up
routes
began=$(now_ms)
wait_until 10 'one is there' lists 10.2.0.2
wait_until 15 'the root hears it again' is_heard_from 10.2.0.2
step "the root heard it after $(($(now_ms) - began)) ms"
