#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# failures.sh - no service, a wrong service, a service that dies
. "$(dirname "$0")/common"
need python3
start_service

cat >"$work/make.py" <<'EOF'
import errno, socket
for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
    try:
        socket.socket(type=kind)
        print("made")
    except OSError as e:
        print(errno.errorcode[e.errno])
EOF
down='ENETDOWN ENETDOWN'

got=$(env LD_PRELOAD="$preload" python3 "$work/make.py" | xargs)
[ "$got" = 'made made' ] || fail "without TAPLESS_SERVICE: $got"
# shellcheck disable=SC2030	# for this call alone
got=$(name=nobody-$$ && under python3 "$work/make.py" | xargs)
[ "$got" = "$down" ] || fail "nobody at the name: $got"
# shellcheck disable=SC2031	# the name of the service, as it was
got=$(env -u TAPLESS_TOKEN LD_PRELOAD="$preload" TAPLESS_SERVICE="$name" \
	TAPLESS_UID=4242 python3 "$work/make.py" | xargs)
[ "$got" = "$down" ] || fail "another user at the name: $got"
# Half of the token is not enough to be believed, the whole one is.
got=$(under env TAPLESS_UID=4242 TAPLESS_TOKEN="${TAPLESS_TOKEN%????}0000" \
	python3 "$work/make.py" | xargs)
[ "$got" = "$down" ] || fail "another user, another token: $got"
got=$(under env TAPLESS_UID=4242 python3 "$work/make.py" | xargs)
[ "$got" = 'made made' ] || fail "another number, but it knows the token: $got"
got=$(under env TAPLESS_TOKEN=xyz python3 "$work/make.py" | xargs)
[ "$got" = "$down" ] || fail "malformed token: $got"

# The service dies while a program has all kinds of sockets.
cat >"$work/death.py" <<'EOF'
import errno, os, select, signal, socket, sys
def error(f, *args):
    try:
        return f(*args)
    except OSError as e:
        return errno.errorcode[e.errno]
l = socket.socket()
l.bind((sys.argv[1], 0))
l.listen()
c = socket.create_connection(l.getsockname())
s, _ = l.accept()
u = socket.socket(type=socket.SOCK_DGRAM)
u.bind((sys.argv[1], 0))
os.kill(int(sys.argv[2]), signal.SIGKILL)
ends = error(c.recv, 1), error(s.recv, 1), error(l.accept)
l.setblocking(False)
print(*ends, error(l.accept),
      error(u.recv, 1), error(u.sendto, b"x", (sys.argv[1], 9)),
      error(socket.socket))
EOF
got=$(under python3 "$work/death.py" "$V4" "$service")
want='ECONNRESET ECONNRESET EINVAL EAGAIN ENETDOWN ENETDOWN ENETDOWN'
[ "$got" = "$want" ] || fail "after the service's death: $got"
service=
echo 'no service, wrong service, dead service: good'
