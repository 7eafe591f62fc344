#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long nothing passes: datagrams there and back, many a second.

usage: beat.py serve ADDRESS PORT   send back what comes
       beat.py ask ADDRESS PORT     one each 50 ms; for each that came back a
                                    line with when it was sent and received
       beat.py since MS FILE        of what `ask` wrote: after how many ms from
                                    then something that was sent later came
                                    back; nothing if it has not
       beat.py gap MS FILE          the longest time from then on in which
                                    nothing came back

Times are milliseconds since the system's start, as in /proc/uptime.
"""
import select
import socket
import sys
import time

PERIOD_MS = 50


def now_ms():
    return int(time.clock_gettime(time.CLOCK_BOOTTIME) * 1000)


def serve(address, port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, port))
    print("ready", flush=True)
    while True:
        data, where = s.recvfrom(2000)
        s.sendto(data, where)


def ask(address, port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect((address, port))
    due = now_ms()
    while True:
        wait = due - now_ms()
        if wait <= 0:
            due = now_ms() + PERIOD_MS
            s.send(str(now_ms()).encode())
        elif select.select([s], [], [], wait / 1000)[0]:
            print(s.recv(100).decode(), now_ms(), flush=True)


def lines(name):
    with open(name, encoding="ascii") as f:
        for line in f:
            words = line.split()
            if len(words) == 2 and line.endswith("\n"):
                yield int(words[0]), int(words[1])


def main():
    verb, first, second = sys.argv[1:]
    if verb == "serve":
        serve(first, int(second))
    elif verb == "ask":
        ask(first, int(second))
    elif verb == "since":
        for sent, received in lines(second):
            if sent >= int(first):
                print(received - int(first))
                break
    else:
        last = int(first)
        longest = 0
        for _, received in lines(second):
            if received > last:
                longest = max(longest, received - last)
                last = received
        print(max(longest, now_ms() - last))


main()
