#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# portmap_all.sh - a router that speaks PCP, NAT-PMP and UPnP
#
# The hosts are drawn in test/lib/portmap.sh.
. "$(dirname -- "$0")/../lib/node.sh"
. "$(dirname -- "$0")/../lib/portmap.sh"

start_outside
whole PCP enable_natpmp=yes enable_upnp=yes
