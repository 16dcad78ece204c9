"""Read Herstatt result files into pandas.

    from herstatt_results import open_results

    with open_results("run.h5") as results:
        payments = results.table("/payments")        # a DataFrame, words decoded
        results.summary()["all.completed"]      # 98123.0
        results.attributes("/meta")["seed"]

A file is checked before it is used: its seal (the first 16,384 bytes, text) says how long it is and
what its BLAKE2b-256 must be, so truncation and any changed byte are found before HDF5 sees the
file. docs/reference/results.md describes what is inside.

Needs Python 3.9, numpy, h5py and pandas (Debian: python3-h5py, python3-pandas). Knows nothing of
the simulator: the result file is the interface.
"""

import hashlib
import os
import re

import h5py
import numpy
import pandas

SCHEMA = 1
SEAL_SIZE = 16384
PIECE_SIZE = 16384
MAGIC = b"herstatt result\n"
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"

__all__ = [
    "ResultError",
    "ForeignFile",
    "DamagedFile",
    "TruncatedFile",
    "PartialFile",
    "NewerFile",
    "Results",
    "open_results",
    "read_seal",
]


class ResultError(Exception):
    """A file that cannot be used as a result; the message says why."""


class ForeignFile(ResultError):
    """Not written by Herstatt."""


class DamagedFile(ResultError):
    """Bytes have changed since it was written."""


class TruncatedFile(DamagedFile):
    """Shorter than when it was written."""


class PartialFile(ResultError):
    """The run that wrote it did not finish."""


class NewerFile(ResultError):
    """Written with a schema this reader does not know."""


_SEAL = re.compile(
    rb"herstatt result\n"
    rb"schema (?P<schema>[1-9][0-9]*)\n"
    rb"complete (?P<complete>[01])\n"
    rb"size (?P<size>[0-9]+)\n"
    rb"blake2b (?P<blake2b>[0-9a-f]{64})\n"
    rb"content (?P<content>[0-9a-f]{64})\n"
    rb"[^\n]*\n"
    rb"check [0-9a-f]{32}\n *\n",
    re.DOTALL,
)


def _blake2b(data=b""):
    return hashlib.blake2b(data, digest_size=32)


def _refuse_foreign(path, block):
    if block and block[: len(MAGIC)] == MAGIC[: len(block)]:
        raise TruncatedFile(f"{path}: truncated: the file ends within its seal")
    if block.startswith(HDF5_SIGNATURE):
        raise ForeignFile(f"{path}: an HDF5 file, but not a result of herstatt")
    raise ForeignFile(f"{path}: not a result of herstatt")


def read_seal(path):
    """What the seal of a file says: schema, complete, size, blake2b, content."""
    with open(path, "rb") as stream:
        block = stream.read(SEAL_SIZE)
    if len(block) < SEAL_SIZE or not block.startswith(MAGIC):
        _refuse_foreign(path, block)
    lines, check, _ = block.partition(b"\ncheck ")
    stored = block[len(lines) + len(check) :][:32].decode("ascii", "replace")
    if not check or _blake2b(lines + b"\n").hexdigest()[:32] != stored:
        raise DamagedFile(f"{path}: damaged: bytes of the seal have changed")
    schema = re.match(rb"schema ([1-9][0-9]*)\n", block[len(MAGIC) :])
    if schema and int(schema[1]) > SCHEMA:
        raise NewerFile(
            f"{path}: written by a newer herstatt: schema {int(schema[1])}, "
            f"this reader knows up to {SCHEMA}"
        )
    seal = _SEAL.fullmatch(block)
    if not seal:
        raise DamagedFile(f"{path}: damaged: bytes of the seal have changed")
    return {
        "schema": int(seal["schema"]),
        "complete": seal["complete"] == b"1",
        "size": int(seal["size"]),
        "blake2b": seal["blake2b"].decode(),
        "content": seal["content"].decode(),
    }


def _check_bytes(path, seal):
    size = os.path.getsize(path)
    if size < seal["size"]:
        raise TruncatedFile(f"{path}: truncated: {size} of {seal['size']} bytes are there")
    if size > seal["size"]:
        raise DamagedFile(f"{path}: damaged: {size - seal['size']} bytes were added at its end")
    digest = _blake2b()
    with open(path, "rb") as stream:
        stream.seek(SEAL_SIZE)
        while piece := stream.read(PIECE_SIZE):
            digest.update(_blake2b(piece).digest())
    if digest.hexdigest() != seal["blake2b"]:
        raise DamagedFile(
            f"{path}: damaged: bytes have changed (herstatt inspect names the dataset)"
        )


def _text(value):
    return value.rstrip(b"\0").decode("utf-8", "replace")


