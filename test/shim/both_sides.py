# SPDX-License-Identifier: Apache-2.0
"""both_sides.py - what both_sides.sh runs, with and without the shim

usage: both_sides.py ROLE ARGUMENT...
"""
import asyncio
import errno
import os
import select
import socket
import sys

TIMEOUT = 10


def family(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def ready():
    print("ready", flush=True)


def echo(port):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.bind(("::", int(port)))
    ready()
    while True:
        data, peer = s.recvfrom(2000)
        s.sendto(data, peer)


def exchange(s, hosts, port, mapped):
    for n in range(5):
        for host in hosts:
            text = f"{host} {n}".encode()
            to = "::ffff:" + host if mapped and ":" not in host else host
            s.sendto(text, (to, port))
            data, peer = s.recvfrom(2000)
            assert data == text, data
            assert peer[0] == to and peer[1] == port, peer


def datagrams(port, *hosts):
    six = any(":" in h for h in hosts)
    s = socket.socket(socket.AF_INET6 if six else socket.AF_INET,
                      socket.SOCK_DGRAM)
    s.settimeout(TIMEOUT)
    exchange(s, hosts, int(port), six)
    assert s.getsockname()[1] != 0


def bound(port, *hosts):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("", 0))
    own = s.getsockname()
    s.setblocking(False)
    e = select.epoll()
    e.register(s, select.EPOLLIN | select.EPOLLET)
    for host in hosts:
        s.sendto(host.encode(), (host, int(port)))
        assert e.poll(TIMEOUT) == [(s.fileno(), select.EPOLLIN)]
        data, peer = s.recvfrom(2000)
        assert data == host.encode() and peer == (host, int(port)), peer
    assert s.getsockname() == own


def unreachable(port, host):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(TIMEOUT)
    try:
        s.sendto(b"x", (host, int(port)))
        s.recvfrom(2000)
    except OSError as e:
        assert e.errno == errno.ENETUNREACH, e
        return
    sys.exit("it was reached")


def isolated(port, host, stranger):
    """Its port on loopback is for loopback, though any interface leads there."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(TIMEOUT)
    s.sendto(b"whoami", (host, int(port)))
    own = int(s.recvfrom(2000)[0])
    # Two datagrams to one port come in order: the first would be seen.
    s.sendto(b"from %s %d" % (stranger.encode(), own), (host, int(port)))
    data, peer = s.recvfrom(2000)
    assert data == b"sent" and peer[0] == host, (data, peer)


def helper(port, stranger):
    """Tells a client its port, and writes to it from another address."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", int(port)))
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.bind((stranger, 0))
    ready()
    while True:
        data, peer = s.recvfrom(2000)
        if data == b"whoami":
            s.sendto(str(peer[1]).encode(), peer)
        else:
            other.sendto(b"strange", (stranger, peer[1]))
            s.sendto(b"sent", peer)


def connect_bound(port, host):
    """A socket that is bound on both sides turns to the host."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(TIMEOUT)
    s.bind(("", 0))
    own = s.getsockname()[1]
    s.connect((host, int(port)))
    assert s.getsockname()[1] == own
    s.send(b"bound")
    assert s.recv(100) == b"bound"


def no_ports(port, *hosts):
    """The host has fewer ports than there are sockets."""
    crowd = []
    for _ in range(4):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            s.sendto(b"x", ("127.0.0.1", 9))
        except OSError as e:
            assert e.errno == errno.EADDRNOTAVAIL, e
        crowd.append(s)
    # The last ones were told so, and go on elsewhere.
    s.settimeout(TIMEOUT)
    try:
        s.recvfrom(100)
        sys.exit("no error")
    except OSError as e:
        assert e.errno == errno.EADDRNOTAVAIL, e
    exchange(s, hosts, int(port), False)


def broadcast(host):
    """Subnet broadcasts of the host need SO_BROADCAST there, too."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(TIMEOUT)
    s.sendto(b"x", (host, 9))
    try:
        s.recvfrom(100)
        sys.exit("sent")
    except OSError as e:
        assert e.errno == errno.EACCES, e
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    s.settimeout(0.2)
    s.sendto(b"x", (host, 9))
    try:
        s.recvfrom(100)
    except TimeoutError:
        return
    sys.exit("an answer")


def listener(where, port=0):
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("", port))
    s.listen(16)
    tell(where, s)
    return s


def tell(where, s):
    with open(where + ".new", "w") as f:
        f.write(str(s.getsockname()[1]))
    os.rename(where + ".new", where)


def answer(c, peer):
    assert c.getpeername() == peer
    data = c.recv(100)
    c.sendall(data + str(peer[1]).encode())
    c.close()


def serve_blocking(where):
    s = listener(where)
    while True:
        answer(*s.accept())


def serve_anyport(where):
    s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    s.bind(("::", 0))
    s.listen(1)
    tell(where, s)
    while True:
        answer(*s.accept())


def serve_asyncio(where):
    async def on_client(reader, writer):
        data = await reader.read(100)
        peer = writer.get_extra_info("peername")
        writer.write(data + str(peer[1]).encode())
        writer.close()

    async def main():
        s = listener(where)
        s.setblocking(False)
        async with await asyncio.start_server(on_client, sock=s) as server:
            await server.serve_forever()

    asyncio.run(main())


def serve_prefork(where):
    s = listener(where)
    for _ in range(3):
        if os.fork() == 0:
            break
    while True:
        answer(*s.accept())


def serve_udp(where):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("", 0))
    tell(where, s)
    while True:
        data, peer = s.recvfrom(2000)
        s.sendto(data + str(peer[1]).encode(), peer)


def ask(host, port, times):
    for n in range(int(times)):
        c = socket.create_connection((host, int(port)), TIMEOUT)
        own = c.getsockname()[1]
        c.sendall(b"%d:" % n)
        data = b""
        while True:
            more = c.recv(100)
            if not more:
                break
            data += more
        assert data == b"%d:%d" % (n, own), (data, own)


def ask_udp(host, port, times):
    s = socket.socket(family(host), socket.SOCK_DGRAM)
    s.settimeout(TIMEOUT)
    s.connect((host, int(port)))
    for n in range(int(times)):
        s.send(b"%d:" % n)
        own = s.getsockname()[1]
        assert s.recv(100) == b"%d:%d" % (n, own)


roles = {
    "echo": echo,
    "datagrams": datagrams,
    "bound": bound,
    "unreachable": unreachable,
    "isolated": isolated,
    "helper": helper,
    "connect-bound": connect_bound,
    "no-ports": no_ports,
    "broadcast": broadcast,
    "serve-blocking": serve_blocking,
    "serve-anyport": serve_anyport,
    "serve-asyncio": serve_asyncio,
    "serve-prefork": serve_prefork,
    "serve-udp": serve_udp,
    "ask-blocking": ask,
    "ask-anyport": ask,
    "ask-asyncio": ask,
    "ask-prefork": ask,
    "ask-udp": ask_udp,
}
roles[sys.argv[1]](*sys.argv[2:])
