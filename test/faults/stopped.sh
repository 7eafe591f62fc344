#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# stopped.sh - programs are stopped in the middle of a transfer, as by a debugger,
# go on, and have lost nothing; nobody else has noticed
#
#	B: faults.py numbers, check; innocent.py   <---->   A: the same
# ctest: full
. "$(dirname "$0")/../lib/node.sh"
here=$(CDPATH='' cd -- "$lib/../faults" && pwd)
. "$here/../lib/innocent.sh"
lan
start_innocent

since=0
is_later() {
	[ "$(now_ms)" -ge $((since + 2500)) ]
}

# stop PID: for 2.5 seconds, the default time-outs' first retries
stop() {
	kill -STOP "$1"
	since=$(now_ms)
	wait_until 5 'time passes' is_later
	kill -CONT "$1"
}

# transfer WHO: reader or writer is stopped
transfer() {
	step "$1 is stopped"
	spawn check 2 "$python" "$here/faults.py" check "$ADDR_B" 7005
	reader=$pid
	wait_until 10 'B listens' grep -q listening check.log
	spawn numbers 1 "$python" "$here/faults.py" numbers "$ADDR_B" 7005 \
		4000000
	writer=$pid
	wait_until 10 'it is under way' grep -q accepted check.log
	eval "stop \$$1"
	wait_gone 60 "$writer" 'who writes'
	wait_gone 60 "$reader" 'who reads'
	grep -q '^numbers 4000000 rest 0$' check.log ||
		fail "$(tail -n 1 check.log)"
	[ "$status" = 0 ] || fail "who reads ended with status $status"
}
transfer reader
transfer writer

step 'a server is stopped: clients come in, and are served when it goes on'
mkdir www
make_file www/file 1000000
spawn web 2 "$python" -m http.server --bind "$ADDR_B" -d www 8080
wait_answers 1 "$ADDR_B" 8080
kill -STOP "$pid"
member 1 curl -sS -f -m 20 -o got "http://$ADDR_B:8080/file" &
curl=$!
children="$children $curl"
since=$(now_ms)
wait_until 5 'time passes' is_later
is_alive "$curl" || fail 'curl has not waited'
kill -CONT "$pid"
wait_gone 20 "$curl" curl
[ "$status" = 0 ] || fail "curl ended with status $status"
same got www/file
end_innocent 500
