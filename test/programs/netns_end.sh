#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: timeout 200
#
# netns_end.sh - nothing stays, whoever is killed
#
#	launcher -- agent -- sh -- sleep, and one that has left its session
. "$(dirname "$0")/../lib/node.sh"
. "$(dirname "$0")/../lib/netns.sh"
lan
stop_node 1

# The processes of the last spawn_ns: their numbers are in victim.log
start_victims() {
	# shellcheck disable=SC2016
	spawn_ns victim 1 -- sh -c 'echo pid $$; sleep 300 & echo pid $!
		setsid sh -c "echo pid \$\$; exec sleep 300" & sleep 0.1
		echo ready; wait'
	wait_said victim ready
	victims=$(sed -n 's/^pid //p' victim.log)
	[ "$(echo "$victims" | wc -l)" = 3 ] || fail 'not all have started'
	agent=$(ps -o pid= --ppid "$pid" | head -n 1 | tr -d ' ')
}

all_gone() {
	for victim in $victims $agent; do
		! is_alive "$victim" || return 1
	done
}

step 'the launcher is killed'
start_victims
kill -KILL "$pid"
wait "$pid" 2>/dev/null || true
wait_until 10 'all that was in the namespace ends' all_gone

step 'the home can be taken again at once'
in_ns 1 true || fail 'the home is still locked'

step 'the agent is killed'
start_victims
kill -KILL "$agent"
wait_gone 10 "$pid" 'the launcher'
[ "$status" = 137 ] || fail "status $status"
all_gone || fail 'something is left'

step 'both are killed; the command, at least, ends'
start_victims
kill -KILL "$pid" "$agent"
wait "$pid" 2>/dev/null || true
is_gone_first() {
	is_gone "$(echo "$victims" | head -n 1)"
}
wait_until 10 'the command ends' is_gone_first
for victim in $victims; do
	kill -KILL "$victim" 2>/dev/null || true
done
