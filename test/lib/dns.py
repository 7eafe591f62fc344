# SPDX-License-Identifier: Apache-2.0
"""A name server for tests, on UDP and TCP port 53.

usage: dns.py ADDRESS FILE

FILE holds lines "name type value": A, AAAA and CNAME records. Under a name of
type FAIL it fails, under SILENT it says nothing; answers of more than 512 bytes
are cut over UDP. Says "ready", then each question.
"""
import socket
import socketserver
import struct
import sys
import threading

TYPES = {"A": 1, "CNAME": 5, "AAAA": 28}


def load(path):
    table = {}
    with open(path, encoding="ascii") as f:
        for line in f:
            name, kind, *value = line.split()
            table.setdefault(name, []).append((kind, *value))
    return table


def encode(name):
    parts = [bytes([len(p)]) + p.encode() for p in name.split(".")]
    return b"".join(parts) + b"\0"


def decode(message):
    at, parts = 12, []
    while message[at]:
        n = message[at]
        parts.append(message[at + 1:at + 1 + n].decode())
        at += n + 1
    return ".".join(parts), at + 1


def data_of(kind, value):
    match kind:
        case "A":
            return socket.inet_aton(value)
        case "AAAA":
            return socket.inet_pton(socket.AF_INET6, value)
        case _:
            return encode(value)


def record(name, kind, value):
    # The first name of an answer is said by a pointer to the question.
    owner = b"\xc0\x0c" if name is None else encode(name)
    data = data_of(kind, value)
    return owner + struct.pack("!HHIH", TYPES[kind], 1, 60, len(data)) + data


def find(table, name, kind):
    """Records, or None if there is no such name; follows aliases."""
    owner, out = None, []
    while name in table:
        alias = None
        for have, value in table[name]:
            if TYPES[have] == kind:
                out.append(record(owner, have, value))
            elif have == "CNAME":
                out.append(record(owner, have, value))
                alias = value
        if alias is None:
            return out
        owner = name = alias
    return out or None


def answer(table, message, longest):
    name, end = decode(message)
    kind, = struct.unpack("!H", message[end:end + 2])
    print("asked", name, kind, flush=True)
    question = message[12:end + 4]
    special = [k for k, *_ in table.get(name.lower(), [])]
    if "SILENT" in special:
        return None
    found = [] if "FAIL" in special else find(table, name.lower(), kind)
    code = 2 if "FAIL" in special else 3 if found is None else 0
    found = found or []
    body = b"".join(found)
    cut = 12 + len(question) + len(body) > longest
    if cut:
        found, body = [], b""
    flags = 0x8180 | code | (0x0200 if cut else 0)
    return message[:2] + struct.pack("!HHHHH", flags, 1, len(found), 0, 0) + \
        question + body


class Udp(socketserver.BaseRequestHandler):
    def handle(self):
        data, s = self.request
        said = answer(self.server.table, data, 512)
        if said is not None:
            s.sendto(said, self.client_address)


class Tcp(socketserver.StreamRequestHandler):
    def handle(self):
        n, = struct.unpack("!H", self.rfile.read(2))
        said = answer(self.server.table, self.rfile.read(n), 65535)
        if said is not None:
            self.wfile.write(struct.pack("!H", len(said)) + said)


def main():
    address, path = sys.argv[1:]
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for base in socketserver.UDPServer, socketserver.TCPServer:
        base.address_family = family
        base.allow_reuse_address = True
    udp = socketserver.ThreadingUDPServer((address, 53), Udp)
    tcp = socketserver.ThreadingTCPServer((address, 53), Tcp)
    udp.table = tcp.table = load(path)
    udp.daemon_threads = tcp.daemon_threads = True
    threading.Thread(target=tcp.serve_forever, daemon=True).start()
    print("ready", flush=True)
    udp.serve_forever()


main()
