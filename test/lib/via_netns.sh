# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# via_netns.sh - scripts of programs, with TL_VIA=netns: sourced by node.sh
#
#	A's namespace: zt0                      B's namespace: zt0
#	  tapless run --via netns  <--------->    tapless run --via netns
#
# A namespace is a node of its own. So that all programs of A are one member, as
# under the other attachments, `tapless run` starts one command there, which
# stays, and the script's programs enter its namespaces. The services of A and B
# end first: the namespaces have their identities, and so their addresses.

unshare -Urn true 2>/dev/null || unshare -n true 2>/dev/null ||
	skip 'no network namespace can be made here'
need nsenter

namespace_ready() {
	is_alive "$2" || fail "the namespace of node $1 has ended"
	grep -q '^pid ' "$work/namespace$1.log"
}

# start_namespace NODE: sets namespace_NODE, the command that stays
start_namespace() {
	stop_node "$1"
	: >"namespace$1.log"
	# shellcheck disable=SC2016 # for the shell inside
	"$tapless" run -D "$(home "$1")" --via netns -- \
		sh -c 'echo "pid $$"; exec sleep infinity' \
		>"namespace$1.log" 2>&1 </dev/null &
	children="$children $!"
	wait_until 30 "the namespace of node $1 is there" namespace_ready "$1" $!
	eval "namespace_$1=$(sed -n 's/^pid //p' "namespace$1.log")"
}

start_namespaces() {
	start_namespace 1
	start_namespace 2
}

# enter_namespace NODE COMMAND...: becomes the command, inside
enter_namespace() {
	eval "namespace=\$namespace_$1"
	shift
	# A user namespace of its own is made for who has no privileges only.
	[ "$(readlink "/proc/$namespace/ns/user")" = \
		"$(readlink /proc/self/ns/user)" ] ||
		set -- --user --preserve-credentials -- "$@"
	[ "$1" = --user ] || set -- -- "$@"
	# shellcheck disable=SC2086 # a list of words
	exec $member_before nsenter --target "$namespace" --net --mount \
		--wdns="$PWD" "$@"
}
