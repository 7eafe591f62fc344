#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""writers.py - many clients that change members of a network at once

usage: writers.py write PORT TOKEN-FILE NETWORK ROUND LOG
       writers.py check PORT TOKEN-FILE NETWORK LOG

write: 100 connections send ten changes each, one after the other, each for a
member of its own; a name says which change of which round it is. What was
acknowledged is a line of LOG. Ends when all is done or the service has gone.
check: each member that LOG names has the last acknowledged name, or a later
one, which was on its way; and is whole.
"""

import asyncio
import json
import sys
import urllib.request

CLIENTS = 100
CHANGES = 10


def member(client):
    return f"{0x2000000000 + client:010x}"


class Service:
    def __init__(self, port, token_file):
        with open(token_file, encoding="ascii") as f:
            self.token = f.read().strip()
        self.port = int(port)

    def request(self, method, path, body):
        return (f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n"
                f"X-ZT1-Auth: {self.token}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}").encode()


async def read_answer(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = 0
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            length = int(value)
    body = await reader.readexactly(length)
    return int(head.split()[1]), body


async def change(service, network, client, prefix, log):
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    path = f"/controller/network/{network}/member/{member(client)}"
    for number in range(CHANGES):
        name = f"{prefix}.{number:03}"
        writer.write(service.request("POST", path, json.dumps(
            {"name": name, "authorized": number % 2 == 0})))
        status, body = await read_answer(reader)
        if status != 200 or json.loads(body)["name"] != name:
            sys.exit(f"{path}: {status} {body}")
        log.write(f"{member(client)} {name}\n")
        log.flush()
    writer.close()


async def write(service, network, round_number, log):
    results = await asyncio.gather(
        *(change(service, network, client, f"{round_number:04}", log)
          for client in range(CLIENTS)), return_exceptions=True)
    for result in results:
        if isinstance(result, (OSError, EOFError)) or result is None:
            continue
        raise result


def check(service, network, log):
    last = {}
    for line in log:
        address, name = line.split()
        last[address] = name
    request = urllib.request.Request(
        f"http://127.0.0.1:{service.port}"
        f"/unstable/controller/network/{network}/member",
        headers={"X-ZT1-Auth": service.token})
    with urllib.request.urlopen(request, timeout=20) as answer:
        members = {m["id"]: m for m in json.load(answer)["data"]}
    for address, name in last.items():
        found = members.get(address, {})
        if found.get("name", "") < name:
            sys.exit(f"{address}: acknowledged {name}, found {found}")
        number = int(found["name"].split(".")[1])
        if found["authorized"] != (number % 2 == 0):
            sys.exit(f"{address}: torn: {found}")
    print(f"{len(last)} members are as acknowledged")


def main():
    service = Service(*sys.argv[2:4])
    if sys.argv[1] == "write":
        with open(sys.argv[6], "a", encoding="ascii") as log:
            asyncio.run(write(service, sys.argv[4], int(sys.argv[5]), log))
    else:
        with open(sys.argv[5], encoding="ascii") as log:
            check(service, sys.argv[4], log)


main()
