#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# proxy.sh - the SOCKS5 and HTTP proxy, with programs of the host as clients
#
#	curl, nc, python            tapless proxy           A: servers
#	  on the host   --- SOCKS5, HTTP --->  B  --- network --->
#
# ctest: timeout 240
. "$(dirname "$0")/../lib/node.sh"
need curl nc openssl
lan
socks=$lib/socks.py
make_file big 20000000
mkdir www
mv big www/

# start NAME OPTION...: a proxy on B; sets pid, and port to its (last) port
start() {
	start_log=$1.log
	shift
	: >"$start_log"
	"$tapless" proxy -D "$(home 2)" "$@" >"$start_log" 2>&1 </dev/null &
	pid=$!
	children="$children $pid"
	wait_until 10 'the proxy listens' grep -q '^listening on ' "$start_log"
	port=$(sed -n 's/^listening on .*[]0-9]:\([0-9]*\) (.*/\1/p' "$start_log")
}

# said FILE PATTERN
said() {
	grep -q -e "$2" "$1" || fail "$1 has no: $2 ($(tr '\n' '|' <"$1"))"
}

# fails_with STATUS COMMAND...
fails_with() {
	want=$1
	shift
	got=0
	"$@" >out 2>err || got=$?
	[ "$got" = "$want" ] || fail "$*: status $got, not $want"
}

spawn files 1 "$python" -m http.server --bind "$ADDR_A" -d www 8080
spawn web 1 "$python" "$lib/web.py" "$ADDR_A" 8081
spawn web6 1 "$python" "$lib/web.py" "$ADDR6_A" 8081
spawn echo 1 "$python" "$lib/../programs/echo.py" serve "$ADDR_A" 7000
spawn reset 1 "$python" "$lib/stream.py" give "$ADDR_A" 7001 100000 reset
spawn flood 1 "$python" "$lib/stream.py" flood "$ADDR_A" 7002
for p in 8080 8081 7000 7001 7002; do
	wait_answers 2 "$ADDR_A" $p
done
wait_answers 2 "$ADDR6_A" 8081
virtual_only "$ADDR_A" 8080
start proxy --socks 127.0.0.1:0
socks_pid=$pid
S=127.0.0.1:$port
start both --socks 127.0.0.1:1080 --http 127.0.0.1:1080
both_pid=$pid
B=127.0.0.1:1080
said both.log 'socks5 and http'

step 'files by SOCKS5 and HTTP, byte by byte'
for way in "--socks5 $S" "--socks5-hostname $B" "--proxy http://$B" \
	"-p --proxy http://$B"; do
	# shellcheck disable=SC2086 # a list of words
	curl -sS -f -m 60 -o got $way "http://$ADDR_A:8080/big"
	same got www/big
done

step 'IPv6'
for way in "--socks5 $S" "--socks5-hostname $B" "--proxy http://$B" \
	"-p --proxy http://$B"; do
	# shellcheck disable=SC2086
	curl -sS -f -g -m 20 -o got $way "http://[$ADDR6_A]:8081/chunked"
	[ "$(wc -c <got)" = 100000 ] || fail "IPv6 by $way"
done

step 'names of members'
for way in "--socks5-hostname $B" "--proxy http://$B" \
	"-p --proxy http://$B"; do
	# shellcheck disable=SC2086
	curl -sS -f -m 20 -o got $way "http://$(id_of 1).zt:8081/chunked"
	[ "$(wc -c <got)" = 100000 ] || fail "a name by $way"
done

step 'TLS through CONNECT'
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem \
	-days 2 -subj "/CN=$ADDR_A" -addext "subjectAltName=IP:$ADDR_A" 2>/dev/null
"$tapless" run -D "$(home 1)" -- sh -c "cd www && exec openssl s_server \
	-accept $ADDR_A:8444 -cert ../cert.pem -key ../key.pem -WWW -quiet" \
	>tls.log 2>&1 </dev/null &
children="$children $!"
wait_answers 2 "$ADDR_A" 8444
for way in "--proxy http://$B" "--socks5 $S"; do
	# shellcheck disable=SC2086
	curl -sS -m 60 --cacert cert.pem -o got $way "https://$ADDR_A:8444/big"
	same got www/big
done

