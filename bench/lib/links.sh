# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# links.sh - long and lossy links between the two sides
#
#	a, ra, ... -- lan -- l0|l1 == bench/link == f1|f0 -- far -- b, rb, ...
#
# The hosts of the servers' sides are moved to the far bridge, with all that
# runs on them. A link begins anew for every run, with a seed that the round
# decides, so that all contenders of a round lose alike.

lossy='raw ours netns reference wireguard'

# Segmented before it comes to the link, as on a wire
lay_link() {
	! ip link show far >/dev/null 2>&1 || return 0
	ip link add far type bridge
	ip link set far up
	for bridge in lan far; do
		inner=${bridge%"${bridge#?}"}
		ip link add "${inner}0" type veth peer name "${inner}1"
		ip link set "${inner}0" gso_max_segs 1
		ip link set "${inner}1" up
		ip link set "${inner}0" master "$bridge" up
	done
}

# move_servers BRIDGE
move_servers() {
	# shellcheck disable=SC2086 # a list of names
	for one in $(among $lossy); do
		ip link set "v-$(host_of "$one" server)" master "$1"
	done
}

# over_link CONTENDER LOSS MS: one stream; loss in percent, ms there and back
over_link() {
	serve_streams "$1"
	rm -f "$work/link/log"
	serve link "$programs/link" l1 f1 $(($3 * 500)) $(($2 * 10000)) "$round"
	wait_until 30 answers "$1" || fail "loss, $1: nothing passes the link"
	await_quiet
	bulk "$1" "$long_seconds" >"$work/result" ||
		fail "loss, $1 failed: $(tail -n 3 "$work/result")"
	end link
	grep -q '"full": 0, "back_full": 0' "$work/link/log" ||
		echo "measure: $1, $2 %, $3 ms: the link's queue was full" >&2
	record loss "$1" "loss$2-$3" "$(value_of mbit_s "$work/result")"
}

workload_loss() {
	lay_link
	move_servers far
	for link in 1:100 5:100 0:20 0:100 0:300; do
		# shellcheck disable=SC2086
		for one in $(among $lossy); do
			over_link "$one" "${link%:*}" "${link#*:}"
		done
	done
	move_servers lan
}
