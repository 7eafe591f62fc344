#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# python.sh - Python's own web server and client, and asyncio on both sides
#
#	A: http.server, echo.py serve   <---->   B: urllib, echo.py ask
# ctest: via seccomp
# ctest: via netns
# matrix: python (http.server, urllib, asyncio) | v4 v6 | preload seccomp netns
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/../lib/node.sh"
lan
mkdir www
make_file www/file 10000000

step 'http.server and urllib'
spawn web 1 "$python" -m http.server --bind "$ADDR_A" -d www 8080
wait_answers 2 "$ADDR_A" 8080
virtual_only "$ADDR_A" 8080
run_b "$python" -c '
import shutil, sys, urllib.request
with urllib.request.urlopen(sys.argv[1]) as r, open("got", "wb") as f:
    shutil.copyfileobj(r, f)' "http://$ADDR_A:8080/file"
same got www/file

for address in "$ADDR_A" "$ADDR6_A"; do
	step "asyncio, $address"
	spawn echo 1 "$python" "$here/echo.py" serve "$address" 7777
	wait_answers 2 "$address" 7777
	virtual_only "$address" 7777
	run_b "$python" "$here/echo.py" ask "$address" 7777 20 1000000
	end "$pid"
done

step 'two programs of one node, at its own address'
spawn echo 1 "$python" "$here/echo.py" serve "$ADDR_A" 7777
wait_answers 1 "$ADDR_A" 7777
run_a "$python" "$here/echo.py" ask "$ADDR_A" 7777 4 500000

step 'processes that share a listener'
cat >prefork.py <<'END'
import os
import socket
import sys

s = socket.create_server((sys.argv[1], 7778))
for _ in range(3):
    if os.fork() == 0:
        break
while True:
    c, _ = s.accept()
    c.sendall(b"%d\n" % os.getpid())
    c.close()
END
spawn prefork 1 "$python" prefork.py "$ADDR_A"
wait_answers 2 "$ADDR_A" 7778
run_b "$python" -c '
import socket, sys
names = set()
for _ in range(200):
    with socket.create_connection((sys.argv[1], 7778), 5) as s:
        names.add(s.makefile().read())
        if len(names) > 1:
            break
assert len(names) > 1 and "" not in names, names' "$ADDR_A"
# shellcheck disable=SC2046 # a list of numbers
kill $(children_of "$pid") 2>/dev/null || true
end "$pid"
