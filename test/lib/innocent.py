#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A program that does nothing wrong, and measures what others do to it.

usage: innocent.py serve ADDRESS PORT   send back what comes, on one connection
       innocent.py ask ADDRESS PORT     a hundred bytes there and back, each
                                        millisecond, until SIGTERM

On SIGTERM `ask` prints how often they came back, and the longest and the usual
time that this took, in milliseconds; if the connection fails, its errno.
"""
import errno
import os
import signal
import socket
import sys
import time


def connect_or_accept(verb, address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    if verb == "ask":
        return socket.create_connection((address, port), 20)
    with socket.create_server((address, port), family=family) as listener:
        print("ready", flush=True)
        return listener.accept()[0]


def serve(s):
    while data := s.recv(1000):
        s.sendall(data)


def ask(s):
    """Times in milliseconds."""
    over = []
    signal.signal(signal.SIGTERM, lambda *_: over.append(1))
    print("ready", flush=True)
    times = []
    while not over:
        at = time.monotonic()
        data = os.urandom(100)
        s.sendall(data)
        back = b""
        while len(back) < 100:
            part = s.recv(100)
            if not part:
                return times, "EOF"
            back += part
        if back != data:
            return times, "OTHER-BYTES"
        times.append((time.monotonic() - at) * 1000)
        time.sleep(0.001)
    return times, "OK"


def main():
    verb, address, port = sys.argv[1:]
    with connect_or_accept(verb, address, int(port)) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        s.settimeout(20)
        if verb == "serve":
            return serve(s)
        try:
            times, end = ask(s)
        except OSError as e:
            times, end = [0], errno.errorcode.get(e.errno, "TIMEOUT")
    times.sort()
    print(end, len(times), round(times[-1]), round(times[len(times) // 2], 1))


main()
