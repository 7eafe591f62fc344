#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: timeout 180
#
# launched.sh - signals, datagrams, forks and foreign calls under the launcher
#
#	launched_static ── launcher ── loop_service ── 10.77.0.1
. "$(dirname "$0")/common"

program=$build/test/launched_static
[ -x "$program" ] || program=$build/test/launched
start_service
make_home
launched true || skip 'no seccomp notification here'

for scenario in interrupted storm killed forks udp epoll_to_host foreign \
	high_bits cost; do
	timeout 60 "$build/bin/tapless" run -D "$work/home" --via seccomp \
		-- "$program" $scenario "$V4" >"$work/both.out" 2>&1 9>&- ||
		fail "$scenario"
	tail -n 1 "$work/both.out" | grep -q '^good$' || fail "$scenario"
	echo "$scenario: $(tr '\n' ' ' <"$work/both.out")"
done

# With a loader, and as children of a shell, it is the same.
launched sh -c "'$build/test/launched' udp $V4 && '$program' udp $V4" \
	>"$work/both.out" || fail 'children of a shell'
[ "$(grep -c good "$work/both.out")" -eq 2 ] || fail 'children of a shell'

if has_program musl-gcc; then
	musl-gcc -O -D_GNU_SOURCE -o "$work/musl" \
		"$source/test/shim/launched.c" 2>"$work/both.out" ||
		fail 'cannot compile with musl'
	for scenario in interrupted storm udp; do
		launched "$work/musl" $scenario "$V4" >"$work/both.out" ||
			fail "musl: $scenario"
	done
	"$build/bin/tapless" run -D "$work/home" -- "$work/musl" udp "$V4" \
		>"$work/both.out" 2>&1 9>&- || fail 'musl, by itself'
	grep -q 'another C library' "$work/both.out" ||
		fail 'musl was not recognised'
	echo 'musl: good'
fi
