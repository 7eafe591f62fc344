#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# controller_readonly.sh - the disk of a controller becomes read-only while clients
# write, as after an error: it says so, and reads go on
#
#	node 0: root and controller, home on an ext4 in a file of its own
#
# Only such a file system becomes read-only with files that are open for writing.
. "$(dirname "$0")/../lib/node.sh"
need curl mount mkfs.ext4
make_nodes 1
mkdir disk
truncate -s 16M image
mkfs.ext4 -q image >mount.log 2>&1 || fail "no file system: $(cat mount.log)"
mount -o loop image disk 2>>mount.log ||
	skip "no file system can be mounted here: $(cat mount.log)"
# shellcheck disable=SC2016 # it is evaluated at the end
at_end='umount -l "$work/disk" 2>/dev/null'
cp -a "$(home 0)/." disk/
sync -f disk
rm -rf "$(home 0)"
ln -s "$work/disk" "$(home 0)"

# post PATH BODY: the answer whatever it is, and its status in the last line
post() {
	curl -sS --noproxy '*' --max-time 10 -w '\n%{http_code}\n' -d "$2" \
		-H "X-ZT1-Auth: $(cat "$(home 0)/authtoken.secret")" \
		"http://127.0.0.1:$(port_of 0)$1" >answer
}

start_node 0
make_network
member=/controller/network/$nwid/member/1234567890
post "$member" '{"name":"old","authorized":true}'
[ "$(tail -n 1 answer)" = 200 ] || fail "refused: $(cat answer)"
token="$(home 0)/authtoken.secret"
: >acknowledged
"$python" -B "$lib/writers.py" write "$(port_of 0)" "$token" "$nwid" 1 \
	acknowledged >writers.log 2>&1 &
writer=$!
children="$children $writer"
has_begun_to_write() {
	[ "$(wc -l <acknowledged)" -ge 150 ]
}
wait_until 20 'changes are acknowledged' has_begun_to_write
# Between two commits: one that ext4 is writing when it is aborted may be lost
# although fdatasync() says that it is not.
kill -STOP $writer
post "$member" '{"name":"old","authorized":true,"noAutoAssignIps":true}'
[ "$(tail -n 1 answer)" = 200 ] || fail "refused: $(cat answer)"
mount -o remount,abort disk
kill -CONT $writer
! wait $writer || fail 'no writer was refused'
grep -q 'the disk is read-only' writers.log ||
	fail "the writers were told: $(cat writers.log)"

step 'it says so'
for change in '{"name":"new"}' '{"name":"newer","authorized":false}'; do
	post "$member" "$change"
	[ "$(tail -n 1 answer)" = 500 ] || fail "not refused: $(cat answer)"
	grep -q 'the disk is read-only' answer || fail "it says: $(cat answer)"
done
head -n 1 answer
grep -q 'controller database' service0.log || fail 'the log does not say so'
[ "$(grep -c 'controller database' service0.log)" -le 4 ] ||
	fail 'the log says so for every change'

step 'reads go on'
api 0 GET "$member" >found
grep '"authorized":true' found | grep -q '"name":"old"' ||
	fail "a change that failed is shown: $(cat found)"
"$python" -B "$lib/writers.py" check "$(port_of 0)" "$token" "$nwid" acknowledged

step 'what was acknowledged is on the disk'
kill_node 0
# The worker dies a moment after the keeper.
wait_until 10 'the disk is let go' umount disk
mount -o loop image disk
start_node 0
api 0 GET "$member" | cmp - found || fail 'it is another'
"$python" -B "$lib/writers.py" check "$(port_of 0)" "$token" "$nwid" acknowledged
post "$member" '{"name":"new"}'
[ "$(tail -n 1 answer)" = 200 ] || fail "still refused: $(cat answer)"
stop_node 0
