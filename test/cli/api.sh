#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# api.sh - the subcommands that ask a service, against prepared answers
# shellcheck source=test/cli/common
. "$(dirname "$0")/common"

fake=$TAPLESS_BUILD/test/fake_api
if [ ! -x "$fake" ]; then
	echo "SKIPPED: $fake is not built" >&2
	exit 77
fi
net=7ee85fb0c96e642f
mkdir home
printf 'sesame\n' >home/authtoken.secret
pid=$("$fake" home sesame)
at_end="kill $pid"

# answer NAME: what the service says next, from standard input
answer() {
	cat >body
	{
		printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
		printf 'Content-Length: %d\r\n\r\n' "$(wc -c <body)"
		cat body
	} >"home/$1"
}

t() {
	status=$1
	shift
	expect "$status" -Dhome "$@"
}

# info
answer GET_status <<'EOF'
{"online":true,"address":"7ee85fb0c9","version":"1.14.1","tcpFallbackActive":false}
EOF
t 0 info
out_is '200 info 7ee85fb0c9 1.14.1 ONLINE
'
err_empty
t 0 status
out_is '200 info 7ee85fb0c9 1.14.1 ONLINE
'
t 0 -j info
out_is '{
 "address": "7ee85fb0c9",
 "online": true,
 "tcpFallbackActive": false,
 "version": "1.14.1"
}
'
t 0 /status
cmp -s out body || fail "raw is not raw"
answer GET_status <<'EOF'
{"address":"7ee85fb0c9","online":false,"version":"1.14.1"}
EOF
t 0 info
out_has OFFLINE
answer GET_status <<'EOF'
{"address":"7ee85fb0c9","online":true,"tcpFallbackActive":true,"version":"1"}
EOF
t 0 info
out_has TUNNELED

# peers
answer GET_peer <<'EOF'
[{"address":"06deeb7a25","latency":12,"role":"LEAF","version":"1.14.1",
"versionMajor":1,"paths":[
{"address":"192.0.2.1/1","preferred":false,"lastSend":1,"lastReceive":1},
{"address":"192.0.2.2/9993","preferred":true,"lastSend":0,"lastReceive":0}]},
{"address":"7ee85fb0c9","latency":-1,"role":"PLANET","version":"-1.-1.-1",
"versionMajor":-1,"paths":[]}]
EOF
t 0 listpeers
out_is '200 listpeers <ztaddr> <path> <latency> <version> <role>
200 listpeers 06deeb7a25 192.0.2.2/9993;-1;-1 12 1.14.1 LEAF
200 listpeers 7ee85fb0c9 - -1 - PLANET
'
t 0 peers
out_is '200 peers
<ztaddr>   <ver>  <role> <lat> <link>   <lastTX> <lastRX> <path>
06deeb7a25 1.14.1 LEAF      12 DIRECT   -1       -1       192.0.2.2/9993
7ee85fb0c9 -      PLANET    -1 RELAY
'
t 0 listpeers -j
out_has '^  "address": "06deeb7a25",$'

# networks
answer GET_network <<EOF
[{"nwid":"$net","name":"n2","mac":"2e:1a:86:96:00:96","status":"OK",
"type":"PRIVATE","portDeviceName":"zt0","assignedAddresses":
["fcb7:863b:9f7e:e85f:b0c9::1/40","10.77.0.6/24"]},
{"nwid":"7ee85fb0c96e6430","name":"","mac":"2e:1a:86:96:00:97",
"status":"AUTHENTICATION_REQUIRED","type":"PRIVATE","portDeviceName":"zt1",
"assignedAddresses":[],"ssoEnabled":true,"authenticationExpiryTime":5,
"authenticationURL":"https://x.test/","why":"a login is wanted"}]
EOF
t 0 listnetworks
out_is "200 listnetworks <nwid> <name> <mac> <status> <type> <dev> <ZT assigned ips>
200 listnetworks $net n2 2e:1a:86:96:00:96 OK PRIVATE zt0 fcb7:863b:9f7e:e85f:b0c9::1/40,10.77.0.6/24
200 listnetworks 7ee85fb0c96e6430  2e:1a:86:96:00:97 AUTHENTICATION_REQUIRED PRIVATE zt1 -
    AUTH EXPIRED, URL: https://x.test/
    a login is wanted
"
answer "GET_network_$net" <<'EOF'
{"name":"n2","mtu":2800,"bridge":false,"broadcastEnabled":true,"assignedAddresses":
["fcb7:863b:9f7e:e85f:b0c9::1/40","fd7e:e85f:b0c9:6e64:2f99:937e:e85f:b0c9/88","10.77.0.6/24"]}
EOF
# get KEY TEXT
get() {
	t 0 get $net "$1"
	out_is "$2
"
}
get name n2
get mtu 2800
get bridge 0
get broadcastEnabled 1
get nosuch 'error, unknown property name'
get ip4 10.77.0.6
get ip6plane fcb7:863b:9f7e:e85f:b0c9::1
get ip6 'fcb7:863b:9f7e:e85f:b0c9::1
fd7e:e85f:b0c9:6e64:2f99:937e:e85f:b0c9'
get ip6prefix fcb7:863b:9f7e:e85f:b0c9
get ip 'fcb7:863b:9f7e:e85f:b0c9::1
fd7e:e85f:b0c9:6e64:2f99:937e:e85f:b0c9
10.77.0.6'

