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

step 'no more when there is no observer'
api 0 POST "/controller/network/$nwid" '{ "remoteTraceTarget": null }' >/dev/null
is_quiet() {
	sends 7001
	n=$(reports | wc -l)
	sends 7001
	sends 7002
	[ "$(reports | wc -l)" = "$n" ]
}
wait_until 20 'nothing is reported' is_quiet
