# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# spaces.sh - our namespace mode: a member whose programs use the kernel's TCP
#
#	va: tapless run --via netns <----> vb: tapless run --via netns
#
# One command stays in each namespace and keeps it; programs enter by its pid.

# The command that stays: its pid, which is told as soon as all is ready
inside_of() {
	sed -n 's/^pid //p' "$work/$1/log" 2>/dev/null
}

is_inside() {
	[ -n "$(inside_of "$1")" ]
}

netns_address() {
	nsenter --target "$(inside_of "$1")" --net -- ip -4 -o addr show |
		sed -n 's,.* inet \(10\.[0-9.]*\)/.*,\1,p'
}

start_netns() {
	# shellcheck disable=SC2016 # for the shell inside
	background "$1" nsenter "--net=/run/netns/$1" -- \
		"$tapless" run -D "$work/$1/home" --via netns -- \
		sh -c 'echo "pid $$"; exec sleep infinity'
	wait_until 60 is_inside "$1" ||
		fail "namespace $1: $(tail -n 1 "$work/$1/log")"
}

make_netns() {
	for site in va vb; do
		make $site ours
		cp "$work/planet" "$work/$site/home/"
		mkdir "$work/$site/home/networks.d"
		: >"$work/$site/home/networks.d/$network.conf"
		authorise $site >/dev/null
		start_netns $site
	done
}
