# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# innocent.sh - who is not to notice the faults of others: sourced behind node.sh
#
# It runs from B to A, through the same services as the program that misbehaves.

# start_innocent
start_innocent() {
	spawn innocent-server 1 "$python" "$lib/innocent.py" serve "$ADDR_A" 7
	wait_until 10 'the innocent server is ready' \
		grep -q ready innocent-server.log
	spawn innocent 2 "$python" "$lib/innocent.py" ask "$ADDR_A" 7
	innocent=$pid
	wait_until 10 'the innocent client is ready' grep -q ready innocent.log
}

# end_innocent MS: fails if an answer has ever taken longer than that
end_innocent() {
	is_alive "$innocent" || fail "the innocent: $(tail -n 1 innocent.log)"
	end "$innocent"
	# shellcheck disable=SC2046 # words
	set -- "$1" $(tail -n 1 innocent.log)
	[ "$2" = OK ] || fail "the innocent: $2"
	step "the innocent: $3 answers, half within $5 ms, the longest $4 ms"
	[ "$3" -gt 50 ] || fail 'the innocent was hardly served'
	[ "$4" -le "$1" ] || fail "the innocent waited $4 ms, not $1"
}

# Anonymous memory of a node's worker, KiB.
anon_kib() {
	awk '/^RssAnon:/ { print $2 }' "/proc/$(worker_of "$1")/status"
}

# Processor time of a process, ms.
cpu_ms() {
	awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*[)] /, "")
		print ($12 + $13) * 1000 / hz }' "/proc/$1/stat" | cut -d . -f 1
}
