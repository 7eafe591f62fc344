#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: full
# ctest: serial
#
# first_echo.sh - from the start of a member's service to the first echo of
# another one: identity there, member authorised
#
#	B: service, ping   ---->   A: service, running
#
# Cold, B has nothing but its identity, the planet and the network's number; warm,
# what it has kept of configuration and peers.
. "$(dirname "$0")/../lib/node.sh"
rounds=5
lan

# A controller answers a member once a second.
stopped=0
is_answered_again() {
	[ "$(now_ms)" -gt $((stopped + 1100)) ]
}

# Starts B, and asks as soon as it may; prints ms. The start of three programs
# is in it.
first_echo() {
	wait_until 5 'a second has passed' is_answered_again
	began=$(now_ms)
	"$tapless" service -D "$(home 2)" >>service2.log 2>&1 </dev/null &
	pid_2=$!
	children="$children $pid_2"
	"$tapless" -D "$(home 2)" wait --network "$nwid" --timeout 20 ||
		fail 'B has no network'
	"$tapless" -D "$(home 2)" ping -c 1 "$ADDR_A" >>ping.log ||
		fail "A does not answer: $(tail -n 3 ping.log)"
	echo "$1 $(($(now_ms) - began))" >>results
	stop_node 2
	stopped=$(now_ms)
}

median() {
	sed -n "s/^$1 //p" results | sort -n | sed -n "$(((rounds + 1) / 2))p"
}

stop_node 2
stopped=$(now_ms)
round=0
while [ $round -lt $rounds ]; do
	round=$((round + 1))
	rm -rf "$(home 2)/peers.d"
	: >"$(home 2)/networks.d/$nwid.conf"
	first_echo cold
	first_echo warm
done
step "cold $(median cold) ms, warm $(median warm) ms"
[ "$(median cold)" -le 1000 ] || fail "cold: $(cat results)"
[ "$(median warm)" -le 200 ] || fail "warm: $(cat results)"
