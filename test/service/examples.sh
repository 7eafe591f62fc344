#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# examples.sh - the example programs, on a network of ours
#
#	node 1 "A": tcp_client, udp, libuv   ---->   node 2 "B": tcp_server, udp
#	                                     ---->   node 3, in epoll's process
#	nodes 4 and 5, in one process
#
# ctest: timeout 180
# shellcheck source=test/lib/node.sh
. "$(dirname "$0")/../lib/node.sh"

examples=$TAPLESS_BUILD/examples
for name in tcp_client tcp_server udp epoll libuv two_nodes; do
	[ -x "$examples/$name" ] || skip "$examples/$name is not built"
done
TSAN_OPTIONS="ignore_interceptors_accesses=1 ${TSAN_OPTIONS-}"
export TSAN_OPTIONS
nodes=6
lan

# serve NAME COMMAND...: in the background until it listens
serve() {
	serve_log=$1.log
	shift
	TAPLESS_HOME=$(home 2) "$@" >"$serve_log" 2>&1 </dev/null &
	children="$children $!"
	wait_until 20 "$1 listens" grep -q '^listening' "$serve_log"
}

# as_a COMMAND...: at node 1
as_a() {
	TAPLESS_HOME=$(home 1) timeout 60 "$@"
}

step 'a server and a client'
serve server "$examples/tcp_server" 7100
got=$(as_a "$examples/tcp_client" "$ADDR_B" 7100 </dev/null)
[ "$got" = 'hello from the virtual network' ] || fail "the client got: $got"
got=$(as_a "$examples/tcp_client" "$(id_of 2).zt" 7100 </dev/null)
[ "$got" = 'hello from the virtual network' ] || fail "by name it got: $got"

step 'what a client cannot reach'
status=0
as_a "$examples/tcp_client" nobody.example 7100 </dev/null 2>no.log || status=$?
[ $status = 1 ] || fail "another name: status $status"
grep -q '^nobody.example: ' no.log || fail 'another name is not said'
status=0
as_a "$examples/tcp_client" "$ADDR_B" 7101 </dev/null 2>no.log || status=$?
[ $status = 1 ] || fail "nobody listens: status $status"
grep -q 'refused' no.log || fail 'nobody listens, and it is not said'

step datagrams
serve datagrams "$examples/udp" 7102
got=$(as_a "$examples/udp" "$ADDR_B" 7102 'a datagram')
[ "$got" = 'a datagram' ] || fail "the answer is: $got"
got=$(as_a "$examples/udp" "$ADDR6_B" 7102 'by IPv6')
[ "$got" = 'by IPv6' ] || fail "the answer by IPv6 is: $got"

step 'libuv, where nobody listens'
status=0
as_a "$examples/libuv" "$ADDR_B" 7101 'an echo' 2>no.log || status=$?
[ $status = 1 ] || fail "libuv, nobody listens: status $status"
grep -q 'refused' no.log || fail 'libuv does not say that nobody listens'

step 'epoll, with a node inside'
"$examples/epoll" "$(home 3)" "$nwid" 7103 >epoll.log 2>&1 </dev/null &
children="$children $!"
wait_until 20 'it tells that it is online' grep -q '^event: online' epoll.log
authorise 3
wait_until 40 'it tells that the network is up' \
	grep -q '^event: network up' epoll.log
at=$(api 0 GET "/controller/network/$nwid/member/$(id_of 3)" |
	tr -d ' \n' | sed -n 's/.*"ipAssignments":\["\([^"]*\)".*/\1/p')
got=$(as_a "$examples/libuv" "$at" 7103 'an echo')
[ "$got" = 'an echo' ] || fail "epoll answered: $got"
wait_until 20 'it tells of its peer' grep -q '^event: peer direct' epoll.log

step 'two nodes in one program'
timeout 60 "$examples/two_nodes" "$(home 4)" "$(home 5)" "$nwid" >two.log 2>&1 &
children="$children $!"
two=$!
authorise 4
authorise 5
wait "$two" || fail "it ended with $?: $(cat two.log)"
[ "$(cat two.log)" = 'hello from the other node' ] || fail "$(cat two.log)"
