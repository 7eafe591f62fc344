#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# diag_ping.sh - tapless ping: nodes and virtual addresses, and how packets go
#
#	       root
#	      /    \	relayed, while UDP between A and B is cut
#	B: ping --X-- A
. "$(dirname "$0")/../lib/node.sh"
lan

t() {
	"$tapless" -D "$(home 2)" "$@"
}

# asks STATUS ARGUMENT...: pings, with output in out and err
asks() {
	want=$1
	shift
	got=0
	timeout -k 2 "$limit" "$tapless" -D "$(home 2)" ping "$@" >out 2>err ||
		got=$?
	cat out err >ping.log
	[ "$got" = "$want" ] || fail "ping $*: status $got, not $want"
}

has() {
	grep -qE "$1" out || fail "no line like $1"
}

one_line() {
	[ "$(wc -l <err)" = 1 ] || fail 'not one line'
	grep -q '^tapless: ' err || fail 'no message of ours'
}

# Frames make nodes look for a direct path; ECHO alone does not.
is_direct() {
	t ping -c 1 "$ADDR_A" >/dev/null
	t ping -c 1 "$(id_of 1)" | grep -q "direct 127.0.0.1/$(port_of 1)\$"
}

step 'a node, directly'
wait_until 20 'a direct path' is_direct
# A node answers each path six times a second: what came before may count.
three_direct() {
	asks 0 -c 3 -i 0.25 "$(id_of 1)"
	[ "$(grep -cE "^from $(id_of 1): seq=[123] time=[0-9]+\.[0-9]{3} ms direct 127.0.0.1/$(port_of 1)\$" out)" = 3 ]
}
wait_until 20 'three direct round trips' three_direct
has '^3 packets transmitted, 3 received, 0% packet loss, time [0-9]+ms$'
has '^rtt min/avg/max/mdev = [0-9.]+/[0-9.]+/[0-9.]+/[0-9.]+ ms$'

step 'its virtual addresses and its name'
asks 0 -c 2 -i 0.2 "$ADDR_A"
has "^PING $ADDR_A \($ADDR_A\)\$"
[ "$(grep -cE "^from $ADDR_A: seq=[12] time=[0-9.]+ ms direct 127.0.0.1/$(port_of 1)\$" out)" = 2 ] ||
	fail 'two lines were to come'
! grep -q 'no answer' out || fail 'something was not answered'
asks 0 --count=2 --interval=0.2 "$ADDR6_A"
has "^from $ADDR6_A: seq=2 .* direct "
asks 0 -c1 "$(id_of 1).zt"
has "^PING $(id_of 1)\.zt \("
has '^1 packets transmitted, 1 received'

step 'as JSON, an object a line'
asks 0 -j -c 2 -i 0.2 "$(id_of 0)"
"$python" - "$(id_of 0)" <<-'END' || fail 'the JSON of a node'
	import json, sys
	lines = [json.loads(l) for l in open("out")]
	assert len(lines) == 3
	for seq, l in enumerate(lines[:2], 1):
	    assert l["from"] == sys.argv[1] and l["seq"] == seq
	    assert l["way"] == "direct" and 0 < l["us"] < 2000000
	end = lines[2]
	assert end["sent"] == end["answered"] == 2
	assert end["minUs"] <= end["meanUs"] <= end["maxUs"]
END
asks 0 -j -c 1 "$ADDR_A"
grep -q "\"node\":\"$(id_of 1)\"" out || fail 'whose address that is'

step 'nobody'
asks 1 -c 1 0123456789
has '^from 0123456789: seq=1 no answer$'
has '^1 packets transmitted, 0 received, 100% packet loss'
! grep -q '^rtt' out || fail 'a time of nothing'
asks 1 -c 1 "$subnet.250"
has "^from $subnet.250: seq=1 no answer\$"

step 'what cannot be tried'
for bad in '' '-c 0 x' '-c x x' '-i 0.1 x' '-i nan x' '-i' '-c' '--nosuch x' \
	'x y' "$(id_of 2)" no.such.name 192.0.2.1/24; do
	# shellcheck disable=SC2086 # lists of words
	asks 2 $bad
	[ ! -s out ] || fail "output of ping $bad"
	one_line
done
"$tapless" -D "$work/nowhere" ping -c 1 0123456789 2>err && fail 'no service'
one_line
asks 2 -T wrong -c 1 0123456789
one_line

step 'interrupted, it sums up'
"$tapless" -D "$(home 2)" ping -i 0.2 "$(id_of 1)" >endless.log 2>&1 &
pinger=$!
children="$children $pinger"
has_five() {
	grep -q 'seq=5 ' endless.log
}
wait_until 10 'five answers' has_five
kill -INT $pinger
wait_gone 5 $pinger 'ping after SIGINT'
[ "$status" = 0 ] || fail "status $status after SIGINT"
grep -q '^[0-9]* packets transmitted' endless.log || fail 'no summary'

step 'others ask at the same time, and each gets its own'
"$tapless" -D "$(home 2)" ping -c 4 -i 0.2 "$(id_of 1)" >one.log 2>&1 &
one=$!
"$tapless" -D "$(home 2)" ping -c 4 -i 0.2 "$(id_of 0)" >two.log 2>&1 &
two=$!
children="$children $one $two"
wait $one || fail 'the first'
wait $two || fail 'the second'
[ "$(grep -c "^from $(id_of 1): seq" one.log)" = 4 ] || fail 'lines of the first'
[ "$(grep -c "^from $(id_of 0): seq" two.log)" = 4 ] || fail 'lines of the second'
[ "$(grep -c ' time=' one.log)" -ge 3 ] || fail 'answers of the first'
[ "$(grep -c ' time=' two.log)" -ge 3 ] || fail 'answers of the second'

if [ "${TL_OWN_NETWORK-}" = 1 ] && nft list ruleset >/dev/null 2>&1; then
	step 'relayed, when there is no direct way any more'
	nft -f - <<-END
		table ip t {
			chain out {
				type filter hook output priority 0;
				udp sport $(port_of 1) udp dport $(port_of 2) drop
				udp sport $(port_of 2) udp dport $(port_of 1) drop
			}
		}
	END
	is_relayed() {
		t ping -c 1 "$(id_of 1)" |
			grep -qE "relayed by $(id_of 0) \(127.0.0.1/$(port_of 0)\)\$"
	}
	wait_until 30 'relayed round trips' is_relayed
	# A finds out for itself when it answers.
	is_answered() {
		t ping -c 1 "$ADDR_A" |
			grep -q "^from $ADDR_A: .* relayed by $(id_of 0) "
	}
	wait_until 30 'relayed frames' is_answered
	nft flush ruleset
else
	partly 'no nft here, so nothing can be cut' || true
fi

step 'the service ends meanwhile'
"$tapless" -D "$(home 2)" ping -i 0.2 "$(id_of 1)" >ended.log 2>&1 &
pinger=$!
children="$children $pinger"
wait_until 10 'an answer' grep -q 'seq=1 ' ended.log
stop_node 2
wait_gone 5 $pinger 'ping without a service'
[ "$status" = 2 ] || fail "status $status without a service"
grep -q '^tapless: ping: the service has ended' ended.log ||
	fail 'it does not say why'
