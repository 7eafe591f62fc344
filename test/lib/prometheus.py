# SPDX-License-Identifier: Apache-2.0
"""Strict reader of the text format of Prometheus, version 0.0.4.

usage: prometheus.py FILE [SERIES...]

Complains about everything that the format does not allow, and about more that
no sane exporter does; then prints the value of each SERIES, such as
name{a="1",b="2"} with the labels in alphabetical order.
"""
import math
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
TYPES = ("counter", "gauge", "histogram", "summary", "untyped")
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count")}


def fail(number, why):
    sys.exit(f"line {number}: {why}")


def read_labels(number, text):
    labels = {}
    at = 0
    while at < len(text):
        m = re.compile(LABEL).match(text, at)
        if not m:
            fail(number, f"labels {text!r}")
        if m.group(1) in labels:
            fail(number, f"label {m.group(1)} twice")
        labels[m.group(1)] = m.group(2)
        at = m.end()
        if at < len(text):
            if text[at] != "," or at + 1 == len(text):
                fail(number, f"labels {text!r}")
            at += 1
    return labels


def read_value(number, text):
    if not re.fullmatch(r"[+-]?(\d+(\.\d+)?([eE][+-]?\d+)?|Inf)|NaN", text):
        fail(number, f"value {text!r}")
    return float(text)


class Reader:
    def __init__(self):
        self.types = {}
        self.helps = set()
        self.family = None
        self.series = {}

    def take_comment(self, number, line):
        m = re.fullmatch(rf"# (HELP|TYPE) ({NAME}) (.+)", line)
        if not m:
            fail(number, f"comment {line!r}")
        what, name, text = m.groups()
        if what == "HELP":
            if name in self.helps:
                fail(number, f"{name} a second time")
            self.helps.add(name)
            self.family = name
            return
        if text not in TYPES or name in self.types or name != self.family:
            fail(number, f"type {text} of {name}")
        if text == "counter" and name.startswith("tapless_") and \
                not name.endswith("_total"):
            fail(number, f"counter {name} does not end with _total")
        self.types[name] = text

    def take_sample(self, number, line):
        m = re.fullmatch(rf"({NAME})(\{{(.*)\}})? (\S+)", line)
        if not m:
            fail(number, f"sample {line!r}")
        name = m.group(1)
        labels = read_labels(number, m.group(3) or "")
        if m.group(2) and not labels:
            fail(number, "braces with nothing in them")
        value = read_value(number, m.group(4))
        kind = self.types.get(self.family)
        allowed = [self.family + s for s in SUFFIXES.get(kind, ("",))]
        if kind is None or name not in allowed:
            fail(number, f"{name} is not in the family {self.family}")
        if kind in ("counter", "histogram") and not 0 <= value < math.inf:
            fail(number, f"{kind} {value}")
        if (name.endswith("_bucket") and kind == "histogram") != \
                ("le" in labels):
            fail(number, "le where it does not belong, or missing")
        key = (name, tuple(sorted(labels.items())))
        if key in self.series:
            fail(number, f"{line} a second time")
        self.series[key] = value

    def check_histograms(self):
        groups = {}
        for (name, labels), value in self.series.items():
            base, _, suffix = name.rpartition("_")
            if self.types.get(base) != "histogram":
                continue
            rest = tuple(x for x in labels if x[0] != "le")
            group = groups.setdefault((base, rest), {"buckets": []})
            if suffix == "bucket":
                le = dict(labels)["le"]
                group["buckets"].append((float(le), value))
            else:
                group[suffix] = value
        for (base, _), g in groups.items():
            ends = [le for le, _ in g["buckets"]]
            counts = [n for _, n in g["buckets"]]
            if ends != sorted(set(ends)) or not ends or ends[-1] != math.inf:
                sys.exit(f"{base}: buckets {ends}")
            if counts != sorted(counts) or counts[-1] != g.get("count"):
                sys.exit(f"{base}: counts {counts} of {g.get('count')}")
            if "sum" not in g or (g["sum"] > 0 and not g["count"]):
                sys.exit(f"{base}: its sum")

    def read(self, text):
        if not text.endswith("\n"):
            sys.exit("the last line has no end")
        for number, line in enumerate(text[:-1].split("\n"), 1):
            if line.startswith("#"):
                self.take_comment(number, line)
            else:
                self.take_sample(number, line)
        for name in self.types:
            known = [name + s for s in SUFFIXES.get(self.types[name], ("",))]
            if not any(key[0] in known for key in self.series):
                sys.exit(f"{name} has no sample")
        if self.helps != set(self.types):
            sys.exit("help without type")
        self.check_histograms()


def main():
    reader = Reader()
    with open(sys.argv[1], encoding="utf-8", newline="") as f:
        reader.read(f.read())
    for wanted in sys.argv[2:]:
        m = re.fullmatch(rf"({NAME})(\{{(.*)\}})?", wanted)
        labels = read_labels(0, m.group(3) or "")
        key = (m.group(1), tuple(sorted(labels.items())))
        if key not in reader.series:
            sys.exit(f"no {wanted}")
        print(f"{reader.series[key]:g}" if reader.series[key] < 1e5 else
              f"{reader.series[key]:.0f}")


main()
