#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# portmap_pcp.sh - a router that speaks PCP alone
#
# The hosts are drawn in test/lib/portmap.sh.
. "$(dirname -- "$0")/../lib/node.sh"
. "$(dirname -- "$0")/../lib/portmap.sh"

start_outside
# NAT-PMP has version 0, PCP 2.
on ra nft add rule inet filter input udp dport 5351 @th,64,8 0 drop
whole PCP enable_natpmp=yes enable_upnp=no
start_node 1
wait_mapped PCP

# It says so when it has come back, long before our mapping would be renewed.
comes_back PCP 25 enable_natpmp=yes enable_upnp=no
grep -q 'gateway 192.168.7.1 has restarted' service1.log ||
	fail 'the log does not say so'
