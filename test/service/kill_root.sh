#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# kill_root.sh - members do without the root and the controller for a while;
# when these are back, new members are admitted within ten seconds
#
#	A: http.server   <----   B: curl         C: joins later
#	                  root and controller (dies)
. "$(dirname "$0")/../lib/node.sh"
nodes=4
lan
mkdir www
make_file www/file 60000000
make_file www/small 300000
spawn web 1 "$python" -m http.server --bind "$ADDR_A" -d www 8080
wait_answers 2 "$ADDR_A" 8080

# A transfer that takes some seconds; sets curl
transfer() {
	rm -f got
	"$tapless" run -D "$(home 2)" -- curl -sS -f --limit-rate 20M -o got \
		"http://$ADDR_A:8080/file" 2>curl.log &
	curl=$!
	children="$children $curl"
	wait_until 10 'bytes arrive' test -s got
}

# goes_on WHAT: the transfer ends as if nothing had happened
goes_on() {
	wait_gone 30 "$curl" "the transfer $1"
	[ "$status" = 0 ] || fail "the transfer $1: curl's status is $status"
	same got www/file
}

step 'the root and controller is killed during a transfer'
transfer
kill_node 0
is_alive "$curl" || fail 'the transfer was over too soon to tell'
goes_on 'without the root'
step 'new connections, without the root'
run_b curl -sS -f -o got "http://$ADDR_A:8080/file"
same got www/file

step 'somebody asks to join meanwhile'
start_node 3
"$tapless" join -D "$(home 3)" "$nwid" >/dev/null
wait_until 5 'C asks' network_is 3 REQUESTING_CONFIGURATION

step 'it is back during a transfer'
transfer
before=$(now_ms)
start_node 0
authorise 3
wait_until 10 'C gets an address' has_address 3
took=$(($(now_ms) - before))
[ "$took" -lt 10000 ] || fail "it took $took ms"
step "C is a member after $took ms"
fetch_c() {
	on_node 3 curl -sS -f -m 5 -o got_c "http://$ADDR_A:8080/small"
}
wait_until 10 'C fetches from A' fetch_c
same got_c www/small
goes_on 'with the root back'

step 'it remembers its network and its members'
for n in 1 2 3; do
	api 0 GET "/controller/network/$nwid/member/$(id_of $n)" |
		grep -q '"authorized":true' || fail "member $n is not authorised"
done
[ "$(address 1 '^10[.]')" = "$ADDR_A" ] || fail 'A has another address'

step 'members are killed and come back with what they had'
for n in 1 2; do
	kill_node $n
	start_node $n
done
spawn web 1 "$python" -m http.server --bind "$ADDR_A" -d www 8080
before=$(now_ms)
wait_until 10 'B reaches A' answers 2 "$ADDR_A" 8080
step "after $(($(now_ms) - before)) ms"
run_b curl -sS -f -o got "http://$ADDR_A:8080/file"
same got www/file
