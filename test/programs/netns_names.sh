#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: timeout 300
#
# netns_names.sh - names in namespaces whose networks are devices
#
#	A: run --via netns, attach    <---->    B: http.server,
#	   curl, getent, dig, busybox              dns.py (knows *.lan.test)
#	   127.0.0.53: our name server
. "$(dirname "$0")/../lib/node.sh"
. "$(dirname "$0")/../lib/netns.sh"
need ping nsenter dig
lan
stop_node 1
id_a=$(id_of 1)
id_b=$(id_of 2)

mkdir www
echo 'by name' >www/page
for at in "$ADDR_B" "$ADDR6_B"; do
	spawn "http-$at" 2 "$python" -m http.server --bind "$at" \
		--directory www 8080
	wait_answers 2 "$at" 8080
done

# A namespace that stays, and its process's number.
# shellcheck disable=SC2016
spawn_ns box 1 -- sh -c 'echo "inside $$"; exec sleep 300'
wait_said box '^inside'
runner=$pid
box=$(sed -n 's/^inside //p' box.log)

inside() {
	nsenter -t "$box" -n -m timeout 30 "$@"
}

fetch() {
	[ "$(inside curl -sS --max-time 10 "$@")" = 'by name' ] ||
		fail "curl $*"
}

# is GOT WANTED WHAT
is() {
	[ "$1" = "$2" ] || fail "$3: '$1', not '$2'"
}

# says STATUS DIG-ARGUMENT...: is this what dig is told?
says() {
	wanted=$1
	shift
	inside dig +tries=1 +time=5 "$@" >dig.log || fail "dig $*: no answer"
	grep -q "status: $wanted" dig.log || fail "dig $*: not $wanted"
}

# quickly WHAT COMMAND...: fails, and not because it has waited
quickly() {
	failing=$1
	shift
	before=$(now_ms)
	! "$@" >quick.out 2>&1 || fail "$failing was found"
	[ $(($(now_ms) - before)) -lt 4000 ] || fail "$failing took its time"
}

step 'our server is the first that programs ask'
is "$(inside sed -n 's/^nameserver //p' /etc/resolv.conf)" 127.0.0.53 \
	resolv.conf

step "the network's IPv6 addresses"
fetch -6 "http://$id_b.zt:8080/page"
fetch -6 "http://$id_b.$nwid.zt:8080/page"

step 'its own'
is "$(inside getent ahostsv4 "$id_a.zt" | awk '{ print $1; exit }')" "$ADDR_A" \
	'its own IPv4 address'
inside getent ahostsv6 "$id_a.zt" | grep -q "^$ADDR6_A " ||
	fail 'its own IPv6 address'

step 'an IPv4 address that has been talked to'
inside ping -n -c 1 -W 5 "$ADDR_B" >ping.log || fail 'no answer of B'
fetch -4 "http://$id_b.zt:8080/page"
fetch "http://$id_b.zt:8080/page"

step 'addresses have names'
for address in "$ADDR6_B" "$PLANE_B" "$ADDR_B"; do
	inside getent hosts "$address" | grep -q "$id_b.zt" ||
		fail "the name of $address"
done
inside getent hosts "$ADDR_A" | grep -q "$id_a.zt" || fail 'its own name'

step 'names of nobody'
quickly 'a reserved number' inside getent hosts "ffffffffff.$nwid.zt"
quickly 'another network' inside getent hosts "$id_b.0123456789abcdef.zt"
quickly 'the outside' inside getent hosts www.example.org
says NXDOMAIN "$id_b.0123456789abcdef.zt"
says NXDOMAIN -x "$subnet.255"
says REFUSED www.example.org
grep -q 'no network has a name server' dig.log || fail 'it does not say why'
says REFUSED -x 192.0.2.1

step 'by TCP'
is "$(inside dig +tcp +short "$id_b.zt" AAAA | grep -c "^$ADDR6_B\$")" 1 \
	'an address by TCP'
says REFUSED +tcp www.example.org
# Two questions of one connection, in one piece and in single bytes.
cat >stream.py <<'END'
import socket
import sys

name = b"".join(bytes([len(p)]) + p.encode() for p in sys.argv[1].split("."))
question = bytes([7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]) + name + b"\0\0\x1c\0\1"
message = len(question).to_bytes(2, "big") + question
s = socket.create_connection(("127.0.0.53", 53), 5)
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
s.sendall(message + message)
for at in range(len(message)):
    s.sendall(message[at:at + 1])
f = s.makefile("rb")
for _ in range(3):
    answer = f.read(int.from_bytes(f.read(2), "big"))
    assert answer[:2] == b"\7\7" and answer[3] & 15 == 0, answer
    assert socket.inet_pton(socket.AF_INET6, sys.argv[2]) in answer, answer
# What is too long for a question ends it.
s.sendall(b"\xff\xff")
assert f.read(1) == b""
END
inside "$python" "$work/stream.py" "$id_b.zt" "$ADDR6_B" ||
	fail 'questions in a stream'

