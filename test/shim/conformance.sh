#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# conformance.sh - the same scenarios over the kernel's loopback and under the
# preload object, compared line by line
#
#	conformance ── kernel ── 127.0.0.1, ::1
#	conformance ── preload ── loop_service ── 10.77.0.1
#
# Only the checks that test/conformance/differences names may differ, and each
# of them has to.
. "$(dirname "$0")/common"
. "$(dirname "$0")/compare"

start_service
"$build/test/conformance" 127.0.0.1 ::1 >"$work/native" ||
	fail 'the native run did not end well'
under "$build/test/conformance" "$V4" "$V6" >"$work/virtual" || {
	tail -n 3 "$work/virtual"
	fail 'the virtual run did not end well'
}

compare_runs "$source/test/conformance/differences"
