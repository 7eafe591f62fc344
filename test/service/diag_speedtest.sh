#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# diag_speedtest.sh - tapless speedtest: TCP and UDP, both ways
#
#	B: speedtest   ---->   A: speedtest --server
. "$(dirname "$0")/../lib/node.sh"
lan

t() {
	"$tapless" -D "$(home 2)" speedtest "$@"
}

# refused STATUS ARGUMENT...
refused() {
	want=$1
	shift
	got=0
	timeout -k 2 "$limit" "$tapless" -D "$(home 2)" speedtest "$@" \
		>out 2>err || got=$?
	[ "$got" = "$want" ] || fail "speedtest $*: status $got, not $want"
	[ ! -s out ] || fail "speedtest $*: there is output"
	[ "$(wc -l <err)" = 1 ] || fail "speedtest $*: not one line"
	grep -q '^tapless: ' err || fail "speedtest $*: no message of ours"
}

step 'without a server, and wrong words'
refused 1 -t 1 "$ADDR_A"
grep -q 'run tapless speedtest --server there' err || fail 'no advice'
refused 1 -t 1 no.such.name
for bad in '' '-t 0 x' '-t x x' '-t' '-b 0 x' '--nosuch' "$ADDR_A 0" \
	"$ADDR_A 1 2" '--server x'; do
	# shellcheck disable=SC2086 # lists of words
	refused 2 $bad
done

"$tapless" -D "$(home 1)" speedtest --server 6000 >server.log 2>&1 &
server=$!
children="$children $server"
wait_until 10 'a server' grep -q '^waiting for tests on port 6000$' server.log

# is_good PROTOCOL REVERSE: what JSON.txt says
is_good() {
	"$python" - "$1" "$2" <<-'END' || fail "the result: $(cat json.txt)"
		import json, sys
		o = json.load(open("json.txt"))
		assert o["protocol"] == sys.argv[1]
		assert o["reverse"] is (sys.argv[2] == "reverse")
		assert len(o["mbitEachSecond"]) in (1, 2)
		got = o["received"]
		assert got["bytes"] > 100000 and got["us"] > 500000, got
		assert abs(got["mbit"] - got["bytes"] * 8 / got["us"]) < 0.01
		if "sent" in o:
		    assert got["bytes"] <= o["sent"]["bytes"]
		if o["protocol"] == "udp":
		    assert o["sent"]["datagrams"] > 0
		    assert o["sent"]["mbit"] < 11, o["sent"]
	END
}

for to in "$ADDR_A" "$ADDR6_A"; do
	step "TCP and UDP, both ways: $to"
	t -j -t 2 "$to" 6000 >json.txt || fail 'TCP'
	is_good tcp forward
	t -j -t 2 --reverse "$to" 6000 >json.txt || fail 'TCP, reverse'
	is_good tcp reverse
	t -j -t 2 --udp -b 10 "$to" 6000 >json.txt || fail 'UDP'
	is_good udp forward
	t -j -t 2 --udp --rate=10 --reverse "$to" 6000 >json.txt ||
		fail 'UDP, reverse'
	is_good udp reverse
done

step 'in words'
t --time 2 --udp -b 5 "$(id_of 1).zt" 6000 >text.txt || fail 'by name'
grep -qE '^   1 s  +[0-9.]+ Mbit/s$' text.txt || fail 'a second'
grep -qE '^sent  +[0-9.]+ Mbit/s, [0-9]+ bytes in [0-9.]+ s$' text.txt ||
	fail 'what was sent'
grep -qE '^received  +[0-9.]+ Mbit/s' text.txt || fail 'what was received'
grep -qE '^lost  +[0-9.]+ %, [0-9]+ of [0-9]+ datagrams$' text.txt ||
	fail 'what was lost'

step 'one at a time'
"$tapless" -D "$(home 2)" speedtest -t 30 "$ADDR_A" 6000 >long.txt 2>&1 &
long=$!
children="$children $long"
wait_until 10 'a test runs' grep -q Mbit long.txt
refused 1 -t 1 "$ADDR_A" 6000
grep -q 'another test runs' err || fail 'why it is refused'
kill -INT $long
wait_gone 10 $long 'the test after SIGINT'
[ "$status" = 0 ] || fail "status $status after SIGINT"
grep -q '^received ' long.txt || fail 'no sum after SIGINT'

step 'somebody who speaks another language'
# Each gets a line and is let go; the next test runs.
"$tapless" run -D "$(home 2)" -- "$python" - "$ADDR_A" <<-'END' || fail 'a stranger'
	import os, socket, sys
	for what in (b"GET / HTTP/1.1\r\n\r\n", b"\n", b"x" * 1000, os.urandom(64)):
	    s = socket.create_connection((sys.argv[1], 6000), 10)
	    s.settimeout(20)
	    try:
	        s.sendall(what + b"\n")
	        answer = s.recv(200)
	    except ConnectionResetError:
	        answer = b""
	    assert answer in (b"", b"NO this is for tapless speedtest\n"), answer
	    s.close()
END
t -j -t 1 "$ADDR_A" 6000 >json.txt || fail 'a test after that'

step 'the server ends when it is told'
kill -TERM $server
wait_gone 5 $server 'the server'
[ "$status" = 0 ] || fail "status $status of the server"
