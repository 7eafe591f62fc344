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
expect 0 help
out_has '^usage: tapless \['
expect 0 help run
out_has '^usage: tapless run'
expect 2 help nosuch
one_line
[ "$(grep -c '^  [a-z]' help)" -ge 19 ] || fail "commands are missing"
expect 0 --version
out_has '^tapless [0-9]*\.[0-9]*\.[0-9]*$'
expect 0 -v

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
	'speedtest x 1 2' 'run' 'run --' 'run --nosuch true' 'run -D'; do
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
