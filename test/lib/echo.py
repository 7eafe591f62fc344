#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sockets that are to outlive a service's worker, and who asks them.

usage: echo.py serve KIND:ADDRESS:PORT...   tcp or udp; echoes what comes
       echo.py ask KIND:ADDRESS:PORT...     asks all of them, again and again

serve says "ready", and "error ..." for whatever a listener or a UDP socket says
that is no connection and no datagram. On TERM it says how often it was woken,
and how often for nothing. Connections may break.

ask reads lines. For each it says "all MS" when every one of them has answered
what was asked after the line came: the slowest took so many milliseconds; or
which did not within ten seconds.
"""
import os
import select
import signal
import socket
import sys
import threading
import time

TRY = 0.4


def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def parse(text):
    kind, rest = text.split(":", 1)
    address, port = rest.rsplit(":", 1)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    type_ = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
    return family, type_, (address, int(port))


class Server:
    def __init__(self):
        self.poll = select.epoll()
        self.sockets = {}
        self.listeners = set()
        self.wakes = 0
        self.useless = 0

    def open(self, text):
        family, type_, where = parse(text)
        s = socket.socket(family, type_)
        if type_ == socket.SOCK_STREAM:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        s.bind(where)
        if type_ == socket.SOCK_STREAM:
            s.listen(64)
        s.setblocking(False)
        self.sockets[s.fileno()] = s
        self.listeners.add(s.fileno())
        self.poll.register(s, select.EPOLLIN)

    def on_own(self, s):
        if s.type == socket.SOCK_DGRAM:
            data, sender = s.recvfrom(65536)
            s.sendto(data, sender)
            return
        c, _ = s.accept()
        c.setblocking(False)
        self.sockets[c.fileno()] = c
        self.poll.register(c, select.EPOLLIN)

    def on_connection(self, s):
        try:
            data = s.recv(65536)
            if data:
                s.send(data)
        except OSError:
            data = b""
        if not data:
            # Closing alone is not enough while a launcher has a duplicate.
            self.poll.unregister(s)
            del self.sockets[s.fileno()]
            s.close()

    def run(self):
        while True:
            for fd, _ in self.poll.poll():
                s = self.sockets.get(fd)
                if not s:  # closed in this very round
                    continue
                if fd not in self.listeners:
                    self.on_connection(s)
                    continue
                self.wakes += 1
                try:
                    self.on_own(s)
                except BlockingIOError:
                    self.useless += 1
                except OSError as e:
                    say("error", s.type.name, e)


def serve(places):
    server = Server()
    for place in places:
        server.open(place)

    def stop(*_):
        say("woken", server.wakes, "useless", server.useless)
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    say("ready")
    server.run()


def ask_once(text, what):
    family, type_, where = parse(text)
    with socket.socket(family, type_) as s:
        s.settimeout(TRY)
        s.connect(where)
        s.send(what)
        return s.recv(100) == what


def ask(places):
    answered = {}
    changed = threading.Condition()

    def run(place):
        n = 0
        while True:
            start = time.monotonic()
            n += 1
            try:
                ok = ask_once(place, str(n).encode())
            except OSError:
                ok = False
            with changed:
                if ok:
                    answered[place] = (start, time.monotonic())
                    changed.notify()
            if time.monotonic() - start < 0.02:
                time.sleep(0.02)  # a load, but not a flood

    for place in places:
        threading.Thread(target=run, args=(place,), daemon=True).start()
    for _ in sys.stdin:
        now = time.monotonic()

        def missing():
            return [p for p in places if answered.get(p, (0,))[0] < now]

        with changed:
            if changed.wait_for(lambda: not missing(), 10):
                last = max(answered[p][1] for p in places)
                say("all", int((last - now) * 1000))
            else:
                say("missing", *missing())


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in ("serve", "ask"):
        sys.exit(__doc__)
    {"serve": serve, "ask": ask}[sys.argv[1]](sys.argv[2:])


main()
