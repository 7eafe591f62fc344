#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: full
# ctest: timeout 200
#
# storm.sh - a signal each millisecond through connect, accept, read, write,
# sendto and recvfrom: nothing but EINTR, no byte lost, and nobody else notices
#
#	B: storm with itself; innocent.py   ---->   A: innocent.py
. "$(dirname "$0")/../lib/node.sh"
here=$(CDPATH='' cd -- "$lib/../faults" && pwd)
. "$here/../lib/innocent.sh"
storm=$TAPLESS_BUILD/test/storm
[ -x "$storm" ] || skip "$storm is not built"
lan
start_innocent

# storms NAME COMMAND...: each call is interrupted where it is natively
storms() {
	storm_name=$1
	shift
	"$@" >"$storm_name.log" 2>&1 ||
		fail "$storm_name: $(tail -n 1 "$storm_name.log")"
	step "$storm_name: $(awk '/EINTR/ { n += $3 } END { print n }' \
		"$storm_name.log") calls were interrupted"
}
for pair in "127.0.0.1 $ADDR_B" "::1 $ADDR6_B"; do
	storms natively timeout 60 "$storm" "${pair% *}" 7009 20
	storms virtually run_b "$storm" "${pair#* }" 7009 20
done
end_innocent 500
