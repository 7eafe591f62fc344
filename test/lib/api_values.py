# SPDX-License-Identifier: Apache-2.0
"""The fields of a controller's objects: values posted, and what is shown then.

For api_table.py. A model is a function of the value that is posted and of the
one before; it returns what is shown, or REFUSED. The reference's conversions
were observed of 1.14 (vl2.md 14.1); ours refuse what cannot be meant.
"""

ABSENT = "<absent>"


class Two(tuple):
    """What the reference does, and what we do."""

    def __new__(cls, reference, ours):
        return super().__new__(cls, (reference, ours))


class REFUSED:  # pylint: disable=invalid-name
    """Refused, with a text that begins with the field and this."""

    def __init__(self, rest="", status=400):
        self.rest = rest
        self.status = status

    def begins(self, field):
        return field + self.rest if self.status == 400 else ""

    def __repr__(self):
        return f"{self.status} {self.rest}"


VALUES = (None, True, False, 0, 1, 5, -1, 2.5, 3.0, 1e30, "", "x", "yes", "false",
          "true", "1", "12", "-3", [], [1], [None], {}, {"a": 1})


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def cast(number):
    """To 64 bits without sign, as the reference does on x86."""
    return 1 << 63 if number > 2**64 else int(number) % 2**64


def digits(text):
    """strtoull()"""
    sign, rest = (-1, text[1:]) if text[:1] == "-" else (1, text)
    return sign * int(rest) % 2**64 if rest.isdigit() else 0


def reference_bool(value, default):
    if isinstance(value, bool):
        return value
    if is_number(value):
        return cast(value) > 0
    if isinstance(value, str):
        return value[:1] in ("t", "T", "1")
    return default


def our_bool(value, default):
    if isinstance(value, str):
        if value[:1] not in tuple("tT1fF0"):
            return REFUSED(": not true or false")
    elif is_number(value) and value < 0 or isinstance(value, (list, dict)):
        return REFUSED(": not true or false")
    return reference_bool(value, default)


def boolean(default):
    return lambda v, _: Two(reference_bool(v, default), our_bool(v, default))


def reference_count(value, default):
    if isinstance(value, bool):
        return int(value)
    if is_number(value):
        return cast(value)
    return digits(value) if isinstance(value, str) else default


def our_count(value, default):
    good = (value is None or isinstance(value, bool)
            or (is_number(value) and 0 <= value < 2**32
                and value == int(value))
            or (isinstance(value, str) and value.isdigit()))
    if not good:
        return REFUSED(": not a ")
    return reference_count(value, default)


def count(default):
    return lambda v, _: Two(reference_count(v, default), our_count(v, default))


def clamped(low, high, default):
    def clamp(value):
        if isinstance(value, REFUSED):
            return value
        return max(low, min(high, value % 2**32))

    return lambda v, _: Two(clamp(reference_count(v, default)),
                            clamp(our_count(v, default)))


def text(value, _):
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if is_number(value):
        return Two(str(cast(value)), f"{value:.15g}")
    return Two("", REFUSED(": not a text"))


def target(value, _):
    if value in (None, ""):
        return None
    if isinstance(value, str) and len(value) == 10:
        return value
    return Two(None, REFUSED(": not a node's address"))


def array(of_one, of_null):
    """@of_one, @of_null: what the reference makes of [1] and [null]"""
    def model(value, before):
        if value in (before, None):
            return before
        if value == []:
            return []
        if not isinstance(value, list):
            return Two(before, REFUSED(": not an array"))
        theirs = of_null if value == [None] else of_one
        return Two(theirs, value if theirs == value else REFUSED("[0]"))

    return model


def names(value, before):
    """The DNS settings."""
    if value == before or value is None:
        return before
    if isinstance(value, dict):
        return Two({"domain": None}, {"domain": "", "servers": []})
    if value in ([], [None]):
        return Two(before, [])
    return Two(before, REFUSED(": not an object"))


def tokens(value, before):
    if value == before:
        return before
    if value in (None, [], [None]):
        return [None]
    if not isinstance(value, dict):
        return Two([None], REFUSED(": not an object"))
    return value or Two(None, {})


def mode(*keys):
    off = {key: False for key in keys}

    def model(value, before):
        if value == before:
            return before
        if value is None or isinstance(value, str):
            return off
        if isinstance(value, dict):
            return off if keys == ("zt",) else Two({}, off)
        return Two(off, REFUSED(": neither an object nor a text"))

    return model


