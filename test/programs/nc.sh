#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# nc.sh - OpenBSD's netcat: files both ways, half-closed connections, datagrams
#
#	A: nc -l   <---->   B: nc
. "$(dirname "$0")/../lib/node.sh"
need nc
nc -h 2>&1 | grep -q OpenBSD || skip 'nc is not netcat-openbsd'
lan
make_file there 10000000
make_file back 7000000

# listen NAME PORT INPUT [OPTION...]: on A; sets pid
listen() {
	listen_in=$3
	listen_port=$2
	listen_out=$1
	shift 3
	"$tapless" run -D "$(home 1)" -- nc -nv "$@" -l "$ADDR_A" "$listen_port" \
		<"$listen_in" >"$listen_out" 2>"$listen_out.log" &
	pid=$!
	children="$children $pid"
	wait_until 10 'nc listens' grep -qE 'Listening|Bound' "$listen_out.log"
	virtual_only "$ADDR_A" "$listen_port"
}

# What comes back is short: nc ends when its peer has ended and it cannot write
# at once, over the kernel's TCP too.
step 'a file, ended by a half-close, and a word back'
echo 'go ahead' >word
listen got.there 9001 word -N
run_b nc -N "$ADDR_A" 9001 <there >got.word
wait_gone 10 "$pid" 'nc -l'
same got.there there
same got.word word

step 'the listener closes first'
listen got.none 9002 back -N
run_b nc "$ADDR_A" 9002 </dev/null >got.back
wait_gone 10 "$pid" 'nc -l'
same got.back back

step 'one after the other: -k'
listen got.all 9003 /dev/null -k
for i in 1 2 3; do
	echo "line $i" | run_b nc -N "$ADDR_A" 9003
done
all_there() {
	[ "$(cat got.all)" = "$(printf 'line 1\nline 2\nline 3')" ]
}
wait_until 10 'all three lines arrive' all_there
end "$pid"

step 'is a port open: -z'
listen got.none 9004 /dev/null
run_b nc -z -w 5 "$ADDR_A" 9004 || fail 'an open port counts as closed'
! run_b nc -z -w 5 "$ADDR_A" 9005 || fail 'a closed port counts as open'
wait_gone 10 "$pid" 'nc -l'

step 'datagrams, answers too'
mkfifo answers questions
exec 8<>answers 9<>questions
listen got.udp 9006 answers -u
"$tapless" run -D "$(home 2)" -- nc -u "$ADDR_A" 9006 <questions >got.answer &
pid=$!
children="$children $pid"
head -c 1400 back | base64 -w 0 >question
head -c 9000 there | base64 -w 0 >answer
cat question >&9
arrived() {
	cmp -s "$1" "$2"
}
wait_until 10 'the question arrives' arrived question got.udp
cat answer >&8
wait_until 10 'the answer arrives' arrived answer got.answer
end "$pid"
exec 8>&- 9>&-
