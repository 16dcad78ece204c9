#!/usr/bin/env python3
"""On which corridors does one setting win against another, and where does it lose?

    for seed in 42 43 44 45 46 47; do
        herstatt run scenarios/default.yaml --seed $seed -o a_$seed.h5
        herstatt run scenarios/default.yaml --seed $seed --set routing.router=learned -o b_$seed.h5
    done
    analysis/corridors.py --old a_*.h5 --new b_*.h5

Files are paired in the order given: same seed, same payments. A corridor counts when every file has
at least 20 completed payments on it; its difference in mean cost (new - old, basis points) is given
with Student's t interval over the pairs. No correction for the number of corridors: of 20 that are
equal, one is expected to look different.
"""
import argparse
from collections import defaultdict

import h5py
import numpy as np
from scipy.stats import t as student

LEAST = 20


def corridors(path):
    with h5py.File(path, "r") as result:
        rows = result["corridors"][:]
    return {b"-".join((r["from_country"], r["to_country"])).decode(): r for r in rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--old", nargs="+", required=True)
    parser.add_argument("--new", nargs="+", required=True)
    parser.add_argument("--show", type=int, default=10, help="corridors of each end to list")
    given = parser.parse_args()
    if len(given.old) != len(given.new) or len(given.old) < 2:
        parser.error("as many new files as old ones, at least two of each")
    found = defaultdict(list)
    for old_path, new_path in zip(given.old, given.new):
        old, new = corridors(old_path), corridors(new_path)
        for name in old.keys() & new.keys():
            a, b = old[name], new[name]
            if min(a["completed"], b["completed"]) >= LEAST:
                found[name].append((b["cost_bp"] - a["cost_bp"],
                                    (b["time_median_ns"] - a["time_median_ns"]) / 60e9,
                                    b["completed"]))
    pairs = len(given.old)
    scale = student.ppf(0.975, pairs - 1) / np.sqrt(pairs)
    rows = []
    for name, values in found.items():
        if len(values) == pairs:
            cost = np.array([v[0] for v in values], dtype=float)
            rows.append((cost.mean(), cost.std(ddof=1) * scale, name,
                         np.mean([v[1] for v in values]), np.mean([v[2] for v in values])))
    rows.sort()
    won = [r for r in rows if r[0] + r[1] < 0]
    lost = [r for r in rows if r[0] - r[1] > 0][::-1]
    print(f"{len(rows)} corridors in {pairs} pairs: {len(won)} cheaper, {len(lost)} dearer, "
          f"{len(rows) - len(won) - len(lost)} neither (95 %, uncorrected)")
    for title, part in (("cheaper", won), ("dearer", lost)):
        print(f"\n{title:9}  cost, bp            median time, min   payments")
        for mean, half, name, minutes, payments in part[:given.show]:
            print(f"{name:9} {mean:+7.1f} +- {half:<8.1f} {minutes:+14.0f} {payments:14.0f}")


if __name__ == "__main__":
    main()
