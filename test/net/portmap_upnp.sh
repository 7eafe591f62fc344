#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# portmap_upnp.sh - a router that speaks UPnP alone
#
# The hosts are drawn in test/lib/portmap.sh.
. "$(dirname -- "$0")/../lib/node.sh"
. "$(dirname -- "$0")/../lib/portmap.sh"

start_outside
whole UPnP enable_natpmp=no enable_upnp=yes
