#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# activate.sh - programs that are started with listeners, as by systemd
#
#	A: sd_listen_fds(3) by hand   <----   B: curl
. "$(dirname "$0")/../lib/node.sh"
lan
cat >activated.py <<'END'
import os, socket, sys, threading
assert os.environ["LISTEN_PID"] == str(os.getpid()), os.environ["LISTEN_PID"]
n = int(os.environ["LISTEN_FDS"])
def serve(fd):
    l = socket.socket(fileno=fd)
    while True:
        s, _ = l.accept()
        s.recv(4096)
        s.sendall(b"HTTP/1.0 200 OK\r\n\r\nfd %d\n" % fd)
        s.close()
for fd in range(3, 3 + n):
    threading.Thread(target=serve, args=(fd,), daemon=True).start()
print("ready", n, flush=True)
threading.Event().wait()
END

activated() {
	: >activated.log
	"$tapless" run -D "$(home 1)" "$@" "$python" activated.py \
		>activated.log 2>&1 </dev/null &
	pid=$!
	children="$children $pid"
	wait_until 10 'it has its listeners' grep -q ready activated.log
}
# says WHAT URL
says() {
	[ "$(run_b curl -sS -g --max-time 10 "$2")" = "$1" ] || fail "$2"
}

activated --activate 8080 --activate "$ADDR_A:8081" --
says 'fd 3' "http://$ADDR_A:8080/"
says 'fd 3' "http://[$ADDR6_A]:8080/"
says 'fd 4' "http://$ADDR_A:8081/"
end "$pid"

if "$tapless" run -D "$(home 1)" --via seccomp true 2>/dev/null; then
	activated --via seccomp "--activate=[$ADDR6_A]:8082"
	says 'fd 3' "http://[$ADDR6_A]:8082/"
	end "$pid"
else
	partly 'no seccomp notification here' || true
fi

step 'what cannot be'
for wrong in '--activate' '--activate x' '--activate unix:/tmp/x' \
	'--activate 70000'; do
	status=0
	# shellcheck disable=SC2086	# words
	"$tapless" run -D "$(home 1)" $wrong -- true 2>err.log || status=$?
	[ $status = 2 ] || fail "$wrong: status $status"
done
status=0
"$tapless" run -D "$(home 1)" --activate 127.0.0.1:80 -- true 2>err.log ||
	status=$?
[ $status = 1 ] || fail "the host's address: status $status"
[ "$(wc -l <err.log)" = 1 ] || fail 'not one line'
