#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# example_inprocess.sh - the example program, twice, on a network of ours
#
#	tapless service: root and controller
#	  |            \
#	inprocess_echo  <----  inprocess_echo ADDRESS TEXT
# shellcheck source=test/lib/node.sh
. "$(dirname "$0")/../lib/node.sh"

example=$TAPLESS_BUILD/examples/inprocess_echo
[ -x "$example" ] || skip "$example is not built"
need curl
# Descriptors of two tables with one number are no race.
TSAN_OPTIONS="ignore_interceptors_accesses=1 ${TSAN_OPTIONS-}"
export TSAN_OPTIONS
make_nodes 3
start_node 0
make_network
authorise 1
authorise 2

step 'a server'
"$example" "$(home 1)" "$nwid" >server.log 2>&1 </dev/null &
server=$!
children="$children $server"
wait_until 60 'the server listens' grep -q '^listening on ' server.log
at=$(sed -n 's/^listening on \([^ ]*\) port .*/\1/p' server.log)
case $at in
"$subnet".*) ;;
*) fail "it listens on $at" ;;
esac

step "a client, to $at"
timeout 60 "$example" "$(home 2)" "$nwid" "$at" 'hello, network' \
	>client.log 2>&1 || fail 'the client'
[ "$(cat client.log)" = 'hello, network' ] || fail "it got $(cat client.log)"

step 'what goes wrong is said'
got=0
timeout 60 "$example" "$(home 1)" "$nwid" >second.log 2>&1 || got=$?
[ $got = 1 ] || fail "home in use: status $got"
grep -q 'home folder is in use' second.log || fail 'home in use is not said'
got=0
timeout 60 "$example" "$(home 2)" 0 >none.log 2>&1 || got=$?
[ $got = 1 ] || fail "no network: status $got"
grep -q '^join: invalid argument' none.log || fail 'no network is not said'
is_alive "$server" || fail 'the server has ended'
