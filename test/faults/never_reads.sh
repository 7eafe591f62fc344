#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# never_reads.sh - a program that never reads: windows close, the services keep
# little, and nobody else waits; when it dies the writers are told
#
#	B: faults.py deaf; innocent.py   <---->   A: faults.py pour; innocent.py
# ctest: full
# ctest: timeout 200
. "$(dirname "$0")/../lib/node.sh"
here=$(CDPATH='' cd -- "$lib/../faults" && pwd)
. "$here/../lib/innocent.sh"
lan
spawn deaf 2 "$python" "$here/faults.py" deaf "$ADDR_B" 7004
deaf=$pid
wait_answers 1 "$ADDR_B" 7004
start_innocent
before="$(anon_kib 1) $(anon_kib 2)"
spawn pour 1 "$python" "$here/faults.py" pour "$ADDR_B" 7004 300
pour=$pid
wait_until 60 'nothing more goes in' grep -q '^poured' pour.log
# Hundreds of writers fill the queues between the nodes for a while, whether
# they are read from or not. What counts is below.
end_innocent 5000
poured=$(sed -n 's/^poured //p' pour.log)
step "300 connections took $((poured / 1024)) KiB"
n=0
for kib in $before; do
	n=$((n + 1))
	grown=$(($(anon_kib $n) - kib))
	step "node $n: $grown KiB more"
	[ "$grown" -le 204800 ] || fail 'it has grown too much'
done

step 'others, while all windows are closed'
start_innocent
used=$(cpu_ms "$(worker_of 2)")
since=$(now_ms)
is_later() {
	[ "$(now_ms)" -ge $((since + 1000)) ]
}
wait_until 3 'a second passes' is_later
step "the service used $(($(cpu_ms "$(worker_of 2)") - used)) ms in a second"
mkdir www
make_file www/big 20000000
spawn web_a 1 "$python" -m http.server --bind "$ADDR_A" -d www 8080
spawn web_b 2 "$python" -m http.server --bind "$ADDR_B" -d www 8080
wait_answers 2 "$ADDR_A" 8080
wait_answers 1 "$ADDR_B" 8080
for way in "run_b $ADDR_A" "run_a $ADDR_B"; do
	since=$(now_ms)
	"${way% *}" curl -sS -f -m 30 -o got "http://${way#* }:8080/big"
	same got www/big
	step "20 MB by ${way% *} in $(($(now_ms) - since)) ms"
done
end_innocent 500

step 'it dies'
kill -KILL "$deaf"
wait_gone 20 "$pour" 'who pours'
grep -q '^end ECONNRESET' pour.log || fail "$(tail -n 1 pour.log)"
