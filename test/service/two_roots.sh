#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# two_roots.sh - members that reach each other through roots only go on within
# seconds when one of two roots dies, whichever it is
#
#	root 0 + controller       root 3
#	     |          \       /        |
#	     A 127.0.0.2 ---x--- B 127.0.0.3
. "$(dirname "$0")/../lib/node.sh"
need curl
make_nodes 4

# apart NODE OWN OTHER: at an address of its own, and deaf to the other's
apart() {
	cat >"$(home "$1")/local.conf" <<-END
		{ "physical": { "127.0.0.$3/32": { "blacklist": true } },
		  "settings": { "allowLoopbackPaths": true,
		  "allowSecondaryPort": false, "primaryPort": $(port_of "$1"),
		  "bind": [ "127.0.0.$2" ] } }
	END
}
apart 1 2 3
apart 2 3 2
"$tapless" world planet --out both \
	--root "$(home 0)/identity.public=127.0.0.1/$(port_of 0)" \
	--root "$(home 3)/identity.public=127.0.0.1/$(port_of 3)" >>"$work/id.log"
for n in 0 1 2 3; do
	cp both "$(home $n)/planet"
	start_node $n
done
for n in 1 2; do
	wait_until 20 "node $n is online" is_online $n
done

# reaches NODE ROOT: directly
reaches() {
	api "$1" GET "/peer/$(id_of "$2")" | grep -q '"preferred":true'
}

for n in 1 2; do
	for root in 0 3; do
		wait_until 20 "node $n reaches root $root" reaches $n $root
	done
done
make_network
join 1
join 2
name_addresses

cat >echo.py <<'END'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 7000))
print("ready", flush=True)
while True:
    data, at = s.recvfrom(100)
    s.sendto(data, at)
END
# Twenty a second, whatever comes back
cat >ask.py <<'END'
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
n = 0
while True:
    n += 1
    s.sendto(b"%d" % n, (sys.argv[1], 7000))
    until = time.monotonic() + 0.05
    while (left := until - time.monotonic()) > 0:
        s.settimeout(left)
        try:
            print(s.recvfrom(100)[0].decode(), flush=True)
        except socket.timeout:
            pass
END

spawn echo 1 "$python" echo.py "$ADDR_A"
wait_until 10 'A listens' grep -q ready echo.log
spawn ask 2 "$python" ask.py "$ADDR_A"

echoes() {
	wc -l <ask.log
}

has_grown() {
	[ "$(echoes)" -gt "$grown_from" ]
}

# goes_on SECONDS: forty more echoes within that time, more than can be on
# their way
goes_on() {
	grown_from=$(($(echoes) + 40))
	before=$(now_ms)
	wait_until "$1" 'echoes come' has_grown
	step "forty echoes after $(($(now_ms) - before)) ms"
}

step 'they talk through a root'
goes_on 15
! reaches 1 2 || fail 'A reaches B directly'
! reaches 2 1 || fail 'B reaches A directly'

step 'the first root dies'
kill_node 0
goes_on 15

step 'it comes back'
start_node 0
for n in 1 2; do
	wait_until 15 "node $n reaches root 0" reaches $n 0
done
goes_on 15

step 'the second root dies'
kill_node 3
goes_on 15
end "$pid"
