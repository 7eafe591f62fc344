# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# node.sh - for scripts that need running nodes: sourced, not run
#
#	node 0: root and controller       127.0.0.1, UDP and API on $port_0
#	  |   \
#	  |    node 1 "A"  ---- direct ----  node 2 "B"
#	  \__________________________________/
#
# Makes an empty folder and goes there. All nodes live on loopback and know no
# other root than node 0, so this works in a namespace with nothing but lo, and
# on a host as well. Everything that is started here is ended when the script
# ends, by its process id; the logs are shown if it fails.
#
# lan	starts these three (of $nodes homes that it makes), makes a network,
#	admits A and B, and sets nwid, ADDR_A, ADDR_B (IPv4), ADDR6_A, ADDR6_B
#	(RFC4193), PLANE_A, PLANE_B (6PLANE)

set -eu

tapless=${TAPLESS_BUILD:?the build folder}/bin/tapless
lib=$(CDPATH='' cd -- "$(dirname -- "$0")/../lib" 2>/dev/null && pwd) || lib=
if [ ! -x "$tapless" ]; then
	echo "SKIPPED: $tapless is not built" >&2
	exit 77
fi
case $TAPLESS_BUILD in
/*) ;;
*) tapless=$PWD/$tapless ;;
esac
unset TAPLESS_HOME ZEROTIER_HOME XDG_DATA_HOME LD_PRELOAD TAPLESS_PRELOAD
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
LC_ALL=C
export PATH LC_ALL

# A wrapper of some other kind would cost each start half a second.
python=/usr/bin/python3
[ -x $python ] || python=python3

work=$(mktemp -d "${TMPDIR:-/tmp}/tapless.XXXXXX")
chmod 755 "$work"
cd "$work"
HOME=$work
export HOME
children=
subnet=10.121.17
nwid=
nodes=3

# --- talking -----------------------------------------------------------------

step() {
	printf -- '-- %s\n' "$*"
}

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

skip() {
	echo "SKIPPED: $*" >&2
	exit 77
}

# has_program NAME: is it there? What is left out without it is said to be.
has_program() {
	command -v "$1" >/dev/null 2>&1 || partly "$1 is not installed"
}

# partly WHY: the rest goes on; ./dev lists it. Fails, for the end of a condition.
partly() {
	echo "SKIPPED in part: $*" >&2
	return 1
}

need() {
	for program; do
		command -v "$program" >/dev/null 2>&1 ||
			skip "$program is not installed"
	done
}

show_logs() {
	for log in "$work"/*.log; do
		[ -s "$log" ] || continue
		echo "  ${log##*/}:"
		tail -n 40 "$log" | cut -c 1-300 | sed 's/^/    /'
	done >&2
}

is_alive() {
	[ -d "/proc/$1" ] && ! grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null
}

none_alive() {
	for child in $children; do
		! is_alive "$child" || return 1
	done
}

# A keeper hides that its worker has died: programs go on. So that no script ends
# well with a crash, unless it says worker_may_die=yes.
has_lost_worker() {
	[ "${worker_may_die-}" != yes ] &&
		grep -E 'the worker (was killed|ended with)' \
			"$work"/service*.log 2>/dev/null
}

