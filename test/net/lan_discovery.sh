#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# lan_discovery.sh - nodes on one wire find each other with no root, no
# controller and no Internet
#
#	host 0: root and	host 1: A	host 2: B	hosts 3, 4: cold
#	controller, later	192.168.77.2	.3		.4, .5
#	gone; then hostile	fd77::2		::3
#	    |			    |		    |		    |
#	----+-----------------------+---------------+---------------+---- lan
#
# A and B get new addresses while they do not run, so that what they remember of
# each other leads nowhere. Times are of one run on a machine that does other
# things, too.
#
# ctest: timeout 240
. "$(dirname "$0")/../lib/node.sh"

[ -n "${TL_OWN_NETWORK-}" ] || skip 'needs a network namespace of its own'
need ip nsenter curl

hosts=5
lan4=192.168.77
lan6=fd77:0:0
real_tapless=$tapless

on_host() {
	hosted=$1
	shift
	nsenter "--net=/run/netns/host$hosted" -- "$@"
}

# address_host N: on the lan as it is numbered now
address_host() {
	on_host "$1" ip addr flush dev eth0 scope global
	on_host "$1" ip addr add "$lan4.$(($1 + 1))/24" dev eth0
	on_host "$1" ip addr add "$lan6:$(($1 + 1))::1/32" dev eth0 nodad ||
		step 'no IPv6 here'
}

lay_hosts() {
	ip link add lan type bridge
	ip link set lan up
	n=0
	while [ $n -lt $hosts ]; do
		ip netns add "host$n"
		ip link add "v$n" type veth peer name eth0 netns "host$n"
		ip link set "v$n" master lan up
		on_host $n ip link set lo up
		on_host $n ip link set eth0 up
		address_host $n
		n=$((n + 1))
	done
}

# The program, on the host of the home that it is told.
write_hosted() {
	cat >"$work/hosted" <<-END
		#!/bin/sh
		home=
		for word; do
			[ "\$home" != -D ] || { home=\$word; break; }
			[ "\$word" != -D ] || home=-D
		done
		exec nsenter "--net=/run/netns/host\${home##*/node}" -- \\
			"$real_tapless" "\$@"
	END
	chmod 755 "$work/hosted"
	tapless=$work/hosted
}

# settings N [MORE]: its local.conf
settings() {
	cat >"$(home "$1")/local.conf" <<-END
		{ "settings": { "allowSecondaryPort": false,
		  "portMappingEnabled": false, "primaryPort": 9993
		  ${2+, $2} } }
	END
}

make_homes() {
	n=0
	while [ $n -lt $hosts ]; do
		eval "port_$n=9993"
		mkdir -m 700 "$(home $n)"
		"$real_tapless" id generate "$(home $n)/identity.secret" \
			"$(home $n)/identity.public" >>"$work/id.log"
		chmod 600 "$(home $n)/identity.secret"
		settings $n
		n=$((n + 1))
	done
	"$real_tapless" world planet --out planet --root \
		"$(cat "$(home 0)/identity.public")=$lan4.1/9993" \
		>>"$work/id.log"
	n=0
	while [ $n -lt $hosts ]; do
		cp planet "$(home $n)/planet"
		n=$((n + 1))
	done
}

api() {
	api_node=$1
	api_method=$2
	api_path=$3
	shift 3
	on_host "$api_node" curl -sS -f --noproxy '*' --max-time 10 \
		-X "$api_method" \
		-H "X-ZT1-Auth: $(cat "$(home "$api_node")/authtoken.secret")" \
		${1+-d "$1"} "http://127.0.0.1:9993$api_path"
}

# sees N PEER: directly, as a neighbour
sees() {
	"$tapless" peers -D "$(home "$1")" |
		grep "^$(id_of "$2") " | grep -q -e "$lan4\\|$lan6"
}

fetches() {
	on_node 1 curl -sS -f -g --noproxy '*' --max-time 1 -o got \
		"http://$1/head"
}

