#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# exports.sh - calls.def, preload.map and the object name the same calls, and
# the object needs the C library alone
. "$(dirname "$0")/common"

sed -n 's/^\(CALL\|FORWARD\)([a-z_ *]*, \([a-z_0-9]*\),.*/\2/p' \
	"$source/shim/calls.def" | LC_ALL=C sort >"$work/calls"
sed -n 's/^\t\([a-z_0-9]*\);/\1/p' "$source/shim/preload.map" |
	LC_ALL=C sort >"$work/map"
nm -D --defined-only "$preload" | awk '{ print $3 }' | LC_ALL=C sort \
	>"$work/exported"
diff "$work/calls" "$work/map" || fail 'preload.map is not calls.def'
diff "$work/calls" "$work/exported" || fail 'the object exports other names'
needs=$(readelf -d "$preload" | grep -c '(NEEDED)')
[ "$needs" -le 1 ] || fail "the object needs $needs libraries"
echo "$(wc -l <"$work/calls") calls"
