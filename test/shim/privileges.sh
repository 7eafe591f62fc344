#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# privileges.sh - programs that drop their privileges, change their root or
# clean their environment after start
. "$(dirname "$0")/common"
need python3
start_service

# A child whose environment was made anew still has the preload object.
got=$(under python3 -c 'import subprocess, sys
print(subprocess.run([sys.executable, "-c",
    "import socket; s = socket.socket(); s.bind((\"10.77.0.1\", 0)); "
    "print(s.getsockname()[0])"],
    env={}, capture_output=True, text=True).stdout.strip())')
[ "$got" = "$V4" ] || fail "the child's environment: '$got'"

if [ "$(id -u)" != 0 ] || awk '{ exit $3 >= 65536 }' /proc/self/uid_map; then
	skip 'the rest needs real root: setuid, chroot'
fi

# Sockets made before and after, by another user, in an empty root.
mkdir "$work/empty"
got=$(under python3 -c 'import os, socket, sys
a = socket.socket()
a.bind((sys.argv[1], 0))
os.chroot(sys.argv[2])
os.chdir("/")
os.setgid(65534)
os.setuid(65534)
a.listen()
b = socket.socket()
b.connect(a.getsockname())
c, peer = a.accept()
assert peer == b.getsockname()
b.send(b"free")
print(c.recv(4).decode())' "$V4" "$work/empty")
[ "$got" = free ] || fail "setuid and chroot: '$got'"

# Without the session token another user is refused, and not sent to the host.
got=$(unset TAPLESS_TOKEN; under python3 -c 'import os, socket
os.setuid(65534)
try:
    socket.socket()
except PermissionError:
    print("refused")')
[ "$got" = refused ] || fail "no token: '$got'"

# In a user namespace where the service's user has another number.
if unshare -U --map-user=1000 true 2>/dev/null; then
	got=$(under unshare -U --map-user=1000 python3 -c 'import socket, sys
s = socket.create_server((sys.argv[1], 0))
c = socket.create_connection(s.getsockname())
s.accept()[0].send(b"mapped")
print(c.recv(6).decode())' "$V4") || true
	[ "$got" = mapped ] || fail "another user namespace: '$got'"
else
	partly 'no user namespace inside this one' || true
fi

if has_program memcached; then
	serve memcached -u nobody -l "$V4" -p 11211 -U 0
	wait_until listens "$V4" 11211
	got=$(under python3 -c 'import socket, sys
s = socket.create_connection((sys.argv[1], 11211))
s.sendall(b"set a 0 0 3\r\nabc\r\nget a\r\nquit\r\n")
print(b"".join(iter(lambda: s.recv(99), b"")).split()[-2].decode())' "$V4")
	[ "$got" = abc ] || fail "memcached: '$got'"
fi
echo 'environment, setuid, chroot: good'
