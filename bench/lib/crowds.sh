# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# crowds.sh - ten connections and ten thousand: what a message costs, what they
# cost when nobody says anything

many=10000

among_crowds() {
	for one in $(among raw ours netns reference); do
		! default_raw "$one" || echo "$one"
	done
}

has_said() {
	grep -q '{' "$work/crowd/log" || ! is_alive crowd
}

# open_crowd CONTENDER CONNECTIONS: they are open when it goes on
open_crowd() {
	prefix=$(words "$1" client)
	rm -f "$work/crowd/log"
	# shellcheck disable=SC2086 # a list of words
	background crowd $prefix "$programs/crowd" ask "$(at "$1"):7002" \
		"$2" "$seconds"
	wait_until 120 is_ready crowd ||
		fail "conns, $1: $(tail -n 1 "$work/crowd/log")"
}

# per_message NANOSECONDS-BEFORE NANOSECONDS-AFTER: microseconds of each
per_message() {
	echo "$1 $2 $(value_of messages "$work/crowd/result")" |
		awk '{ print ($2 - $1) / 1000 / ($3 + 1) }'
}

# say_much CONTENDER few|many: what the services used, and with the programs
say_much() {
	services=$(services_of "$1")
	all="$services crowd $(server_of "$1")-crowd"
	# shellcheck disable=SC2086 # lists of names
	used=$(nanoseconds_of $services) && used_all=$(nanoseconds_of $all)
	kill -USR1 "$(pid_of crowd)"
	wait_until $((seconds + 60)) has_said || fail "conns, $1: no answers"
	grep '{' "$work/crowd/log" >"$work/crowd/result" ||
		fail "conns, $1: $(tail -n 1 "$work/crowd/log")"
	record conns "$1" "$2-per_s" "$(value_of per_s "$work/crowd/result")"
	# shellcheck disable=SC2086
	record conns "$1" "$2-all_us" \
		"$(per_message "$used_all" "$(nanoseconds_of $all)")"
	[ -n "$services" ] || return 0
	# shellcheck disable=SC2086
	record conns "$1" "$2-cost_us" \
		"$(per_message "$used" "$(nanoseconds_of $services)")"
}

# at_ease CONTENDER SERVICE ANON-BEFORE: all of them rest; the sleep is measured
at_ease() {
	anon=$(sum_of "$2" status RssAnon)
	record conns "$1" held-bytes "$(((anon - $3) * 1024 / many))"
	used=$(nanoseconds_of "$2")
	waited=$(wakeups_of "$2")
	sleep "$idle_seconds"
	record conns "$1" held-cpu_ms "$(
		echo "$used $(nanoseconds_of "$2") $idle_seconds" |
			awk '{ print ($2 - $1) / 1e6 / $3 }')"
	record conns "$1" held-wakeups "$(
		echo "$waited $(wakeups_of "$2") $idle_seconds" |
			awk '{ print ($2 - $1) / $3 }')"
}

workload_conns() {
	for one in $(among_crowds); do
		server "$one" crowd "$programs/crowd" serve "$(at "$one"):7002"
		set -- "$one"
		services=$(services_of "$1")
		service=${services%% *}
		await_quiet
		open_crowd "$1" 10
		say_much "$1" few
		end crowd
		[ -z "$service" ] || anon=$(sum_of "$service" status RssAnon)
		await_quiet
		open_crowd "$1" $many
		[ -z "$service" ] || at_ease "$1" "$service" "$anon"
		say_much "$1" many
		record conns "$1" open_per_s \
			"$(value_of open_per_s "$work/crowd/result")"
		end crowd
	done
}
