#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# users.sh - one service for several users
#
#	node 0 --- node 1 "A", shared with group 60100
#	     \---- node 2 "B", root's alone
#
#	uid 60001 "owner" runs node 1; 60002 and 60003 are members, one by its
#	supplementary groups, the other by its own; 60004 is none
#
# Real users are needed for that, so the test runs as root or not at all.
. "$(dirname "$0")/../lib/node.sh"
need curl ss setpriv

# In a user namespace that has one user there is nobody to share with.
if [ "$(id -u)" != 0 ] || awk '{ exit $3 >= 65536 }' /proc/self/uid_map; then
	skip 'several users need real root'
fi
group=60100

# as USER COMMAND...
as() {
	as_who=$1
	shift
	case $as_who in
	owner) set -- --reuid 60001 --regid 60001 --groups $group "$@" ;;
	member) set -- --reuid 60002 --regid 60002 --groups 60009,$group "$@" ;;
	second) set -- --reuid 60003 --regid $group --clear-groups "$@" ;;
	left) set -- --reuid 60002 --regid 60002 --groups 60009 "$@" ;;
	stranger) set -- --reuid 60004 --regid 60004 --groups 60009 "$@" ;;
	root) set -- --clear-groups "$@" ;;
	esac
	timeout -k 2 "$limit" setpriv "$@"
}

# on_a USER COMMAND...: preloaded, on node 1; on_a_via WAY USER ...
on_a() {
	on_a_via preload "$@"
}
on_a_via() {
	via=$1
	who=$2
	shift 2
	as "$who" "$tapless" run --via "$via" -D "$(home 1)" -- "$@"
}

# try USER ADDRESS: what becomes of everything a program may do there
cat >try.py <<'END'
import errno, socket, sys
address, port = sys.argv[1], int(sys.argv[2])
family = socket.AF_INET6 if ":" in address else socket.AF_INET
def what(call):
    try:
        return str(call())
    except OSError as e:
        return errno.errorcode.get(e.errno, str(e))
def bind(kind):
    with socket.socket(family, kind) as s:
        s.bind((address, 0))
        return "good"
def connect():
    with socket.socket(family) as s:
        s.settimeout(10)
        s.connect((sys.argv[3], port))
        return s.recv(5).decode()
def datagram():
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        s.settimeout(10)
        s.sendto(b"there", (sys.argv[3], port))
        return s.recvfrom(99)[0].decode()
def device():
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"zt0\0")
        return "good"
def name():
    return "known" if socket.getaddrinfo(sys.argv[4], 80) else "none"
def interfaces():
    return " ".join(n for i, n in socket.if_nameindex() if n != "lo") or "none"
print("bind", what(lambda: bind(socket.SOCK_STREAM)),
      what(lambda: bind(socket.SOCK_DGRAM)))
print("connect", what(connect))
print("datagram", what(datagram))
print("device", what(device))
print("name", what(name))
print("interfaces", what(interfaces))
END
chmod 644 try.py

tries() {
	on_a "$1" "$python" "$work/try.py" "$ADDR_A" "$port" "$ADDR_B" \
		"$(id_of 2).zt"
}
all_good='bind good good
connect hello
datagram back
device good
name known
interfaces zt0'
# As an address that is nobody's, in a namespace without a route.
not_there='bind EADDRNOTAVAIL EADDRNOTAVAIL
connect ENETUNREACH
datagram ENETUNREACH
device ENODEV
name [Errno -2] Name or service not known
interfaces none'

# sees USER WHAT
sees() {
	got=$(tries "$1")
	[ "$got" = "$2" ] || fail "$1 sees: $got"
}

# refused USER: not even a session
refused() {
	! on_a "$1" true 2>err.log || fail "$1 may use the service"
	grep -q "$2" err.log || fail "$1 was told: $(cat err.log)"
}

