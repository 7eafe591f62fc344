#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: timeout 200
#
# service_killed.sh - a service is killed under load, and started again: programs
# get errors that say so, recover by themselves, and those of other nodes go on
#
#	A: web, innocent.py   <----   B: innocent.py    C (dies): retry, web
. "$(dirname "$0")/../lib/node.sh"
here=$(CDPATH='' cd -- "$lib/../faults" && pwd)
. "$here/../lib/innocent.sh"
nodes=4
lan
start_node 3
join 3
ADDR_C=$(address 3 '^10[.]')
mkdir www
make_file www/index.html 20000
spawn web 1 "$python" -m http.server --bind "$ADDR_A" -d www 8080
wait_answers 2 "$ADDR_A" 8080
spawn web_c 3 "$python" -m http.server --bind "$ADDR_C" -d www 8080
wait_answers 1 "$ADDR_C" 8080
start_innocent
for i in 1 2 3 4; do
	spawn retry$i 3 "$python" "$here/faults.py" retry "$ADDR_A" 8080
	eval "retry_$i=$pid"
	wait_until 10 'it works' grep -q '^works' retry$i.log
done
# To C, from elsewhere: it cannot be told at once that C's service has gone.
spawn toward 2 "$python" "$here/faults.py" retry "$ADDR_C" 8080
toward=$pid
wait_until 10 'it works' grep -q '^works' toward.log

is_told() {
	[ "$(grep -c '^fails' "retry$1.log")" -ge "$2" ]
}

works() {
	[ "$(grep -c '^works' "retry$1.log")" -gt "$2" ]
}
for round in 1 2 3; do
	step "killed: $round"
	kill_node 3
	for i in 1 2 3 4; do
		wait_until 10 'it is told' is_told $i $round
	done
	before=$(now_ms)
	start_node 3
	for i in 1 2 3 4; do
		wait_until 15 'it works again' works $i $round
	done
	step "all work again after $(($(now_ms) - before)) ms"
done
end_innocent 500
told='ECONNRESET|ENETDOWN|EPIPE|EHOSTUNREACH|TIMEOUT|ETIMEDOUT'
for i in 1 2 3 4; do
	eval "end \$retry_$i"
	step "$(tail -n 1 retry$i.log)"
	tail -n 1 retry$i.log | tr ' ' '\n' | sed -n 's/:.*//p' |
		grep -vxE "OK|$told" >other || :
	[ ! -s other ] || fail "another errno: $(cat other)"
done
end "$toward"
step "from elsewhere: $(tail -n 1 toward.log)"
spawn web_c 3 "$python" -m http.server --bind "$ADDR_C" -d www 8080
wait_answers 1 "$ADDR_C" 8080
