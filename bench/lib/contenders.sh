# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# contenders.sh - who is measured: where they run, what they need, their start
#
# Each contender has a client's and a server's side; `words` says what puts a
# program on its network there, so that the same iperf3, nginx or redis runs on
# all of them. Some share a server's side: whoever only differs in how the
# client gets to the kernel's TCP of host b.
#
# A new contender has a line in each function here, a file or a function that
# starts it, and a name in report.py.

# Every one there is, in the order of the tables; bench/run knows them as well.
every_contender() {
	echo "raw-$congestion"
	for other in cubic bbr; do
		[ $other = "$congestion" ] || ! grep -qw $other \
			/proc/sys/net/ipv4/tcp_available_congestion_control ||
			echo "raw-$other"
	done
	echo proxy ours netns ours-reference reference libzt
	echo wireguard nebula fastd slirp4netns pasta
}

# lacks COMMAND...: says which of them is not there
lacks() {
	for tool; do
		command -v "$tool" >/dev/null || {
			echo "there is no $tool here; see ./dev setup"
			return
		}
	done
}

lacks_tun() {
	[ -c /dev/net/tun ] || {
		echo 'there is no /dev/net/tun here'
		return
	}
	ip tuntap add mode tun name probe 2>"$work/probe" || {
		echo "no TUN device can be made: $(tail -n 1 "$work/probe")"
		return
	}
	ip tuntap del mode tun name probe
}

# why_not CONTENDER: why it cannot be measured here; nothing if it can
why_not() {
	case $1 in
	reference | ours-reference)
		if [ -z "$ZEROTIER_ONE" ]; then
			echo 'ZEROTIER_ONE is not set'
		else
			lacks_tun
		fi
		;;
	libzt)
		if [ -z "$LIBZT" ]; then
			echo 'LIBZT is not set'
		else
			lacks cc
		fi
		;;
	wireguard) lacks wireguard-go wg | grep . || lacks_tun ;;
	nebula) lacks nebula nebula-cert | grep . || lacks_tun ;;
	fastd) lacks fastd | grep . || lacks_tun ;;
	slirp4netns | pasta) lacks "$1" | grep . || lacks_tun ;;
	esac
}

# is_wanted CONTENDER: raw is all of its kind
is_wanted() {
	case " ${wanted:-$1} " in
	*" ${1%-"${1#raw-}"} "* | *" $1 "*) ;;
	*) return 1 ;;
	esac
}

# choose: sets contenders; who is left out is said, and told the report
choose() {
	contenders=
	for contender in $(every_contender); do
		is_wanted "$contender" || continue
		reason=$(why_not "$contender")
		if [ -z "$reason" ]; then
			contenders="$contenders $contender"
			continue
		fi
		echo "measure: SKIPPED $contender: $reason" >&2
		record about all "skipped:$contender" "$reason"
	done
	contenders="$contenders "
}

# has CONTENDER...: is one of them measured?
has() {
	for one; do
		case $contenders in *" $one "*) return 0 ;; esac
	done
	return 1
}

# among CONTENDER...: those of them that are measured; raw is all of its kind
among() {
	for one in $contenders; do
		case " $* " in
		*" $one "* | *" ${one%-"${one#raw-}"} "*) echo "$one" ;;
		esac
	done
}

# default_raw CONTENDER: not another than the machine's own congestion control?
default_raw() {
	case $1 in
	"raw-$congestion") ;;
	raw-*) return 1 ;;
	esac
}

# --- sides ---------------------------------------------------------------------

# server_of CONTENDER: whose servers it talks to
server_of() {
	case $1 in
	raw-* | proxy | slirp4netns | pasta) echo raw ;;
	ours-reference) echo reference ;;
	*) echo "$1" ;;
	esac
}

# host_of CONTENDER client|server
host_of() {
	case $1 in
	raw* | proxy | ours | slirp4netns | pasta) set -- '' "$2" ;;
	ours-reference)
		set -- r "$2"
		[ "$2" != client ] || set -- '' client
		;;
	reference) set -- r "$2" ;;
	netns) set -- v "$2" ;;
	libzt) set -- l "$2" ;;
	wireguard) set -- w "$2" ;;
	nebula) set -- n "$2" ;;
	fastd) set -- f "$2" ;;
	esac
	case $2 in
	client) echo "${1}a" ;;
	server) echo "${1}b" ;;
	esac
}

# words CONTENDER client|server: what goes in front of a command
words() {
	side=$(host_of "$@")
	case $1:$2 in
	slirp4netns:client | pasta:client) side=$1 ;;
	netns:*)
		echo "nsenter --target $(inside_of "$side") --net --"
		return
		;;
	esac
	printf 'nsenter --net=/run/netns/%s -- ' "$side"
	case $1:$2 in
	ours:* | ours-reference:client)
		echo "$tapless run -D $work/$side/home --"
		;;
	esac
}

