# SPDX-License-Identifier: Apache-2.0
"""tables.py - a table of doc/performance.md for each workload

TABLES maps a workload to a function of its values, contender -> metric ->
values in the order of the rounds, and of what the run was like. Metrics are
what bench/lib/*.sh record.
"""

from figures import median, number, ratio, spread, table

NAMES = {
    "proxy": "proxy that does nothing",
    "ours": "ours, preload ↔ preload",
    "netns": "ours, namespace ↔ namespace",
    "ours-reference": "ours, preload ↔ the reference, TAP",
    "reference": "the reference, TAP ↔ TAP",
    "libzt": "the reference's library",
    "wireguard": "wireguard-go",
}
SERVICES = {"ours": "ours", "netns": "ours, namespace mode",
            "reference": "the reference", "lite": "ours, `lite`",
            "libzt": "the reference's library",
            "wireguard": "wireguard-go"}


def name(contender, about):
    if contender.startswith("raw-"):
        control = contender[4:]
        default = control == about["congestion"]
        return "kernel TCP, %s%s" % (control, " (default)" * default)
    return NAMES.get(contender, contender)


def plain_name(contender, about):
    """Where the kind of congestion control plays no role"""
    if contender.startswith("raw-"):
        return "kernel"
    return name(contender, about)


def service(contender):
    return SERVICES.get(contender, contender)


def raw(values, about):
    return values.get("raw-" + about["congestion"], {})


# --- streams -----------------------------------------------------------------

def cpu(got, kind):
    return median(got.get("forward-" + kind, []) +
                  got.get("reverse-" + kind, []) +
                  got.get("both-" + kind, []), "%.2f")


def tcp(values, about):
    base = raw(values, about)
    proxy = values.get("proxy", {})
    reference = values.get("reference", {})
    rows = []
    for contender, got in values.items():
        there, back = got.get("forward"), got.get("reverse")
        rows.append([
            name(contender, about), spread(there), spread(back),
            ratio(there, base.get("forward")),
            ratio(back, base.get("reverse")),
            ratio(there, proxy.get("forward")),
            ratio(there, reference.get("forward")),
            cpu(got, "cpu"), cpu(got, "cpu-all"),
            median(got.get("forward-idle", []) + got.get("reverse-idle", []),
                   "%.0f %%")])
    return table(["path", "A → B, Mbit/s", "B → A, Mbit/s", "A → B / kernel",
                  "B → A / kernel", "A → B / proxy", "A → B / reference",
                  "services, CPU s/GB", "with programs, CPU s/GB",
                  "machine idle"], rows)


def tcp8(values, about):
    base = raw(values, about)
    reference = values.get("reference", {})
    rows = []
    for contender, got in values.items():
        there, back = got.get("forward"), got.get("reverse")
        rows.append([
            name(contender, about), spread(there), spread(back),
            ratio(there, base.get("forward")),
            ratio(back, base.get("reverse")),
            ratio(there, reference.get("forward")), cpu(got, "cpu-all")])
    return table(["path", "A → B, Mbit/s", "B → A, Mbit/s", "A → B / kernel",
                  "B → A / kernel", "A → B / reference",
                  "with programs, CPU s/GB"], rows)


def total(got):
    return [a + b for a, b in zip(got.get("both", []),
                                  got.get("both-back", []))]


def bidir(values, about):
    base = total(raw(values, about))
    reference = total(values.get("reference", {}))
    rows = []
    for contender, got in values.items():
        both = total(got)
        rows.append([
            name(contender, about), spread(got.get("both")),
            spread(got.get("both-back")),
            ratio(both, base) if both != base else "",
            ratio(both, reference) if both != reference else "",
            cpu(got, "cpu-all")])
    return table(["path", "A → B, Mbit/s", "B → A, Mbit/s", "sum / kernel",
                  "sum / reference", "with programs, CPU s/GB"], rows)


LINKS = {"loss1-100": "1 %, 100 ms", "loss5-100": "5 %, 100 ms",
         "loss0-20": "0, 20 ms", "loss0-100": "0, 100 ms",
         "loss0-300": "0, 300 ms"}


def loss(values, about):
    heads = ["path"] + ["%s: Mbit/s" % text for text in LINKS.values()]
    rows = []
    for contender, got in values.items():
        rows.append([name(contender, about)] +
                    [spread(got.get(link)) for link in LINKS])
    cubic = values.get("raw-cubic", {})
    bbr = values.get("raw-bbr", {})
    for contender, got in values.items():
        if contender in ("raw-cubic", "raw-bbr"):
            continue
        for other, base in (("cubic", cubic), ("bbr", bbr)):
            rows.append(["%s / kernel, %s" % (name(contender, about), other)] +
                        [ratio(got.get(link), base.get(link))
                         for link in LINKS])
    return table(heads, [row for row in rows if any(row[1:])])


# --- messages ----------------------------------------------------------------

