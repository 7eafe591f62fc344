#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# units.sh - what `cmake --install` puts in place for systemd, and that systemd
# understands it
. "$(dirname "$0")/../lib/node.sh"

step 'they are installed, with the programs that they name'
DESTDIR=$work/root cmake --install "$TAPLESS_BUILD" >install.log 2>&1 ||
	fail "cmake --install: $(tail -n 3 install.log)"
for file in bin/tapless libexec/tapless/tapless-keeper \
	lib/systemd/system/tapless.service lib/systemd/user/tapless.service \
	lib/sysusers.d/tapless.conf; do
	found=$(find root -path "*/$file" | head -n 1)
	[ -n "$found" ] || fail "$file is not installed"
done
prefix=$(dirname "$(dirname "$(find "$PWD/root" -path '*/bin/tapless')")")
! grep -r '@BINDIR@' "$prefix/lib/systemd" || fail 'a path is missing'

step 'the installed service finds its keeper'
make_nodes 1
tapless=$prefix/bin/tapless
start_node 0
keeper=$(readlink "/proc/$(pid_of 0)/exe")
[ "$keeper" = "$prefix/libexec/tapless/tapless-keeper" ] ||
	fail "the keeper is $keeper"
stop_node 0

need systemd-analyze
step 'systemd understands them'
# verify SCOPE FILE: with the program where it is
verify() {
	mkdir -p "verify.$1"
	sed "s,^ExecStart=[^ ]*,ExecStart=$prefix/bin/tapless," "$2" \
		>"verify.$1/tapless.service"
	systemd-analyze "--$1" --man=no --recursive-errors=no verify \
		"$work/verify.$1/tapless.service" >verify.log 2>&1 ||
		fail "$1: $(cat verify.log)"
	! grep 'tapless.service' verify.log || fail "$1: it complains"
}
verify system "$prefix/lib/systemd/system/tapless.service"
XDG_RUNTIME_DIR=$work
export XDG_RUNTIME_DIR
verify user "$prefix/lib/systemd/user/tapless.service"

step 'and how exposed the system unit is'
systemd-analyze --offline=true --threshold=35 security \
	"$work/verify.system/tapless.service" >security.log 2>&1 ||
	fail "$(tail -n 1 security.log)"
tail -n 1 security.log
