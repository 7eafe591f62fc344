#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: full
# ctest: serial
# ctest: timeout 200
#
# flood.sh - 100,000 forged packets a second at a node leave an established
# transfer half its speed, and the node its memory
#
#	B: iperf3 -c   ---->   A: iperf3 -s   <----   flood, from 8,000 networks
. "$(dirname "$0")/../lib/node.sh"
here=$(CDPATH='' cd -- "$lib/../faults" && pwd)
. "$here/../lib/innocent.sh"
need iperf3
flood=$TAPLESS_BUILD/test/flood
[ -x "$flood" ] || skip "$flood is not built"
rate=${TL_FLOOD_RATE:-100000}
seconds=4
rounds=3
lan
spawn server 1 iperf3 -s --forceflush -B "$ADDR_A"
wait_until 10 'iperf3 listens' grep -q 'Server listening' server.log

# transfer NAME: Mbit/s that arrived
transfer() {
	run_b iperf3 -J -c "$ADDR_A" -t "$seconds" >"$1.json" ||
		fail "the transfer broke: $(json_field error <"$1.json")"
	"$python" - "$1.json" <<-'END'
		import json, sys
		end = json.load(open(sys.argv[1]))["end"]
		print(round(end["sum_received"]["bits_per_second"] / 1e6))
	END
}

flooded() {
	"$flood" "$(cat "$(home 1)/identity.public")" "$(id_of 2)" \
		"127.0.0.1:$(port_of 1)" "$rate" $((seconds + 2)) >flood.log &
	flooder=$!
	children="$children $flooder"
	wait_until 10 'the flood is ready' grep -q ready flood.log
	transfer "$1"
	wait $flooder || fail 'the flood ended early'
	sent=$(sed -n 's/^sent //p' flood.log)
	[ "$sent" -ge $((rate * seconds / 2)) ] ||
		fail "only $sent packets were sent"
}

transfer warm >/dev/null
before=$(anon_kib 1)
round=0
while [ $round -lt $rounds ]; do
	round=$((round + 1))
	quiet=$(transfer quiet)
	noisy=$(flooded noisy)
	step "$quiet Mbit/s, with $(sed -n 's/^sent //p' flood.log) packets $noisy"
	echo "$((100 * noisy / quiet))" >>ratios
done
ratio=$(sort -n ratios | sed -n "$(((rounds + 1) / 2))p")
after=$(anon_kib 1)
step "median $ratio %; memory $before KiB before, $after KiB after"
api 1 GET /drops >drops
tr ',' '\n' <drops | sed 's/^/   /'
[ "$ratio" -ge 50 ] || fail "the transfer fell to $ratio %"
[ $((after - before)) -lt 16384 ] || fail 'memory has grown'
