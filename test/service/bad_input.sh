#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# bad_input.sh - what cannot work is said in one clear line, with a status other
# than 0, and nothing that was there is overwritten
. "$(dirname "$0")/../lib/node.sh"
need curl ss
make_nodes 2
dir=$(home 1)

# Not what only says where a running service is.
sums() {
	(cd "$1" && find . -type f ! -name '*lock*' ! -name tapless.endpoint \
		! -name zerotier-one.port -exec sha256sum {} + | sort -k 2)
}

# refused WHAT PATTERN COMMAND...: one line that matches, and no trace of it
refused() {
	what=$1
	pattern=$2
	shift 2
	sums "$dir" >before
	got=0
	timeout -k 1 15 "$@" >out.log 2>err.log </dev/null || got=$?
	case $got in
	124 | 137) fail "$what: it hangs, or it runs" ;;
	0 | 12[89] | 1[3-9]? | 2??) fail "$what: status $got" ;;
	esac
	[ "$(cat out.log err.log | grep -c '^tapless: ')" = 1 ] ||
		fail "$what: not one line: $(cat out.log err.log)"
	grep -qE "^tapless: .*$pattern" err.log ||
		fail "$what: '$(cat err.log)' does not say: $pattern"
	sums "$dir" >after
	cmp -s before after || fail "$what: files have changed: $(diff before after)"
	printf '   %s\n' "$(cut -c 1-200 err.log)"
}

refuse_service() {
	what=$1
	pattern=$2
	shift 2
	refused "$what" "$pattern" "$tapless" service -D "$dir" "$@"
}

# A home with everything in it, as a service leaves it.
start_node 1
stop_node 1
cp -a "$dir" whole

restore() {
	rm -rf "$dir"
	cp -a whole "$dir"
}

step 'identity.secret'
secret=$(cat whole/identity.secret)
public=$(cat whole/identity.public)
damaged=$(printf '%s' "$secret" | sed 's/^\(.\{20\}\)./\1z/')
case $secret in
0*) other=1 ;;
*) other=0 ;;
esac
for text in '' 'rubbish' "$public" "$(printf '%s' "$secret" | cut -c 1-100)" \
	"$damaged" "$secret:00" "$other$(printf '%s' "$secret" | cut -c 2-)"; do
	printf '%s' "$text" >"$dir/identity.secret"
	refuse_service "identity '$(printf '%s' "$text" | cut -c 1-12)'" \
		"$dir/identity.secret"
done
head -c 100000 /dev/urandom >"$dir/identity.secret"
refuse_service 'identity of random bytes' "$dir/identity.secret"
rm "$dir/identity.secret"
mkdir "$dir/identity.secret"
refuse_service 'a folder as identity' "$dir/identity.secret"
restore

step 'planet'
for cut in 0 1 50 150; do
	head -c $cut planet >"$dir/planet"
	refuse_service "planet of $cut bytes" "$dir/planet"
done
head -c 300 /dev/urandom >"$dir/planet"
refuse_service 'planet of random bytes' "$dir/planet"
head -c 100000 /dev/urandom >"$dir/planet"
refuse_service 'a planet that is too long' "$dir/planet"
restore

step 'local.conf'
for text in '' '{' '[]' '7' '{ "settings": { "primaryPort": 1, } }' \
	'{} and more' '{ "settings": { "primaryPort": "9993" } }' \
	'{ "physical": { "10.0.0.0": {} } }' '{ "virtual": { "x": {} } }'; do
	printf '%s' "$text" >"$dir/local.conf"
	refuse_service "local.conf '$text'" "$dir/local.conf, line 1"
done
restore

step 'other files'
: >"$dir/authtoken.secret"
refuse_service 'an empty token' authtoken.secret
restore
printf 'short' >"$dir/session.secret"
refuse_service 'a short session secret' session.secret
restore
head -c 5000 /dev/urandom >"$dir/controller.db"
refuse_service 'a store of random bytes' "$dir/controller.db"
restore

step 'a damaged cache of a network is left out, and the service runs'
head -c 2000 /dev/urandom >"$dir/networks.d/0123456789abcdef.conf"
head -c 100 /dev/urandom >"$dir/networks.d/rubbish"
cp "$dir/networks.d/rubbish" rubbish
start_node 1
"$tapless" listnetworks -D "$dir" | grep -q 0123456789abcdef ||
	fail 'it does not join again'
stop_node 1
cmp -s rubbish "$dir/networks.d/rubbish" || fail 'a foreign file has changed'
restore

step 'options'
refuse_service 'a port that is none' '70000' -p 70000
refuse_service 'a port with a sign' '\-1' -p -1
refuse_service 'an unknown option' 'nonsense' --nonsense
refuse_service 'something too much' 'nonsense' nonsense

step 'ports in use'
cat >hold.py <<'END'
import signal
import socket
import sys

