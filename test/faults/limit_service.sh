#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# limit_service.sh - a service at its limit of descriptors refuses new sockets,
# keeps the ones it has, does not spin, and is well again when some are closed
#
#	B, ulimit -n 128: faults.py many; innocent.py   ---->   A
. "$(dirname "$0")/../lib/node.sh"
here=$(CDPATH='' cd -- "$lib/../faults" && pwd)
. "$here/../lib/innocent.sh"
need prlimit
lan
stop_node 2
# shellcheck disable=SC3045	# both shells that are sh know it
(ulimit -n 128 && exec "$tapless" service -D "$(home 2)") \
	>>service2.log 2>&1 </dev/null &
# shellcheck disable=SC2034	# node.sh looks at it
pid_2=$!
children="$children $!"
wait_until 20 'node 2 answers' is_alive "$(pid_of 2)" || fail 'the service has ended'
wait_until 20 'node 2 has its address' has_address 2
spawn deaf 1 "$python" "$here/faults.py" deaf "$ADDR_A" 7002
wait_until 10 'A listens' grep -q listening deaf.log
wait_answers 2 "$ADDR_A" 7002
start_innocent

step 'more sockets than the service can have'
mkfifo hold
member 2 "$python" "$here/faults.py" many "$ADDR_A" 7002 300 <hold \
	>many.log 2>&1 &
many=$!
children="$children $many"
exec 8>hold
wait_until 20 'it has as many as it can' grep -q '^open' many.log
step "$(grep '^open' many.log)"
grep -qE '^open [0-9]+ (EMFILE|ENFILE)$' many.log || fail 'another errno'
[ "$(sed -n 's/^open \([0-9]*\) .*/\1/p' many.log)" -ge 20 ] ||
	fail 'there are hardly any'

step 'somebody else, meanwhile: told in the same way, and not left waiting'
before=$(now_ms)
run_b "$python" "$here/faults.py" many "$ADDR_A" 7002 1 </dev/null \
	>other.log 2>&1 || :
step "$(head -n 1 other.log) after $(($(now_ms) - before)) ms"
grep -qE '^open 0 (EMFILE|ENFILE)$' other.log || fail 'another errno'
[ "$(($(now_ms) - before))" -lt 3000 ] || fail 'it was left waiting'
before=$(cpu_ms "$(worker_of 2)")
since=$(now_ms)
is_later() {
	[ "$(now_ms)" -ge $((since + 1000)) ]
}
wait_until 3 'a second passes' is_later
used=$(($(cpu_ms "$(worker_of 2)") - before))
step "the service used $used ms in a second of that"
[ "$used" -lt 500 ] || fail 'the service spins'

step 'some are closed: it works again'
echo >&8
exec 8>&-
wait_gone 30 "$many" 'the program'
grep -qE '^again [0-9]+ OK$' many.log || fail "$(tail -n 1 many.log)"
wait_answers 2 "$ADDR_A" 7002
end_innocent 500
is_alive "$(pid_of 2)" || fail 'the service has ended'