# at CONTENDER: the address of its server's side, which stays
at() {
	file=$work/at-$(server_of "$1")
	[ -e "$file" ] || case $(server_of "$1") in
	raw) host_ip b ;;
	ours) address_of b 10. ;;
	reference) address_of rb 10. ;;
	netns) netns_address vb ;;
	libzt) cat "$work/lb/address" ;;
	wireguard) echo 10.101.0.2 ;;
	nebula) echo 10.102.0.2 ;;
	fastd) echo 10.103.0.2 ;;
	esac >"$file"
	cat "$file"
}

# as_client CONTENDER COMMAND...
as_client() {
	prefix=$(words "$1" client)
	shift
	# shellcheck disable=SC2086 # a list of words
	$prefix "$@"
}

# server CONTENDER WHAT COMMAND...: started once, for all who share it
server() {
	server=$(server_of "$1")-$2
	[ ! -e "$work/$server/pid" ] || return 0
	prefix=$(words "$(server_of "$1")" server)
	shift 2
	# shellcheck disable=SC2086 # a list of words
	serve "$server" $prefix "$@"
}

# services_of CONTENDER: whose processor time and memory count
services_of() {
	case $1 in
	ours) echo a b ;;
	ours-reference) echo a rb ;;
	reference) echo ra rb ;;
	netns) echo va vb ;;
	wireguard) echo wa wb ;;
	nebula) echo na nb ;;
	fastd) echo fa fb ;;
	slirp4netns | pasta) echo "$1" ;;
	proxy) echo proxy-bulk-a proxy-bulk-b ;;
	esac
}

# --- hosts and nodes -------------------------------------------------------------

# hosts: one for each side, and those that all need
hosts() {
	echo root c
	for contender in $contenders; do
		host_of "$contender" client
		host_of "$contender" server
	done | sort -u
}

host_ip() {
	n=1
	for one in root c a b ra rb va vb la lb wa wb na nb fa fb; do
		[ "$1" != "$one" ] || echo "192.168.55.$n"
		n=$((n + 1))
	done
}

start() {
	case $(kind "$1") in
	ref) set -- "$1" "$ZEROTIER_ONE" -U -p9993 "$work/$1/home" ;;
	ours) set -- "$1" "$tapless" service -D "$work/$1/home" -p 9993 ;;
	esac
	site=$1
	shift
	background "$site" nsenter "--net=/run/netns/$site" -- "$@"
}

# make_nodes: ours are always there; members are those with a service that stays
make_nodes() {
	members=
	! has ours ours-reference || members='a b'
	! has reference ours-reference || members="$members ra rb"
	mkdir "$work/c"
	make root ours
	for node in $members; do
		case $node in
		r?) make "$node" ref ;;
		*) make "$node" ours ;;
		esac
	done
	# shellcheck disable=SC2046 # names
	lay_out $(hosts)
	# shellcheck disable=SC2086
	make_planet root $members
	for node in root $members; do
		start "$node"
	done
	for node in root $members; do
		wait_until 30 is_online "$node" || fail "$node is not online"
	done
}

# create NAME PRIVATE SUBNET: prints the network's id
create() {
	api root POST "/controller/network/$(address root)______" "{
		\"name\": \"$1\", \"private\": $2,
		\"ipAssignmentPools\": [{ \"ipRangeStart\": \"$3.10\",
			\"ipRangeEnd\": \"$3.250\" }],
		\"routes\": [{ \"target\": \"$3.0/24\", \"via\": null }],
		\"v4AssignMode\": { \"zt\": true },
		\"rules\": [{ \"type\": \"ACTION_ACCEPT\" }] }" | talk get id
}

has_address() {
	has_status "$1" OK && [ -n "$(address_of "$1" 10.)" ] || return 1
	[ "$(kind "$1")" = ours ] ||
		[ -n "$(in_host "$1" ip -o addr show to 10.0.0.0/8)" ]
}

make_networks() {
	# shellcheck disable=SC2034 # for lib.sh
	controller=root
	open_network=$(create open false 10.97.0)
	network=$(create bench true 10.99.0)
	[ "${#network}:${#open_network}" = 16:16 ] ||
		fail 'the controller makes no network'
	for m in $members; do
		join "$m"
		authorise "$m" >/dev/null
		wait_until 60 has_address "$m" || fail "$m gets no address"
	done
}

# answers CONTENDER: does its server's side answer its client's?
answers() {
	case $1 in
	ours*) in_host a "$tapless" ping -D "$work/a/home" -c 1 \
		"$(at "$1")" ;;
	*) as_client "$1" ping -c 1 -W 1 "$(at "$1")" ;;
	esac >>"$work/ping.log" 2>&1
}

# make_others: all that are not nodes with a service of their own
make_others() {
	for contender in $(among netns wireguard nebula fastd slirp4netns pasta \
		libzt); do
		"make_$contender"
	done
	# The first packet must not have to find the way.
	for contender in $(among ours netns ours-reference reference \
		wireguard nebula fastd); do
		wait_until 30 answers "$contender" ||
			fail "$contender: its two sides do not reach each other"
	done
}