at_end=:
finish() {
	status=$?
	trap - EXIT
	set +e
	eval "$at_end"
	if [ $status -eq 0 ] && has_lost_worker >&2; then
		echo 'FAILED: a worker has died' >&2
		status=1
	fi
	[ $status -eq 0 ] || [ $status -eq 77 ] || show_logs
	# Masters end their workers, if they are asked to.
	for child in $children; do
		kill -TERM "$child" 2>/dev/null
	done
	tries=0
	while ! none_alive && [ $tries -lt 60 ]; do
		tries=$((tries + 1))
		sleep 0.05
	done
	for child in $children; do
		is_alive "$child" && kill -KILL "$child" 2>/dev/null
	done
	wait 2>/dev/null
	cd /
	if [ -n "${TL_KEEP-}" ]; then
		echo "kept: $work" >&2
	else
		rm -rf "$work"
	fi
	exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

# home_on_disk NODE SIZE: its home is a file system of its own, $work/disk, of
# as many bytes; skips the test where none can be mounted
home_on_disk() {
	mkdir disk
	mount -t tmpfs -o "size=$2,mode=0700" tmpfs disk 2>mount.log ||
		skip "no file system can be mounted here: $(cat mount.log)"
	# shellcheck disable=SC2016 # it is evaluated at the end
	at_end='umount -l "$work/disk" 2>/dev/null'
	cp -a "$(home "$1")/." disk/
	rm -rf "$(home "$1")"
	ln -s "$work/disk" "$(home "$1")"
}

# --- waiting -----------------------------------------------------------------

# Milliseconds of a clock that only goes forward.
now_ms() {
	awk '{ printf "%d\n", $1 * 1000 }' /proc/uptime
}

# wait_until SECONDS WHAT COMMAND...: looks every 50 ms; fails with WHAT
wait_until() {
	deadline=$(($(now_ms) + $1 * 1000))
	what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		[ "$(now_ms)" -lt $deadline ] || fail "not in time: $what"
		sleep 0.05
	done
}

is_gone() {
	! is_alive "$1"
}

# wait_gone SECONDS PID WHAT: sets status
wait_gone() {
	wait_until "$1" "$3 ends" is_gone "$2"
	status=0
	wait "$2" || status=$?
}

# --- nodes -------------------------------------------------------------------

# Ports that nobody has, as UDP and as TCP, and that no kernel and no node draws
# for itself before they are used.
pick_ports() {
	"$python" - "$1" <<-'END'
		import random, socket, sys
		held = []
		while len(held) < 2 * int(sys.argv[1]):
		    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		    t = socket.socket()
		    try:
		        u.bind(("127.0.0.1", random.randrange(10000, 20000)))
		        t.bind(u.getsockname())
		    except OSError:
		        continue
		    held += [u, t]
		    print(u.getsockname()[1])
	END
}

home() {
	printf '%s/node%s' "$work" "$1"
}

port_of() {
	eval "printf %s \"\$port_$1\""
}

pid_of() {
	eval "printf %s \"\$pid_$1\""
}

# worker_of N: the keeper's child, which does the work
worker_of() {
	cat "/proc/$(pid_of "$1")/task/$(pid_of "$1")/children" 2>/dev/null |
		tr -d ' '
}

# has_other_worker N PID: one that is not PID. It is looked at once: it may go.
has_other_worker() {
	now_worker=$(worker_of "$1")
	[ -n "$now_worker" ] && [ "$now_worker" != "$2" ]
}

# Both of them.
pids_of() {
	echo "$(pid_of "$1") $(worker_of "$1")"
}

id_of() {
	cut -d : -f 1 "$(home "$1")/identity.secret"
}

# make_nodes COUNT: homes with an identity, and a planet that names node 0
make_nodes() {
	set -- $(pick_ports "$1")
	n=0
	for port; do
		eval "port_$n=$port"
		mkdir -m 700 "$(home $n)"
		"$tapless" id generate "$(home $n)/identity.secret" \
			"$(home $n)/identity.public" >>"$work/id.log"
		chmod 600 "$(home $n)/identity.secret"
		# Other nodes are on loopback, which is no way by default.
		cat >"$(home $n)/local.conf" <<-END
			{ "settings": { "allowLoopbackPaths": true,
			  "allowSecondaryPort": false, "primaryPort": $port,
			  "bind": [ "127.0.0.1" ] } }
		END
		n=$((n + 1))
	done
	"$tapless" world planet --out planet --root \
		"$(cat "$(home 0)/identity.public")=127.0.0.1/$1" >>"$work/id.log"
	n=0
	for port; do
		cp planet "$(home $n)/planet"
		n=$((n + 1))
	done
}

# api NODE METHOD PATH [BODY]
api() {
	api_node=$1
	api_method=$2
	api_path=$3
	shift 3
	curl -sS -f --noproxy '*' --max-time 10 -X "$api_method" \
		-H "X-ZT1-Auth: $(cat "$(home "$api_node")/authtoken.secret")" \
		${1+-d "$1"} "http://127.0.0.1:$(port_of "$api_node")$api_path"
}

# json_field KEY: the value of a key that stands once in the JSON on input
json_field() {
	sed -n 's/.*"'"$1"'": *"\{0,1\}\([^",}]*\).*/\1/p'
}

serves() {
	is_alive "$(pid_of "$1")" ||
		fail "the service of node $1 has ended"
	api "$1" GET /status
}

is_online() {
	api "$1" GET /status | grep -q '"online":true'
}

# start_node N [OPTION...]
start_node() {
	start_n=$1
	shift
	"$tapless" service -D "$(home "$start_n")" "$@" \
		>>"service$start_n.log" 2>&1 </dev/null &
	eval "pid_$start_n=$!"
	children="$children $!"
	wait_until 20 "node $start_n answers" serves "$start_n"
}

# As the kernel's lack of memory would do it: the whole service.
kill_node() {
	kill -KILL "$(pid_of "$1")"
	wait "$(pid_of "$1")" 2>/dev/null || true
}

stop_node() {
	kill -TERM "$(pid_of "$1")"
	wait_gone 10 "$(pid_of "$1")" "node $1 after SIGTERM"
	[ "$status" = 0 ] || fail "node $1 ended with status $status"
}

# --- a network ---------------------------------------------------------------

# A private one, on node 0; sets nwid
make_network() {
	nwid=$(api 0 POST "/controller/network/$(id_of 0)______" "$(cat <<-END
		{ "name": "test", "private": true,
		  "ipAssignmentPools": [ { "ipRangeStart": "$subnet.1",
		    "ipRangeEnd": "$subnet.254" } ],
		  "routes": [ { "target": "$subnet.0/24", "via": null } ],
		  "v4AssignMode": { "zt": true },
		  "v6AssignMode": { "rfc4193": true, "6plane": true } }
	END
	)" | json_field nwid)
	[ ${#nwid} = 16 ] || fail 'the controller made no network'
}

network_is() {
	[ "$("$tapless" get -D "$(home "$1")" "$nwid" status)" = "$2" ]
}

has_address() {
	network_is "$1" OK && [ -n "$("$tapless" get -D "$(home "$1")" "$nwid" ip4)" ]
}

authorise() {
	api 0 POST "/controller/network/$nwid/member/$(id_of "$1")" \
		'{ "authorized": true }' >/dev/null
}

# join NODE: and be admitted
join() {
	"$tapless" join -D "$(home "$1")" "$nwid" >/dev/null
	authorise "$1"
	wait_until 20 "node $1 gets an address" has_address "$1"
}

# address NODE PATTERN: the assigned address that it matches
address() {
	"$tapless" get -D "$(home "$1")" "$nwid" ip | grep -m 1 -e "$2"
}

name_addresses() {
	ADDR_A=$(address 1 '^10[.]')
	ADDR_B=$(address 2 '^10[.]')
	ADDR6_A=$(address 1 '^fd')
	ADDR6_B=$(address 2 '^fd')
	PLANE_A=$(address 1 '^fc')
	PLANE_B=$(address 2 '^fc')
	export ADDR_A ADDR_B ADDR6_A ADDR6_B PLANE_A PLANE_B
}

start_all() {
	need curl ss
	make_nodes "$nodes"
	start_node 0
	start_node 1
	start_node 2
	for n in 1 2; do
		wait_until 20 "node $n is online" is_online $n
	done
}

lan() {
	start_all
	make_network
	join 1
	join 2
	name_addresses
	[ "${TL_VIA-}" != netns ] || start_namespaces
	step "network $nwid: A is $ADDR_A, B is $ADDR_B"
}

# --- programs ----------------------------------------------------------------

# The program runs for $limit seconds at most: a hang is a failure, too.
limit=60

# For member: words that come before a command, and the attachment.
member_before=
member_via=${TL_VIA-}

# member NODE COMMAND...: becomes the command, as a program of the node. TL_VIA
# says by which attachment: as `run` chooses if it is not set, preload, seccomp,
# or netns.
member() {
	member_of=$1
	shift
	[ "$member_via" != netns ] || enter_namespace "$member_of" "$@"
	# shellcheck disable=SC2086 # a list of words
	exec $member_before "$tapless" run ${member_via:+"--via=$member_via"} \
		-D "$(home "$member_of")" -- "$@"
}

on_node() {
	(
		member_before="timeout -k 2 $limit"
		member "$@"
	)
}

run_a() {
	on_node 1 "$@"
}

run_b() {
	on_node 2 "$@"
}

# spawn NAME NODE COMMAND...: in the background, output in NAME.log; sets pid
spawn() {
	spawn_log=$work/$1.log
	shift
	# Emptied by this shell: what an earlier one of this name said must not
	# be found by a look that comes before the new one has begun.
	: >"$spawn_log"
	member "$@" >"$spawn_log" 2>&1 </dev/null &
	pid=$!
	children="$children $pid"
}

launched_by() {
	ps -o pid= --ppid "$1" | head -n 1 | tr -d ' '
}

has_begun() {
	begun=$(launched_by "$1")
	[ -n "$begun" ] &&
		[ "$(readlink "/proc/$begun/exe")" != "$(readlink -f "$tapless")" ]
}

# program PID: the number of a spawned program's own process: a launcher stays
# beside it, and signals go to that, but it has the program's children not
program() {
	if [ "${TL_VIA-}" != seccomp ]; then
		echo "$1"
		return
	fi
	wait_until 10 "the program of $1 has begun" has_begun "$1"
	launched_by "$1"
}

# children_of PID: those of a spawned program, a line each
children_of() {
	ps -o pid= --ppid "$(program "$1")" | tr -d ' '
}

# end PID: asks it to end
end() {
	kill -TERM "$1" 2>/dev/null || true
	wait_gone 10 "$1" "process $1"
}

# end_family PID: with its workers, which some masters leave behind; a launcher
# would stay for them
end_family() {
	master=$(program "$1")
	left=$(children_of "$1")
	kill -TERM "$1" 2>/dev/null || true
	wait_until 10 "process $master ends" is_gone "$master"
	for child in $left; do
		kill -TERM "$child" 2>/dev/null || true
	done
	wait_gone 10 "$1" "process $1 and all that it has started"
}

# Does NODE reach ADDRESS PORT?
answers() (
	[ "$member_via" = netns ] || member_via=
	member "$1" "$python" -c '
import socket, sys
socket.create_connection((sys.argv[1], int(sys.argv[2])), 3).close()' "$2" "$3"
)

wait_answers() {
	wait_until 15 "$2 port $3 answers node $1" answers "$1" "$2" "$3"
}

# virtual_only ADDRESS PORT: the host has no such listener, and no way there.
# Where it has a route to everywhere, somebody else may answer at any address.
virtual_only() {
	[ -z "$(ss -Hltun "sport = :$2")" ] ||
		fail "port $2 is open on the host"
	[ -z "$(ip -4 route)$(ip -6 route show default)" ] || return 0
	! "$python" -c '
import socket, sys
socket.create_connection((sys.argv[1], int(sys.argv[2])), 2)' "$1" "$2" \
		2>/dev/null || fail "$1 port $2 is reached without the network"
}

make_file() {
	head -c "$2" /dev/urandom >"$1"
}

same() {
	[ "$(sha256sum <"$1")" = "$(sha256sum <"$2")" ] ||
		fail "$1 and $2 differ ($(wc -c <"$1"), $(wc -c <"$2") bytes)"
}

[ "${TL_VIA-}" != netns ] || . "$lib/via_netns.sh"
