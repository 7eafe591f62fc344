#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# rules.sh - which destinations are the host's, and who may call in
#
#	host: 10.99.0.1 (lo), and the address of A as well
#	A: servers, with and without --allow   <----   B: --host, --route
. "$(dirname "$0")/../lib/node.sh"
[ "${TL_OWN_NETWORK-}" = 1 ] || skip 'no network of its own to change'
lan

cat >talk.py <<'END'
import socket, sys
what, address, port, *text = sys.argv[1:]
at = (address, int(port))
if what == "tcp-serve":
    with socket.create_server(at) as l:
        print("ready", flush=True)
        while True:
            s, _ = l.accept()
            s.sendall(text[0].encode())
            s.close()
elif what == "tcp":
    s = socket.create_connection(at, 2)
    print(s.recv(99).decode())
elif what == "udp-serve":
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(at)
        print("ready", flush=True)
        while True:
            data, who = s.recvfrom(99)
            s.sendto(text[0].encode(), who)
else:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.3)
        for _ in range(int(text[0])):
            s.sendto(b"?", at)
            try:
                print(s.recv(99).decode())
                break
            except socket.timeout:
                pass
        else:
            raise SystemExit("no answer")
END

# run_with NODE OPTION... -- COMMAND...
run_with() {
	with_home=$(home "$1")
	shift
	timeout -k 2 "$limit" "$tapless" run -D "$with_home" "$@"
}

# serve_with NAME NODE|host OPTION... -- COMMAND...: until it is ready
serve_with() {
	serve_log=$work/$1.log
	serve_node=$2
	shift 2
	: >"$serve_log"
	case $serve_node in
	host) "$@" >"$serve_log" 2>&1 </dev/null & ;;
	*) "$tapless" run -D "$(home "$serve_node")" "$@" >"$serve_log" 2>&1 \
		</dev/null & ;;
	esac
	children="$children $!"
	wait_until 10 "$serve_log says ready" grep -q ready "$serve_log"
}

says() {
	want=$1
	shift
	got=$("$@" 2>&1) || true
	[ "$got" = "$want" ] || fail "$*: '$got' instead of '$want'"
}
talk() {
	run_with 2 "$@"
}

ip addr add 10.99.0.1/32 dev lo
serve_with host host "$python" talk.py tcp-serve 10.99.0.1 7000 host
serve_with hostudp host "$python" talk.py udp-serve 10.99.0.1 7000 host
serve_with a 1 -- "$python" talk.py tcp-serve "$ADDR_A" 7001 virtual
serve_with audp 1 -- "$python" talk.py udp-serve "$ADDR_A" 7001 virtual

step 'as the routes say'
says host talk -- "$python" talk.py tcp 10.99.0.1 7000
says host talk -- "$python" talk.py udp 10.99.0.1 7000 5
says virtual talk -- "$python" talk.py tcp "$ADDR_A" 7001

step '--route: never by the host'
unreachable() {
	! talk "$@" >got.log 2>&1 || fail "$* reaches the host"
	grep -q 'Network is unreachable' got.log || fail "$*: $(tail -1 got.log)"
}
unreachable --route 10.99.0.0/16 -- "$python" talk.py tcp 10.99.0.1 7000
unreachable --route=0.0.0.0/0 -- "$python" talk.py udp 10.99.0.1 7000 1
says host talk --route 10.99.0.0/16,80 -- "$python" talk.py tcp 10.99.0.1 7000
says host talk --route 0.0.0.0/0 --host 10.99.0.1 -- \
	"$python" talk.py tcp 10.99.0.1 7000

step '--host: by the host, although a virtual network has it'
ip addr add "$ADDR_A/32" dev lo
serve_with twin host "$python" talk.py tcp-serve "$ADDR_A" 7001 host
serve_with twinudp host "$python" talk.py udp-serve "$ADDR_A" 7001 host
says virtual talk -- "$python" talk.py tcp "$ADDR_A" 7001
says host talk --host "$ADDR_A" -- "$python" talk.py tcp "$ADDR_A" 7001
says host talk --host "$ADDR_A/24,7001" -- "$python" talk.py udp "$ADDR_A" 7001 5
says virtual talk --host "$ADDR_A,7002" -- "$python" talk.py udp "$ADDR_A" 7001 5
ip addr del "$ADDR_A/32" dev lo

step '--allow: others may call these ports only'
serve_with open 1 --allow tcp/7010,udp/7010-7012 -- \
	"$python" talk.py tcp-serve "$ADDR_A" 7010 open
serve_with closed 1 --allow tcp/7010,udp/7010-7012 -- \
	"$python" talk.py tcp-serve "$ADDR_A" 7011 closed
serve_with openudp 1 --allow tcp/7010,udp/7010-7012 -- \
	"$python" talk.py udp-serve "$ADDR_A" 7012 open
serve_with closedudp 1 --allow tcp/7010,udp/7010-7012 -- \
	"$python" talk.py udp-serve "$ADDR_A" 7013 closed
says open talk -- "$python" talk.py tcp "$ADDR_A" 7010
says open talk -- "$python" talk.py udp "$ADDR_A" 7012 10
! talk -- "$python" talk.py tcp "$ADDR_A" 7011 >got.log 2>&1 ||
	fail 'a closed listener takes a connection'
grep -q 'timed out' got.log || fail "a closed listener: $(tail -1 got.log)"
! talk -- "$python" talk.py udp "$ADDR_A" 7013 3 >got.log 2>&1 ||
	fail 'a closed socket hears a stranger'

step '... and get answers to what they ask'
says virtual talk --allow tcp/1 -- "$python" talk.py tcp "$ADDR_A" 7001
says virtual talk --allow tcp/1 -- "$python" talk.py udp "$ADDR_A" 7001 10

step 'wrong words'
for wrong in '--host 10.0.0.0/40' '--route x' '--allow 80' '--allow tcp/' \
	'--allow tcp/80,' '--host=' '--isolate --host 10.0.0.0/8'; do
	status=0
	# shellcheck disable=SC2086	# words
	run_with 2 $wrong -- true 2>err.log || status=$?
	[ $status = 2 ] || fail "$wrong: status $status"
	[ "$(wc -l <err.log)" = 1 ] || fail "$wrong: not one line"
done
