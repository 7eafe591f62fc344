#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# nc.sh - OpenBSD's netcat: files both ways, half-closed connections, datagrams
#
#	A: nc -l   <---->   B: nc
# ctest: via seccomp
# ctest: via netns
# matrix: netcat (OpenBSD) | v4 v6 | preload seccomp netns
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
	# By this shell: those of an earlier round must not be looked at.
	: >"$listen_out"
	: >"$listen_out.log"
	member 1 nc -nv "$@" -l "$address" "$listen_port" \
		<"$listen_in" >"$listen_out" 2>"$listen_out.log" &
	pid=$!
	children="$children $pid"
	wait_until 10 'nc listens' grep -qE 'Listening|Bound' "$listen_out.log"
	virtual_only "$address" "$listen_port"
}

all_there() {
	[ "$(cat got.all)" = "$(printf 'line 1\nline 2\nline 3')" ]
}

arrived() {
	cmp -s "$1" "$2"
}

# What comes back is short: nc ends when its peer has ended and it cannot write
# at once, over the kernel's TCP too.
round() {
	step "$address: a file, ended by a half-close, and a word back"
	echo 'go ahead' >word
	listen got.there 9001 word -N
	run_b nc -N "$address" 9001 <there >got.word
	wait_gone 10 "$pid" 'nc -l'
	same got.there there
	same got.word word

	step "$address: the listener closes first"
	listen got.none 9002 back -N
	run_b nc "$address" 9002 </dev/null >got.back
	wait_gone 10 "$pid" 'nc -l'
	same got.back back

	step "$address: one after the other: -k"
	listen got.all 9003 /dev/null -k
	for i in 1 2 3; do
		echo "line $i" | run_b nc -N "$address" 9003
	done
	wait_until 10 'all three lines arrive' all_there
	end "$pid"

	step "$address: is a port open: -z"
	listen got.none 9004 /dev/null
	run_b nc -z -w 5 "$address" 9004 || fail 'an open port counts as closed'
	! run_b nc -z -w 5 "$address" 9005 || fail 'a closed port counts as open'
	wait_gone 10 "$pid" 'nc -l'

	step "$address: datagrams, answers too"
	rm -f answers questions
	mkfifo answers questions
	exec 8<>answers 9<>questions
	listen got.udp 9006 answers -u
	server=$pid
	: >got.answer
	member 2 nc -u "$address" 9006 <questions \
		>got.answer &
	pid=$!
	children="$children $pid"
	head -c 1400 back | base64 -w 0 >question
	head -c 9000 there | base64 -w 0 >answer
	cat question >&9
	wait_until 10 'the question arrives' arrived question got.udp
	cat answer >&8
	wait_until 10 'the answer arrives' arrived answer got.answer
	end "$pid"
	end "$server"
	exec 8>&- 9>&-
}

for address in "$ADDR_A" "$ADDR6_A"; do
	round
done