s = socket.socket(socket.AF_INET, getattr(socket, sys.argv[1]))
if sys.argv[1] == "SOCK_STREAM":
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[2])))
if sys.argv[1] == "SOCK_STREAM":
    s.listen()
print("held", flush=True)
signal.pause()
END
for kind in SOCK_DGRAM SOCK_STREAM; do
	"$python" hold.py $kind "$(port_of 1)" >$kind.out &
	holder=$!
	children="$children $holder"
	wait_until 10 'the port is held' grep -q held $kind.out
	refuse_service "port in use, $kind" "port $(port_of 1).*in use"
	end "$holder"
done

step 'a home in use'
start_node 1
refuse_service 'the same home again' "in use by process $(pid_of 1)" -p 0
refused 'a wrong network id' 'network id' "$tapless" join -D "$dir" 12345
refused 'a network id with other letters' 'network id' \
	"$tapless" join -D "$dir" 012345678901234g
refused 'a wrong token' token "$tapless" -T wrong info -D "$dir"
[ -z "$(ls "$dir/networks.d")" ] || fail 'a network was entered'

step 'a network that its controller does not have'
start_node 0
none="$(id_of 0)000001"
"$tapless" join -D "$dir" "$none" >/dev/null
nwid=$none
wait_until 10 'it is not found' network_is 1 NOT_FOUND
"$tapless" leave -D "$dir" "$none" >/dev/null
stop_node 0
stop_node 1

step 'no service'
rm -f "$dir/zerotier-one.port"
refused 'info' 'is the service running' "$tapless" info -D "$dir"
restore
refused 'info, after a crash' 'service is running' "$tapless" info -D "$dir"
refused 'join' 'service is running' \
	"$tapless" join -D "$dir" 0123456789abcdef
refused 'run' 'does not run' "$tapless" run -D "$dir" -- true
refused 'run, without a home' 'start the service' \
	"$tapless" run -D "$work/none" -- true
[ ! -e none ] || fail 'a home was made'

step 'somebody else answers where the service should'
cat >foreign.py <<'END'
import signal
import socket
import sys
import threading

http = socket.create_server(("127.0.0.1", int(sys.argv[1])))
rpc = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
rpc.bind("\0" + sys.argv[2])
rpc.listen()


def talk(listener):
    while True:
        s, _ = listener.accept()
        s.recv(4096)
        s.sendall(b"220 mail.example ESMTP\r\n" * 50)
        s.shutdown(socket.SHUT_WR)
        while s.recv(4096):
            pass
        s.close()


for listener in (http, rpc):
    threading.Thread(target=talk, args=(listener,), daemon=True).start()
print("held", flush=True)
signal.pause()
END
"$python" foreign.py "$(port_of 1)" "$(cat "$dir/tapless.endpoint")" >foreign.out &
holder=$!
children="$children $holder"
wait_until 10 'the names are held' grep -q held foreign.out
refused 'info, from a stranger' 'not the service' "$tapless" info -D "$dir"
refused 'run, with a stranger' 'service' "$tapless" run -D "$dir" -- true
end "$holder"

step 'strangers at the endpoint'
start_node 1
cat >stranger.py <<'END'
import os
import random
import socket
import sys

random.seed(1)
name = "\0" + sys.argv[1]
fds = [os.open("/dev/null", os.O_RDONLY), *os.pipe(),
       socket.socket().fileno(), *(s.fileno() for s in socket.socketpair())]
for i in range(300):
    s = socket.socket(socket.AF_UNIX,
                      (socket.SOCK_STREAM, socket.SOCK_SEQPACKET)[i % 2])
    s.settimeout(0.05 if i < 20 else 0.001)
    try:
        s.connect(name)
        body = os.urandom(random.randrange(1, 600))
        if i % 3 == 0:
            body = b"tlrq" + body
        socket.send_fds(s, [body], random.sample(fds, i % 4 + 1))
        s.recv(1000)
    except OSError:
        pass
    s.close()
END
"$python" stranger.py "$(cat "$dir/tapless.endpoint")"
serves 1 >/dev/null || fail 'the service does not answer any more'
on_node 1 true || fail 'the service gives no session any more'
stop_node 1

step 'no permission to write'
restore
# What root may, capabilities say; without them the owner's bits count.
plain=
[ "$(id -u)" != 0 ] || plain='setpriv --bounding-set=-dac_override,-dac_read_search'
rm -f "$dir"/*.secret.tmp
chmod -R a-w "$dir"
# shellcheck disable=SC2086 # a list of words
refused 'a home that is read-only' "$dir" \
	$plain "$tapless" service -D "$dir"
chmod -R u+w "$dir"
mkdir locked
chmod 555 locked
# shellcheck disable=SC2086
refused 'a home in a folder that is read-only' "$work/locked/home" \
	$plain "$tapless" service -D "$work/locked/home"
: >file
refused 'a home that is a file' "$work/file" \
	"$tapless" service -D "$work/file"
