#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# dnsmasq.sh - questions and answers of DNS, small and large, over UDP and TCP
#
#	A: dnsmasq :5353   <----   B: dig, and dnsmasq :5354 that asks A
# ctest: via seccomp
# ctest: via netns
# matrix: dig | v4 v6 | preload seccomp netns
# matrix: dnsmasq | v4 v6 | preload seccomp netns
. "$(dirname "$0")/../lib/node.sh"
need dnsmasq dig
lan
text=$(head -c 180 /dev/zero | tr '\0' t)
cat >zone.conf <<END
no-resolv
no-hosts
no-daemon
local=/test/
bind-interfaces
port=5353
listen-address=$ADDR_A
listen-address=$ADDR6_A
edns-packet-max=8192
host-record=a.test,$ADDR_A,$ADDR6_A
END
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	echo "txt-record=big.test,$text-$i"
	echo "host-record=h$i.test,10.9.8.$i"
done >>zone.conf
[ "$(id -u)" != 0 ] || echo 'user=root' >>zone.conf
spawn dnsmasq 1 dnsmasq -C zone.conf
server=$pid
wait_answers 2 "$ADDR_A" 5353
wait_answers 2 "$ADDR6_A" 5353
virtual_only "$ADDR_A" 5353

# ask ARGUMENT...: what dig says of what the server said
ask() {
	run_b dig @"$address" -p "$port" +time=2 +tries=3 "$@"
}

# check_big OPTION...: all 20 texts of 180 letters
check_big() {
	ask "$@" +short big.test TXT >got
	[ "$(grep -c "$text" got)" = 20 ] ||
		fail "$*: $(grep -c "$text" got) of 20 texts"
}

basics() {
	step "port $port of $address $*"
	[ "$(ask "$@" +short a.test)" = "$ADDR_A" ] || fail 'A'
	[ "$(ask "$@" +short a.test AAAA)" = "$ADDR6_A" ] || fail 'AAAA'
	[ "$(ask "$@" +short -x 10.9.8.7)" = h7.test. ] || fail 'PTR'
	ask "$@" none.test | grep -q 'status: NXDOMAIN' || fail 'a name that is not'
	# All on one connection.
	ask +short +tcp +keepopen -f names >got
	[ "$(wc -l <got)" = 20 ] || fail 'not 20 answers over TCP'
	check_big +tcp
}

large() {
	step '4 KB: cut and asked again over TCP, and in one datagram'
	ask +ignore +noedns big.test TXT | grep -q 'flags:.* tc' ||
		fail 'a large answer is not cut without EDNS'
	check_big +noedns
	check_big +bufsize=8192 +ignore

	step 'one after the other'
	ask +short -f names >got
	[ "$(wc -l <got)" = 20 ] || fail 'not 20 answers over UDP'
}

for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	echo "h$i.test"
done >names
port=5353
for address in "$ADDR_A" "$ADDR6_A"; do
	basics
	basics +tcp
	large
done
address=$ADDR_A
[ "$(ask -b "$ADDR_B#4242" +short a.test)" = "$ADDR_A" ] ||
	fail 'asked from port 4242'

step 'a server that asks another'
spawn forward 2 dnsmasq -C /dev/null --no-daemon --no-resolv --no-hosts \
	--bind-interfaces --port=5354 --listen-address="$ADDR_B" \
	--listen-address="$ADDR6_B" --user="$(id -un)" \
	--edns-packet-max=8192 --server="$ADDR_A#5353" --pid-file
wait_answers 2 "$ADDR_B" 5354
port=5354
for address in "$ADDR_B" "$ADDR6_B"; do
	basics
	basics +tcp
	large
done

step 'nobody there'
end "$server"
got=0
run_b dig @"$ADDR_A" -p 5353 +time=1 +tries=1 a.test >dig.log || got=$?
[ "$got" = 9 ] || fail "dig's status is $got, not 9"
# Errors of datagrams wake nobody under the launcher (doc/compatibility.md).
[ "${TL_VIA-}" = seccomp ] || grep -q refused dig.log ||
	fail 'that the port is closed was not told'
