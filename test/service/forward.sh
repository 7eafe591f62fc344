#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# forward.sh - ports of the host that lead onto the network, and back
#
#	host's programs -> tapless forward -L at B --- network ---> A: servers
#	host's servers  <- tapless forward -R at B <--- network --- A: programs
#
# ctest: timeout 180
. "$(dirname "$0")/../lib/node.sh"
need curl nc
lan
echo_py=$lib/../programs/echo.py
make_file big 20000000
mkdir www
mv big www/

# start NAME OPTION...: forwards of node B; sets pid and the file's name, said
start() {
	said=$1.log
	shift
	: >"$said"
	"$tapless" forward -D "$(home 2)" "$@" >"$said" 2>&1 </dev/null &
	pid=$!
	children="$children $pid"
	wait_until 10 'the forward listens' grep -q '^listening on ' "$said"
}

# port_at PREFIX: of the place in $said that begins with it
port_at() {
	sed -n 's/^listening on //p' "$said" | tr ',' '\n' |
		sed -n "s/^ *$1:\([0-9]*\).*/\1/p" | head -n 1
}

has() {
	grep -q -e "$2" "$1" || fail "$1 has no: $2 ($(tr '\n' '|' <"$1"))"
}

fails_with() {
	want=$1
	shift
	got=0
	"$@" >out 2>err || got=$?
	[ "$got" = "$want" ] || fail "$*: status $got, not $want"
}

spawn files 1 "$python" -m http.server --bind "$ADDR_A" -d www 8080
spawn files6 1 "$python" -m http.server --bind "$ADDR6_A" -d www 8080
spawn echo 1 "$python" "$echo_py" serve "$ADDR_A" 7000
spawn reset 1 "$python" "$lib/stream.py" give "$ADDR_A" 7001 100000 reset
spawn flood 1 "$python" "$lib/stream.py" flood "$ADDR_A" 7002
for p in 8080 7000 7001 7002; do
	wait_answers 2 "$ADDR_A" $p
done
wait_answers 2 "$ADDR6_A" 8080

step '-L: TCP, a name for each address, IPv6 and a Unix socket'
start local -L "0:$ADDR_A:8080" -L "127.0.0.2:0:[$ADDR6_A]:8080" \
	-L "unix:$work/l.sock:$ADDR_A:8080" -L "127.0.0.3:0:$ADDR_A:7001" \
	-L "127.0.0.4:0:$ADDR_A:9" -L "127.0.0.5:0:$ADDR_A:7000" \
	-L "127.0.0.6:0:127.0.0.1:8090" -L "127.0.0.7:0:$ADDR_A:7002"
local=$pid
port=$(port_at 127.0.0.1)
curl -sS -f -m 20 -o got "http://127.0.0.1:$port/big"
same got www/big
if has "$said" '\[::1\]' 2>/dev/null; then
	curl -sS -f -g -m 20 -o got "http://[::1]:$port/big"
	same got www/big
fi
curl -sS -f -m 20 -o got "http://127.0.0.2:$(port_at 127.0.0.2)/big"
same got www/big
curl -sS -f -m 20 -o got --unix-socket l.sock http://any/big
same got www/big
nc -N 127.0.0.5 "$(port_at 127.0.0.5)" <www/big >got
same got www/big

step '-L: resets, refusals and the host are no orderly ends'
"$python" "$lib/stream.py" take 127.0.0.3 "$(port_at 127.0.0.3)" >got
has got 'take [0-9]* ECONNRESET'
"$python" "$lib/stream.py" take 127.0.0.4 "$(port_at 127.0.0.4)" >got
has got 'take 0 ECONNRESET'
has "$said" "cannot connect to $ADDR_A:9: Connection refused"
"$python" "$lib/stream.py" take 127.0.0.6 "$(port_at 127.0.0.6)" >got
has got 'take 0 ECONNRESET'
has "$said" '127.0.0.1:8090: it is in no virtual network'

step 'many at once'
cat >many.py <<'END'
import socket, sys, threading
failed = []
barrier = threading.Barrier(100)
def one(i):
    try:
        s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 30)
        barrier.wait(30)
        text = f"{i} ".encode() * 20000
        threading.Thread(target=s.sendall, args=(text,)).start()
        got = b""
        while len(got) < len(text):
            got += s.recv(65536)
        assert got == text
    except Exception as e:
        failed.append(repr(e))
        barrier.abort()
