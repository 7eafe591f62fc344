#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# api_table.sh - every path and field of the HTTP interface is as the table of
# it says; the interop test holds the reference to the same table
#
#	node 0: root, controller  <--->  node 1: has a peer, a network, and is a
#	                                 controller that is asked everything
. "$(dirname "$0")/../lib/node.sh"
lan

"$python" "$lib/api_table.py" ours "$(home 1)" >differences ||
	fail "$(head -n 50 differences)"
# It would notice.
! "$python" "$lib/api_table.py" reference "$(home 1)" >differences ||
	fail 'the table takes us for the reference'
[ "$(wc -l <differences)" -gt 100 ] || fail "only $(cat differences)"
serves 1 >/dev/null || fail 'the service does not answer any more'
