#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""report.py - from measured values to tables

usage: report.py --values FILE --results FILE --command TEXT [--document FILE]

Reads what bench/measure wrote, prints a table for each workload, puts the
values and their medians into the results (JSON; workloads that were not run
keep what they had), and the tables into the document, each between
"<!-- bench:NAME -->" and "<!-- /bench:NAME -->".

A ratio is that of two values of the same round; its median over the rounds is
shown with its quartiles, so that a machine that slows down spoils nothing.
"""

import argparse
import collections
import datetime
import json
import os
import platform
import re
import statistics

NAMES = {
    "proxy": "proxy that does nothing",
    "ours": "ours, preload ↔ preload",
    "reference": "the reference, TAP ↔ TAP",
}
SERVICES = {"ours": "ours", "reference": "the reference"}


def read_values(path):
    """workload -> contender -> metric -> values in the order of the rounds"""
    values = collections.defaultdict(
        lambda: collections.defaultdict(
            lambda: collections.defaultdict(list)))
    with open(path, encoding="utf-8") as f:
        for line in f:
            _, workload, contender, metric, value = line.rstrip().split("\t")
            if workload != "about":
                value = float(value)
            values[workload][contender][metric].append(value)
    return values


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        for line in f:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return "%d cores, %s, Linux %s" % (
        len(os.sched_getaffinity(0)), model, platform.release())


# --- cells -------------------------------------------------------------------

def number(value):
    if value >= 100:
        return format(round(value), ",")
    if value >= 10:
        return "%.1f" % value
    return "%.2f" % value


def quartiles(values):
    if len(values) < 2:
        return values[0], values[0]
    q = statistics.quantiles(values, n=4, method="inclusive")
    return q[0], q[2]


def spread(values):
    if not values:
        return ""
    text = number(statistics.median(values))
    if len(values) > 1:
        text += " [%s–%s]" % (number(min(values)), number(max(values)))
    return text


def ratio(values, base):
    """Of the same rounds, with the quartiles"""
    if not values or not base or values is base or len(values) != len(base):
        return ""
    each = [v / b for v, b in zip(values, base)]
    text = "%.2f" % statistics.median(each)
    if len(each) > 1:
        text += " [%.2f–%.2f]" % quartiles(each)
    return text


def median(values, form="%.1f"):
    return form % statistics.median(values) if values else ""


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |",
             "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def name(contender, about):
    if contender.startswith("raw-"):
        control = contender[4:]
        default = control == about["congestion"]
        return "kernel TCP, %s%s" % (control, " (default)" * default)
    return NAMES[contender]


# --- tables ------------------------------------------------------------------

def tcp(values, about):
    base = values["raw-" + about["congestion"]]
    proxy = values["proxy"]["forward"]
    reference = values.get("reference", {})
    rows = []
    for contender, got in values.items():
        idle = got["forward-idle"] + got["reverse-idle"]
        rows.append([
            name(contender, about), spread(got["forward"]),
            spread(got["reverse"]), ratio(got["forward"], base["forward"]),
            ratio(got["reverse"], base["reverse"]),
            ratio(got["forward"], proxy),
            ratio(got["forward"], reference.get("forward")),
            median(got["forward-cpu"] + got["reverse-cpu"], "%.2f"),
            median(idle, "%.0f %%")])
    return table(["path", "A → B, Mbit/s", "B → A, Mbit/s", "A → B / kernel",
                  "B → A / kernel", "A → B / proxy", "A → B / reference",
                  "services, CPU s/GB", "machine idle"], rows)


def rtt(values, about):
    base = values["raw-" + about["congestion"]]["p50_us"]
    reference = values.get("reference", {}).get("p50_us")
    rows = []
    for contender, got in values.items():
        shown = name(contender, about)
        if contender.startswith("raw-"):
            shown = "kernel TCP"
        rows.append([shown, spread(got["p50_us"]), spread(got["p99_us"]),
                     spread(got["p999_us"]), ratio(got["p50_us"], base),
                     ratio(got["p50_us"], reference)])
    return table(["path", "p50, µs", "p99, µs", "p99.9, µs", "p50 / kernel",
                  "p50 / reference"], rows)


def memory(values, _):
    rows = []
    for contender, got in values.items():
        for when in ("idle", "sending", "receiving"):
            rows.append(
                [SERVICES[contender], when] +
                [median([v / 1024 for v in got["%s-%s" % (when, kind)]])
                 for kind in ("Pss", "RssAnon", "Rss")])
    return table(["service", "when", "Pss, MiB", "RssAnon, MiB", "Rss, MiB"],
                 rows)


def join(values, _):
    rows = [[SERVICES[contender], spread(got["cold"]), spread(got["warm"])]
            for contender, got in values.items()]
    return table(["service", "cold, ms", "warm, ms"], rows)


TABLES = {"tcp": tcp, "rtt": rtt, "memory": memory, "join": join}


# --- outputs -----------------------------------------------------------------

def caption(made):
    text = "`%s`, %s, %s; rounds: %d" % (
        made["command"], made["date"], made["machine"], made["rounds"])
    if made["noisy"]:
        text += "; runs that began on a busy machine: %d" % made["noisy"]
    return text + "."


def fill(document, workload, text):
    begin = "<!-- bench:%s -->" % workload
    end = "<!-- /bench:%s -->" % workload
    before, found, rest = document.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found or not found_end:
        raise SystemExit("report: no place for %s in the document" % workload)
    return "%s%s\n\n%s\n\n%s%s" % (before, begin, text, end, after)


def load(path):
    try:
        with open(path, encoding="utf-8") as f:
            return json.load(f)
    except FileNotFoundError:
        return {}


def save(path, text):
    with open(path + ".new", "w", encoding="utf-8") as f:
        f.write(text)
    os.replace(path + ".new", path)


def dump(results):
    """Each list on one line, so that the file stays small and readable."""
    text = json.dumps(results, indent=1)
    return re.sub(r"\[[^][{}]*\]", lambda m: " ".join(m.group().split()),
                  text) + "\n"


def result_of(values, made):
    return {"made": made,
            "values": {c: {m: v for m, v in got.items() if v}
                       for c, got in values.items()},
            "median": {c: {m: round(statistics.median(v), 3)
                           for m, v in got.items() if v}
                       for c, got in values.items()}}


def main():
    parser = argparse.ArgumentParser()
    for option in ("values", "results", "command"):
        parser.add_argument("--" + option, required=True)
    parser.add_argument("--document")
    options = parser.parse_args()

    values = read_values(options.values)
    about = {k: v[0] for k, v in values.pop("about")["all"].items()}
    made = {"command": options.command,
            "date": datetime.date.today().isoformat(),
            "machine": machine(), "congestion": about["congestion"],
            "seconds": int(about["seconds"]), "noisy": int(about["noisy"]),
            "rounds": int(about["rounds"])}
    results = load(options.results)
    document = None
    if options.document:
        with open(options.document, encoding="utf-8") as f:
            document = f.read()
    for workload in [w for w in TABLES if w in values]:
        got = values[workload]
        text = TABLES[workload](got, about) + "\n\n" + caption(made)
        print("\n%s\n\n%s" % (workload, text))
        results[workload] = result_of(got, made)
        if document is not None:
            document = fill(document, workload, text)
    os.makedirs(os.path.dirname(options.results), exist_ok=True)
    save(options.results, dump(results))
    if document is not None:
        save(options.document, document)


if __name__ == "__main__":
    main()
