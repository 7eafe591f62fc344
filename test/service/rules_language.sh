#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# rules_language.sh - compiled rules do their work on a network
#
#	node 0: root, controller with what `tapless rules compile` prints
#	A: asks ports 8001 to 8003   ---->   B: listens there
#
# What A reaches is what `tapless rules explain` says, with tags and capabilities
# of A as they are at that time.
. "$(dirname "$0")/../lib/node.sh"
need curl
lan

cat >net.rules <<'END'
# Addresses and pings are for everybody, and so is what was begun.
drop not ethertype ipv4 and not ethertype arp and not ethertype ipv6;
tag role
	id 7
	enum 1 guest
	enum 2 staff
	default guest
;
macro to($port)
	accept ipprotocol tcp and dport $port;
;
accept ethertype arp;
accept ipprotocol icmp or ipprotocol icmp6;
include to(8001)
accept ipprotocol tcp and dport 8002 and tseq role staff;
break chr tcp_syn and not chr tcp_ack;
accept ipprotocol tcp;
cap admin
	id 1000
	include to(8003)
;
END

# set_member TAGS CAPABILITIES: of A
set_member() {
	api 0 POST "/controller/network/$nwid/member/$(id_of 1)" \
		"{ \"tags\": $1, \"capabilities\": $2 }" >/dev/null
}

# agrees PORT yes|no OPTION...: the rules' explanation and the network's own word
agrees() {
	agrees_port=$1
	agrees_word=$2
	shift 2
	"$tapless" -j rules explain net.rules --src "$ADDR_A" --dst "$ADDR_B" \
		--ip-proto tcp --dport "$agrees_port" --tcp-flags syn "$@" \
		>explained
	if [ "$agrees_word" = yes ]; then
		grep -q '"accepted": true' explained ||
			fail "port $agrees_port is not accepted: $(cat explained)"
		wait_answers 1 "$ADDR_B" "$agrees_port"
	else
		grep -q '"accepted": false' explained ||
			fail "port $agrees_port is accepted: $(cat explained)"
		wait_until 15 "port $agrees_port is closed for A" \
			is_closed "$agrees_port"
	fi
}

is_closed() {
	! answers 1 "$ADDR_B" "$1"
}

has_dropped() {
	"$tapless" -D "$(home 1)" drops | grep -q ' RULES_OUT '
}

spawn echo 2 "$python" "$lib/echo.py" serve "tcp:$ADDR_B:8001" \
	"tcp:$ADDR_B:8002" "tcp:$ADDR_B:8003"
for port in 8001 8002 8003; do
	wait_answers 1 "$ADDR_B" $port
done

step 'the controller takes what is compiled'
"$tapless" rules compile net.rules >net.json
api 0 POST "/controller/network/$nwid" "$(cat net.json)" >taken.json
"$python" - <<'END'
import json
sent = json.load(open("net.json"))
taken = json.load(open("taken.json"))
assert taken["rulesSource"] == open("net.rules").read()
for key in "rules", "tags", "capabilities", "rulesSource":
    assert sent[key] == taken[key], (key, sent[key], taken[key])
END
# It reads what the controller shows, too.
"$tapless" rules compile --blob net.rules >first
"$tapless" rules compile --blob taken.json >second
same first second

step 'a guest reaches one port'
agrees 8002 no
agrees 8001 yes
agrees 8003 no
has_dropped || fail 'the rules have dropped nothing'

step 'staff reaches two'
set_member '[[7, 2]]' '[]'
agrees 8002 yes --src-tag role=staff
agrees 8003 no --src-tag role=staff

step 'with a capability, the third as well, and no longer without'
set_member '[[7, 1]]' '[1000]'
agrees 8003 yes --cap admin
agrees 8002 no --cap admin
set_member '[[7, 1]]' '[]'
agrees 8003 no
agrees 8001 yes
end "$pid"
