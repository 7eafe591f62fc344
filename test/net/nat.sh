#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: timeout 120
#
# nat.sh - two members behind NATs of a kernel: they find the direct path, or say
# why there is none
#
# The hosts are drawn in test/lib/portmap.sh; nobody maps ports here.
. "$(dirname -- "$0")/../lib/node.sh"
. "$(dirname -- "$0")/../lib/portmap.sh"
lay_out
make_homes
# The root has a second port, so that it can see what a NAT makes of two.
echo '{ "settings": { "secondaryPort": 9994, "portMappingEnabled": false } }' \
	>"$(home 0)/local.conf"
rm planet
"${real_tapless:?}" world planet --out planet --root \
	"$(cat "$(home 0)/identity.public")=81.2.3.1/9993,81.2.3.1/9994" \
	>>"$work/id.log"
for n in 0 1 2; do
	cp planet "$(home $n)/planet"
done
for n in 1 2; do
	echo '{ "settings": { "portMappingEnabled": false } }' \
		>"$(home $n)/local.conf"
done

has_no_device() {
	! ip link show "v-$1-wan" && ! ip link show "v-$1-lan"
}

# Another one, which knows no connection of the one before.
new_router_b() {
	ip netns del rb
	wait_until 10 'the router is gone' has_no_device rb
	add_router rb 3 192.168.8 ''
	on b ip neigh flush all
	on root ip neigh flush all
	on ra ip neigh flush all
}

# set_nat ROUTER HOW: how it chooses ports
set_nat() {
	on "$1" nft -f - <<-END
		flush chain inet filter postrouting
		flush chain inet filter input
		add rule inet filter postrouting oifname wan masquerade $2
		add rule inet filter input iifname wan meta l4proto udp drop
	END
}

# peer_of NODE KEY: what node says of the other one
peer_of() {
	"$tapless" -j peers -D "$(home "$1")" | "$python" -c '
import json, sys
for peer in json.load(sys.stdin):
    if peer["address"] == sys.argv[1]:
        print(peer[sys.argv[2]])' "$(id_of $((3 - $1)))" "$2"
}

both_direct() {
	speak
	[ "$(peer_of 1 link):$(peer_of 2 link)" = direct:direct ]
}

says_why() {
	speak
	[ "$(peer_of 2 link)" = relayed ] && peer_of 2 why | grep -q "$1"
}

start_members() {
	start_node 1
	start_node 2
	wait_until 20 'the members have the network' have_network
}

have_network() {
	for n in 1 2; do
		api "$n" GET "/network/$nwid" | grep -q '"status": *"OK"' ||
			return 1
	done
}

start_node 0
make_network
start_node 1
start_node 2
join 1
join 2
name_addresses
stop_node 1
stop_node 2

step 'each keeps its ports, and lets in answers only'
set_nat ra ''
set_nat rb ''
start_members
before=$(now_ms)
wait_until 20 'they have a direct path' both_direct
step "direct after $(($(now_ms) - before)) ms (a single timing)"
case $(peer_of 2 why) in
81.2.3.2/*' answers'*) ;;
*) fail "why: $(peer_of 2 why)" ;;
esac
stop_node 1
stop_node 2

step 'one draws a port for each remote endpoint'
new_router_b
set_nat rb fully-random
start_members
wait_until 30 'it says why' says_why 'NAT is symmetric'
step "$(peer_of 2 why)"
api 2 GET /status | grep -q '"nat": *"random"' ||
	fail 'it does not know its NAT'
[ "$(peer_of 2 link)" = relayed ] || fail 'that cannot be'
