#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""talk.py - both ends of the conversations that the interop test listens to

An ordinary program of sockets, so that the very same file runs over a kernel's
interface and under `tapless run`.

  serve PORT[,PORT...] ADDRESS...   UDP: echo. TCP: read to the end, answer with
                                    the SHA-256 of it. Prints "ready" when up
  udp ADDRESS PORT FIRST LAST [TRIES [WAIT]]
                                    one datagram of each size, each echoed; one
                                    without an echo is sent again, at most TRIES
                                    times in all, WAIT seconds apart
  flow ADDRESS PORT                 a datagram every 50 ms, as long as who has
                                    started it lives; the time of each echo
  judged NODE NODE                  reports of the two on stdin: have both judged
                                    the same frames in the same way?
  tcp ADDRESS PORT BYTES            send so many, compare hashes
  hear PORT [GROUP ADDRESS]         wait for a datagram, of a multicast group if
                                    one is given. Prints "ready" when up
  sniff INTERFACE                   wait for a frame with what the next one sends;
                                    prints "ready" when up
  broadcast ADDRESS PORT SOURCE     send one, or to a multicast group
  ping ADDRESS [TRIES [WAIT]]       ICMP echo, from a raw socket
  get KEY...                        what is there in the JSON on stdin; "#" is
                                    the length; nothing if there is none

