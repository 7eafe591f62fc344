#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# memcached.sh - a server that gives up root before it makes its sockets
#
#	A: memcached -u nobody   <----   B: a client of a few lines
# ctest: via seccomp
# ctest: via netns
# matrix: memcached | v4 v6 | preload seccomp netns
. "$(dirname "$0")/../lib/node.sh"
need memcached
if [ "$(id -u)" != 0 ] || awk '{ exit $3 >= 65536 }' /proc/self/uid_map; then
	skip 'memcached -u nobody needs real root, not that of a user namespace'
fi
lan
# Values of up to 1 MB, which is the server's own limit, over many connections.
cat >client.py <<'END'
import os
import socket
import sys
import threading


def talk(n):
    s = socket.create_connection((sys.argv[1], 11211), 10)
    f = s.makefile("rwb")
    for size in (0, 1, 1000, 100000, 1000000):
        key = b"k%d-%d" % (n, size)
        value = os.urandom(size)
        f.write(b"set %s 0 0 %d\r\n%s\r\n" % (key, size, value))
        f.flush()
        assert f.readline() == b"STORED\r\n"
        f.write(b"get %s\r\n" % key)
        f.flush()
        assert f.readline() == b"VALUE %s 0 %d\r\n" % (key, size)
        assert f.read(size + 2) == value + b"\r\n"
        assert f.readline() == b"END\r\n"
    done.append(n)


done = []
threads = [threading.Thread(target=talk, args=(n,)) for n in range(10)]
for t in threads:
    t.start()
for t in threads:
    t.join()
assert len(done) == 10, done
print("10 clients, every value came back")
END
cat >datagram.py <<'END'
import socket
import sys

family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
with socket.socket(family, socket.SOCK_DGRAM) as s:
    s.settimeout(5)
    s.connect((sys.argv[1], 11211))
    s.send(b"\0\1\0\0\0\1\0\0version\r\n")
    reply = s.recv(2000)
    assert reply.startswith(b"\0\1\0\0\0\1\0\0VERSION"), reply
END
spawn memcached 1 memcached -u nobody -l "$ADDR_A,$ADDR6_A" -p 11211 -U 11211 -m 64
wait_answers 2 "$ADDR_A" 11211
wait_answers 2 "$ADDR6_A" 11211
virtual_only "$ADDR_A" 11211
[ "$(ps -o user= -p "$(program "$pid")")" = nobody ] || fail 'it has not become nobody'
for address in "$ADDR_A" "$ADDR6_A"; do
	step "$address"
	run_b "$python" client.py "$address"
	step "$address, UDP"
	run_b "$python" datagram.py "$address"
done
end "$pid"
