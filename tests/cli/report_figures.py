"""Figures of the drawn pages are those of the files: report_figures.py FOLDER.

FOLDER holds small.h5, other.h5, sweep.h5 and run.dom, runs.dom, sweep.dom as the browser left them.
"""

import re
import sys

import h5py

folder = sys.argv[1]


class Page:
    def __init__(self, name):
        text = open(f"{folder}/{name}.dom").read()
        self.body = text[text.index("<main") :]
        self.values = {float(v) for v in re.findall(r'data-value="([^"]*)"', self.body)}
        charts = self.body.count('class="chart"')
        assert self.body.count("<svg") == charts > 0, (name, self.body.count("<svg"), charts)

    def has(self, value):
        near = any(abs(value - v) <= 1e-12 * max(1, abs(value)) for v in self.values)
        assert near, f"{value} is not on the page"

    def says(self, text):
        assert text in self.body, f"the page does not say: {text}"


def metrics(file):
    return {m["name"].decode(): m["value"] for m in file["summary"][:]}


def text(value):
    return value.decode() if isinstance(value, bytes) else value


with h5py.File(f"{folder}/small.h5") as f, h5py.File(f"{folder}/other.h5") as other:
    page = Page("run")
    assert len(f["targets"]) > 0
    for t in f["targets"][:]:
        page.has(t["measured"])
        page.has(t["published"])
    targets = [t for t in f["targets"][:] if t["bound"] != 2]
    met = sum(int(t["met"]) for t in targets)
    page.says(f"{met} of {len(targets)} targets are met")
    ours = metrics(f)
    for name in ("all.cost", "all.failed", "remittance.fee", "retail.fx_margin"):
        page.has(ours[name])
    page.says(f"{ours['all.submitted']:,.0f} payments were sent")
    page.has(max(f["corridors"]["amount_micro_usd"]) * 1e-6)
    # Calendar and failures by hour: written by the run, drawn here.
    hours = f["risk/failures_by_hour"][:]
    assert hours["payments"].sum() == ours["all.submitted"]
    assert hours["payments"][hours["reason"] != 0].sum() == ours["all.failed"]
    events = f["events"][:]
    assert list(events["time_ns"]) == sorted(events["time_ns"])
    assert {0, 1, 2, 3, 5, 6} <= set(events["kind"].tolist())
    page.says("EUR T2 RTGS")
    page.says("banks closed on 2025-10-20")
    changed = other["events"][:]
    changed = changed[changed["kind"] == 4]
    assert [text(e["subject"]) for e in changed] == ["US > IN"]

    page = Page("runs")
    theirs = metrics(other)
    page.says("their run digests differ")
    for name in ("all.cost", "all.failed", "all.time_p50"):
        page.has(ours[name])
        page.has(theirs[name])
        page.has(theirs[name] - ours[name])

with h5py.File(f"{folder}/sweep.h5") as f:
    page = Page("sweep")
    for row in f["sweep/summary"][:]:
        for column in ("mean", "low", "high"):
            page.has(row[column])
    for row in f["sweep/differences"][:]:
        page.has(row["difference"])
    answer = text(f["sweep/answer"][()]).split("\n\n")
    page.says(answer[1].replace("\n", " ").replace("<", "&lt;"))
print("figures agree")

with h5py.File(f"{folder}/consensus.h5") as f:
    page = Page("consensus")
    studies = f["consensus/studies"][:]
    base = studies[(studies["load"] == 100) & (studies["faults"] == b"none")]
    assert len(base) == 11
    for row in base:
        page.has(row["finality_p50_ns"] * 1e-9)
        page.has(row["finality_p99_ns"] * 1e-9)
        page.has(row["messages"])
        page.has(row["bytes"] / 1000)
    for row in studies[studies["load"] == 100]:
        page.has(100 * row["decided"] / row["offered"])
    for row in studies[studies["faults"] == b"none"]:
        page.has(row["throughput"])
    page.says("Payments that wait while the replicas are cut in half")

with h5py.File(f"{folder}/pbft.h5") as f:
    study = f["consensus/studies"][0]
    for name in ("day", "days"):
        page = Page(name)
        page.has(study["finality_p50_ns"] * 1e-9)
        page.has(study["messages"])
    assert study["decided"] == metrics(f)["dlt.payments"]

with h5py.File(f"{folder}/ledgers.h5") as f:
    page = Page("ledgers")
    means = f["sweep/summary"][:]
    for row in means[means["metric"] == 0]:
        page.has(row["mean"])
