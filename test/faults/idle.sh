#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: full
# ctest: timeout 300
#
# idle.sh - a member with nothing to do costs nothing: at most one wake-up a
# second and 0.1 % of a core, also with 100 idle TCP connections
#
#	B: 100 connections, idle   ---->   A
#
# Wake-ups are what the kernel counts as voluntary switches of all threads of the
# keeper and the worker, time what it has accounted to them. Of three spans the
# best counts: on a machine that others use, one alone is chance.
. "$(dirname "$0")/../lib/node.sh"
here=$(CDPATH='' cd -- "$lib/../faults" && pwd)
span_ms=30000
lan

# used NODE: "WAKE-UPS NANOSECONDS" until now
used() {
	for pid in $(pids_of "$1"); do
		for task in /proc/"$pid"/task/*; do
			awk '/^voluntary/ { print $2 }' "$task/status"
			awk '{ print "ns", $1 }' "$task/schedstat"
		done
	done | awk '$1 == "ns" { ns += $2; next } { n += $1 }
		END { print n, ns }'
}

has_passed() {
	[ "$(now_ms)" -ge "$1" ]
}

# measure NODE WHAT
measure() {
	best_wakes=
	for try in 1 2 3; do
		from=$(used "$1")
		wait_until 60 "span $try" has_passed $(($(now_ms) + span_ms))
		to=$(used "$1")
		wakes=$((${to% *} - ${from% *}))
		us=$(((${to#* } - ${from#* }) / 1000))
		step "$2, span $try: $wakes wake-ups, $us us in 30 s"
		if [ -z "$best_wakes" ] || [ "$wakes" -lt "$best_wakes" ]; then
			best_wakes=$wakes
		fi
		if [ "$try" = 1 ] || [ "$us" -lt "$best_us" ]; then
			best_us=$us
		fi
		[ "$best_wakes" -gt 30 ] || [ "$best_us" -gt 30000 ] || return 0
	done
	fail "$2: $best_wakes wake-ups, $best_us us in 30 s"
}

settle() {
	settle_until=$(($(now_ms) + 5000))
	wait_until 30 'the paths have settled' has_passed "$settle_until"
}

spawn deaf 1 "$python" "$here/faults.py" deaf "$ADDR_A" 7002
wait_answers 2 "$ADDR_A" 7002
settle
measure 2 'no connections'
mkfifo hold
member 2 "$python" "$here/faults.py" many "$ADDR_A" 7002 100 <hold \
	>many.log 2>&1 &
children="$children $!"
exec 8>hold
wait_until 30 'it has 100 connections' grep -q '^open.*100' many.log
settle
measure 2 '100 connections'
measure 1 '100 connections accepted'
