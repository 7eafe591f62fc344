#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# kill_listener.sh - servers whose service has died and comes back: who goes on
# asking a dead listener, as nginx and redis do, is told so and then left in
# peace: it does not spin; who makes a new one serves again
#
#	A (dies, and comes back): stream.py stubborn :9001, renew.py :9002,
#	|			  nginx with two workers :9003
#	B: asks
. "$(dirname "$0")/../lib/node.sh"
lan
spawn stubborn 1 "$python" "$lib/stream.py" stubborn "$ADDR_A" 9001
stubborn=$pid

# A server as it should be.
cat >renew.py <<'END'
import errno, select, socket, sys

def listen():
    said = None
    while True:
        try:
            return socket.create_server((sys.argv[1], 9002))
        except OSError as e:
            if e.errno != said:
                print("listen", errno.errorcode[e.errno], flush=True)
            said = e.errno
            select.select([], [], [], 0.05)

listener = listen()
while True:
    try:
        listener.accept()[0].close()
    except OSError as e:
        print("accept", errno.errorcode[e.errno], flush=True)
        listener.close()
        listener = listen()
END
spawn renew 1 "$python" renew.py "$ADDR_A"

cat >nginx.conf <<END
daemon off;
worker_processes 2;
pid $work/nginx.pid;
error_log $work/nginx.err;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path $work/body;
	proxy_temp_path $work/proxy;
	fastcgi_temp_path $work/fastcgi;
	uwsgi_temp_path $work/uwsgi;
	scgi_temp_path $work/scgi;
	server { listen $ADDR_A:9003; }
}
END
[ "$(id -u)" != 0 ] || echo 'user root root;' >>nginx.conf
nginx=
if has_program nginx; then
	spawn nginx 1 nginx -e "$work/nginx.err" -p "$work" -c "$work/nginx.conf"
	nginx=$pid
	wait_answers 2 "$ADDR_A" 9003
fi
wait_answers 2 "$ADDR_A" 9001
wait_answers 2 "$ADDR_A" 9002

# Time on the processor that the children of a process have had, in ticks.
ticks() {
	for child in $(ps -o pid= --ppid "$1"); do
		cat "/proc/$child/stat"
	done | awk '{ n += $14 + $15 } END { print n + 0 }'
}

step 'the service of A dies'
before=$(now_ms)
[ -z "$nginx" ] || ticks=$(ticks "$nginx")
kill_node 1
wait_until 5 'it is told' grep -q '^accept EINVAL$' stubborn.log
wait_until 5 'it makes another' grep -q '^listen ENETDOWN$' renew.log

# A good while for a program that turns in a circle.
start_node 1
wait_until 20 'node 1 is online' is_online 1
wait_answers 2 "$ADDR_A" 9002
[ "$(grep -c '^accept' renew.log)" = 1 ] || fail 'the new listener failed, too'
step 'the new listener serves'
end "$stubborn"
n=$(sed -n 's/^stubborn \([0-9]*\) OK$/\1/p' stubborn.log)
step "accept failed $n times"
[ "$n" -le 100 ] || fail "accept failed $n times"

if [ -n "$nginx" ]; then
	spent=$((($(ticks "$nginx") - ticks) * 1000 / $(getconf CLK_TCK)))
	passed=$(($(now_ms) - before))
	n=$(grep -c 'accept4\{0,1\}() failed (22' nginx.err) || true
	step "nginx: accept failed $n times; $spent of $passed ms"
	[ "$n" -ge 1 ] || fail 'nginx was not told'
	[ "$n" -le 20 ] || fail "nginx was told $n times"
	[ "$((spent * 5))" -lt "$passed" ] || fail 'nginx spins'
	end "$nginx"
fi