step 'a service that is shared'
make_nodes 3
chown -R 60001:60001 "$(home 1)"
chmod 755 "$work"
start_node 0
start_node 2
status=0
"$tapless" service -D "$(home 2)" --share-group nobody-has-it 2>err.log ||
	status=$?
[ "$status" = 1 ] || fail "an unknown group: status $status"
for wrong in 0 x 65537 -1; do
	status=0
	"$tapless" service -D "$(home 2)" --user-sockets=$wrong 2>err.log ||
		status=$?
	[ "$status" = 2 ] || fail "--user-sockets $wrong: status $status"
done

# start_shared [OPTION...]
start_shared() {
	setpriv --reuid 60001 --regid 60001 --groups $group \
		"$tapless" service -D "$(home 1)" "$@" \
		>>service1.log 2>&1 </dev/null &
	pid_1=$!
	children="$children $pid_1"
	wait_until 20 'node 1 answers' serves 1
}
start_shared --share-group $group --user-sockets 41
for n in 1 2; do
	wait_until 20 "node $n is online" is_online $n
done
make_network
join 1
join 2
name_addresses
port=8123
spawn server 2 "$python" -c '
import select, socket, sys
t = socket.create_server((sys.argv[1], int(sys.argv[2])))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.bind((sys.argv[1], int(sys.argv[2])))
while True:
    for s in select.select([t, u], [], [])[0]:
        if s is t:
            t.accept()[0].send(b"hello")
        else:
            u.sendto(b"back", u.recvfrom(99)[1])' "$ADDR_B" $port
wait_answers 2 "$ADDR_B" $port

step 'members, root and the owner; nobody else'
for who in owner member second root; do
	sees $who "$all_good"
done
refused stranger 'Permission denied'
refused left 'Permission denied'
on_a_via seccomp member "$python" "$work/try.py" "$ADDR_A" $port "$ADDR_B" \
	"$(id_of 2).zt" >seccomp.log
[ "$(head -n 3 seccomp.log)" = "$(echo "$all_good" | head -n 3)" ] ||
	fail "a member, launched: $(cat seccomp.log)"

step 'they administer nothing'
for file in authtoken.secret identity.secret session.secret tapless.lock \
	controller.db; do
	[ -e "$(home 1)/$file" ] || fail "$file is missing"
	! as member cat "$(home 1)/$file" >/dev/null 2>&1 ||
		fail "a member reads $file"
done
! as member ls "$(home 1)" >/dev/null 2>&1 || fail 'a member lists the home'
for command in "join $nwid" "leave $nwid" "set $nwid allowDNS=1" info; do
	# shellcheck disable=SC2086 # a list of words
	! as member "$tapless" -D "$(home 1)" $command >out.log 2>&1 ||
		fail "a member may $command"
	grep -q 'Permission denied' out.log || fail "$command: $(cat out.log)"
done
code=$(as member curl -s -o /dev/null -w '%{http_code}' --noproxy '*' \
	-X DELETE "http://127.0.0.1:$(port_of 1)/network/$nwid")
[ "$code" = 401 ] || fail "the API without a token: $code"

step 'who has left the group is refused with a token, too'
on_a member env >session.env
# Only its own variables: the file is what the program printed.
sed -n 's/^\(TAPLESS_[A-Z]*=.*\|LD_PRELOAD=.*\)$/\1/p' session.env >few.env
makes_socket() {
	# shellcheck disable=SC2046 # a list of words without blanks
	as "$1" env $(cat few.env) "$python" -c '
import errno, socket
try:
    socket.socket().bind(("'"$ADDR_A"'", 0))
    print("good")
except OSError as e:
    print(errno.errorcode[e.errno])'
}
[ "$(makes_socket member)" = good ] || fail 'the token of a member'
[ "$(makes_socket left)" = EPERM ] || fail 'the token of one who left'
# Programs that became somebody else are believed the token.
[ "$(makes_socket stranger)" = good ] || fail 'the token, given away'

