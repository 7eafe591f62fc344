#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: serial
#
# never_accepts.sh - a listener that nobody accepts from: what does not fit into
# its queue is not connected, costs little, and is nobody else's trouble
#
#	B: faults.py sleeper; innocent.py   <---->   A: faults.py knock; innocent.py
. "$(dirname "$0")/../lib/node.sh"
here=$(CDPATH='' cd -- "$lib/../faults" && pwd)
. "$here/../lib/innocent.sh"
lan
spawn sleeper 2 "$python" "$here/faults.py" sleeper "$ADDR_B" 7003
sleeper=$pid
wait_until 10 'B listens' grep -q listening sleeper.log
start_innocent
before="$(anon_kib 1) $(anon_kib 2)"
for round in 1 2 3; do
	spawn knock$round 1 "$python" "$here/faults.py" knock "$ADDR_B" 7003 500
	eval "knock_$round=$pid"
done
for round in 1 2 3; do
	wait_until 30 'all have knocked' grep -q '^connected' knock$round.log
done
connected=$(cat knock?.log | awk '/^connected/ { n += $2 } END { print n }')
step "backlog 5: $connected of 1500 connects are through"
# As many again wait in the service: doc/descriptors.md, Limits.
[ "$connected" -ge 5 ] || fail 'not even the backlog is'
[ "$connected" -le 20 ] || fail 'the backlog is no limit'
n=0
for kib in $before; do
	n=$((n + 1))
	grown=$(($(anon_kib $n) - kib))
	step "node $n: $grown KiB more"
	[ "$grown" -le 16384 ] || fail 'it has grown too much'
done

step 'it dies: those that were through are told'
kill -KILL "$sleeper"
for round in 1 2 3; do
	eval "kill -KILL \$knock_$round"
done
end_innocent 500
