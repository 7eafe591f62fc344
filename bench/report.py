#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""report.py - from measured values to tables

usage: report.py --results FILE --values FILE --command TEXT [--document FILE]
       report.py --results FILE --targets

Reads what bench/measure wrote, prints a table for each workload and that of the
targets, puts the values and their medians into the results (JSON; workloads
that were not run keep what they had), a plot beside them (SVG), and the tables
into the document, each between "<!-- bench:NAME -->" and "<!-- /bench:NAME -->".
With --targets it only prints how the results compare to what is aimed at.
"""

import argparse
import collections
import datetime
import json
import os
import platform
import re
import statistics

from plot import plot
from tables import TABLES
from targets import targets_table


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
    return {w: {c: dict(m) for c, m in got.items()}
            for w, got in values.items()}


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        for line in f:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return "%d cores, %s, Linux %s" % (
        len(os.sched_getaffinity(0)), model, platform.release())


# --- outputs -----------------------------------------------------------------

def caption(made):
    text = "`%s`, %s, %s; rounds: %d" % (
        made["command"], made["date"], made["machine"], made["rounds"])
    if made["noisy"]:
        text += "; runs that began on a busy machine: %d" % made["noisy"]
    if made["skipped"]:
        text += "; left out: " + ", ".join(
            "%s (%s)" % pair for pair in made["skipped"].items())
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
    text = json.dumps(results, indent=1, ensure_ascii=False)
    return re.sub(r"\[[^][{}]*\]", lambda m: " ".join(m.group().split()),
                  text) + "\n"


def result_of(values, made):
    return {"made": made,
            "values": values,
            "median": {c: {m: round(statistics.median(v), 3)
                           for m, v in got.items()}
                       for c, got in values.items()}}


def made_of(values, command):
    """What the run was like; takes it out of the values"""
    about = {k: v[0] for k, v in values.pop("about")["all"].items()}
    return {"command": command,
            "date": datetime.date.today().isoformat(),
            "machine": machine(), "congestion": about["congestion"],
            "seconds": int(about["seconds"]), "noisy": int(about["noisy"]),
            "rounds": int(about["rounds"]),
            "skipped": {k[len("skipped:"):]: v for k, v in about.items()
                        if k.startswith("skipped:")}}


def show(name, text):
    print("\n%s\n\n%s" % (name, text))


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--results", required=True)
    for option in ("values", "command", "document"):
        parser.add_argument("--" + option)
    parser.add_argument("--targets", action="store_true")
    return parser.parse_args()


def main():
    options = arguments()
    results = load(options.results)
    if options.targets:
        print(targets_table(results))
        return
    values = read_values(options.values)
    made = made_of(values, options.command)
    tables = {}
    for workload in [w for w in TABLES if w in values]:
        got = values[workload]
        tables[workload] = TABLES[workload](got, made) + "\n\n" + caption(made)
        results[workload] = result_of(got, made)
    tables["targets"] = targets_table(results)
    for name, text in tables.items():
        show(name, text)
    os.makedirs(os.path.dirname(options.results) or ".", exist_ok=True)
    save(options.results, dump(results))
    plot(results, options.results.removesuffix(".json") + ".svg")
    if options.document:
        with open(options.document, encoding="utf-8") as f:
            document = f.read()
        for name, text in tables.items():
            document = fill(document, name, text)
        save(options.document, document)


if __name__ == "__main__":
    main()
