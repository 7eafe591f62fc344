#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# names.sh - programs call each other by name
#
#	A: http.server, dns.py (knows *.lan.test)   <----   B: curl, getent, dig
. "$(dirname "$0")/../lib/node.sh"
lan
id_a=$(id_of 1)
id_b=$(id_of 2)

mkdir www
echo 'by name' >www/page
for at in "$ADDR_A" "$ADDR6_A"; do
	spawn "http-$at" 1 "$python" -m http.server --bind "$at" \
		--directory www 8080
	wait_answers 2 "$at" 8080
done

fetch() {
	[ "$(run_b curl -sS --max-time 10 "$@")" = 'by name' ] ||
		fail "curl $*"
}

step "<node>.zt: of the network's IPv6 addresses at once"
fetch -6 "http://$id_a.zt:8080/page"
fetch -6 "http://$id_a.$nwid.zt:8080/page"

step 'and of an IPv4 address that has been talked to'
fetch -4 "http://$id_a.zt:8080/page"
fetch "http://$id_a.zt:8080/page"

step 'its own'
run_b getent ahostsv4 "$id_b.zt" | grep -q "^$ADDR_B " || fail 'own name'

step 'names of nobody'
! run_b getent hosts "ffffffffff.$nwid.zt" || fail 'a reserved number'
! run_b getent hosts "$id_a.0123456789abcdef.zt" || fail 'another network'
! run_b getent hosts "$id_a.zt.zt" || fail 'no such form'

step 'addresses have names'
run_b getent hosts "$ADDR6_A" | grep -q "$id_a.zt" || fail 'RFC4193'
run_b getent hosts "$PLANE_A" | grep -q "$id_a.zt" || fail '6PLANE'
run_b getent hosts "$ADDR_A" | grep -q "$id_a.zt" || fail 'IPv4'

# by_dns NAME TYPE WANTED: what a program is told that asks name servers itself
by_dns() {
	[ "$(run_b dig +short +tries=2 +time=5 @169.254.53.53 "$1" "$2")" = \
		"$3" ] || fail "dig $1 $2"
}
dig=$(command -v dig) || partly 'dig is not installed' || dig=
if [ -n "$dig" ]; then
	step 'by DNS'
	by_dns "$id_b.zt" A "$ADDR_B"
	by_dns "$id_a.$nwid.zt" A "$ADDR_A"
	by_dns "$id_a.0123456789abcdef.zt" A ''
	[ "$(run_b dig +short @169.254.53.53 -x "$ADDR6_A")" = "$id_a.zt." ] ||
		fail 'the name of an address'
	# Nobody else is answered there.
	! dig +tries=1 +time=1 @169.254.53.53 "$id_b.zt" >/dev/null ||
		fail 'the host has that server, too'
fi

step "the network's own domain"
printf '%s\n' "www.lan.test A $ADDR_A" "www.lan.test AAAA $ADDR6_A" >records
spawn dns 1 "$python" "$lib/dns.py" "$ADDR_A" records
wait_until 10 'the name server answers' grep -q ready dns.log
api 0 POST "/controller/network/$nwid" \
	'{ "dns": { "domain": "lan.test", "servers": [ "'"$ADDR_A"'" ] } }' \
	>/dev/null
knows() {
	"$tapless" -D "$(home 2)" -j listnetworks | grep -q lan.test
}
wait_until 20 'B has heard of the domain' knows
! run_b getent hosts www.lan.test || fail 'asked without leave'
"$tapless" set -D "$(home 2)" "$nwid" allowDNS=1 >/dev/null
fetch -4 http://www.lan.test:8080/page
fetch -6 http://www.lan.test:8080/page
[ -z "$dig" ] || by_dns www.lan.test A "$ADDR_A"
[ -z "$dig" ] || by_dns www.lan.test AAAA "$ADDR6_A"
! run_b getent hosts missing.lan.test || fail 'a missing name'
grep -q 'asked missing.lan.test' dns.log || fail 'the server was not asked'
! grep -q example dns.log || fail 'the server was asked for others'
