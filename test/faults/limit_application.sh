#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# limit_application.sh - a program at its limit of descriptors gets the errnos
# that it gets natively, what it has goes on, and so does everybody else
#
#	B: faults.py limit; innocent.py   ---->   A: innocent.py
. "$(dirname "$0")/../lib/node.sh"
here=$(CDPATH='' cd -- "$lib/../faults" && pwd)
. "$here/../lib/innocent.sh"
lan
start_innocent
for pair in "127.0.0.1 $ADDR_B" "::1 $ADDR6_B"; do
	step "$pair"
	timeout 60 "$python" "$here/faults.py" limit "${pair% *}" >natively
	run_b "$python" "$here/faults.py" limit "${pair#* }" >virtually ||
		fail "it ended with status $?"
	# The one connection that differs: doc/compatibility.md, TCP.
	diff natively virtually >difference || :
	cat natively
	[ ! -s difference ] || fail "virtually: $(tr '\n' ' ' <difference)"
done
end_innocent 500
