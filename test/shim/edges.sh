#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# edges.sh - what breaks interception elsewhere, seen from an ordinary program
. "$(dirname "$0")/common"
start_service

# Nobody answers for the second address: it is on the interface's network.
[ "$(under "$build/test/edges" "$V4" 10.77.0.99)" = good ] || fail edges

echo 'edges: good'
