#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""flood.py - 1,000 connections that change a controller at once, and its death

usage: flood.py run PORT TOKEN-FILE NETWORK STATE MOMENT PID
       flood.py check PORT TOKEN-FILE NETWORK STATE
       flood.py first PORT TOKEN-FILE MICROSECONDS PID
       flood.py end SIGNAL MILLISECONDS PID
       flood.py whole DATABASE

run: each connection has a change on its way at any time, of something that is
its own: a member, five members by one request, or a network. Kills PID and its
children at the MOMENT: "sent:MS", that long after the first thousand was sent;
"acked:N", when N were acknowledged; "done", when nothing is on its way any more.
Prints how many had no answer then, and how many were acknowledged.

check: all is as a change left it that was acknowledged last, or one that was on
its way: each change wholly, or not at all. What is found becomes the STATE.

first: kills PID that long after the first change of all was sent, for which the
database is made. Prints the answer, if there was one, else "none".

end: sends SIGNAL to PID, and kills it that much later.
whole: reads a copy of DATABASE, and what lies beside it.
"""

import json
import os
import selectors
import shutil
import signal
import socket
import sqlite3
import sys
import tempfile
import time
import urllib.request

CLIENTS = 1000
PATIENCE_S = 60


def kill_all(pid):
    """The process and what it has started, as the kernel would."""
    pids = [pid]
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            pids += [int(p) for p in f.read().split()]
    except OSError:
        pass
    for p in pids:
        try:
            os.kill(p, signal.SIGKILL)
        except ProcessLookupError:
            pass


class Service:
    def __init__(self, port, token_file):
        with open(token_file, encoding="ascii") as f:
            self.token = f.read().strip()
        self.port = int(port)

    def request(self, method, path, body):
        text = json.dumps(body)
        return (f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n"
                f"X-ZT1-Auth: {self.token}\r\n"
                f"Content-Length: {len(text)}\r\n\r\n{text}").encode()

    def get(self, path):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            headers={"X-ZT1-Auth": self.token})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


def member_fields(v):
    return {"name": f"change {v}", "authorized": v % 2 == 0,
            "activeBridge": v % 3 == 0, "noAutoAssignIps": v % 4 < 2,
            "ipAssignments": [f"10.1.{v >> 8 & 255}.{v & 255}",
                              f"fd00::{v & 0xffff:x}"],
            "tags": [[1, v], [7, v + 1]], "capabilities": [v % 100, 200],
            "remoteTraceLevel": v % 5}


def network_fields(v):
    return {"name": f"change {v}", "private": v % 2 == 0,
            "mtu": 1280 + v % 1000, "multicastLimit": v,
            "enableBroadcast": v % 3 == 0,
            "routes": [{"target": f"10.{v & 255}.0.0/16", "via": None}],
            "ipAssignmentPools": [{"ipRangeStart": f"10.{v & 255}.0.1",
                                   "ipRangeEnd": f"10.{v & 255}.0.9"}]}


def reduced(found, fields):
    return None if found is None else {k: found.get(k) for k in fields}


class OneMember:
    """Number v of its changes; each fifth deletes it."""

    def __init__(self, network, number):
        self.address = f"{0x2000000000 + number:010x}"
        self.path = f"/controller/network/{network}/member/{self.address}"

    def change(self, v):
        if v % 5 == 4:
            return "DELETE", self.path, {}
        return "POST", self.path, member_fields(v)

    def after(self, v):
        return None if v % 5 == 4 else member_fields(v)

    def found(self, members, _):
        return reduced(members.get(self.address), member_fields(0))


class FiveMembers:
    """One request for all of them."""

    def __init__(self, network, number):
        self.addresses = [f"{0x3000000000 + number * 5 + k:010x}"
                          for k in range(5)]
        self.path = f"/unstable/controller/network/{network}/member"

    def change(self, v):
        return "POST", self.path, {
            "members": [dict(member_fields(v), id=a) for a in self.addresses]}

    def after(self, v):
        return [member_fields(v)] * 5

    def found(self, members, _):
        all_five = [reduced(members.get(a), member_fields(0))
                    for a in self.addresses]
        return None if all_five == [None] * 5 else all_five


class Network:
    """Each fifth change deletes it, with its member."""

    def __init__(self, network, number):
        self.id = f"{network[:10]}{0x500000 + number:06x}"
        self.path = f"/controller/network/{self.id}"

    def change(self, v):
        if v % 5 == 4:
            return "DELETE", self.path, {}
        return "POST", self.path, network_fields(v)

    def after(self, v):
        return None if v % 5 == 4 else network_fields(v)

    def found(self, _, networks):
        return reduced(networks.get(self.id), network_fields(0))


def owners(network):
    kinds = [OneMember] * 8 + [FiveMembers, Network]
    return [kinds[i % 10](network, i) for i in range(CLIENTS)]


class Client:
    """@acked, @sent: the last change that was acknowledged, and sent"""

    def __init__(self, owner, acked, sent):
        self.owner, self.acked, self.sent = owner, acked, sent
        self.socket = None
        self.text = b""

    def connect(self, service):
        self.socket = socket.create_connection(("127.0.0.1", service.port), 30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def has_one_on_its_way(self):
        return self.sent > self.acked

    def send(self, service):
        self.socket.sendall(service.request(*self.owner.change(self.sent + 1)))
        self.sent += 1

    def read(self):
        """Is there a whole answer? It is an acknowledgement, or we stop."""
        got = self.socket.recv(65536)
        if not got:
            sys.exit(f"{self.owner.path}: the connection was ended")
        self.text += got
        head, mark, body = self.text.partition(b"\r\n\r\n")
        if not mark:
            return False
        length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")
                       if line.lower().startswith(b"content-length:")), 0)
        if len(body) < length:
            return False
        if head.split()[1] != b"200":
            sys.exit(f"{self.owner.path}: {self.text[:300]}")
        self.text = b""
        self.acked = self.sent
        return True


def load(network, state):
    known = {}
    if os.path.exists(state):
        with open(state, encoding="ascii") as f:
            known = json.load(f)
    return [Client(owner, *known.get(str(i), (0, 0)))
            for i, owner in enumerate(owners(network))]


def save(clients, state):
    with open(state, "w", encoding="ascii") as f:
        json.dump({i: (c.acked, c.sent) for i, c in enumerate(clients)}, f)


def run(service, network, state, moment, pid):
    kind, _, value = moment.partition(":")
    value = float(value or 0)
    clients = load(network, state)
    for c in clients:
        c.connect(service)
    for c in clients:
        c.send(service)
    began = time.monotonic()
    n_acked = 0
    watch = selectors.DefaultSelector()
    for c in clients:
        watch.register(c.socket, selectors.EVENT_READ, c)
    while True:
        passed = time.monotonic() - began
        if kind == "sent" and passed * 1000 >= value:
            break
        if kind == "acked" and n_acked >= value:
            break
        if kind == "done" and n_acked == CLIENTS:
            break
        if passed > PATIENCE_S:
            sys.exit(f"only {n_acked} changes were acknowledged")
        left = value / 1000 - passed if kind == "sent" else 1
        for key, _ in watch.select(max(left, 0)):
            if kind == "acked" and n_acked >= value:
                break
            if not key.data.read():
                continue
            n_acked += 1
            if kind != "done":
                key.data.send(service)
    kill_all(pid)
    waiting = sum(c.has_one_on_its_way() for c in clients)
    save(clients, state)
    if waiting != (0 if kind == "done" else CLIENTS):
        sys.exit(f"{waiting} changes are on their way")
    print(f"{moment}: {waiting} on their way, {n_acked} acknowledged")


def check(service, network, state):
    clients = load(network, state)
    members = {m["id"]: m for m in service.get(
        f"/unstable/controller/network/{network}/member")["data"]}
    networks = {n["id"]: n for n in
                service.get("/unstable/controller/network")["data"]}
    for c in clients:
        found = c.owner.found(members, networks)
        for v in range(c.acked, c.sent + 1):
            if found == (c.owner.after(v) if v else None):
                c.acked = c.sent = v
                break
        else:
            sys.exit(f"{c.owner.path}: {c.acked} was acknowledged, {c.sent} "
                     f"sent; found {found}")
    save(clients, state)


def first(service, microseconds, pid):
    address = service.get("/status")["address"]
    path = f"/controller/network/{address}______"
    s = socket.create_connection(("127.0.0.1", service.port), 30)
    until = time.monotonic() + microseconds / 1e6
    s.sendall(service.request("POST", path, network_fields(5)))
    while time.monotonic() < until:
        pass
    kill_all(pid)
    s.settimeout(5)
    text = b""
    try:
        while got := s.recv(65536):
            text += got
    except OSError:
        pass
    head, _, body = text.partition(b"\r\n\r\n")
    if b" 200 " not in head + b" ":
        print("none")
        return
    print(json.loads(body)["id"])


def end(number, milliseconds, pid):
    os.kill(pid, number)
    time.sleep(milliseconds / 1000)
    kill_all(pid)


def whole(database):
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("", "-wal"):
            if os.path.exists(database + suffix):
                shutil.copy(database + suffix, f"{folder}/copy.db{suffix}")
        db = sqlite3.connect(f"{folder}/copy.db")
        for (line,) in db.execute("PRAGMA integrity_check"):
            if line != "ok":
                sys.exit(f"{database}: {line}")
        for (text,) in db.execute("SELECT object FROM network UNION ALL "
                                  "SELECT object FROM member"):
            json.loads(text)
        db.close()


def main():
    what, args = sys.argv[1], sys.argv[2:]
    if what == "run":
        run(Service(*args[:2]), *args[2:5], int(args[5]))
    elif what == "check":
        check(Service(*args[:2]), *args[2:])
    elif what == "first":
        first(Service(*args[:2]), int(args[2]), int(args[3]))
    elif what == "end":
        end(*map(int, args))
    elif what == "whole":
        whole(*args)


main()
