# SPDX-License-Identifier: Apache-2.0
"""Names as an ordinary program looks them up; run by names.sh.

usage: names.py OWN-IPV4 OWN-IPV6
"""
import socket
import sys
import threading

V4, V6 = sys.argv[1:]


def look(name, port=80, **hints):
    """The set of (family, type, address) of getaddrinfo, or the error."""
    try:
        found = socket.getaddrinfo(name, port, **hints)
    except socket.gaierror as e:
        return e.errno
    assert all(a[1] == (port if isinstance(port, int) else a[1])
               for *_, a in found)
    return {(f, t, a[0]) for f, t, _, _, a in found}


def same(got, want):
    assert got == want, f"{got}, not {want}"


STREAM = {"type": socket.SOCK_STREAM}
INET, INET6 = socket.AF_INET, socket.AF_INET6
TCP, UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM
BOTH = {(INET, TCP, V4), (INET6, TCP, V6)}

# Names that the service knows.
same(look("host.zt", **STREAM), BOTH)
same(look("HOST.zt.", **STREAM), BOTH)
same(look("host.zt", family=INET, **STREAM), {(INET, TCP, V4)})
same(look("host.zt", family=INET6, **STREAM), {(INET6, TCP, V6)})
same(look("host.zt", family=INET, type=UDP), {(INET, UDP, V4)})
same(look("v4.zt", family=INET6, flags=socket.AI_V4MAPPED, **STREAM),
     {(INET6, TCP, "::ffff:" + V4)})
same(look("host.zt", family=INET6, flags=socket.AI_V4MAPPED, **STREAM),
     {(INET6, TCP, V6)})
same(look("nobody.zt"), socket.EAI_NONAME)
same(look("host.zt", flags=socket.AI_NUMERICHOST), socket.EAI_NONAME)
same(socket.getaddrinfo("host.zt", "http", INET, TCP)[0][4], (V4, 80))
same(socket.getaddrinfo("host.zt", 1, INET, TCP, 0,
                        socket.AI_CANONNAME)[0][3], "host.zt")
assert isinstance(look("host.zt", "no-such-service", **STREAM), int)

# The host's are as ever.
same(look("127.0.0.1", **STREAM), {(INET, TCP, "127.0.0.1")})
assert (INET, TCP, "127.0.0.1") in look("localhost", **STREAM)
same(look(None, **STREAM), {(INET, TCP, "127.0.0.1"), (INET6, TCP, "::1")})
same(look(V4, **STREAM), {(INET, TCP, V4)})

# Scopes of virtual interfaces.
at = socket.getaddrinfo("fe80::1%zt0", 1, INET6, TCP)[0][4]
same(at[3], socket.if_nametoindex("zt0"))

# The older calls.
same(socket.gethostbyname("host.zt"), V4)
same(socket.gethostbyname_ex("host.zt"), ("host.zt", [], [V4]))
same(socket.gethostbyaddr(V4), ("host.zt", [], [V4]))
same(socket.gethostbyaddr(V6), ("host.zt", [], [V6]))
same(socket.getnameinfo((V4, 80), 0), ("host.zt", "http"))
same(socket.getnameinfo((V4, 80), socket.NI_NUMERICHOST |
                        socket.NI_NUMERICSERV), (V4, "80"))
same(socket.getnameinfo(("10.77.0.9", 80), socket.NI_NUMERICSERV),
     ("10.77.0.9", "80"))
try:
    socket.getnameinfo(("10.77.0.9", 80), socket.NI_NAMEREQD)
    raise AssertionError("an unknown address has a name")
except socket.gaierror as e:
    same(e.errno, socket.EAI_NONAME)

# Names that name servers know.
same(look("www.dns.test", **STREAM),
     {(INET, TCP, "10.77.0.5"), (INET6, TCP, "fd00:77::5")})
same(look("alias.dns.test", family=INET, **STREAM), {(INET, TCP, "10.77.0.5")})
same(look("WWW.dns.TEST", family=INET, **STREAM), {(INET, TCP, "10.77.0.5")})
same(look("missing.dns.test"), socket.EAI_NONAME)
same(look("failing.dns.test"), socket.EAI_AGAIN)
same(look(b"x" * 64 + b".dns.test"), socket.EAI_NONAME)
same(look("only4.dns.test", family=INET6), socket.EAI_NONAME)
same(len(look("many.dns.test", family=INET6, **STREAM)), 16)
# The first server is one that nobody answers at; the second one knows.
same(look("www.two.test", family=INET, **STREAM), {(INET, TCP, "10.77.0.6")})

# Many threads at once.
errors = []


def often():
    try:
        for _ in range(20):
            same(look("www.dns.test", family=INET, **STREAM),
                 {(INET, TCP, "10.77.0.5")})
            same(look("host.zt", **STREAM), BOTH)
    except BaseException as e:  # the main thread is to hear of it
        errors.append(e)


threads = [threading.Thread(target=often) for _ in range(8)]
for t in threads:
    t.start()
for t in threads:
    t.join()
assert not errors, errors

# No descriptor is left behind.
s = socket.socket()
assert s.fileno() < 10, s.fileno()
s.close()
print("good")
