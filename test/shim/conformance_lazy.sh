#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# conformance_lazy.sh - conformance.sh, with connections that get their names
# when they are asked for them, as where there are thousands
. "$(dirname "$0")/common"
. "$(dirname "$0")/compare"

export service_options=--lazy-names
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
