# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# portmap.sh - members behind routers that can map ports: sourced behind node.sh
#
#	                     "outside", 81.2.3.0/24
#	   .------------------------+-------------------------.
#	host root .1             router ra .2              router rb .3
#	node 0: root and         NAT, filters; miniupnpd   NAT, symmetric
#	controller                  |                         |
#	                         192.168.7.0/24            192.168.8.0/24
#	                         host a .5: node 1         host b .5: node 2
#
# All are namespaces without any way out. Commands for a node run on its host.

need nft ip curl
PATH=$PATH:/usr/sbin:/sbin
lan_a=192.168.7
wan_a=81.2.3.2
wanted_port=24444
real_tapless=$tapless
daemon_pid=
# Of a loaded machine; a device that hangs would hold it up for longer.
stop_limit=5000

[ -n "${TL_OWN_NETWORK-}" ] || skip 'no network namespaces can be made here'

# The program, on the host of the node whose home is named.
cat >"$work/tapless" <<END
#!/bin/sh
host=\$(printf '%s\n' "\$*" | sed -n 's,.*-D [^ ]*/node\\([0-9]\\).*,\\1,p')
case \$host in
0) host=root ;;
1) host=a ;;
2) host=b ;;
*) exec "$real_tapless" "\$@" ;;
esac
exec nsenter --net=/run/netns/\$host -- "$real_tapless" "\$@"
END
chmod 755 "$work/tapless"
tapless=$work/tapless

on() {
	on_host=$1
	shift
	nsenter "--net=/run/netns/$on_host" -- "$@"
}

host_of() {
	case $1 in
	0) echo root ;;
	1) echo a ;;
	2) echo b ;;
	esac
}

api() {
	api_node=$1
	api_method=$2
	api_path=$3
	shift 3
	on "$(host_of "$api_node")" curl -sS -f --noproxy '*' --max-time 10 \
		-X "$api_method" \
		-H "X-ZT1-Auth: $(cat "$(home "$api_node")/authtoken.secret")" \
		${1+-d "$1"} "http://127.0.0.1:9993$api_path"
}

# add_host NAME DEVICE ADDRESS BRIDGE: with one more device on a bridge
add_host() {
	[ -e "/run/netns/$1" ] || ip netns add "$1"
	on "$1" ip link set lo up
	ip link add "v-$1-$2" type veth peer name "$2" netns "$1"
	ip link set "v-$1-$2" master "$4" up
	on "$1" ip addr add "$3" dev "$2"
	on "$1" ip link set "$2" up
}

# add_router NAME NUMBER LAN HOW: a NAT that lets in only answers
add_router() {
	add_host "$1" wan "81.2.3.$2/24" outside
	add_host "$1" lan "$3.1/24" "lan$2"
	on "$1" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
	on "$1" nft -f - <<-END
		table inet filter {
			chain miniupnpd {
			}
			chain prerouting_miniupnpd {
			}
			chain postrouting_miniupnpd {
			}
			chain forward {
				type filter hook forward priority 0; policy drop;
				ct state established,related accept
				iifname lan accept
				jump miniupnpd
			}
			chain prerouting {
				type nat hook prerouting priority -100;
				jump prerouting_miniupnpd
			}
			chain postrouting {
				type nat hook postrouting priority 100;
				jump postrouting_miniupnpd
				oifname wan masquerade $4
			}
			chain input {
				type filter hook input priority 0;
				iifname wan udp dport != 9993 drop
			}
		}
	END
}

lay_out() {
	for bridge in outside lan2 lan3; do
		ip link add "$bridge" type bridge
		ip link set "$bridge" up
	done
	add_host root eth0 81.2.3.1/24 outside
	add_router ra 2 "$lan_a" ''
	add_router rb 3 192.168.8 fully-random
	add_host a eth0 "$lan_a.5/24" lan2
	add_host b eth0 192.168.8.5/24 lan3
	on a ip route add default via "$lan_a.1"
	on b ip route add default via 192.168.8.1
}

make_homes() {
	for n in 0 1 2; do
		eval "port_$n=9993"
		mkdir -m 700 "$(home $n)"
		"$real_tapless" id generate "$(home $n)/identity.secret" \
			"$(home $n)/identity.public" >>"$work/id.log"
		chmod 600 "$(home $n)/identity.secret"
	done
	"$real_tapless" world planet --out planet --root \
		"$(cat "$(home 0)/identity.public")=81.2.3.1/9993" \
		>>"$work/id.log"
	for n in 0 1 2; do
		cp planet "$(home $n)/planet"
	done
}

# start_daemon LINE...: miniupnpd on router ra, with lines for its settings
start_daemon() {
	need miniupnpd
	{
		cat <<-END
			ext_ifname=wan
			listening_ip=lan
			lease_file=$work/leases
			notify_interval=900
			uuid=6d617070-6564-4f75-7473-696465706f72
			allow 1024-65535 $lan_a.0/24 1024-65535
		END
		for line; do
			echo "$line"
		done
	} >"$work/miniupnpd.conf"
	: >>"$work/leases"
	# It comes back knowing nothing.
	on ra nft flush chain inet filter prerouting_miniupnpd
	on ra nft flush chain inet filter miniupnpd
	# Not by a function: its number is to be the program's.
	nsenter --net=/run/netns/ra -- miniupnpd -d -f "$work/miniupnpd.conf" \
		-P "$work/miniupnpd.pid" >>"$work/miniupnpd.log" 2>&1 &
	daemon_pid=$!
	daemon_began=$(now_ms)
	children="$children $daemon_pid"
	wait_until 10 'miniupnpd serves' daemon_serves
	is_alive "$daemon_pid" || skip "miniupnpd does not run here:" \
		"$(tail -n 1 "$work/miniupnpd.log")"
}

