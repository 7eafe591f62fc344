#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# kill_listener.sh - a server whose service has died, and which goes on asking
# its listener as nginx and redis do, is told so and then left in peace: it does
# not spin
#
#	A (dies, and comes back): stream.py stubborn
. "$(dirname "$0")/../lib/node.sh"
lan
spawn stubborn 1 "$python" "$lib/stream.py" stubborn "$ADDR_A" 9001
wait_answers 2 "$ADDR_A" 9001
kill_node 1
wait_until 5 'it is told' grep -q '^accept EINVAL$' stubborn.log

# A good while for a program that turns in a circle.
start_node 1
wait_until 20 'node 1 is online' is_online 1
end "$pid"
n=$(sed -n 's/^stubborn \([0-9]*\) OK$/\1/p' stubborn.log)
step "accept failed $n times"
[ "$n" -le 100 ] || fail "accept failed $n times"
