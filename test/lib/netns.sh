# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# netns.sh - for scripts about namespaces: sourced behind node.sh
#
# Skips where no namespace can be made.

unshare -Urn true 2>/dev/null || unshare -n true 2>/dev/null ||
	skip 'no network namespace can be made here'

# in_ns NODE COMMAND...: with the node's own home, which nobody runs
in_ns() {
	ns_home=$(home "$1")
	shift
	timeout -k 2 "$limit" "$tapless" run -D "$ns_home" --via netns -- \
		"$@" 2>>ns.log
}

# spawn_ns NAME NODE [OPTION...] -- COMMAND...: in the background, output in
# NAME.log; sets pid
spawn_ns() {
	spawn_log=$work/$1.log
	spawn_home=$(home "$2")
	shift 2
	: >"$spawn_log"
	"$tapless" run -D "$spawn_home" --via netns "$@" >"$spawn_log" 2>&1 \
		</dev/null &
	pid=$!
	children="$children $pid"
}

# said NAME TEXT: is there such a line in NAME.log?
said() {
	grep -q -e "$2" "$work/$1.log"
}

wait_said() {
	wait_until 20 "$1 says $2" said "$1" "$2"
}

# admit ID: another node of the network
admit() {
	api 0 POST "/controller/network/$nwid/member/$1" \
		'{ "authorized": true }' >/dev/null
}

# second_id NODE [NAME]: the address of the node in a home's ns folder
second_id() {
	cut -d : -f 1 "$(home "$1")/ns/${2-default}/identity.public"
}
