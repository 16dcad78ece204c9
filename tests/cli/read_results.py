"""Reads what the command wrote: a run, the figure made of it, and a sweep.

    read_results.py RUN.h5 FIGURE.csv SWEEP.h5

Everything is compared with what h5py alone finds in the file.
"""

import os
import sys

import h5py
import numpy
import pandas

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "analysis"))
import herstatt_results as hr  # noqa: E402

run_path, figure_path, sweep_path = sys.argv[1:4]

with hr.open_results(run_path) as run, h5py.File(run_path, "r") as plain:
    assert run.kind() == "run"
    payments = run.table("/payments")
    completed = int((payments["state"] == "completed").sum())
    assert completed == int(run.summary()["all.completed"]), completed
    # The histogram of the figure against the rows, which the figure does not read.
    figure = pandas.read_csv(figure_path)
    for segment in ("remittance", "retail", "wholesale"):
        rows = payments[(payments["segment"] == segment) & (payments["state"] == "completed")]
        hours = (rows["credited_ns"] - rows["submitted_ns"]) / 3.6e12
        curve = figure[(figure["stage"] == "time_to_credit") & (figure["segment"] == segment)]
        assert abs(curve["share_pct"].iloc[-1] - 100) < 1e-6
        for _, point in curve.iloc[:: max(1, len(curve) // 50)].iterrows():
            share = 100 * (hours <= point["hours"]).mean()
            # A bin is at most 1/128 wide; what lies in it counts as below its upper end.
            next_share = 100 * (hours <= point["hours"] * 1.01).mean()
            assert share - 0.01 <= point["share_pct"] <= next_share + 0.01, (segment, point, share)
    try:
        run.trials()
        raise SystemExit("a run has no trials")
    except KeyError as error:
        assert "no trials" in str(error)
    assert plain["payments"].shape[0] == len(payments)

with hr.open_results(sweep_path) as sweep, h5py.File(sweep_path, "r") as plain:
    assert sweep.kind() == "sweep"
    trials = sweep.trials()
    assert len(trials) == plain["sweep/trials"].shape[0] == sweep.attributes()["trials"]
    assert numpy.array_equal(trials["all.cost"], plain["sweep/trials"]["all.cost"])
    factors = [name.decode().rstrip("\0") for name in plain["sweep/factors"]["name"]]
    assert set(factors) <= set(trials.columns), factors
    cells = sweep.cells("all.cost")
    means = trials.groupby("cell")["all.cost"].mean()
    assert numpy.allclose(cells.set_index("cell")["mean"], means), (cells, means)
    best = cells.loc[cells["mean"].idxmin(), "cell"]
    assert best == sweep.attributes()["best_cell"]
    assert len(sweep.text("/sweep/answer")) > 100
    try:
        sweep.cells("nothing")
        raise SystemExit("there is no such metric")
    except KeyError as error:
        assert "all.cost" in str(error)
print("ok")
