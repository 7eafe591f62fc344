#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# reports.sh - tapless trace --reports: what members report to an observer
#
#	root, controller: observer of the network
#	      /    \
#	B: sends --- A	what a rule drops
. "$(dirname "$0")/../lib/node.sh"
lan
b=$(id_of 2)

reports() {
	"$tapless" -D "$(home 0)" "$@" trace --reports
}

# sends PORT: a datagram from B to A, whoever takes it
sends() {
	run_b "$python" - "$ADDR_A" "$1" <<-'END'
		import socket, sys
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.sendto(b"anything", (sys.argv[1], int(sys.argv[2])))
	END
}

# is_reported TEXT: by B, after it has sent something
is_reported() {
	sends 7001
	reports | grep -qE "^[0-9 :-]* $b $1"
}

step 'nobody reports anything, and there is no list'
[ -z "$(reports)" ] || fail 'something is reported'
[ "$(reports -j | tr -d ' \n')" = '[]' ] || fail 'something is reported: JSON'

step 'a frame that is not sent'
api 0 POST "/controller/network/$nwid" "{
	\"remoteTraceTarget\": \"$(id_of 0)\", \"remoteTraceLevel\": 10,
	\"rules\": [{\"type\": \"MATCH_IP_DEST_PORT_RANGE\",
		\"start\": 7001, \"end\": 7001},
	{\"type\": \"ACTION_DROP\"}, {\"type\": \"ACTION_ACCEPT\"}] }" >/dev/null
wait_until 20 'it is reported' is_reported \
	"frame not sent: networkId=$nwid .* reason=filter blocked\$"
reports -j | "$python" -c '
import json, sys
r = [r for r in json.load(sys.stdin) if r["event"] == "2000"][0]
assert r["node"] == sys.argv[1] and r["what"] == "frame not sent"
assert r["time"] > 1e12 and "etherType=800" in r["text"].split()
' "$b" || fail 'the JSON'
! reports | grep -q 'frame judged' || fail 'more than was asked for'

step 'how the rules judged it'
api 0 POST "/controller/network/$nwid" '{ "remoteTraceLevel": 15 }' >/dev/null
wait_until 20 'it is reported' is_reported \
	"frame judged by the rules: .* filterResult=0 filterBaseRuleLog=0a "

step 'none of who does not want to, not even after a restart'

# is_quiet [NODE]: does it, or anybody, report what B sends?
is_quiet() {
	sends 7001
	n=$(reports | grep -c " ${1-}" || true)
	sends 7001
	sends 7002
	[ "$(reports | grep -c " ${1-}" || true)" = "$n" ]
}


"$tapless" -D "$(home 2)" set "$nwid" allowRemoteTrace=0 >/dev/null
for _ in 1 2 3; do
	is_quiet "$b" || fail 'it is reported'
done
stop_node 2
start_node 2
wait_until 20 'B is there again' has_address 2
is_quiet "$b" || fail 'it is reported after a restart'
[ "$("$tapless" -D "$(home 2)" get "$nwid" allowRemoteTrace)" = 0 ] ||
	fail 'the setting is not shown'
"$tapless" -D "$(home 2)" set "$nwid" allowRemoteTrace=1 >/dev/null
is_heard() {
	! is_quiet "$b"
}
wait_until 20 'it is reported again' is_heard

step 'what the rules refused is counted'
curl -sSf --noproxy '*' -H "X-ZT1-Auth: $(cat "$(home 2)/authtoken.secret")" \
	"http://127.0.0.1:$(port_of 2)/metrics" >metrics.txt
[ "$("$python" "$lib/prometheus.py" metrics.txt \
	"zt_network_packets{accepted=\"no\",direction=\"tx\",network_id=\"$nwid\"}")" -ge 4 ] ||
	fail "it is not: $(grep zt_network_packets metrics.txt)"

step 'no more when there is no observer'
api 0 POST "/controller/network/$nwid" '{ "remoteTraceTarget": null }' >/dev/null
wait_until 20 'nothing is reported' is_quiet
