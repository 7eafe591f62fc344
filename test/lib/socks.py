#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A SOCKS5 client that does what curl and nc do not, a line of result each.

usage: socks.py bind PROXY PEER            BIND for PEER; print where, then what
                                           comes, and answer "over"
       socks.py udp PROXY HOST PORT TEXT   UDP ASSOCIATE; send, print the answer
       socks.py fragment PROXY HOST PORT   a fragment, then a whole one
       socks.py stranger PROXY HOST PORT   a datagram from another address
       socks.py code PROXY COMMAND HOST PORT
                                           print the reply's code
       socks.py get PROXY HOST PORT END    connect; read all; say how it ended:
                                           END is full, or slow (first nothing)
       socks.py many PROXY HOST PORT N     N connections at once, all echo
       socks.py open PROXY N CLOSED        N connections that say nothing; print
                                           how many the proxy closes; CLOSED
                                           are waited for
PROXY is HOST:PORT or unix:PATH.
"""
import errno
import ipaddress
import select
import socket
import struct
import sys
import threading
import time


def say(*words):
    print(*words, flush=True)


def proxy_socket(where):
    if where.startswith("unix:"):
        s = socket.socket(socket.AF_UNIX)
        s.connect(where[5:])
        return s
    host, port = where.rsplit(":", 1)
    return socket.create_connection((host.strip("[]"), int(port)), 30)


def exactly(s, n):
    data = b""
    while len(data) < n:
        more = s.recv(n - len(data))
        if not more:
            raise EOFError(f"{len(data)} of {n} bytes")
        data += more
    return data


def address(host, port):
    try:
        ip = ipaddress.ip_address(host)
        return bytes([1 if ip.version == 4 else 4]) + ip.packed + \
            struct.pack(">H", port)
    except ValueError:
        return bytes([3, len(host)]) + host.encode() + struct.pack(">H", port)


def read_address(take):
    kind = take(1)[0]
    ip = ipaddress.ip_address(take({1: 4, 4: 16}[kind]))
    return str(ip), struct.unpack(">H", take(2))[0]


def reply(s):
    version, code, reserved = exactly(s, 3)
    assert version == 5 and reserved == 0
    return code, read_address(lambda n: exactly(s, n))


def ask(where, command, host, port):
    s = proxy_socket(where)
    s.sendall(b"\5\1\0")
    assert exactly(s, 2) == b"\5\0"
    s.sendall(bytes([5, command, 0]) + address(host, port))
    return s, *reply(s)


def bind(where, peer):
    s, code, at = ask(where, 2, peer, 0)
    say("bound", code, *at)
    code, whom = reply(s)
    say("came", code, whom[0])
    text = exactly(s, 5)
    s.sendall(b"over")
    s.shutdown(socket.SHUT_WR)
    say(text.decode(), s.recv(1) == b"")


def associate(where):
    s, code, at = ask(where, 3, "0.0.0.0", 0)
    assert code == 0, code
    u = socket.socket(socket.AF_INET6 if ":" in at[0] else socket.AF_INET,
                      socket.SOCK_DGRAM)
    u.connect(at)
    u.settimeout(5)
    return s, u, at


def answer(u):
    data = u.recv(65536)
    assert data[:3] == b"\0\0\0"
    rest = bytearray(data[3:])

    def take(n):
        out = bytes(rest[:n])
        del rest[:n]
        return out
    whom = read_address(take)
    return whom, bytes(rest)


def udp(where, host, port, text):
    s, u, at = associate(where)
    u.send(b"\0\0\0" + address(host, int(port)) + text.encode())
    whom, data = answer(u)
    say(*whom, data.decode())
    s.close()
    # The port goes with the connection that asked for it.
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            u.send(b"x")
            select.select([u], [], [], 0.05)
        except ConnectionRefusedError:
            say("closed")
            return
    say("still open at", *at)


def fragment(where, host, port):
    held, u, _ = associate(where)
    to = address(host, int(port))
    u.send(b"\0\0\1" + to + b"part")
    u.send(b"\0\0\0" + to + b"whole")
    say(answer(u)[1].decode())
    held.close()


def stranger(where, host, port):
    held, u, at = associate(where)
    to = b"\0\0\0" + address(host, int(port))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.9", 0))
        other.sendto(to + b"stranger", at)
    u.send(to + b"client")
    say(answer(u)[1].decode())
    held.close()


def code(where, command, host, port):
    say(ask(where, int(command), host, int(port))[1])


def get(where, host, port, end):
    s, status, _ = ask(where, 1, host, int(port))
    assert status == 0, status
    if end == "slow":
        say("connected")
        sys.stdin.readline()
    n = 0
    try:
        while data := s.recv(65536):
            n += len(data)
        say("got", n, "EOF")
    except OSError as e:
        say("got", n, errno.errorcode[e.errno])


def many(where, host, port, n):
    failed = []
    barrier = threading.Barrier(int(n))

    def one(i):
        try:
            s, status, _ = ask(where, 1, host, int(port))
            assert status == 0, status
            barrier.wait(60)
            text = (f"connection {i} " * 500).encode()
            s.sendall(text)
            assert exactly(s, len(text)) == text
            s.shutdown(socket.SHUT_WR)
            assert s.recv(1) == b""
        except Exception as e:
            failed.append(repr(e))
            barrier.abort()
    threads = [threading.Thread(target=one, args=(i,)) for i in range(int(n))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    say("failed", len(failed), *failed[:3])


def silent(where, n, want):
    held = []
    closed = 0
    for _ in range(int(n)):
        try:
            held.append(proxy_socket(where))
        except ConnectionResetError:
            closed += 1  # before connect could look
    end = time.monotonic() + (5 if int(want) else 0.5)
    while time.monotonic() < end and closed <= int(want):
        ready, _, _ = select.select(held, [], [], 0.1)
        closed += len(ready)
        held = [s for s in held if s not in ready]
        if int(want) and closed == int(want):
            end = min(end, time.monotonic() + 0.3)
    say("closed", closed)


if __name__ == "__main__":
    {"bind": bind, "udp": udp, "fragment": fragment, "stranger": stranger,
     "code": code, "get": get, "many": many,
     "open": silent}[sys.argv[1]](*sys.argv[2:])
