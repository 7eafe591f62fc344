#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# diag_metrics.sh - /metrics: tokens, the format, and what the numbers say
#
#	curl --> B   <---->   A
. "$(dirname "$0")/../lib/node.sh"
lan

# fetch NODE [QUERY]: into metrics.txt, by the token for this alone
fetch() {
	curl -sSf --noproxy '*' --max-time 10 -D head.txt -o metrics.txt \
		-H "Authorization: Bearer $(cat "$(home "$1")/metricstoken.secret")" \
		"http://127.0.0.1:$(port_of "$1")/metrics${2-}"
}

# value SERIES: of what was fetched
value() {
	"$python" "$lib/prometheus.py" metrics.txt "$1" ||
		fail "the metrics, or no $1"
}

# is SERIES NUMBER
is() {
	[ "$(value "$1")" = "$2" ] || fail "$1 is $(value "$1"), not $2"
}

# code TOKEN
code() {
	curl -s -o /dev/null -w '%{http_code}' --noproxy '*' \
		-H "X-ZT1-Auth: $1" "http://127.0.0.1:$(port_of 2)/metrics"
}

step 'who may'
[ "$(code wrong)" = 401 ] || fail 'another token'
[ "$(code "$(cat "$(home 2)/authtoken.secret")")" = 200 ] || fail 'the main one'
[ "$(code "$(cat "$(home 2)/metricstoken.secret")")" = 200 ] || fail 'its own'

step 'the format'
fetch 2
grep -qi '^content-type: text/plain; version=0.0.4' head.txt || fail 'the type'
"$python" "$lib/prometheus.py" metrics.txt || fail 'the format'
# That the reader would notice.
for damage in 's/^# TYPE zt_data.*//' 's/^\(zt_num_networks\) .*/\1 x/' \
	's/le="+Inf"/le="2"/' 's/packet_type="ok"/packet_type="nop"/' \
	's/^tapless_online/tapless_offline/' 's/^# HELP zt_data/# zt_data/'; do
	sed "$damage" metrics.txt >damaged.txt
	! cmp -s metrics.txt damaged.txt || fail "nothing was changed: $damage"
	! "$python" "$lib/prometheus.py" damaged.txt >/dev/null 2>&1 ||
		fail "the reader takes everything: $damage"
done