# Name: a value that is not the default, and the model
NETWORK_FIELDS = {
    "authTokens": ({"t": 0}, tokens),
    "capabilities": ([{"default": False, "id": 7, "rules": []}],
                     array([], [])),
    "dns": ({"domain": "a.b", "servers": ["192.0.2.1"]}, names),
    "enableBroadcast": (True, boolean(False)),
    "ipAssignmentPools": ([{"ipRangeEnd": "10.0.0.9",
                            "ipRangeStart": "10.0.0.1"}], array([], [])),
    "mtu": (1400, clamped(1280, 10000, 2800)),
    "multicastLimit": (7, count(32)),
    "name": ("before", text),
    "private": (False, boolean(True)),
    "remoteTraceLevel": (3, count(0)),
    "remoteTraceTarget": ("1122334455", target),
    "routes": ([{"target": "10.0.0.0/8", "via": None}], array([], [])),
    "rules": ([{"type": "ACTION_DROP"}], array([], [])),
    "tags": ([{"default": None, "id": 7}], array([], [])),
    "v4AssignMode": ({"zt": True}, mode("zt")),
    "v6AssignMode": ({"6plane": False, "rfc4193": True, "zt": True},
                     mode("6plane", "rfc4193", "zt")),
}

MEMBER_FIELDS = {
    "activeBridge": (True, boolean(False)),
    "authenticationExpiryTime": (5, count(0)),
    "authorized": (True, boolean(False)),
    "capabilities": ([3], array([1], [0])),
    "ipAssignments": (["10.0.0.1"],
                      array(REFUSED(status=500), REFUSED(status=500))),
    "name": ("before", text),
    "noAutoAssignIps": (True, boolean(False)),
    "remoteTraceLevel": (3, count(0)),
    "remoteTraceTarget": ("1122334455", target),
    "tags": ([[1, 2]], array([], [])),
}

READ_ONLY = {
    "network": "id nwid objtype revision creationTime ssoEnabled clientId "
               "authorizationEndpoint clock lastModified authorizedMemberCount "
               "totalMemberCount activeMemberCount nonsense",
    "member": "id address nwid objtype identity revision creationTime "
              "lastAuthorizedTime lastDeauthorizedTime "
              "lastAuthorizedCredential lastAuthorizedCredentialType "
              "vMajor vMinor vRev vProto clock "
              "authenticationURL authenticationClientID physicalAddr recentLog "
              "lastModified lastRequestMetaData nonsense",
}

ACCEPT = {"type": "ACTION_ACCEPT"}

