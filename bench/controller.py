#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""controller.py - measures a controller through its HTTP interface

usage: controller.py WHAT PORT TOKEN-FILE [NETWORK]

    fill         a network of 10,000 members; prints its id
    http         the figures of that network, as "metric value" lines
    networks N   N public networks; prints their ids
    hundred      100 networks of 1,000 members, by requests for many at once

One connection is kept alive, as long as the service keeps it. Times are those
of this program, its own work on the request and the answer included.
"""

import http.client
import json
import socket
import statistics
import sys
import threading
import time

MEMBERS = 10000
CHANGES = 300
READS = 25
PAGE = 100


class Client:
    def __init__(self, port, token):
        self.headers = {"X-ZT1-Auth": token,
                        "Content-Type": "application/json"}
        self.connection = http.client.HTTPConnection("127.0.0.1", port,
                                                     timeout=60)

    def connect(self):
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP,
                                        socket.TCP_NODELAY, 1)

    def ask(self, method, path, body=None):
        """The answer's text. A connection that was ended is made anew."""
        text = None if body is None else json.dumps(body)
        for _ in range(3):
            try:
                if self.connection.sock is None:
                    self.connect()
                self.connection.request(method, path, text, self.headers)
                answer = self.connection.getresponse()
                read = answer.read()
                if answer.status == 200:
                    return read
                sys.exit(f"{method} {path}: {answer.status} {read[:200]}")
            except (http.client.HTTPException, ConnectionError):
                self.connection.close()
        sys.exit(f"{method} {path}: no answer")


def member(number):
    return f"{0x1000000000 + number * 7919:010x}"


def own_address(client):
    return json.loads(client.ask("GET", "/status"))["address"]


def fill_part(port, token, network, numbers):
    client = Client(port, token)
    for i in numbers:
        client.ask("POST",
                   f"/controller/network/{network}/member/{member(i)}",
                   {"name": f"member number {i}",
                    "ipAssignments": [f"10.{i >> 16 & 255}.{i >> 8 & 255}."
                                      f"{i & 255}"]})


def fill(port, token):
    client = Client(port, token)
    made = json.loads(client.ask(
        "POST", "/controller/network/" + own_address(client) + "______",
        {"name": "many", "private": True, "v4AssignMode": "zt",
         "routes": [{"target": "10.0.0.0/8", "via": None}]}))
    parts = [threading.Thread(
        target=fill_part,
        args=(port, token, made["id"], range(k, MEMBERS, 8)))
        for k in range(8)]
    began = time.monotonic()
    for part in parts:
        part.start()
    for part in parts:
        part.join()
    print(f"made_per_s {MEMBERS / (time.monotonic() - began):.0f}",
          file=sys.stderr)
    print(made["id"])


def timed(client, *request):
    began = time.perf_counter()
    answer = client.ask(*request)
    return (time.perf_counter() - began) * 1000, answer


def say(metric, times):
    ordered = sorted(times)
    print(f"{metric} {statistics.median(ordered):.2f}")
    print(f"{metric}_p99 {ordered[int(len(ordered) * 0.99)]:.2f}")


def authorise(client, network):
    times = []
    for i in range(CHANGES):
        path = f"/controller/network/{network}/member/{member(i * 31)}"
        took, answer = timed(client, "POST", path, {"authorized": True})
        if b'"authorized":true' not in answer:
            sys.exit("a member was not authorised")
        times.append(took)
    say("authorise_ms", times)


def has_pages(client, network):
    path = f"/unstable/controller/network/{network}/member?limit={PAGE}"
    return len(json.loads(client.ask("GET", path))["data"]) == PAGE


def figures(port, token, network):
    client = Client(port, token)
    top = f"/controller/network/{network}/member"
    authorise(client, network)
    say("revisions_ms", [timed(client, "GET", top)[0]
                         for _ in range(READS)])
    say("objects_ms", [timed(client, "GET", "/unstable" + top)[0]
                       for _ in range(READS)])
    if has_pages(client, network):
        say("page_ms", [timed(client, "GET", f"/unstable{top}?limit={PAGE}"
                              f"&after={member(i * 300)}")[0]
                        for i in range(READS)])
    say("one_ms", [timed(client, "GET", f"{top}/{member(i)}")[0]
                   for i in range(CHANGES)])


def networks(port, token, count):
    client = Client(port, token)
    path = "/controller/network/" + own_address(client) + "______"
    for i in range(count):
        print(json.loads(client.ask("POST", path, {
            "name": f"net {i}", "private": False, "v4AssignMode": "zt",
            "ipAssignmentPools": [{"ipRangeStart": "10.1.0.1",
                                   "ipRangeEnd": "10.1.255.254"}],
            "routes": [{"target": "10.1.0.0/16", "via": None}]}))["id"])


def hundred(port, token):
    client = Client(port, token)
    path = "/controller/network/" + own_address(client) + "______"
    for i in range(100):
        network = json.loads(client.ask("POST", path, {
            "name": f"net {i}", "v4AssignMode": "zt",
            "routes": [{"target": "10.0.0.0/8", "via": None}]}))["id"]
        client.ask("POST", f"/unstable/controller/network/{network}/member",
                   {"members": [{"id": member(i * 1000 + k),
                                 "name": f"member number {k}",
                                 "authorized": True, "ipAssignments":
                                 [f"10.{i}.{k >> 8}.{k & 255}"]}
                                for k in range(1000)]})


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    what, port, token_file = sys.argv[1:4]
    with open(token_file, encoding="ascii") as f:
        token = f.read().strip()
    if what == "fill":
        fill(int(port), token)
    elif what == "http":
        figures(int(port), token, sys.argv[4])
    elif what == "hundred":
        hundred(int(port), token)
    elif what == "networks":
        networks(int(port), token, int(sys.argv[4]))
    else:
        sys.exit(__doc__)


main()
