#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# portmap_changes.sh - a gateway comes, goes and comes back while the node runs;
# without one, or if it is switched off, nothing is asked
#
# The hosts are drawn in test/lib/portmap.sh.
. "$(dirname -- "$0")/../lib/node.sh"
. "$(dirname -- "$0")/../lib/portmap.sh"

# count_questions HOST: to gateways and devices, from now on
count_questions() {
	on "$1" nft -f - <<-END
		table inet asked {
			counter asked {}
			chain out {
				type filter hook output priority 0;
				udp dport { 1900, 5350, 5351 } counter name asked
			}
		}
	END
}

questions() {
	on "$1" nft list counters table inet asked |
		sed -n 's/.*packets \([0-9]*\).*/\1/p'
}

has_no_mapping() {
	[ "$(api 1 GET /status | json_field portMappings)" = '[]' ]
}

third_port() {
	api 1 GET /status | json_field tertiaryPort
}

need_portmap
lay_out
make_homes
count_questions root
count_questions a
start_node 0

# Switched off: the outside is reached, but nobody is asked.
echo '{ "settings": { "portMappingEnabled": false } }' >"$(home 1)/local.conf"
start_daemon enable_natpmp=yes
start_node 1
wait_until 10 'node 1 is online' is_online 1
[ "$(third_port)" = 0 ] || fail 'there is a port to be mapped'
stop_node 1
[ "$(questions a)" = 0 ] || fail 'a gateway was asked'
step 'switched off: nothing was asked'

# No gateway, no third port.
rm "$(home 1)/local.conf"
on a ip route del default
start_node 1
[ "$(third_port)" = 0 ] || fail 'there is a port to be mapped'
[ "$(questions a)" = 0 ] || fail 'somebody was asked'

on a ip route add default via "$lan_a.1"
wait_mapped PCP
port=$(third_port)
[ "$(mapping internal)" = "$lan_a.5/$port" ] || fail 'not the third port'
step 'a gateway has come: mapped'

on a ip route del default
wait_until 5 'nothing is mapped' has_no_mapping
step 'the gateway has gone: not mapped'

on a ip route add default via "$lan_a.1"
wait_mapped PCP
[ "$(third_port)" = "$port" ] || fail 'the third port has changed'

on a ip addr add "$lan_a.6/24" dev eth0
on a ip addr del "$lan_a.5/24" dev eth0
on a ip addr add "$lan_a.6/24" dev eth0 2>/dev/null || true
on a ip route replace default via "$lan_a.1"
is_at_new_address() {
	mapping_is state mapped && mapping_is internal "$lan_a.6/$port" &&
		forwards "$lan_a.6"
}
wait_until 15 'the new address is mapped' is_at_new_address
step 'another address: mapped'
stop_node 1
wait_until 5 'the mapping is removed' forwards_not "$lan_a.6"

# A node with an address that everybody reaches, and no gateway.
[ "$(questions root)" = 0 ] || fail 'the root has asked for a mapping'
