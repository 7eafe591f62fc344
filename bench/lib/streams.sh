# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# streams.sh - how many bytes move: one stream, eight, both ways at once
#
# A move is iperf3 or, where that cannot go, a program of ours. What it has used
# of the processor is taken from the services' accounts, and for the programs
# from what they say themselves.

# serve_streams CONTENDER
serve_streams() {
	case $1 in
	proxy) serve_proxy bulk 8001 ;;
	libzt) ;; # it serves from the start
	*) server "$1" iperf3 iperf3 -s --forceflush -B "$(at "$1")" ;;
	esac
}

# serve_proxy PROGRAM PORT: it listens behind two proxies that do nothing
serve_proxy() {
	case $1 in bulk) role=sink ;; *) role=serve ;; esac
	[ ! -e "$work/proxy-$1/pid" ] || return 0
	serve "proxy-$1" "$programs/$1" $role "unix:$work/$1"
	there=$(host_ip b):$2
	serve "proxy-$1-b" nsenter --net=/run/netns/b -- \
		"$programs/proxy" "$there" "unix:$work/$1"
	serve "proxy-$1-a" nsenter --net=/run/netns/a -- \
		"$programs/proxy" "unix:$work/$1-a" "$there"
}

# bulk CONTENDER SECONDS [OPTION...]: moves bytes, prints JSON
bulk() {
	contender=$1
	for_s=$2
	shift 2
	case $contender in
	proxy) "$programs/bulk" send "unix:$work/bulk-a" "$for_s" ;;
	libzt) libzt_client bulk "$for_s" "$@" ;;
	raw-*)
		as_client "$contender" iperf3 -J -c "$(at raw)" -t "$for_s" \
			-C "${contender#raw-}" "$@"
		;;
	*)
		as_client "$contender" iperf3 -J -c "$(at "$contender")" \
			-t "$for_s" "$@"
		;;
	esac
}

# per_gb CPU GBYTES
per_gb() {
	echo "$@" | awk '{ print ($2 > 0 ? $1 / $2 : 0) }'
}

# move WORKLOAD CONTENDER DIRECTION [OPTION...]: one run and its values
move() {
	workload=$1
	contender=$2
	direction=$3
	shift 3
	serve_streams "$contender"
	await_quiet
	services=$(services_of "$contender")
	# shellcheck disable=SC2086 # lists of names
	used=$(cpu_of $services)
	before=$(ticks)
	bulk "$contender" "$seconds" "$@" >"$work/result" ||
		fail "$workload, $contender failed: $(tail -n 3 "$work/result")"
	# shellcheck disable=SC2086
	idle=$(idle_since $before)
	# shellcheck disable=SC2086
	used=$(echo "$(cpu_of $services) $used" | awk '{ print $1 - $2 }')
	record "$workload" "$contender" "$direction-idle" "$idle"
	record "$workload" "$contender" "$direction" \
		"$(value_of mbit_s "$work/result")"
	back=$(value_of back_mbit_s "$work/result")
	[ -z "$back" ] ||
		record "$workload" "$contender" "$direction-back" "$back"
	record_cost
}

# What a gigabyte has cost: the services, and with the programs
record_cost() {
	gbytes=$(value_of gbytes "$work/result")
	apps=$(value_of apps_cpu_s "$work/result")
	[ -z "$services" ] ||
		record "$workload" "$contender" "$direction-cpu" \
			"$(per_gb "$used" "$gbytes")"
	record "$workload" "$contender" "$direction-cpu-all" \
		"$(per_gb "$(echo "$used $apps" | awk '{ print $1 + $2 }')" \
			"$gbytes")"
}

workload_tcp() {
	for one in $contenders; do
		move tcp "$one" forward
		case $one in
		proxy | libzt) ;;
		*) move tcp "$one" reverse -R ;;
		esac
	done
}

several='raw ours netns reference wireguard nebula fastd slirp4netns pasta'

workload_tcp8() {
	# shellcheck disable=SC2086 # a list of names
	for one in $(among $several); do
		move tcp8 "$one" forward -P 8
		move tcp8 "$one" reverse -P 8 -R
	done
}

workload_bidir() {
	# shellcheck disable=SC2086
	for one in $(among $several); do
		move bidir "$one" both --bidir
	done
}
