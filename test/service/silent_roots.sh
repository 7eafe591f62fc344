#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: full
# ctest: timeout 240
#
# silent_roots.sh - a node that was asleep looks for its root at once, and one
# whose NAT has a binding that leads nowhere changes its second port
#
#	node 1  ----  nat.py  ----  node 0: root
. "$(dirname "$0")/../lib/node.sh"
need curl
nodes=3
make_nodes 3
nat_port=$(port_of 2)
"$tapless" world planet --out planet.nat --root \
	"$(cat "$(home 0)/identity.public")=127.0.0.1/$nat_port" >>id.log
cp planet.nat "$(home 0)/planet"
cp planet.nat "$(home 1)/planet"
sed 's/"allowSecondaryPort": false/"allowSecondaryPort": true/' \
	"$(home 1)/local.conf" >both.conf
cp both.conf "$(home 1)/local.conf"
: >nat.log
"$python" "$lib/nat.py" "$nat_port" "$(port_of 0)" >nat.log 2>&1 </dev/null &
nat=$!
children="$children $nat"
wait_until 10 'the NAT is there' grep -q ready nat.log

second_port() {
	"$tapless" info -j -D "$(home 1)" |
		sed -n 's/.*"secondaryPort": *\([0-9]*\).*/\1/p'
}
count() {
	grep -c "$1" nat.log || :
}
has_passed() {
	[ "$(now_ms)" -ge "$1" ]
}
has_more() {
	[ "$(count "$1")" -gt "$2" ]
}

step 'online, from both ports'
start_node 0
start_node 1 --no-keeper
wait_until 20 'node 1 is online' is_online 1
first=$(second_port)
for port in "$(port_of 1)" "$first"; do
	wait_until 20 "port $port is used" grep -q "^hello $port\$" nat.log
done

step 'stopped for 16 s, and again alive'
before=$(count '^hello')
wait_until 10 'it is quiet' has_passed $(($(now_ms) + 2000))
[ "$(count '^hello')" = "$before" ] || fail 'it greets without a reason'
kill -STOP "$(pid_of 1)"
wait_until 25 'it was stopped for long' has_passed $(($(now_ms) + 16000))
began=$(now_ms)
kill -CONT "$(pid_of 1)"
# From both ports.
wait_until 5 'it greets its root' has_more '^hello' $((before + 1))
step "it has greeted after $(($(now_ms) - began)) ms"
grep -q 'awake after 1[0-9] s' service1.log || fail 'the log does not tell'

step 'bindings that lead nowhere: another second port'
began=$(now_ms)
kill -USR1 "$nat"
is_rotated() {
	[ "$(second_port)" != "$first" ] &&
		grep -q "^answer $(second_port)\$" nat.log
}
wait_until 60 'another port is answered' is_rotated
step "port $(second_port) was answered after $(($(now_ms) - began)) ms"
grep -q '^.*no root answers: trying from port' service1.log ||
	fail 'the log does not tell'
[ "$(cat "$(home 1)/zerotier-one.port")" = "$(port_of 1)" ] ||
	fail 'the primary port has changed'
wait_until 20 'it says so' grep -q 'a root answers again' service1.log
fresh=$(second_port)

step 'and again'
kill -USR1 "$nat"
is_rotated_again() {
	[ "$(second_port)" != "$fresh" ] &&
		grep -q "^answer $(second_port)\$" nat.log
}
wait_until 60 'yet another port is answered' is_rotated_again
[ "$(grep -c 'trying from port' service1.log)" -le 6 ] ||
	fail 'it changes ports without a pause'
