#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# ping.sh - ping, without its privileges
#
#	B: ping (a copy, preloaded; the system's own, launched)   ---->   A
# ctest: via netns
# matrix: ping | v4 v6 | preload seccomp netns
# matrix: ping | no | proxy | proxies carry no ICMP
. "$(dirname "$0")/../lib/node.sh"
need ping
lan
cp "$(command -v ping)" plain-ping

asks() {
	"$@" >ping.log 2>&1 || fail "$*: $(tail -n 3 ping.log)"
	grep -q '3 received' ping.log || fail "$*: $(tail -n 3 ping.log)"
}

if [ "${TL_VIA-}" = netns ]; then
	step 'as it is installed, and with the kernel: netns'
	asks run_b ping -c 3 -i 0.2 -W 5 "$ADDR_A"
	asks run_b ping -6 -c 3 -i 0.2 -W 5 "$ADDR6_A"
	asks run_b ping -c 3 -i 0.2 -W 5 -s 8000 "$ADDR_A"
	asks run_b ping -6 -c 3 -i 0.2 -W 5 -s 8000 "$ADDR6_A"
	asks run_b ping -c 3 -i 0.2 -W 5 127.0.0.1
	! run_b ping -c 1 -W 1 "$subnet.250" >ping.log ||
		fail 'somebody answers for nobody'
	exit
fi

step 'a copy has no capabilities: preload'
asks run_b ./plain-ping -c 3 -i 0.2 -W 5 "$ADDR_A"
asks run_b ./plain-ping -6 -c 3 -i 0.2 -W 5 "$ADDR6_A"
asks run_b ./plain-ping -c 3 -i 0.2 -W 5 -s 8000 "$ADDR_A"
asks run_b ./plain-ping -c 3 -i 0.2 -W 5 "$(id_of 1).zt"
if [ "${TL_OWN_NETWORK-}" = 1 ]; then
	echo '0 0' >/proc/sys/net/ipv4/ping_group_range
	asks run_b ./plain-ping -c 3 -i 0.2 -W 5 127.0.0.1
fi

step 'nobody there'
! run_b ./plain-ping -c 1 -W 1 "$subnet.250" >ping.log ||
	fail 'somebody answers for nobody'

launched() {
	timeout -k 2 "$limit" "$tapless" run -D "$(home 2)" --via seccomp -- "$@"
}
if launched true 2>/dev/null; then
	step 'as it is installed: seccomp'
	asks launched ping -c 3 -i 0.2 -W 5 "$ADDR_A"
	asks launched ping -6 -c 3 -i 0.2 -W 5 "$ADDR6_A"
else
	partly 'no seccomp notification here' || true
fi
