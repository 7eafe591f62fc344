#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# keeper_restart.sh - the worker of a service is killed, twenty times, and
# programs notice nothing: listeners and UDP sockets go on within two seconds,
# IPv4 and IPv6, wildcard or not, on both sides, preloaded or launched
#
#	A (its worker dies): echo.py serve	<----	B: echo.py ask, a load
#	host: asks the one that is on both sides
#
# ctest: timeout 300
. "$(dirname "$0")/../lib/node.sh"
# shellcheck disable=SC2034	# node.sh looks at it
worker_may_die=yes
lan
rounds=20
echo_py=$lib/echo.py

has_lived() {
	[ "$(($(now_ms) - born))" -ge 3200 ]
}

step 'servers on A'
spawn plain 1 "$python" "$echo_py" serve "tcp:$ADDR_A:9001" "tcp::::9002" \
	"udp:$ADDR_A:9003" "udp::::9004" "tcp:$ADDR6_A:9008" "udp:$ADDR6_A:9009"
plain=$pid
"$tapless" run --listen both -D "$(home 1)" -- "$python" "$echo_py" serve \
	tcp:0.0.0.0:9005 >both.log 2>&1 </dev/null &
both=$!
children="$children $both"
asked="tcp:$ADDR_A:9001 tcp:$ADDR_A:9002 tcp:$ADDR6_A:9002 udp:$ADDR_A:9003
	udp:$ADDR_A:9004 udp:$ADDR6_A:9004 tcp:$ADDR_A:9005 tcp:$ADDR6_A:9008
	udp:$ADDR6_A:9009"
servers="plain both"
launched=
if timeout 20 "$tapless" run --via seccomp -D "$(home 1)" -- true 2>why.log; then
	"$tapless" run --via seccomp -D "$(home 1)" -- "$python" "$echo_py" \
		serve "tcp:$ADDR_A:9006" "udp:$ADDR_A:9007" >launched.log 2>&1 \
		</dev/null &
	launched=$!
	children="$children $launched"
	asked="$asked tcp:$ADDR_A:9006 udp:$ADDR_A:9007"
	servers="$servers launched"
else
	echo "NOTE: without --via seccomp: $(cat why.log)" >&2
fi
for log in $servers; do
	wait_until 10 "$log is ready" grep -q '^ready$' "$log.log"
done

step 'B asks them all the time'
mkfifo asks
# shellcheck disable=SC2086 # a list
"$tapless" run -D "$(home 2)" -- "$python" "$echo_py" ask $asked \
	>ask.log 2>&1 <asks &
asker=$!
children="$children $asker"
exec 9>asks
says=0
# The number of lines is looked at anew each time.
told() {
	[ "$(wc -l <ask.log)" -ge $says ]
}
all_answer() {
	says=$((says + 1))
	echo go >&9
	wait_until 15 'B says how it went' told
	line=$(sed -n "${says}p" ask.log)
	took=${line#all }
	[ "$line" != "$took" ] || fail "round $1: $line"
}
host_asks() {
	"$python" -c '
import socket
s = socket.create_connection(("127.0.0.1", 9005), 5)
s.settimeout(5)
s.sendall(b"host")
assert s.recv(10) == b"host"'
}
all_answer 0
host_asks || fail 'the host is not answered'
keeper=$pid_1
printf -- '-- keeper: RssAnon %s KiB, worker: %s KiB\n' \
	"$(awk '/^RssAnon:/ { print $2 }' "/proc/$keeper/status")" \
	"$(awk '/^RssAnon:/ { print $2 }' "/proc/$(worker_of 1)/status")"

step "$rounds times: the worker is killed"
worst=0
sum=0
slow=0
round=1
while [ $round -le $rounds ]; do
	worker=$(worker_of 1)
	born=$(now_ms)
	kill -KILL "$worker"
	all_answer $round
	has_other_worker 1 "$worker" || fail 'it was not the worker'
	host_asks || fail "round $round: the host is not answered"
	[ "$took" -le 2000 ] || slow=$((slow + 1))
	[ "$took" -le 5000 ] || fail "round $round took $took ms"
	sum=$((sum + took))
	[ "$took" -le "$worst" ] || worst=$took
	# So long that it is not taken for a crash at its start.
	wait_until 10 'the worker has lived for a while' has_lived
	round=$((round + 1))
done
step "all go on after $((sum / rounds)) ms in the mean, $worst at worst"
# Two seconds are what is asked for; other tests may run beside this one.
[ $slow -le 2 ] || fail "$slow rounds took more than two seconds"
is_alive "$keeper" || fail 'the keeper has ended'
"$tapless" status -D "$(home 1)" >status.txt
grep -q "restarted $rounds times" status.txt ||
	fail "status does not tell of $rounds restarts"

step 'the programs have not noticed'
for log in $servers; do
	[ "$(cat "$log.log")" = ready ] || fail "$log: $(head -n 3 "$log.log")"
done
exec 9>&-
wait_gone 5 "$asker" 'the load'
end "$plain"
cat plain.log
# Datagrams of both families wake one socket; what others took is for nothing.
useless=$(sed -n 's/^woken .* useless //p' plain.log)
woken=$(sed -n 's/^woken \([0-9]*\) .*/\1/p' plain.log)
[ "$((useless * 10))" -le "$woken" ] || fail "woken $useless times for nothing"

step 'what was closed is not kept'
entries_are() {
	kill -KILL "$(worker_of 1)"
	wait_until 10 'node 1 answers' serves 1
	grep 'took over' service1.log | tail -n 1 |
		grep -q "took over $1 listeners and $2 UDP sockets"
}
if [ -n "$launched" ]; then
	entries_are 2 1 || fail "$(tail -n 3 service1.log)"
else
	entries_are 1 0 || fail "$(tail -n 3 service1.log)"
fi

step 'the keeper is killed: everything ends'
worker=$(worker_of 1)
kill_node 1
wait_until 5 'the worker ends with its keeper' is_gone "$worker"
wait_until 5 'the listener is told' grep -q '^error' both.log
step 'and a new one starts at once, each time'
for i in 1 2 3 4 5; do
	"$tapless" service -D "$(home 1)" >>service1.log 2>&1 </dev/null &
	pid_1=$!
	children="$children $pid_1"
	wait_until 10 "node 1 answers, start $i" serves 1
	kill -KILL $pid_1
done
! grep 'in use by' service1.log || fail 'the home was held'
