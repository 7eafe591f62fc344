# SPDX-License-Identifier: Apache-2.0
"""Groups and broadcasts, as programs that look for each other use them.

usage: multicast.py hear GROUP PORT
       multicast.py say GROUP PORT TEXT

GROUP is a multicast address of either family, or "broadcast". One that hears
says "ready", then what came and from whom.
"""
import socket
import struct
import sys


def open_socket(group):
    family = socket.AF_INET6 if ":" in group else socket.AF_INET
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    return s


def join(s, group):
    if group == "broadcast":
        return
    at = socket.inet_pton(s.family, group)
    if s.family == socket.AF_INET:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                     at + struct.pack("=I", socket.INADDR_ANY))
    else:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                     at + struct.pack("@I", 0))


def hear(group, port):
    with open_socket(group) as s:
        s.bind(("", int(port)))
        join(s, group)
        print("ready", flush=True)
        while True:
            data, who = s.recvfrom(2000)
            print(data.decode(), who[0], flush=True)


def say(group, port, text):
    to = "255.255.255.255" if group == "broadcast" else group
    with open_socket(group) as s:
        s.sendto(text.encode(), (to, int(port)))


match sys.argv[1:]:
    case ["hear", group, port]:
        hear(group, port)
    case ["say", group, port, text]:
        say(group, port, text)
    case _:
        sys.exit(__doc__)
