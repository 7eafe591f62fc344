#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# paths.sh - folders whose names have spaces, or are too long for a Unix socket
#
#	node 0: root and controller
#	node 1: in a folder with spaces and more than 108 bytes; its preload object
#	        is where the loader cannot take it from
#
# shellcheck source=test/lib/node.sh
. "$(dirname "$0")/../lib/node.sh"

deep="$work/a folder of $(printf '%0120d' 0)"
home() {
	if [ "$1" = 1 ]; then
		printf '%s' "$deep"
	else
		printf '%s/node%s' "$work" "$1"
	fi
}

to_itself='import socket, sys
s = socket.create_server((sys.argv[1], 0))
c = socket.create_connection(s.getsockname())
s.accept()[0].send(b"here")
print(c.recv(4).decode())'

# A program has a connection to itself, on the network.
binds() {
	got=$("$tapless" run -D "$deep" -- "$python" -c "$to_itself" \
		"$ADDR_A" 2>err) || fail "run: $(cat err)"
	[ "$got" = here ] || fail "run: '$got'"
}

make_nodes 2
start_node 0
start_node 1
wait_until 20 'node 1 is online' is_online 1
make_network
join 1
ADDR_A=$(address 1 '^10[.]')

step 'programs of a node in such a folder'
binds
[ ! -s err ] || fail "it says: $(cat err)"
step 'it is there after a new start'
stop_node 1
start_node 1
wait_until 20 'node 1 is on the network' has_address 1

step 'a preload object that the loader cannot take'
cp "$TAPLESS_BUILD/lib/libtapless-preload.so" "$deep/"
export TAPLESS_PRELOAD="$deep/libtapless-preload.so"
! "$tapless" run -D "$deep" --via preload true 2>err || fail 'it is taken'
grep -q 'has a space or colon .*--via seccomp' err || fail "$(cat err)"
if "$tapless" run -D "$deep" --via seccomp true 2>/dev/null; then
	binds
	grep -q 'space or colon in it: run via seccomp$' err ||
		fail "it says: $(cat err)"
else
	partly 'no seccomp notification here' || true
fi
