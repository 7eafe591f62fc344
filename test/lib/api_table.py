#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""api_table.py - what the HTTP interface answers, path by path, field by field

usage: api_table.py reference|ours HOME

Walks the tables below with the service whose folder is HOME, which must have a
peer, and prints what is otherwise than they say. Exit code 0 if nothing is.
Where the two are meant to differ, a table has Two(the reference's, ours).
"""

import http.client
import json
import sys

import api_metrics
from api_values import (ABSENT, REFUSED, Two, FRESH_MEMBER, FRESH_NETWORK,
                        MEMBER_FIELDS, NETWORK_FIELDS, NESTED, READ_ONLY,
                        VALUES)

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")
EMPTY, OBJECT, JSON, ANY, TEXT = "empty", "{}", "JSON", "any JSON", "text"
TYPES = {OBJECT: "application/json", JSON: "application/json",
         ANY: "application/json", TEXT: "text/plain"}
NOT_FOUND = (404, EMPTY)
NO_BODY = Two((500, JSON), (400, JSON))

# Path: what each method gives. HEAD is like GET, PUT like POST; whatever is not
# here is 404 without a body. Requests have no body.
PATHS = {
    "/": {},
    "//": {},
    "/nothing": {},
    "/STATUS": {},
    "/status": {"GET": (200, JSON)},
    "/status/": {},
    "/status?x=1": {"GET": (200, JSON)},
    "/health/": {},
    "/config": {"GET": (200, JSON)},
    "/config/": {},
    "/config/settings": {"POST": NO_BODY},
    "/network": {"GET": (200, JSON)},
    "/network/": {},
    "/network/{net}": {"GET": (200, JSON), "POST": (200, JSON)},
    "/network/{NET}": {"GET": (200, JSON), "POST": (200, JSON)},
    "/network/{net}/": {},
    "/network/{net}0": {},
    "/network/123": {},
    "/network/xyzxyzxyzxyzxyzx": {},
    "/network/fedcba9876543210": {"GET": (404, OBJECT),
                                  "DELETE": (200, OBJECT)},
    "/peer": {"GET": (200, JSON)},
    "/peer/": {},
    "/peer/{peer}": {"GET": (200, JSON)},
    "/peer/{PEER}": {"GET": (200, JSON)},
    "/peer/{peer}/": {},
    "/peer/0123456789": {"GET": (200, OBJECT)},
    "/peer/012345678": {},
    "/peer/0123456789ab": {},
    "/moon": {"GET": (200, JSON)},
    "/moon/": {},
    "/moon/0123456789": {"GET": (200, OBJECT), "POST": (200, OBJECT),
                         "DELETE": (200, JSON)},
    "/moon/0000000123456789": {},
    "/moon/xyz": {},
    "/bond": {},
    "/bond/": {},
    "/bond/show": {},
    "/bond/show/": {},
    "/bond/show/xyz": {},
    "/bond/show/0123456789": {"GET": (400, OBJECT)},
    "/bond/rotate/0123456789": {"POST": (400, OBJECT)},
    "/bond/setmtu/1400/eth0/192.0.2.1": {
        "POST": Two((400, JSON), (400, OBJECT))},
    "/metrics/": {},
    "/sso": {},
    "/app": {},
    "/app/": {},
    "/app/x/y.html": {},
    "/controller": {"GET": (200, JSON)},
    "/controller/": {},
    "/controller/network": {"GET": (200, JSON), "POST": NO_BODY},
    "/controller/network/": {},
    "/controller/network/{mine}": {"GET": (200, JSON), "POST": NO_BODY},
    "/controller/network/{MINE}": {"GET": (200, JSON), "POST": NO_BODY},
    "/controller/network/{mine}/": {},
    "/controller/network/{mine}0": {},
    "/controller/network/0123456789abcdef": {"POST": NO_BODY},
    "/controller/network/{own}______": {"POST": NO_BODY},
    "/controller/network/{own}_____": {},
    "/controller/network/{mine}/member": {"GET": (200, JSON)},
    "/controller/network/{mine}/member/": {},
    "/controller/network/0123456789abcdef/member": {},
    "/controller/network/{mine}/member/1111111111": {
        "GET": (200, JSON), "POST": NO_BODY},
    "/controller/network/{mine}/member/1111111111/": {},
    "/controller/network/{mine}/member/2222222222": {"POST": NO_BODY},
    "/controller/network/{mine}/member/111111111": {},
    "/controller/network/{mine}/member/11111111111": {},
    "/controller/network/{mine}/members": {},
    "/unstable/controller": {},
    "/unstable/controller/network": {"GET": (200, JSON)},
    "/unstable/controller/network/": {},
    "/unstable/controller/network/{mine}": {},
    "/unstable/controller/network/{mine}/member": {
        "GET": (200, JSON), "POST": Two(NOT_FOUND, (400, JSON)),
        "DELETE": Two(NOT_FOUND, (400, JSON))},
    "/unstable/controller/network/{mine}/member/": {},
    "/unstable/controller/network/{mine}/member/1111111111": {},
    "/unstable/controller/network/0123456789abcdef/member": {},
    "/drops": {"GET": Two(NOT_FOUND, (200, ANY))},
}

# Methods that change what other rows are about
SPARED = {("DELETE", "/network/{net}"), ("DELETE", "/network/{NET}"),
          ("DELETE", "/controller/network/{mine}"),
          ("DELETE", "/controller/network/{MINE}"),
          ("DELETE", "/controller/network/{mine}/member/1111111111"),
          ("POST", "/network/fedcba9876543210"),
          ("PUT", "/network/fedcba9876543210")}

# Path, how the token is shown, status
TOKENS = tuple(
    (path, how, 401)
    for path in ("/", "/nothing", "/status", "/config", "/network", "/peer",
                 "/moon", "/bond/show/0123456789", "/controller",
                 "/controller/network", "/unstable/controller/network",
                 "/network/{net}", "/controller/network/{mine}", "/metrics",
                 "/health/", "/status/")
    for how in ("none", "wrong", "wrong query", "wrong bearer", "cut", "longer",
                "empty", "wrong first")
) + tuple(
    ("/moon", how, 200) for how in ("header", "query", "bearer", "BEARER")
) + (
    ("/metrics", "metrics", 200), ("/metrics", "header", 200),
    ("/metrics", "metrics query", 200), ("/metrics", "metrics bearer", 200),
    ("/status", "metrics", 401), ("/controller", "metrics", 401),
    # No root answers, or a network is not there: for probes it is 503 (ours)
    ("/health", "none", Two((200,), (200, 503))),
    ("/health", "wrong", Two((200,), (200, 503))),
    ("/sso", "none", 404), ("/app", "none", 404), ("/app/x", "none", 404),
)

# Path with a query, status, body
QUERIES = (
    ("/moon?jsonp=f", 200, "f([]);"),
    ("/moon?jsonp=a.b_C$1", 200, "a.b_C$1([]);"),
    ("/nothing?jsonp=f", 404, ""),
    ("/controller/network/fedcba9876543210?jsonp=f", 404, ""),
    ("/peer/0123456789?jsonp=f", 200, "f({});"),
    ("/network/fedcba9876543210?jsonp=f", 404, Two("f(null);", "f({});")),
    ("/moon?jsonp=f(", Two(200, 400),
     Two("f(([]);", '{"error":"jsonp: not the name of a function"}')),
)

# Name: type. A reference's object has these and no other fields; ours may have
# those under "ours".
NUMBER, STRING, BOOL, LIST, DICT = int, str, bool, list, dict
OBJECTS = {
    "/status": {
        "address": STRING, "clock": NUMBER, "config": DICT, "online": BOOL,
        "planetWorldId": NUMBER, "planetWorldTimestamp": NUMBER,
        "publicIdentity": STRING, "tcpFallbackActive": BOOL,
        "version": STRING, "versionBuild": NUMBER, "versionMajor": NUMBER,
        "versionMinor": NUMBER, "versionRev": NUMBER,
        "ours": "configError identityLost lastWorkerStatus nat portMappings "
                "restarts shareGroup tcpFallback tcpRelay tcpRelayUsed uptime "
                "users"},
    "/status config settings": {
        "allowTcpFallbackRelay": BOOL, "forceTcpRelay": BOOL,
        "homeDir": STRING, "listeningOn": LIST, "portMappingEnabled": BOOL,
        "primaryPort": NUMBER, "secondaryPort": NUMBER,
        "softwareUpdate": STRING, "softwareUpdateChannel": STRING,
        "surfaceAddresses": LIST, "tertiaryPort": NUMBER,
        # From local.conf
        "both": "allowLoopbackPaths allowSecondaryPort bind "
                "interfacePrefixBlacklist"},
    "/health": {
        "clock": NUMBER, "online": BOOL, "version": STRING,
        "versionBuild": NUMBER, "versionMajor": NUMBER, "versionMinor": NUMBER,
        "versionRev": NUMBER, "ours": "networks ok restarts uptime why"},
    "/network/{net}": {
        "allowDNS": BOOL, "allowDefault": BOOL, "allowGlobal": BOOL,
        "allowManaged": BOOL, "assignedAddresses": LIST, "bridge": BOOL,
        "broadcastEnabled": BOOL, "dhcp": BOOL, "dns": DICT, "id": STRING,
        "mac": STRING, "mtu": NUMBER, "multicastSubscriptions": LIST,
        "name": STRING, "netconfRevision": NUMBER, "nwid": STRING,
        "portDeviceName": STRING, "portError": NUMBER, "routes": LIST,
        "status": STRING, "type": STRING,
        "ours": "allowRemoteTrace allowUsers"},
    "/network/{net} dns": {"domain": STRING, "servers": LIST},
    "/network/{net} routes 0": {
        "flags": NUMBER, "metric": NUMBER, "target": STRING,
        "via": (str, type(None))},
    "/network/{net} multicastSubscriptions 0": {"adi": NUMBER, "mac": STRING},
    "/peer/{peer}": {
        "address": STRING, "isBonded": BOOL, "latency": NUMBER, "paths": LIST,
        "role": STRING, "tunneled": BOOL, "version": STRING,
        "versionMajor": NUMBER, "versionMinor": NUMBER, "versionRev": NUMBER,
        "ours": "cipherSuite link why"},
    "/peer/{peer} paths 0": {
        "active": BOOL, "address": STRING, "expired": BOOL,
        "lastReceive": NUMBER, "lastSend": NUMBER, "localPort": NUMBER,
        "localSocket": NUMBER, "preferred": BOOL, "trustedPathId": NUMBER,
        "ours": "tcpRelay"},
    "/controller": {"apiVersion": NUMBER, "clock": NUMBER, "controller": BOOL,
                    "databaseReady": BOOL},
    "/unstable/controller/network": {"data": LIST, "meta": DICT},
    "/unstable/controller/network meta": {"networkCount": NUMBER},
    "/unstable/controller/network data 0 meta": {
        "authorizedMemberCount": NUMBER, "totalMemberCount": NUMBER},
    "/unstable/controller/network/{mine}/member": {"data": LIST, "meta": DICT},
    "/unstable/controller/network/{mine}/member meta": {
        "authorizedCount": NUMBER, "totalCount": NUMBER},
    "/unstable/controller/network/{mine}/member data 0": {
        **{key: (str, bool, int, list, type(None)) for key in FRESH_MEMBER},
        "ours": "lastSeen online physicalAddress"},
}

MOON = {"id": "0000000123456789", "roots": [], "signature": None,
        "timestamp": 0, "updatesMustBeSignedBy": None, "waiting": True}


class Service:
    """One service, and what was found to be otherwise."""

    def __init__(self, side, home):
        self.ours = side == "ours"
        self.home = home
        self.found = []
        self.token = self.read("authtoken.secret")
        self.names = {}

    def read(self, name):
        with open(f"{self.home}/{name}", encoding="ascii") as f:
            return f.read().strip()

    def pick(self, value):
        return value[self.ours] if isinstance(value, Two) else value

    def path(self, text):
        for name, value in self.names.items():
            text = text.replace(f"{{{name}}}", value)
            text = text.replace(f"{{{name.upper()}}}", value.upper())
        return text

    def ask(self, method, path, body=None, headers=None):
        port = int(self.read("zerotier-one.port"))
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        if headers is None:
            headers = {"X-ZT1-Auth": self.token}
        if body is not None and not isinstance(body, str):
            body = json.dumps(body)
        c.request(method, self.path(path), body, headers)
        answer = c.getresponse()
        text = answer.read().decode()
        kind = (answer.getheader("Content-Type") or "").split(";")[0]
        c.close()
        return answer.status, kind, text

    def value(self, path):
        return json.loads(self.ask("GET", path)[2])

    def check(self, good, what):
        if not good:
            self.found.append(what)
        return good


def looks(text):
    if text in ("", "{}"):
        return OBJECT if text else EMPTY
    return JSON if text[0] in "[{" else TEXT


def expected(row, method):
    if method == "HEAD":
        return row.get("GET", NOT_FOUND)
    return row.get({"PUT": "POST"}.get(method, method), NOT_FOUND)


def walk_paths(s):
    for path, row in PATHS.items():
        for method in METHODS:
            if (method, path) in SPARED:
                continue
            status, body = s.pick(expected(row, method))
            got, kind, text = s.ask(method, path)
            good = got == status and kind == TYPES.get(body, "")
            if method != "HEAD" and not path.startswith("/bond/setmtu"):
                good = good and (body == ANY or looks(text) == body)
            s.check(good, f"{method} {path}: {got} {kind!r} {text[:80]!r}, not "
                          f"{status} {body}")
    for method in ("TRACE", "BREW"):
        got, _, text = s.ask(method, "/status")
        s.check((got, text) == (404 if s.ours else 400, ""),
                f"{method}: {got} {text!r}")


def walk_deletes(s):
    """What was there is shown once more, and is gone."""
    made = json.loads(s.ask("POST", "/controller/network", {})[2])
    path = f"/controller/network/{made['id']}"
    member = path + "/member/1111111111"
    shown = s.ask("POST", member, {"name": "m"})
    for method, at, want in (
            ("DELETE", member, shown), ("DELETE", member, NOT_FOUND),
            ("GET", member, NOT_FOUND), ("DELETE", path, s.ask("GET", path)),
            ("DELETE", path, NOT_FOUND), ("POST", member, NOT_FOUND),
            ("GET", path + "/member", NOT_FOUND)):
        body = {} if method == "POST" else None
        got = s.ask(method, at, body)
        s.check(got == want or (want is NOT_FOUND and got == (404, "", "")),
                f"{method} {at}: {got}, not {want}")


def token_of(s, how):
    """Query and headers."""
    metrics = s.read("metricstoken.secret")
    wrong = {"X-ZT1-Auth": "x" * 24}
    return {
        "none": ("", {}),
        "header": ("", {"x-zt1-AUTH": s.token}),
        "query": (f"?auth={s.token}", {}),
        "bearer": ("", {"Authorization": f"bearer {s.token}"}),
        "BEARER": ("", {"Authorization": f"BEARER {s.token}"}),
        "wrong": ("", wrong),
        "wrong query": ("?auth=x", {}),
        "wrong bearer": ("", {"Authorization": "Bearer x"}),
        "wrong first": (f"?auth={s.token}", wrong),
        "cut": ("", {"X-ZT1-Auth": s.token[:-1]}),
        "longer": ("", {"X-ZT1-Auth": s.token + "x"}),
        "empty": ("", {"X-ZT1-Auth": ""}),
        "metrics": ("", {"X-ZT1-Auth": metrics}),
        "metrics query": (f"?auth={metrics}", {}),
        "metrics bearer": ("", {"Authorization": f"Bearer {metrics}"}),
    }[how]


def walk_tokens(s):
    for path, how, status in TOKENS:
        query, headers = token_of(s, how)
        got, _, text = s.ask("GET", path + query, None, headers)
        status = s.pick(status)
        good = got in (status if isinstance(status, tuple) else (status,))
        s.check(good and (got != 401 or text == "{}"),
                f"{path} by {how}: {got} {text[:80]!r}, not {status}")
    for method in ("POST", "PUT", "DELETE", "HEAD"):
        got = s.ask(method, "/controller/network/{mine}", "{}", {})[0]
        s.check(got == 401, f"{method} without a token: {got}")
    for path, status, body in QUERIES:
        got, _, text = s.ask("GET", path)
        s.check((got, text) == (s.pick(status), s.pick(body)),
                f"{path}: {got} {text!r}")


def walk_objects(s):
    for place, fields in OBJECTS.items():
        path, *keys = place.split()
        value = s.value(path)
        for key in keys:
            value = value[int(key) if key.isdigit() else key]
        allowed = set(fields) | set(fields.get("both", "").split())
        if s.ours:
            allowed |= set(fields.get("ours", "").split())
        for key in sorted(set(value) - allowed):
            s.check(False, f"{place}.{key}: not in the table")
        for key, kind in fields.items():
            if key not in ("ours", "both"):
                good = key in value and isinstance(value[key], kind) and (
                    kind is not int or not isinstance(value[key], bool))
                s.check(good, f"{place}.{key}: {value.get(key, ABSENT)}")


def walk_moon(s):
    path = "/moon/0123456789"
    for body, status, want in (
            ({"seed": "xyz"}, Two(200, 400), Two({}, None)),
            ({"seed": None}, 200, {}), ({"seed": "0"}, 200, {}),
            ({"seed": "0123456789"}, 200, MOON),
            ({"seed": "1111111111"}, 200, MOON),
            # The reference does not list one that has not come.
            ({}, 200, Two({}, MOON)),
            # To it that is seven.
            ({"seed": 7}, Two(200, 400), Two(MOON, None))):
        got, _, text = s.ask("POST", path, body)
        want = s.pick(want)
        good = got == s.pick(status)
        good = good and (without(json.loads(text), "seed") == want
                         if want is not None else '"seed: ' in text)
        s.check(good, f"moon {body}: {got} {text}")
    s.check(s.ask("DELETE", path)[2] == '{"result":true}', "DELETE of a moon")


def shown_of(s, path, body, field):
    status, _, text = s.ask("POST", path, body)
    if status != 200:
        return status, json.loads(text).get("description", "")
    return status, json.loads(text).get(field, ABSENT)


def is_as_wanted(status, shown, want, field):
    if isinstance(want, REFUSED):
        return status == want.status and shown.startswith(want.begins(field))
    return (status == 200 and shown == want
            and isinstance(shown, bool) == isinstance(want, bool))


def walk_fields(s, path, fields):
    for field, (before, model) in fields.items():
        for value in VALUES:
            s.ask("POST", path, {field: before})
            status, shown = shown_of(s, path, {field: value}, field)
            want = s.pick(model(value, before))
            s.check(is_as_wanted(status, shown, want, field),
                    f"{path} {field}={json.dumps(value)}: {status} {shown}, "
                    f"not {want}")
        s.ask("POST", path, {field: before})
        if field != "remoteTraceLevel" or s.ours:
            status, shown = shown_of(s, path, {}, field)
            want = s.pick(model(before, before))
            s.check(is_as_wanted(status, shown, want, field),
                    f"{path} {field}: {shown} after a POST without it")


def walk_nested(s, network, member):
    for target, body, field, want in NESTED:
        path = network if target == "network" else member
        status, shown = shown_of(s, path, body, field)
        want = s.pick(want)
        s.check(is_as_wanted(status, shown, want, field),
                f"{target} {json.dumps(body)}: {status} {shown}, not {want}")


def walk_read_only(s, network, member):
    for target, fields in READ_ONLY.items():
        path = network if target == "network" else member
        before = s.value(path)
        for field in fields.split():
            for value in ("x" * 10, 7, True, None, []):
                status, _, text = s.ask("POST", path, {field: value})
                same = status == 200 and json.loads(text) == before
                s.check(same, f"{target} {field}={value}: {status} {text}")


def without(value, *keys):
    return {k: v for k, v in value.items() if k not in keys}


def walk_controller(s):
    network = "/controller/network/{mine}"
    member = network + "/member/1111111111"
    fresh = json.loads(s.ask("POST", "/controller/network", {})[2])
    s.names["fresh"] = fresh["id"]
    s.check(without(fresh, "id", "nwid", "creationTime") == FRESH_NETWORK
            and fresh["nwid"] == fresh["id"], f"a fresh network: {fresh}")
    shown = json.loads(s.ask("POST", member.replace("mine", "fresh"), {})[2])
    s.check(without(shown, "nwid", "creationTime") ==
            without(FRESH_MEMBER, "nwid", "creationTime"),
            f"a fresh member: {shown}")
    s.ask("POST", network, {"remoteTraceLevel": 3})
    level = shown_of(s, network, {"name": "n"}, "remoteTraceLevel")[1]
    s.check(level == (3 if s.ours else 0), f"remoteTraceLevel: {level}")
    walk_read_only(s, network, member)
    walk_fields(s, network, NETWORK_FIELDS)
    walk_fields(s, member, MEMBER_FIELDS)
    walk_nested(s, network, member)


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("reference", "ours"):
        sys.exit(__doc__)
    s = Service(*sys.argv[1:])
    s.names["own"] = s.value("/status")["address"]
    s.names["peer"] = s.value("/peer")[0]["address"]
    s.names["net"] = next(n["id"] for n in s.value("/network")
                          if n["status"] == "OK")
    s.names["mine"] = json.loads(
        s.ask("POST", "/controller/network", {})[2])["id"]
    s.ask("POST", "/controller/network/{mine}/member/1111111111", {})
    for walk in (walk_paths, walk_deletes, walk_tokens, walk_objects,
                 api_metrics.walk, walk_moon, walk_controller):
        walk(s)
    for line in s.found:
        print(line)
    return 1 if s.found else 0


if __name__ == "__main__":
    sys.exit(main())
