#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: timeout 300
#
# portmap_hostile.sh - gateways that answer what they should not
#
# The hosts are drawn in test/lib/portmap.sh; on router ra runs
# test/net/fake_gateway.py. Whatever it does, the node is online meanwhile, does
# not believe it, stops at once, and does not ask without end.
. "$(dirname -- "$0")/../lib/node.sh"
. "$(dirname -- "$0")/../lib/portmap.sh"
fake=$lib/../net/fake_gateway.py
fake_pid=

# fake HOW: becomes the gateway, and starts node 1 behind it
fake() {
	: >count
	: >fake.log
	# Not by a function: its number is to be the program's.
	nsenter --net=/run/netns/ra -- "$python" "$fake" "$1" "$lan_a.1" \
		"$work/count" >fake.log 2>&1 &
	fake_pid=$!
	children="$children $fake_pid"
	wait_until 10 'the gateway is there' grep -q ready fake.log
	: >service1.log
	start_node 1
	wait_until 10 'node 1 is online' is_online 1
}

# That it stops at once shows that no thread is waited for.
over() {
	before=$(now_ms)
	stop_node 1
	took=$(($(now_ms) - before))
	[ $took -lt "$stop_limit" ] || fail "stopping took $took ms"
	kill "$fake_pid"
	wait "$fake_pid" 2>/dev/null || true
	sent=$(wc -l <count)
	[ "$sent" -lt 30 ] || fail "$sent requests were sent"
	step "$1: $sent requests; stopped in $took ms (a single timing)"
}

says() {
	grep -q "port mapping: gateway $lan_a.1 maps no port ($1" service1.log
}

# not_mapped HOW WORDS: by nobody, and the log says why
not_mapped() {
	fake "$1"
	wait_until 20 "$1: it is said why nothing is mapped" says "$2"
	mapping_is state none || fail "$1: $(api 1 GET /status)"
	over "$1"
}

# watch HOST CHAIN NAME WHAT: counts the packets of a kind
watch() {
	on "$1" nft -f - <<-END
		table inet $3 {
			counter $3 {}
			chain watch {
				type filter hook $2 priority -10;
				$4 counter name $3
			}
		}
	END
}

counted() {
	on "$1" nft list counters table inet "$2" |
		sed -n 's/.*packets \([0-9]*\).*/\1/p'
}

has_seen() {
	[ "$(counted "$1" "$2")" -gt 0 ]
}

start_outside

not_mapped silent 'PCP: no answer; NAT-PMP: no answer; UPnP: no such gateway'
not_mapped nonce 'PCP: no answer; NAT-PMP: no answer'
not_mapped short 'PCP: no answer; NAT-PMP: no answer'
not_mapped stranger 'PCP: no answer; NAT-PMP: no answer'
not_mapped lifetime 'PCP: it granted what nobody.*NAT-PMP: it granted what nob'
not_mapped port 'PCP: it granted what nobody.*NAT-PMP: it granted what nob'
not_mapped refuse 'PCP: it does not allow.*NAT-PMP: it does not allow'

# Nothing is asked of the stranger that it names.
watch root input asked 'tcp dport 5000'
not_mapped upnp-far 'PCP: no answer; NAT-PMP: no answer; UPnP: no such gateway'
grep -q ssdp count || fail 'no device was searched for'
! has_seen root asked || fail 'somebody else was asked'

# It holds on to the thread: the stop does not wait for that.
fake upnp-hang
wait_until 20 'the device is asked' grep -q http count
over upnp-hang

# An older one is asked by the older protocol at once.
fake old
wait_until 5 'NAT-PMP maps the port' mapping_is protocol NAT-PMP
mapping_is external "81.2.3.9/$wanted_port" || fail 'not what was granted'
over old

# Another NAT is before it: that is said, and the address told to nobody. What
# else is told has come when node 2 tries our router's address.
watch rb forward told "ip daddr $wan_a"
watch rb forward private 'ip daddr 10.64.0.2'
fake nat
wait_until 5 'the port is mapped' mapping_is state mapped
mapping_is external "10.64.0.2/$wanted_port" || fail 'not what was granted'
mapping_is public False || fail 'it is taken for public'
grep -q 'not public: another NAT is before it' service1.log ||
	fail 'the log does not say so'
make_network
start_node 2
join 1
join 2
name_addresses
knows_us() {
	speak
	has_seen rb told
}
wait_until 30 'node 2 is told where we are' knows_us
! has_seen rb private || fail 'a private address was told to others'
over nat
