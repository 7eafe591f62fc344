# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# hosts.sh - each node on a host of its own: sourced behind node.sh
#
#	node 0: root, controller        node 1 "A"      node 2 "B"
#	host 0, 10.55.0.1               host 1, .2      host 2, .3
#	     |                              |               |
#	-----+------------------------------+---------------+----- a bridge
#
# Hosts are network namespaces without any other way out. All of node.sh works
# as before: what is told a home (-D) runs on that node's host.
#
# lay_hosts COUNT	makes them
# make_hosted COUNT	and a node for each
# on_host N COMMAND...	runs a command there
# block_udp N		what host N sends or is sent by UDP is lost on the way
# unblock_udp N

[ -n "${TL_OWN_NETWORK-}" ] || skip 'needs a network namespace of its own'
need ip nft nsenter curl ss

: "${work:?node.sh comes first}"
real_tapless=$tapless

on_host() {
	hosted=$1
	shift
	nsenter "--net=/run/netns/host$hosted" -- "$@"
}

host_ip() {
	printf '10.55.0.%d' $(($1 + 1))
}

lay_hosts() {
	ip link add lan type bridge
	ip link set lan up
	n=0
	while [ $n -lt "$1" ]; do
		ip netns add "host$n"
		ip link add "v$n" type veth peer name eth0 netns "host$n"
		ip link set "v$n" master lan up
		on_host $n ip link set lo up
		on_host $n ip link set eth0 up
		on_host $n ip addr add "$(host_ip $n)/24" dev eth0
		n=$((n + 1))
	done
}

# A program that goes to the host of the home that it is told.
write_hosted() {
	cat >"$work/hosted" <<-END
		#!/bin/sh
		home=
		for word; do
			[ "\$home" != -D ] || { home=\$word; break; }
			[ "\$word" != -D ] || home=-D
		done
		case \$home in
		*/node[0-9]*)
			exec nsenter "--net=/run/netns/host\${home##*/node}" -- \\
				"$real_tapless" "\$@"
			;;
		*)
			exec "$real_tapless" "\$@"
			;;
		esac
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

make_hosted() {
	write_hosted
	lay_hosts "$1"
	n=0
	while [ $n -lt "$1" ]; do
		eval "port_$n=9993"
		mkdir -m 700 "$(home $n)"
		"$tapless" id generate "$(home $n)/identity.secret" \
			"$(home $n)/identity.public" >>"$work/id.log"
		chmod 600 "$(home $n)/identity.secret"
		settings $n
		n=$((n + 1))
	done
	"$tapless" world planet --out planet --root \
		"$(cat "$(home 0)/identity.public")=$(host_ip 0)/9993" \
		>>"$work/id.log"
	n=0
	while [ $n -lt "$1" ]; do
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

# Not dropped where it is sent: a program would be told.
block_udp() {
	for other in /run/netns/host*; do
		other=${other##*host}
		match="ip saddr $(host_ip "$1")"
		[ "$other" != "$1" ] || match=
		on_host "$other" nft -f - <<-END
			table inet gate$1 {
				chain in {
					type filter hook input priority -10;
					iif != lo $match meta l4proto udp drop
				}
			}
		END
	done
}

unblock_udp() {
	for other in /run/netns/host*; do
		on_host "${other##*host}" nft delete table inet "gate$1"
	done
}
