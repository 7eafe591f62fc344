# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# base.sh - programs in the background, values, processor time, a quiet machine
#
# Sourced by bench/measure behind test/interop/lib.sh. Everything that is started
# has a name and a folder $work/NAME with its pid and log; all are ended by that
# pid. Nothing sleeps but wait_until and the look at how busy the machine is.

# The measuring programs
programs=$TAPLESS_BUILD/bench

fail() {
	echo "measure: $*" >&2
	exit 1
}

# --- programs ------------------------------------------------------------------

# background NAME COMMAND...: the pid is the program's own, not a shell's
background() {
	name=$1
	shift
	mkdir -p "$work/$name"
	"$@" >>"$work/$name/log" 2>&1 </dev/null &
	echo $! >"$work/$name/pid"
}

pid_of() {
	cat "$work/$1/pid"
}

# pids_of NAME...: and of their workers, if they have any
pids_of() {
	for name; do
		pid=$(pid_of "$name")
		echo "$pid $(cat "/proc/$pid/task/$pid/children" 2>/dev/null)"
	done | tr '\n' ' '
}

is_alive() {
	kill -0 "$(pid_of "$1")" 2>/dev/null
}

# end NAME: and wait for its end
end() {
	pid=$(pid_of "$1")
	kill "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
	rm -f "$work/$1/pid"
}

is_ready() {
	grep -qE 'ready|Server listening|Ready to accept' "$work/$1/log" \
		2>/dev/null
}

# serve NAME COMMAND...: goes on when it says that it listens
serve() {
	background "$@"
	wait_until 20 is_ready "$name" ||
		fail "$name does not listen: $(tail -n 1 "$work/$name/log")"
}

# --- values --------------------------------------------------------------------

# record WORKLOAD CONTENDER METRIC VALUE
record() {
	[ -n "$4" ] || fail "$1, $2: no value of $3"
	printf '%s\t%s\t%s\t%s\t%s\n' "$round" "$@" >>"$work/values"
}

# record_each WORKLOAD CONTENDER PREFIX: "metric value" lines from stdin
record_each() {
	while read -r metric value; do
		record "$1" "$2" "$3$metric" "$value"
	done
}

# result FILE: what a measuring program has printed, as "metric value" lines
result() {
	"$python" "$bench/result.py" "$1"
}

# value_of METRIC FILE
value_of() {
	result "$2" | awk -v metric="$1" '$1 == metric { print $2 }'
}

# --- processor time --------------------------------------------------------------

# Prints idle and all ticks of all processors so far.
ticks() {
	awk '/^cpu / { print $5 + $6, $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9 }' \
		/proc/stat
}

# idle_since IDLE ALL: the percentage of idle time since then
idle_since() {
	echo "$(ticks) $*" |
		awk '{ d = $2 - $4; print (d ? int(100 * ($1 - $3) / d) : 0) }'
}

# The sleep is the measurement: how busy is it for half a second?
is_quiet() {
	before=$(ticks)
	sleep 0.5
	# shellcheck disable=SC2086 # two numbers
	[ "$(idle_since $before)" -ge 88 ]
}

await_quiet() {
	tries=0
	until is_quiet; do
		tries=$((tries + 1))
		[ $tries -lt $((2 * patience)) ] || {
			noisy=$((noisy + 1))
			return 0
		}
	done
}

# cpu_of NAME...: seconds of processor time that they have used
cpu_of() {
	for part in $(pids_of "$@"); do
		cat "/proc/$part/stat"
	done | awk -v hz="$(getconf CLK_TCK)" '
		{ sub(/^.*\) /, ""); sum += $12 + $13 } END { print sum / hz }'
}

# sum_of NAME FILE FIELD: of all its processes
sum_of() {
	for part in $(pids_of "$1"); do
		cat "/proc/$part/$2"
	done | awk -v field="$3:" '$1 == field { n += $2 } END { print n + 0 }'
}

# bytes_of HOST: what its interface has received and sent
bytes_of() {
	in_host "$1" awk '/eth0:/ {
		sub(/.*:/, ""); printf "%.0f\n", $1 + $9 }' /proc/net/dev
}
