#!/usr/bin/env python3
"""What would another way of choosing have cost? From a log of choices with propensities.

    herstatt lineup scenarios/routing/lineup.yaml --log choices.csv
    analysis/off_policy.py choices.csv --policy second

Each line of the log is a first attempt: the plans that could be taken, the chance of each (its
propensity), which was taken, and what the attempt cost. A policy says how often it would take each
plan; its mean cost is estimated, by world and router, in two ways:

    ips   mean of pi(taken) / propensity(taken) * cost           (Horvitz, Thompson, JASA 47, 1952)
    dr    mean of sum pi(a) * believed(a) + pi(taken) / propensity(taken) * (cost - believed(taken))
          (doubly robust: Dudik, Langford, Li, ICML'11)

with normal 95 % intervals, in basis points. Both are right on average whatever the beliefs are worth;
good beliefs make the second narrow. Where the log knows the truth (worlds of a line-up do) the true
mean stands beside them. With one per cent of exploration a policy that rarely agrees with the log has
few lines to stand on: `support` is how many, (sum w)^2 / sum w^2, and below some hundred a normal
interval is too narrow.
"""

import argparse
import csv
import math
import sys

POLICIES = {
    "best": lambda count: [1.0] + [0.0] * (count - 1),
    "second": lambda count: [0.0, 1.0] + [0.0] * (count - 2) if count > 1 else [1.0],
    "last": lambda count: [0.0] * (count - 1) + [1.0],
    "even": lambda count: [1.0 / count] * count,
}


class LogError(Exception):
    """A log that cannot be read, with its line."""


def read_log(lines, name="log"):
    """Lines of the log: dictionaries of numbers, with `expected`, `propensity` and `true` as lists."""
    rows = csv.DictReader(lines)
    out = []
    for row in rows:
        try:
            count = int(row["count"])
            one = {
                "group": (row["world"], row["router"]),
                "taken": int(row["taken"]) - 1,
                "cost": float(row["cost_bps"]),
                "expected": [float(row[f"expected_bps_{i + 1}"]) for i in range(count)],
                "propensity": [float(row[f"propensity_{i + 1}"]) for i in range(count)],
            }
            true = [row.get(f"true_bps_{i + 1}") for i in range(count)]
            one["true"] = [float(value) for value in true] if all(true) else None
        except (KeyError, TypeError, ValueError) as wrong:
            raise LogError(f"{name}:{rows.line_num}: not a line of a log of choices: {wrong}") from None
        if not 0 <= one["taken"] < count or min(one["propensity"]) <= 0:
            raise LogError(f"{name}:{rows.line_num}: the plan taken must be one that could be taken")
        if abs(sum(one["propensity"]) - 1) > 1e-6:
            raise LogError(f"{name}:{rows.line_num}: propensities must add up to 1")
        out.append(one)
    if not out:
        raise LogError(f"{name}: no choices")
    return out


def mean_interval(values):
    """Mean and half width of its normal 95 % interval."""
    count = len(values)
    mean = math.fsum(values) / count
    if count < 2:
        return mean, math.inf
    variance = math.fsum((value - mean) ** 2 for value in values) / (count - 1)
    return mean, 1.959964 * math.sqrt(variance / count)


def estimate(choices, policy):
    """ips and dr as (mean, half width), the true mean or None, and the support."""
    ips, doubly, true, weights = [], [], [], []
    for one in choices:
        pi = policy(len(one["propensity"]))
        taken = one["taken"]
        weight = pi[taken] / one["propensity"][taken]
        believed = math.fsum(share * cost for share, cost in zip(pi, one["expected"]))
        weights.append(weight)
        ips.append(weight * one["cost"])
        doubly.append(believed + weight * (one["cost"] - one["expected"][taken]))
        if one["true"] is not None:
            true.append(math.fsum(share * cost for share, cost in zip(pi, one["true"])))
    squares = math.fsum(weight * weight for weight in weights)
    return {
        "ips": mean_interval(ips),
        "dr": mean_interval(doubly),
        "true": math.fsum(true) / len(true) if len(true) == len(choices) else None,
        "support": math.fsum(weights) ** 2 / squares if squares > 0 else 0.0,
        "count": len(choices),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("log")
    parser.add_argument("--policy", choices=sorted(POLICIES), action="append")
    arguments = parser.parse_args()
    try:
        with open(arguments.log, newline="", encoding="utf-8") as stream:
            choices = read_log(stream, arguments.log)
    except (OSError, UnicodeDecodeError, LogError) as wrong:
        sys.exit(f"off_policy: {wrong}")
    groups = sorted({one["group"] for one in choices})
    print("| world | router | policy | choices | support | ips bp | dr bp | true bp |")
    print("|---|---|---|---|---|---|---|---|")
    for group in groups:
        own = [one for one in choices if one["group"] == group]
        for name in arguments.policy or list(POLICIES):
            got = estimate(own, POLICIES[name])
            true = "-" if got["true"] is None else f"{got['true']:.2f}"
            print(
                f"| {group[0]} | {group[1]} | {name} | {got['count']} | {got['support']:.0f} "
                f"| {got['ips'][0]:.2f} +- {got['ips'][1]:.2f} "
                f"| {got['dr'][0]:.2f} +- {got['dr'][1]:.2f} | {true} |"
            )


if __name__ == "__main__":
    main()
