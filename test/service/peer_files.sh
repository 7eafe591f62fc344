#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# peer_files.sh - peers.d: written soon, read at the start, old files removed,
# foreign ones left alone
#
#	A   B
#	 \ /
#	root
. "$(dirname "$0")/../lib/node.sh"
lan
peers=$(home 0)/peers.d

file_of() {
	printf '%s/%s.peer' "$peers" "$(id_of "$1")"
}

is_written() {
	[ "$(wc -c <"$(file_of "$1")")" -eq 89 ]
}

step 'the root has a file of each member'
for n in 1 2; do
	wait_until 5 "the file of node $n" is_written $n
done
[ "$(stat -c %a "$(file_of 1)")" = 600 ] || fail 'others may read it'

step 'files that are old, foreign, damaged or of somebody else'
kill_node 0
cp "$(file_of 1)" "$peers/0123456789.peer"
head -c 50 "$(file_of 2)" >half
cp half "$peers/1123456789.peer"
echo mine >"$peers/notes.peer"
cp "$(file_of 1)" "$peers/ABCDEF0123.peer"
touch -d '31 days ago' "$peers/ABCDEF0123.peer" "$peers/notes.peer"
cp "$(file_of 1)" "$peers/2123456789.peer"
touch -d '31 days ago' "$peers/2123456789.peer"
mkdir "$peers/3123456789.peer"
cp half "$(file_of 2)"
touch -d '29 days ago' "$(file_of 1)"
: >service0.log
start_node 0 -v
read_all() {
	grep -q "1 peers of $peers are greeted" service0.log
}
wait_until 5 'one peer is greeted' read_all
grep -q "4 files in $peers cannot be used" service0.log ||
	fail 'the useless files were not counted'
is_saved_anew() {
	[ -z "$(find "$(file_of 1)" -mtime +1)" ]
}
wait_until 5 'the file of A is written anew' is_saved_anew
[ ! -e "$peers/2123456789.peer" ] || fail 'the old file is still there'
same "$peers/0123456789.peer" "$(file_of 1)"
same "$peers/1123456789.peer" half
[ "$(cat "$peers/notes.peer")" = mine ] || fail 'a foreign file has changed'
[ -e "$peers/ABCDEF0123.peer" ] || fail 'a foreign file was removed'
[ -d "$peers/3123456789.peer" ] || fail 'a folder was removed'

step 'a damaged file is replaced when its peer comes'
wait_until 40 'the file of B is written anew' is_written 2

step 'a service that is asked to end leaves whole files'
stop_node 0
for n in 1 2; do
	is_written $n || fail "the file of node $n is damaged"
done
[ -z "$(find "$peers" -name '*.tapless-tmp')" ] || fail 'a part is left'
