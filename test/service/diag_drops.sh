#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# diag_drops.sh - tapless drops: counts with advice, and what grows
#
#	anybody --- nonsense over UDP and HTTP --->   node 0
. "$(dirname "$0")/../lib/node.sh"
need curl
make_nodes 1
start_node 0

t() {
	"$tapless" -D "$(home 0)" "$@"
}

# nonsense COUNT: datagrams that are no packets
nonsense() {
	"$python" - "$(port_of 0)" "$1" <<-'END'
		import socket, sys
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		for _ in range(int(sys.argv[2])):
		    s.sendto(b"x", ("127.0.0.1", int(sys.argv[1])))
	END
}

# count NAME: as the JSON has it
count() {
	t -j drops -a | "$python" -c '
import json, sys
rows = {r["name"]: r for r in json.load(sys.stdin)}
print(rows[sys.argv[1]]["count"])' "$1"
}

is_count() {
	[ "$(count "$1")" = "$2" ]
}

step 'nothing, and all that there could be'
[ "$(t drops)" = 'nothing was dropped' ] || fail 'something was dropped'
[ "$(t -j drops | tr -d ' \n')" = '[]' ] || fail 'something was dropped: JSON'
t drops -a >all.txt
[ "$(wc -l <all.txt)" -ge 100 ] || fail 'rows are missing'
grep -q '^         0  BAD_MAC  *authentication failed$' all.txt || fail 'a row'
grep -q '^            A packet was not authentic: ' all.txt || fail 'advice'
grep -q '^         0  HTTP_REFUSED ' all.txt || fail 'rows of HTTP'
t -j drops -a | "$python" -c '
import json, sys
rows = json.load(sys.stdin)
assert len({r["name"] for r in rows}) == len(rows) > 50
for r in rows:
    assert r["count"] == 0 and r["text"] and r["advice"].endswith(".")
assert {r["where"] for r in rows} == {"engine", "wire", "sockets", "http"}
' || fail 'the JSON of all rows'

step 'what happens is counted, and shown alone'
nonsense 3
wait_until 5 'three are counted' is_count TOO_SHORT 3
! curl -sSf --noproxy '*' "http://127.0.0.1:$(port_of 0)/status" 2>/dev/null ||
	fail 'status without a token'
wait_until 5 'the refusal is counted' is_count HTTP_REFUSED 1
t drops >some.txt
[ "$(wc -l <some.txt)" = 4 ] || fail 'two rows of two lines were to come'
grep -q '^         3  TOO_SHORT  *datagram too short$' some.txt || fail 'its row'

step 'watched'
"$tapless" -D "$(home 0)" drops --watch >watch.txt 2>&1 &
watcher=$!
children="$children $watcher"
"$tapless" -D "$(home 0)" -j drops --watch >watch.json 2>&1 &
other=$!
children="$children $other"
# watches for at least as long as nonsense is heard of
grown() {
	nonsense 1
	grep -q ' TOO_SHORT +' watch.txt && grep -q '"TOO_SHORT"' watch.json
}
wait_until 10 'the watchers tell' grown
sum_of() {
	sed -n 's/.* TOO_SHORT +\([0-9]*\) = \([0-9]*\):.*/\1 \2/p' watch.txt
}
last_is() {
	[ "$(sum_of | tail -n 1 | cut -d ' ' -f 2)" = "$(count TOO_SHORT)" ]
}
wait_until 10 'the last count is told' last_is
grep -qE '^[0-9]{2}:[0-9]{2}:[0-9]{2} TOO_SHORT \+[0-9]+ = [0-9]+: datagram too short$' watch.txt ||
	fail 'the form of a line'
! grep -q HTTP_REFUSED watch.txt || fail 'what does not grow is told'
sum_of | awk '{ if (had && had + $1 != $2) exit 1; had = $2 }' ||
	fail 'growth and counts do not agree'
lines=$(wc -l <watch.txt)
is_loud() {
	nonsense 50
	[ "$(count TOO_SHORT)" -gt 400 ]
}
began=$(now_ms)
wait_until 10 'hundreds more' is_loud
wait_until 10 'the last count is told' last_is
[ $(($(wc -l <watch.txt) - lines)) -le $((($(now_ms) - began) / 1000 + 2)) ] ||
	fail 'more than one line a second'
kill -INT $watcher $other
wait_gone 5 $watcher 'a watcher after SIGINT'
[ "$status" = 0 ] || fail "status $status after SIGINT"
wait_gone 5 $other 'the other one'
head -n 1 watch.json | "$python" -c '
import json, sys
o = json.loads(sys.stdin.readline())
assert o["grown"] >= 1 and o["advice"]' || fail 'a line of JSON'

step 'a watcher whose service ends'
"$tapless" -D "$(home 0)" drops --watch >ended.txt 2>&1 &
watcher=$!
children="$children $watcher"
is_watching() {
	nonsense 1
	[ -s ended.txt ]
}
wait_until 10 'it watches' is_watching
stop_node 0
wait_gone 5 $watcher 'the watcher'
[ "$status" = 1 ] || fail "status $status without a service"
tail -n 1 ended.txt | grep -q '^tapless: drops: the service has ended' ||
	fail 'it does not say why'
