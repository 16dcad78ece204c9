#!/usr/bin/env python3
"""Draw finality against offered load for each protocol, from `herstatt consensus --json`.

    herstatt consensus pbft hotstuff raft --replicas 4 --replicas 16 --replicas 64 \\
        --load 100 --load 1000 --load 5000 --load 10000 --load 20000 --json > load.json
    analysis/consensus_load.py load.json load.png

One panel for each number of replicas. Latency rises before throughput stops growing; a point behind
which less is decided than is offered is hollow.
"""

import json
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

CARRIED = 0.98  # of what is offered: less than this, and the system is saturated


def read(path):
    """The lines of a study, by replicas and protocol, in the order of load."""
    with open(path, encoding="utf-8") as file:
        lines = json.load(file)["consensus"]
    panels = {}
    for line in lines:
        if line["status"] == "OK" and line["decided"] > 0 and line["faults"] == "none":
            panels.setdefault(line["replicas"], {}).setdefault(line["protocol"], []).append(line)
    for panel in panels.values():
        for points in panel.values():
            points.sort(key=lambda line: line["offered_payments_per_second"])
    return panels


def draw(panels, path):
    """A panel for each number of replicas, side by side."""
    figure, axes = plt.subplots(1, len(panels), figsize=(4.2 * len(panels), 4), sharey=True,
                                squeeze=False)
    protocols = sorted({name for panel in panels.values() for name in panel})
    colours = {name: f"C{i % 10}" for i, name in enumerate(protocols)}
    for axis, (replicas, panel) in zip(axes[0], sorted(panels.items())):
        for name, points in sorted(panel.items()):
            x = [p["payments_per_second"] for p in points]
            y = [p["finality_p50_seconds"] for p in points]
            axis.plot(x, y, color=colours[name], linewidth=1, label=name)
            for point in points:
                full = point["payments_per_second"] < CARRIED * point["offered_payments_per_second"]
                axis.plot(point["payments_per_second"], point["finality_p50_seconds"], "o",
                          color=colours[name], markersize=4,
                          markerfacecolor="none" if full else colours[name])
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.set_title(f"{replicas} replicas")
        axis.set_xlabel("payments decided, 1/s")
        axis.grid(True, which="major", linewidth=0.3)
    axes[0][0].set_ylabel("finality, median, s")
    handles = [plt.Line2D([], [], color=colours[name], label=name) for name in protocols]
    figure.tight_layout(rect=(0, 0.08, 1, 1))
    figure.legend(handles=handles, fontsize=8, loc="lower center", ncol=len(protocols), frameon=False)
    figure.savefig(path, dpi=120)


def main(arguments):
    """Read one file, write one picture."""
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    panels = read(arguments[1])
    if not panels:
        print(f"{arguments[1]}: no study without faults that decided anything", file=sys.stderr)
        return 1
    draw(panels, arguments[2])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
