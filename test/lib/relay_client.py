#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Clients of a TCP relay, good and bad ones; one line says how it went.

usage: relay_client.py echo RELAY PORT TO PORT N
                              N datagrams there and back, by a UDP echo server
                              of our own at TO: how many came, and from where
       relay_client.py to RELAY PORT TO PORT
                              one datagram to TO, where we listen: ARRIVED or
                              NOTHING
       relay_client.py say RELAY PORT HEX
                              those bytes: CLOSED, or STAYS if it is not within
                              three seconds
       relay_client.py slow RELAY PORT TO PORT
                              never reads what a UDP echo server sends back, and
                              is sent 64 MB: CLOSED or STAYS
       relay_client.py many RELAY PORT N
                              N connections: how many of them are served
       relay_client.py silent RELAY PORT SECONDS
                              says nothing: CLOSED after how many, or STAYS
"""
import select
import socket
import struct
import sys
import threading
import time

HEAD = b"\x17\x03\x03"
GREETING = HEAD + b"\0\4\1\x0e\0\2"


def record(to, port, payload):
    if ":" in to:
        at = b"\6" + socket.inet_pton(socket.AF_INET6, to)
    else:
        at = b"\4" + socket.inet_aton(to)
    body = at + struct.pack("!H", port) + payload
    return HEAD + struct.pack("!H", len(body)) + body


def exactly(s, n):
    data = b""
    while len(data) < n:
        part = s.recv(n - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def read(s):
    """Of a datagram: the address it came from, and its payload."""
    body = exactly(s, struct.unpack("!3xH", exactly(s, 5))[0])
    n = 4 if body[0] == 4 else 16
    family = socket.AF_INET if n == 4 else socket.AF_INET6
    return socket.inet_ntop(family, body[1:1 + n]), body[3 + n:]


def connect(relay, port, greets=True):
    s = socket.create_connection((relay, port), 10)
    if greets:
        s.sendall(GREETING)
    return s


def echo_server(to, port):
    family = socket.AF_INET6 if ":" in to else socket.AF_INET
    u = socket.socket(family, socket.SOCK_DGRAM)
    u.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    u.bind((to, port))

    def run():
        while True:
            data, where = u.recvfrom(65536)
            u.sendto(data, where)

    threading.Thread(target=run, daemon=True).start()


def echo(relay, port, to, to_port, n):
    echo_server(to, to_port)
    s = connect(relay, port)
    origins = set()
    came = 0
    for i in range(n):
        payload = struct.pack("!I", i) + bytes(12 + i % 1400)
        s.sendall(record(to, to_port, payload))
        origin, back = read(s)
        origins.add(origin)
        came += back == payload
    return f"{came} {' '.join(origins)}"


def to_us(relay, port, to, to_port):
    family = socket.AF_INET6 if ":" in to else socket.AF_INET
    u = socket.socket(family, socket.SOCK_DGRAM)
    u.bind((to, to_port))
    connect(relay, port).sendall(record(to, to_port, bytes(16)))
    return "ARRIVED" if select.select([u], [], [], 1)[0] else "NOTHING"


def is_closed(s, seconds):
    s.settimeout(seconds)
    try:
        return not s.recv(1)
    except TimeoutError:
        return False
    except OSError:
        return True


def say(relay, port, text):
    s = connect(relay, port, False)
    s.sendall(bytes.fromhex(text))
    return "CLOSED" if is_closed(s, 3) else "STAYS"


def slow(relay, port, to, to_port):
    echo_server(to, to_port)
    s = connect(relay, port)
    data = record(to, to_port, bytes(1400)) * 100
    try:
        for _ in range(64_000_000 // len(data)):
            s.sendall(data)
        time.sleep(0)
    except OSError:
        return "CLOSED"
    return "STAYS"


def many(relay, port, n):
    socks = []
    for _ in range(n):
        try:
            socks.append(connect(relay, port))
        except OSError:
            pass
    served = len(socks)
    for s in socks:
        # The refused ones are closed already, or will be in a moment.
        served -= is_closed(s, 0.002)
    return str(served)


def silent(relay, port, seconds):
    s = connect(relay, port, False)
    began = time.monotonic()
    if is_closed(s, seconds):
        return f"CLOSED {time.monotonic() - began:.0f}"
    return "STAYS"


def main():
    verbs = {"echo": echo, "to": to_us, "say": say, "slow": slow, "many": many,
             "silent": silent}
    words = sys.argv[2:]
    if sys.argv[1] != "say":
        words = [int(w) if w.isdigit() else w for w in words]
    else:
        words[1] = int(words[1])
    print(verbs[sys.argv[1]](*words))


main()
