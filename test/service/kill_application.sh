#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# kill_application.sh - whatever programs die of, the other side is told the
# truth, and the service goes on and keeps nothing of them
#
#	A: stream.py   <---->   B: stream.py, curl
. "$(dirname "$0")/../lib/node.sh"
lan

stream() {
	stream_name=$1
	stream_node=$2
	shift 2
	spawn "$stream_name" "$stream_node" "$python" "$lib/stream.py" "$@"
}

# said NAME PATTERN: within 10 s
said() {
	wait_until 10 "$1 says $2" grep -qE "^$2\$" "$1.log"
}

count_fds() {
	for part in $(pids_of "$1"); do
		find "/proc/$part/fd" -type l
	done | wc -l
}
fds_are() {
	[ "$(count_fds "$1")" -le "$2" ]
}

# A first use of everything, so that what is kept on purpose is there already.
stream flood 1 flood "$ADDR_A" 9001
flood=$pid
said flood 'listening OK'
fds_a=$(count_fds 1)
fds_b=$(count_fds 2)

step 'a client dies while it receives'
stream take 2 take "$ADDR_A" 9001
said take 'connected OK'
kill -KILL "$pid"
said flood 'flood [0-9]+ (ECONNRESET|EPIPE)'
stream take 2 take "$ADDR_A" 9001
said take 'connected OK'

step 'the server dies while it sends'
kill -KILL "$flood"
said take 'take [0-9]+ (EOF|ECONNRESET)'
run_b "$python" "$lib/stream.py" knock "$ADDR_A" 9001 >knock.log
said knock 'knock ECONNREFUSED'

step 'a client dies while it sends; the server gets no orderly end it never had'
stream sink 1 sink "$ADDR_A" 9002
sink=$pid
said sink 'listening OK'
stream pour 2 pour "$ADDR_A" 9002
said pour 'connected OK'
kill -KILL "$pid"
said sink 'sink [0-9]+ (EOF|ECONNRESET)'

step 'the server dies while somebody sends to it'
stream pour 2 pour "$ADDR_A" 9002
said pour 'connected OK'
kill -KILL "$sink"
said pour 'pour [0-9]+ (ECONNRESET|EPIPE)'

step 'an end is an end, and a reset is a reset, after all bytes'
for n in 0 1 1000 300000 5000000; do
	for end in fin reset; do
		stream give 1 give "$ADDR_A" 9003 $n $end
		give=$pid
		said give 'listening OK'
		stream take 2 take "$ADDR_A" 9003
		case $end in
		fin) said take "take $n EOF" ;;
		reset) said take "take [0-9]+ ECONNRESET" ;;
		esac
		end "$pid"
		end "$give"
	done
done

step 'curl does not take a reset for the end of a page without a length'
cat >page.py <<'END'
import socket
import struct
import sys

listener = socket.create_server((sys.argv[1], 9004))
while True:
    s, _ = listener.accept()
    if not s.recv(10000):
        continue
    s.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + bytes(200000))
    if sys.argv[2] == "reset":
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     struct.pack("ii", 1, 0))
    s.close()
END
spawn page 1 "$python" page.py "$ADDR_A" fin
wait_answers 2 "$ADDR_A" 9004
run_b curl -sS -o got "http://$ADDR_A:9004/"
[ "$(wc -c <got)" = 200000 ] || fail "$(wc -c <got) of 200000 bytes"
end "$pid"
spawn page 1 "$python" page.py "$ADDR_A" reset
wait_answers 2 "$ADDR_A" 9004
for _ in 1 2 3 4 5; do
	! run_b curl -sS -o got "http://$ADDR_A:9004/" 2>curl.log ||
		fail 'curl takes a reset for an end'
done
end "$pid"

step 'fifty die at once'
stream flood 1 flood "$ADDR_A" 9005
flood=$pid
said flood 'listening OK'
cat >many.py <<'END'
import socket
import sys

held = [socket.create_connection((sys.argv[1], 9005)) for _ in range(50)]
held += [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(50)]
for s in held[:50]:
    s.recv(1000)
print("all OK", flush=True)
sys.stdin.buffer.raw.readinto(bytearray(1))
held[0].recv(1 << 30)
while True:
    for s in held[:50]:
        s.recv(100000)
END
spawn many 2 "$python" many.py "$ADDR_A"
said many 'all OK'
kill -KILL "$pid"
all_ended() {
	[ "$(grep -cE '^flood [0-9]+ (ECONNRESET|EPIPE)$' flood.log)" = 50 ]
}
wait_until 20 'the server hears of all fifty' all_ended
kill -KILL "$flood"

step 'the services kept nothing'
wait_until 20 'A has closed what it had' fds_are 1 "$fds_a"
wait_until 20 'B has closed what it had' fds_are 2 "$fds_b"
