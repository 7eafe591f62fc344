#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# haproxy.sh - HAProxy, as nobody in an empty root if that can be had, between
# clients and servers on its own and on the other node; a new process takes the
# listeners of the old one over, which ends when its connections do
#
#	A: haproxy :8080 -> http.server :8082 of A and of B   <----   B: curl, ab
# ctest: full
# ctest: via seccomp
# ctest: via netns
# matrix: haproxy | v4 v6 | preload seccomp netns
. "$(dirname "$0")/../lib/user.sh"
. "$(dirname "$0")/../lib/node.sh"
need haproxy
lan
mkdir www empty
chmod 755 www empty
make_file www/big 20000000
make_file www/small 1000
user=
if real_root; then
	user="user nobody
	group nogroup
	chroot $work/empty"
fi
cat >haproxy.cfg <<END
global
	$user
	maxconn 500
	stats socket $work/haproxy.sock mode 600 level admin expose-fd listeners
defaults
	timeout connect 5s
	timeout client 30s
	timeout server 30s
	option splice-auto
frontend web
	mode http
	bind $ADDR_A:8080
	bind [$ADDR6_A]:8080
	http-response set-header x-pid %pid
	http-response set-header x-server %s
	http-request set-header x-forwarded-for %[src]
	default_backend servers
backend servers
	mode http
	balance roundrobin
	option httpchk GET /small
	server own $ADDR_A:8082 check inter 500ms fall 2 rise 1
	server far [$ADDR6_B]:8082 check inter 500ms fall 2 rise 1
frontend stream
	mode tcp
	bind $ADDR_A:8081 defer-accept
	bind [$ADDR6_A]:8081
	default_backend echo
backend echo
	mode tcp
	server own $ADDR_A:8083 source $ADDR_A
END
spawn own 1 "$python" -m http.server --bind "$ADDR_A" -d www 8082
wait_answers 1 "$ADDR_A" 8082
spawn far 2 "$python" -m http.server --bind "$ADDR6_B" -d www 8082
far=$pid
wait_answers 1 "$ADDR6_B" 8082
spawn echo 1 "$python" "$lib/../programs/python_more.py" serve threads \
	"$ADDR_A" 8083
wait_until 10 'the echo server is ready' grep -q ready echo.log

# Without a terminal, in the foreground: -db.
spawn haproxy 1 haproxy -db -f "$work/haproxy.cfg"
haproxy=$pid
wait_answers 2 "$ADDR_A" 8080
virtual_only "$ADDR_A" 8080
[ -z "$user" ] || [ "$(ps -o user= -p "$(program "$haproxy")")" = nobody ] ||
	fail 'it has not become nobody'

for url in "http://$ADDR_A:8080" "http://[$ADDR6_A]:8080"; do
	step "$url"
	for _ in 1 2 3 4; do
		run_b curl -sS -f -g -D head -o got "$url/big"
		same got www/big
		cat head
	done >heads
	[ "$(grep -i '^x-server' heads | sort -u | wc -l)" = 2 ] ||
		fail "only these were asked: $(grep -i '^x-server' heads)"
	if has_program ab; then
		run_b ab -q -n 1000 -c 20 -k "$url/small" >ab.log
		grep -q 'Failed requests:  *0$' ab.log ||
			fail 'ab: some of the requests failed'
	fi
done

for address in "$ADDR_A" "$ADDR6_A"; do
	step "connections passed through, $address"
	own=$ADDR_B
	[ "$address" = "$ADDR_A" ] || own=$ADDR6_B
	run_b "$python" "$lib/../programs/python_more.py" ask "$address" 8081 \
		"$own"
done

step 'a server that goes, and comes back'
end "$far"
only_own() {
	for _ in 1 2 3; do
		run_b curl -sS -D - -o /dev/null "http://$ADDR_A:8080/small"
	done >heads
	[ "$(grep -ci '^x-server: own' heads)" = 3 ]
}
wait_until 10 'all requests go to the other one' only_own
spawn far 2 "$python" -m http.server --bind "$ADDR6_B" -d www 8082
far_too() {
	run_b curl -sS -D - -o /dev/null "http://$ADDR_A:8080/small" |
		grep -qi '^x-server: far'
}
wait_until 10 'it is asked again' far_too

step 'a new process takes the listeners over'
member 2 curl -sS -f --limit-rate 10M -o slow \
	"http://$ADDR_A:8080/big" &
slow=$!
children="$children $slow"
wait_until 10 'the download has begun' test -s slow
spawn haproxy2 1 haproxy -db -f "$work/haproxy.cfg" -x "$work/haproxy.sock" \
	-sf "$(program "$haproxy")"
new=$pid
new_answers() {
	run_b curl -sS -f -m 5 -D head -o got "http://$ADDR_A:8080/small" ||
		fail 'refused during the change'
	same got www/small
	grep -qi "^x-pid: $(program "$new")" head
}
deadline=$(($(now_ms) + 10000))
until new_answers; do
	[ "$(now_ms)" -lt $deadline ] || fail 'the new process is not asked'
done
is_alive $slow || fail 'the download was over before the change was'
wait_gone 20 $slow 'the download'
[ "$status" = 0 ] || fail "the download ended with status $status"
same slow www/big
wait_gone 20 "$haproxy" 'the old process'
for _ in 1 2 3 4 5; do
	new_answers || fail 'the old process answers'
done
run_b curl -sS -f -g -o got "http://[$ADDR6_A]:8080/big"
same got www/big
end "$new"
! answers 2 "$ADDR_A" 8080 2>/dev/null || fail 'port 8080 is still open'
