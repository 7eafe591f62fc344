# SPDX-License-Identifier: Apache-2.0
#
# fake_gateway.py - a gateway that misbehaves, at UDP port 5351 and for UPnP
#
# usage: fake_gateway.py HOW ADDRESS COUNT-FILE
#
# Adds a line to the file for each request. HOW says what it answers:
#   silent      nothing
#   nonce       a grant with another nonce
#   short       a grant that is cut, at all lengths
#   stranger    a grant from another port
#   lifetime    a grant for no time
#   port        a grant of port 0
#   nat         a grant of a private address
#   old         that it does not speak this version
#   refuse      that it is not allowed
#   upnp-far    nothing, but names a UPnP device that is elsewhere
#   upnp-hang   nothing, but has a UPnP device that never answers
import os
import socket
import struct
import sys
import threading

how, address, count_file = sys.argv[1:4]
NOBODY = bytes(10) + b"\xff\xff"
epoch = 1000
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind((address, 5351))
other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
other.bind((address, 0))


def count(what):
    with open(count_file, "a") as f:
        f.write(what + "\n")


def external():
    return socket.inet_aton("10.64.0.2" if how == "nat" else "81.2.3.9")


def pcp(q):
    nonce, port = q[24:36], struct.unpack(">H", q[40:42])[0]
    result = 2 if how == "refuse" else 0
    if how == "nonce":
        nonce = os.urandom(12)
    return (struct.pack(">BBHII12x", 2, 0x81, result,
                        0 if how == "lifetime" else 600, epoch) + nonce +
            struct.pack(">B3xHH", 17, port, 0 if how == "port" else port) +
            NOBODY + external())


def natpmp(q):
    if q[1] == 0:
        if how == "refuse":
            return struct.pack(">BBHI", 0, 128, 2, epoch)
        return struct.pack(">BBHI", 0, 128, 0, epoch) + external()
    port = struct.unpack(">H", q[4:6])[0]
    if how == "nonce":
        port ^= 1
    return struct.pack(">BBHIHHI", 0, 129, 2 if how == "refuse" else 0, epoch,
                       port, 0 if how == "port" else port,
                       0 if how == "lifetime" else 600)


def answer(q, to):
    is_pcp = q[0] == 2
    if how == "old" and is_pcp:
        udp.sendto(struct.pack(">BBHI", 0, 0x81, 1, epoch), to)
        return
    a = pcp(q) if is_pcp and len(q) == 60 else natpmp(q)
    if how == "short":
        for n in range(len(a)):
            udp.sendto(a[:n], to)
    else:
        (other if how == "stranger" else udp).sendto(a, to)


def requests():
    while True:
        q, to = udp.recvfrom(2000)
        count("pcp" if q[0] == 2 else "natpmp")
        if not how.startswith("upnp") and how != "silent":
            answer(q, to)


def hang():
    s = socket.socket()
    s.bind((address, 5000))
    s.listen(8)
    held = []
    while True:
        c, _ = s.accept()
        count("http")
        c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n<")
        held.append(c)


def searches():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("", 1900))
    s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                 socket.inet_aton("239.255.255.250") +
                 socket.inet_aton(address))
    where = address + ":5000" if how == "upnp-hang" else "81.2.3.1:5000"
    while True:
        q, to = s.recvfrom(2000)
        count("ssdp")
        kind = [line.split(b":", 1)[1].strip() for line in q.splitlines()
                if line.upper().startswith(b"ST:")]
        if how.startswith("upnp") and kind:
            s.sendto(b"HTTP/1.1 200 OK\r\nST: " + kind[0] +
                     b"\r\nLOCATION: http://" + where.encode() +
                     b"/rootDesc.xml\r\nUSN: uuid:x::" + kind[0] + b"\r\n\r\n",
                     to)


for f in requests, searches, hang:
    threading.Thread(target=f, daemon=f is not requests).start()
print("ready", flush=True)
