# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# costs.sh - what a service costs: memory, joining, at rest, its size on disk
#
# The services of a contender's client side stand for it, but in a transfer,
# where both sides are looked at.

among_services() {
	among ours netns reference wireguard nebula fastd slirp4netns pasta
}

# --- memory ----------------------------------------------------------------------

# sample_memory CONTENDER NAME WHEN: in KiB
sample_memory() {
	for field in Pss Rss; do
		record memory "$1" "$3-$field" \
			"$(sum_of "$2" smaps_rollup "$field")"
	done
	record memory "$1" "$3-RssAnon" "$(sum_of "$2" status RssAnon)"
}

# What a service takes in the middle of a transfer; the sleep is half of it
workload_memory() {
	for one in $(among_services); do
		# shellcheck disable=SC2046 # names
		set -- $(services_of "$one")
		serve_streams "$one"
		bulk "$one" "$seconds" >"$work/result" &
		mover=$!
		sleep "$(echo "$seconds" | awk '{ print $1 / 2 }')"
		sample_memory "$one" "$1" sending
		[ $# -eq 1 ] || sample_memory "$one" "$2" receiving
		wait $mover || fail "memory, $one failed"
	done
}

peers_of() {
	api "$1" GET /peer | "$python" -c '
import json, sys
print(sum(1 for p in json.load(sys.stdin) if p["paths"]))'
}

has_peers() {
	[ "$(peers_of "$1")" -ge "$2" ]
}

# virtual_of NODE: its address, as the controller has given it
virtual_of() {
	api root GET "/controller/network/$network/member/$(address "$1")" |
		talk get ipAssignments
}

# meet NODE ADDRESS: an echo there and back
meets() {
	case $(kind "$1") in
	ours) in_host "$1" "$tapless" ping -D "$work/$1/home" -c 1 "$2" ;;
	ref) in_host "$1" ping -c 1 -W 1 "$2" ;;
	esac >>"$work/meet.log" 2>&1
}

# start_peers: eight more members on one host; with the root and each other the
# nodes that are looked at have ten peers then
start_peers() {
	port=10001
	peers=
	for n in 1 2 3 4 5 6 7 8; do
		peer=peer$n
		peers="$peers $peer"
		make $peer ours
		cp "$work/planet" "$work/$peer/home/"
		mkdir "$work/$peer/home/networks.d"
		: >"$work/$peer/home/networks.d/$network.conf"
		authorise $peer >/dev/null
		background $peer nsenter --net=/run/netns/c -- \
			"$tapless" service -D "$work/$peer/home" -p $port
		port=$((port + 1))
	done
}

has_virtual() {
	[ -n "$(virtual_of "$1")" ]
}

# Once, before anything else, as nothing has been sent by then
idle_memory() {
	nodes=
	! has ours || nodes=a
	! has reference || nodes="$nodes ra"
	start_peers
	for peer in $peers; do
		wait_until 60 has_virtual "$peer" || fail "$peer does not join"
		for node in $nodes; do
			wait_until 30 meets "$node" "$(virtual_of "$peer")" ||
				fail "$node does not reach $peer"
		done
	done
	meet_each_other
	for node in $nodes; do
		wait_until 30 has_peers "$node" 10 ||
			fail "$node has no ten peers"
	done
	for one in $(among_services); do
		# shellcheck disable=SC2046
		set -- $(services_of "$one")
		sample_memory "$one" "$1" idle
	done
	for peer in $peers; do
		end "$peer"
	done
}

meet_each_other() {
	for node in $nodes; do
		wait_until 30 meets "$node" "$(virtual_of "${node%a}b")" ||
			fail "$node does not reach its other side"
	done
}

# --- joining -----------------------------------------------------------------------

# join_once CONTENDER WHEN COMMAND...: from the start to an address
join_once() {
	one=$1
	when=$2
	shift 2
	await_quiet
	record join "$one" "$when" "$(in_host c "$python" \
		"$bench/join_time.py" "$work/c/home" 9993 "$open_network" "$@")"
}

workload_join() {
	for one in $(among ours reference); do
		home=$work/c/home
		rm -rf "$home"
		make c ours
		rm "$home"/identity.*
		mkdir "$home/networks.d"
		cp "$work/planet" "$home/"
		: >"$home/networks.d/$open_network.conf"
		case $one in
		ours) set -- "$tapless" service -D "$home" -p 9993 ;;
		reference) set -- "$ZEROTIER_ONE" -U -p9993 "$home" ;;
		esac
		join_once "$one" cold "$@"
		join_once "$one" warm "$@"
	done
}

