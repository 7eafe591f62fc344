#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# conformance.sh - the same scenarios over the kernel's own addresses and under
# the preload object, compared line by line
#
#	conformance ── kernel ── veth ── 10.99.0.1, fd00:99::1
#	conformance ── preload ── loop_service ── 10.77.0.1, fd00:77::1
#
# Only the checks that test/conformance/differences names may differ, and each
# of them has to.
. "$(dirname "$0")/common"
. "$(dirname "$0")/compare"

start_service
make_native
# shellcheck disable=SC2086	# perhaps none, and two addresses
"$build/test/conformance" $own $native >"$work/native" ||
	fail 'the native run did not end well'
# shellcheck disable=SC2086
under "$build/test/conformance" $own "$V4" "$V6" >"$work/virtual" || {
	tail -n 3 "$work/virtual"
	fail 'the virtual run did not end well'
}

compare_runs "$source/test/conformance/differences"
