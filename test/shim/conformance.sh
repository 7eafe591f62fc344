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
. "$(dirname "$0")/compare"

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

compare_runs "$source/test/conformance/differences"