step 'each is charged what his sessions hold'
# held UID: its sockets
held() {
	api 1 GET /status | "$python" -c '
import json, sys
print(*[u["sockets"] for u in json.load(sys.stdin)["users"]
        if u["uid"] == int(sys.argv[1])] or [0])' "$1"
}
cat >many.py <<'END'
import errno, os, socket, sys, time
l = socket.create_server((sys.argv[1], 0), backlog=99)
held = [l]
try:
    while True:
        held.append(socket.create_connection(l.getsockname()))
        held.append(l.accept()[0])
except OSError as e:
    print(len(held), errno.errorcode[e.errno], flush=True)
sys.stdin.read()
END
chmod 644 many.py
mkfifo hold
on_a member "$python" "$work/many.py" "$ADDR_A" <hold >many.log 2>&1 &
many=$!
children="$children $many"
exec 9>hold
# A listener and pairs: an odd number, so that it is the socket that fails.
is_full() {
	[ "$(held 60002)" = 41 ] && grep -q "^41 EMFILE" many.log
}
wait_until 20 'a member has all that he may have' is_full
[ "$(held 60003)" = 0 ] || fail 'another is charged'
sees second "$all_good"
sees owner "$all_good"
exec 9>&-
kill "$many" 2>/dev/null || true
is_empty() {
	[ "$(held 60002)" = 0 ]
}
wait_until 20 'what he held is given back' is_empty

step 'a socket that was passed on stays his who made it'
"$python" - "$work/pass" <<'END' &
import socket, sys, os
os.umask(0)
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
c, _ = s.accept()
data, fds, _, _ = socket.recv_fds(c, 1, 1)
c.recv(1)
END
passer=$!
children="$children $passer"
wait_until 10 'somebody waits for it' test -S pass
chmod 777 pass
mkfifo pass.hold
on_a member "$python" -c '
import socket, sys
c = socket.socket(socket.AF_UNIX)
c.connect(sys.argv[1])
s = socket.socket()
s.bind((sys.argv[2], 0))
socket.send_fds(c, [b"x"], [s.fileno()])
s.close()
print("passed", flush=True)
sys.stdin.read()' "$work/pass" "$ADDR_A" <pass.hold >pass.log 2>&1 &
children="$children $!"
exec 9>pass.hold
wait_until 10 'it was passed' grep -q passed pass.log
[ "$(held 60002)" = 1 ] || fail "a socket that was passed: $(held 60002)"
[ "$(held 0)" = 0 ] || fail 'its receiver is charged'
exec 9>&-
wait_gone 10 $passer 'the receiver'
wait_until 10 'and gone' is_empty

step 'a network for some'
"$tapless" -D "$(home 1)" set "$nwid" allowUsers=60003,root >out.log
grep -q '"allowUsers":\["60003","root"\]' out.log || fail "set: $(cat out.log)"
grep -q '^allowUsers=60003,root$' "$(home 1)/networks.d/$nwid.local.conf" ||
	fail 'it is not stored'
"$tapless" -D "$(home 1)" -j listnetworks | tr -d ' \n' |
	grep -q '"allowUsers":\["60003","root"\]' || fail 'it is not listed'
sees second "$all_good"
sees owner "$all_good"
sees member "$not_there"
as member "$tapless" -D "$(home 1)" wait --network "$nwid" --timeout 0 \
	2>err.log && fail 'wait tells of a network that is not there'
grep -q 'has not been joined' err.log || fail "wait: $(cat err.log)"
for wrong in nobody-has-this 'a b' 4294967295; do
	! "$tapless" -D "$(home 1)" set "$nwid" "allowUsers=$wrong" \
		>out.log 2>&1 || fail "allowUsers=$wrong was taken"
	grep -q allowUsers out.log || fail "allowUsers=$wrong: $(cat out.log)"
done
sees member "$not_there"

