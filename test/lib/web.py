#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A web server that shows what it was asked, and answers in every framing.

usage: web.py ADDRESS PORT

GET /head	the request's head, as it came
GET /chunked	100,000 bytes in chunks
GET /to-end	the same until the connection ends
GET /broken	a body that ends before its length
GET /nonsense	no HTTP at all
GET /reset	a reset instead of an answer
POST /echo	the body, which may be chunked; with "100 Continue" if wanted
GET /early	refuses a body that it has not read
"""
import select
import socket
import struct
import sys
import threading

BODY = bytes(range(250)) * 400


def read_head(f):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = f.readline()
        if not line:
            return None
        head += line
    return head


def read_body(f, head):
    low = head.lower()
    if b"transfer-encoding: chunked" in low:
        body = b""
        while n := int(f.readline(), 16):
            body += f.read(n)
            f.readline()
        f.readline()
        return body
    for line in low.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return f.read(int(line[15:]))
    return b""


def answer(s, body, *fields):
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *fields]
    s.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def serve(s):
    f = s.makefile("rb")
    head = read_head(f)
    if not head:
        return
    path = head.split(b" ")[1]
    if path == b"/head":
        answer(s, head, "Keep-Alive: timeout=5", "Connection: keep-alive")
        f.read(1)  # it is the other side's turn to end
    elif path == b"/chunked":
        s.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for at in range(0, len(BODY), 777):
            part = BODY[at:at + 777]
            s.sendall(b"%x\r\n%s\r\n" % (len(part), part))
        s.sendall(b"0\r\n\r\n")
        f.read(1)
    elif path == b"/to-end":
        s.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + BODY)
    elif path == b"/broken":
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nshort")
    elif path == b"/nonsense":
        s.sendall(b"SSH-2.0-no\r\n\r\n")
    elif path == b"/reset":
        reset(s)
    elif path == b"/early":
        s.sendall(b"HTTP/1.1 413 Too Much\r\nContent-Length: 5\r\n\r\nearly")
        s.shutdown(socket.SHUT_WR)
        # Closed at once, what it has not read would make that a reset.
        poll = select.poll()
        poll.register(s, select.POLLHUP)
        poll.poll(5000)
    else:
        if b"expect: 100-continue" in head.lower():
            s.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        answer(s, read_body(f, head))


def main(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, int(port)), family=family,
                              backlog=200) as listener:
        while True:
            s, _ = listener.accept()

            def run(s=s):
                with s:
                    serve(s)
            threading.Thread(target=run, daemon=True).start()


main(*sys.argv[1:])
