#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A service manager's socket: says what it is told, a line each.

usage: notify.py NAME		a path, or @NAME for an abstract one

Prints "PID MS LINE" for each line of each datagram: who sent it, and when.
"""
import os
import socket
import struct
import sys
import time

name = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
s.bind("\0" + name[1:] if name[0] == "@" else name)
print("bound", flush=True)
while True:
    data, control, _, _ = s.recvmsg(4096, 256)
    pid = struct.unpack("iII", control[0][2][:12])[0]
    ms = int(time.monotonic() * 1000)
    for line in data.decode().split("\n"):
        os.write(1, f"{pid} {ms} {line}\n".encode())
