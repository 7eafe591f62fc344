# SPDX-License-Identifier: Apache-2.0
"""plot.py - all contenders beside the kernel, as one picture

Of each workload that has a rate or a time: the median of a contender's ratio
to the kernel's own sockets, with quartiles. Times are turned round, so up is
good everywhere. Without gnuplot there is no picture.
"""

import shutil
import statistics
import subprocess

from figures import quartiles, ratios

# workload, metric, what it is called below the bars, is it a time?
GROUPS = [
    ("tcp", "forward", "TCP", False),
    ("tcp8", "forward", "TCP, 8", False),
    ("udp", "64", "UDP, 64 B", False),
    ("udp", "1400", "UDP, 1,400 B", False),
    ("rtt", "p50_us", "round trip", True),
    ("short", "per_s", "short HTTP", False),
    ("keepalive", "per_s", "HTTP", False),
    ("redis", "per_s", "redis", False),
]
CONTENDERS = ["ours", "netns", "reference", "libzt", "wireguard", "nebula",
              "fastd", "slirp4netns", "pasta"]

SCRIPT = """
set terminal svg size 1000,460 background rgb "white"
set output "%(svg)s"
set datafile separator "\\t"
set style data histogram
set style histogram errorbars gap 2 lw 1
set style fill solid 0.8 noborder
set linetype 9 linecolor rgb "gray50"
set linetype cycle 9
set logscale y
set ylabel "of the kernel's own, higher is better"
set key outside right top
set grid ytics
set xtics rotate by -30
plot for [i = 0 : %(last)d] "%(data)s" \\
    using (column(3 * i + 2)):(column(3 * i + 3)):(column(3 * i + 4)):xtic(1) \\
    title word("%(names)s", i + 1)
"""


def cell(results, group, contender):
    """median, lower and upper quartile, as text; "-" if there is none"""
    workload, metric, _, is_time = group
    result = results.get(workload)
    if not result:
        return None
    values = result["values"]
    base = values.get("raw-" + result["made"]["congestion"], {}).get(metric)
    mine = values.get(contender, {}).get(metric)
    each = ratios(base, mine) if is_time else ratios(mine, base)
    if not each:
        return None
    return (statistics.median(each),) + quartiles(each)


def plot(results, svg):
    """Writes the picture, and the numbers beside it for who wants them."""
    groups = [g for g in GROUPS
              if any(cell(results, g, c) for c in CONTENDERS)]
    names = [c for c in CONTENDERS
             if any(cell(results, g, c) for g in groups)]
    if not names or not shutil.which("gnuplot"):
        return
    data = svg[:-len(".svg")] + ".tsv"
    with open(data, "w", encoding="utf-8") as f:
        for group in groups:
            cells = [group[2]]
            for contender in names:
                got = cell(results, group, contender)
                cells += ["%.4f" % v for v in got] if got else ["NaN"] * 3
            f.write("\t".join(cells) + "\n")
    script = SCRIPT % {"svg": svg, "data": data, "last": len(names) - 1,
                       "names": " ".join(names)}
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
    strip_ends(svg)


def strip_ends(path):
    with open(path, encoding="utf-8") as f:
        lines = [line.rstrip() for line in f]
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")
