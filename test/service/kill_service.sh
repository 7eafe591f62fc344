#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# kill_service.sh - when a service dies, its programs get errors and no ends of
# files; when it is back, so is everything else, within ten seconds
#
#	A: stream.py   <---->   B (dies): stream.py, curl
. "$(dirname "$0")/../lib/node.sh"
lan
mkdir www
make_file www/file 3000000

stream() {
	stream_name=$1
	stream_node=$2
	shift 2
	spawn "$stream_name" "$stream_node" "$python" "$lib/stream.py" "$@"
}

# said NAME PATTERN [SECONDS]
said() {
	wait_until "${3-5}" "$1 says $2" grep -qE "^$2\$" "$1.log"
}

stream flood 1 flood "$ADDR_A" 9001
stream sink 1 sink "$ADDR_A" 9002
spawn web 1 "$python" -m http.server --bind "$ADDR_A" -d www 8080
for log in flood sink; do
	said $log 'listening OK'
done
wait_answers 2 "$ADDR_A" 8080

step 'B does everything at the same time'
stream take 2 take "$ADDR_A" 9001
take=$pid
stream pour 2 pour "$ADDR_A" 9002
pour=$pid
stream listener 2 sink "$ADDR_B" 9003
listener=$pid
stream datagram 2 datagram "$ADDR_B" 9004
datagram=$pid
stream knock 2 knock "$subnet.254" 9005
knock=$pid
# No length: only the end of the connection says that the page is complete.
cat >page.py <<'END'
import socket
import sys

listener = socket.create_server((sys.argv[1], 9006))
print("listening OK", flush=True)
s, _ = listener.accept()
s.recv(10000)
s.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + bytes(200000))
print("sent OK", flush=True)
s.recv(1)
END
spawn page 1 "$python" page.py "$ADDR_A"
said page 'listening OK' 10
"$tapless" run -D "$(home 2)" -- curl -sS -o page "http://$ADDR_A:9006/" \
	2>curl.log &
curl=$!
children="$children $curl"
for log in take pour; do
	said $log 'connected OK'
done
said listener 'listening OK'
said datagram 'bound OK'
said page 'sent OK' 10

step 'B is killed'
before=$(now_ms)
kill_node 2
said take 'take [0-9]+ ECONNRESET'
said pour 'pour [0-9]+ (ECONNRESET|EPIPE)'
said listener 'accept EINVAL'
said listener 'poll no POLLHUP'
said datagram 'datagram ENETDOWN'
said knock 'knock (ECONNRESET|ENETDOWN|EHOSTUNREACH|ETIMEDOUT)'
said take 'socket ENETDOWN'
said listener 'socket ENETDOWN'
wait_gone 5 "$curl" curl
[ "$status" != 0 ] || fail 'curl believes that it has the whole page'
step "all of them know after $(($(now_ms) - before)) ms"
got=0
run_b true 2>err.log || got=$?
[ $got = 1 ] || fail "tapless run without a service: status $got"
[ "$(grep -c '^tapless: ' err.log)" = 1 ] || fail 'not one line is said'

step 'B is back'
before=$(now_ms)
start_node 2
fetch() {
	run_b curl -sS -f -m 3 -o got "http://$ADDR_A:8080/file"
}
wait_until 10 'B fetches from A' fetch
took=$(($(now_ms) - before))
same got www/file
[ "$took" -lt 10000 ] || fail "it took $took ms"
step "after $took ms"
[ "$(address 2 '^10[.]')" = "$ADDR_B" ] || fail 'B has another address'

step 'programs that are still there may go on, with the token they have'
said take 'socket again OK' 10
said listener 'socket again OK' 10
for child in "$take" "$pour" "$listener" "$datagram" "$knock"; do
	wait_gone 5 "$child" 'a program on B'
done

step 'A has heard of the end of its connections'
said flood 'flood [0-9]+ (ECONNRESET|EPIPE)' 30
said sink 'sink [0-9]+ (ECONNRESET|ETIMEDOUT)' 30

step 'A can open connections to B as well'
spawn web_b 2 "$python" -m http.server --bind "$ADDR_B" -d www 8080
wait_answers 1 "$ADDR_B" 8080
run_a curl -sS -f -o got "http://$ADDR_B:8080/file"
same got www/file