def _decode_column(dtype, values):
    """One column of compound rows as something pandas shows well."""
    words = h5py.check_enum_dtype(dtype)
    if words is not None:
        names = {number: word for word, number in words.items()}
        ordered = [names[number] for number in sorted(names)]
        position = {number: i for i, number in enumerate(sorted(names))}
        codes = numpy.array([position.get(int(v), -1) for v in values], dtype=numpy.int16)
        return pandas.Categorical.from_codes(codes, categories=ordered)
    if dtype.kind == "S":
        return [_text(value) for value in values]
    if dtype.subdtype is not None:
        return [bytes(value).hex() for value in values]
    return values


class Results:
    """An open result file; made by open_results()."""

    def __init__(self, path, file, seal):
        self.path = path
        self.seal = seal
        self.file = file  # h5py.File, for what this class does not offer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Close the file; data frames stay valid."""
        self.file.close()

    def _dataset(self, path):
        found = self.file.get(path)
        if not isinstance(found, h5py.Dataset):
            raise KeyError(f"{self.path}: no dataset {path}; there are {', '.join(self.tables())}")
        return found

    def tables(self):
        """Paths of all tables, sorted."""
        found = []
        self.file.visititems(
            lambda name, item: found.append("/" + name)
            if isinstance(item, h5py.Dataset) and item.dtype.names
            else None
        )
        return sorted(found)

    def table(self, path, columns=None, start=0, stop=None):
        """Rows [start, stop) of a table as a DataFrame; `columns` chooses some of them. Enumerated
        columns become categories, hashes hexadecimal text."""
        dataset = self._dataset(path)
        if not dataset.dtype.names:
            raise KeyError(f"{self.path}: {path} is not a table")
        names = list(columns) if columns is not None else list(dataset.dtype.names)
        unknown = [name for name in names if name not in dataset.dtype.names]
        if unknown:
            raise KeyError(f"{self.path}: {path} has no column {', '.join(unknown)}")
        rows = dataset[start:stop]
        return pandas.DataFrame(
            {name: _decode_column(dataset.dtype[name], rows[name]) for name in names},
            columns=names,
        )

    def columns(self, path):
        """Name, unit and description of a table's columns, as a DataFrame."""
        described = self._dataset(path).attrs["columns"]
        return pandas.DataFrame(
            {name: [_text(value) for value in described[name]] for name in described.dtype.names}
        )

    def attributes(self, path="/meta"):
        """Scalar attributes of an object as a dict."""
        return {
            name: value.item() if isinstance(value, numpy.generic) else value
            for name, value in self.file[path].attrs.items()
            if name != "columns"
        }

    def summary(self):
        """The run's figures: a Series of values by name. table("/summary") has units too."""
        rows = self.table("/summary")
        return pandas.Series(rows["value"].to_numpy(), index=rows["name"], name="value")

    def histograms(self):
        """Names of all histograms."""
        return sorted(self.file["/histograms"])

    def histogram(self, name):
        """Bins of a histogram as a DataFrame; attributes(f"/histograms/{name}") has percentiles."""
        return self.table(f"/histograms/{name}")

    def kind(self):
        """What wrote the file: "run" or "sweep"."""
        return str(self.attributes().get("kind", "run"))

    def text(self, path):
        """A text, as of /sweep/answer."""
        return self._dataset(path).asstr()[()]

    def trials(self):
        """The trials of a sweep: /sweep/trials with a column for each factor of its cell."""
        if self.kind() != "sweep":
            raise KeyError(f"{self.path}: a {self.kind()}, which has no trials")
        trials = self.table("/sweep/trials")
        factors = self.table("/sweep/cells").drop(columns=["label", "scenario"])
        return trials.merge(factors, on="cell", how="left", validate="many_to_one")

    def cells(self, metric):
        """A sweep's cells with their factors and the figures of one metric, by its name."""
        if self.kind() != "sweep":
            raise KeyError(f"{self.path}: a {self.kind()}, which has no cells")
        metrics = self.table("/sweep/metrics").set_index("name")["metric"]
        if metric not in metrics.index:
            raise KeyError(f"{self.path}: no metric {metric}; there are {', '.join(metrics.index)}")
        figures = self.table("/sweep/summary")
        figures = figures[figures["metric"] == metrics[metric]].drop(columns="metric")
        return self.table("/sweep/cells").merge(figures, on="cell", how="left")

    def scenario(self):
        """Text of the scenario as run."""
        return self._dataset("/meta/scenario").asstr()[()]

    def inputs(self):
        """The input tables of the run: a dict of bytes by the path they were read from."""
        group = self.file["/meta/inputs"]
        return {
            str(group[number].attrs["path"]): group[number][()].tobytes()
            for number in sorted(group, key=int)
        }


def open_results(path, partial=False):
    """Open a result file after checking it. A partial file is refused unless `partial` is true; of
    such a file nothing can be checked."""
    path = os.fspath(path)
    seal = read_seal(path)
    if seal["complete"]:
        _check_bytes(path, seal)
    elif not partial:
        raise PartialFile(f"{path}: partial: the run that wrote it did not finish")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise DamagedFile(f"{path}: damaged: {error}") from error
    return Results(path, file, seal)