Exit code 0 if all went well, else 1 and a line that says what did not.
"""

import hashlib
import ipaddress
import json
import os
import random
import socket
import struct
import sys
import threading
import time

BLOCK = 1 << 20
TCP_SILENCE_S = 60
HEAR_S = 15


def family(address):
    is_v6 = ipaddress.ip_address(address).version == 6
    return socket.AF_INET6 if is_v6 else socket.AF_INET


def echo_for_ever(s):
    while True:
        data, peer = s.recvfrom(65536)
        s.sendto(data, peer)


def answer_with_hash(s):
    with s:
        h = hashlib.sha256()
        while data := s.recv(BLOCK):
            h.update(data)
        s.sendall(h.hexdigest().encode())


def in_thread(call, *args):
    threading.Thread(target=call, args=args, daemon=True).start()


def accept_for_ever(s):
    while True:
        connection, _ = s.accept()
        in_thread(answer_with_hash, connection)


def serve(ports, *addresses):
    for address in addresses:
        for port in map(int, ports.split(",")):
            udp = socket.socket(family(address), socket.SOCK_DGRAM)
            udp.bind((address, port))
            tcp = socket.socket(family(address), socket.SOCK_STREAM)
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tcp.bind((address, port))
            tcp.listen(8)
            in_thread(echo_for_ever, udp)
            in_thread(accept_for_ever, tcp)
    print("ready", flush=True)
    threading.Event().wait()


def echoed(s, data, wait_s):
    """Whether @data comes back; older echoes are passed over."""
    end = time.monotonic() + wait_s
    while (left := end - time.monotonic()) > 0:
        s.settimeout(left)
        try:
            if s.recv(65536) == data:
                return True
        except (TimeoutError, ConnectionRefusedError):
            continue
    return False


def udp(address, port, first, last, tries="3", wait="2"):
    s = socket.socket(family(address), socket.SOCK_DGRAM)
    s.connect((address, int(port)))
    again = 0
    for size in range(int(first), int(last) + 1):
        data = random.randbytes(size)
        for n in range(int(tries)):
            again += n > 0
            s.send(data)
            if echoed(s, data, float(wait)):
                break
        else:
            sys.exit(f"no echo of {size} bytes from {address} port {port}")
    print(f"{address}: sizes {first} to {last}, {again} sent again")


def flow(address, port):
    s = socket.socket(family(address), socket.SOCK_DGRAM)
    s.connect((address, int(port)))
    n = 0
    parent = os.getppid()
    while os.getppid() == parent:
        data = struct.pack(">Q", n)
        n += 1
        try:
            s.send(data)
        except OSError:
            pass
        if echoed(s, data, 0.05):
            print(f"{time.time():.3f}", flush=True)
            time.sleep(0.05)


def judged(*nodes):
    seen = {}
    for report in json.load(sys.stdin):
        if report["event"] != "2006" or report["node"] not in nodes:
            continue
        fields = dict(w.split("=", 1) for w in report["text"].split(" "))
        key = fields["frameData"], fields["frameLength"]
        log = fields["filterBaseRuleLog"], fields["filterResult"]
        seen.setdefault(key, {})[report["node"]] = log
    both = [logs for logs in seen.values() if len(logs) == 2]
    other = [logs for logs in both if len(set(logs.values())) == 2]
    print(f"{len(both)} frames judged by both: {both[:3]}")
    if not both or other:
        sys.exit(f"judged otherwise: {other}")


def tcp(address, port, n_bytes):
    h = hashlib.sha256()
    block = random.randbytes(BLOCK)
    began = time.monotonic()
    s = socket.create_connection((address, int(port)), TCP_SILENCE_S)
    for i in range(0, int(n_bytes), BLOCK):
        part = struct.pack(">Q", i) + block[8:]
        part = part[: min(BLOCK, int(n_bytes) - i)]
        h.update(part)
        s.sendall(part)
    s.shutdown(socket.SHUT_WR)
    answer = b""
    while data := s.recv(128):
        answer += data
    took = time.monotonic() - began
    if answer.decode() != h.hexdigest():
        sys.exit(f"sent {h.hexdigest()}, {address} has read {answer}")
    print(f"{address}: {int(n_bytes) * 8e-6 / took:.0f} Mbit/s, {answer}")


def hear(port, group=None, address=None):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("", int(port)))
    if group:
        membership = socket.inet_aton(group) + socket.inet_aton(address)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    s.settimeout(HEAR_S)
    print("ready", flush=True)
    print(s.recvfrom(65536), flush=True)


def sniff(interface):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.bind((interface, 0))
    end = time.monotonic() + HEAR_S
    print("ready", flush=True)
    while (left := end - time.monotonic()) > 0:
        s.settimeout(left)
        data = s.recv(65536)
        if b"all of you" in data:
            print(data, flush=True)
            return
    sys.exit("no such frame")


def broadcast(address, port, source):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    interface = socket.inet_aton(source)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, interface)
    s.bind((source, 0))
    s.sendto(b"all of you", (address, int(port)))


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def pinged(s, request, reply_type, wait_s):
    end = time.monotonic() + wait_s
    while (left := end - time.monotonic()) > 0:
        s.settimeout(left)
        try:
            data = s.recv(65536)
        except TimeoutError:
            break
        if s.family == socket.AF_INET:
            data = data[(data[0] & 15) * 4 :]
        if data[0] == reply_type and data[4:] == request[4:]:
            return True
    return False


def ping(address, tries="1", wait="2"):
    if family(address) == socket.AF_INET:
        protocol, request_type, reply_type = socket.IPPROTO_ICMP, 8, 0
    else:
        protocol, request_type, reply_type = socket.IPPROTO_ICMPV6, 128, 129
    s = socket.socket(family(address), socket.SOCK_RAW, protocol)
    for n in range(1, int(tries) + 1):
        body = struct.pack(">HH", os.getpid() & 0xFFFF, n) + bytes(56)
        head = struct.pack(">BBH", request_type, 0, 0)
        # The kernel itself computes that of ICMPv6.
        sum16 = checksum(head + body)
        request = struct.pack(">BBH", request_type, 0, sum16) + body
        s.sendto(request, (address, 0))
        if pinged(s, request, reply_type, float(wait)):
            print(f"{address} answered echo request {n}")
            return
    sys.exit(f"{address} did not answer {tries} echo requests")


def get(*keys):
    try:
        value = json.load(sys.stdin)
        for key in keys:
            if key == "#":
                value = len(value)
            elif isinstance(value, list):
                value = value[int(key)]
            else:
                value = value[key]
    except (ValueError, LookupError, TypeError):
        return
    if isinstance(value, list):
        print(*value, sep="\n")
    else:
        print(str(value).lower() if isinstance(value, bool) else value)


CALLS = (serve, udp, flow, judged, sniff, tcp, hear, broadcast, ping, get)
COMMANDS = {f.__name__: f for f in CALLS}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    try:
        COMMANDS[sys.argv[1]](*sys.argv[2:])
    except OSError as why:
        sys.exit(f"talk.py {' '.join(sys.argv[1:])}: {why}")
