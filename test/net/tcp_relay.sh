#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# tcp_relay.sh - a TCP relay and those who talk to it, good and bad
#
#	host 0: root, TCP relay on port 4443
#	    |
#	----+------ lan, 10.55.0.0/24, and 45.55.0.0/24 beside it
#	    |
#	host 1: clients, and the UDP servers that they have it send to
#
# ctest: timeout 180
. "$(dirname "$0")/../lib/node.sh"
. "$(dirname "$0")/../lib/hosts.sh"

client() {
	on_host 1 timeout -k 2 100 "$python" "$lib/relay_client.py" "$@"
}

# is COMMAND... WANT: what the client says
is() {
	want=$1
	shift
	got=$(client "$@") || fail "$*: the client has failed"
	[ "$got" = "$want" ] || fail "$*: $got, not $want"
}

count_of() {
	api 0 GET /status | "$python" -c \
		'import json, sys; print(json.load(sys.stdin)["tcpRelay"]["'"$1"'"])'
}

count_is() {
	[ "$(count_of "$1")" = "$2" ]
}

restart() {
	stop_node 0
	start_node 0 "$@"
}

kib() {
	awk '/^RssAnon:/ { print $2 }' "/proc/$(worker_of 0)/status"
}

make_hosted 2
on_host 0 ip addr add 45.55.0.1/24 dev eth0
on_host 1 ip addr add 45.55.0.2/24 dev eth0
on_host 1 ip addr add 46.55.0.2/32 dev lo
on_host 0 ip route add 46.55.0.0/24 via 45.55.0.2
on_host 1 ip addr add fd55::2/64 dev eth0 nodad
on_host 0 ip addr add fd55::1/64 dev eth0 nodad
relay=10.55.0.1

step 'datagrams go there and back'
start_node 0 --relay 4443
is '200 46.55.0.2' echo $relay 4443 46.55.0.2 5000 200
wait_until 5 'the client has gone' count_is connections 0
[ "$(count_of toUdp)" = 200 ] || fail 'not counted'
[ "$(count_of fromUdp)" = 200 ] || fail 'not counted on the way back'

step 'it is no way into its own networks'
is ARRIVED to $relay 4443 46.55.0.2 5000
for place in '10.55.0.2 5000' '45.55.0.2 5000' '46.55.0.2 1024' \
	'fd55::2 5000'; do
	# shellcheck disable=SC2086 # an address and a port
	is NOTHING to $relay 4443 $place
done
wait_until 5 'what was denied is counted' count_is denied 4

step 'unless that is wished'
restart --relay 4443 --relay-allow-private
is ARRIVED to $relay 4443 10.55.0.2 5000
is ARRIVED to $relay 4443 45.55.0.2 5000
is ARRIVED to $relay 4443 fd55::2 5000
is NOTHING to $relay 4443 10.55.0.2 1024
is '50 10.55.0.2' echo $relay 4443 10.55.0.2 5000 50
is '50 fd55::2' echo $relay 4443 fd55::2 5000 50

step 'what makes no sense ends a connection'
greeting=1703030004010e0002
is CLOSED say $relay 4443 474554202f
is CLOSED say $relay 4443 160301
is CLOSED say $relay 4443 ${greeting}170303ffff
is CLOSED say $relay 4443 ${greeting}17030300050501020304
is CLOSED say $relay 4443 1703030007040a370002138800
is STAYS say $relay 4443 ${greeting}1703030000
is STAYS say $relay 4443 ${greeting}1703030002000a
wait_until 5 'they are counted' [ "$(count_of broken)" -ge 5 ]

step 'who says nothing is let go'
case $(client silent $relay 4443 15) in
'CLOSED 9' | 'CLOSED 10' | 'CLOSED 11') ;;
*) fail 'not after ten seconds' ;;
esac

step 'who does not read costs no memory'
before=$(kib)
is STAYS slow $relay 4443 10.55.0.2 5000
grown=$(($(kib) - before))
step "64 MB to somebody who does not read: $grown KiB more"
[ "$grown" -lt 4096 ] || fail 'too much'
[ "$(count_of dropped)" -gt 1000 ] || fail 'nothing was dropped'
is '50 10.55.0.2' echo $relay 4443 10.55.0.2 5001 50

step 'a thousand connections of one network: 64 are served'
before=$(kib)
is 64 many $relay 4443 1000
wait_until 10 'all have gone' count_is connections 0
grown=$(($(kib) - before))
step "that took $grown KiB"
[ "$(count_of refused)" -ge 936 ] || fail 'not counted'
is '50 10.55.0.2' echo $relay 4443 10.55.0.2 5000 50

step 'as many as its options say'
restart --relay 10.55.0.1/4443 --relay-connections 1200/1000
is 1000 many $relay 4443 1100
restart --relay 10.55.0.1/4443 --relay-connections 20/1000
is 20 many $relay 4443 100

step 'places that it cannot listen at'
for place in nonsense 0 70000 10.9.9.9/4443; do
	stop_node 0
	status=0
	timeout 20 "$tapless" service -D "$(home 0)" --no-keeper \
		--relay "$place" 2>refused.log || status=$?
	[ $status = 1 ] || fail "--relay $place: status $status"
	grep -q 'cannot be a relay at' refused.log ||
		fail "--relay $place: $(cat refused.log)"
	: >refused.log
	start_node 0
done
api 0 GET /status | grep -q '"tcpRelay":null' || fail 'it is a relay'
