# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# lib.sh - hosts, nodes and questions for the interop test: sourced, not run
#
# Wants to be inside test/in-namespace, with these set: ZEROTIER_ONE (absolute),
# TAPLESS_BUILD (absolute), work (an empty folder), mix (what the checks are
# counted under). Everything about a node is in $work/NODE: kind (ref or ours),
# home, log, pid. Nothing here sleeps but wait_until, between two looks.

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
tapless=$TAPLESS_BUILD/bin/tapless
# The interpreter itself: in front of it there may be scripts that choose one.
python=$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))')

: "${work:?an empty folder}" "${mix:?the name of the mix}"
network=
controller=
# How the reference's nodes are to use several paths; not at all if empty
bonding=
trusted=
lan=192.168.55

passed=0
failed=0

# --- checks ------------------------------------------------------------------

# check WHAT COMMAND...: counts it, and says how it went
check() {
	what=$1
	shift
	n=$((passed + failed + 1))
	began=$(date +%s)
	echo "$what" >"$work/check-$n.log"
	if ("$@") >>"$work/check-$n.log" 2>&1; then
		passed=$((passed + 1))
		echo "ok     $mix: $what ($(($(date +%s) - began)) s)"
	else
		failed=$((failed + 1))
		echo "FAILED $mix: $what ($(($(date +%s) - began)) s)"
		tail -n 12 "$work/check-$n.log" | sed 's/^/    /'
	fi
}

# wait_until SECONDS COMMAND...: true as soon as the command is
wait_until() {
	until_s=$(($(date +%s) + $1))
	shift
	while ! "$@"; do
		[ "$(date +%s)" -lt $until_s ] || {
			echo "not within the time: $*"
			return 1
		}
		sleep 0.1
	done
}

talk() {
	"$python" "$here/talk.py" "$@"
}

# --- hosts -------------------------------------------------------------------

# No host has a way out: one bridge joins them, and there is no other route.
lay_out() {
	ip link add lan type bridge
	ip link set lan up
	for host; do
		ip netns add "$host"
		ip link add "v-$host" type veth peer name eth0 netns "$host"
		ip link set "v-$host" master lan up
		in_host "$host" ip link set lo up
		in_host "$host" ip link set eth0 up
		in_host "$host" ip addr add "$(host_ip "$host")/24" dev eth0
	done
}

host_ip() {
	case $1 in
	root) echo "$lan.1" ;;
	ctl) echo "$lan.2" ;;
	a) echo "$lan.3" ;;
	b) echo "$lan.4" ;;
	esac
}

in_host() {
	host=$1
	shift
	nsenter "--net=/run/netns/$host" -- "$@"
}

# The same in place of this shell, so that its number is the program's
become() {
	host=$1
	shift
	exec nsenter "--net=/run/netns/$host" -- "$@"
}

# watch HOST PEER: counts the large datagrams that come from the peer and from
# the root. The cipher suite is in the flags, byte 18 of a packet, and a later
# fragment has 0xff at byte 13 (vl1.md 2.2, 2.6); nft counts bits from the UDP
# header.
watch() {
	in_host "$1" nft -f - <<-END
		table inet watch {
			counter direct {}
			counter relayed {}
			counter siv {}
			counter other {}
			chain in {
				type filter hook input priority 0;
				ip saddr $(host_ip "$2") udp length > 508 counter name direct
				ip saddr $(host_ip root) udp length > 508 counter name relayed
				ip saddr $(host_ip "$2") udp length > 508 @th,168,8 != 0xff \
					@th,208,8 & 0x38 == 0x18 counter name siv
				ip saddr $(host_ip "$2") udp length > 508 @th,168,8 != 0xff \
					@th,208,8 & 0x38 != 0x18 counter name other
			}
		}
	END
}

# counted HOST COUNTER: packets since the last time all were set to zero
counted() {
	in_host "$1" nft list counter inet watch "$2" |
		sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}

count_anew() {
	for host in a b; do
		in_host "$host" nft reset counters table inet watch >/dev/null
	done
}

# block, unblock: what goes straight between a and b is lost on its way in
block() {
	for pair in a:b b:a; do
		in_host "${pair%:*}" nft -f - <<-END
			table inet gate {
				chain in {
					type filter hook input priority -10;
					ip saddr $(host_ip "${pair#*:}") udp dport 1-65535 drop
				}
			}
		END
	done
}

unblock() {
	for host in a b; do
		in_host "$host" nft delete table inet gate
	done
}

# part HOST HOST: what goes straight between the two is lost, for ever
part() {
	for pair in "$1:$2" "$2:$1"; do
		in_host "${pair%:*}" nft -f - <<-END
			table inet part_${pair#*:} {
				chain in {
					type filter hook input priority -10;
					ip saddr $(host_ip "${pair#*:}") udp dport 1-65535 drop
				}
			}
		END
	done
}

