#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# libzt_style.sh - a program written for libzt, twice, on a network of ours
#
#	tapless service: root and controller
#	  |            \
#	libzt_style server  <----  libzt_style client
#
# ctest: timeout 180
# shellcheck source=test/lib/node.sh
. "$(dirname "$0")/../lib/node.sh"

style=$TAPLESS_BUILD/test/libzt_style
[ -x "$style" ] || skip "$style is not built"
need curl
TSAN_OPTIONS="ignore_interceptors_accesses=1 ${TSAN_OPTIONS-}"
export TSAN_OPTIONS
make_nodes 3

step 'what needs no network'
timeout 60 "$style" alone planet >alone.log 2>&1 || fail 'alone'

start_node 0
make_network
authorise 1
authorise 2

step 'a server'
"$style" server "$(home 1)" "$nwid" 7200 >server.log 2>&1 </dev/null &
server=$!
children="$children $server"
wait_until 60 'the server listens' grep -q '^listening' server.log
at=$(sed -n 's/^address //p' server.log)
case $at in
"$subnet".*) ;;
*) fail "its address is $at" ;;
esac

step "a client, to $at"
timeout 120 "$style" client "$(home 2)" "$nwid" 7200 "$at" >client.log 2>&1 ||
	fail 'the client'
wait_gone 20 $server 'the server'
[ "$status" = 0 ] || fail "the server ended with status $status"
