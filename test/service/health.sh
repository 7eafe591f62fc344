#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# health.sh - /health: for probes, without a token, with the reason if all is
# not well, and with nothing that is a secret
#
#	node 0: root and controller	node 1: is asked
. "$(dirname "$0")/../lib/node.sh"
# shellcheck disable=SC2034	# node.sh looks at it
worker_may_die=yes
need curl
nodes=2
make_nodes 2

# health: status and body, without a token
health() {
	curl -sS --noproxy '*' --max-time 5 -w '\n%{http_code}\n' \
		"http://127.0.0.1:$(port_of 1)/health"
}
is_health() {
	health >health.txt && [ "$(tail -n 1 health.txt)" = "$1" ] &&
		grep -qE "$2" health.txt
}
wait_health() {
	wait_until 20 "health is $1, $2" is_health "$1" "$2"
}

step 'without a root'
start_node 1
wait_health 503 '"ok":false.*"why":"no root answers"'

step 'with one'
start_node 0
wait_health 200 '"networks":\{"total":0,"up":0\},"ok":true,"online":true'
grep -q '"restarts":0' health.txt || fail 'restarts are not counted'
! grep -q '"why"' health.txt || fail 'a reason for what is well'

step 'a network that does not want it'
make_network
"$tapless" join -D "$(home 1)" "$nwid" >/dev/null
wait_health 503 '"total":1,"up":0.*"why":"not authorised on 1 of 1 networks"'

step 'and then does'
authorise 1
wait_health 200 '"total":1,"up":1'
for secret in "$nwid" "$(id_of 1)" "$(cat "$(home 1)/authtoken.secret")"; do
	! grep -q "$secret" health.txt || fail "health tells $secret"
done

step 'one that its controller does not know'
"$tapless" join -D "$(home 1)" "$(id_of 0)00ffff" >/dev/null
wait_health 503 'unknown to the controller of 1 of 2 networks'
"$tapless" leave -D "$(home 1)" "$(id_of 0)00ffff" >/dev/null
wait_health 200 '"total":1,"up":1'

step 'a restart is counted, and time goes on'
kill -KILL "$(worker_of 1)"
wait_health 200 '"restarts":1'
"$tapless" status -D "$(home 1)" >status.txt
sed -n 1p status.txt | grep -q '^200 info .* ONLINE$' || fail 'the first line'
grep -q '^worker restarted 1 times, the last one was killed by signal 9$' \
	status.txt || fail "status: $(cat status.txt)"
[ "$("$tapless" info -D "$(home 1)" | wc -l)" = 1 ] || fail 'info has changed'