printf '{"a":1}' | answer "POST_network_$net"
printf '{"result":true}' | answer "DELETE_network_$net"
rm -f home/requests
t 0 join $net
out_is '200 join OK
'
t 0 join -j 7EE85FB0C96E642F
out_is '{"a":1}'
t 0 leave $net
out_is '200 leave OK
'
t 0 -j leave $net
out_is '{"result":true}'
t 0 set $net allowDNS=1
out_is '{"a":1}'
t 0 set $net allowGlobal=true
t 0 set $net allowDefault=yes
t 0 set $net name=x
out_empty
t 2 set $net allowDNS
t 2 set $net allowDNS 1
cat >want <<EOF
POST /network/$net
POST /network/$net
DELETE /network/$net
DELETE /network/$net
POST /network/$net {"allowDNS":true}
POST /network/$net {"allowGlobal":true}
POST /network/$net {"allowDefault":false}
EOF
sed "s/ *\$//" home/requests >sent
diff -u want sent >&2 || fail "other requests than expected"

# moons
printf '[]' | answer GET_moon
printf '{}' | answer POST_moon_deadbeef01
printf '{"result":true}' | answer DELETE_moon_deadbeef01
rm -f home/requests
t 0 listmoons
out_is '[]
'
t 0 orbit deadbeef01 000deadbee
out_is '200 orbit OK
'
t 0 orbit 000000deadbeef01 deadbee
t 0 orbit 0 deadbeef01
out_empty
t 0 orbit deadbeef01 zzz
out_empty
t 0 deorbit deadbeef01
out_is '200 deorbit OK
'
t 0 deorbit deadbeef01 -j
out_is '{"result":true}'
grep -q '^POST /moon/deadbeef01 {"seed":"000deadbee"}$' home/requests ||
	fail "no seed was sent"
[ "$(grep -c . home/requests)" = 5 ] || fail "too many requests"

# dump
echo '{"settings":{"primaryPort":1}}' >home/local.conf
t 0 dump
out_is "Writing dump to: $work/zerotier_dump.txt
"
for what in '^tapless ' '"address": "7ee85fb0c9"' '"primaryPort":1' '^lo 127' \
	'"latency": 12'; do
	grep -q -e "$what" zerotier_dump.txt || fail "no $what in the dump"
done
! grep -q sesame zerotier_dump.txt || fail "the token is in the dump"

# Failures of the service.
t 1 /nosuch
out_is '404 /nosuch {}
'
rm "home/GET_network_$net"
t 1 get $net name
out_is '404 get {}
'
t 1 -Twrong info
out_is '401 info {}
'
one_line
t 0 -T sesame info
printf 'CLOSE' >home/GET_status
t 1 info
one_line
err_has 'Error connecting to the ZeroTier service'
for bad in 'SSH-2.0-OpenSSH' 'HTTP/1.1 abc OK\r\n\r\n' 'HTTP/1.1 200\r\n' \
	'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}' \
	'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n' \
	'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n' \
	'HTTP/1.1 200 OK\r\n\r\nno json' 'HTTP/1.1 200 OK\r\n\r\n[]'; do
	# shellcheck disable=SC2059
	printf "$bad" >home/GET_status
	t 1 info
	out_empty
	one_line
done
head -c 17000000 /dev/zero >zeroes
{ printf 'HTTP/1.1 200 OK\r\n\r\n'; cat zeroes; } >home/GET_status
t 1 info
one_line
# Other ways to end a body.
printf 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\n{"ad\r\n1\r\nd\r\n15\r\nress":"aaaaaaaaaa"}  \r\n0\r\n\r\n' \
	>home/GET_status
t 0 info
out_is '200 info aaaaaaaaaa - OFFLINE
'
printf 'HTTP/1.0 200 OK\r\n\r\n{"address":"bbbbbbbbbb"}' >home/GET_status
t 0 info
out_has bbbbbbbbbb
printf 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length:2\r\n\r\n{}  ' \
	>home/GET_status
t 0 info

# Where port and token come from.
port=$(cat home/zerotier-one.port)
rm home/zerotier-one.port
t 2 info
one_line
t 0 -p"$port" info
t 0 info -p "$port"
t 0 --port="$port" info
rm home/authtoken.secret
t 2 -p"$port" info
one_line
echo sesame >"$HOME/.zeroTierOneAuthToken"
t 0 -p"$port" info
echo x >home/zerotier-one.port
t 2 info
one_line
TAPLESS_HOME=$work/home
export TAPLESS_HOME
printf '%s' "$port" >home/zerotier-one.port
expect 0 info

# Nobody there.
kill "$pid"
at_end=:
t 1 info
one_line
err_has 'Error connecting to the ZeroTier service'
