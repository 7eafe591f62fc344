# SPDX-License-Identifier: Apache-2.0
"""Very many connections to a web server at once.

usage: many.py ADDRESS PORT COUNT

Opens COUNT connections, asks for /page on each, then says how many a second
could be opened, and "open"; ends when its input does, having asked for the page
once more on each. Also reads /big slowly on a connection of its own.
"""
import resource
import selectors
import socket
import sys
import time

address, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
AT_ONCE = 200
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
family = socket.AF_INET6 if ":" in address else socket.AF_INET
ASK = b"GET /page HTTP/1.1\r\nHost: many\r\n\r\n"


def open_one():
    s = socket.socket(family, socket.SOCK_STREAM)
    s.setblocking(False)
    try:
        s.connect((address, port))
    except BlockingIOError:
        pass
    return s


def ask_all(wanted, make):
    """One answer from each; connections are made, or used again."""
    poll = selectors.EpollSelector()
    done, under_way = [], 0
    left = list(wanted)
    while left or under_way:
        while left and under_way < AT_ONCE:
            poll.register(make(left.pop()), selectors.EVENT_WRITE)
            under_way += 1
        events = poll.select(20)
        if not events:
            raise SystemExit(f"stuck: {len(done)} of {count} are done")
        for key, mask in events:
            s = key.fileobj
            if mask & selectors.EVENT_WRITE:
                s.send(ASK)
                poll.modify(s, selectors.EVENT_READ)
                continue
            answer = s.recv(4096)
            if b"a page" not in answer:
                raise SystemExit(f"answer {len(done)}: {answer!r}")
            poll.unregister(s)
            done.append(s)
            under_way -= 1
    poll.close()
    return done


slow = socket.create_connection((address, port))
slow.sendall(b"GET /big HTTP/1.1\r\nHost: slow\r\n\r\n")
slow.recv(1)
begin = time.monotonic()
held = ask_all(range(count), lambda _: open_one())
print("rate", round(count / (time.monotonic() - begin)), flush=True)
print("cpu", round(time.process_time() * 1e6 / count), flush=True)
print("open", flush=True)
sys.stdin.read()
begin = time.monotonic()
ask_all(held, lambda s: s)
print("again", round(count / (time.monotonic() - begin)), flush=True)
