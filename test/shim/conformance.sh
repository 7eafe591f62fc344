#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# conformance.sh - the same scenarios over the kernel's own addresses and under
# the preload object, compared line by line
#
#	conformance ── kernel ── veth ── 10.99.0.1, fd00:99::1
#	conformance ── preload ── loop_service ── 10.77.0.1, fd00:77::1
#
# Without a network of its own to change it is 127.0.0.1 and ::1 instead, and
# multicast is left out: "lo" hears all that it sends, and has no IPv6 groups.
#
# Only the checks that test/conformance/differences names may differ, and each
# of them has to.
. "$(dirname "$0")/common"

start_service
if [ "${TL_OWN_NETWORK-}" = 1 ]; then
	ip link add native0 type veth peer name native1
	ip addr add 10.99.0.1/24 dev native0
	ip addr add fd00:99::1/64 dev native0 nodad
	ip link set native0 up
	ip link set native1 up
	set -- --multicast
	native='10.99.0.1 fd00:99::1'
else
	set --
	native='127.0.0.1 ::1'
fi
# shellcheck disable=SC2086	# two addresses
"$build/test/conformance" "$@" $native >"$work/native" ||
	fail 'the native run did not end well'
under "$build/test/conformance" "$@" "$V4" "$V6" >"$work/virtual" || {
	tail -n 3 "$work/virtual"
	fail 'the virtual run did not end well'
}

differences=$source/test/conformance/differences
sed 's/: .*//' "$work/native" >"$work/names.native"
sed 's/: .*//' "$work/virtual" >"$work/names.virtual"
cmp "$work/names.native" "$work/names.virtual" ||
	fail 'the runs made different checks'

paste -d '\n' "$work/native" "$work/virtual" | awk '
NR % 2 { native = $0; next }
native != $0 { print native; print $0 }' >"$work/differ"
awk 'NR % 2 { sub(/: .*/, ""); print }' "$work/differ" | LC_ALL=C sort -u \
	>"$work/differ.names"
grep -v '^#' "$differences" | sed 's/: .*//; /^$/d' | LC_ALL=C sort -u \
	>"$work/allowed"

if ! cmp -s "$work/differ.names" "$work/allowed"; then
	echo 'native, then virtual:'
	cat "$work/differ"
	echo 'not as test/conformance/differences says (< differs, > allowed):'
	diff "$work/differ.names" "$work/allowed" || true
	exit 1
fi
checks=$(sed -n 's/ checks$//p' "$work/native")
[ "$checks" -ge 100 ] || fail "only $checks checks"
echo "$checks checks, $(wc -l <"$work/allowed") known differences"