step 'what is there'
is zt_num_networks 1
is tapless_online 1
is 'tapless_drops_total{reason="BAD_MAC"}' 0
is 'tapless_sockets{state="open"}' 0
is tapless_accept_queue 0
[ "$(value "zt_network_multicast_groups_subscribed{network_id=\"$nwid\"}")" -ge 1 ] ||
	fail 'no multicast groups'
[ "$(value 'tapless_pool{pool="packets",what="limit"}')" -gt 0 ] ||
	fail 'the limit of packets'
[ "$(value tapless_pass_seconds_count)" -gt 0 ] || fail 'no passes'
fetch 0
is controller_network_count 1
is controller_member_count 2
is controller_network_config_request_queue 0
is controller_network_config_request_threads 1
is controller_sso_expiration_checks 0
is controller_sso_timeouts 0
is 'zt_data{direction="rx",protocol="tcp"}' 0
is 'zt_packet_error{direction="rx",error_type="internal_server_error"}' 0

step 'what the controller changes'
change() {
	curl -sSf -o /dev/null --noproxy '*' --max-time 10 -X "$1" \
		-H "X-ZT1-Auth: $(cat "$(home 0)/authtoken.secret")" -d "$3" \
		"http://127.0.0.1:$(port_of 0)/controller/network/$nwid$2"
}
for name in network_change member_change member_auth member_deauth; do
	eval "$name=$(value "controller_${name}_count")"
done
change POST '' '{ "name": "changed" }'
change POST '' '{ "name": "changed" }'
change POST /member/0123456789 '{ "authorized": true }'
change POST /member/0123456789 '{ "name": "somebody" }'
change DELETE /member/0123456789 ''
fetch 0
# shellcheck disable=SC2154 # by eval
{
	is controller_network_change_count $((network_change + 1))
	is controller_db_network_change $((network_change + 1))
	is controller_member_change_count $((member_change + 3))
	is controller_db_member_change $((member_change + 3))
	is controller_member_auth_count $((member_auth + 1))
	is controller_member_deauth_count $((member_deauth + 1))
}

step 'what grows'
"$tapless" -D "$(home 2)" ping -c 3 -i 0.2 "$ADDR_A" >/dev/null
fetch 2
before=$(value "zt_network_packets{accepted=\"yes\",direction=\"tx\",network_id=\"$nwid\"}")
bytes=$(value 'zt_data{direction="tx",protocol="udp"}')
packets=$(value "zt_peer_packets{direction=\"rx\",node_id=\"$(id_of 1)\"}")
"$tapless" -D "$(home 2)" ping -c 3 -i 0.2 "$ADDR_A" >/dev/null
fetch 2
now=$(value "zt_network_packets{accepted=\"yes\",direction=\"tx\",network_id=\"$nwid\"}")
[ $((now - before)) -ge 3 ] || fail "frames: $before, $now"
[ "$(value 'zt_data{direction="tx",protocol="udp"}')" -gt $((bytes + 3 * 64)) ] ||
	fail 'bytes on the wire'
[ "$(value "zt_peer_packets{direction=\"rx\",node_id=\"$(id_of 1)\"}")" -ge \
	$((packets + 3)) ] || fail 'packets of the peer'
[ "$(value "zt_peer_path_count{node_id=\"$(id_of 0)\",status=\"alive\"}")" -ge 1 ] ||
	fail 'paths to the root'
[ "$(value "zt_peer_latency_count{node_id=\"$(id_of 0)\"}")" -ge 1 ] ||
	fail 'round trips to the root'
[ "$(value 'zt_packet{direction="tx",packet_type="hello"}')" -ge 1 ] ||
	fail 'HELLO'
curl -s -o /dev/null --noproxy '*' "http://127.0.0.1:$(port_of 2)/status"
fetch 2
[ "$(value 'tapless_drops_total{reason="HTTP_REFUSED"}')" -ge 1 ] ||
	fail 'a refused request'
[ "$(value 'tapless_peers{state="direct"}')" -ge 1 ] || fail 'direct peers'

step 'sockets'
"$tapless" run -D "$(home 1)" -- "$python" -c '
import socket, time
s = socket.socket()
s.bind(("0.0.0.0", 7000))
s.listen()
open("listens", "w").close()
c = s.accept()[0]
c.recv(1)
open("taken", "w").close()
c.recv(1)' &
children="$children $!"
wait_until 10 'a listener' test -e listens
"$tapless" run -D "$(home 2)" -- "$python" -c '
import socket, sys
s = socket.create_connection((sys.argv[1], 7000))
s.send(b"x")
sys.stdin.read()' "$ADDR_A" <<-END &
END
children="$children $!"
wait_until 10 'it was taken' test -e taken
fetch 1
[ "$(value 'tapless_connections_total{result="accepted"}')" = 1 ] ||
	fail 'an accepted connection'
[ "$(value 'tapless_socket_bytes_total{direction="rx"}')" -ge 1 ] ||
	fail 'bytes of sockets'

step 'many peers are not a line each'
stop_node 2
mkdir -p "$(home 2)/peers.d"
wait_until 10 'a file of a peer' test -s "$(home 0)/peers.d/$(id_of 1).peer"
"$python" - "$(home 0)/peers.d/$(id_of 1).peer" "$(home 2)/peers.d" <<-'END'
	import sys
	data = open(sys.argv[1], "rb").read()
	mine = bytes.fromhex(sys.argv[1].split("/")[-1][:10])
	assert data.count(mine) >= 1
	for i in range(1, 121):
	    other = bytes([0x10, 0x20, 0x30, 0x40, i])
	    with open(f"{sys.argv[2]}/{other.hex()}.peer", "wb") as f:
	        f.write(data.replace(mine, other))
END
start_node 2
has_many() {
	fetch 2 '?peers=all'
	[ "$(grep -c '^zt_peer_path_count.*alive' metrics.txt)" -gt 100 ]
}
wait_until 20 'more than a hundred peers' has_many
"$python" "$lib/prometheus.py" metrics.txt || fail 'the format with all peers'
fetch 2
! grep -q node_id metrics.txt || fail 'a line for each peer'
[ "$(wc -l <metrics.txt)" -lt 400 ] || fail 'too many lines'
"$python" "$lib/prometheus.py" metrics.txt || fail 'the format without peers'