daemon_serves() {
	! is_alive "$daemon_pid" ||
		grep -q 'HTTP listening\|Listening for NAT-PMP' \
			"$work/miniupnpd.log"
}

# As a router does that loses its power: nothing is left of its mappings.
kill_daemon() {
	kill -KILL "$daemon_pid"
	wait "$daemon_pid" 2>/dev/null || true
	on ra nft flush chain inet filter prerouting_miniupnpd
	on ra nft flush chain inet filter miniupnpd
	: >"$work/leases"
	: >"$work/miniupnpd.log"
	rm -f "$work/miniupnpd.pid"
}

forwards_not() {
	! forwards "$1"
}

# mapping KEY: of the first one that node 1 tells of
mapping() {
	api 1 GET /status | "$python" -c '
import json, sys
list = json.load(sys.stdin)["portMappings"]
print(list[0][sys.argv[1]] if list else "")' "$1"
}

mapping_is() {
	[ "$(mapping "$1")" = "$2" ]
}

# What the router does, not what it says: is something sent on to ADDRESS?
forwards() {
	on ra nft list chain inet filter prerouting_miniupnpd |
		grep -q "dnat ip to $1:"
}

wait_mapped() {
	wait_until "${2-15}" "node 1 has its port mapped by $1" is_mapped "$1"
}

is_mapped() {
	mapping_is state mapped && mapping_is protocol "$1" &&
		forwards "$lan_a.5"
}

# Does node 2 reach node 1 at its mapped port, directly?
is_direct() {
	"$tapless" -j peers -D "$(home 2)" | "$python" -c '
import json, sys
for peer in json.load(sys.stdin):
    if peer["address"] == sys.argv[1]:
        sys.exit(sys.argv[2] not in [p["address"] for p in peer["paths"]])
sys.exit(1)' "$(id_of 1)" "$(mapping external)"
}

# A datagram of node 2 for node 1, so that they look for paths.
speak() {
	on b timeout 10 "$real_tapless" run -D "$(home 2)" -- "$python" -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(b"hello", (sys.argv[1], 7))' "$ADDR_A"
}

speaks_directly() {
	speak
	is_direct
}

# The external port is another one than ours, so what the root sees of us does
# not lead through the router: only what it was asked for does.
wait_direct() {
	make_network
	start_node 2
	join 1
	join 2
	name_addresses
	wait_until 60 'node 2 reaches the mapped port' speaks_directly
	step "node 2 reaches node 1 at $(mapping external), directly"
}

# Somebody else has the port that is liked best.
take_port() {
	echo "UDP:$wanted_port:$lan_a.9:$wanted_port:$(($(date +%s) + 3600)):x" \
		>>"$work/leases"
}

need_portmap() {
	"$real_tapless" --version | grep -q '^port mapping: PCP' ||
		skip 'this build maps no ports'
}

start_outside() {
	need_portmap
	lay_out
	make_homes
	echo '{ "settings": { "tertiaryPort": '$wanted_port' } }' \
		>"$(home 1)/local.conf"
	start_node 0
}

check_port() {
	port=$(mapping external)
	[ "${port%/*}" = "$wan_a" ] || fail "the external address is $port"
	port=${port#*/}
	[ "$(mapping internal)" = "$lan_a.5/$wanted_port" ] ||
		fail "not our third port is mapped: $(mapping internal)"
	[ "$port" != $wanted_port ] || fail 'a port was mapped that is taken'
	step "mapped by $(mapping protocol): $(mapping external)"
}

# The time that a stop takes, without a load of the machine.
check_stop() {
	before=$(now_ms)
	stop_node 1
	took=$(($(now_ms) - before))
	wait_until 5 'the mapping is removed' forwards_not "$lan_a.5"
	forwards "$lan_a.9" || fail 'the mapping of somebody else is gone'
	step "stopped in $took ms (a single timing), and the mapping is gone"
	[ $took -lt $stop_limit ] || fail "stopping took $took ms"
}

# whole PROTOCOL LINE...: with such settings of miniupnpd
whole() {
	protocol=$1
	shift
	take_port
	start_daemon "$@"
	start_node 1
	wait_mapped "$protocol"
	check_port
	grep -q "port mapping: $lan_a.5/$wanted_port is reached" service1.log ||
		fail 'the log does not say so'
	wait_direct
	check_stop
}

is_old() {
	[ "$(now_ms)" -gt $((daemon_began + 4000)) ]
}

# comes_back PROTOCOL SECONDS LINE...: the router restarts
comes_back() {
	protocol=$1
	within=$2
	shift 2
	# Younger ones cannot be told from each other by their age.
	wait_until 10 'the router is old enough to be missed' is_old
	kill_daemon
	take_port
	start_daemon "$@"
	before=$(now_ms)
	wait_mapped "$protocol" "$within"
	step "mapped again after $(($(now_ms) - before)) ms (a single timing)"
}
