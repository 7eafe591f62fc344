#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# interfaces.sh - the virtual interface is listed beside the host's
. "$(dirname "$0")/common"
start_service

[ "$(under "$build/test/interfaces" "$V4" "$V6")" = good ] || fail interfaces

# As python, perl and their like see them.
under python3 -c 'import socket, sys
names = [n for i, n in socket.if_nameindex()]
assert "lo" in names and len(names) == len(set(names)) >= 2, names' ||
	fail python3

# Without a service only the host is left, and nothing fails.
env LD_PRELOAD="$preload" TAPLESS_SERVICE=nobody-there TAPLESS_UID="$(id -u)" \
	python3 -c 'import socket
assert "lo" in [n for i, n in socket.if_nameindex()]' || fail 'without service'

echo 'interfaces: good'
