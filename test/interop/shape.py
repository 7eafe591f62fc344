#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""shape.py - are the answers of two services of one shape?

  ask HOME NAME=VALUE... >RECORD  make every request below to the service whose
                                  folder is HOME; {NAME} in a path or body is
                                  replaced by VALUE
  compare RECORD OTHER            whatever the first one's answers have, the
                                  other's have too: status, content type, keys,
                                  types, and how a value is written. OTHER may
                                  have more keys
  same FILE OTHER                 two outputs of one command on one service:
                                  all is equal but numbers and the width of
                                  columns

Exit code 0 if so, else 1 and a line for each difference.
"""

import http.client
import json
import re
import sys

JSON = {"Content-Type": "application/json"}

# What a value looks like, the first that fits
LOOKS = (
    ("address or moon", r"[0-9a-f]{10}"),
    ("network", r"[0-9a-f]{16}"),
    ("MAC", r"([0-9a-f]{2}:){5}[0-9a-f]{2}"),
    ("identity", r"[0-9a-f]{10}:0:[0-9a-f]{128}"),
    ("IP/number", r"[0-9a-f.:]*[.:][0-9a-f.:]*/\d+"),
    ("version", r"-?\d+\.-?\d+\.-?\d+"),
    ("hexadecimal", r"[0-9a-f]{64,}"),
    ("upper case", r"[A-Z_]+"),
)

NETWORK = {
    "name": "shape",
    "private": True,
    "mtu": 2000,
    "multicastLimit": 16,
    "enableBroadcast": True,
    "ipAssignmentPools": [
        {"ipRangeStart": "10.98.0.10", "ipRangeEnd": "10.98.0.99"}
    ],
    "routes": [{"target": "10.98.0.0/24", "via": None}],
    "v4AssignMode": {"zt": True},
    "v6AssignMode": {"6plane": True, "rfc4193": True, "zt": False},
    "dns": {"domain": "shape.test", "servers": ["10.98.0.1"]},
    "tags": [{"id": 7, "default": 2}],
    "capabilities": [
        {"id": 9, "default": False, "rules": [{"type": "ACTION_ACCEPT"}]}
    ],
    "rules": [
        {"type": "MATCH_ETHERTYPE", "etherType": 2048, "not": True},
        {"type": "MATCH_TAGS_DIFFERENCE", "id": 7, "value": 0, "or": True},
        {"type": "ACTION_ACCEPT"},
    ],
}

MEMBER = {
    "authorized": True,
    "name": "somebody",
    "activeBridge": False,
    "noAutoAssignIps": False,
    "ipAssignments": ["10.98.0.77"],
    "tags": [[7, 3]],
    "capabilities": [9],
}

OWN = "/controller/network/{own}______"
MINE = "/controller/network/{mine}"

# method, path, body, how the token is given
REQUESTS = (
    ("GET", "/status"),
    ("HEAD", "/status"),
    ("GET", "/health", None, "none"),
    ("GET", "/config"),
    ("GET", "/network"),
    ("GET", "/network/{net}"),
    ("POST", "/network/{net}", {"allowDNS": True, "allowGlobal": "yes"}),
    ("PUT", "/network/{net}", {"allowDNS": False}),
    ("POST", "/network/{net}", "no JSON"),
    ("GET", "/network/{nobody}"),
    ("DELETE", "/network/{nobody}"),
    ("GET", "/network/{net}/"),
    ("GET", "/network/123"),
    ("GET", "/peer"),
    ("GET", "/peer/{other}"),
    ("GET", "/peer/0123456789"),
    ("GET", "/peer/12"),
    ("GET", "/moon"),
    ("GET", "/moon/0000000001"),
    ("POST", "/moon/{other}", {"seed": "{other}"}),
    ("GET", "/moon/{other}"),
    ("GET", "/moon"),
    ("POST", "/moon/0000000001", {}),
    ("DELETE", "/moon/{other}"),
    ("GET", "/bond/show/{other}"),
    ("GET", "/controller"),
    ("GET", "/controller/network"),
    ("GET", MINE),
    ("POST", MINE, NETWORK),
    ("GET", MINE + "/member"),
    ("GET", MINE + "/member/{other}"),
    ("POST", MINE + "/member/0123456789", MEMBER),
    ("GET", MINE + "/member/0123456789"),
    ("DELETE", MINE + "/member/0123456789"),
    ("GET", MINE + "/member/0123456789"),
    ("GET", "/unstable/controller/network"),
    ("GET", "/unstable" + MINE + "/member"),
    ("GET", "/controller/network/{nobody}"),
    ("GET", "/controller/network/{nobody}/member"),
    ("POST", "/controller/network", {}),
    ("POST", OWN, {}),
    ("POST", "/controller/network/0123456789______", {}),
    ("GET", "/nothing"),
    ("GET", "/status/"),
    ("OPTIONS", "/status"),
    ("GET", "/status?jsonp=f"),
    ("GET", "/network", None, "none"),
    ("GET", "/peer", None, "wrong"),
    ("GET", "/nothing", None, "none"),
    ("POST", MINE, {}, "none"),
    ("GET", "/controller", None, "query"),
    ("GET", "/moon", None, "bearer"),
    ("GET", "/metrics", None, "metrics"),
    ("GET", "/metrics", None, "none"),
)


def read(home, name):
    with open(f"{home}/{name}", encoding="ascii") as f:
        return f.read().strip()


def with_token(home, how, path):
    token = read(home, "authtoken.secret")
    if how == "header":
        return path, {"X-ZT1-Auth": token}
    if how == "query":
        return f"{path}?auth={token}", {}
    if how == "bearer":
        return path, {"Authorization": f"bearer {token}"}
    if how == "metrics":
        return path, {"X-ZT1-Auth": read(home, "metricstoken.secret")}
    return path, {"X-ZT1-Auth": "x" * 24} if how == "wrong" else {}


def request(home, method, path, body, how):
    port = int(read(home, "zerotier-one.port"))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    path, headers = with_token(home, how, path)
    connection.request(method, path, body, headers | (JSON if body else {}))
    answer = connection.getresponse()
    text = answer.read().decode()
    kind = answer.getheader("Content-Type") or ""
    return {
        "status": answer.status,
        "type": kind.split(";")[0] if text else "",
        "text": text,
    }


def ask(home, *names):
    values = dict(name.split("=", 1) for name in names)
    record = {}
    for method, path, *more in REQUESTS:
        body = more[0] if more else None
        how = more[1] if len(more) > 1 else "header"
        if body is not None and not isinstance(body, str):
            body = json.dumps(body)
        name = f"{len(record)} {method} {path} ({how})"
        for key, value in values.items():
            path = path.replace(f"{{{key}}}", value)
            body = body and body.replace(f"{{{key}}}", value)
        record[name] = request(home, method, path, body, how)
    json.dump(record, sys.stdout, indent=1)


def look(text):
    for name, pattern in LOOKS:
        if re.fullmatch(pattern, text):
            return name
    return "text"


def is_address(key):
    return look(key) == "address or moon"


def differ_in_type(a, b):
    if isinstance(a, str) and isinstance(b, str):
        return a and b and look(a) != look(b)
    return type(a) is not type(b)


def differences(a, b, where):
    """Of two values, each by the path that leads to it."""
    if differ_in_type(a, b):
        yield f"{where}: {json.dumps(a)} and {json.dumps(b)}"
    elif isinstance(a, dict) and all(map(is_address, a)):
        yield from differences(list(a.values()), list(b.values()), where)
    elif isinstance(a, dict):
        for key in a:
            if key in b:
                yield from differences(a[key], b[key], f"{where}.{key}")
            else:
                yield f"{where}.{key}: only the first one has it"
    elif isinstance(a, list) and a:
        if not b:
            yield f"{where}: the other list is empty"
        for i, element in enumerate(b):
            like = a[i if len(a) == len(b) else 0]
            yield from differences(like, element, f"{where}[{i}]")


def is_compact(text):
    """Sorted keys and no white space; false for what is no JSON."""
    try:
        value = json.loads(text)
    except ValueError:
        return False
    again = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return again == text


# What the reference's controller reads of its database; ours has it in memory
INSIDE = r"controller_db_get_"


def metrics(text):
    """Names with their types, and which labels each has."""
    found = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            found.setdefault(name, {})["type"] = kind
        elif line and not line.startswith("#"):
            name, _, labels = re.split(r"[ {]", line, maxsplit=1)[0], 0, line
            keys = re.findall(r'(\w+)="', labels)
            found.setdefault(name, {})["labels"] = sorted(set(keys) - {"le"})
    return {k: v for k, v in found.items() if not re.match(INSIDE, k)}


def compare_answers(name, a, b):
    for key in ("status", "type"):
        if a[key] != b[key]:
            yield f"{name}: {key}: {a[key]} and {b[key]}"
    if is_compact(a["text"]) and not is_compact(b["text"]):
        yield f"{name}: the other JSON is not compact with sorted keys"
    if a["type"] == "text/plain":
        yield from differences(metrics(a["text"]), metrics(b["text"]), name)
        return
    try:
        first, other = json.loads(a["text"]), json.loads(b["text"])
    except ValueError:
        if bool(a["text"]) != bool(b["text"]):
            yield f"{name}: {a['text']!r} and {b['text']!r}"
        return
    yield from differences(first, other, name)


def compare(one, other):
    with open(one, encoding="utf-8") as f, open(other, encoding="utf-8") as g:
        first, second = json.load(f), json.load(g)
    for name, answer in first.items():
        yield from compare_answers(name, answer, second[name])


def steady(text):
    """Without what changes from one moment to the next.

    Why a peer is relayed is said by our program only.
    """
    text = re.sub(r"-?\d+", "0", text)
    text = re.sub(r" +", " ", text)
    return re.sub(r" RELAY [a-z].*", " RELAY", text)


def same(one, other):
    with open(one, encoding="utf-8") as f, open(other, encoding="utf-8") as g:
        a, b = f.read(), g.read()
    try:
        first, second = json.loads(a), json.loads(b)
    except ValueError:
        if steady(a) != steady(b):
            yield f"{a!r} and {b!r}"
        return
    yield from differences(first, second, "")
    yield from differences(second, first, "")


if __name__ == "__main__":
    what = sys.argv[1] if len(sys.argv) > 3 else ""
    if what == "ask":
        ask(*sys.argv[2:])
    elif what in ("compare", "same"):
        found = list((compare if what == "compare" else same)(*sys.argv[2:4]))
        print(*found, sep="\n", end="\n" if found else "")
        sys.exit(1 if found else 0)
    else:
        sys.exit(__doc__)
