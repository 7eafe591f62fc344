#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# disk_full.sh - a member whose disk is full refuses what it could not keep, goes
# on with what it has, and after kills, too
#
#	node 0: root and controller
#	node 1: a member, home on a file system of 2 MB
# shellcheck source=test/lib/node.sh
. "$(dirname "$0")/../lib/node.sh"
need curl mount
make_nodes 2
home_on_disk 1 2m

# refused WORD...: the command fails and says why
refused() {
	! "$tapless" "$1" -D "$(home 1)" "$2" ${3+"$3"} >out 2>&1 ||
		fail "$*: it is done"
	grep -q 'cannot keep .*No space left' out || fail "$*: $(cat out)"
}

start_node 0
start_node 1
wait_until 20 'node 1 is online' is_online 1
make_network
join 1
"$tapless" set -D "$(home 1)" "$nwid" allowGlobal=1 >/dev/null

step 'full to the last byte'
cat /dev/zero >disk/filler 2>/dev/null || true
other=0123456789abcdef
refused join "$other"
refused set "$nwid" allowDNS=1
[ "$("$tapless" get -D "$(home 1)" "$nwid" allowDNS)" = 0 ] ||
	fail 'a setting that is not kept has been made'
! "$tapless" listnetworks -D "$(home 1)" | grep -q "$other" ||
	fail 'a network that is not kept has been joined'
has_address 1 || fail 'the network that was there has gone'

step 'killed, and started again there'
kill_node 1
start_node 1
wait_until 20 'the network is there' has_address 1
[ "$("$tapless" get -D "$(home 1)" "$nwid" allowGlobal)" = 1 ] ||
	fail 'a setting has been lost'

step 'there is room again'
rm disk/filler
"$tapless" join -D "$(home 1)" "$other" >out || fail "join: $(cat out)"
"$tapless" set -D "$(home 1)" "$nwid" allowDNS=1 >out || fail "set: $(cat out)"
kill_node 1
start_node 1
"$tapless" listnetworks -D "$(home 1)" | grep -q "$other" ||
	fail 'a network that was joined has been forgotten'
[ "$("$tapless" get -D "$(home 1)" "$nwid" allowDNS)" = 1 ] ||
	fail 'a setting has been forgotten'
