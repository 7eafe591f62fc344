#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# controller_files.sh - a controller's networks are copied while it is in use, go
# out into files and come back from them
#
#	node 0: root and controller    node 1: a member, of the networks' next home, too
. "$(dirname "$0")/../lib/node.sh"
need curl
make_nodes 2
token="$(home 0)/authtoken.secret"

controller() {
	"$tapless" controller "$@"
}

refused() {
	pattern=$1
	shift
	! controller "$@" >out.log 2>err.log || fail "not refused: $*"
	grep -qE "^tapless: .*$pattern" err.log ||
		fail "$*: '$(cat err.log)' does not say: $pattern"
}

step 'nothing there yet'
refused 'no networks' backup copy.db -D "$(home 0)"
refused 'no networks' export out -D "$(home 0)"
refused 'usage' backup -D "$(home 0)"
refused 'usage' import in --force -D "$(home 0)"

step 'a backup and files, while 100 clients write'
start_node 0
start_node 1
make_network
join 1
: >acknowledged
"$python" -B "$lib/writers.py" write "$(port_of 0)" "$token" "$nwid" 1 acknowledged \
	>writers.log 2>&1 &
writer=$!
children="$children $writer"
for i in 1 2 3; do
	controller backup "copy$i.db" -D "$(home 0)" >>out.log
done
controller export out1 -D "$(home 0)" >>out.log
wait $writer || fail "the writers: $(cat writers.log)"
[ "$(wc -l <acknowledged)" = 1000 ] || fail 'a writer was refused'
[ "$(stat -c %a copy1.db)" = 600 ] || fail 'others may read the copy'
for i in 1 2 3; do
	"$python" - "copy$i.db" <<-'END' || fail "copy $i is not whole"
		import sqlite3, sys
		db = sqlite3.connect(sys.argv[1])
		assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
		assert db.execute("SELECT count(*) FROM network").fetchone() == (1,)
	END
done
refused 'in use by process' import out1 -D "$(home 0)"
api 0 GET "/controller/network/$nwid" >network.json
api 0 GET "/unstable/controller/network/$nwid/member" |
	sed 's/"lastSeen":[0-9]*,//g; s/"online":[a-z]*,//g
		s/"physicalAddress":[^,]*,//g' >members.json

step 'out, and into another home with the same identity'
stop_node 0
controller export out2 -D "$(home 0)" | grep -q '^1 networks and 101 members' ||
	fail 'not all of it was written'
mkdir -m 700 next
cp "$(home 0)/identity.secret" "$(home 0)/identity.public" \
	"$(home 0)/local.conf" "$(home 0)/authtoken.secret" planet next/
controller import out2 -D next >out.log
grep -q '^1 networks and 101 members' out.log || fail 'not all of it was read'
! grep -q 'another controller' out.log || fail 'it takes itself for another'
refused 'there already' import out2 -D next
controller import out2 --replace -D next >out.log
mv "$(home 0)" before
mv next "$(home 0)"
start_node 0
api 0 GET "/controller/network/$nwid" | cmp - network.json ||
	fail 'the network is another'
api 0 GET "/unstable/controller/network/$nwid/member" |
	sed 's/"lastSeen":[0-9]*,//g; s/"online":[a-z]*,//g
		s/"physicalAddress":[^,]*,//g' | cmp - members.json ||
	fail 'the members are others'
wait_until 10 'the member has its address' has_address 1

step 'a disk that is full, and one that is there already'
refused 'network is there already' export out2 -D "$(home 0)"
mkdir small
mount -t tmpfs -o size=256k tmpfs small
refused 'cannot (make|write) small/.*No space left' export small -D "$(home 0)"
[ -z "$(ls -A small)" ] || fail "a half was left: $(ls -A small)"
umount small
echo file >plain
refused 'plain/network.*Not a directory' export plain -D "$(home 0)"

step 'a backup put back'
stop_node 0
rm -f "$(home 0)"/controller.db*
cp copy3.db "$(home 0)/controller.db"
start_node 0
api 0 GET "/controller/network/$nwid" | grep -q "$nwid" || fail 'it is gone'

step 'files that are not understood change nothing'
stop_node 0
echo '{' >"out2/network/$nwid.json"
controller export out3 -D "$(home 0)" >>out.log
refused 'is not understood' import out2 --replace -D "$(home 0)"
controller export out4 -D "$(home 0)" >>out.log
diff -r out3 out4 || fail 'something has changed'
