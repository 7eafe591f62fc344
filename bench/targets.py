# SPDX-License-Identifier: Apache-2.0
"""targets.py - what the results are to be, and whether they are

A target is a ratio of two values of the same run. It is met if the quartile
on the bad side is: the lower one of what is to be large, the upper one of what
is to be small.
"""

import statistics

from figures import form, quartiles, ratios, table

RAW = "raw"  # kernel TCP with the machine's default congestion control


class Target:
    """@low: the result is to be at least that; else at most"""

    def __init__(self, what, workload, mine, other, floor, aim, low=True):
        self.what = what
        self.workload = workload
        self.mine = mine
        self.other = other
        self.floor = floor
        self.aim = aim
        self.low = low

    def meets(self, value, bound):
        return value >= bound if self.low else value <= bound


def both(contender):
    return [(contender, "forward"), (contender, "reverse")]


def cost(contender):
    return [(contender, "forward-cpu-all"), (contender, "reverse-cpu-all")]


def one(contender, metric):
    return [(contender, metric)]


TARGETS = [
    Target("TCP 1 stream / raw", "tcp", both("ours"), both(RAW), 0.40, 0.65),
    Target("TCP 1 stream / proxy", "tcp", one("ours", "forward"),
           one("proxy", "forward"), 0.55, 0.9),
    Target("TCP 8 streams / raw", "tcp8", both("ours"), both(RAW), 0.35, 0.6),
    Target("TCP 1 stream / reference, TAP", "tcp", both("ours"),
           both("reference"), 5, 10),
    Target("TCP 1 stream / wireguard-go", "tcp", both("ours"),
           both("wireguard"), 8, 20),
    Target("TCP 1 stream / nebula", "tcp", both("ours"), both("nebula"),
           8, 20),
    Target("ours ↔ reference / reference ↔ reference", "tcp",
           both("ours-reference"), both("reference"), 1.0, 1.5),
    Target("namespace mode, TCP 1 stream / raw", "tcp", both("netns"),
           both(RAW), 0.35, 0.7),
    Target("UDP 64 bytes, received/s / reference", "udp", one("ours", "64"),
           one("reference", "64"), 2, 4),
    Target("ping-pong 64 bytes p50 / reference, TAP", "rtt",
           one("ours", "p50_us"), one("reference", "p50_us"), 0.8, 0.5, False),
    Target("ping-pong 64 bytes p50 / raw", "rtt", one("ours", "p50_us"),
           one(RAW, "p50_us"), 1.9, 1.4, False),
    Target("p99.9 / p50 beside a bulk stream", "loaded",
           one("ours", "p999_us"), one("ours", "p50_us"), 20, 8, False),
    Target("short HTTP connections/s / raw", "short", one("ours", "per_s"),
           one(RAW, "per_s"), 0.25, 0.5),
    Target("redis GET, 50 clients / raw", "redis", one("ours", "per_s"),
           one(RAW, "per_s"), 0.3, 0.6),
    Target("a packet, 10,000 connections / 10", "conns",
           one("ours", "many-cost_us"), one("ours", "few-cost_us"), 2, 1.2,
           False),
    Target("1 % loss, 100 ms / kernel cubic", "loss",
           one("ours", "loss1-100"), one("raw-cubic", "loss1-100"), 1.0, 5),
    Target("1 % loss, 100 ms / kernel BBR", "loss", one("ours", "loss1-100"),
           one("raw-bbr", "loss1-100"), None, 0.5),
    Target("CPU s/GB with programs / reference", "tcp", cost("ours"),
           cost("reference"), 0.25, 0.1, False),
    Target("idle Pss, ten peers / reference", "memory",
           one("ours", "idle-Pss"), one("reference", "idle-Pss"), 0.35, 0.2,
           False),
]


def values_of(result, sources):
    """One list for each source, those of a missing one empty"""
    values = result["values"]
    lists = []
    for contender, metric in sources:
        if contender == RAW:
            contender = "raw-" + result["made"]["congestion"]
        lists.append(values.get(contender, {}).get(metric, []))
    return lists


def measured(target, results):
    """The ratios of all rounds, of all directions; empty if not measured"""
    result = results.get(target.workload)
    if not result:
        return []
    each = []
    for mine, other in zip(values_of(result, target.mine),
                           values_of(result, target.other)):
        each += ratios(mine, other)
    return each


def verdict(target, bad):
    if target.meets(bad, target.aim):
        return "aim met"
    if target.floor is None:
        return "below the aim"
    return "met" if target.meets(bad, target.floor) else "**not met**"


def row(target, results):
    sign = "≥ " if target.low else "≤ "
    cells = [target.what,
             sign + str(target.floor) if target.floor is not None else "–",
             sign + str(target.aim)]
    each = measured(target, results)
    if not each:
        return cells + ["", "", "not measured"]
    bad = quartiles(each)[0 if target.low else 1]
    return cells + [form(statistics.median(each)), form(bad),
                    verdict(target, bad)]


def targets_table(results):
    return table(["what", "floor", "aim", "median", "bad quartile", ""],
                 [row(target, results) for target in TARGETS])
