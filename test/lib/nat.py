# SPDX-License-Identifier: Apache-2.0
"""nat.py PORT TARGET: a NAT for one server, on loopback

What comes to UDP port PORT goes to port TARGET, each sender's by a port of its
own, and answers go back. SIGUSR1: all bindings that there are lead nowhere from
now on, however much they are used. Tells on stdout, a line each:

    new PORT       somebody's first datagram
    hello PORT     a HELLO of the protocol
    answer PORT    the first answer to somebody
"""
import select
import signal
import socket
import sys

outside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
outside.bind(("127.0.0.1", int(sys.argv[1])))
target = ("127.0.0.1", int(sys.argv[2]))
by_sender = {}
senders = {}
answered = set()
stuck = set()


def tell(what, port):
    print(what, port, flush=True)


def on_stuck(number, frame):
    stuck.update(by_sender)


def is_hello(d):
    """Suite 0 and the verb in the clear."""
    return len(d) > 28 and d[18] & 0x38 == 0 and d[27] & 0x1F == 1


def binding(sender):
    if sender not in by_sender:
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.connect(target)
        by_sender[sender] = s
        senders[s] = sender
        tell("new", sender[1])
    return by_sender[sender]


def to_target():
    d, sender = outside.recvfrom(65536)
    s = binding(sender)
    if is_hello(d):
        tell("hello", sender[1])
    if sender not in stuck:
        s.send(d)


def to_sender(s):
    d = s.recv(65536)
    sender = senders[s]
    if sender in stuck:
        return
    outside.sendto(d, sender)
    if sender not in answered:
        answered.add(sender)
        tell("answer", sender[1])


signal.signal(signal.SIGUSR1, on_stuck)
print("ready", flush=True)
while True:
    for s in select.select([outside] + list(senders), [], [])[0]:
        try:
            to_target() if s is outside else to_sender(s)
        except ConnectionRefusedError:
            pass
