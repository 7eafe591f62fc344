#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# diag_pcap.sh - tapless pcap: both sides of a node, and readers that are slow
#
#	B: pcap, ping   <---->   A
. "$(dirname "$0")/../lib/node.sh"
lan

t() {
	"$tapless" -D "$(home 2)" "$@"
}

# capture NAME OPTION...: in the background, into NAME.pcapng; sets pid
capture() {
	capture_file=$1.pcapng
	shift
	rm -f "$capture_file"
	"$tapless" -D "$(home 2)" pcap -w "$capture_file" "$@" 2>err &
	pid=$!
	children="$children $pid"
	wait_until 5 'a capture has begun' test -s "$capture_file"
}

# ends STATUS: the capture does, by itself
ends() {
	wait_gone 10 "$pid" 'the capture'
	[ "$status" = "$1" ] || fail "pcap ended with $status: $(cat err)"
}

shows() {
	"$python" "$lib/pcapng.py" "$1.pcapng" >"$1.txt" ||
		fail "$1.pcapng is no good file"
}

has() {
	grep -qE "$2" "$1.txt" || fail "$1 has no $2: $(tail -n 5 "$1.txt")"
}

a_ping() {
	t ping -c "${1-1}" -i 0.2 "$ADDR_A" >/dev/null
}

wait_until 10 'A answers' a_ping

step 'the virtual side: four frames of two pings, and an end'
capture virtual -c 4
a_ping 2
ends 0
shows virtual
[ "$(grep -c ^interface virtual.txt)" = 1 ] || fail 'interfaces'
has virtual '^interface 0 zt0 1$'
has virtual "^packet 0 out 98 98 icmp $ADDR_B 8 $ADDR_A 0\$"
has virtual "^packet 0 in 98 98 icmp $ADDR_A 0 $ADDR_B 0\$"
[ "$(grep -c ^packet virtual.txt)" = 4 ] || fail 'four frames were asked for'
[ "$(tail -n 1 virtual.txt)" = 'stats 0 4 0' ] || fail 'the statistics'

step 'the wire side, until it is interrupted'
capture wire --wire
a_ping 2
kill -INT "$pid"
ends 0
shows wire
has wire '^interface 0 wire 101$'
has wire "^packet 0 out [0-9]+ [0-9]+ udp 127.0.0.1 $(port_of 2) 127.0.0.1 $(port_of 1)\$"
has wire "^packet 0 in [0-9]+ [0-9]+ udp 127.0.0.1 $(port_of 1) 127.0.0.1 $(port_of 2)\$"
tail -n 1 wire.txt | grep -qE '^stats 0 [0-9]+ 0$' || fail 'the statistics'
[ "$(grep -c ^packet wire.txt)" = "$(tail -n 1 wire.txt | cut -d ' ' -f 3)" ] ||
	fail 'packets and statistics do not agree'

step 'both at once, one network, and cut frames'
capture both --wire --virtual -s 60 "$nwid"
a_ping
kill -INT "$pid"
ends 0
shows both
has both '^interface 0 wire 101$'
has both '^interface 1 zt0 1$'
has both '^packet 1 out 60 98 '
has both '^packet 0 out 60 '
has both '^stats 0 '
has both '^stats 1 '

step 'large packets: the parts of one lie on the wire as they are'
capture parts --wire
"$tapless" run -D "$(home 2)" -- "$python" -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(b"x" * 2700, (sys.argv[1], 9))' "$ADDR_A"
has_parts() {
	"$python" "$lib/pcapng.py" parts.pcapng >parts.txt 2>/dev/null &&
		[ "$(awk '$3 == "out" && $4 > 1000' parts.txt | wc -l)" -ge 2 ]
}
wait_until 5 'two large datagrams' has_parts
kill -INT "$pid"
ends 0

