#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""result.py - what a measuring program has printed, as "metric value" lines

usage: result.py FILE

Reads iperf3's JSON, that of the programs here, or the output of wrk or
redis-benchmark --csv, told by their looks. Of iperf3 and bench/bulk:

    mbit_s      as counted by the receiver
    back_mbit_s the other direction, if both were measured at once
    gbytes      moved in all
    apps_cpu_s  processor time of both measuring programs

All else keeps its names. Ends with 1 and a line if the program has failed.
"""

import csv
import json
import re
import sys


def iperf(r):
    if "error" in r:
        sys.exit("iperf3: " + r["error"])
    end = r["end"]
    there = end["sum_received"]
    back = end.get("sum_received_bidir_reverse")
    used = end["cpu_utilization_percent"]
    seconds = end["sum_sent"]["seconds"]
    values = {"mbit_s": round(there["bits_per_second"] / 1e6, 2)}
    gbytes = there["bytes"] / 1e9
    if back:
        values["back_mbit_s"] = round(back["bits_per_second"] / 1e6, 2)
        gbytes += back["bytes"] / 1e9
    values["gbytes"] = round(gbytes, 6)
    values["apps_cpu_s"] = round(
        (used["host_total"] + used["remote_total"]) / 100 * seconds, 4)
    return values


def wrk(text):
    """Errors count as failures: a server that refuses is no fast server."""
    rate = float(re.search(r"Requests/sec: +([\d.]+)", text).group(1))
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), "
                       r"write (\d+), timeout (\d+)", text)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    bad = sum(int(n) for n in errors.groups()) if errors else 0
    return {"per_s": rate,
            "errors": bad + (int(refused.group(1)) if refused else 0)}


def redis(text):
    rows = list(csv.DictReader(text.splitlines()))
    return {"per_s": float(rows[-1]["rps"]),
            "p50_ms": float(rows[-1]["p50_latency_ms"]),
            "p99_ms": float(rows[-1]["p99_latency_ms"])}


def read(text):
    if text.lstrip().startswith("{"):
        values = json.loads(text)
        return iperf(values) if "start" in values else values
    if "Requests/sec" in text:
        return wrk(text)
    if '"rps"' in text:
        return redis(text[text.index('"test"'):])
    sys.exit("result: no known output: " + text.strip()[-200:])


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        for metric, value in read(f.read()).items():
            print(metric, value)


main()
