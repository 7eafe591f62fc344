#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# tcp_fallback.sh - UDP is blocked, and frames flow again within 5 s; it is not
# any more, and they flow directly
#
#	host 0: root, controller, TCP relay on port 4443
#	    |
#	----+----------------+------------------+---- lan
#	                     |                  |
#	host 1: A, asks      |     host 2: B, answers
#
# Datagrams go there and back every 50 ms (beat.py), over the virtual network, and
# the bytes of one TCP connection (innocent.py).
# Times are of one run on a machine that does other things, too.
#
# ctest: timeout 300
. "$(dirname "$0")/../lib/node.sh"
. "$(dirname "$0")/../lib/hosts.sh"

beat=$lib/beat.py

# Was anything echoed that was sent at or after MS?
flows() {
	[ -n "$("$python" "$beat" since "$1" beat.log)" ]
}

# flows_since MS LIMIT_MS WHAT
flows_since() {
	wait_until 30 "$3" flows "$1"
	took=$("$python" "$beat" since "$1" beat.log)
	step "$3: after $took ms"
	[ "$took" -le "$2" ] || fail "$3: after $took ms, not $2"
}

tunnel_is() {
	api "$1" GET /status | grep -q "\"tcpFallbackActive\":$2"
}

# path_is N PEER PATTERN: what `tapless peers` of N says of a peer
path_is() {
	"$tapless" peers -D "$(home "$1")" | grep "^$(id_of "$2") " |
		grep -q -e "$3"
}

# A reaches B straight, and neither needs the relay
is_direct() {
	path_is 1 2 "DIRECT .* $(host_ip 2)/9993\$" &&
		path_is 2 1 "DIRECT .* $(host_ip 1)/9993\$"
}

has_no_udp() {
	[ -z "$(on_host 1 ss -Hlun 'sport = :9993')" ]
}

relay_count() {
	api 0 GET /status | "$python" -c \
		'import json, sys; print(json.load(sys.stdin)["tcpRelay"]["'"$1"'"])'
}

start_beat() {
	spawn beat-server 2 "$python" "$beat" serve "$ADDR_B" 7
	wait_until 10 'the server is ready' grep -q ready beat-server.log
	spawn beat 1 "$python" "$beat" ask "$ADDR_B" 7
	wait_until 20 'datagrams come back' flows 0
	spawn innocent-server 1 "$python" "$lib/innocent.py" serve "$ADDR_A" 8
	wait_until 10 'the other server is ready' grep -q ready \
		innocent-server.log
	spawn innocent 2 "$python" "$lib/innocent.py" ask "$ADDR_A" 8
	innocent=$pid
	wait_until 10 'its client is ready' grep -q ready innocent.log
}

step 'UDP is blocked from the beginning at A'
make_hosted 3
relay='"tcpFallbackRelay": "10.55.0.1/4443"'
settings 1 "$relay"
settings 2 '"tcpFallbackRelay": "relay.example/4443"'
head -n 20 /etc/hosts >hosts
echo "$(host_ip 0) relay.example" >>hosts
mount --bind hosts /etc/hosts
start_node 0 --relay 4443 --relay-allow-private
start_node 2
wait_until 20 'B is online' is_online 2
make_network
join 2
block_udp 1
began=$(now_ms)
start_node 1
wait_until 20 'A is online' is_online 1
step "A is online after $(($(now_ms) - began)) ms, start of the process included"
tunnel_is 1 true || fail 'A is online without the relay'
tunnel_is 2 false || fail 'B uses the relay without need'
join 1
name_addresses
start_beat
path_is 1 0 'RELAY .* by TCP relay$' || fail 'peers does not tell of the relay'
"$tapless" peers -D "$(home 1)" | grep -q '^NOTE: a TCP relay is in use' ||
	fail 'there is no note'

step 'UDP is not blocked any more'
began=$(now_ms)
unblock_udp 1
wait_until 15 'A and B talk directly' is_direct
step "direct after $(($(now_ms) - began)) ms"
wait_until 70 'A closes its connection' tunnel_is 1 false
step "closed after $(($(now_ms) - began)) ms"
gap=$("$python" "$beat" gap "$began" beat.log)
step "the longest pause meanwhile: $gap ms"
[ "$gap" -lt 2000 ] || fail 'frames were lost on the way back to UDP'

for who in 1 2; do
	step "UDP is blocked in the middle, at node $who"
	began=$(now_ms)
	block_udp $who
	flows_since $((began + 100)) 5000 "frames flow by TCP of node $who"
	tunnel_is $who true || fail 'not by TCP'
	step 'and unblocked'
	began=$(now_ms)
	unblock_udp $who
	wait_until 15 'A and B talk directly' is_direct
	step "direct after $(($(now_ms) - began)) ms"
	wait_until 70 "node $who closes its connection" tunnel_is $who false
	gap=$("$python" "$beat" gap "$began" beat.log)
	step "the longest pause until it was closed: $gap ms"
	[ "$gap" -lt 2000 ] || fail 'frames were lost on the way back to UDP'
done

step 'UDP is blocked at both'
began=$(now_ms)
block_udp 1
block_udp 2
# The one who only answers learns of it by the other.
flows_since $((began + 100)) 8000 'frames flow by TCP of both'

step 'the relay is killed, with its root, and comes back'
kill_node 0
wait_until 10 'A notices' tunnel_is 1 false
start_node 0 --relay 4443 --relay-allow-private
began=$(now_ms)
flows_since "$began" 15000 'frames flow again'
wait_until 10 'two clients are connected' [ "$(relay_count connections)" -ge 1 ]
[ "$(relay_count broken)" = 0 ] || fail 'a client was not understood'

step 'one TCP connection has lasted through all of it'
end "$innocent"
grep -q '^OK ' innocent.log || fail "the connection: $(tail -n 1 innocent.log)"
step "it has said: $(tail -n 1 innocent.log) (answers, half within ms, longest)"

step 'how much goes through the relay, both members by TCP'
spawn giver 2 "$python" "$lib/stream.py" give "$ADDR_B" 9 100000000 fin
wait_answers 1 "$ADDR_B" 9
began=$(now_ms)
run_a "$python" "$lib/stream.py" take "$ADDR_B" 9 >take.log
took=$(($(now_ms) - began))
grep -q EOF take.log || fail "the transfer: $(cat take.log)"
step "100 MB in $took ms: $((800000 / took)) Mbit/s"
step 'settings are changed while it runs: no UDP at all'
unblock_udp 1
unblock_udp 2
wait_until 30 'A and B talk directly' is_direct
settings 1 "$relay, \"forceTcpRelay\": true"
wait_until 10 'A uses the relay' tunnel_is 1 true
wait_until 10 'A has no UDP socket' has_no_udp
wait_until 20 'frames flow' flows "$(now_ms)"
path_is 1 0 'RELAY .* by TCP relay$' || fail 'not by the relay'
settings 1 "$relay, \"allowTcpFallbackRelay\": false"
wait_until 10 'A does not use the relay' tunnel_is 1 false
wait_until 30 'A and B talk directly' is_direct
settings 1 '"forceTcpRelay": true'
wait_until 10 'the error is told' grep -q \
	'forceTcpRelay needs a relay, and this planet has none' service1.log
wait_until 20 'frames flow' flows "$(now_ms)"

[ "$(relay_count denied)" -lt 10 ] || fail 'the relay has denied too much'
end "$pid"
