#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# multicast.sh - programs find each other by multicast and by broadcast
#
#	A: joins a group, binds a port   <- - -   B: sends to the group
. "$(dirname "$0")/../lib/node.sh"
lan
talk=$(CDPATH='' cd -- "$lib/../programs" && pwd)/multicast.py

# A group is known to others after its announcement: say it until it is heard.
says() {
	run_b "$python" "$talk" say "$1" "$2" "$3"
	grep -q "^$3 $4\$" hear.log
}

# one GROUP PORT ADDRESS-OF-B
one() {
	step "$1"
	spawn hear 1 "$python" "$talk" hear "$1" "$2"
	wait_until 10 'A listens' grep -q ready hear.log
	wait_until 20 "A hears $1" says "$1" "$2" hello "$3"
	end "$pid"
}

one 239.255.77.1 7001 "$ADDR_B"
one ff15::77 7002 'f[cd].*'
one ff02::fb 7003 'f.*'
one broadcast 7004 "$ADDR_B"

step 'who has left hears no more'
spawn hear 1 "$python" "$talk" hear 239.255.77.2 7005
wait_until 10 'A listens' grep -q ready hear.log
run_b "$python" "$talk" say 239.255.77.1 7005 nobody
wait_until 20 'A hears its group' says 239.255.77.2 7005 last "$ADDR_B"
! grep -q nobody hear.log || fail 'A hears a group that it is not in'
end "$pid"
