#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# https.sh - the HTTP interface by TLS: with a certificate nobody from elsewhere
# can ask in the clear, and loopback stays as it was
#
#	node 0, asked at 127.0.0.1 and, as from elsewhere, at 10.66.0.1
. "$(dirname "$0")/../lib/node.sh"
need curl openssl
nodes=1
far=10.66.0.1
# On a host it would be the host's.
if [ "$(ip -o link | wc -l)" != 1 ] ||
	! ip addr add $far/32 dev lo 2>/dev/null; then
	skip 'wants a network namespace of its own'
fi
make_nodes 2
tls_port=$(port_of 1)
conf=$(home 0)/local.conf
cp "$conf" conf.before

certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-subj /CN=node -addext "subjectAltName=IP:$far,IP:127.0.0.1" \
		-days 1 -keyout "$1.key" -out "$1.pem" 2>/dev/null
}

# settings JSON: these, besides what there was, as editors do it
settings() {
	"$python" - "$1" >conf.new <<-'END'
		import json, sys
		conf = json.load(open("conf.before"))
		conf["settings"].update(json.loads(sys.argv[1]))
		print(json.dumps(conf))
	END
	mv conf.new "$conf"
}

token() {
	cat "$(home 0)/authtoken.secret"
}

# ask OUT URL ARGUMENT...: the status; 000 if there was no answer
ask() {
	out=$1
	url=$2
	shift 2
	curl -sS --noproxy '*' --max-time 5 --cacert node.pem -o "$out" \
		-w '%{http_code}' "$@" "$url" 2>curl.err || true
}

with_token() {
	ask "$1" "$2" -H "X-ZT1-Auth: $(token)"
}

no_error() {
	"$tapless" info -j -D "$(home 0)" | grep -q '"configError": ""'
}

answers() {
	[ "$(with_token answer "$2")" = "$1" ]
}

plain=http://127.0.0.1:$(port_of 0)
secure=https://127.0.0.1:$tls_port

certificate node
certificate other
cp node.pem node.key other.key "$(home 0)"

step 'without a certificate there is no TLS'
start_node 0
wait_until 10 'it answers' answers 200 "$plain/status"
answers 000 "$secure/status" || fail 'something speaks TLS'

step 'a certificate, while the service runs: on loopback'
settings '{"tlsCertificate": "node.pem", "tlsKey": "node.key",
	"tlsPort": '"$tls_port"'}'
wait_until 20 'TLS answers' answers 200 "$secure/status"
grep -q '"address"' answer || fail 'that is no status'
answers 200 "$plain/status" || fail 'loopback has lost plain HTTP'
"$tapless" info -D "$(home 0)" >/dev/null || fail 'tapless info fails'
answers 000 "https://$far:$tls_port/status" || fail 'it listens elsewhere'
[ "$(ask answer "$secure/status")" = 401 ] || fail 'no token is wanted'
[ "$(ask answer "$secure/network")" = 401 ] || fail 'no token is wanted'
[ "$(ask answer "$secure/health")" != 401 ] || fail '/health wants a token'

step 'who may come from elsewhere comes by TLS only'
settings '{"tlsCertificate": "node.pem", "tlsKey": "node.key",
	"tlsPort": '"$tls_port"', "allowManagementFrom": ["'$far'/32"]}'
wait_until 20 'it is let in' answers 200 "https://$far:$tls_port/status"
answers 000 "http://$far:$(port_of 0)/status" ||
	fail 'the token goes over the wire in the clear'
answers 200 "$plain/status" || fail 'loopback has lost plain HTTP'
[ "$(ask answer "https://$far:$tls_port/status")" = 401 ] ||
	fail 'no token is wanted'
for version in 1.0 1.1; do
	[ "$(ask answer "$secure/status" --tls-max $version)" = 000 ] ||
		fail "TLS $version is spoken"
done

step 'a large answer, and several on one connection'
"$python" - "$secure" "$(token)" <<-'END' || fail 'not all was answered'
	import http.client, ssl, sys
	host = sys.argv[1].removeprefix("https://")
	context = ssl.create_default_context(cafile="node.pem")
	c = http.client.HTTPSConnection(host, timeout=10, context=context)
	for path in ("/status", "/metrics", "/peer", "/network"):
	    c.request("GET", path, headers={"X-ZT1-Auth": sys.argv[2]})
	    answer = c.getresponse()
	    assert answer.status == 200, path
	    assert answer.read(), path
END

step 'what cannot be served is refused, and all stays as it was'
for wrong in '"tlsKey": "other.key"' '"tlsKey": "node.pem"' \
	'"tlsKey": "none.key"'; do
	settings '{"tlsCertificate": "node.pem", '"$wrong"',
		"tlsPort": '"$tls_port"'}'
	wait_until 20 "$wrong is refused" grep -q 'cannot serve HTTPS' \
		service0.log
	answers 200 "$plain/status" || fail 'plain HTTP has gone'
	answers 200 "https://$far:$tls_port/status" || fail 'TLS has gone'
	: >service0.log
	settings '{"tlsCertificate": "node.pem", "tlsKey": "node.key",
		"tlsPort": '"$tls_port"', "allowManagementFrom": ["'$far'/32"]}'
	wait_until 20 'the error is over' no_error
done

step 'half of it is said when the service starts'
settings '{"tlsCertificate": "node.pem"}'
stop_node 0
! timeout 20 "$tapless" service -D "$(home 0)" 2>service.err ||
	fail 'it has started'
grep -q 'tlsKey is not set' service.err || fail "it says: $(cat service.err)"
