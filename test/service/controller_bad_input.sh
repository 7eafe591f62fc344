#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# controller_bad_input.sh - what a controller cannot take is refused with 4xx and
# a line that names the field; 10,000 slow connections keep nobody out
#
#	node 0: root and controller  <--- bad clients, and one good one
. "$(dirname "$0")/../lib/node.sh"
need curl
make_nodes 1
start_node 0
make_network

cat >bad.py <<'END'
import http.client
import json
import resource
import socket
import sys
import time

port, nwid = int(sys.argv[1]), sys.argv[2]
token = open(sys.argv[3], encoding="ascii").read().strip()
net = f"/controller/network/{nwid}"
member = net + "/member/0123456789"


def ask(method, path, body=b""):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    c.request(method, path, body, {"X-ZT1-Auth": token})
    a = c.getresponse()
    return a.status, a.read()


def refused(method, path, body, text, status=400):
    body = body if isinstance(body, bytes) else body.encode()
    got, answer = ask(method, path, body)
    if got != status or text.encode() not in answer:
        sys.exit(f"{method} {path} {body[:80]}: {got} {answer[:200]}, "
                 f"not {status} '{text}'")


def too_long(path):
    """Said before the body comes, which is never read."""
    s = socket.create_connection(("127.0.0.1", port), timeout=20)
    s.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nX-ZT1-Auth: {token}\r\n"
              f"Content-Length: {9 << 20}\r\n\r\n".encode())
    answer = s.recv(100)
    if not answer.startswith(b"HTTP/1.1 413"):
        sys.exit(f"{path}: {answer}, not 413")
    s.close()


before = ask("GET", net)
deep = "[" * 100000 + "]" * 100000
for path in (net, member, "/controller/network"):
    refused("POST", path, "", "body: empty")
    refused("POST", path, "{", "body: not JSON: line 1")
    refused("POST", path, '{\n"a":1,\n}', "line 3")
    refused("POST", path, b'{"name":"\xff\xfe"}', "body: not JSON")
    refused("POST", path, b"\x00" * 1000, "body: not JSON")
    refused("POST", path, '{"name":"a","name":"b"}', "duplicate object key")
    refused("POST", path, "[]", "body: not an object")
    refused("POST", path, "7", "body: not an object")
    refused("POST", path, deep, "nested deeper than 16")
    refused("POST", path, '{"a":' * 17 + "1" + "}" * 17, "nested deeper")
    refused("POST", path, '{"a":"' + "x" * (5 << 20) + '"}',
            "body: longer than 4 MB")
    too_long(path)
for body, text in (
        ('{"routes":[{"target":"10.0.0.0/99"}]}', "routes[0].target"),
        ('{"ipAssignmentPools":[{"ipRangeStart":"1.2.3.4","ipRangeEnd":'
         '"1.2.3.3"}]}', "ipAssignmentPools[0]"),
        ('{"tags":[{"id":1},{"id":-1}]}', "tags[1].id"),
        ('{"mtu":1400.5}', "mtu: not a whole number"),
        ('{"capabilities":[{"id":99999999999}]}', "capabilities[0].id"),
        ('{"rules":[{"type":"ACTION_ACCEPT"},{"type":"NO_SUCH"}]}',
         "rules[1]"),
        ('{"rules":7}', "rules"),
        ('{"rules":' + json.dumps([{"type": "ACTION_ACCEPT"}] * 20000) + "}",
         "rules"),
        ('{"routes":' + json.dumps([{"target": "10.0.0.0/8"}] * 1000) + "}",
         "routes"),
        ('{"dns":{"domain":"x","servers":["nowhere"]}}', "dns.servers[0]"),
        ('{"remoteTraceTarget":"12"}', "remoteTraceTarget")):
    refused("POST", net, body, text)
for body, text in (
        ('{"ipAssignments":["999.1.1.1"]}', "ipAssignments[0]"),
        ('{"ipAssignments":[7]}', "ipAssignments[0]"),
        ('{"tags":[[1]]}', "tags[0]"),
        ('{"tags":[[1,1e99]]}', "tags[0]"),
        ('{"capabilities":[-5]}', "capabilities[0]"),
        ('{"name":"' + "x" * 5000 + '"}', "name")):
    refused("POST", member, body, text)
for query in ("limit=0", "limit=-1", "limit=x", "limit=99999999999",
              "after=xyz", "after=0123456789ab"):
    refused("GET", "/unstable" + net + "/member?" + query, "",
            query[:5] + ": ")
for path in (net[:-1], net + "0", net[:-1] + "g", net + "/member/",
             net + "/member/012345678", net + "/member/012345678x",
             net + "/member/0000000000", net + "/member/ff00000001",
             "/controller/network/" + "0" * 16,
             "/controller/" + "x" * 20000):
    status, _ = ask("POST", path, b"{}")
    if status not in (400, 404, 414, 431):
        sys.exit(f"{path[:80]}: {status}")
if ask("GET", net) != before or ask("GET", net + "/member") != (200, b"{}"):
    sys.exit("something has changed")
print("all refused")

hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
count = min(10000, hard - 100)
resource.setrlimit(resource.RLIMIT_NOFILE, (count + 100, hard))
slow = []
worst = 0.0
for i in range(count):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex(("127.0.0.1", port))
    slow.append(s)
    if i % 3 == 0:
        try:
            s.send(b"POST " + net.encode() + b" HTTP/1.1\r\nX-ZT1")
        except OSError:
            pass
    if i % 1000 == 999:
        began = time.monotonic()
        if ask("GET", net) != before:
            sys.exit("the network has changed")
        worst = max(worst, time.monotonic() - began)
print(f"{count} slow connections, an answer takes {worst * 1000:.0f} ms")
if worst > 5:
    sys.exit("slow connections keep others out")
END
"$python" bad.py "$(port_of 0)" "$nwid" "$(home 0)/authtoken.secret" ||
	fail 'see above'
serves 0 >/dev/null || fail 'the service does not answer any more'
