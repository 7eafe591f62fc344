# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# user.sh - for programs that do not want to be root: sourced before node.sh, which
# goes to another folder
#
# plain_user	says who spawn_plain and run_plain are to be, and $plain_name
#		who that is: real root becomes nobody; root of a user namespace
#		becomes, in one more of them, whoever made the first. Skips
#		where neither can be.
# plain_root	they are to be real root instead

# Words before a command, so that it runs as that user.
plain=

real_root() {
	[ "$(id -u)" = 0 ] && awk '{ exit $3 < 65536 }' /proc/self/uid_map
}

# outer_id FILE: the number that this namespace's 0 has outside
outer_id() {
	awk '$1 == 0 { print $2; exit }' "$1"
}

plain_root() {
	plain_name=root
}

plain_user() {
	if real_root; then
		plain='setpriv --reuid=nobody --regid=nogroup --clear-groups'
	elif [ "$(id -u)" = 0 ]; then
		plain="unshare --user --map-user=$(outer_id /proc/self/uid_map)"
		plain="$plain --map-group=$(outer_id /proc/self/gid_map)"
	fi
	plain_name=$($plain id -un 2>/dev/null) ||
		skip 'there is no ordinary user to become, or it has no name'
	[ "$plain_name" != root ] || skip 'there is no way not to be root here'
}

# spawn_plain NAME NODE COMMAND...: as spawn
# shellcheck disable=SC2086 # a list of words
spawn_plain() {
	plain_log=$1
	plain_node=$2
	shift 2
	spawn "$plain_log" "$plain_node" $plain "$@"
}

# run_plain NODE COMMAND...: as on_node
# shellcheck disable=SC2086 # a list of words
run_plain() {
	plain_node=$1
	shift
	on_node "$plain_node" $plain "$@"
}
