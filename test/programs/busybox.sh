#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# busybox.sh - BusyBox, linked statically: httpd, wget, nc, telnet, tftp, and a
# shell that starts others
#
#	A: httpd :8080, nc :9001, a TFTP server :6969   <----   B: wget, nc, tftp
# ctest: full
# ctest: via netns
# matrix: busybox (static) | v4 v6 | seccomp netns
# matrix: busybox (static) | no | preload | nothing can be preloaded into a static program
: "${TL_VIA=seccomp}"
export TL_VIA
. "$(dirname "$0")/../lib/node.sh"
need busybox
! readelf -l "$(command -v busybox)" 2>/dev/null | grep -q INTERP ||
	skip 'busybox is not linked statically'
lan
mkdir www
make_file www/big 20000000
make_file www/small 1000

# A server of blocks of 512 bytes (RFC 1350), each transfer by a port of its own.
cat >tftp.py <<'END'
import socket
import sys

family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
server = socket.socket(family, socket.SOCK_DGRAM)
server.bind((sys.argv[1], 6969))
print("ready", flush=True)
while True:
    request, client = server.recvfrom(600)
    data = open("www/" + request[2:].split(b"\0")[0].decode(), "rb").read()
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        s.bind((sys.argv[1], 0))
        s.settimeout(1)
        for n in range(len(data) // 512 + 1):
            block = (n + 1 & 0xffff).to_bytes(2, "big")
            for _ in range(5):
                s.sendto(b"\0\3" + block + data[n * 512:][:512], client)
                try:
                    if s.recvfrom(600)[0] == b"\0\4" + block:
                        break
                except TimeoutError:
                    pass
END

came_back() {
	grep -q words back.log
}

# talk COMMAND...: sends a word, and stays until it is back
talk() {
	: >back.log
	{
		echo words
		wait_until 10 'words come back' came_back
	} | run_b busybox "$@" >back.log 2>&1 || :
	came_back || fail "$1: other words came back"
}

# round HOST ADDRESS OWN-ADDRESS
round() {
	step "httpd and wget, $2"
	spawn httpd 1 busybox httpd -f -vv -p "$1:8080" -h www
	httpd=$pid
	wait_answers 2 "$2" 8080
	virtual_only "$2" 8080
	run_b busybox wget -q -O got "http://$1:8080/big"
	same got www/big
	grep -q "$3" httpd.log || fail 'the server is not told who asks'
	step 'what a shell starts'
	# shellcheck disable=SC2016 # for the shell inside
	run_b busybox sh -c 'for i in 1 2 3 4 5; do
		busybox wget -q -O "got.$i" "$1" & done; wait' sh \
		"http://$1:8080/small"
	for i in 1 2 3 4 5; do
		same got.$i www/small
	done
	got=0
	run_b busybox wget -q -O none "http://$1:8081/" 2>err.log || got=$?
	[ $got = 1 ] || fail "nobody there: status $got"
	grep -q 'Connection refused' err.log || fail 'it was not refused'
	# It has a process for each connection.
	end_family "$httpd"

	step "nc and telnet, $2"
	spawn nc 1 busybox nc -ll -p 9001 -e cat
	nc=$pid
	wait_answers 2 "$2" 9001
	talk nc "$2" 9001
	talk telnet "$2" 9001
	end_family "$nc"

	step "tftp, $2"
	head -c 300000 www/big >www/part
	spawn tftp 1 "$python" tftp.py "$2"
	wait_until 10 'the server is ready' grep -q ready tftp.log
	run_b busybox tftp -g -r part -l got "$2" 6969
	same got www/part
	end "$pid"
}
round "$ADDR_A" "$ADDR_A" "$ADDR_B"
round "[$ADDR6_A]" "$ADDR6_A" "$ADDR6_B"
