#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# streams.sh - started without standard input, output or messages: nothing else
# takes their place, neither in subcommands and services nor for programs
#
#	node 0: root and controller     node 1: started with 0, 1 and 2 closed
#
# shellcheck source=test/lib/node.sh
. "$(dirname "$0")/../lib/node.sh"

# Of PID: what the three lead to, a line each
standard_files() {
	for fd in 0 1 2; do
		readlink "/proc/$1/fd/$fd"
	done
}

# all_null PID WHO
all_null() {
	standard_files "$1" >files
	[ "$(paste -s -d ' ' files)" = '/dev/null /dev/null /dev/null' ] ||
		fail "descriptors 0 to 2 of the $2 are: $(paste -s -d ' ' files)"
}

make_nodes 2
start_node 0
"$tapless" service -D "$(home 1)" <&- >&- 2>&- &
export pid_1=$!
children="$children $pid_1"
wait_until 20 'the service without files answers' serves 1
step 'the keeper and its worker have /dev/null there'
all_null "$(pid_of 1)" keeper
all_null "$(worker_of 1)" worker

step 'what cannot be written is a failure'
for args in info 'pcap -w - -c 1' listpeers; do
	got=0
	# shellcheck disable=SC2086 # a list of words
	timeout 10 "$tapless" $args -D "$(home 1)" >&- 2>err || got=$?
	[ $got = 1 ] || fail "$args without an output gives $got"
	grep -q 'cannot write to standard output' err || fail "$args: $(cat err)"
done

step 'a program gets its files as it would without us'
cat >look.sh <<-'END'
	exec 9>seen
	for fd in 0 1 2; do
		[ ! -e /proc/self/fd/$fd ] || echo "$fd is there" >&9
	done
	echo end >&9
END
for via in preload seccomp; do
	rm -f seen
	"$tapless" run --via $via -D "$(home 1)" -- /bin/sh look.sh \
		<&- >&- 2>&- || fail "run --via $via gives $?"
	[ "$(cat seen)" = end ] || fail "via $via: $(paste -s -d ' ' seen)"
done

step 'a capture of before is kept if there is no service to make another'
stop_node 1
echo precious >capture
! "$tapless" pcap -D "$(home 1)" -w capture 2>err || fail 'pcap, of nothing'
[ "$(cat capture)" = precious ] || fail 'the capture of before is gone'
