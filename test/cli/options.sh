#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# options.sh - help, common options, and wrong ones
# shellcheck source=test/cli/common
. "$(dirname "$0")/common"

for args in --help -h '-?' '-j --help'; do
	# shellcheck disable=SC2086
	expect 0 $args
	out_has '^usage: tapless '
	err_empty
done
cp out help
# shellcheck disable=SC2013 # names have no blanks
for name in $(sed -n '/^commands:/,$s/^  \([a-z]*\) .*/\1/p' help); do
	expect 0 "$name" --help
	out_has "^usage: tapless $name"
	err_empty
	expect 0 -D nowhere "$name" -h
	out_has "^usage: tapless $name"
done

# options_in FILE, and flags_in PAGE: their long options, a line each
options_in() {
	grep -oE '(^|[^a-z-])--[a-z][a-z-]*' "$1" | sed 's/.*--/--/' | sort -u
}
flags_in() {
	grep -oE 'Fl -[a-z][a-z-]*' "$pages/$1" | sed 's/^Fl -/--/' | sort -u
}
# nothing_in FILE WHAT
nothing_in() {
	[ ! -s "$1" ] || fail "$2: $(paste -s -d ' ' "$1")"
}
pages=$TAPLESS_SOURCE/doc/man
cat help >all
# shellcheck disable=SC2013 # names have no blanks
for name in $(sed -n '/^commands:/,$s/^  \([a-z]*\) .*/\1/p' help); do
	"$tapless" "$name" --help >one
	cat one >>all
	[ -e "$pages/tapless-$name.1" ] || continue
	options_in one >options
	{ flags_in "tapless-$name.1" && flags_in tapless.1; } | sort -u >flags
	comm -23 options flags >lost
	nothing_in lost "options of $name that no page has"
	printf '%s\n' --version | cat options - | sort >known
	flags_in "tapless-$name.1" | comm -23 - known >lost
	nothing_in lost "options of the page tapless-$name that help has not"
done
options_in all >options
cat "$pages"/*.1 >"$work/pages"
pages=$work
flags_in pages | comm -13 - options >lost
nothing_in lost 'options that no page has'
flags_in pages | comm -23 - options >lost
nothing_in lost 'options of pages that help has not'

expect 0 help
out_has '^usage: tapless \['
expect 0 help run
out_has '^usage: tapless run'
expect 0 help /status
out_has '^usage: tapless /PATH'
expect 2 help nosuch
one_line
[ "$(grep -c '^  [a-z]' help)" -ge 19 ] || fail "commands are missing"
expect 0 --version
out_has '^tapless [0-9]*\.[0-9]*\.[0-9]*$'
out_has '^port mapping: '
expect 0 -v

# Behind other options, but not behind what is for the program that is run.
for args in 'service -p 0' 'attach --netns 1' 'proxy --drain 1' 'forward -U' \
	'run -D nowhere --isolate --dns off'; do
	# shellcheck disable=SC2086
	expect 0 $args --help
	out_has "^usage: tapless ${args%% *}"
	err_empty
done
for args in 'run -D nowhere ls --help' 'run -D nowhere -- -h'; do
	# shellcheck disable=SC2086
	"$tapless" $args >out 2>err && fail "$args: it helps"
	out_empty
	one_line
done

# As the reference does: help, and success.
expect 0
out_empty
err_has '^usage: tapless '

expect 2 nosuch
one_line
for args in '-D' '-p' '-T' '-p x info' '-p 65536 info' '-p -1 info' \
	'info extra' '--home= info' 'join' 'join 123' 'join 7ee85fb0c96e642' \
	'join 7ee85fb0c96e642fa' 'join 7ee85fb0c96e642g' 'leave' 'get' \
	'get 7ee85fb0c96e642f' 'get 123 name' 'set 123 allowDNS=1' 'orbit 1' \
	'deorbit' 'deorbit 0' 'deorbit x' 'listpeers x' 'peers x' \
	'listnetworks x' 'listmoons x' 'dump x' '/status x' \
	'ping' 'ping -c' 'ping -c 0 x' 'ping -i 0.1 x' 'ping a b' \
	'trace' 'trace a b' 'trace x/y' 'drops x' 'drops --nosuch' 'pcap --nosuch' \
	'pcap -c 0 -w x' 'pcap -s 99999 -w x' 'pcap 123 -w x' 'speedtest' \
	'speedtest -t 0 x' 'speedtest --nosuch' 'speedtest x 0' \
	'speedtest x 1 2' 'run' 'run --' 'run --nosuch true' 'run -D' \
	'run --activate' 'service -D' 'service --home=' 'service -p' \
	'service nonsense' 'service --nosuch'; do
	# shellcheck disable=SC2086
	expect 2 $args
	out_empty
	one_line
done

# Output that cannot be written is a failure.
got=0
"$tapless" --help >/dev/full 2>err || got=$?
[ $got = 1 ] || fail "a full disk gives $got"
: >out
one_line
