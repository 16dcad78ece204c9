#!/usr/bin/env python3
"""How long payments take, by segment, next to published figures: docs/pictures/latency-by-segment.png.

    herstatt run scenarios/default.yaml --output results/default.h5
    python3 analysis/latency_by_segment.py results/default.h5 -o latency-by-segment.png

Draws two cumulative curves a segment, until the creditor's bank has the payment and until the
creditor is credited, from the histograms of the result; rows of payments are not read. Points are
the published figures in the result's own /targets. --csv FILE writes what is drawn.

Exit 0 drawn, 2 usage, 3 a file that cannot be read or written, or is no result of a run.

Needs h5py, pandas and matplotlib (Debian: python3-h5py, python3-pandas, python3-matplotlib).
"""

import argparse
import os
import sys

import pandas

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import herstatt_results as hr  # noqa: E402

SEGMENTS = ["remittance", "retail", "wholesale"]
STAGES = {
    "time_to_bank": "until the creditor's bank has it",
    "time_to_credit": "until the creditor is credited",
}
# Published figures by what they are about: stage, hours on the axis, and how to call the point.
POINTS = {
    "banks.bank_10min": ("time_to_bank", 1 / 6, "Swift: 10 min"),
    "banks.bank_1h": ("time_to_bank", 1.0, "Swift: 1 h"),
    "banks.credited_1h": ("time_to_credit", 1.0, "Swift: 1 h"),
    "retail.credited_1h": ("time_to_credit", 1.0, "G20 target: 1 h"),
}
NS_PER_HOUR = 3.6e12
DAY_MARKS = {1 / 60: "1 min", 1 / 6: "10 min", 1: "1 h", 6: "6 h", 24: "1 d", 168: "1 week"}


def curves(results):
    """Cumulative share (per cent) by stage, segment and hours, as one table."""
    parts = []
    for stage in STAGES:
        for segment in SEGMENTS:
            bins = results.histogram(f"{stage}_{segment}")
            total = bins["count"].sum()
            parts.append(
                pandas.DataFrame(
                    {
                        "stage": stage,
                        "segment": segment,
                        "hours": (bins["upper"] / NS_PER_HOUR).to_numpy(),
                        "share_pct": 100 * bins["count"].cumsum().to_numpy() / max(total, 1),
                    }
                )
            )
    return pandas.concat(parts, ignore_index=True)


def points(results):
    """Published figures that belong into the picture."""
    targets = results.table("/targets").set_index("name")
    rows = [
        (name, stage, hours, targets.loc[name, "published"], label)
        for name, (stage, hours, label) in POINTS.items()
        if name in targets.index
    ]
    return pandas.DataFrame(rows, columns=["name", "stage", "hours", "share_pct", "label"])


def draw(shares, published, title, path):
    """The picture, as PNG, PDF or SVG by the ending of its name."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(10, 4.2), sharey=True, constrained_layout=True)
    for axis, (stage, words) in zip(axes, STAGES.items()):
        for segment in SEGMENTS:
            one = shares[(shares["stage"] == stage) & (shares["segment"] == segment)]
            axis.step(one["hours"], one["share_pct"], where="post", label=segment)
        for _, point in published[published["stage"] == stage].iterrows():
            axis.plot(point["hours"], point["share_pct"], "kx", markersize=8)
            axis.annotate(
                f"{point['label']}, {point['share_pct']:.0f} %",
                (point["hours"], point["share_pct"]),
                textcoords="offset points",
                xytext=(8, -4),
            )
        axis.set_xscale("log")
        axis.set_xlim(1 / 120, 400)
        axis.set_xticks(list(DAY_MARKS))
        axis.set_xticklabels(DAY_MARKS.values())
        axis.minorticks_off()
        axis.set_ylim(0, 100)
        axis.grid(alpha=0.3)
        axis.set_title(words)
        axis.set_xlabel("time since the debtor's instruction")
    axes[0].set_ylabel("completed payments, per cent")
    axes[0].legend(loc="lower right")
    figure.suptitle(title)
    figure.savefig(path, dpi=120, metadata={"Software": None} if path.endswith(".png") else None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("result", help="result file of herstatt run")
    parser.add_argument("-o", "--output", default="latency-by-segment.png", help="picture to write")
    parser.add_argument("--csv", help="write what is drawn as CSV, too")
    arguments = parser.parse_args()
    try:
        with hr.open_results(arguments.result) as results:
            if results.kind() != "run":
                raise hr.ForeignFile(f"{arguments.result}: a {results.kind()}, not a run")
            shares = curves(results)
            published = points(results)
            completed = results.summary()["all.completed"]
            title = f"{results.attributes()['title']}, {completed:,.0f} completed payments"
        draw(shares, published, title, arguments.output)
        if arguments.csv:
            shares.to_csv(arguments.csv, index=False, float_format="%.9g")
    except (hr.ResultError, OSError) as error:
        print(f"latency_by_segment: {error}", file=sys.stderr)
        return 3
    for segment in SEGMENTS:
        one = shares[(shares["stage"] == "time_to_credit") & (shares["segment"] == segment)]
        within = one["share_pct"][one["hours"] <= 1.0]
        print(f"{segment:12s} credited within an hour: {within.max() if len(within) else 0:.1f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
