#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# conformance_launched.sh - the same scenarios over the kernel's own addresses
# and under the launcher, by a program that is linked statically
#
#	conformance ── kernel ── veth ── 10.99.0.1, fd00:99::1
#	conformance ── launcher ── loop_service ── 10.77.0.1, fd00:77::1
#
# What may differ stands in test/conformance/differences and, for the launcher
# alone, in test/conformance/differences.launched.
. "$(dirname "$0")/common"
. "$(dirname "$0")/compare"

program=$build/test/conformance_static
[ -x "$program" ] || program=$build/test/conformance
start_service
make_home
launched true || skip 'no seccomp notification here'
make_native
# shellcheck disable=SC2086	# perhaps none, and two addresses
"$program" $own $native >"$work/native" ||
	fail 'the native run did not end well'
# shellcheck disable=SC2086
launched "$program" $own "$V4" "$V6" >"$work/virtual" || {
	tail -n 3 "$work/virtual"
	fail 'the virtual run did not end well'
}
cat "$source/test/conformance/differences" \
	"$source/test/conformance/differences.launched" >"$work/differences"
compare_runs "$work/differences"