step 'more connections than there may be'
cat >crowd.py <<'END'
import socket
crowd = [socket.create_connection(("127.0.0.53", 53), 5) for _ in range(200)]
crowd[0].settimeout(10)
assert crowd[0].recv(1) == b""
END
inside "$python" "$work/crowd.py" || fail 'the first does not go'
is "$(inside dig +tcp +short "$id_b.zt" AAAA | grep -c "^$ADDR6_B\$")" 1 \
	'behind them'

if has_program busybox; then
	step 'a program that sends DNS itself'
	inside busybox nslookup "$id_b.zt" >nslookup.log 2>&1 ||
		fail 'busybox nslookup'
	grep -q "$ADDR_B" nslookup.log || fail 'the address is missing'
fi

step "the network's own domain"
printf '%s\n' "www.lan.test A $ADDR_B" "www.lan.test AAAA $ADDR6_B" \
	'failing.lan.test FAIL' 'far.away.test A 192.0.2.7' >records
i=0
while [ $i -lt 60 ]; do
	i=$((i + 1))
	echo "many.lan.test AAAA fd00:77::1:$i" >>records
done
spawn dns 2 "$python" "$lib/dns.py" "$ADDR_B" records
wait_said dns ready
api 0 POST "/controller/network/$nwid" \
	'{ "dns": { "domain": "lan.test", "servers": [ "'"$ADDR_B"'" ] } }' \
	>/dev/null
knows() {
	"$tapless" -D "$(home 1)" -j listnetworks | grep -q lan.test
}
wait_until 20 'A has heard of the domain' knows
says REFUSED www.lan.test
! said dns asked || fail 'asked without leave'
"$tapless" set -D "$(home 1)" "$nwid" allowDNS=1 >/dev/null
lists() {
	inside grep -q "^nameserver $ADDR_B" /etc/resolv.conf
}
wait_until 20 'resolv.conf names the server' lists
is "$(inside sed -n 's/^nameserver //p' /etc/resolv.conf | head -n 1)" \
	127.0.0.53 'the first of two'
fetch -4 http://www.lan.test:8080/page
fetch -6 http://www.lan.test:8080/page
fetch -6 "http://$id_b.zt:8080/page"
says NXDOMAIN missing.lan.test
says SERVFAIL failing.lan.test
# The network's server cuts this, and tells all over TCP.
is "$(inside dig +short +ignore +bufsize=4096 many.lan.test AAAA | wc -l)" 60 \
	'many addresses'
is "$(inside dig +short +tcp many.lan.test AAAA | wc -l)" 60 'many by TCP'

step 'all else is asked of it, too'
is "$(inside dig +short far.away.test)" 192.0.2.7 'another domain'
said dns 'asked far.away.test' || fail 'the server was not asked'
! said dns 'asked .*[.]zt' || fail 'the server was asked for our names'

step 'a server that does not answer'
kill -STOP "$pid"
before=$(now_ms)
inside dig +tries=1 +time=20 www.lan.test >dig.log || fail 'no answer at all'
kill -CONT "$pid"
grep -q 'status: SERVFAIL' dig.log || fail 'it is no failure'
grep -q 'do not answer' dig.log || fail 'it does not say why'
took=$(($(now_ms) - before))
[ $took -ge 5000 ] || fail "given up after $took ms"
end "$pid"
end "$runner"

# --- others' namespaces ------------------------------------------------------

unshare -n sleep 300 &
box=$!
children="$children $box"
is_apart() {
	[ "$(readlink "/proc/$box/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}
wait_until 10 'the container is apart' is_apart
inside() {
	nsenter -t "$box" -n timeout 30 "$@"
}

# attach WANTED: what it is to say
attach() {
	: >attach.log
	"$tapless" attach -D "$(home 1)" --netns "$box" >>attach.log 2>&1 &
	pid=$!
	children="$children $pid"
	wait_said attach "$1"
	wait_said attach "zt0 is on $nwid"
}

# hold ADDRESS: somebody has port 53 there
hold() {
	: >hold.log
	nsenter -t "$box" -n "$python" -c '
import signal, socket, sys
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.bind((sys.argv[1], 53))
print("ready", flush=True)
signal.pause()' "$1" >>hold.log 2>&1 &
	holder=$!
	children="$children $holder"
	wait_said hold ready
}

step 'attach, before the loopback device is up'
cksum /etc/resolv.conf >before
attach 'name server 127.0.0.53$'
nsenter -t "$box" -n ip link set lo up
is "$(inside dig +short @127.0.0.53 "$id_a.zt" A)" "$ADDR_A" 'its own name'
is "$(inside dig +short @127.0.0.53 -x "$PLANE_B")" "$id_b.zt." 'a name'
cksum /etc/resolv.conf | cmp -s - before || fail 'resolv.conf has changed'
end "$pid"

step 'attach, where somebody has that address'
hold 127.0.0.53
attach 'name server 127.53.53.53$'
is "$(inside dig +short @127.53.53.53 "$id_a.zt" A)" "$ADDR_A" 'its own name'
end "$pid"
end "$holder"

step 'attach, where somebody has the port'
hold 0.0.0.0
attach 'no name server .*in use'
inside ping -n -c 1 -W 5 "$ADDR_B" >ping.log || fail 'no answer of B'
end "$pid"
