#!/usr/bin/env python3
"""Compare the levels of one factor of a sweep pair by pair, at each setting of the others.

    analysis/paired.py results/consensus-x-routing.h5 protocol none
    analysis/paired.py results/consensus-x-routing.h5 protocol none --metric all.cost \\
        --metric all.time_p50 --picture difference.png

Replication r of every cell has the same payments, so a level's difference to the reference level is
taken within each replication. Printed as Markdown: mean of the level, mean difference, t interval at
95 %. Levels that agree in all digits printed share a line. `--picture` draws the differences, a panel
a metric.
"""

import argparse
import sys

from herstatt_results import open_results
from scipy.stats import t as student


def read(path, factor, reference, metrics):
    """By metric: unit, and by setting of the other factors and level: mean, difference, half width."""
    with open_results(path) as results:
        trials, table = results.trials(), results.table("/sweep/metrics")
        factors = list(results.table("/sweep/cells").columns[3:])
    units = dict(zip(table["name"], table["unit"]))
    if factor not in factors or reference not in set(trials[factor].astype(str)):
        raise SystemExit(f"{path}: no level {reference} of {factor}; factors are {factors}")
    others = [name for name in factors if name != factor]
    out = {}
    for metric in metrics or list(table["name"]):
        if metric not in units:
            raise SystemExit(f"{path}: no metric {metric}; there are {', '.join(units)}")
        rows = {}
        wide = trials.pivot(index=["replication", *others], columns=factor, values=metric)
        for setting in trials[others].drop_duplicates().itertuples(index=False):
            part = wide.xs(tuple(setting), level=others) if others else wide
            if len(part) < 2:
                raise SystemExit(f"{path}: one replication of each cell has no interval")
            for level in trials[factor].drop_duplicates():
                gap = part[level] - part[reference]
                half = student.ppf(0.975, len(gap) - 1) * gap.std() / len(gap) ** 0.5
                rows[", ".join(map(str, setting)), str(level)] = (part[level].mean(), gap.mean(),
                                                                  half)
        out[metric] = (units[metric], rows)
    return out


def digits(value):
    """Four significant digits without an exponent."""
    size = abs(value)
    return f"{value:,.0f}" if size >= 1000 else f"{value:.4g}"


def print_table(metric, unit, rows, reference):
    """Markdown, a line for each setting and each group of levels that agree."""
    print(f"\n| `{metric}`, {unit} | level | mean | against {reference} |\n|---|---|---|---|")
    lines = {}
    for (setting, level), (mean, gap, half) in rows.items():
        width = f"{half:.2g}" if half < 100 else f"{float(f'{half:.2g}'):,.0f}"
        text = "" if level == reference else f"{gap:+.4g} +- {width}"
        lines.setdefault((setting, digits(mean), text), []).append(level)
    for (setting, mean, text), levels in lines.items():
        print(f"| {setting} | {', '.join(levels)} | {mean} | {text} |")


def draw(tables, factor, reference, path):
    """Differences to the reference with their intervals, a panel a metric."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(tables), figsize=(3.6 * len(tables), 3.4), squeeze=False,
                                sharey=True)
    for axis, (metric, (unit, rows)) in zip(axes[0], tables.items()):
        settings = list(dict.fromkeys(setting for setting, _ in rows))
        levels = list(dict.fromkeys(level for _, level in rows if level != reference))
        for s, setting in enumerate(settings):
            places = [i + 0.2 * (s - (len(settings) - 1) / 2) for i in range(len(levels))]
            axis.errorbar([rows[setting, level][1] for level in levels], places,
                          xerr=[rows[setting, level][2] for level in levels], fmt="o",
                          markersize=4, linewidth=1.2, color=f"C{s}", label=setting)
        axis.axvline(0, color="0.4", linewidth=0.8)
        axis.set_yticks(range(len(levels)), levels)
        axis.set_xlabel(f"{metric}, {unit}, less that of {reference}", fontsize=8)
        axis.tick_params(labelsize=8)
        axis.grid(True, axis="x", linewidth=0.3)
    axes[0][0].invert_yaxis()
    axes[0][0].set_ylabel(factor, fontsize=8)
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.tight_layout(rect=(0, 0.08, 1, 1))
    figure.legend(handles, labels, fontsize=8, loc="lower center", ncol=len(labels), frameon=False)
    figure.savefig(path, dpi=100)


def main():
    """Read a sweep, print tables, perhaps draw a picture."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("result")
    parser.add_argument("factor")
    parser.add_argument("reference")
    parser.add_argument("--metric", action="append")
    parser.add_argument("--picture")
    options = parser.parse_args()
    tables = read(options.result, options.factor, options.reference, options.metric)
    for metric, (unit, rows) in tables.items():
        print_table(metric, unit, rows, options.reference)
    if options.picture:
        draw(tables, options.factor, options.reference, options.picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
