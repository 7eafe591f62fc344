#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# controller_kill.sh - a controller that is killed in the middle of 1,000 changes
# has lost none that it acknowledged, and none is there by halves
#
#	node 0: root and controller  <--- 1,000 connections, a change on its way on each
#	node 1: a controller without networks
#
# A few times; controller_kill_long.sh does fifty. The moment goes from before the
# first commit to after the last. Each time the database is looked at as it was
# left, and it is killed again while it starts, or ends, with that before it.
. "$(dirname "$0")/../lib/node.sh"
need curl
make_nodes 2
rounds=${kill_rounds:-5}
token="$(home 0)/authtoken.secret"

flood() {
	timeout 120 "$python" -B "$lib/flood.py" "$@" >flood.log 2>&1 ||
		fail "round ${round-}: $(cat flood.log)"
}

# moment ROUND: five kinds, each a little different every time
moment() {
	case $(($1 % 5)) in
	1) echo "sent:$(($1 / 5 % 4 * 3))" ;;
	2) echo "acked:$(($1 * 29 % 500 + 1))" ;;
	3) echo "sent:$((10 + $1 * 13 % 200))" ;;
	4) echo "acked:$((1000 + $1 * 67 % 1500))" ;;
	0) echo 'done' ;;
	esac
}

# launch N: without waiting for it; sets pid
launch() {
	"$tapless" service -D "$(home "$1")" >>"service$1.log" 2>&1 </dev/null &
	pid=$!
	children="$children $pid"
}

gone() {
	wait "$1" 2>/dev/null || true
}

# Signal 0 only looks whether it is there.
kill_while_it_starts() {
	launch 0
	flood end 0 $((round * 17 % 120)) $pid
	gone $pid
	flood whole "$(home 0)/controller.db"
}

# The log goes into the database then.
kill_while_it_ends() {
	start_node 0
	flood end 15 $((round * 3 % 40)) "$(pid_of 0)"
	gone "$(pid_of 0)"
	flood whole "$(home 0)/controller.db"
}

start_node 0
make_network
round=0
while [ "$round" -lt "$rounds" ]; do
	round=$((round + 1))
	flood run "$(port_of 0)" "$token" "$nwid" state "$(moment $round)" \
		"$(pid_of 0)"
	gone "$(pid_of 0)"
	echo "round $round, $(cat flood.log)"
	flood whole "$(home 0)/controller.db"
	kill_while_it_starts
	[ $((round % 2)) = 0 ] || kill_while_it_ends
	start_node 0
	flood check "$(port_of 0)" "$token" "$nwid" state
done
stop_node 0
flood whole "$(home 0)/controller.db"

step 'killed while the database is made'
round=0
while [ "$round" -lt "$rounds" ]; do
	round=$((round + 1))
	rm -f "$(home 1)"/controller.db*
	start_node 1
	flood first "$(port_of 1)" "$(home 1)/authtoken.secret" \
		$((round * 1300 % 23000)) "$(pid_of 1)"
	gone "$(pid_of 1)"
	made=$(cat flood.log)
	start_node 1
	api 1 GET /controller/network >networks
	[ "$made" = none ] || [ "$(cat networks)" = "[\"$made\"]" ] ||
		fail "$made was acknowledged, there is $(cat networks)"
	[ "$(cat networks)" = '[]' ] || api 1 GET "$(sed \
		's,\["\(.*\)"\],/controller/network/\1,' networks)" |
		grep -q '"name":"change 5"' || fail 'it is not what was sent'
	echo "round $round, acknowledged: $made, there: $(cat networks)"
	kill_node 1
done
