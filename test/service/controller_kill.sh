#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# controller_kill.sh - a controller that is killed in the middle of 1,000 changes
# has lost none that it acknowledged, and none is torn
#
#	node 0: root and controller  <--- 100 clients, ten changes each
#
# Three times, each a little later; controller_kill_long.sh does fifty.
. "$(dirname "$0")/../lib/node.sh"
need curl
make_nodes 1
rounds=${kill_rounds:-3}
token="$(home 0)/authtoken.secret"

writers() {
	"$python" -B "$lib/writers.py" "$@"
}

has_lines() {
	[ "$(wc -l <acknowledged)" -ge "$1" ] || ! is_alive "$writer"
}

start_node 0
make_network
: >acknowledged
round=0
while [ "$round" -lt "$rounds" ]; do
	round=$((round + 1))
	before=$(wc -l <acknowledged)
	writers write "$(port_of 0)" "$token" "$nwid" "$round" acknowledged \
		>writers.log 2>&1 &
	writer=$!
	children="$children $writer"
	deadline=$(($(now_ms) + 20000))
	until has_lines $((before + 1 + round * 37 % 700)); do
		[ "$(now_ms)" -lt $deadline ] || fail 'nothing is acknowledged'
	done
	kill_node 0
	wait $writer || fail "round $round: $(cat writers.log)"
	[ "$(wc -l <acknowledged)" -gt "$before" ] ||
		fail 'nothing was acknowledged'
	start_node 0
	writers check "$(port_of 0)" "$token" "$nwid" acknowledged >check.log 2>&1 ||
		fail "round $round: $(cat check.log)"
done
step "$(wc -l <acknowledged) changes in $rounds rounds"

step 'the database is whole'
stop_node 0
"$python" - "$(home 0)/controller.db" <<-'END' || fail 'it is not'
	import sqlite3, sys
	for (line,) in sqlite3.connect(sys.argv[1]).execute(
	        "PRAGMA integrity_check"):
	    assert line == "ok", line
END
