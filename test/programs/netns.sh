#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: timeout 300
#
# netns.sh - programs in a network namespace of their own, of every kind
#
#	A: run --via netns        B: run, preloaded; or --via netns
#	   kernel's TCP/IP, zt0  <---->  our own
#
# A's node is run by the command itself; B's by a service.
. "$(dirname "$0")/../lib/node.sh"
. "$(dirname "$0")/../lib/netns.sh"
need ping busybox ip
lan
stop_node 1
mkdir www
make_file www/big 20000000

step 'who it is, and what it has'
in_ns 1 ip -o address show dev zt0 >addr
for address in "$ADDR_A/24" "$ADDR6_A/88" "$PLANE_A/40"; do
	grep -q " $address " addr || fail "zt0 has no $address"
done
grep -q "node $(id_of 1)" ns.log || fail 'the node was not named'
grep -q "zt0 is on $nwid with .*$ADDR_A" ns.log || fail 'no address was named'
[ "$(in_ns 1 id -u)" = "$(id -u)" ] || fail 'the user is another one'
got=0
in_ns 1 sh -c 'exit 42' || got=$?
[ $got = 42 ] || fail "the status is $got, not 42"
got=0
in_ns 1 sh -c 'kill -KILL $$' || got=$?
[ $got = 137 ] || fail "the status is $got, not 137"
got=0
in_ns 1 ./no-such-program || got=$?
[ $got = 127 ] || fail "no such program: $got"
got=0
in_ns 1 ./www || got=$?
[ $got = 126 ] || fail "no program: $got"

step 'the host is not there'
[ "$(in_ns 1 ip -o link | wc -l)" -le 3 ] || fail 'other devices are there'
! in_ns 1 "$python" -c '
import socket, sys
socket.create_connection(("127.0.0.1", int(sys.argv[1])), 2)' "$(port_of 0)" \
	2>>err.log || fail 'the loopback of the host is reached'
in_ns 1 cat /etc/resolv.conf >resolv
grep -q '^# No network' resolv || fail 'resolv.conf is not its own'
[ -z "$(ls "${TMPDIR:-/tmp}"/tapless-resolv.* 2>/dev/null)" ] ||
	fail 'a temporary file was left'

step 'ping'
for address in "$ADDR_B" "$ADDR6_B" "$PLANE_B"; do
	in_ns 1 ping -n -c 2 -i 0.2 -W 5 "$address" >ping.log ||
		fail "no answer of $address"
done

step 'a static program'
spawn web 2 "$python" -m http.server --bind "$ADDR_B" -d www 8080
wait_answers 2 "$ADDR_B" 8080
in_ns 1 busybox wget -q -O got "http://$ADDR_B:8080/big"
same got www/big

step 'curl from the namespace'
in_ns 1 curl -sS -f -o got2 "http://$ADDR_B:8080/big"
same got2 www/big
grep -q "^$ADDR_A - " web.log || fail "requests did not come from $ADDR_A"
end "$pid"

step 'curl into the namespace, over each family'
spawn_ns web 1 -- "$python" -m http.server --bind :: -d www 80
for address in "$ADDR_A" "[$ADDR6_A]" "[$PLANE_A]"; do
	case $address in
	\[*) plain=${address#\[} plain=${plain%\]} ;;
	*) plain=$address ;;
	esac
	wait_answers 2 "$plain" 80
	run_b curl -sS -f -g -o got3 "http://$address/big"
	same got3 www/big
	rm got3
done
end "$pid"
[ "$status" = 143 ] || fail "SIGTERM gives status $status"

step 'signals reach the command'
# shellcheck disable=SC2016
spawn_ns trap 1 -- sh -c 'trap "echo one" USR1; trap "echo bye; exit 5" HUP
	echo ready
	while :; do sleep 0.1; done'
wait_said trap ready
kill -USR1 "$pid"
wait_said trap one
kill -HUP "$pid"
wait_gone 10 "$pid" trap
said trap bye || fail 'SIGHUP did not arrive'
[ "$status" = 5 ] || fail "the status is $status"

step 'it lasts as long as what the command leaves behind'
spawn_ns left 1 -- sh -c 'sleep 300 & echo $! ready'
wait_said left ready
is_alive "$pid" || fail 'it did not wait'
end "$pid"
[ "$status" = 0 ] || fail "the status is $status"

step 'who ignores SIGTERM is killed after a second one'
spawn_ns deaf 1 -- sh -c 'trap "echo will not" TERM; echo ready
	while :; do sleep 0.2; done'
wait_said deaf ready
kill -TERM "$pid"
wait_said deaf 'will not'
kill -TERM "$pid"
wait_gone 10 "$pid" 'the deaf one'
[ "$status" = 137 ] || fail "the status is $status"

step 'root inside'
[ "$("$tapless" run -D "$(home 1)" --via netns --root -- id -u \
	2>>ns.log)" = 0 ] || fail 'not root'
