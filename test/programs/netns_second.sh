#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: timeout 300
#
# netns_second.sh - namespaces beside a service that runs, and beside each other
#
#	node 1's service    node1/ns/default: zt0    node1/ns/other: zt0
#	        \___________________|____________________/
. "$(dirname "$0")/../lib/node.sh"
. "$(dirname "$0")/../lib/netns.sh"
need ping ip
lan

step 'a node of its own, which has to be authorised'
spawn_ns one 1 -- sh -c 'ip -o -4 addr show dev zt0; echo up; cat >/dev/null;
	exec sleep 300'
one=$pid
wait_said one 'waiting for authorisation'
id=$(second_id 1)
said one "waiting for authorisation on $nwid: node $id" ||
	fail 'it does not say which node waits'
[ "$id" != "$(id_of 1)" ] || fail 'two nodes have one identity'
! said one up || fail 'the command runs before its network'
admit "$id"
wait_said one up
ADDR_ONE=$(sed -n 's/.* inet \([0-9.]*\).*/\1/p' one.log)
on_node 2 ping -V >/dev/null
run_b "$python" -c '
import socket, sys
s = socket.create_connection((sys.argv[1], 9), 5)' "$ADDR_ONE" 2>err.log ||
	grep -q 'refused' err.log || fail "B does not reach $ADDR_ONE"

step 'the name is taken'
got=0
"$tapless" run -D "$(home 1)" --via netns -- true 2>busy.err || got=$?
[ $got = 1 ] || fail "status $got"
grep -q -e '--name' busy.err || fail 'no advice is given'

step 'another name, and the two reach each other'
spawn_ns two 1 --name other -- ping -n -c 3 -i 0.2 -W 5 "$ADDR_ONE"
wait_said two 'waiting for authorisation'
admit "$(second_id 1 other)"
wait_gone 20 "$pid" 'the second one'
[ "$status" = 0 ] || fail "no answer of $ADDR_ONE: $status"
end "$one"

step 'the identity stays'
spawn_ns again 1 -- true
wait_gone 20 "$pid" 'the first one again'
[ "$status" = 0 ] || fail "status $status"
[ "$(second_id 1)" = "$id" ] || fail 'it has a new identity'

step 'one network of its choice; who waits in vain is told so'
api 0 POST "/controller/network/$(id_of 0)______" \
	'{ "name": "other", "private": true }' | json_field nwid >second
got=0
"$tapless" run -D "$(home 1)" --via netns --network "$(cat second)" --wait 2 \
	-- true 2>vain.err || got=$?
[ $got = 1 ] || fail "status $got"
grep -q "waiting for authorisation on $(cat second)" vain.err ||
	fail 'the network is not named'
grep -q "no network was ready within 2 s.*$id" vain.err ||
	fail 'no advice is given'

step 'service of the home is as it was'
[ "$("$tapless" get -D "$(home 1)" "$nwid" status)" = OK ] ||
	fail 'the service has suffered'
