#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# keeper_crash.sh - a worker that dies again and again: pauses grow, and what to
# do is said; one that cannot start ends the service, with its own status and
# its own words; signals end it in order, whatever it is doing
. "$(dirname "$0")/../lib/node.sh"
# shellcheck disable=SC2034	# node.sh looks at it
worker_may_die=yes
need curl
make_nodes 2
start_node 0

step 'each worker dies as soon as it is there'
worker=none
for i in 1 2 3 4 5; do
	wait_until 10 "there is worker $i" has_other_worker 0 "$worker"
	worker=$now_worker
	kill -KILL "$worker"
done
said() {
	[ "$(grep -c 'the worker was killed by signal 9' service0.log)" -ge 5 ]
}
wait_until 10 'all ends are told' said
for ms in 100 200 400 800; do
	grep -q "in a row; the next is started in $ms ms" service0.log ||
		fail "no pause of $ms ms: $(tail -n 3 service0.log)"
done
grep -q 'run it with --no-keeper under a debugger' service0.log ||
	fail 'it is not said what to do'

step 'the end in a pause is in order'
stop_node 0

# ends_with STATUS LINES WHAT OPTION...: of a service that cannot start
ends_with() {
	got=0
	want=$1
	lines=$2
	what=$3
	shift 3
	timeout 20 "$tapless" service "$@" >out.log 2>&1 </dev/null || got=$?
	[ "$got" = "$want" ] || fail "$what: status $got"
	[ "$(grep -c . out.log)" = "$lines" ] || fail "$what: $(cat out.log)"
}

step 'what cannot start says so once'
start_node 0
ends_with 1 1 'a home in use' -D "$(home 0)" -p 0
grep -q "in use by process $pid_0;" out.log || fail 'it names another process'
ends_with 2 1 'a wrong option' -D "$(home 1)" --nonsense
ends_with 2 1 'a wrong port' -D "$(home 1)" -p x
echo nonsense >"$(home 1)/identity.secret"
ends_with 1 1 'a wrong identity' -D "$(home 1)"
ends_with 1 1 'a worker without a keeper' --worker=0 -D "$(home 1)"
grep -q 'leave it away' out.log || fail 'it is not said what to do'

step 'variables stand for options'
for pair in TAPLESS_PORT=x TAPLESS_PORT=70000 TAPLESS_NO_KEEPER=yes \
	TAPLESS_NO_CONTROLLER=2 TAPLESS_VERBOSE=3; do
	got=0
	env "$pair" "$tapless" service -D "$(home 1)" >out.log 2>&1 || got=$?
	[ $got = 2 ] || fail "$pair: status $got"
	grep -q "^tapless: ${pair%%=*}" out.log || fail "$pair: $(cat out.log)"
done
stop_node 0
TAPLESS_HOME=$(home 0) TAPLESS_PORT=$(port_of 1) TAPLESS_NO_KEEPER=1 \
	TAPLESS_VERBOSE=1 TAPLESS_NO_CONTROLLER=1 \
	"$tapless" service >service0.log 2>&1 </dev/null &
pid_0=$!
children="$children $pid_0"
own_port=$(port_of 0)
port_0=$(port_of 1)
wait_until 10 'node 0 answers at the other port' serves 0
[ -z "$(worker_of 0)" ] || fail 'TAPLESS_NO_KEEPER=1, and there is a keeper'
[ -z "$(api 0 GET /controller 2>/dev/null)" ] || fail 'there is a controller'
stop_node 0
# shellcheck disable=SC2034 # read by node.sh
port_0=$own_port

step 'SIGINT ends it, also if it is sent to the whole group, twice'
start_node 0
# It may have gone by the keeper's word already.
kill -INT "$pid_0" "$(worker_of 0)" || true
kill -INT "$pid_0" 2>/dev/null || true
wait_gone 10 "$pid_0" 'node 0 after SIGINT'
[ "$status" = 0 ] || fail "status $status"
