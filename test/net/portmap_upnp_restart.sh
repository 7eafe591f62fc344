#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: full
# ctest: timeout 600
#
# portmap_upnp_restart.sh - a router with UPnP alone restarts
#
# It tells nobody by this protocol, so that the next renewal finds it out: up to
# 300 s later. The hosts are drawn in test/lib/portmap.sh.
. "$(dirname -- "$0")/../lib/node.sh"
. "$(dirname -- "$0")/../lib/portmap.sh"

start_outside
start_daemon enable_natpmp=no enable_upnp=yes
start_node 1
wait_mapped UPnP
comes_back UPnP 330 enable_natpmp=no enable_upnp=yes
stop_node 1
wait_until 5 'the mapping is removed' forwards_not "$lan_a.5"
