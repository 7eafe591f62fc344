#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# python_more.sh - Python's threads, processes, selectors, socketserver and
# asyncio, and uvicorn and gunicorn with several workers
#
#	A: python_more.py serve, uvicorn, gunicorn   <----   B: python_more.py ask
# ctest: full
# ctest: via seccomp
# ctest: via netns
# matrix: python (socketserver, selectors, asyncio, multiprocessing) | v4 v6 | preload seccomp netns
# matrix: uvicorn | v4 v6 | preload seccomp netns
# matrix: gunicorn | v4 v6 | preload seccomp netns
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/../lib/node.sh"
lan
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
more=$here/python_more.py

# round ADDRESS OWN-ADDRESS
round() {
	port=7000
	for kind in threads forks selectors pool passed streams; do
		port=$((port + 1))
		step "$kind, $1"
		spawn $kind 1 "$python" "$more" serve $kind "$1" $port
		wait_until 20 'the server is ready' grep -q ready $kind.log
		virtual_only "$1" $port
		run_b "$python" "$more" ask "$1" $port "$2"
		end_family "$pid"
	done
	step "datagrams, $1"
	spawn datagrams 1 "$python" "$more" serve datagrams "$1" 7777
	wait_until 20 'the server is ready' grep -q ready datagrams.log
	run_b "$python" "$more" datagrams "$1" 7777
	run_b "$python" "$more" refused "$1"
	end "$pid"
}

# Each worker says who it is.
cat >asgi.py <<'END'
import os


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = b""
    while True:
        event = await receive()
        body += event.get("body", b"")
        if not event.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": [
        (b"x-pid", b"%d" % os.getpid()),
        (b"x-from", scope["client"][0].encode())]})
    await send({"type": "http.response.body", "body": body})
END
cat >wsgi.py <<'END'
import os


def app(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(body))),
                              ("x-pid", str(os.getpid())),
                              ("x-from", environ["REMOTE_ADDR"])])
    return [body]
END
make_file body 5000000

# requests HOST OWN-ADDRESS: a large one, and many for two workers
requests() {
	run_b curl -sS -f -g -D head --data-binary @body -o got "http://$1:8080/"
	same got body
	grep -qi "^x-from: $2" head || fail "who asks: $(grep -i x-from head)"
	: >heads
	both_asked() {
		run_b curl -sS -f --no-keepalive -H 'Connection: close' -Z \
			-o /dev/null -D heads "http://$1:8080/?[1-40]"
		[ "$(grep -i '^x-pid' heads | sort -u | wc -l)" = 2 ]
	}
	wait_until 20 'both workers are asked' both_asked "$1"
}

# servers HOST ADDRESS OWN-ADDRESS
servers() {
	if has_program uvicorn; then
		step "uvicorn, $2"
		spawn uvicorn 1 uvicorn --host "$2" --port 8080 --workers 2 \
			--log-level warning asgi:app
		wait_answers 2 "$2" 8080
		virtual_only "$2" 8080
		requests "$1" "$3"
		end_family "$pid"
	fi
	if has_program gunicorn; then
		step "gunicorn, $2"
		spawn gunicorn 1 gunicorn -b "$1:8080" -w 2 \
			--worker-tmp-dir "$work" wsgi:app
		gunicorn=$pid
		wait_answers 2 "$2" 8080
		requests "$1" "$3"
		step 'gunicorn: new workers, and nobody is refused'
		old=$(children_of "$gunicorn")
		kill -HUP "$gunicorn"
		until replaced; do
			run_b curl -sS -f -g -m 5 -o got "http://$1:8080/" ||
				fail 'refused during the reload'
		done
		requests "$1" "$3"
		end_family "$gunicorn"
	fi
}

replaced() {
	for worker in $old; do
		! is_alive "$worker" || return 1
	done
}

round "$ADDR_A" "$ADDR_B"
round "$ADDR6_A" "$ADDR6_B"
servers "$ADDR_A" "$ADDR_A" "$ADDR_B"
servers "[$ADDR6_A]" "$ADDR6_A" "$ADDR6_B"