threads = [threading.Thread(target=one, args=(i,)) for i in range(100)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print("failed", len(failed), *failed[:3])
END
"$python" many.py 127.0.0.5 "$(port_at 127.0.0.5)" >got
has got '^failed 0'

step '-R: TCP to the host, to a Unix socket, from one address'
"$python" -m http.server --bind 127.0.0.1 -d www 8091 >host.log 2>&1 &
children="$children $!"
wait_until 10 'a server of the host' curl -sS -f -o got \
	http://127.0.0.1:8091/big
"$python" -c '
import socket
listener = socket.socket(socket.AF_UNIX)
listener.bind("here.sock")
listener.listen()
s, _ = listener.accept()
with open("www/big", "rb") as big:
    s.sendfile(big)
s.shutdown(socket.SHUT_WR)
s.recv(1)' &
children="$children $!"
wait_until 10 'a Unix socket of the host' test -S here.sock
start remote -R 8091:127.0.0.1:8091 -R "$ADDR_B:8092:localhost:8091" \
	-R "[$ADDR6_B]:8093:unix:$work/here.sock" -R 8094:127.0.0.1:9
remote=$pid
has "$said" '0.0.0.0:8091 (virtual)'
virtual_only "$ADDR_B" 8092
run_a curl -sS -f -m 20 -o got "http://$ADDR_B:8091/big"
same got www/big
run_a curl -sS -f -g -m 20 -o got "http://[$ADDR6_B]:8091/big"
same got www/big
run_a curl -sS -f -m 20 -o got "http://$ADDR_B:8092/big"
same got www/big
run_a sh -c "nc -N $ADDR6_B 8093 </dev/null | head -c 20000000" >got
same got www/big
run_a "$python" "$lib/stream.py" take "$ADDR_B" 8094 >got
has got 'take 0 ECONNRESET'

step 'UDP, both ways'
"$python" "$echo_py" serve 127.0.0.1 7100 >host-echo.log 2>&1 &
children="$children $!"
start udp --udp-idle 2 -U -L "0:$ADDR_A:7000" -U -R 7101:localhost:7100
udp=$pid
set -- /proc/"$udp"/fd/*
idle=$#
port=$(port_at 127.0.0.1)
cat >ask.py <<'END'
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET,
                  socket.SOCK_DGRAM)
s.connect((sys.argv[1], int(sys.argv[2])))
s.settimeout(1)
for n in (1, 100, 1400, 9000, 30000):
    for attempt in range(5):
        s.send(b"x" * n)
        try:
            got = s.recv(65536)
            break
        except (TimeoutError, ConnectionRefusedError):
            continue
    assert got == b"x" * n, (n, len(got))
print("answered")
END
"$python" ask.py 127.0.0.1 "$port" >got
has got answered
run_a "$python" ask.py "$ADDR_B" 7101 >got
has got answered
# From the address that was asked, or the connected socket would not see it.
for at in "$ADDR6_B" "$PLANE_B"; do
	run_a "$python" ask.py "$at" 7101 >got
	has got answered
done

step 'UDP: silent sources are forgotten'
for _ in 1 2 3 4 5; do
	"$python" ask.py 127.0.0.1 "$port" >>got &
done
wait_until 5 'sources have descriptors' sh -c \
	"set -- /proc/$udp/fd/*; [ \$# -gt $((idle + 3)) ]"
wait_until 10 'the sources are forgotten' sh -c \
	"set -- /proc/$udp/fd/*; [ \$# -le $idle ]"
end "$udp"
[ "$status" = 0 ] || fail "it ended with status $status"

step 'a new start of the service: -R listens again'
stop_node 2
wait_until 10 'it says so' grep -q 'waiting for the service' remote.log
start_node 2
wait_until 20 'node 2 is online' is_online 2
run_a true
again() {
	on_node 1 curl -sS -f -m 5 -o got "http://$ADDR_B:8091/big"
}
wait_until 30 'A gets through again' again
same got www/big
curl -sS -f -m 20 -o got --unix-socket l.sock http://any/big
same got www/big

step 'SIGTERM: a transfer under way goes on'
said=local.log
rm -f got
curl -sS -f -m 60 --limit-rate 8M -o got \
	"http://127.0.0.1:$(port_at 127.0.0.1)/big" &
transfer=$!
children="$children $transfer"
wait_until 10 'the transfer has begun' test -s got
kill -TERM $local
wait_until 5 'it has stopped listening' sh -c "! [ -e l.sock ]"
wait_gone 30 $transfer 'the transfer'
[ "$status" = 0 ] || fail "the transfer ended with $status"
same got www/big
wait_gone 5 $local 'the forward'
[ "$status" = 0 ] || fail "it ended with status $status"
end $remote

step 'what cannot be'
fails_with 1 "$tapless" forward -D "$(home 2)" -L "192.0.2.1:0:$ADDR_A:80"
has err 'cannot listen on 192.0.2.1:0: Cannot assign'
fails_with 1 "$tapless" forward -D "$(home 2)" -R 192.0.2.1:80:localhost:80
has err 'cannot listen on 192.0.2.1:80 of the virtual networks'
start limited --max-per-client 1 -L "0:$ADDR_A:7002"
port=$(port_at 127.0.0.1)
nc 127.0.0.1 "$port" >/dev/null &
children="$children $!"
wait_until 5 'one is connected' sh -c \
	"ss -Htn 'sport = :$port' | grep -q ESTAB"
"$python" "$lib/stream.py" take 127.0.0.1 "$port" >got
has got 'take 0 ECONNRESET'
kill -TERM "$pid"
wait_until 5 'it has stopped listening' sh -c "! nc -z 127.0.0.1 $port"
is_alive "$pid" || fail 'the forward did not wait'
kill -TERM "$pid"
wait_gone 5 "$pid" 'the forward'
