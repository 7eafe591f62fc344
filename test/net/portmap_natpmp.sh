#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# portmap_natpmp.sh - a router that speaks NAT-PMP alone
#
# The hosts are drawn in test/lib/portmap.sh.
. "$(dirname -- "$0")/../lib/node.sh"
. "$(dirname -- "$0")/../lib/portmap.sh"

start_outside
on ra nft add rule inet filter input udp dport 5351 @th,64,8 2 drop
whole NAT-PMP enable_natpmp=yes enable_upnp=no
start_node 1
wait_mapped NAT-PMP

# As PCP does, it says so when it has come back.
comes_back NAT-PMP 25 enable_natpmp=yes enable_upnp=no
