#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# git.sh - git clones, fetches and pushes, by its own protocol and by HTTP, which
# git-http-backend behind Python's web server speaks
#
#	A: git daemon :9418, serve.py :8080   <----   B: git
# ctest: full
# ctest: via seccomp
# ctest: via netns
# matrix: git, git daemon | v4 v6 | preload seccomp netns
. "$(dirname "$0")/../lib/node.sh"
need git
[ -x "$(git --exec-path)/git-http-backend" ] ||
	skip 'git-http-backend is not installed'
[ -x "$(git --exec-path)/git-remote-http" ] ||
	skip 'git-remote-http is not installed'
lan
git config --global user.name n
git config --global user.email e@example.org
git config --global init.defaultBranch main
git config --global http.postBuffer 100000
mkdir site
git init -q --bare site/r.git
git -C site/r.git config http.receivepack true
git -C site/r.git config daemon.receivepack true
: >site/r.git/git-daemon-export-ok
git init -q first
for i in 1 2 3 4 5; do
	make_file first/big$i 1000000
	mkdir first/d$i
	for j in 1 2 3 4 5 6 7 8 9; do
		echo "$i $j" >first/d$i/f$j
	done
	git -C first add .
	git -C first commit -q -m "number $i"
done
git -C first push -q "$work/site/r.git" HEAD:main

# CGI for git-http-backend, which wants its input as it comes, in chunks or not.
cat >serve.py <<'END'
import http.server
import os
import socket
import subprocess
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while n := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(n))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self):
        path, _, query = self.path.partition("?")
        done = subprocess.run(
            ["git", "http-backend"], input=self.body(), check=True,
            stdout=subprocess.PIPE, env=dict(
                os.environ, GIT_PROJECT_ROOT=os.path.abspath("site"),
                GIT_HTTP_EXPORT_ALL="1", PATH_INFO=path, QUERY_STRING=query,
                REQUEST_METHOD=self.command,
                REMOTE_ADDR=self.client_address[0],
                CONTENT_TYPE=self.headers.get("Content-Type", ""),
                HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""),
                GIT_PROTOCOL=self.headers.get("Git-Protocol", ""))).stdout
        head, _, body = done.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1)
                      for line in head.decode().split("\r\n"))
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for field in fields.items():
            self.send_header(*field)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET


Server((sys.argv[1], 8080), Handler).serve_forever()
END

# round URL: everything there and back
round() {
	step "$1"
	rm -rf clone other
	run_b git clone -q "$1" clone 2>>git.log
	for i in 1 2 3 4 5; do
		same clone/big$i first/big$i
	done
	run_b git clone -q --depth 1 "$1" other 2>>git.log
	[ "$(git -C other rev-list --count HEAD)" = 1 ] ||
		fail 'more came than was asked for'
	make_file clone/more 3000000
	git -C clone add more
	git -C clone commit -q -m 'more'
	run_b git -C clone push -q origin main 2>>git.log
	run_b git -C other pull -q 2>>git.log
	same other/more clone/more
	run_b git ls-remote "$1" main >refs
	[ "$(cut -f 1 refs)" = "$(git -C clone rev-parse HEAD)" ] ||
		fail 'main is not what was pushed'
	git -C site/r.git fsck --strict
}

for address in "$ADDR_A" "$ADDR6_A"; do
	case $address in
	*:*) host="[$address]" ;;
	*) host=$address ;;
	esac
	# Its child does the work, which git itself ends only by a signal.
	spawn daemon 1 "$(git --exec-path)/git-daemon" --listen="$address" \
		--base-path="$work/site" --reuseaddr --verbose --informative-errors
	daemon=$pid
	spawn web 1 "$python" serve.py "$address"
	web=$pid
	wait_answers 2 "$address" 9418
	wait_answers 2 "$address" 8080
	virtual_only "$address" 9418
	round "git://$host/r.git"
	round "http://$host:8080/r.git"
	! run_b git clone -q "git://$host/none.git" none 2>err.log ||
		fail 'a repository that is not was cloned'
	grep -q 'not exported\|no such repository\|not found' err.log ||
		fail 'the daemon does not say why'
	end "$web"
	end "$daemon"
done