def rtt(values, about):
    base = raw(values, about).get("p50_us")
    reference = values.get("reference", {}).get("p50_us")
    rows = [[plain_name(contender, about), spread(got.get("p50_us")),
             spread(got.get("p99_us")), spread(got.get("p999_us")),
             ratio(got.get("p50_us"), base),
             ratio(got.get("p50_us"), reference)]
            for contender, got in values.items()]
    return table(["path", "p50, µs", "p99, µs", "p99.9, µs", "p50 / kernel",
                  "p50 / reference"], rows)


def loaded(values, about):
    rows = [[plain_name(contender, about), spread(got.get("p50_us")),
             spread(got.get("p99_us")), spread(got.get("p999_us")),
             ratio(got.get("p999_us"), got.get("p50_us")),
             spread(got.get("mbit_s"))]
            for contender, got in values.items()]
    return table(["path", "p50, µs", "p99, µs", "p99.9, µs", "p99.9 / p50",
                  "stream, Mbit/s"], rows)


def udp(values, about):
    base = raw(values, about).get("64")
    reference = values.get("reference", {}).get("64")
    rows = []
    for contender, got in values.items():
        row = [plain_name(contender, about)]
        for size in ("64", "512", "1400"):
            row += [spread(got.get(size)),
                    median(got.get(size + "-loss", []), "%.1f %%")]
        rows.append(row + [ratio(got.get("64"), base),
                           ratio(got.get("64"), reference)])
    return table(["path", "64 bytes, /s", "lost", "512 bytes, /s", "lost",
                  "1,400 bytes, /s", "lost", "64 bytes / kernel",
                  "64 bytes / reference"], rows)


# --- requests ----------------------------------------------------------------

def requests(unit):
    def rows_of(values, about):
        base = raw(values, about).get("per_s")
        reference = values.get("reference", {}).get("per_s")
        rows = []
        for contender, got in values.items():
            errors = sum(got.get("errors", []))
            rows.append([plain_name(contender, about),
                         spread(got.get("per_s")),
                         ratio(got.get("per_s"), base),
                         ratio(got.get("per_s"), reference),
                         number(errors) if errors else "none"])
        return table(["path", unit, "/ kernel", "/ reference", "errors"], rows)
    return rows_of


def redis(values, about):
    base = raw(values, about).get("per_s")
    reference = values.get("reference", {}).get("per_s")
    rows = [[plain_name(contender, about), spread(got.get("per_s")),
             spread(got.get("p50_ms")), spread(got.get("p99_ms")),
             ratio(got.get("per_s"), base),
             ratio(got.get("per_s"), reference)]
            for contender, got in values.items()]
    return table(["path", "GET/s", "p50, ms", "p99, ms", "/ kernel",
                  "/ reference"], rows)


def conns(values, about):
    rows = []
    for contender, got in values.items():
        few, many = got.get("few-cost_us"), got.get("many-cost_us")
        rows.append([
            plain_name(contender, about), spread(got.get("few-per_s")),
            spread(got.get("many-per_s")), spread(few), spread(many),
            ratio(many, few), ratio(got.get("many-all_us"),
                                    got.get("few-all_us")),
            spread(got.get("open_per_s")),
            median(got.get("held-bytes"), "%.0f"),
            median(got.get("held-cpu_ms"), "%.2f"),
            median(got.get("held-wakeups"), "%.1f")])
    return table(["path", "10: messages/s", "10,000: messages/s",
                  "10: services, CPU µs", "10,000: services, CPU µs",
                  "services, 10,000 / 10", "with programs, 10,000 / 10",
                  "opened /s", "at rest: bytes each", "at rest: CPU ms/s",
                  "at rest: wake-ups/s"], rows)


# --- costs -------------------------------------------------------------------

def memory(values, _):
    rows = []
    for contender, got in values.items():
        for when in ("idle", "sending", "receiving"):
            if "%s-Pss" % when in got:
                rows.append(
                    [service(contender), when] +
                    [median([v / 1024 for v in got["%s-%s" % (when, kind)]])
                     for kind in ("Pss", "RssAnon", "Rss")])
    return table(["service", "when", "Pss, MiB", "RssAnon, MiB", "Rss, MiB"],
                 rows)


def join(values, _):
    rows = [[service(contender), spread(got["cold"]), spread(got["warm"])]
            for contender, got in values.items()]
    return table(["service", "cold, ms", "warm, ms"], rows)


def idle(values, _):
    rows = [[service(contender), spread(got["cpu_ms"]), spread(got["wakeups"]),
             spread(got.get("bytes"))]
            for contender, got in values.items()]
    return table(["service", "CPU, ms/s", "wake-ups/s", "bytes/s"], rows)


def sizes(values, _):
    rows = []
    for contender, got in values.items():
        rows += [[service(contender), part, number(size[0] / 1024)]
                 for part, size in got.items()]
    return table(["of", "file", "KiB, stripped"], rows)


TABLES = {
    "tcp": tcp, "tcp8": tcp8, "bidir": bidir, "udp": udp, "rtt": rtt,
    "loaded": loaded, "short": requests("connections/s"),
    "keepalive": requests("requests/s"), "redis": redis, "conns": conns,
    "loss": loss, "memory": memory, "idle": idle, "join": join,
    "sizes": sizes,
}
