"""Tests of herstatt_results.py over files written by the C writer.

    python3 analysis/test_herstatt_results.py <path of metrics_sample>

Exits with 77 (skipped) where h5py or pandas is missing.
"""

import os
import subprocess
import sys
import tempfile
import unittest

try:
    import h5py
    import pandas
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import herstatt_results as hr  # noqa: E402

SAMPLE = sys.argv.pop(1) if len(sys.argv) > 1 else None


class ReaderTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "run.h5")
        subprocess.run([SAMPLE, self.path], check=True)

    def tearDown(self):
        self.folder.cleanup()

    def change(self, at, to=None):
        with open(self.path, "r+b") as stream:
            stream.seek(at)
            old = stream.read(1)
            stream.seek(at)
            stream.write(to if to is not None else bytes([old[0] ^ 1]))

    def test_tables_become_data_frames_with_words(self):
        with hr.open_results(self.path) as results:
            payments = results.table("/payments")
            self.assertEqual(len(payments), 3)
            self.assertIn(payments["state"][0], {"pending", "completed", "failed", "returned",
                                                 "expired", "lost"})
            self.assertEqual(payments["state"].dtype, "category")
            self.assertEqual(payments["payment"].dtype, "uint64")
            some = results.table("/payments", columns=["payment", "state"], start=1)
            self.assertEqual(list(some.columns), ["payment", "state"])
            self.assertEqual(some["payment"].tolist(), payments["payment"][1:].tolist())

    def test_every_table_can_be_read(self):
        with hr.open_results(self.path) as results:
            self.assertGreater(len(results.tables()), 15)
            for path in results.tables():
                frame = results.table(path)
                self.assertEqual(list(results.columns(path)["name"]), list(frame.columns))

    def test_hashes_are_hexadecimal(self):
        with hr.open_results(self.path) as results:
            blocks = results.table("/ledgers/blocks")
            self.assertRegex(blocks["state_root"][0], r"\A[0-9a-f]{64}\Z")

    def test_columns_have_units_and_descriptions(self):
        with hr.open_results(self.path) as results:
            columns = results.columns("/payments").set_index("name")
            self.assertEqual(columns["unit"]["submitted_ns"], "ns")
            self.assertTrue(columns["description"].str.len().min() > 0)

    def test_everything_else_comes_back(self):
        with hr.open_results(self.path) as results:
            meta = results.attributes("/meta")
            self.assertEqual((meta["scenario"], meta["seed"], meta["scale"]), ("small", 1974, 0.625))
            self.assertEqual(meta["content_digest"], results.seal["content"])
            self.assertEqual(results.scenario(), "schema: 1\n")
            self.assertEqual(results.inputs(),
                             {"data/fx.csv": b"a,b\n1,2\n", "data/empty.csv": b""})
            self.assertEqual(results.histograms(), ["time_to_credit"])
            self.assertEqual(results.histogram("time_to_credit")["count"].sum(), 11)
            self.assertEqual(len(results.summary()), 3)
            self.assertEqual(results.file["/risk/steps"][()].tolist(), [1, -2, 3])

    def test_what_is_not_there_is_named(self):
        with hr.open_results(self.path) as results:
            with self.assertRaisesRegex(KeyError, "no dataset /nothing"):
                results.table("/nothing")
            with self.assertRaisesRegex(KeyError, "no column nothing"):
                results.table("/payments", columns=["nothing"])

    def test_any_changed_byte_is_damage(self):
        size = os.path.getsize(self.path)
        for at in [0, 20, 30, 100, 300, 511, 512, 600, 16383, 16384, size // 2, size - 1]:
            self.change(at)
            with self.assertRaises((hr.DamagedFile, hr.ForeignFile)):
                hr.open_results(self.path)
            self.change(at)
        hr.open_results(self.path).close()

    def test_truncation_is_told(self):
        for size in [os.path.getsize(self.path) - 1, 20000, 16384, 5000, 512, 100, 1]:
            os.truncate(self.path, size)
            with self.assertRaises(hr.TruncatedFile):
                hr.open_results(self.path)

    def test_partial_files_are_refused_unless_wanted(self):
        subprocess.run([SAMPLE, self.path, "partial"], check=True)
        with self.assertRaises(hr.PartialFile):
            hr.open_results(self.path + ".partial")
        with hr.open_results(self.path + ".partial", partial=True) as results:
            self.assertEqual(results.file.attrs["complete"], 0)
            self.assertEqual(len(results.table("/payments")), 3)

    def test_newer_files_are_refused(self):
        with open(self.path, "r+b") as stream:
            lines = stream.read(16384).split(b"check ")[0].replace(b"schema 1\n", b"schema 9\n")
            stream.seek(0)
            stream.write(lines + b"check " + hr._blake2b(lines).hexdigest()[:32].encode())
        with self.assertRaisesRegex(hr.NewerFile, "schema 9"):
            hr.open_results(self.path)

    def test_foreign_files_are_refused(self):
        with open(self.path, "w") as stream:
            stream.write("payment,amount\n")
        with self.assertRaisesRegex(hr.ForeignFile, "not a result of herstatt"):
            hr.open_results(self.path)
        with h5py.File(self.path, "w") as other:
            other.attrs["x"] = 1
        with self.assertRaisesRegex(hr.ForeignFile, "an HDF5 file, but"):
            hr.open_results(self.path)
        with self.assertRaises(FileNotFoundError):
            hr.open_results(self.path + ".none")


if __name__ == "__main__":
    if SAMPLE is None:
        sys.exit("usage: test_herstatt_results.py <path of metrics_sample>")
    unittest.main()