step 'HTTP: what the server is asked'
curl -sS -m 10 -x "http://$B" -H 'Host: somewhere' -H 'X-Mine: 1' \
	-H 'Connection: X-Mine, keep-alive' -H 'Keep-Alive: 5' \
	"http://$ADDR_A:8081/head" >got
said got '^GET /head HTTP/1.1'
said got '^Host: somewhere'
said got '^Connection: close'
! grep -qiE '^(x-mine|keep-alive|proxy-)' got || fail 'a field of one hop'

step 'HTTP: bodies in all framings'
for path in chunked to-end; do
	curl -sS -f -m 10 -x "http://$B" -o got "http://$ADDR_A:8081/$path"
	[ "$(wc -c <got)" = 100000 ] || fail "$path: $(wc -c <got) bytes"
done
curl -sS -f -m 20 -x "http://$B" --data-binary @www/big -H 'Expect:' \
	-o got "http://$ADDR_A:8081/echo"
same got www/big
curl -sS -f -m 20 -x "http://$B" -H 'Transfer-Encoding: chunked' \
	-H 'Expect: 100-continue' --data-binary @www/big -o got \
	"http://$ADDR_A:8081/echo"
same got www/big
curl -sS -m 10 -x "http://$B" -I "http://$ADDR_A:8080/big" >got
said got '^Content-Length: 20000000'
curl -sS -m 20 -x "http://$B" --data-binary @www/big -H 'Expect:' \
	"http://$ADDR_A:8081/early" >got
said got early

step 'HTTP: failures'
http_code() {
	code=$(curl -s -m 10 -o got -w '%{http_code}' -x "http://$B" "$@") || :
}
http_code "http://$ADDR_A:9/"
[ "$code" = 502 ] || fail "refused: $code"
said got 'refused'
http_code http://no-such-host.invalid/
[ "$code" = 502 ] || fail "unknown name: $code"
http_code "http://$ADDR_A:8081/nonsense"
[ "$code" = 502 ] || fail "no HTTP: $code"
http_code "http://$ADDR_A:8081/reset"
[ "$code" = 502 ] || fail "reset: $code"
http_code -H 'Content-Length: 5' -H 'Transfer-Encoding: chunked' -d hello \
	"http://$ADDR_A:8081/echo"
[ "$code" = 400 ] || fail "two lengths: $code"
[ "$(wc -l <got)" = 1 ] || fail 'more than one line of text'
fails_with 56 curl -sS -m 10 -x "http://$B" "http://$ADDR_A:8081/broken"
printf 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' | nc -N 127.0.0.1 1080 >got
said got '^HTTP/1.1 400 '

step 'SOCKS5: codes'
[ "$("$python" "$socks" code $B 1 "$ADDR_A" 9)" = 5 ] || fail 'refused'
[ "$("$python" "$socks" code $B 1 no-such-host.invalid 80)" = 4 ] ||
	fail 'no such name'
[ "$("$python" "$socks" code $B 9 "$ADDR_A" 80)" = 7 ] || fail 'bad command'
[ "$("$python" "$socks" code $B 2 127.0.0.1 0)" = 2 ] || fail 'BIND on the host'

step 'a connection of each half: nc -N'
nc -h 2>&1 | grep -q OpenBSD || skip 'nc is not netcat-openbsd'
spawn sink 1 sh -c "nc -nv -l $ADDR_A 7003 | sha256sum"
wait_until 10 'nc listens' grep -q Listening sink.log
nc -N -X 5 -x "$S" "$ADDR_A" 7003 <www/big
sum=$(sha256sum <www/big)
wait_until 20 'nc has it all' grep -q "${sum%% *}" sink.log
nc -N -X 5 -x "$S" "$ADDR_A" 7000 <www/big >got
same got www/big

step 'a reset is passed on as one'
# If it comes before the proxy has heard of the connection, that has failed.
gets_reset() {
	"$python" "$socks" get "$S" "$ADDR_A" 7001 full >got &&
		grep -q ECONNRESET got
}
wait_until 20 'a reset comes as one' gets_reset