if has_program tshark; then
	step 'tshark reads them'
	tshark -r virtual.pcapng -Y icmp >tshark.txt 2>tshark.err ||
		fail "tshark: $(cat tshark.err)"
	[ "$(grep -c 'Echo (ping)' tshark.txt)" = 4 ] || fail 'what tshark sees'
	tshark -r both.pcapng -Y _ws.malformed >tshark.txt 2>tshark.err ||
		fail "tshark: $(cat tshark.err)"
	[ "$(tshark -r wire.pcapng -T fields -e frame.interface_name \
		2>/dev/null | sort -u)" = wire ] || fail 'the name of the interface'
	[ -z "$(tshark -r wire.pcapng -o udp.check_checksum:TRUE -o \
		ip.check_checksum:TRUE -Y 'udp.checksum.status == 0 or ip.checksum.status == 0' \
		2>/dev/null)" ] || fail 'checksums'
fi

step 'into a pipe whose other end has seen enough'
"$tapless" -D "$(home 2)" ping -i 0.2 "$ADDR_A" >/dev/null 2>&1 &
pinger=$!
children="$children $pinger"
t pcap -w - | head -c 300 >head.bin
[ "$(wc -c <head.bin)" = 300 ] || fail 'what came through the pipe'
kill -INT $pinger
wait $pinger || true

step 'a reader that does not read loses packets, and nobody waits for it'
cat >slow.py <<-'END'
	import socket, sys, time
	port, token, go = int(sys.argv[1]), sys.argv[2], sys.argv[3]
	s = socket.socket()
	s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
	s.connect(("127.0.0.1", port))
	s.sendall(f"GET /tapless/capture?virtual=1&room=65536 HTTP/1.0\r\n"
	          f"X-ZT1-Auth: {token}\r\n\r\n".encode())
	data = b""
	while b"\r\n\r\n" not in data:
	    data += s.recv(1)
	open("ready", "w").close()
	while True: # until the transfer is over
	    try:
	        open(go)
	        break
	    except OSError:
	        time.sleep(0.05)
	s.shutdown(socket.SHUT_WR)
	data = data[data.index(b"\r\n\r\n") + 4:]
	while True:
	    more = s.recv(65536)
	    if not more:
	        break
	    data += more
	open("slow.pcapng", "wb").write(data)
END
"$python" slow.py "$(port_of 2)" "$(cat "$(home 2)/authtoken.secret")" go &
slow=$!
children="$children $slow"
wait_until 5 'the slow reader is there' test -e ready
"$tapless" -D "$(home 1)" speedtest --server >server.log 2>&1 &
children="$children $!"
wait_until 10 'a server for tests' grep -q waiting server.log
t speedtest -t 1 "$ADDR_A" >speed.txt 2>&1 || fail "speedtest: $(cat speed.txt)"
: >go
wait_gone 10 $slow 'the slow reader'
[ "$status" = 0 ] || fail 'the slow reader'
shows slow
"$python" - <<-'END' || fail 'what the statistics say'
	lines = [l.split() for l in open("slow.txt")]
	packets = sum(l[0] == "packet" for l in lines)
	last = lines[-1]
	assert last[0] == "stats", last
	got, lost = int(last[2]), int(last[3])
	assert lost > 0 and got == packets + lost, (got, packets, lost)
END

step 'nobody but the owner'
for path in /tapless/capture /tapless/drops /tapless/ping/0123456789 \
	/tapless/trace/0123456789 /tapless/way/1.2.3.4; do
	for token in wrong "$(cat "$(home 2)/metricstoken.secret")"; do
		[ "$(curl -s -o /dev/null -w '%{http_code}' --noproxy '*' \
			-H "X-ZT1-Auth: $token" \
			"http://127.0.0.1:$(port_of 2)$path")" = 401 ] ||
			fail "$path for a stranger"
	done
done

step 'what cannot be done'
# refused STATUS ARGUMENT...
refused() {
	want=$1
	shift
	got=0
	t pcap "$@" >out 2>err || got=$?
	[ "$got" = "$want" ] || fail "pcap $*: status $got, not $want"
	[ ! -s out ] || fail "pcap $*: there is output"
	[ "$(wc -l <err)" = 1 ] || fail "pcap $*: not one line"
}
refused 2 -c 0
refused 2 -c
refused 2 -s 20000
refused 2 --nosuch
refused 2 123
refused 2 "$nwid" "$nwid"
refused 2 --wire "$nwid"
refused 1 0123456789abcdef
refused 1 -w /nowhere/file
refused 1 -T wrong
