#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# launcher_family.sh - signals go down, statuses up, nobody is left behind
#
#	this script ── launcher ── program ── what it leaves behind
. "$(dirname "$0")/common"
start_service
make_home
launched true || skip 'no seccomp notification here'

# The launcher in the background, its pid in $launcher.
input=/dev/null
launch() {
	: >"$work/out"
	"$build/bin/tapless" run -D "$work/home" --via seccomp -- "$@" \
		<"$input" >"$work/out" 9>&- 8>&- &
	launcher=$!
	started="$started $launcher"
}

# Each signal that is forwarded, named by who gets it, with its own status.
cat >"$work/signals.py" <<'EOF'
import signal, sys
names = sys.argv[1:]
for name in names:
    signal.signal(getattr(signal, "SIG" + name), lambda n, _: print(
        "got", signal.Signals(n).name[3:], flush=True))
print("ready", flush=True)
sys.stdin.read()
sys.exit(42)
EOF
names='TERM INT HUP QUIT USR1 USR2 WINCH CONT'
mkfifo "$work/fifo"
exec 8<>"$work/fifo"
input=$work/fifo
# shellcheck disable=SC2086 # a list
launch python3 "$work/signals.py" $names
input=/dev/null
wait_until grep -q ready "$work/out"
for s in $names; do
	kill -s "$s" $launcher
	wait_until grep -q "^got $s$" "$work/out"
done
exec 8>&-
status=0
wait $launcher || status=$?
[ $status -eq 42 ] || fail "ended with $status, not 42"
[ "$(grep -c got "$work/out")" -eq 8 ] || fail 'a signal came twice'

# A program that leaves a server behind: it serves on, the launcher stays, and
# ends with it; the status is the first one's.
cat >"$work/daemon.py" <<'EOF'
import os, socket, sys, time
launcher = os.getppid()
first = os.getpid()
s = socket.create_server((sys.argv[1], 7001))
if os.fork():
    sys.exit(5)
os.setsid()
if os.fork():
    os._exit(0)
while os.getppid() != launcher or os.path.exists(f"/proc/{first}"):
    time.sleep(0.01)
print("adopted", flush=True)
while True:
    c, _ = s.accept()
    if c.recv(10) == b"end\n":
        break
    c.sendall(b"served\n")
    c.close()
EOF
launch python3 "$work/daemon.py" "$V4"
wait_until grep -q adopted "$work/out"
ask() {
	echo "$1" | launched python3 -c 'import socket, sys
c = socket.create_connection((sys.argv[1], 7001), 5)
c.sendall(sys.stdin.buffer.read())
print(c.recv(100).decode())' "$V4"
}
[ "$(ask hello)" = served ] || fail 'what was left behind does not serve'
kill -0 $launcher || fail 'the launcher has gone'
ask end >/dev/null
status=0
wait $launcher || status=$?
[ $status -eq 5 ] || fail "the daemon's launcher ended with $status, not 5"

# A signal reaches those that were left behind, too.
if [ -e /proc/self/task/self/children ] || [ -e "/proc/$$/task/$$/children" ]
then
	launch python3 "$work/daemon.py" "$V4"
	wait_until grep -q adopted "$work/out"
	kill $launcher
	status=0
	wait $launcher || status=$?
	[ $status -eq 5 ] || fail "ended with $status, not 5"
fi

# Who kills the launcher kills the program.
launch sh -c 'echo $$; exec sleep 1000'
wait_until test -s "$work/out"
pid=$(cat "$work/out")
kill -KILL $launcher
gone() {
	! kill -0 "$pid"
}
wait_until gone
echo good
