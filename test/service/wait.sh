#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# wait.sh - `tapless wait` returns when it is so, and says why it is not
. "$(dirname "$0")/../lib/node.sh"

waits() {
	timeout -k 2 30 "$tapless" -D "$(home 1)" wait "$@"
}

# fails PATTERN OPTION...: with one line
fails() {
	pattern=$1
	shift
	status=0
	waits "$@" 2>err.log || status=$?
	[ $status = 1 ] || fail "wait $*: status $status"
	[ "$(wc -l <err.log)" = 1 ] || fail "wait $*: not one line"
	grep -q "$pattern" err.log || fail "wait $*: $(cat err.log)"
}

# later NAME OPTION...: in the background; ended NAME: well, within 10 s
later() {
	later_log=$1.log
	shift
	waits "$@" >"$later_log" 2>&1 &
	pid=$!
	children="$children $pid"
}
ended() {
	wait_gone 10 "$1" 'wait'
	[ "$status" = 0 ] || fail "wait ended with status $status"
}

step 'a service that does not run yet'
make_nodes 2
fails 'does not run' --timeout 0
later online
online=$pid
start_node 0
start_node 1
ended "$online"
waits --timeout 0

step 'a network'
make_network
fails 'has not been joined' --network "$nwid" --timeout 0
later ready --network="$nwid" --timeout=20
ready=$pid
"$tapless" join -D "$(home 1)" "$nwid" >/dev/null
denied() {
	waits --network "$nwid" --timeout 0 2>&1 | grep -q 'not authorised'
}
wait_until 10 'it says that it is not authorised' denied
is_alive "$ready" || fail 'it has not waited'
authorise 1
ended "$ready"
waits --network "$nwid" --timeout 0

step 'who gives up leaves nothing behind'
for _ in 1 2 3 4 5; do
	later gone --network 0123456789abcdef
	gone="${gone-} $pid"
done
for p in $gone; do
	kill -KILL "$p"
done
fails 'has not been joined' --network 0123456789abcdef --timeout 1

step 'wrong words'
for wrong in '--network 12' '--timeout x' '--timeout -1' '--network' \
	'--fast' '--timeout 99999999999'; do
	status=0
	# shellcheck disable=SC2086	# words
	waits $wrong 2>err.log || status=$?
	[ $status = 2 ] || fail "$wrong: status $status"
	[ "$(wc -l <err.log)" = 1 ] || fail "$wrong: not one line"
done

step 'the service ends'
later lost --network 0123456789abcdef --timeout 5
lost=$pid
stop_node 1
wait_gone 10 "$lost" 'wait'
[ "$status" = 1 ] || fail "without the service: status $status"
