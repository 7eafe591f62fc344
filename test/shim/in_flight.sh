#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# in_flight.sh - more descriptors on their way to the service than the kernel lets
# a user have (as many as the limit of open files): the program waits, and gets
# its sockets
. "$(dirname "$0")/common"

start_service
# The system's: others may not enter the folder of a private one.
python=/usr/bin/python3
[ -x "$python" ] || python=python3
as_user=
if [ "$(id -u)" = 0 ] && [ "$(awk '{ print $2 }' /proc/self/uid_map)" = 0 ]; then
	as_user='setpriv --reuid=65534 --clear-groups'
fi
cat >"$work/sockets.py" <<'END'
import os, resource, signal, socket, sys, threading, time

service = int(sys.argv[1])
listener = (sys.argv[2], 7777)
resource.setrlimit(resource.RLIMIT_NOFILE, (48, 48))
# The first of each waits for its reply, and brings credit.
with socket.socket() as s:
    s.setblocking(False)
    s.connect_ex(listener)
print("ready", os.getpid(), flush=True)
sys.stdin.readline()
begin = time.monotonic()
for i in range(60):
    with socket.socket() as s:
        pass
print("made", round(time.monotonic() - begin, 1), flush=True)
END
chmod 755 "$work/sockets.py"
mkfifo "$work/go"
# shellcheck disable=SC2086	# no words, or several
under $as_user "$python" "$work/sockets.py" "$service" "$V4" \
	<"$work/go" >"$work/out" 2>&1 &
client=$!
started=$client
exec 8>"$work/go"
wait_until grep -q ready "$work/out"
pid=$(sed -n 's/^ready //p' "$work/out")

# Nothing is received while the service stands still.
kill -STOP "$service"
echo >&8
is_waiting() {
	grep -q '^State:.S' "/proc/$pid/status" &&
		grep -q 'packets\|unix' "/proc/$pid/wchan"
}
wait_until is_waiting
! grep -q made "$work/out" || fail 'more were made than may be under way'
kill -CONT "$service"
wait_until grep -q made "$work/out"
wait "$client" || fail "$(tail -n 1 "$work/out")"
started=
echo 'in_flight: good'