# --- nodes -------------------------------------------------------------------

# trusted_paths NODE: between members only, what the root relays is encrypted
trusted_paths() {
	[ -n "$trusted" ] && [ "$1" != root ] || return 0
	cat <<-END
		"physical": {
		  "$(host_ip a)/32": { "trustedPathId": $trusted },
		  "$(host_ip b)/32": { "trustedPathId": $trusted } },
	END
}

# make NODE KIND: its folder, its identity, its settings
make() {
	home=$work/$1/home
	mkdir -p "$home"
	echo "$2" >"$work/$1/kind"
	case $2 in
	ref)
		"$ZEROTIER_ONE" -i generate "$home/identity.secret" \
			"$home/identity.public"
		;;
	ours)
		"$tapless" id generate "$home/identity.secret" \
			"$home/identity.public"
		;;
	esac >/dev/null
	cat >"$home/local.conf" <<-END
		{ $(trusted_paths "$1")
		"settings": {
			${bonding:+"\"defaultBondingPolicy\": \"$bonding\","}
			"portMappingEnabled": false,
			"allowTcpFallbackRelay": false,
			"allowSecondaryPort": false,
			"softwareUpdate": "disable",
			"interfacePrefixBlacklist": ["zt"]
		} }
	END
}

kind() {
	cat "$work/$1/kind"
}

address() {
	cut -c 1-10 "$work/$1/home/identity.public"
}

# make_planet NODE...: all of them know one root, the first
make_planet() {
	"$tapless" world planet --out "$work/planet" --root \
		"$(cat "$work/$1/home/identity.public")=$(host_ip "$1")/9993"
	for node; do
		cp "$work/planet" "$work/$node/home/planet"
	done
}

start() {
	home=$work/$1/home
	# shellcheck disable=SC2086 # a list of words
	case $(kind "$1") in
	ref) become "$1" "$ZEROTIER_ONE" -U -p9993 "$home" ;;
	ours)
		become "$1" "$tapless" service -v -D "$home" -p 9993 \
			${service_options-}
		;;
	esac >>"$work/$1/log" 2>&1 &
	echo $! >"$work/$1/pid"
}

# What our nodes have dropped, and why: beside their logs
save_drops() {
	for file in "$work"/*/kind; do
		[ "$(cat "$file")" = ours ] || continue
		node=$(basename "$(dirname "$file")")
		api "$node" GET /drops >"$work/$node/drops" 2>&1 || true
	done
}

# Those that were started and still run; in a process namespace nothing would be
# left anyway.
stop_all() {
	for file in "$work"/*/pid; do
		[ -e "$file" ] || continue
		kill "$(cat "$file")" 2>/dev/null || true
	done
}

# api NODE METHOD PATH [BODY]
api() {
	node=$1
	method=$2
	path=$3
	shift 3
	in_host "$node" curl -sS -m 10 -X "$method" \
		-H "X-ZT1-Auth: $(cat "$work/$node/home/authtoken.secret")" \
		-H 'Content-Type: application/json' ${1+--data "$1"} \
		"http://127.0.0.1:9993$path"
}

# ask NODE PATH KEY...: one value of an answer; empty if there is none
ask() {
	node=$1
	path=$2
	shift 2
	[ -e "$work/$node/home/authtoken.secret" ] || return 0
	api "$node" GET "$path" 2>/dev/null | talk get "$@"
}

is_online() {
	[ "$(ask "$1" /status online)" = true ]
}

has_status() {
	[ "$(ask "$1" "/network/$network" status)" = "$2" ]
}

join() {
	api "$1" POST "/network/$network" '{}' >/dev/null
}

# on_controller PATH BODY: posts to the network's controller
on_controller() {
	api "$controller" POST "/controller/network/$network$1" "$2"
}

authorise() {
	on_controller "/member/$(address "$1")" '{"authorized":true}'
}

# inside NODE COMMAND...: a program that is on the virtual network
inside() {
	member=$1
	shift
	case $(kind "$member") in
	ref) in_host "$member" "$@" ;;
	ours) in_host "$member" "$tapless" run -D "$work/$member/home" -- "$@" ;;
	esac
}

# address_of NODE PREFIX: that of its virtual addresses which begins so
address_of() {
	ask "$1" "/network/$network" assignedAddresses |
		sed -n "s,^\($2.*\)/.*,\1,p" | head -n 1
}

has_addresses() {
	for prefix in 10. fd fc; do
		[ -n "$(address_of "$1" $prefix)" ] || return 1
	done
	# A kernel does not send from an IPv6 address before it is sure of it.
	[ "$(kind "$1")" = ours ] || {
		[ "$(in_host "$1" ip -6 -o addr show scope global |
			grep -vc tentative)" -ge 2 ] &&
			[ -n "$(in_host "$1" ip -o addr show to 10.0.0.0/8)" ]
	}
}
