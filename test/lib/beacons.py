#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A hostile neighbour: beacons of nodes that do not exist (src/wire/beacon.h).

usage: beacons.py NETWORK-ID SOURCE COUNT PER-SECOND

Each has another identity, and hints at the network, as one can who knows its
ID. Prints how many were sent, and in how many seconds.
"""
import hashlib
import os
import socket
import struct
import sys
import time

GROUP = ("239.255.84.76", 9995)
MAGIC = b"TLbc"


def beacon(network, number):
    address = struct.pack(">Q", 0x2000000000 + number)[3:]
    instance = os.urandom(7) + b"\1"
    hint = hashlib.sha512(MAGIC + network + address + instance).digest()[:8]
    identity = address + b"\0" + os.urandom(64) + b"\0"
    return (MAGIC + b"\1\0" + struct.pack(">H", 9993) + instance + identity
            + b"\1" + hint)


def main():
    network = bytes.fromhex(sys.argv[1])
    count = int(sys.argv[3])
    period = 1 / float(sys.argv[4])
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                 socket.inet_aton(sys.argv[2]))
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
    start = time.monotonic()
    for number in range(count):
        s.sendto(beacon(network, number), GROUP)
        ahead = start + (number + 1) * period - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
    print(f"{count} beacons in {time.monotonic() - start:.1f} s")


main()
