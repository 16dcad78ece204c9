#!/usr/bin/env python3
"""Measure and draw load curves of the consensus protocols.

    analysis/consensus_load.py measure build/release/sim/cli/herstatt load.csv [--replicas N]...
        [--bandwidth MBIT] [--protocol NAME]... [--highest N] [--seconds S]
    analysis/consensus_load.py draw load.csv load.png
    analysis/consensus_load.py table load.csv

`measure` runs `herstatt consensus` under loads that double until less than 95 % of what is offered is
carried, then twice more to see what happens beyond, and twice between the last load that was carried and
the first that was not. Twice that first one is run again with processors twice as fast, cards twice as
wide and bodies twice as large: what makes it carry more is what binds. `draw` makes one panel for each
protocol under the widest cards of the file, and one of what is carried with the narrowest, if there are
several; `table` prints Markdown. Files of several measurements may be put together. From the
repository's root.
"""

import argparse
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

CARRIED = 0.95  # of what is offered: less than this, and the system is saturated
FULL = 0.9  # of the time: a processor or card that is busy for so long is the limit
FIRST = 200  # payments a second
# Virtual seconds of load: those with few decisions a second need more of them for steady figures.
SECONDS = {"nakamoto": 1000, "gasper": 200, "scp": 60, "xrpl": 60}
COSTS = pathlib.Path("scenarios/data/costs.csv")
COLUMNS = ["protocol", "replicas", "bandwidth_mbit", "variant", "offered_per_s", "carried_per_s",
           "p50_s", "p99_s", "cpu_busiest", "cpu_mean", "card_busiest", "view_changes",
           "bytes_per_payment"]
VARIANTS = {"cpu": "processors", "card": "cards", "body": "bodies"}


