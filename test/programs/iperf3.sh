#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# iperf3.sh - iperf3 over TCP and UDP, both directions, several streams
#
# It does not look at what it receives (and its -F loses bytes on any network
# that takes less than a whole write): contents are for the scripts beside it.
#
#	A: iperf3 -s   <---->   B: iperf3 -c
# ctest: via seccomp
# ctest: via netns
# matrix: iperf3 | v4 v6 | preload seccomp netns
. "$(dirname "$0")/../lib/node.sh"
need iperf3
lan
limit=20

serve() {
	spawn server 1 iperf3 -s --forceflush -B "$@"
	wait_until 10 'iperf3 listens' grep -q 'Server listening' server.log
	virtual_only "$1" 5201
}

# measure ARGUMENT...: sets mbits, lost (percent); fails unless bytes moved
measure() {
	run_b iperf3 -J "$@" >result.json ||
		fail "iperf3 $*: $(json_field error <result.json)"
	# shellcheck disable=SC2046 # two numbers
	set -- $("$python" - <<-'END'
		import json
		end = json.load(open("result.json"))["end"]
		sums = end.get("sum_received") or end["sum"]
		print(int(sums["bits_per_second"] / 1e6),
		      int(end.get("sum", {}).get("lost_percent", 0) + 0.5))
	END
	)
	mbits=$1
	lost=$2
	[ "$mbits" -gt 0 ] || fail 'nothing was moved'
}

serve "$ADDR_A"
measure -c "$ADDR_A" -t 1
step "TCP: $mbits Mbit/s"
measure -c "$ADDR_A" -t 1 -R
step "TCP -R: $mbits Mbit/s"
measure -c "$ADDR_A" -t 1 -P 8
step "TCP, 8 streams: $mbits Mbit/s"
measure -c "$ADDR_A" -t 1 -P 2 --bidir
step "TCP, both directions at once: $mbits Mbit/s"
measure -c "$ADDR_A" -t 2 -u -b 20M
step "UDP 20 Mbit/s: $mbits Mbit/s received, $lost % lost"
[ "$lost" -le 5 ] || fail "$lost % of 20 Mbit/s are lost"
[ "$mbits" -ge 18 ] || fail "$mbits of 20 Mbit/s"
measure -c "$ADDR_A" -t 2 -u -b 20M -R
step "UDP -R 20 Mbit/s: $mbits Mbit/s received, $lost % lost"
[ "$lost" -le 5 ] || fail "$lost % of 20 Mbit/s are lost"
measure -c "$ADDR_A" -t 1 -u -b 20M -l 8000
step "UDP of 8000 bytes: $mbits Mbit/s received, $lost % lost"
[ "$lost" -le 5 ] || fail "$lost % of 20 Mbit/s are lost"
end "$pid"

step 'IPv6'
serve "$ADDR6_A"
for how in '' -R '-P 8 --bidir' '-u -b 5M -R' '-u -b 5M -P 4 --bidir'; do
	# shellcheck disable=SC2086 # a list of words
	measure -c "$ADDR6_A" -t 1 $how
	step "IPv6 $how: $mbits Mbit/s, $lost % lost"
	[ "$lost" -le 5 ] || fail "$lost % are lost"
done
end "$pid"
