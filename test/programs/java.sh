#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# java.sh - Java's HTTP server and client, threads, selectors and datagrams, on
# sockets of both families at once and of IPv4 alone
#
#	A: Java.java serve   <----   B: Java.java ask
# ctest: full
# ctest: via seccomp
# ctest: via netns
# matrix: java | v4 v6 | preload seccomp netns
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/../lib/node.sh"
need java javac
lan
javac -d . "$here/Java.java"

# round ADDRESS [OPTION...]: options of both sides
round() {
	address=$1
	shift
	step "$address $*"
	spawn serve 1 java "$@" -cp . Java serve "$address"
	wait_until 30 'the servers are ready' grep -q ready serve.log
	virtual_only "$address" 8080
	virtual_only "$address" 7777
	virtual_only "$address" 7778
	run_b java "$@" -cp . Java ask "$address"
	end "$pid"
	! grep -q Exception serve.log || fail 'a server met an exception'
}

round "$ADDR_A"
round "$ADDR6_A"
round "$ADDR_A" -Djava.net.preferIPv4Stack=true

step 'compiled as it is run'
spawn serve 1 java "$here/Java.java" serve "$ADDR6_A"
wait_until 30 'the servers are ready' grep -q ready serve.log
run_b java "$here/Java.java" ask "$ADDR6_A"
