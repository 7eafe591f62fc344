#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plain sockets, and the plain truth about how they end, a line each.

usage: stream.py flood ADDRESS PORT    listen; endless bytes to whoever comes
       stream.py sink ADDRESS PORT     listen; read all that comes
       stream.py give ADDRESS PORT N END
                                       listen; N bytes to each, then END: fin
                                       or reset
       stream.py take ADDRESS PORT     connect; read to the end
       stream.py pour ADDRESS PORT     connect; write until it fails
       stream.py knock ADDRESS PORT    connect; say how that went
       stream.py datagram ADDRESS PORT bind; wait for datagrams
       stream.py stubborn ADDRESS PORT listen; never mind errors of accept, as
                                       nginx and redis do; say how many on TERM

Every line ends in EOF, OK or the name of an errno. A process whose listener or
connection has failed tries to make a new socket, and goes on trying for ten
seconds; it says how the first attempt ended, and when one succeeded.
"""
import errno
import os
import select
import signal
import socket
import struct
import sys
import threading
import time

CHUNK = bytes(range(256)) * 256


def name(error):
    if isinstance(error, TimeoutError) and error.errno is None:
        return "TIMEOUT"
    return errno.errorcode.get(error.errno, str(error))


def say(*words):
    # One write each: threads speak at the same time.
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def try_one(kind):
    """Made and bound: who dies while it is made may not be noticed before."""
    with socket.socket(kind, socket.SOCK_STREAM) as s:
        s.bind(("", 0))


def new_sockets(kind):
    """What becomes of programs whose service has gone."""
    try:
        try_one(kind)
        say("socket OK")
        return
    except OSError as e:
        say("socket", name(e))
    start = time.monotonic()
    while time.monotonic() < start + 10:
        try:
            try_one(kind)
            say("socket again OK")
            return
        except OSError as e:
            if e.errno != errno.ENETDOWN:
                say("socket again", name(e))
                return
        select.select([], [], [], 0.05)
    say("socket again ENETDOWN")


def receive_all(s):
    """Bytes, and how it ended."""
    n = 0
    while True:
        try:
            data = s.recv(1 << 16)
        except OSError as e:
            return n, name(e)
        if not data:
            return n, "EOF"
        n += len(data)


def send_for_ever(s):
    n = 0
    while True:
        try:
            n += s.send(CHUNK)
        except OSError as e:
            return n, name(e)


def flood(s, *_):
    say("flood", *send_for_ever(s))


def sink(s, *_):
    # Who only reads would never hear that the other host has gone.
    s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 2)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 10)
    say("sink", *receive_all(s))


def give(s, n, end):
    for at in range(0, int(n), len(CHUNK)):
        s.sendall(CHUNK[:int(n) - at])
    if end == "reset":
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     struct.pack("ii", 1, 0))
    s.close()
    say("gave", n, "OK")


def listen(serve, address, port, *more):
    with socket.create_server((address, int(port)),
                              family=family(address)) as listener:
        say("listening OK")
        while True:
            try:
                s, _ = listener.accept()
            except OSError as e:
                say("accept", name(e))
                break
            threading.Thread(target=serve, args=(s, *more),
                             daemon=True).start()
        # Whoever waits for a listener must be told, not woken for ever.
        poll = select.poll()
        poll.register(listener, select.POLLIN)
        events = poll.poll(1000)
        say("poll", "POLLHUP" if events and events[0][1] & select.POLLHUP
            else "no POLLHUP")
    new_sockets(family(address))


def connect(address, port):
    return socket.create_connection((address, int(port)))


def take(address, port):
    with connect(address, port) as s:
        say("connected OK")
        say("take", *receive_all(s))
    new_sockets(family(address))


def pour(address, port):
    with connect(address, port) as s:
        say("connected OK")
        say("pour", *send_for_ever(s))


def knock(address, port):
    try:
        connect(address, port).close()
        say("knock OK")
    except OSError as e:
        say("knock", name(e))


def datagram(address, port):
    with socket.socket(family(address), socket.SOCK_DGRAM) as s:
        s.bind((address, int(port)))
        say("bound OK")
        while True:
            try:
                data, _ = s.recvfrom(65536)
                say("datagram", len(data), "OK")
            except OSError as e:
                say("datagram", name(e))
                return


def stubborn(address, port):
    n = 0

    def stop(*_):
        say("stubborn", n, "OK")
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    with socket.create_server((address, int(port)),
                              family=family(address)) as listener:
        listener.setblocking(False)
        poll = select.epoll()
        poll.register(listener, select.EPOLLIN)
        say("listening OK")
        while True:
            poll.poll()
            try:
                listener.accept()[0].close()
            except BlockingIOError:
                pass
            except OSError as e:
                n += 1
                if n == 1:
                    say("accept", name(e))


def main():
    match sys.argv[1:]:
        case ["flood" | "sink" as what, address, port]:
            listen(globals()[what], address, port)
        case ["give", address, port, n, "fin" | "reset" as end]:
            listen(give, address, port, n, end)
        case ["take" | "pour" | "knock" | "datagram" | "stubborn" as what,
              address, port]:
            globals()[what](address, port)
        case _:
            sys.exit(__doc__)


main()
