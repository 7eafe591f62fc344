# SPDX-License-Identifier: Apache-2.0
"""figures.py - medians, quartiles and ratios of measured values, as text

A ratio is that of two values of the same round; its median over the rounds is
shown with its quartiles, so that a machine that slows down spoils nothing.
Lists of values are in the order of the rounds.
"""

import statistics


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
    """The median with the smallest and the largest"""
    if not values:
        return ""
    text = number(statistics.median(values))
    if len(values) > 1:
        text += " [%s–%s]" % (number(min(values)), number(max(values)))
    return text


def ratios(values, base):
    """Of the same rounds; empty if one is missing or they are the same"""
    if not values or not base or values is base or len(values) != len(base):
        return []
    return [v / b for v, b in zip(values, base) if b]


def form(value):
    return "%.2f" % value if value >= 0.095 else "%.3f" % value


def ratio(values, base):
    each = ratios(values, base)
    if not each:
        return ""
    text = form(statistics.median(each))
    if len(each) > 1:
        low, high = quartiles(each)
        text += " [%s–%s]" % (form(low), form(high))
    return text


def median(values, how="%.1f"):
    return how % statistics.median(values) if values else ""


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |",
             "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)
