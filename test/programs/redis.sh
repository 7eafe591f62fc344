#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# redis.sh - redis-server, redis-cli and a short redis-benchmark
#
#	A: redis-server, with a replica on B   <----   B: redis-cli
# ctest: via seccomp
# ctest: via netns
# matrix: redis | v4 v6 | preload seccomp netns
. "$(dirname "$0")/../lib/node.sh"
need redis-server redis-cli redis-benchmark
lan

# start NAME NODE ADDRESSES [OPTION...]: sets pid
start() {
	name=$1
	at=$2
	addresses=$3
	address=${3% *}
	shift 3
	# shellcheck disable=SC2086 # a list of words
	spawn "$name" "$at" redis-server --bind $addresses --port 6379 \
		--dir "$work" --save '' --repl-diskless-sync-delay 0 --appendonly no --protected-mode no "$@"
	wait_answers 2 "$address" 6379
	virtual_only "$address" 6379
}

cli() {
	run_b redis-cli -h "$address_a" "$@"
}

address_a=$ADDR_A
start redis 1 "$ADDR_A $ADDR6_A"
server=$pid

values() {
	step "values, $address_a"
	[ "$(cli set key value)" = OK ] || fail 'SET'
	[ "$(cli get key)" = value ] || fail 'GET'
	make_file value 10000000
	base64 -w 0 value >text
	[ "$(cli -x set big <text)" = OK ] || fail 'SET of 13 MB'
	cli --raw get big | head -c "$(wc -c <text)" >got
	same got text

	step 'many commands in one stream'
	i=0
	while [ $i -lt 2000 ]; do
		i=$((i + 1))
		echo "SET k$i v$i"
	done >commands
	cli --pipe <commands | grep -q 'errors: 0, replies: 2000' ||
		fail 'not 2000 replies'
	[ "$(cli get k1999)" = v1999 ] || fail 'k1999'
}
values
address_a=$ADDR6_A
values

step 'subscribers'
spawn subscriber 2 redis-cli -h "$ADDR6_A" subscribe news
wait_until 10 'somebody has subscribed' grep -q subscribe subscriber.log
[ "$(cli publish news hello)" = 1 ] || fail 'PUBLISH reached nobody'
wait_until 10 'the message arrives' grep -q hello subscriber.log
end "$pid"

step 'a client that waits'
spawn waiter 2 redis-cli -h "$ADDR_A" blpop list 20
blocked() {
	cli info clients | grep -q 'blocked_clients:1'
}
wait_until 10 'somebody waits' blocked
cli rpush list item >/dev/null
wait_gone 10 "$pid" 'the client that waits'
grep -q item waiter.log || fail 'BLPOP did not get the item'

step 'a replica on the other node'
start replica 2 "$ADDR_B" --replicaof "$ADDR6_A" 6379
in_sync() {
	run_b redis-cli -h "$ADDR_B" --raw get big | head -c "$(wc -c <text)" |
		cmp -s - text
}
wait_until 20 'the replica has everything' in_sync
cli set later yes >/dev/null
arrived() {
	[ "$(run_b redis-cli -h "$ADDR_B" get later)" = yes ]
}
wait_until 10 'the replica follows' arrived
end "$pid"

step 'benchmark'
run_b redis-benchmark -h "$ADDR_A" -q -n 5000 -c 20 -t ping,set,get,lpush \
	>bench.log 2>&1 || fail "redis-benchmark ended with status $?"
tr '\r' '\n' <bench.log | grep 'requests per second'
[ "$(tr '\r' '\n' <bench.log | grep -c 'requests per second')" -ge 4 ] ||
	fail 'redis-benchmark did not finish'
run_b redis-benchmark -h "$ADDR6_A" -q -n 20000 -c 50 -P 16 -t set >bench.log \
	2>&1 || fail "redis-benchmark -P ended with status $?"

end "$server"
[ "$status" = 0 ] || fail "redis-server ended with status $status"
