#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# lite.sh - the small program: how large it is, what it needs, whom it talks to
#
#	node 0: root, controller	whole
#	  |   \
#	  |    node 1 "A"  ---------->  node 2 "B"
#	  |    whole       <----------  small: no AES, so no suite 3
#
# Of what `./dev build lite` has made.
. "$(dirname "$0")/../lib/node.sh"
need curl ss strip readelf
whole=$tapless
small=${TAPLESS_SOURCE:?}/build-lite/bin/tapless
[ -x "$small" ] || skip "there is no $small: ./dev build lite"
size_max=400000

# as small COMMAND...: with the other program in place of the usual one
as() {
	eval "tapless=\$$1"
	shift
	"$@"
	tapless=$whole
}

step 'size and libraries'
strip -o stripped "$small"
size=$(wc -c <stripped)
step "$size bytes"
[ "$size" -le $size_max ] || fail "the stripped program has $size bytes"
for lib in $(readelf -d stripped | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
	case $lib in
	libc.so.* | libsodium.so.* | ld-linux*) ;;
	*) fail "it needs $lib" ;;
	esac
done

step 'it joins a network of the whole one'
make_nodes 3
start_node 0
start_node 1
as small start_node 2
for n in 1 2; do
	wait_until 20 "node $n is online" is_online $n
done
make_network
join 1
as small join 2
name_addresses
step "network $nwid: A is $ADDR_A, B is $ADDR_B"
as small network_is 2 OK || fail 'it does not say itself that it is joined'
"$small" -D "$(home 2)" status | grep -q ONLINE || fail 'status'
"$small" -D "$(home 2)" listnetworks | grep -q "$nwid" || fail 'listnetworks'

# What it has told the controller: from 12 on others may use suite 3.
speaks() {
	api 0 GET "/controller/network/$nwid/member/$(id_of 2)" |
		grep -q '"vProto":'"$1"'[,}]'
}

# fetch FROM TO ADDRESS: 2 MB by TCP
fetch() {
	rm -f got
	case $1 in
	2) as small on_node 2 curl -sS -m 30 -o got "http://$3:8000/file" ;;
	*) on_node "$1" curl -sS -m 30 -o got "http://$3:8000/file" ;;
	esac
	same file got
}

no_suite_is_refused() {
	! api "$1" GET /drops | grep -q 'BAD_SUITE\|BAD_MAC'
}

step 'TCP in both directions'
make_file file 2000000
spawn a 1 "$python" -m http.server --bind :: 8000
as small spawn b 2 "$python" -m http.server --bind :: 8000
b=$pid
wait_answers 1 "$ADDR_B" 8000
as small wait_answers 2 "$ADDR_A" 8000
fetch 1 2 "$ADDR_B"
fetch 2 1 "$ADDR_A"
fetch 1 2 "[$ADDR6_B]"
fetch 2 1 "[$PLANE_A]"
for n in 0 1 2; do
	no_suite_is_refused $n || fail "node $n: $(api $n GET /drops)"
done
end "$b"

# Others have heard that B speaks suite 3, and keep that until B says otherwise.
step 'a home that was of the whole one before'
stop_node 2
start_node 2
wait_until 10 'the whole one says what it speaks' speaks 12
spawn b 2 "$python" -m http.server --bind :: 8000
b=$pid
wait_answers 1 "$ADDR_B" 8000
fetch 1 2 "$ADDR_B"
end "$b"
stop_node 2
as small start_node 2
wait_until 10 'the small one says what it speaks' speaks 11
as small spawn b 2 "$python" -m http.server --bind :: 8000
wait_answers 1 "$ADDR_B" 8000
fetch 1 2 "$ADDR_B"
fetch 2 1 "$ADDR_A"

# refuses STATUS WORDS COMMAND...: it ends so, and says that
refuses() {
	want=$1
	words=$2
	shift 2
	status=0
	timeout 20 "$small" "$@" >out 2>&1 || status=$?
	if [ $status != "$want" ] || ! grep -q "$words" out; then
		fail "$*: $status, $(cat out)"
	fi
}

step 'what is not there says so'
refuses 2 'no command "proxy"' -D "$(home 2)" proxy
refuses 1 'small build' run -D "$(home 2)" --via seccomp -- true
refuses 1 'small build' run -D "$(home 2)" --via netns -- true
refuses 1 'small build' run -D "$(home 2)" --activate 80 -- true
mkdir other
refuses 1 'cannot be a TCP relay' service -D other --no-keeper --relay 0
for path in /controller /metrics /tapless/ping; do
	[ "$(curl -s -o out -w '%{http_code}' -H "X-ZT1-Auth: $(cat \
		"$(home 2)/authtoken.secret")" \
		"http://127.0.0.1:$(port_of 2)$path")" = 404 ] ||
		fail "$path: $(cat out)"
done

step 'it leaves'
"$small" -D "$(home 2)" leave "$nwid" >out || fail "$(cat out)"
"$small" -D "$(home 2)" listnetworks | grep "$nwid" && fail 'still there'
stop_node 2
