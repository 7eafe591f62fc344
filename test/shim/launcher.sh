#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# launcher.sh - static and other programs under `tapless run --via seccomp`
#
#	program ── seccomp notification ── launcher ── loop_service ── 10.77.0.1
. "$(dirname "$0")/common"
start_service
make_home

launched true || {
	status=$?
	[ "$status" -ne 1 ] || skip 'no seccomp notification here'
	fail "true ended with $status"
}

# What the shell learns of a program's end.
expect_status() {
	want=$1
	shift
	status=0
	launched "$@" 2>"$work/both.out" || status=$?
	[ $status -eq "$want" ] || fail "$* ended with $status, not $want"
}
expect_status 0 true
expect_status 7 sh -c 'exit 7'
# shellcheck disable=SC2016 # for the inner shell
expect_status 137 sh -c 'kill -9 $$'
# shellcheck disable=SC2016
expect_status 143 sh -c 'kill -15 $$'
expect_status 127 "$work/nothing"
grep -q 'nothing: command not found' "$work/both.out" || fail 'no word of it'
: >"$work/data"
expect_status 126 "$work/data"

# One launcher inside another: the kernel has no room for two.
expect_status 1 "$build/bin/tapless" run -D "$work/home" --via seccomp true
grep -q 'under a launcher already' "$work/both.out" || fail 'no clear word'

# The environment is the caller's; nothing is preloaded.
# shellcheck disable=SC2016
# shellcheck disable=SC2016	# for the other shell
[ -z "$(launched sh -c 'echo "$LD_PRELOAD"')" ] || fail 'something is preloaded'

head -c 3000000 /dev/urandom >"$work/file"
if has_program busybox; then
	launched busybox httpd -f -p "$V4:8081" -h "$work" &
	started="$started $!"
	wait_until listens "$V4" 8081
	launched busybox wget -q -O "$work/got" "http://$V4:8081/file" ||
		fail 'busybox wget'
	cmp "$work/file" "$work/got" || fail 'busybox wget got other bytes'
	"$build/bin/tapless" run -D "$work/home" -- busybox wget -q \
		-O "$work/got" "http://$V4:8081/file" 2>"$work/both.out" ||
		fail 'busybox wget, by itself'
	[ "$(grep -c 'linked statically' "$work/both.out")" -eq 1 ] ||
		fail 'the choice was not said in one line'
	under curl -sS -o "$work/got" "http://$V4:8081/file" || fail curl
	cmp "$work/file" "$work/got" || fail 'curl got other bytes'
	launched busybox nc -l -p 8082 >"$work/nc.out" &
	nc=$!
	tries=0
	until echo 'over nc' | launched busybox nc "$V4" 8082 2>/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || fail 'busybox nc'
		sleep 0.05
	done
	wait $nc || fail 'busybox nc did not end well'
	grep -q 'over nc' "$work/nc.out" || fail 'busybox nc lost its line'
	echo 'busybox: good'
fi
echo good
