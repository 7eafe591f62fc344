# SPDX-License-Identifier: Apache-2.0
"""Strict reader of the pcapng files that tapless makes.

usage: pcapng.py FILE

Prints a line for each interface, packet and block of statistics:

    interface 0 wire 101
    packet 0 in 60 60 udp 127.0.0.1 9993 127.0.0.1 9994
    packet 1 out 98 98 icmp 10.0.0.1 8 10.0.0.2 0
    stats 0 12 3

with the bytes kept and the whole length, then what is in it; of statistics the
packets received and dropped. Checksums of whole IP packets must be right.
"""
import socket
import struct
import sys
import time


def fail(why):
    sys.exit(f"pcapng: {why}")


def options(data):
    out = {}
    while True:
        if len(data) < 4:
            fail("options without an end")
        code, n = struct.unpack(">HH", data[:4])
        if code == 0:
            if n or len(data) != 4:
                fail("something behind the last option")
            return out
        padded = (n + 3) // 4 * 4
        value = data[4:4 + n]
        if len(value) != n or any(data[4 + n:4 + padded]):
            fail("an option that is cut or padded wrongly")
        out[code] = value
        data = data[4 + padded:]


def ones(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def show_ip(data, is_whole):
    version = data[0] >> 4
    if version == 4:
        head = (data[0] & 15) * 4
        proto, a, b = data[9], data[12:16], data[16:20]
        n = struct.unpack(">H", data[2:4])[0]
        if ones(data[:head]) != 0xffff:
            fail("IPv4 checksum")
        family = socket.AF_INET
    elif version == 6:
        head, proto, a, b = 40, data[6], data[8:24], data[24:40]
        n = 40 + struct.unpack(">H", data[4:6])[0]
        family = socket.AF_INET6
    else:
        fail(f"IP version {version}")
    body = data[head:n]
    a = socket.inet_ntop(family, a)
    b = socket.inet_ntop(family, b)
    pseudo = data[12:20] if version == 4 else data[8:40]
    pseudo += struct.pack(">II", n - head, proto)
    if proto == 17 and len(body) >= 8:
        src, dst = struct.unpack(">HH", body[:4])
        if is_whole and ones(pseudo + body) != 0xffff:
            fail("UDP checksum")
        return f"udp {a} {src} {b} {dst}"
    if proto == 6 and len(body) >= 20:
        src, dst = struct.unpack(">HH", body[:4])
        if is_whole and ones(pseudo + body) != 0xffff:
            fail("TCP checksum")
        return f"tcp {a} {src} {b} {dst}"
    if proto in (1, 58) and len(body) >= 2:
        return f"icmp {a} {body[0]} {b} {body[1]}"
    return f"ip {a} {proto} {b} 0"


def show(link, data, is_whole):
    if link == 101:
        return show_ip(data, is_whole)
    if len(data) < 14:
        return "short"
    kind = struct.unpack(">H", data[12:14])[0]
    if kind in (0x0800, 0x86dd) and len(data) >= 14 + 40:
        return show_ip(data[14:], is_whole)
    return f"ether {data[0:6].hex()} {kind:04x} {data[6:12].hex()} 0"


class Reader:
    def __init__(self):
        self.links = []

    def take(self, kind, body):
        if kind == 0x0a0d0d0a:
            if self.links or body[:16] != bytes.fromhex(
                    "1a2b3c4d00010000ffffffffffffffff"):
                fail("section header")
            options(body[16:])
        elif kind == 1:
            link, zero, _ = struct.unpack(">HHI", body[:8])
            o = options(body[8:])
            if zero or o[9] != b"\6":
                fail("interface")
            print("interface", len(self.links), o[2].decode(), link)
            self.links.append(link)
        elif kind == 6:
            self.packet(body)
        elif kind == 5:
            i, _, _ = struct.unpack(">III", body[:12])
            o = options(body[12:])
            got, lost = (struct.unpack(">Q", o[c])[0] for c in (4, 5))
            if i >= len(self.links) or lost > got or o[2] > o[3]:
                fail("statistics")
            print("stats", i, got, lost)
        else:
            fail(f"block {kind}")

    def packet(self, body):
        i, high, low, kept, whole = struct.unpack(">IIIII", body[:20])
        padded = (kept + 3) // 4 * 4
        data = body[20:20 + kept]
        o = options(body[20 + padded:])
        seconds = (high << 32 | low) / 1e6
        if i >= len(self.links) or kept > whole or len(data) != kept:
            fail("packet")
        if abs(seconds - time.time()) > 600:
            fail(f"a packet at {seconds}")
        way = {1: "in", 2: "out"}[struct.unpack(">I", o[2])[0]]
        print("packet", i, way, kept, whole,
              show(self.links[i], data, kept == whole)
              if kept >= 34 else "short")


def main():
    with open(sys.argv[1], "rb") as f:
        data = f.read()
    reader = Reader()
    first = True
    while data:
        if len(data) < 12:
            fail("a block that is cut")
        kind, n = struct.unpack(">II", data[:8])
        if n % 4 or n < 12 or n > len(data):
            fail(f"a block of {n} bytes")
        if data[n - 4:n] != data[4:8]:
            fail("the two lengths of a block differ")
        if first != (kind == 0x0a0d0d0a):
            fail("a section header must be the first block, and no other")
        first = False
        reader.take(kind, data[8:n - 4])
        data = data[n:]
    if first:
        fail("it is empty")


main()
