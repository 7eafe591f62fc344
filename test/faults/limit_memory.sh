#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: full
# ctest: timeout 200
#
# limit_memory.sh - a service that gets no more memory does not crash: it refuses,
# in words or with an errno, and goes on with what it has
#
#	B, its address space limited: faults.py many, pour, retry   ---->   A
. "$(dirname "$0")/../lib/node.sh"
here=$(CDPATH='' cd -- "$lib/../faults" && pwd)
. "$here/../lib/innocent.sh"
need prlimit
lan
spawn deaf 1 "$python" "$here/faults.py" deaf "$ADDR_A" 7002
mkdir www
make_file www/file 1000000
spawn web 1 "$python" -m http.server --bind "$ADDR_A" -d www 8080
wait_answers 2 "$ADDR_A" 7002
wait_answers 2 "$ADDR_A" 8080
start_innocent

is_done() {
	grep -q "$2" "$1.log"
}

# What the service maps now, and a little.
for more in 2048 512 0; do
	step "$more KiB more than it has"
	worker=$(worker_of 2)
	now=$(awk '/^VmSize:/ { print $2 }' "/proc/$worker/status")
	prlimit --pid "$worker" --as="$(((now + more) * 1024)):"
	mkfifo hold$more
	member 2 "$python" "$here/faults.py" many "$ADDR_A" 7002 3000 \
		<hold$more >many.log 2>&1 &
	many=$!
	children="$children $many"
	exec 8>hold$more
	wait_until 60 'it has as many as it can' grep -q '^open' many.log
	step "$(grep '^open' many.log)"
	spawn pour 2 "$python" "$here/faults.py" pour "$ADDR_A" 7002 50
	pour=$pid
	wait_until 30 'they have poured' is_done pour 'poured\|Error'
	step "$(tail -n 1 pour.log)"
	is_alive "$worker" || fail 'the worker has ended'
	kill -KILL "$many" "$pour" 2>/dev/null || :
	exec 8>&-
	prlimit --pid "$worker" --as=unlimited:
	fetch() {
		run_b curl -sS -f -m 5 -o got "http://$ADDR_A:8080/file"
	}
	wait_until 20 'it works again' fetch
	same got www/file
done
end_innocent 2000
! grep -iE 'assert|abort' service2.log || fail 'a bug was hit'
