#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# paging.sh - long lists of the HTTP interface, part by part
#
#	node 0: root and controller	nodes 1 and 2 know each other
. "$(dirname "$0")/../lib/node.sh"
need curl
lan

# get STATUS PATH: into the file answer
get() {
	status=$(curl -sS --noproxy '*' --max-time 5 -o answer \
		-w '%{http_code}' \
		-H "X-ZT1-Auth: $(cat "$(home 1)/authtoken.secret")" \
		"http://127.0.0.1:$(port_of 1)$2")
	[ "$status" = "$1" ] || fail "$2: $status: $(cat answer)"
}

# ids KEY: of the answer's elements, one a line
ids() {
	"$python" -c 'import json, sys
for entry in json.load(open("answer")):
    print(entry[sys.argv[1]])' "$1"
}

# page PATH KEY LIMIT: all of it, LIMIT at a time
pages() {
	: >paged
	last=
	while get 200 "$1?limit=$3${last:+&after=$last}" &&
		ids "$2" >page && [ -s page ]; do
		[ "$(wc -l <page)" -le "$3" ] || fail "$1: more than $3"
		cat page >>paged
		last=$(tail -n 1 page)
	done
}

step 'networks'
for n in 1 2 3 4 5; do
	"$tapless" join -D "$(home 1)" "ff000${n}0016000000" >/dev/null
done
get 200 /network
ids nwid >all
[ "$(wc -l <all)" = 6 ] || fail "networks: $(cat all)"
sort -c all || fail 'they are not ascending'
for limit in 1 2 4 6 7; do
	pages /network nwid $limit
	same all paged || fail "limit $limit: $(cat paged)"
done
get 200 "/network?after=$(tail -n 1 all)"
[ "$(cat answer)" = '[]' ] || fail 'something comes after the last'

step 'peers'
"$tapless" ping -D "$(home 1)" -c 1 "$(id_of 2)" >/dev/null
get 200 /peer
ids address >all
[ "$(wc -l <all)" -ge 2 ] || fail "peers: $(cat all)"
pages /peer address 1
same all paged || fail "peers: $(cat paged)"

step 'what is no page is refused, and named'
get 400 '/peer?limit=0'
grep -q '"error":"limit: ' answer || fail "$(cat answer)"
get 400 '/peer?limit=5&after=0'
grep -q '"error":"after: ' answer || fail "$(cat answer)"
get 400 "/network?after=0123456789"
grep -q '"error":"after: ' answer || fail "$(cat answer)"
