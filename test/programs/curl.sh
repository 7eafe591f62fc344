#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# curl.sh - curl downloads from a web server of Python's, over every kind of
# address, one file and many at once, and is told the truth about failures
#
#	A: http.server on 10.x, fd.. and fc..   <----   B: curl
# ctest: via seccomp
# ctest: via netns
# matrix: curl | v4 v6 | preload seccomp netns
. "$(dirname "$0")/../lib/node.sh"
lan
mkdir www
make_file www/big 50000000
for i in 1 2 3 4 5 6 7 8; do
	make_file www/part$i 3000000
done
: >www/empty

for address in "$ADDR_A" "$ADDR6_A" "$PLANE_A"; do
	case $address in
	*:*) url="http://[$address]:8080" ;;
	*) url=http://$address:8080 ;;
	esac
	step "$url"
	spawn web 1 "$python" -m http.server --bind "$address" -d www 8080
	wait_answers 2 "$address" 8080
	virtual_only "$address" 8080
	run_b curl -sS -f -g -o got "$url/big"
	same got www/big
	run_b curl -sS -f -g -o got "$url/empty"
	same got www/empty
	end "$pid"
done

step 'eight at once'
spawn web 1 "$python" -m http.server --bind "$ADDR_A" -d www 8080
wait_answers 2 "$ADDR_A" 8080
mkdir parts
run_b curl -sS -f -Z --create-dirs -o 'parts/part#1' \
	"http://$ADDR_A:8080/part[1-8]"
for i in 1 2 3 4 5 6 7 8; do
	same parts/part$i www/part$i
done

step 'the server is told who asks'
grep -q "^$ADDR_B - " web.log || fail "requests did not come from $ADDR_B"

step 'failures have the right names'
got=0
run_b curl -sS -f "http://$ADDR_A:8080/none" 2>>err.log || got=$?
[ $got = 22 ] || fail "404: curl's status is $got"
got=0
run_b curl -sS "http://$ADDR_A:8081/" 2>>err.log || got=$?
[ $got = 7 ] || fail "connection refused: curl's status is $got"
got=0
run_b curl -sS -m 2 "http://$subnet.254:8080/" 2>>err.log || got=$?
case $got in
7 | 28) ;;
*) fail "nobody there: curl's status is $got" ;;
esac
end "$pid"
