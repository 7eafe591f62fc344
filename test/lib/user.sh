# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# user.sh - for programs that do not want to be root: sourced after node.sh
#
# plain_user	says who spawn_plain and run_plain are to be, and $plain_name
#		who that is: real root becomes nobody; root of a user namespace
#		becomes, in one more of them, whoever made the first. Skips
#		where neither can be.
# plain_root	they are to be real root instead

real_root() {
	[ "$(id -u)" = 0 ] && awk '{ exit $3 < 65536 }' /proc/self/uid_map
}

# outer_id FILE: the number that this namespace's 0 has outside
outer_id() {
	awk '$1 == 0 { print $2; exit }' "$1"
}

# Words before the program, and words before `tapless run`: numbers of users
# mean something else in another namespace.
plain=
plain_run=

plain_root() {
	plain_name=root
}

plain_user() {
	if real_root; then
		plain='setpriv --reuid=nobody --regid=nogroup --clear-groups'
	elif [ "$(id -u)" = 0 ]; then
		plain_run="unshare --user"
		plain_run="$plain_run --map-user=$(outer_id /proc/self/uid_map)"
		plain_run="$plain_run --map-group=$(outer_id /proc/self/gid_map)"
	fi
	plain_name=$($plain $plain_run id -un 2>/dev/null) ||
		skip 'there is no ordinary user to become, or it has no name'
	[ "$plain_name" != root ] || skip 'there is no way not to be root here'
}

# spawn_plain NAME NODE COMMAND...: as spawn
# shellcheck disable=SC2086 # lists of words
spawn_plain() {
	spawn_log=$work/$1.log
	spawn_home=$(home "$2")
	shift 2
	: >"$spawn_log"
	$plain_run "$tapless" run -D "$spawn_home" -- $plain "$@" \
		>"$spawn_log" 2>&1 </dev/null &
	pid=$!
	children="$children $pid"
}

# run_plain NODE COMMAND...: as on_node
# shellcheck disable=SC2086 # lists of words
run_plain() {
	on_home=$(home "$1")
	shift
	timeout -k 2 "$limit" $plain_run "$tapless" run -D "$on_home" -- \
		$plain "$@"
}