# serve_on_b ADDRESS NAME
serve_on_b() {
	spawn "$2" 2 "$python" -u "$lib/web.py" "$1" 80
	server=$pid
}

restart_both() {
	start_node 1
	start_node 2
}

# CPU time of a service in ms, and its memory in kB.
cpu_ms() {
	for p in $(pids_of "$1"); do
		cut -d ' ' -f 14,15 "/proc/$p/stat"
	done | awk '{ t += $1 + $2 } END { print t * 10 }'
}

memory_kb() {
	for p in $(pids_of "$1"); do
		grep VmRSS: "/proc/$p/status"
	done | awk '{ m += $2 } END { print m }'
}

n_peers() {
	"$tapless" peers -D "$(home "$1")" | wc -l
}

lay_hosts
write_hosted
make_homes

step 'an earlier life, with a root and a controller'
for n in 0 1 2; do
	start_node $n
done
for n in 1 2; do
	wait_until 20 "node $n is online" is_online $n
done
make_network
join 1
join 2
name_addresses

step 'root and controller go, and both members; the lan gets new numbers'
for n in 0 1 2; do
	stop_node $n
done
on_host 0 ip link set eth0 down
lan4=192.168.78
lan6=fd78:0:0
for n in 1 2 3 4; do
	address_host $n
done

step 'without discovery they would not find each other'
for n in 1 2; do
	settings $n '"allowLanDiscovery": false'
done
restart_both
serve_on_b "$ADDR_B" web0
for _ in 1 2 3; do
	! fetches "$ADDR_B" 2>>control.log ||
		fail 'A reaches B although nobody told it how'
done
! sees 1 2 || fail 'A sees B although nobody told it where B is'
stop_node 1
stop_node 2
wait_until 5 'the server ends' is_gone "$server"

step 'with it they do'
settings 1
settings 2
began=$(now_ms)
restart_both
serve_on_b "$ADDR_B" web4
wait_until 10 'A fetches from B by IPv4' fetches "$ADDR_B"
step "IPv4: fetched $(($(now_ms) - began)) ms after the first of two starts"
serve_on_b "$ADDR6_B" web6
wait_until 10 'A fetches from B by IPv6' fetches "[$ADDR6_B]"
step "IPv6: $(($(now_ms) - began)) ms"
sees 1 2 || fail 'A does not see B as a neighbour'
network_is 1 OK || fail 'A is no member any more'

step 'B starts again, and is found again'
stop_node 2
began=$(now_ms)
start_node 2
serve_on_b "$ADDR_B" web4
wait_until 10 'A fetches from B again' fetches "$ADDR_B"
step "fetched $(($(now_ms) - began)) ms after the start"

step 'two that have never got a configuration see each other'
start_node 3
start_node 4
for n in 3 4; do
	"$tapless" join -D "$(home $n)" "$nwid" >/dev/null
done
wait_until 10 '3 sees 4' sees 3 4
wait_until 10 '4 sees 3' sees 4 3
wait_until 10 '1 sees 3' sees 1 3
network_is 3 REQUESTING_CONFIGURATION || fail '3 got a configuration'

step 'a hostile neighbour'
on_host 0 ip link set eth0 up
address_host 0
before_cpu=$(cpu_ms 1)
before_kb=$(memory_kb 1)
before_peers=$(n_peers 1)
on_host 0 "$python" "$lib/beacons.py" "$nwid" "$lan4.1" 5000 1000
took=$(($(cpu_ms 1) - before_cpu))
grew=$(($(memory_kb 1) - before_kb))
step "A used $took ms of CPU and $grew kB more"
[ $took -le 1500 ] || fail 'that is too much CPU time'
# A sanitizer keeps what was freed.
grep -q 'TL_SANITIZE:STRING=.' "$TAPLESS_BUILD/CMakeCache.txt" ||
	[ $grew -le 4096 ] || fail 'that is too much memory'
[ "$(n_peers 1)" -le "$before_peers" ] || fail 'there are more peers'
wait_until 10 'A still fetches from B' fetches "$ADDR_B"
