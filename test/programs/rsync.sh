#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# rsync.sh - a tree goes both ways through rsync's own server, then what has
# changed of it; one that is broken off goes on where it was
#
#	A: rsync --daemon :8730   <----   B: rsync
# ctest: via seccomp
# ctest: via netns
# matrix: rsync | v4 v6 | preload seccomp netns
. "$(dirname "$0")/../lib/user.sh"
. "$(dirname "$0")/../lib/node.sh"
need rsync
if real_root; then
	plain_root
else
	plain_user
fi
lan
mkdir -p site/d1/d2 back
make_file site/big 20000000
for i in 1 2 3 4 5 6 7 8 9; do
	make_file site/d1/f$i 10000
	make_file site/d1/d2/g$i $i
done
ln -s ../big site/d1/link
: >site/empty

# start NAME ADDRESS
start() {
	cat >"$1.conf" <<-END
		use chroot = no
		munge symlinks = no
		address = $2
		[site]
		path = $work/site
		[back]
		path = $work/back
		read only = no
	END
	! real_root || printf 'uid = root\ngid = root\n' >>"$1.conf"
	spawn_plain "$1" 1 rsync --daemon --no-detach --config="$1.conf" --port=8730 \
		--log-file="$work/$1-daemon.log" --address="$2"
	server=$pid
	wait_answers 2 "$2" 8730
	virtual_only "$2" 8730
}

as_told() {
	diff -r --no-dereference "$1" "$2" || fail "$1 and $2 differ"
}

# round NAME HOST ADDRESS OWN-ADDRESS
round() {
	step "a tree, $3"
	url=rsync://$2:8730
	start "$1" "$3"
	rm -rf got back
	mkdir back
	run_b rsync -rlpt "$url/site/" got
	as_told got site
	run_b rsync -rlpt site/ "$url/back/"
	as_told back site
	grep -q "$4" "$1-daemon.log" || fail 'the server is not told who asks'

	step 'what has changed'
	printf changed | dd of=got/big bs=1 seek=9999999 conv=notrunc 2>/dev/null
	rm got/d1/f1
	: >got/new
	run_b rsync -rlpt --stats --delete -c --no-whole-file "$url/site/" got \
		>stats
	as_told got site
	moved=$(sed -n 's/^Literal data: \([0-9,]*\).*/\1/p' stats | tr -d ,)
	[ "$moved" -lt 100000 ] || fail "$moved bytes for seven and a small file"
	run_b rsync -rlptz "$url/site/d1" zipped
	as_told zipped/d1 site/d1

	step 'broken off in the middle, and gone on with'
	rm -rf got
	mkdir got
	spawn slow 2 rsync -rlpt --partial --inplace --bwlimit=10000 \
		"$url/site/big" got/
	wait_until 10 'some of it is there' test -s got/big
	end "$pid"
	[ "$status" = 20 ] || fail "rsync ended with status $status, not 20"
	run_b rsync -rlpt --partial --inplace "$url/site/big" got/
	same got/big site/big
}
round four "$ADDR_A" "$ADDR_A" "$ADDR_B"
end "$server"
round six "[$ADDR6_A]" "$ADDR6_A" "$ADDR6_B"

step 'the server dies in the middle'
rm -rf got
mkdir got
spawn slow 2 rsync -rlpt --bwlimit=10000 --timeout=20 "$url/site/big" got/
begun() {
	[ -n "$(find got -type f -size +0)" ]
}
wait_until 10 'some of it is there' begun
kill -KILL "$(children_of "$server" | head -n 1)"
wait_gone 20 "$pid" 'the client of a dead server'
[ "$status" = 12 ] || fail "rsync ended with status $status, not 12"
end "$server"
