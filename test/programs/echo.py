#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Echo over asyncio, TCP and UDP: both sides.

usage: echo.py serve ADDRESS PORT
       echo.py ask ADDRESS PORT CONNECTIONS BYTES

Whoever asks sends random bytes on all connections at the same time, in writes
of changing size, and compares what comes back; then datagrams of many sizes.
"""
import asyncio
import os
import sys

# Around the sizes of packets; asyncio itself does not send empty ones.
DATAGRAMS = [1, 2, 100, 1399, 1400, 1472, 2700, 2772, 2773, 8000, 16000]


async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()
    await writer.wait_closed()


class EchoDatagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.transport.sendto(data, addr)


async def serve(address, port):
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(
        EchoDatagrams, local_addr=(address, port))
    server = await asyncio.start_server(echo, address, port)
    async with server:
        await server.serve_forever()


async def send(writer, data):
    at = 0
    size = 1
    while at < len(data):
        writer.write(data[at:at + size])
        await writer.drain()
        at += size
        size = size * 3 % 100003 + 1
    writer.write_eof()


async def ask_one(address, port, n):
    data = os.urandom(n)
    reader, writer = await asyncio.open_connection(address, port)
    assert writer.get_extra_info("peername")[:2] == (address, port)
    sending = asyncio.create_task(send(writer, data))
    back = await reader.read(-1)
    await sending
    writer.close()
    await writer.wait_closed()
    if back != data:
        sys.exit(f"sent {n} bytes, {len(back)} other ones came back")


class AskDatagrams(asyncio.DatagramProtocol):
    def __init__(self):
        self.replies = asyncio.Queue()

    def datagram_received(self, data, addr):
        self.replies.put_nowait(data)


async def ask_datagram(transport, replies, n):
    """One size; a datagram may get lost, so three tries."""
    data = os.urandom(n)
    for _ in range(3):
        transport.sendto(data)
        try:
            while True:
                if await asyncio.wait_for(replies.get(), 2) == data:
                    return
        except asyncio.TimeoutError:
            pass
    sys.exit(f"a datagram of {n} bytes does not come back")


async def ask_datagrams(address, port):
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(
        AskDatagrams, remote_addr=(address, port))
    for n in DATAGRAMS:
        await ask_datagram(transport, protocol.replies, n)
    transport.close()


async def ask(address, port, connections, n):
    await asyncio.gather(*(ask_one(address, port, n)
                           for _ in range(connections)))
    await ask_datagrams(address, port)
    print(f"{connections} connections, {n} bytes each way on each, "
          f"and {len(DATAGRAMS)} datagrams: all came back")


def main():
    match sys.argv[1:]:
        case ["serve", address, port]:
            asyncio.run(serve(address, int(port)))
        case ["ask", address, port, connections, n]:
            asyncio.run(ask(address, int(port), int(connections), int(n)))
        case _:
            sys.exit(__doc__)


main()