def faster_costs(path):
    """The table of costs with everything a processor does in half the time."""
    lines = []
    for line in COSTS.read_text(encoding="utf-8").splitlines():
        fields = line.split(",")
        if len(fields) == 3 and fields[1].isdigit() and fields[0] != "write":
            fields[1] = str(int(fields[1]) // 2)
        lines.append(",".join(fields))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


class Bench:
    """Runs points and writes them down."""

    def __init__(self, options, out, costs):
        self.options, self.out, self.costs = options, out, costs

    def run(self, protocol, replicas, load, variant=""):
        """One point; whether it was carried, and how much of it."""
        options = self.options
        seconds = options.seconds or SECONDS.get(protocol, 20 if replicas < 100 else 10)
        command = [options.herstatt, "consensus", protocol, "--json", "--threads", "1",
                   "--replicas", str(replicas), "--load", str(load), "--seconds", str(seconds),
                   "--bandwidth", str(options.bandwidth * (2 if variant == "card" else 1)),
                   "--body", str(4096 * (2 if variant == "body" else 1))]
        if variant == "cpu":
            command += ["--costs", str(self.costs)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        line = json.loads(done.stdout)["consensus"][0]
        if line["status"] != "OK" or line["violated"]:
            raise SystemExit(f"{' '.join(command)}: {line['status']}, {line['violated']}")
        carried = line["payments_per_second"]
        self.out.writerow([protocol, replicas, options.bandwidth, variant, load, f"{carried:.0f}",
                           f"{line['finality_p50_seconds']:.4g}",
                           f"{line['finality_p99_seconds']:.4g}", f"{line['busiest_cpu']:.3f}",
                           f"{line['mean_cpu']:.3f}", f"{line['busiest_card']:.3f}",
                           line["view_changes"], f"{line['bytes_per_payment']:.0f}"])
        return carried >= CARRIED * load, carried

    def curve(self, protocol, replicas):
        """Loads up to and beyond what a protocol carries."""
        load, beyond = FIRST, 0
        last_good, first_bad = None, None
        while beyond < 3 and load <= self.options.highest:
            good, _ = self.run(protocol, replicas, load)
            if good:
                last_good, first_bad, beyond = load, None, 0
            else:
                first_bad = first_bad or load
                beyond += 1
            load *= 2
        if first_bad is None:
            return
        bad = first_bad
        for _ in range(2):
            if last_good is None:
                break
            middle = round((last_good * bad) ** 0.5 / 100) * 100
            if middle in (last_good, bad):
                break
            good, _ = self.run(protocol, replicas, middle)
            last_good, bad = (middle, bad) if good else (last_good, middle)
        for variant in VARIANTS:
            self.run(protocol, replicas, 2 * first_bad, variant)


def measure(options):
    """Curves of the protocols asked for, or of all."""
    protocols = options.protocol or [
        line.split()[0] for line in subprocess.run(
            [options.herstatt, "consensus", "--list"], check=True, capture_output=True,
            text=True).stdout.splitlines() if line and not line.startswith(" ")]
    with tempfile.TemporaryDirectory() as folder, open(options.csv, "w", 1, encoding="utf-8",
                                                       newline="") as file:
        costs = pathlib.Path(folder) / "costs.csv"
        faster_costs(costs)
        out = csv.writer(file, lineterminator="\n")
        out.writerow(COLUMNS)
        for replicas in options.replicas or [4, 16, 64, 128]:
            for protocol in protocols:
                Bench(options, out, costs).curve(protocol, replicas)


def read(path):
    """Points of a file, by bandwidth, protocol, replicas: sorted by load; and the variants."""
    curves = {}
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = (int(row["bandwidth_mbit"]), row["protocol"], int(row["replicas"]))
            point = {name: float(row[name]) for name in COLUMNS[4:]}
            curve = curves.setdefault(key, {"points": [], "variants": {}})
            if row["variant"]:
                curve["variants"][row["variant"]] = point
            else:
                curve["points"].append(point)
    for curve in curves.values():
        curve["points"].sort(key=lambda point: point["offered_per_s"])
    return curves


def full(point):
    """Whether a point is beyond saturation."""
    return point["carried_per_s"] < CARRIED * point["offered_per_s"]


def carried(point):
    """What a point carries; not more than is offered, whatever was left from the warm-up."""
    return min(point["carried_per_s"], point["offered_per_s"])


def busy(point):
    """What a point's processors and cards did, in a word."""
    if point["cpu_busiest"] >= max(FULL, point["card_busiest"]):
        return "processor"
    if point["card_busiest"] >= FULL:
        return "card"
    return "neither"


def gains(curve):
    """How much more is carried with twice of something, in percent, by what."""
    out = {}
    for name, point in curve["variants"].items():
        base = [p for p in curve["points"] if p["offered_per_s"] == point["offered_per_s"]]
        if base and base[0]["carried_per_s"] > 0:
            out[name] = 100 * (point["carried_per_s"] / base[0]["carried_per_s"] - 1)
    return out


def summary(curve):
    """The knee of a curve and what lies beyond."""
    good = [p for p in curve["points"] if not full(p)]
    bad = [p for p in curve["points"] if full(p) and (not good or p["offered_per_s"] >
                                                      good[-1]["offered_per_s"])]
    return {"idle": curve["points"][0], "knee": good[-1] if good else None,
            "first": bad[0] if bad else None, "last": bad[-1] if bad else None,
            "most": max(p["carried_per_s"] for p in curve["points"]), "gains": gains(curve)}


def seconds_text(value):
    """Seconds with three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(options):
    """Markdown: a line for each curve."""
    print("| Mbit/s | protocol | n | carried up to, 1/s | p50 idle, s | p50 there, s | p99 there, s | "
          "most, 1/s | at 4 x, 1/s | busy there | cpu x 2 | card x 2 | body x 2 |")
    print("|" + "---|" * 13)
    for (bandwidth, protocol, replicas), curve in read(options.csv).items():
        s = summary(curve)
        knee, first, last = s["knee"], s["first"], s["last"]
        cells = [f"{bandwidth:,}", protocol, str(replicas),
                 f"{carried(knee):,.0f}" if knee else "-",
                 seconds_text(s["idle"]["p50_s"]), seconds_text(knee["p50_s"]) if knee else "-",
                 seconds_text(knee["p99_s"]) if knee else "-", f"{s['most']:,.0f}",
                 f"{last['carried_per_s']:,.0f}" if last else "-",
                 f"{busy(first)}, {100 * first['cpu_busiest']:.0f} / "
                 f"{100 * first['card_busiest']:.0f} %" if first else "-"]
        cells += [f"{s['gains'][v]:+.0f} %" if v in s["gains"] else "-" for v in VARIANTS]
        print("| " + " | ".join(cells) + " |")
    return 0


def draw_narrow(axis, curves, plt):
    """What is carried against the number of replicas, with the narrowest cards."""
    bandwidth = min(key[0] for key in curves)
    counts = sorted({key[2] for key in curves if key[0] == bandwidth})
    for i, protocol in enumerate(dict.fromkeys(key[1] for key in curves if key[0] == bandwidth)):
        knees = [(n, summary(curves[bandwidth, protocol, n])["knee"]) for n in counts
                 if (bandwidth, protocol, n) in curves]
        knees = [(n, carried(knee)) for n, knee in knees if knee]
        axis.plot(*zip(*knees), marker="o", markersize=3, linewidth=1, color=f"C{i}",
                  label=protocol)
    # A leader's card carries each payment, 512 bytes, to everyone else.
    axis.plot(counts, [bandwidth * 1e6 / (8 * 512 * (n - 1)) for n in counts], color="0.5",
              linestyle="--", linewidth=1, label="card / (n - 1)")
    axis.set_xscale("log", base=2)
    axis.set_yscale("log")
    axis.set_xticks(counts, counts)
    axis.set_ylabel("carried, 1/s", fontsize=8)
    axis.set_xlabel("replicas", fontsize=8)
    axis.set_title(f"all, cards of {bandwidth / 1000:g} Gbit/s", fontsize=9)
    axis.tick_params(labelsize=7)
    axis.grid(True, which="major", linewidth=0.3)
    axis.legend(fontsize=6, frameon=False)


def draw(options):
    """A panel for each protocol: median and 99th percentile of finality against offered load."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    curves = read(options.csv)
    bandwidth = max(key[0] for key in curves)
    protocols = list(dict.fromkeys(key[1] for key in curves))
    counts = sorted({key[2] for key in curves})
    columns = min(4, len(protocols))
    narrow = len({key[0] for key in curves}) > 1
    rows = -(-(len(protocols) + narrow) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(3.1 * columns, 2.5 * rows), squeeze=False)
    offered = [p["offered_per_s"] for curve in curves.values() for p in curve["points"]]
    shades = {n: plt.get_cmap("viridis")(0.9 - 0.9 * i / max(1, len(counts) - 1))
              for i, n in enumerate(counts)}
    for axis, protocol in zip(axes.flat, protocols):
        for replicas in counts:
            points = curves.get((bandwidth, protocol, replicas), {"points": []})["points"]
            points = [p for p in points if p["p50_s"] > 0]
            loads = [p["offered_per_s"] for p in points]
            axis.plot(loads, [p["p50_s"] for p in points], color=shades[replicas], linewidth=1.2)
            axis.plot(loads, [p["p99_s"] for p in points], color=shades[replicas], linewidth=0.7,
                      linestyle=":")
            for point in points:
                axis.plot(point["offered_per_s"], point["p50_s"], "o", color=shades[replicas],
                          markersize=3.5,
                          markerfacecolor="white" if full(point) else shades[replicas])
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.set_xlim(0.8 * min(offered), 1.25 * max(offered))
        axis.set_title(protocol, fontsize=9)
        axis.tick_params(labelsize=7)
        axis.grid(True, which="major", linewidth=0.3)
    if narrow:
        draw_narrow(axes.flat[len(protocols)], curves, plt)
    for axis in list(axes.flat)[len(protocols) + narrow:]:
        axis.axis("off")
    for axis in axes[:, 0]:
        axis.set_ylabel("finality, s", fontsize=8)
    for axis in list(axes.flat)[max(0, len(protocols) - columns):len(protocols)]:
        axis.set_xlabel("payments offered, 1/s", fontsize=8)
    handles = [plt.Line2D([], [], color=shades[n], label=f"n = {n}") for n in counts]
    handles += [plt.Line2D([], [], color="0.3", label="median"),
                plt.Line2D([], [], color="0.3", linestyle=":", label="99th percentile"),
                plt.Line2D([], [], color="0.3", marker="o", linestyle="", markersize=4,
                           label="carried"),
                plt.Line2D([], [], color="0.3", marker="o", linestyle="", markersize=4,
                           markerfacecolor="white", label="less than 95 % carried")]
    figure.tight_layout(rect=(0, 0.04, 1, 1))
    figure.legend(handles=handles, fontsize=8, loc="lower center", ncol=len(handles), frameon=False)
    figure.savefig(options.png, dpi=100)
    return 0


def main():
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("measure")
    one.add_argument("herstatt")
    one.add_argument("csv")
    one.add_argument("--replicas", type=int, action="append")
    one.add_argument("--bandwidth", type=int, default=10000)
    one.add_argument("--protocol", action="append")
    one.add_argument("--highest", type=int, default=204800)
    one.add_argument("--seconds", type=int)
    two = commands.add_parser("draw")
    two.add_argument("csv")
    two.add_argument("png")
    commands.add_parser("table").add_argument("csv")
    options = parser.parse_args()
    return {"measure": measure, "draw": draw, "table": table}[options.command](options) or 0


if __name__ == "__main__":
    sys.exit(main())