# --- at rest -----------------------------------------------------------------------

# wakeups_of NAME: how often it has waited so far
wakeups_of() {
	for part in $(pids_of "$1"); do
		cat /proc/"$part"/task/*/status
	done | awk '/^voluntary_ctxt_switches/ { n += $2 } END { print n }'
}

# nanoseconds_of NAME...: of processor time, finer than ticks
nanoseconds_of() {
	for part in $(pids_of "$@"); do
		cat /proc/"$part"/task/*/schedstat
	done | awk '{ n += $1 } END { printf "%.0f\n", n }'
}

# at_rest: "contender nanoseconds wake-ups bytes" of each, so far
at_rest() {
	for one in $(among_services); do
		# shellcheck disable=SC2046
		set -- $(services_of "$one")
		echo "$one $(nanoseconds_of "$1") $(wakeups_of "$1")" \
			"$(bytes_of "$(host_of "$one" client)")"
	done
}

# All rest at the same time; the sleep is what is measured. One look at them
# takes some milliseconds and is none of theirs.
workload_idle() {
	at_rest >"$work/before"
	sleep "$idle_seconds"
	at_rest >"$work/after"
	paste -d ' ' "$work/before" "$work/after" >"$work/both"
	while read -r one cpu0 wake0 bytes0 _ cpu1 wake1 bytes1; do
		record idle "$one" cpu_ms "$(echo "$cpu0 $cpu1 $idle_seconds" |
			awk '{ print ($2 - $1) / 1e6 / $3 }')"
		record idle "$one" wakeups "$(echo "$wake0 $wake1 $idle_seconds" |
			awk '{ print ($2 - $1) / $3 }')"
		# These two have no interface of their own on the bridge.
		case $one in slirp4netns | pasta) continue ;; esac
		record idle "$one" bytes "$(echo "$bytes0 $bytes1 $idle_seconds" |
			awk '{ print ($2 - $1) / $3 }')"
	done <"$work/both"
}

# --- size --------------------------------------------------------------------------

# size CONTENDER PART PROGRAM: stripped, in bytes
size() {
	file=$(command -v "$3") || return 0
	strip -o "$work/stripped" "$file" 2>/dev/null ||
		cp "$file" "$work/stripped"
	record sizes "$1" "$2" "$(wc -c <"$work/stripped")"
}

# Sizes do not change from round to round.
workload_sizes() {
	[ "$round" -eq 1 ] || return 0
	size ours program "$tapless"
	size ours preload "$TAPLESS_BUILD/lib/libtapless-preload.so"
	size ours library "$TAPLESS_BUILD/lib/libtapless.so"
	size lite program "$TAPLESS_BUILD-lite/bin/tapless"
	[ -z "$ZEROTIER_ONE" ] || size reference program "$ZEROTIER_ONE"
	[ -z "$LIBZT" ] || size libzt library "$LIBZT/lib/libzt.so"
	size wireguard program wireguard-go
	for one in nebula fastd slirp4netns pasta; do
		size $one program $one
	done
}

# --- where the time goes -------------------------------------------------------------

# Where our nodes spend their time in a transfer: in $work/profile
workload_profile() {
	has ours || fail 'profile: ours is not measured'
	serve_streams ours
	for direction in forward reverse; do
		flag=
		[ $direction = forward ] || flag=-R
		# shellcheck disable=SC2086
		bulk ours "$seconds" $flag >"$work/result" &
		mover=$!
		for node in a b; do
			perf record -q -e cpu-clock -F 1999 \
				-p "$(pids_of $node | sed 's/  *$//; s/  */,/g')" \
				-o "$work/perf-$node" -- sleep "$seconds" \
				>>"$work/perf.log" 2>&1 &
			echo $! >"$work/perf-$node.pid"
		done
		wait "$(cat "$work/perf-a.pid")" "$(cat "$work/perf-b.pid")" ||
			fail 'perf failed'
		wait $mover || fail 'profile: iperf3 failed'
		for node in a b; do
			show_profile $node
		done >>"$work/profile"
	done
}

show_profile() {
	echo "round $round, $direction, node $1," \
		"$(value_of mbit_s "$work/result") Mbit/s"
	perf report -i "$work/perf-$1" --stdio --sort dso,symbol 2>/dev/null |
		sed -n 's/  *-  *- *$//; /^ *[0-9]/p' | head -n 40
}
