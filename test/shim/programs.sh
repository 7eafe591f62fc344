#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# programs.sh - unmodified programs under the preload object
. "$(dirname "$0")/common"
need python3 curl
start_service

# An event loop (edge cases of connect, accept, epoll), then the host's side:
# registered with epoll first, connected to loopback afterwards.
cat >"$work/loop.py" <<'EOF'
import asyncio, sys

async def echo(r, w):
    w.write(b"echo " + await r.readline())
    await w.drain()
    w.close()

async def client(at, i):
    r, w = await asyncio.open_connection(*at)
    w.write(b"hello %d\n" % i)
    got = await r.read()
    w.close()
    return got == b"echo hello %d\n" % i

async def both(host, n):
    server = await asyncio.start_server(echo, host, 0)
    at = server.sockets[0].getsockname()[:2]
    return sum(await asyncio.gather(*[client(at, i) for i in range(n)]))

async def main():
    for host, n in (sys.argv[1], 100), (sys.argv[2], 50), ("127.0.0.1", 20):
        assert await both(host, n) == n, host
    try:
        await asyncio.open_connection(sys.argv[1], 1)
    except ConnectionRefusedError:
        print("good")

asyncio.run(main())
EOF
[ "$(under python3 "$work/loop.py" "$V4" "$V6")" = good ] || fail asyncio

head -c 3000000 /dev/urandom >"$work/file"
serve python3 -m http.server --bind "$V4" --directory "$work" 8080
wait_until listens "$V4" 8080
under curl -sS -o "$work/got" "http://$V4:8080/file" || fail curl
cmp "$work/file" "$work/got" || fail 'curl got other bytes'
status=0
under curl -sS "http://$V4:1/" 2>/dev/null || status=$?
[ $status -eq 7 ] || fail "curl to nobody ended with $status, not 7"

# What was made under the service is not on the host.
status=0
curl -sS --max-time 2 "http://127.0.0.1:8080/" >/dev/null 2>&1 || status=$?
[ $status -ne 0 ] || fail 'the host sees the virtual server'

if has_program nc; then
	serve nc -l -s "$V4" -p 8081
	tries=0
	until echo 'over nc' | under nc -q 1 "$V4" 8081 2>/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || fail 'nc never connected'
	done
	wait_until grep -q 'over nc' "$work/server.out"
fi
echo 'asyncio, http.server, curl and nc: good'
