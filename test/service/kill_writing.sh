#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# kill_writing.sh - a service that is killed at any moment leaves whole files
# behind, and what the controller has acknowledged it still knows
#
#	node 0: root and controller, killed while it stores
#	node 1: killed at every moment of its first start, and of a join
. "$(dirname "$0")/../lib/node.sh"
need curl ss
make_nodes 2

# Every file of a home is either not there or all there.
check_home() {
	dir=$(home "$1")
	[ ! -e "$dir/identity.secret" ] ||
		"$tapless" id validate "$dir/identity.secret" >>id.log ||
		fail "torn: identity.secret, $2"
	[ ! -e "$dir/identity.public" ] ||
		"$tapless" id validate "$dir/identity.public" >>id.log ||
		fail "torn: identity.public, $2"
	for name in authtoken.secret metricstoken.secret; do
		[ ! -e "$dir/$name" ] || [ "$(wc -c <"$dir/$name")" = 24 ] ||
			fail "torn: $name, $2"
	done
	[ ! -e "$dir/zerotier-one.port" ] ||
		[ "$(cat "$dir/zerotier-one.port")" = "$(port_of "$1")" ] ||
		fail "torn: zerotier-one.port, $2"
	[ ! -e "$dir/planet" ] || cmp -s planet "$dir/planet" ||
		fail "changed: planet, $2"
	[ ! -e "$dir/controller.db" ] || "$python" - \
		"$dir/controller.db" <<-'END' || fail "torn store, $2"
		import sqlite3, sys
		for (line,) in sqlite3.connect(sys.argv[1]).execute(
		        "PRAGMA integrity_check"):
		    assert line == "ok", line
	END
}

appeared() {
	[ -e "$(home 1)/$1" ] || ! is_alive "$pid_1"
}

step 'a first start, killed as each file appears'
rm "$(home 1)/identity.secret" "$(home 1)/identity.public"
for name in networks.d identity.secret identity.public authtoken.secret \
	metricstoken.secret session.secret tapless.endpoint zerotier-one.port; do
	"$tapless" service -D "$(home 1)" >>service1.log 2>&1 &
	pid_1=$!
	until appeared $name; do :; done
	is_alive $pid_1 || fail "the service ended before it made $name"
	kill_node 1
	check_home 1 "killed at $name"
done
identity=$(cat "$(home 1)/identity.secret")

step 'killed in a join, a dozen times'
start_node 0
make_network
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	start_node 1
	[ $i -gt 1 ] || "$tapless" join -D "$(home 1)" "$nwid" >/dev/null
	[ $i -gt 1 ] || authorise 1
	tries=0
	# Later from time to time, up to the moment when all is in place.
	until [ $tries -ge $i ] || has_address 1 2>/dev/null; do
		tries=$((tries + 1))
	done
	kill_node 1
	check_home 1 "in join $i"
done
start_node 1
wait_until 10 'node 1 has its address' has_address 1
[ "$(cat "$(home 1)/identity.secret")" = "$identity" ] ||
	fail 'the identity has changed'
! grep -E 'err:|warn:' service1.log || fail 'the service complained'

step 'the controller, killed while it stores'
: >acknowledged
member=0
for round in 1 2 3 4 5; do
	(
		i=0
		while [ $i -lt 400 ]; do
			i=$((i + 1))
			id=$(printf '%010x' $((round * 1000 + i + 1099511000)))
			api 0 POST "/controller/network/$nwid/member/$id" \
				'{"authorized":true}' >/dev/null 2>&1 || exit 0
			echo "$id" >>acknowledged
		done
	) &
	writer=$!
	enough=$((member + 5 * round))
	until [ "$(wc -l <acknowledged)" -gt $enough ]; do
		is_alive $writer || fail 'nothing was acknowledged'
	done
	kill_node 0
	wait $writer
	check_home 0 "round $round"
	member=$(wc -l <acknowledged)
	start_node 0
done
api 0 GET "/controller/network/$nwid/member" >members
while read -r id; do
	grep -q "\"$id\"" members || fail "member $id was acknowledged and is gone"
done <acknowledged
step "all of $member acknowledged members are there"
api 0 GET "/controller/network/$nwid" | grep -q "$nwid" ||
	fail 'the network is gone'
