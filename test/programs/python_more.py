#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Servers in each of the ways that Python has, and a client for them.

usage: python_more.py serve KIND ADDRESS PORT
       python_more.py ask ADDRESS PORT OWN-ADDRESS
       python_more.py datagrams ADDRESS PORT
       python_more.py refused ADDRESS

Kinds: threads, forks, selectors, pool, passed, streams, datagrams; all but the
last are TCP. Each sends back what it gets; `pool` accepts in several processes
and `passed` in one, which hands the connections to others.
"""
import asyncio
import multiprocessing
import random
import selectors
import socket
import socketserver
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.reduction import recv_handle, send_handle

FAMILIES = {True: socket.AF_INET6, False: socket.AF_INET}


def family(address):
    return FAMILIES[":" in address]


def echo(connection):
    with connection:
        while data := connection.recv(65536):
            connection.sendall(data)


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(65536):
            self.request.sendall(data)


class EchoDatagram(socketserver.BaseRequestHandler):
    def handle(self):
        data, sock = self.request
        sock.sendto(data, self.client_address)


def serve_with(cls, handler, address, port):
    class Server(cls):
        address_family = family(address)
        allow_reuse_address = True
        max_packet_size = 65536

    with Server((address, port), handler) as server:
        ready()
        server.serve_forever()


def ready():
    print("ready", flush=True)


def listener(address, port):
    return socket.create_server((address, port), family=family(address),
                                backlog=100)


def serve_selectors(address, port):
    """Non-blocking, with what could not be written kept."""
    selector = selectors.DefaultSelector()
    server = listener(address, port)
    server.setblocking(False)
    selector.register(server, selectors.EVENT_READ)
    kept = {}
    ready()
    while True:
        for key, mask in selector.select():
            s = key.fileobj
            if s is server:
                connection, _ = server.accept()
                connection.setblocking(False)
                kept[connection] = b""
                selector.register(connection, selectors.EVENT_READ)
                continue
            if mask & selectors.EVENT_READ:
                data = s.recv(65536)
                if not data:
                    selector.unregister(s)
                    s.setblocking(True)
                    s.sendall(kept.pop(s))
                    s.close()
                    continue
                kept[s] += data
            try:
                kept[s] = kept[s][s.send(kept[s]):] if kept[s] else b""
            except BlockingIOError:
                pass
            wanted = selectors.EVENT_READ if len(kept[s]) < 1 << 20 else 0
            selector.modify(s, wanted | (
                selectors.EVENT_WRITE if kept[s] else 0))


def accept_all(server):
    while True:
        connection, _ = server.accept()
        threading.Thread(target=echo, args=(connection,)).start()


def serve_pool(address, port):
    """The listener itself goes to fresh processes, pickled."""
    server = listener(address, port)
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=accept_all, args=(server,), daemon=True)
               for _ in range(2)]
    for worker in workers:
        worker.start()
    ready()
    workers[0].join()


def echo_handles(pipe):
    while True:
        fd = recv_handle(pipe)
        connection = socket.socket(fileno=fd)
        threading.Thread(target=echo, args=(connection,)).start()


def serve_passed(address, port):
    """Connections go to other processes, one by one (SCM_RIGHTS)."""
    server = listener(address, port)
    context = multiprocessing.get_context("fork")
    pipes = []
    workers = []
    for _ in range(2):
        ours, theirs = context.Pipe()
        worker = context.Process(target=echo_handles, args=(theirs,),
                                 daemon=True)
        worker.start()
        pipes.append(ours)
        workers.append(worker)
    ready()
    while True:
        for pipe, worker in zip(pipes, workers):
            connection, _ = server.accept()
            send_handle(pipe, connection.fileno(), worker.pid)
            connection.close()


async def echo_stream(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def serve_streams(address, port):
    server = await asyncio.start_server(echo_stream, address, port)
    ready()
    async with server:
        await server.serve_forever()


def serve(kind, address, port):
    match kind:
        case "threads":
            serve_with(socketserver.ThreadingTCPServer, Echo, address, port)
        case "forks":
            serve_with(socketserver.ForkingTCPServer, Echo, address, port)
        case "datagrams":
            serve_with(socketserver.ThreadingUDPServer, EchoDatagram,
                       address, port)
        case "selectors":
            serve_selectors(address, port)
        case "pool":
            serve_pool(address, port)
        case "passed":
            serve_passed(address, port)
        case "streams":
            asyncio.run(serve_streams(address, port))


def ask_one(address, port, own, n):
    data = random.randbytes(n)
    back = bytearray()
    with socket.create_connection((address, port), 20) as s:
        assert s.getsockname()[0] == own
        assert s.getpeername()[:2] == (address, port)
        assert s.family == family(address)
        assert s.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == \
            socket.SOCK_STREAM

        def send():
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        while part := s.recv(100000):
            back += part
        sender.join()
    assert back == data, f"{n} bytes sent, {len(back)} other ones back"
    return n


def ask(address, port, own):
    sizes = [0, 1, 1000, 100000, 1000000] * 4
    with ThreadPoolExecutor(10) as pool:
        done = list(pool.map(lambda n: ask_one(address, port, own, n), sizes))
    with ProcessPoolExecutor(2) as pool:
        asked = [pool.submit(ask_one, address, port, own, n)
                 for n in sizes[:10]]
        done += [result.result() for result in asked]
    print(f"{len(done)} connections, everything came back")


def ask_datagrams(address, port):
    with socket.socket(family(address), socket.SOCK_DGRAM) as s:
        s.settimeout(2)
        for n in [0, 1, 1400, 8000, 30000]:
            data = random.randbytes(n)
            for _ in range(3):
                s.sendto(data, (address, port))
                try:
                    got, who = s.recvfrom(65536)
                except TimeoutError:
                    continue
                if got == data and who[:2] == (address, port):
                    break
            else:
                sys.exit(f"a datagram of {n} bytes does not come back")
    print("datagrams came back")


async def refused_stream(address):
    try:
        await asyncio.open_connection(address, 9)
    except ConnectionRefusedError:
        return
    sys.exit("port 9 is open")


def refused(address):
    try:
        socket.create_connection((address, 9), 5)
    except ConnectionRefusedError:
        asyncio.run(refused_stream(address))
        return
    sys.exit("port 9 is open")


def main():
    match sys.argv[1:]:
        case ["serve", kind, address, port]:
            serve(kind, address, int(port))
        case ["ask", address, port, own]:
            ask(address, int(port), own)
        case ["datagrams", address, port]:
            ask_datagrams(address, int(port))
        case ["refused", address]:
            refused(address)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
