#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# wget.sh - wget fetches a tree over one kept connection, goes on with a file
# of which it has a part, and reads a page over IPv6
#
#	A: nginx, or http.server   <----   B: wget
# ctest: via seccomp
# ctest: via netns
# matrix: wget | v4 v6 | preload seccomp netns
. "$(dirname "$0")/../lib/node.sh"
need wget
lan
mkdir -p www/sub
make_file www/one 5000000
make_file www/sub/two 300000
: >www/three
cat >serve.py <<'END'
import http.server
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def send_head(self):
        # Parts of files, which the class does not offer by itself.
        wanted = self.headers.get("Range")
        if not wanted:
            return super().send_head()
        path = self.translate_path(self.path)
        file = open(path, "rb")
        total = file.seek(0, 2)
        start = file.seek(int(wanted[6:].rstrip("-")))
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.send_header("Content-Length", str(total - start))
        self.end_headers()
        return file


import functools
import socket


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET


Server((sys.argv[1], 8080),
       functools.partial(Handler, directory="www")).serve_forever()
END
spawn web 1 "$python" serve.py "$ADDR_A"
wait_answers 2 "$ADDR_A" 8080
virtual_only "$ADDR_A" 8080

step 'a tree'
run_b wget -q -nH -r -P got "http://$ADDR_A:8080/"
for name in one sub/two three; do
	same got/$name www/$name
done

step 'the rest of a file'
head -c 1234567 www/one >part
run_b wget -q -c -O part "http://$ADDR_A:8080/one"
same part www/one
grep -q '"GET /one HTTP/1.1" 206' web.log || fail 'no part was asked for'

step 'IPv6'
spawn web6 1 "$python" serve.py "$ADDR6_A"
wait_answers 2 "$ADDR6_A" 8080
run_b wget -q -O six "http://[$ADDR6_A]:8080/one"
same six www/one

step 'failures'
got=0
run_b wget -q -t 1 -O none "http://$ADDR_A:8081/" || got=$?
[ $got = 4 ] || fail "connection refused: wget's status is $got"
got=0
run_b wget -q -O none "http://$ADDR_A:8080/none" || got=$?
[ $got = 8 ] || fail "404: wget's status is $got"
