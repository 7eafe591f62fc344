#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Programs that misbehave, or meet a limit; a line for each thing that happened.

usage: faults.py limit ADDRESS         at the limit of descriptors: errnos of
                                       socket, accept, dup, and what works again
       faults.py many ADDRESS PORT N   open up to N connections; say how many
                                       there are, and the errno; close at a line
                                       on input, try again and end
       faults.py sleeper ADDRESS PORT  listen, never accept
       faults.py knock ADDRESS PORT N  N connects at once, without waiting
       faults.py deaf ADDRESS PORT     accept, never read
       faults.py pour ADDRESS PORT N   N connections that write until they cannot
       faults.py forks ADDRESS PORT S  open sockets, and fork for S seconds
       faults.py numbers ADDRESS PORT N  send N numbers of 8 bytes, in order
       faults.py check ADDRESS PORT    listen; all numbers of one connection
       faults.py retry ADDRESS PORT    connect, a word there and back, again and
                                       again until SIGTERM; say what failed
"""
import errno
import os
import resource
import select
import signal
import socket
import sys
import time


def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def name(error):
    if isinstance(error, TimeoutError) and error.errno is None:
        return "TIMEOUT"
    return errno.errorcode.get(error.errno, str(error))


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def listen(address, port, backlog=100):
    listener = socket.create_server((address, port), family=family(address),
                                    backlog=backlog)
    say("listening")
    return listener


def outcome(call):
    """OK or an errno; what was made is kept by whoever wants it."""
    try:
        return call(), "OK"
    except OSError as e:
        return None, name(e)


def fill():
    held = []
    while True:
        try:
            held.append(os.open("/dev/null", os.O_RDONLY))
        except OSError:
            return held


def limit(address):
    kind = family(address)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    listener = socket.create_server((address, 7001), family=kind)
    client = socket.create_connection((address, 7001), 10)
    server, _ = listener.accept()
    waiting = socket.socket(kind)
    waiting.connect((address, 7001))
    datagrams = socket.socket(kind, socket.SOCK_DGRAM)
    held = fill()
    say("held enough", len(held) > 40)
    for what, call in (
            ("socket", lambda: socket.socket(kind)),
            ("datagrams", lambda: socket.socket(kind, socket.SOCK_DGRAM)),
            ("dup", client.dup),
            ("accept", listener.accept)):
        say(what, outcome(call)[1])
    # What is there goes on.
    client.sendall(b"words")
    say("read", server.recv(100))
    datagrams.sendto(b"self", (address, 7001))
    say("shutdown", outcome(lambda: client.shutdown(socket.SHUT_WR))[1])
    say("end", server.recv(100))
    # One socket needs some descriptors for a moment: doc/compatibility.md.
    for _ in range(8):
        os.close(held.pop())
    made, how = outcome(lambda: socket.socket(kind))
    say("socket again", how)
    if made:
        made.close()
    made, how = outcome(client.dup)
    say("dup again", how)
    for fd in held:
        os.close(fd)
    late = socket.socket(kind)
    say("connect again", outcome(lambda: late.connect((address, 7001)))[1])
    listener.settimeout(10)
    say("accept again", outcome(listener.accept)[1])


def open_many(address, port, n):
    held = []
    for _ in range(n):
        s, how = outcome(lambda: socket.create_connection((address, port), 10))
        if how != "OK":
            return held, how
        held.append(s)
    return held, "OK"


def many(address, port, n):
    held, how = open_many(address, int(port), int(n))
    say("open", len(held), how)
    sys.stdin.readline()
    for s in held:
        s.close()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        again, how = open_many(address, int(port), len(held) // 2)
        if how == "OK":
            break
        for s in again:
            s.close()
    say("again", len(again), how)


def sleeper(address, port):
    with listen(address, int(port), 5):
        signal.pause()


def knock(address, port, n):
    """Connected means that a backlog has room for it."""
    poll = select.poll()
    sockets = {}
    for _ in range(int(n)):
        s = socket.socket(family(address))
        s.setblocking(False)
        s.connect_ex((address, int(port)))
        sockets[s.fileno()] = s
        poll.register(s, select.POLLOUT)
    say("knocking", len(sockets))
    connected = 0
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline and sockets:
        for fd, _ in poll.poll(200):
            s = sockets[fd]
            poll.unregister(fd)
            if s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                connected += 1
    say("connected", connected)
    signal.pause()


def deaf(address, port):
    held = []
    with listen(address, int(port)) as listener:
        while True:
            held.append(listener.accept()[0])


def pour(address, port, n):
    sockets = [socket.create_connection((address, int(port)), 10)
               for _ in range(int(n))]
    total = 0
    idle = time.monotonic()
    for s in sockets:
        s.setblocking(False)
    while time.monotonic() < idle + 2:
        for s in sockets:
            try:
                total += s.send(bytes(65536))
                idle = time.monotonic()
            except BlockingIOError:
                pass
        time.sleep(0.001)
    say("poured", total)
    for s in sockets:
        s.setblocking(True)
        s.settimeout(30)
    say("end", outcome(lambda: sockets[0].recv(1))[1])


def forks(address, port, seconds):
    held, how = open_many(address, int(port), 20)
    say("open", len(held), how)
    n = 0
    start = time.monotonic()
    while time.monotonic() < start + float(seconds):
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        n += 1
        os.waitpid(pid, 0)
        # A thousand a second, if the machine can.
        time.sleep(max(0, start + n / 1000 - time.monotonic()))
    say("forks", round(n / (time.monotonic() - start)))
    for s in held:
        s.sendall(b"words")
    say("sockets", len(held), "OK")


def numbers(address, port, n):
    s = socket.create_connection((address, int(port)), 10)
    s.settimeout(None)
    for at in range(0, int(n), 8192):
        last = min(at + 8192, int(n))
        s.sendall(b"".join(i.to_bytes(8, "big") for i in range(at, last)))
    s.shutdown(socket.SHUT_WR)
    say("sent", n, s.recv(1))


def check(address, port):
    with listen(address, int(port)) as listener:
        s, _ = listener.accept()
    say("accepted")
    n = 0
    rest = b""
    while data := s.recv(65536):
        data = rest + data
        whole = len(data) // 8
        for i in range(whole):
            if int.from_bytes(data[i * 8:i * 8 + 8], "big") != n + i:
                say("wrong at", n + i)
                return
        n += whole
        rest = data[whole * 8:]
    say("numbers", n, "rest", len(rest))


def retry(address, port):
    over = []
    signal.signal(signal.SIGTERM, lambda *_: over.append(1))
    seen = {}
    was_good = None

    def once():
        with socket.create_connection((address, int(port)), 3) as s:
            s.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while s.recv(65536):
                pass

    while not over:
        how = outcome(once)[1]
        seen[how] = seen.get(how, 0) + 1
        if (how == "OK") != was_good:
            was_good = how == "OK"
            say("works" if was_good else f"fails {how}")
        time.sleep(0.01)
    say("seen", *(f"{how}:{n}" for how, n in sorted(seen.items())))


def main():
    verb, *rest = sys.argv[1:]
    if verb in ("limit", "many", "sleeper", "knock", "deaf", "pour", "forks",
                "numbers", "check", "retry"):
        globals()[verb](*rest)
    else:
        sys.exit(__doc__)


main()
