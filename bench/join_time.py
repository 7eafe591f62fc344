#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""join_time.py - how long a service takes from its start to a network

usage: join_time.py HOME PORT NETWORK COMMAND...

Starts the command, a service with this home and this port of its HTTP API, asks
it every 5 ms for the network until the status is OK and there is an address,
prints the milliseconds, and ends the service.
"""

import http.client
import json
import os
import subprocess
import sys
import time

PATIENCE_S = 60
STEP_S = 0.005


def token(home):
    """The reference writes it late in its start; it is ours as well."""
    with open(os.path.join(home, "authtoken.secret"), encoding="ascii") as f:
        return f.read().strip()


def is_joined(home, port, network):
    try:
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        c.request("GET", "/network/" + network,
                  headers={"X-ZT1-Auth": token(home)})
        answer = c.getresponse()
        state = json.loads(answer.read())
    except (OSError, ValueError, http.client.HTTPException):
        return False
    return state.get("status") == "OK" and state.get("assignedAddresses")


def main():
    home, port, network = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    start = time.monotonic()
    with open(os.path.join(home, "log"), "ab") as log:
        service = subprocess.Popen(sys.argv[4:], stdout=log, stderr=log,
                                   stdin=subprocess.DEVNULL)
    try:
        while not is_joined(home, port, network):
            if service.poll() is not None:
                sys.exit("join_time: the service has ended")
            if time.monotonic() - start > PATIENCE_S:
                sys.exit("join_time: no address in %d s" % PATIENCE_S)
            time.sleep(STEP_S)
        print(round((time.monotonic() - start) * 1000))
    finally:
        service.terminate()
        service.wait()


main()