step 'what comes from there is not for others, wildcard or not'
on_a_later() {
	later_who=$1
	later_log=$2
	shift 2
	on_a "$later_who" "$@" >"$later_log" 2>&1 </dev/null &
	later_pid=$!
	children="$children $later_pid"
}
cat >wild.py <<'END'
import select, socket, sys
t = socket.create_server(("", int(sys.argv[1])))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.bind(("", int(sys.argv[1])))
print("ready", flush=True)
while True:
    for s in select.select([t, u], [], [])[0]:
        if s is t:
            t.accept()[0].send(b"hello")
        else:
            u.sendto(b"back", u.recvfrom(99)[1])
END
chmod 644 wild.py
# reach PORT: by TCP, and by UDP
reach() {
	run_b "$python" -c '
import errno, socket, sys
where = (sys.argv[1], int(sys.argv[2]))
s = socket.socket()
s.settimeout(10)
try:
    s.connect(where)
    print(s.recv(5).decode())
except OSError as e:
    print(errno.errorcode[e.errno])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(1)
s.sendto(b"there", where)
try:
    print(s.recv(4).decode())
except OSError:
    print("nothing")' "$ADDR_A" "$1"
}
on_a_later member wild1.log "$python" "$work/wild.py" 9001
wild1=$later_pid
on_a_later second wild2.log "$python" "$work/wild.py" 9002
wait_until 10 'one listens' grep -q ready wild1.log
wait_until 10 'the other listens' grep -q ready wild2.log
got=$(reach 9001)
[ "$got" = 'ECONNREFUSED
nothing' ] || fail "a wildcard listener of one who may not: $got"
got=$(reach 9002)
[ "$got" = 'hello
back' ] || fail "a wildcard listener of one who may: $got"

step 'who may no more loses his connections'
"$tapless" -D "$(home 1)" set "$nwid" allowUsers= >out.log
grep -q '"allowUsers":\[\]' out.log || fail "set nobody: $(cat out.log)"
! grep -q allowUsers "$(home 1)/networks.d/$nwid.local.conf" ||
	fail 'an empty list is stored'
sees member "$all_good"
got=$(reach 9001)
[ "$got" = 'hello
back' ] || fail "the wildcard listener, when he may again: $got"
kill "$wild1"
on_a_later member lose.log "$python" -c '
import errno, socket, sys
l = socket.create_server((sys.argv[1], 0))
a = socket.create_connection(l.getsockname())
b = l.accept()[0]
print("ready", flush=True)
try:
    print("read", a.recv(1))
except OSError as e:
    print(errno.errorcode[e.errno])
try:
    l.accept()
except OSError as e:
    print(errno.errorcode[e.errno])' "$ADDR_A"
lose=$later_pid
wait_until 10 'he is connected' grep -q ready lose.log
"$tapless" -D "$(home 1)" set "$nwid" allowUsers=60003 >out.log
wait_gone 10 "$lose" 'his program'
[ "$(tail -n 2 lose.log)" = 'ECONNRESET
EINVAL' ] || fail "what he is told: $(cat lose.log)"

step 'the same after a restart; and alone again'
kill -TERM "$pid_1"
wait_gone 10 "$pid_1" 'node 1'
start_shared --share-group $group
wait_until 20 'node 1 is online' is_online 1
wait_until 20 'node 1 has its address' has_address 1
wait_until 20 'node 1 reaches node 2' on_a second "$python" -c '
import socket, sys
socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)' "$ADDR_B" $port
sees second "$all_good"
sees member "$not_there"
kill -TERM "$pid_1"
wait_gone 10 "$pid_1" 'node 1'
start_shared
wait_until 20 'node 1 is online' is_online 1
for who in member second root; do
	refused $who 'not permitted'
done
refused stranger 'Permission denied'
[ "$(makes_socket member)" = EPERM ] || fail 'an old token of a member'
on_a owner true || fail 'the owner'