step 'BIND'
"$python" "$socks" bind "$S" "$ADDR_A" >bind.out &
bind=$!
children="$children $bind"
wait_until 10 'BIND has a port' grep -q '^bound 0 10' bind.out
run_a "$python" -c "
import socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 10)
s.sendall(b'hello')
print(s.recv(4).decode(), s.recv(1) == b'')
" "$(cut -d ' ' -f 3 bind.out)" "$(cut -d ' ' -f 4 bind.out)" >got
wait_gone 10 $bind 'the client of BIND'
said got '^over True'
said bind.out "^came 0 $ADDR_A"
said bind.out '^hello True'

step 'UDP ASSOCIATE'
"$python" "$socks" udp "$S" "$ADDR_A" 7000 datagram >got
said got "^$ADDR_A 7000 datagram"
said got '^closed'
"$python" "$socks" fragment "$S" "$ADDR_A" 7000 >got
said got '^whole'
"$python" "$socks" stranger "$S" "$ADDR_A" 7000 >got
said got '^client'

step '200 connections at once'
"$python" "$socks" many "$S" "$ADDR_A" 7000 200 >got
said got '^failed 0'

step 'garbage'
head -c 100000 /dev/urandom >garbage
for n in 1 2 3 4 5; do
	head -c $n garbage | nc -w 5 -N "${S%:*}" "${S#*:}" >/dev/null || :
	{ printf '\005'; tail -c +$n garbage; } |
		nc -w 5 -N 127.0.0.1 1080 >/dev/null || :
	{ printf 'GET http://'; tail -c +$n garbage; } |
		nc -w 5 -N 127.0.0.1 1080 >/dev/null || :
done
curl -sS -f -m 10 -o got -x "http://$B" "http://$ADDR_A:8080/big"
same got www/big

step 'a slow reader delays nobody'
mkfifo hold
"$python" "$socks" get "$S" "$ADDR_A" 7002 slow <hold >slow.out &
slow=$!
children="$children $slow"
exec 8>hold
wait_until 10 'the slow one is connected' grep -q connected slow.out
for _ in 1 2 3; do
	curl -sS -f -m 20 --socks5 "$S" -o got "http://$ADDR_A:8080/big"
	same got www/big
done
rss=$(awk '/VmRSS/ { print $2 }' /proc/$socks_pid/status)
[ "$rss" -lt 40000 ] || fail "the proxy has grown to $rss KiB"
kill -KILL $slow
exec 8>&-

step 'the host, unless isolated'
"$python" "$lib/web.py" 127.0.0.1 8090 &
children="$children $!"
host_answers() {
	curl -sS -f -m 5 -o got "http://127.0.0.1:8090/chunked"
}
wait_until 10 'a server of the host' host_answers
curl -sS -f -m 10 --socks5 "$S" -o got http://127.0.0.1:8090/chunked
start isolated --isolate --socks 127.0.0.1:1081 --http 127.0.0.1:1081
[ "$("$python" "$socks" code 127.0.0.1:1081 1 127.0.0.1 8090)" = 2 ] ||
	fail 'the host is reached, or the code is another one'
