#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# keeper_upgrade.sh - SIGUSR2: the program is started again from its file, which
# was replaced; one that cannot start is not taken; a crash brings back the one
# that worked
#
#	A (upgraded): echo.py serve	<----	B: echo.py ask
. "$(dirname "$0")/../lib/node.sh"
# shellcheck disable=SC2034	# node.sh looks at it
worker_may_die=yes
make_nodes 3
need curl
mkdir bin
copy() {
	for name; do
		cp "$TAPLESS_BUILD/bin/$name" "bin/$name.new"
		mv "bin/$name.new" "bin/$name"
	done
}
installed=$tapless
start_own() {
	tapless=$work/bin/tapless
	start_node 1
	tapless=$installed
}
runs() {
	[ "$(stat -L -c %i "/proc/$(worker_of 1)/exe" 2>/dev/null)" = "$1" ]
}
inode() {
	stat -c %i bin/tapless
}

copy tapless tapless-keeper
start_node 0
start_own
start_node 2
for n in 1 2; do
	wait_until 20 "node $n is online" is_online $n
done
make_network
join 1
join 2
name_addresses
echo_py=$lib/echo.py
spawn serve 1 "$python" "$echo_py" serve "tcp:$ADDR_A:9001" "udp:$ADDR_A:9002"
wait_until 10 'the server is ready' grep -q '^ready$' serve.log
mkfifo asks
"$tapless" run -D "$(home 2)" -- "$python" "$echo_py" ask "tcp:$ADDR_A:9001" \
	"udp:$ADDR_A:9002" >ask.log 2>&1 <asks &
children="$children $!"
exec 9>asks
says=0
told() {
	[ "$(wc -l <ask.log)" -ge $says ]
}
all_answer() {
	says=$((says + 1))
	echo go >&9
	wait_until 15 'B says how it went' told
	sed -n "${says}p" ask.log | grep -q '^all' || fail "$1: $(tail -n 1 ask.log)"
}
all_answer 'at first'
[ "$(readlink "/proc/$(pid_of 1)/exe")" = "$work/bin/tapless-keeper" ] ||
	fail 'the keeper is not the small program'
runs "$(inode)" || fail 'the worker is another program'

step 'the file is replaced: a crash does not care'
first=$(inode)
copy tapless
[ "$(inode)" != "$first" ] || fail 'the file is the same'
kill -KILL "$(worker_of 1)"
wait_until 5 'the same program again' runs "$first"
all_answer 'after a crash'

step 'SIGUSR2 takes the new one'
kill -USR2 "$(pid_of 1)"
wait_until 5 'the new program runs' runs "$(inode)"
all_answer 'after the upgrade'
second=$(inode)

step 'one that cannot start is not taken'
printf 'nonsense' >bin/tapless.new
chmod 755 bin/tapless.new
mv bin/tapless.new bin/tapless
kill -USR2 "$(pid_of 1)"
said() {
	grep -q 'cannot start; going on with the program that worked' \
		service1.log
}
wait_until 5 'it is said' said
wait_until 5 'the one that worked goes on' runs "$second"
all_answer 'after a bad upgrade'
rm bin/tapless
kill -USR2 "$(pid_of 1)"
wait_until 5 'it is said' grep -q 'cannot open .*/bin/tapless: ' service1.log
wait_until 5 'without a file' runs "$second"
all_answer 'without a file'
kill -KILL "$(worker_of 1)"
wait_until 5 'and after a crash' runs "$second"
all_answer 'after that'
[ "$(cat serve.log)" = ready ] || fail "the server noticed: $(cat serve.log)"

step 'without the small program the keeper is inside the large one'
stop_node 1
rm bin/tapless-keeper
copy tapless
start_own
[ "$(readlink "/proc/$(pid_of 1)/exe")" = "$work/bin/tapless" ] ||
	fail 'what is the keeper?'
worker=$(worker_of 1)
[ -n "$worker" ] || fail 'there is no worker'
kill -USR2 "$(pid_of 1)"
another() {
	has_other_worker 1 "$worker" && serves 1
}
wait_until 5 'there is another worker' another
worker=$(worker_of 1)
kill_node 1
wait_until 5 'it dies with its keeper' is_gone "$worker"

step '--no-keeper is one process'
start_node 1 --no-keeper
[ -z "$(worker_of 1)" ] || fail 'it has a worker'
stop_node 1
