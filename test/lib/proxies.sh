# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# proxies.sh - for scripts whose programs are the host's: sourced behind node.sh
#
#	host's servers <- forward -R <- A  <--->  B <- proxy, forward -L <- clients
#
# Programs are started by `host` and `spawn_host`, with nothing before them.

# listens NAME: does what writes NAME.log listen?
listens() {
	grep -q '^listening on ' "$work/$1.log"
}

# spawn_proxy NODE: sets socks and http, HOST:PORT each (here the same), and pid
spawn_proxy() {
	spawn_host "proxy$1" "$tapless" proxy -D "$(home "$1")" \
		--socks 127.0.0.1:0 --http 127.0.0.1:0
	wait_until 10 'the proxy listens' listens "proxy$1"
	# shellcheck disable=SC2034 # for who sources this
	socks=$(sed -n 's/^listening on \([^ ]*\) (socks5 and http)$/\1/p' \
		"proxy$1.log")
	[ -n "$socks" ] || fail "not understood: $(cat "proxy$1.log")"
	# shellcheck disable=SC2034
	http=$socks
}

# spawn_forward NAME NODE OPTION...: sets pid
spawn_forward() {
	forward_log=$1
	forward_home=$(home "$2")
	shift 2
	spawn_host "$forward_log" "$tapless" forward -D "$forward_home" "$@"
	wait_until 10 "forwards $forward_log listen" listens "$forward_log"
}

# As run_b and spawn, of the host.
host() {
	timeout -k 2 "$limit" "$@"
}

spawn_host() {
	host_log=$work/$1.log
	shift
	: >"$host_log"
	"$@" >"$host_log" 2>&1 </dev/null &
	pid=$!
	children="$children $pid"
}

# host_answers ADDRESS PORT: a server of the host, or the end of a forward
host_answers() {
	"$python" -c '
import socket, sys
socket.create_connection((sys.argv[1], int(sys.argv[2])), 3).close()' "$1" "$2"
}

wait_host_answers() {
	wait_until 20 "$1 port $2 answers" host_answers "$1" "$2"
}
