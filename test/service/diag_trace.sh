#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# diag_trace.sh - tapless trace: the way to a node, and what else was tried
#
#	       root
#	      /    \
#	B: trace --- A	later cut
. "$(dirname "$0")/../lib/node.sh"
lan
a=$(id_of 1)

t() {
	"$tapless" -D "$(home 2)" "$@"
}

# field KEY...: of the JSON of A's trace
field() {
	t -j trace "$a" >trace.json
	"$python" - "$@" <<-'END'
		import json, sys
		o = json.load(open("trace.json"))
		for key in sys.argv[1:]:
		    o = o[int(key)] if isinstance(o, list) else o[key]
		print(o)
	END
}

is_way() {
	[ "$(field peer way way)" = "$1" ]
}

# Something to say makes nodes look for a direct path.
talks() {
	t ping -c 1 "$ADDR_A" >/dev/null
	is_way "$1"
}

step 'the direct way'
wait_until 20 'a direct path' talks direct
t trace "$a" >trace.txt
grep -q "^node $a, a node like others, heard [0-9.]* s ago\$" trace.txt ||
	fail 'whom it is about'
grep -q "^way: direct 127.0.0.1/$(port_of 1)\$" trace.txt || fail 'the way'
grep -q '^why: direct: ' trace.txt || fail 'why'
grep -qE "^  \* 127.0.0.1/$(port_of 1) from 127.0.0.1/$(port_of 2): alive, [0-9]+ ms, score [0-9]+, heard " trace.txt ||
	fail 'the path in use'
grep -qE "^  127.0.0.1/$(port_of 1): .*, tried [0-9]+ times, last .*, answered [0-9.]+ s ago\$" trace.txt ||
	fail 'what was tried'
grep -q '^  our addresses were sent to it: [0-9.]* s ago$' trace.txt ||
	fail 'the addresses that were sent'
grep -qE "^  \* $(id_of 0): direct 127.0.0.1/$(port_of 0), [0-9]+ ms, heard " trace.txt ||
	fail 'the root'
grep -q "^this node: $(id_of 2), online\$" trace.txt || fail 'who asks'
grep -q "^  sockets: 127.0.0.1/$(port_of 2)\$" trace.txt || fail 'the sockets'

step 'by a virtual address, as JSON'
t -j trace "$ADDR_A" >trace.json
"$python" - "$a" "$ADDR_A" "$nwid" <<-'END' || fail 'the JSON'
	import json, sys
	o = json.load(open("trace.json"))
	assert o["node"] == sys.argv[1]
	assert o["virtual"] == sys.argv[2] and o["network"] == sys.argv[3]
	p = o["peer"]
	assert [x["used"] for x in p["paths"]].count(True) == 1
	assert p["paths"][0]["state"] == "alive"
	assert all(x["times"] >= 1 for x in p["tried"])
	assert len(o["roots"]) == 1 and o["roots"][0]["best"] is True
END
t trace "$ADDR6_A" | grep -q "^node $a, which has $ADDR6_A" || fail 'IPv6'

step 'who is not known, and what is no node'
t trace 0123456789 >out.txt || fail 'of a stranger'
grep -q '^node 0123456789: not known here' out.txt || fail 'of a stranger'
for bad in '' 'x' "$a y" '--nosuch' '01234567890123456789/../x' \
	'0123456789?x' "$subnet.250"; do
	got=0
	# shellcheck disable=SC2086 # lists of words
	t trace $bad >out 2>err || got=$?
	[ $got != 0 ] || fail "trace $bad: status 0"
	[ ! -s out ] || fail "trace $bad: there is output"
	[ "$(wc -l <err)" = 1 ] || fail "trace $bad: not one line"
done

if [ "${TL_OWN_NETWORK-}" != 1 ] || ! nft list ruleset >/dev/null 2>&1; then
	partly 'no nft here, so nothing can be cut' || true
	exit 0
fi

step 'cut: the path is dead, and a root relays'
nft -f - <<-END
	table ip t {
		chain out {
			type filter hook output priority 0;
			udp sport $(port_of 1) udp dport $(port_of 2) drop
			udp sport $(port_of 2) udp dport $(port_of 1) drop
		}
	}
END
wait_until 30 'relayed' talks relayed
[ "$(field peer way via)" = "$(id_of 0)" ] || fail 'who relays'
[ "$(field peer paths 0 state)" = dead ] || fail 'the state of the path'
[ "$(field peer paths 0 used)" = False ] || fail 'it is not used'
t trace "$a" >trace.txt
grep -q '^why: relayed: ' trace.txt || fail 'why it is relayed'
grep -q "^way: relayed by $(id_of 0) (127.0.0.1/$(port_of 0))\$" trace.txt ||
	fail 'the way in words'
grep -qE "^    127.0.0.1/$(port_of 1) .*: dead, .*, [0-9]+ probes unanswered" trace.txt ||
	fail 'the probes'

step 'and a node that was never met directly'
stop_node 2
rm -rf "$(home 2)/peers.d"
start_node 2
wait_until 20 'node 2 is online' is_online 2
wait_until 20 'node 2 has an address' has_address 2
wait_until 20 'relayed' talks relayed
is_tried() {
	t ping -c 1 "$ADDR_A" >/dev/null
	t trace "$a" >trace.txt
	grep -qE "^  127.0.0.1/$(port_of 1): .*tried [0-9]+ times, .*, no answer\$" trace.txt
}
wait_until 30 'the address was tried in vain' is_tried
grep -q '^  none is known$' trace.txt || fail 'there are no paths'
grep -qE '^  a root introduced us: .* \([0-9]+ times\)$' trace.txt ||
	fail 'the introductions'
