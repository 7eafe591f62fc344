#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# keeper_notify.sh - what a service manager is told, by whom and when; a worker
# whose loop stands still is killed in time; without a watchdog nobody wakes up
#
#	notify.py (the manager)  <---- keeper <---- worker
. "$(dirname "$0")/../lib/node.sh"
# shellcheck disable=SC2034	# node.sh looks at it
worker_may_die=yes
need curl
make_nodes 2
start_node 0

# manager NAME
manager() {
	"$python" "$lib/notify.py" "$1" >notify.log 2>&1 &
	manager=$!
	children="$children $manager"
	wait_until 10 'the manager is there' grep -q bound notify.log
}
# told PATTERN: by the process that was started, since the last cut
told() {
	grep -qE "^$(pid_of 1) [0-9]+ $1\$" notify.log
}
wait_told() {
	wait_until 10 "the manager is told $1" told "$1"
}
cut() {
	: >notify.log
}
count() {
	grep -c "$1" notify.log || true
}

step 'an abstract name, with a watchdog of two seconds'
manager "@tapless-test-$$"
NOTIFY_SOCKET=@tapless-test-$$ WATCHDOG_USEC=2000000
export NOTIFY_SOCKET WATCHDOG_USEC
start_node 1
wait_told READY=1
wait_told 'STATUS=(online|offline); 0 of 0 networks up.*'
wait_told 'STATUS=online; 0 of 0 networks up'
wait_told WATCHDOG=1
beats() {
	[ "$(count WATCHDOG=1)" -ge 4 ]
}
wait_until 10 'beats come' beats
[ "$(awk '/WATCHDOG=1/ { if (last && $2 - last > 1600) n++; last = $2 }
	END { print n + 0 }' notify.log)" = 0 ] || fail 'a beat came late'
[ "$(awk -v pid="$(pid_of 1)" '$1 != pid && !/bound/' notify.log)" = '' ] ||
	fail 'others speak to the manager'

step 'it is started again'
cut
kill -USR2 "$(pid_of 1)"
wait_told READY=1
[ "$(count RELOADING=1)" = 1 ] || fail 'it is not said that it is reloading'
told 'MONOTONIC_USEC=[0-9]+' || fail 'nor when'

step 'a loop that stands still'
cut
worker=$(worker_of 1)
kill -STOP "$worker"
before=$(now_ms)
wait_until 10 'the worker is killed' is_gone "$worker"
took=$(($(now_ms) - before))
[ "$took" -lt 2000 ] || fail "that took $took ms: the manager would have killed"
wait_told READY=1
grep -q 'its loop stands still' service1.log || fail 'it is not said why'
[ "$(awk '/WATCHDOG=1/ { if (last && $2 - last > 2000) n++; last = $2 }
	END { print n + 0 }' notify.log)" = 0 ] || fail 'the manager waited too long'
serves 1 >/dev/null || fail 'it does not serve'

step 'a crash is told'
cut
kill -KILL "$(worker_of 1)"
wait_told 'STATUS=the worker was killed by signal 9, Killed'
wait_told READY=1

step 'the end'
cut
stop_node 1
wait_told STOPPING=1
kill "$manager"

step 'a path, and no watchdog: the keeper sleeps'
unset WATCHDOG_USEC
manager "$work/notify"
NOTIFY_SOCKET=$work/notify
start_node 1
wait_told READY=1
wait_until 20 'node 1 is online' is_online 1
switches() {
	awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$(pid_of 1)/status"
}
before=$(switches)
later=$(($(now_ms) + 3000))
is_later() {
	[ "$(now_ms)" -ge $later ]
}
wait_until 5 'three seconds pass' is_later
[ "$(switches)" = "$before" ] ||
	fail "the keeper woke up $(($(switches) - before)) times"
[ "$(count WATCHDOG)" = 0 ] || fail 'beats that nobody asked for'
stop_node 1

step 'without a keeper'
cut
WATCHDOG_USEC=1000000
export WATCHDOG_USEC
start_node 1 --no-keeper
wait_told READY=1
wait_told WATCHDOG=1
stop_node 1
wait_told STOPPING=1
