#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# portmap_ip6.sh - a router that filters IPv6 opens the port when asked by PCP
#
# The hosts are drawn in test/lib/portmap.sh; here host a has a global IPv6
# address, 2a01:db8:7::5, and router ra is its gateway.
. "$(dirname -- "$0")/../lib/node.sh"
. "$(dirname -- "$0")/../lib/portmap.sh"

lan6=2a01:db8:7

mapping6() {
	api 1 GET /status | "$python" -c '
import json, sys
for m in json.load(sys.stdin)["portMappings"]:
    if ":" in m["internal"]:
        print(m[sys.argv[1]])' "$1"
}

is_mapped6() {
	[ "$(mapping6 state)" = mapped ] && [ "$(mapping6 protocol)" = PCP ]
}

# What the router does: one rule for our address in the chain of pinholes.
lets_in() {
	on ra nft list chain inet filter miniupnpd |
		grep -q "dport $wanted_port .*0x2a010db80007.*5 "
}

start_outside
[ -e /proc/sys/net/ipv6 ] || skip 'the kernel has no IPv6'
on ra ip -6 addr add $lan6::1/64 dev lan nodad
on ra ip -6 addr add 2a01:db8:1::2/64 dev wan nodad
on ra sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
on a ip -6 addr add $lan6::5/64 dev eth0 nodad
on a ip -6 route add default via $lan6::1
start_daemon enable_natpmp=yes enable_upnp=yes ipv6_disable=no
start_node 1
wait_until 20 'the IPv6 port is mapped' is_mapped6
[ "$(mapping6 external)" = "$lan6::5/$wanted_port" ] ||
	fail "what is mapped is $(mapping6 external)"
lets_in || fail 'the router lets nothing in'
wait_mapped PCP
stop_node 1
is_shut() {
	! lets_in
}
wait_until 5 'the pinhole is shut' is_shut