# Object, body, field, what is shown of it
NESTED = (
    ("network", {"rulesSource": "accept;"}, "rulesSource",
     Two("", "accept;")),
    ("network", {"certificateTimeoutWindowSize": 1},
     "certificateTimeoutWindowSize", Two(ABSENT, 300000)),
    ("network", {"certificateTimeoutWindowSize": 10**9},
     "certificateTimeoutWindowSize", Two(ABSENT, 7200000)),
    ("network", {"oneTimeTokens": {"t": 0}}, "oneTimeTokens",
     Two(ABSENT, {"t": 0})),
    ("network", {"v4AssignMode": "zt"}, "v4AssignMode", {"zt": True}),
    ("network", {"v4AssignMode": "zt,x"}, "v4AssignMode", {"zt": False}),
    ("network", {"v4AssignMode": {"zt": "true", "x": 1}}, "v4AssignMode",
     {"zt": True}),
    ("network", {"v4AssignMode": {"zt": []}}, "v4AssignMode",
     Two({"zt": False}, REFUSED(".zt: "))),
    ("network", {"v6AssignMode": "rfc4193,6plane"}, "v6AssignMode",
     {"6plane": True, "rfc4193": True, "zt": False}),
    ("network", {"v6AssignMode": {"zt": 1}}, "v6AssignMode",
     Two({"zt": True}, {"6plane": False, "rfc4193": False, "zt": True})),
    ("network", {"authTokens": {"a": 0, "b": None}}, "authTokens", {"a": 0}),
    ("network", {"authTokens": {"a": 0, "b": -1}}, "authTokens",
     Two({"a": 0}, REFUSED(": the time of a token"))),
    ("network", {"authTokens": {"a": "0"}}, "authTokens",
     Two(None, REFUSED(": the time of a token"))),
    ("network", {"dns": {"domain": "a.b", "servers": ["192.0.2.1", "fd00::1"],
                         "x": 1}}, "dns",
     {"domain": "a.b", "servers": ["192.0.2.1", "fd00::1"]}),
    ("network", {"dns": {"domain": "a.b", "servers": [7]}}, "dns",
     Two({"domain": "a.b", "servers": [7]}, REFUSED(".servers[0]: "))),
    ("network", {"routes": [
        {"target": "10.0.0.0/8", "via": "10.0.0.1/24", "metric": 4},
        {"target": "10.1.2.3/16", "via": None},
        {"target": "0.0.0.0/0", "via": "fd00::1"}]}, "routes",
     [{"target": "10.0.0.0/8", "via": "10.0.0.1"},
      {"target": "10.1.2.3/16", "via": None},
      {"target": "0.0.0.0/0", "via": None}]),
    ("network", {"routes": [{"target": "10.0.0.1"}]}, "routes",
     Two([{"target": "10.0.0.1/0", "via": None}], REFUSED("[0].target: "))),
    ("network", {"routes": [{"target": "nowhere"}]}, "routes",
     Two([], REFUSED("[0].target: "))),
    ("network", {"ipAssignmentPools": [
        {"ipRangeStart": "10.0.0.1/24", "ipRangeEnd": "10.0.0.9"},
        {"ipRangeStart": "fd00::1", "ipRangeEnd": "fd00::9"}]},
     "ipAssignmentPools",
     [{"ipRangeEnd": "10.0.0.9", "ipRangeStart": "10.0.0.1"},
      {"ipRangeEnd": "fd00::9", "ipRangeStart": "fd00::1"}]),
    ("network", {"ipAssignmentPools": [
        {"ipRangeStart": "10.0.0.1", "ipRangeEnd": "fd00::9"}]},
     "ipAssignmentPools", Two([], REFUSED("[0]: one end is IPv4"))),
    ("network", {"tags": [{"id": 9, "default": 1}, {"id": "3"},
                          {"id": 9, "default": "7"}]}, "tags",
     [{"default": None, "id": 3}, {"default": 7, "id": 9}]),
    ("network", {"tags": [{"default": 1}]}, "tags",
     Two([{"default": 1, "id": 0}], REFUSED("[0].id: "))),
    ("network", {"capabilities": [{"id": 9, "default": True},
                                  {"id": 3, "rules": [ACCEPT], "x": 1}]},
     "capabilities",
     [{"default": False, "id": 3, "rules": [ACCEPT]},
      {"default": True, "id": 9, "rules": []}]),
    ("network", {"rules": [
        {"type": "MATCH_ETHERTYPE", "etherType": "2048", "not": 1},
        {"type": "ACTION_ACCEPT", "not": True}]}, "rules",
     [{"etherType": 2048, "not": True, "or": False, "type": "MATCH_ETHERTYPE"},
      ACCEPT]),
    ("network", {"rules": [{"type": "NO_SUCH"}, ACCEPT]}, "rules",
     Two([ACCEPT], REFUSED("[0]: unknown type"))),
    ("member", {"tags": [[5, 1], [3, 2], [5, 9], ["4", "8"], [1, True]]},
     "tags", [[1, 1], [3, 2], [4, 8], [5, 9]]),
    ("member", {"tags": [[1, -1]]}, "tags",
     Two([[1, 4294967295]], REFUSED("[0]: "))),
    ("member", {"capabilities": [5, 3, 5, "7", True]}, "capabilities",
     [1, 3, 5, 7]),
    ("member", {"ipAssignments": ["10.0.0.1/24", "fd00::1"]}, "ipAssignments",
     ["10.0.0.1", "fd00::1"]),
    ("member", {"ipAssignments": ["10.0.0.1", "10.0.0.1"]}, "ipAssignments",
     Two(["10.0.0.1", "10.0.0.1"], ["10.0.0.1"])),
    ("member", {"ipAssignments": ["10.0.0.1", "nowhere"]}, "ipAssignments",
     Two(["10.0.0.1"], REFUSED("[1]: "))),
    ("member", {"ssoExempt": True}, "ssoExempt", Two(False, True)),
    ("member", {"ssoExempt": "x"}, "ssoExempt", Two(False, REFUSED(": "))),
)

FRESH_NETWORK = {
    "authTokens": [None], "authorizationEndpoint": "", "capabilities": [],
    "clientId": "", "dns": [], "enableBroadcast": True,
    "ipAssignmentPools": [], "mtu": 2800, "multicastLimit": 32, "name": "",
    "objtype": "network", "private": True, "remoteTraceLevel": 0,
    "remoteTraceTarget": None, "revision": 1, "routes": [],
    "rules": [{"not": False, "or": False, "type": "ACTION_ACCEPT"}],
    "rulesSource": "", "ssoEnabled": False, "tags": [],
    "v4AssignMode": {"zt": False},
    "v6AssignMode": {"6plane": False, "rfc4193": False, "zt": False},
}

FRESH_MEMBER = {
    "activeBridge": False, "address": "1111111111",
    "authenticationExpiryTime": 0, "authorized": False, "capabilities": [],
    "creationTime": 0, "id": "1111111111", "ipAssignments": [],
    "lastAuthorizedCredential": None, "lastAuthorizedCredentialType": None,
    "lastAuthorizedTime": 0, "lastDeauthorizedTime": 0,
    "noAutoAssignIps": False, "nwid": "", "objtype": "member",
    "remoteTraceLevel": 0, "remoteTraceTarget": None, "revision": 1,
    "ssoExempt": False, "tags": [], "vMajor": -1, "vMinor": -1, "vProto": -1,
    "vRev": -1,
}
