#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# controller_disk.sh - a controller whose disk is full, or read-only, says so,
# answers what only reads, and goes on when there is room again
#
#	node 0: root and controller, home on a file system of 4 MB
#	node 1: a member
. "$(dirname "$0")/../lib/node.sh"
need curl mount
make_nodes 2
home_on_disk 0 4m

# post PATH BODY: the answer whatever it is, and its status in the last line
post() {
	curl -sS --noproxy '*' --max-time 10 -w '\n%{http_code}\n' -d "$2" \
		-H "X-ZT1-Auth: $(cat "$(home 0)/authtoken.secret")" \
		"http://127.0.0.1:$(port_of 0)$1" >answer
}

# refused WHY: the last answer is 500 and says why
refused() {
	[ "$(tail -n 1 answer)" = 500 ] ||
		fail "not refused with '$1': $(cat answer)"
	grep -q "$1" answer || fail "it does not say '$1': $(cat answer)"
}

step 'a full disk'
start_node 0
start_node 1
make_network
join 1
member=/controller/network/$nwid/member/$(id_of 1)
big=$(printf '%01000d' 0)
# All that is left, to the last byte.
cat /dev/zero >disk/filler 2>/dev/null || true
tries=0
until post "/controller/network/$nwid/member/$(printf '%010x' \
	$((1099511627776 / 2 + tries)))" "{\"name\":\"$big\"}" &&
	[ "$(tail -n 1 answer)" != 200 ]; do
	tries=$((tries + 1))
	[ $tries -lt 3000 ] || fail 'the disk does not fill'
done
refused 'the disk is full'
step "after $tries more members: $(head -n 1 answer)"
post "$member" '{"name":"new"}'
refused 'the disk is full'
api 0 GET "$member" | grep -q '"authorized":true' || fail 'reads do not go on'
! api 0 GET "$member" | grep -q '"name"' || fail 'a change that failed is shown'
api 0 GET "/controller/network/$nwid/member" | grep -o '":' | wc -l >members
[ "$(cat members)" = $((tries + 1)) ] || fail "$(cat members) members"
grep -q 'the disk is full' service0.log || fail 'the log does not say so'

step 'room again'
rm disk/filler
post "$member" '{"name":"new"}'
[ "$(tail -n 1 answer)" = 200 ] || fail "still refused: $(cat answer)"
kill_node 0
start_node 0
api 0 GET "$member" | grep -q '"name":"new"' || fail 'it is not stored'
stop_node 0
stop_node 1

step 'a read-only disk'
rm -f disk/controller.db*
start_node 0
umount_it() {
	umount -l "$work/disk"
}
mount --bind disk disk
mount -o remount,ro,bind disk
post "/controller/network/$(id_of 0)______" '{}'
refused 'the disk is read-only'
[ "$(api 0 GET /controller/network)" = '[]' ] || fail 'reads do not go on'
umount_it
post "/controller/network/$(id_of 0)______" '{}'
[ "$(tail -n 1 answer)" = 200 ] || fail "still refused: $(cat answer)"
