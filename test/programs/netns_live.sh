#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: timeout 300
#
# netns_live.sh - groups, and networks that change while a program runs
#
#	A: zt0 in a namespace   <- - ->   B: our own stack
. "$(dirname "$0")/../lib/node.sh"
. "$(dirname "$0")/../lib/netns.sh"
need ping ip
lan
stop_node 1
talk=$(CDPATH='' cd -- "$lib/../programs" && pwd)/multicast.py

# A group is known to others after its announcement: say it until it is heard.
b_says() {
	run_b "$python" "$talk" say "$1" "$2" hello
	grep -q "^hello $3\$" hear.log
}

# b_to_a GROUP PORT ADDRESS-OF-B
b_to_a() {
	step "A hears $1"
	spawn_ns hear 1 -- "$python" "$talk" hear "$1" "$2"
	wait_said hear ready
	wait_until 20 "A hears $1" b_says "$1" "$2" "$3"
	end "$pid"
}
b_to_a 239.255.77.1 7001 "$ADDR_B"
b_to_a ff15::77 7002 'f[cd].*'
b_to_a broadcast 7004 "$ADDR_B"

# Without a route, groups leave by the only device there is if it is named.
cat >ask.py <<'END'
import socket
import struct
import sys
import time

group, port = sys.argv[1], int(sys.argv[2])
six = ":" in group
s = socket.socket(socket.AF_INET6 if six else socket.AF_INET,
                  socket.SOCK_DGRAM)
index = socket.if_nametoindex("zt0")
if group == "broadcast":
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    group = sys.argv[3]
elif six:
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
else:
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                 struct.pack("=4s4si", bytes(4), bytes(4), index))
while True:
    s.sendto(b"hello", (group, port))
    time.sleep(0.1)
END

# a_to_b GROUP PORT FROM: A says it until it is told to end
a_to_b() {
	step "B hears $1"
	spawn hear 2 "$python" "$talk" hear "$1" "$2"
	hearer=$pid
	wait_said hear ready
	spawn_ns say 1 -- "$python" ask.py "$1" "$2" "$subnet.255"
	wait_until 20 "B hears $1" grep -q "^hello $3\$" hear.log
	end "$pid"
	end "$hearer"
}
a_to_b 239.255.77.1 7001 "$ADDR_A"
a_to_b ff15::77 7002 'f[cde].*'
a_to_b broadcast 7004 "$ADDR_A"

step 'an address that comes, and one that goes'
# shellcheck disable=SC2016 # the inner shell's own
spawn_ns live 1 -- sh -c '(until
	awk -v pid=$$ "\$2 == 0 && \$3 == pid && \$4 !~ /^0*$/ { heard = 1 }
		END { exit !heard }" /proc/net/netlink; do sleep 0.01; done
	echo listens) &
	exec ip -o monitor address link route'
wait_said live '^listens'
api 0 POST "/controller/network/$nwid/member/$(id_of 1)" \
	"{ \"ipAssignments\": [ \"$subnet.200\" ] }" >/dev/null
wait_said live "inet $subnet.200/24"
wait_said live "Deleted.* $ADDR_A/24"
b_asks() {
	run_b "$python" -c '
import socket, sys
socket.create_connection((sys.argv[1], 9), 3)' "$1" 2>ask.err ||
		grep -q refused ask.err
}
wait_until 20 'B reaches the new address' b_asks "$subnet.200"

step 'another MTU'
api 0 POST "/controller/network/$nwid" '{ "mtu": 1400 }' >/dev/null
wait_said live 'zt0.* mtu 1400'

step 'routes and name servers'
api 0 POST "/controller/network/$nwid" "{ \"routes\": [
	{ \"target\": \"$subnet.0/24\", \"via\": null },
	{ \"target\": \"10.99.0.0/16\", \"via\": \"$ADDR_B\" },
	{ \"target\": \"10.98.0.0/16\", \"via\": null } ],
	\"dns\": { \"domain\": \"lan.test\",
	\"servers\": [ \"$ADDR_B\" ] } }" >/dev/null
wait_said live '10.99.0.0/16'
end "$pid"
has_routes() {
	in_ns 1 sh -c 'ip route; cat /etc/resolv.conf' >routes &&
		grep -q "^10.99.0.0/16 via $ADDR_B dev zt0" routes &&
		grep -q '^10.98.0.0/16 dev zt0' routes
}
wait_until 20 'routes are there' has_routes
! grep '^nameserver' routes | grep -qv ' 127[.]0[.]0[.]53$' ||
	fail 'name servers that nobody allowed'
spawn_ns dns 1 -- sh -c 'echo up; while sleep 0.1; do
	grep -H . /etc/resolv.conf; done'
wait_said dns up
"$tapless" set -D "$(home 1)" "$nwid" allowDNS=1 >/dev/null
wait_said dns "nameserver $ADDR_B"
wait_said dns 'search lan.test'
end "$pid"
