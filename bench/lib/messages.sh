# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# messages.sh - small messages there and back, alone and beside a bulk stream;
# datagrams

# Of one run, there and back
messages=20000

# serve_pingpong CONTENDER
serve_pingpong() {
	case $1 in
	proxy) serve_proxy pingpong 8002 ;;
	libzt) ;; # it serves from the start
	*) server "$1" pingpong \
		"$programs/pingpong" serve "$(at "$1"):7000" ;;
	esac
}

# pingpong CONTENDER ROUNDS [SECONDS]: prints JSON
pingpong() {
	contender=$1
	shift
	case $contender in
	proxy) "$programs/pingpong" ask "unix:$work/pingpong-a" 64 "$@" ;;
	libzt) libzt_client pingpong "$@" ;;
	*) as_client "$contender" "$programs/pingpong" ask \
		"$(at "$contender"):7000" 64 "$@" ;;
	esac
}

# among_messages: one of raw is enough
among_messages() {
	for one in $(among raw proxy ours netns reference wireguard nebula \
		fastd slirp4netns pasta "$@"); do
		! default_raw "$one" || echo "$one"
	done
}

workload_rtt() {
	for one in $(among_messages libzt); do
		serve_pingpong "$one"
		await_quiet
		pingpong "$one" "$messages" >"$work/result" ||
			fail "rtt, $one failed"
		result "$work/result" | record_each rtt "$one" ''
	done
}

# has_moved HOST BYTES: as many since it was asked for the first time
has_moved() {
	[ $(($(bytes_of "$1") - moved_before)) -ge "$2" ]
}

# The stream is there before and after the messages.
workload_loaded() {
	for one in $(among_messages); do
		serve_pingpong "$one"
		serve_streams "$one"
		await_quiet
		side=$(host_of "$one" client)
		moved_before=$(bytes_of "$side")
		bulk "$one" $((seconds + 2)) >"$work/stream" &
		mover=$!
		wait_until 10 has_moved "$side" 1000000 ||
			fail "loaded, $one: no stream"
		pingpong "$one" "$messages" "$seconds" >"$work/result" ||
			fail "loaded, $one failed"
		wait $mover || fail "loaded, the stream of $one failed"
		result "$work/result" | record_each loaded "$one" ''
		record loaded "$one" mbit_s "$(value_of mbit_s "$work/stream")"
	done
}

# datagrams CONTENDER BYTES: a sink of its own ends when nothing comes any more
datagrams() {
	sink=sink-$(server_of "$1")
	rm -f "$work/$sink/log"
	prefix=$(words "$(server_of "$1")" server)
	# shellcheck disable=SC2086 # a list of words
	serve "$sink" $prefix "$programs/datagrams" sink "$(at "$1"):7001"
	await_quiet
	as_client "$1" "$programs/datagrams" send "$(at "$1"):7001" \
		"$2" "$seconds" >"$work/sent" || fail "udp, $1 failed"
	wait "$(pid_of "$sink")" || fail "udp, the sink of $1 failed"
	rm "$work/$sink/pid"
	grep '{' "$work/$sink/log" >"$work/received"
}

workload_udp() {
	for one in $(among_messages); do
		[ "$one" != proxy ] || continue
		for size in 64 512 1400; do
			datagrams "$one" $size
			sent=$(value_of per_s "$work/sent")
			got=$(value_of received "$work/received")
			record udp "$one" "$size-sent" "$sent"
			record udp "$one" "$size" \
				"$(echo "$got $seconds" | awk '{ print $1 / $2 }')"
			record udp "$one" "$size-loss" \
				"$(echo "$got $(value_of sent "$work/sent")" |
					awk '{ print 100 * (1 - $1 / $2) }')"
		done
	done
}