code=$(curl -s -m 10 -o got -w '%{http_code}' -x http://127.0.0.1:1081 \
	http://127.0.0.1:8090/chunked)
[ "$code" = 403 ] || fail "isolated HTTP: $code"
curl -sS -f -m 10 -x http://127.0.0.1:1081 -o got "http://$ADDR_A:8081/chunked"
code=$(curl -s -m 10 -o got -w '%{http_code}' -x http://127.0.0.1:1081 \
	http://localhost:8090/chunked)
[ "$code" = 502 ] || fail "isolated, a name of the host: $code"
end "$pid"

step 'names and passwords'
printf 'se:cret\nnot this\n' >password
start private --user alice --password-file password --socks 0.0.0.0:1082 \
	--http 127.0.0.1:1083
url=http://$ADDR_A:8081/chunked
curl -sS -f -m 10 -o got --socks5 127.0.0.1:1082 \
	--proxy-user alice:se:cret "$url"
curl -sS -f -m 10 -o got -x http://127.0.0.1:1083 \
	--proxy-user alice:se:cret "$url"
for wrong in alice:wrong alice: bob:se:cret; do
	fails_with 97 curl -sS -m 10 --socks5 127.0.0.1:1082 \
		--proxy-user "$wrong" "$url"
	code=$(curl -s -m 10 -o got -w '%{http_code}' \
		-x http://127.0.0.1:1083 --proxy-user "$wrong" "$url")
	[ "$code" = 407 ] || fail "HTTP with $wrong: $code"
done
fails_with 97 curl -sS -m 10 --socks5 127.0.0.1:1082 "$url"
code=$(curl -s -m 10 -o got -w '%{http_code}' -x http://127.0.0.1:1083 "$url")
[ "$code" = 407 ] || fail "HTTP without a name: $code"
end "$pid"

step 'a Unix socket, for its owner'
start unix --socks "unix:$work/s.sock"
[ "$(stat -c %a s.sock)" = 600 ] || fail "its mode is $(stat -c %a s.sock)"
[ "$("$python" "$socks" code "unix:$work/s.sock" 1 "$ADDR_A" 7000)" = 0 ] ||
	fail 'CONNECT by a Unix socket'
[ "$("$python" "$socks" code "unix:$work/s.sock" 3 0.0.0.0 0)" = 2 ] ||
	fail 'UDP ASSOCIATE by a Unix socket'
fails_with 1 "$tapless" proxy -D "$(home 2)" --socks "unix:$work/s.sock"
said err 'Address already in use'
kill -KILL "$pid"
wait "$pid" 2>/dev/null || :
start unix --socks "unix:$work/s.sock"
end "$pid"
[ ! -e s.sock ] || fail 'the socket was left behind'
: >s.sock
fails_with 1 "$tapless" proxy -D "$(home 2)" --socks "unix:$work/s.sock"
said err 'File exists'

step 'limits'
start few --socks 127.0.0.1:1084 --max-per-client 3
"$python" "$socks" open 127.0.0.1:1084 3 0 >got
said got '^closed 0'
wait_until 10 'those have gone' sh -c \
	"! ss -Htn 'sport = :1084' | grep -qE 'ESTAB|CLOSE-WAIT'"
"$python" "$socks" open 127.0.0.1:1084 5 2 >got
said got '^closed 2'
end "$pid"

step 'SIGTERM: a transfer under way goes on, nobody new comes in'
curl -sS -f -m 60 --limit-rate 8M -o got -x "http://$B" \
	"http://$ADDR_A:8080/big" &
transfer=$!
children="$children $transfer"
has_some() {
	[ -s got ]
}
rm -f got
wait_until 10 'the transfer has begun' has_some
kill -TERM $both_pid
refused() {
	! nc -z 127.0.0.1 1080
}
wait_until 5 'the proxy has stopped listening' refused
is_alive $both_pid || fail 'the proxy did not wait'
wait_gone 30 $transfer 'the transfer'
[ "$status" = 0 ] || fail "the transfer ended with $status"
same got www/big
wait_gone 5 $both_pid 'the proxy after its last connection'
[ "$status" = 0 ] || fail "the proxy ended with $status"

step 'the time is over: what is left is reset'
start short --socks 127.0.0.1:1085 --drain 1
"$python" "$socks" get 127.0.0.1:1085 "$ADDR_A" 7002 full >drained.out &
reader=$!
children="$children $reader"
wait_until 10 'a connection' sh -c \
	"ss -Htn 'sport = :1085' | grep -q ESTAB"
kill -TERM "$pid"
wait_gone 5 "$pid" 'the proxy'
wait_gone 5 $reader 'its client'
said drained.out ECONNRESET

step 'a second SIGTERM ends at once'
: >drained.out
"$python" "$socks" get "$S" "$ADDR_A" 7002 slow <hold >drained.out &
children="$children $!"
exec 8>hold
wait_until 10 'a connection' grep -q connected drained.out
kill -TERM $socks_pid
wait_until 5 'it has stopped listening' sh -c "! nc -z ${S%:*} ${S#*:}"
is_alive $socks_pid || fail 'the proxy did not wait'
kill -TERM $socks_pid
wait_gone 3 $socks_pid 'the proxy'
exec 8>&-

step 'a new start of the service'
start again --socks 127.0.0.1:1086
stop_node 2
[ "$("$python" "$socks" code 127.0.0.1:1086 1 "$ADDR_A" 7000)" = 3 ] ||
	fail 'another code without service'
start_node 2
wait_until 20 'node 2 is online' is_online 2
reaches() {
	[ "$("$python" "$socks" code 127.0.0.1:1086 1 "$ADDR_A" 7000)" = 0 ]
}
wait_until 20 'the proxy reaches A again' reaches
end "$pid"
