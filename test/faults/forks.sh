#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# forks.sh - a program with twenty sockets forks a thousand times a second, and
# nobody notices; its sockets are there afterwards
#
#	B: faults.py forks; innocent.py   ---->   A: deaf; innocent.py
. "$(dirname "$0")/../lib/node.sh"
here=$(CDPATH='' cd -- "$lib/../faults" && pwd)
. "$here/../lib/innocent.sh"
lan
spawn deaf 1 "$python" "$here/faults.py" deaf "$ADDR_A" 7002
wait_answers 2 "$ADDR_A" 7002
start_innocent
before=$(cpu_ms "$(worker_of 2)")
run_b "$python" "$here/faults.py" forks "$ADDR_A" 7002 4 >forks.log
step "$(grep '^forks' forks.log) a second, $(($(cpu_ms "$(worker_of 2)") - before)) ms" \
	'of the service in four'
grep -q '^sockets 20 OK' forks.log || fail "$(tail -n 1 forks.log)"
[ "$(sed -n 's/^forks //p' forks.log)" -ge 500 ] || fail 'hardly any forks'
end_innocent 500
