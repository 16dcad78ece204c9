#!/usr/bin/env python3
"""Break protocols on purpose and see every break caught.

    mutants.py BUILD_DIRECTORY [PROTOCOL...]

Each line of tests/mutants/<protocol>.txt is one break:

    name | file | old text | new text | what catches it

The old text stands exactly once in the file. The protocol's sources are copied with the one text
replaced, compiled against the libraries of BUILD_DIRECTORY, and its unit test is run: it must fail.
Prints a line a mutant and exits 1 when one survives, 2 when a line does not fit the sources.
"""

import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
LIBRARIES = ["tests/unit/consensus/libconsensus_test_support.a", "sim/consensus/libhst_sim_consensus.a",
             "core/consensus/libhst_core_consensus.a", "sim/network/libhst_sim_network.a",
             "sim/engine/libhst_sim_engine.a", "sim/base/libhst_sim_base.a",
             "core/crypto/libhst_core_crypto.a", "core/base/libhst_core_base.a"]
TIMEOUT_S = 120


def read_list(path):
    """The mutants of one file: (protocol, name, file, old, new, catcher)."""
    mutants = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split(" | ")]
        if len(cells) != 5:
            sys.exit(f"{path.name}:{number}: expected five cells between \" | \", found {len(cells)}")
        mutants.append((path.stem, *cells))
    return mutants


def own_folders(protocol):
    """The folders a protocol is made of: its own and those its sources include."""
    folders = {f"core/consensus/{protocol}"}
    for folder in list(folders):
        for source in (ROOT / folder).glob("*.[ch]"):
            for name in re.findall(r'#include "(core/consensus/\w+)/', source.read_text()):
                folders.add(name)
    return sorted(folders)


def run_test(build, compiler, test, objects, program):
    """Build one test with the broken objects and run it."""
    command = [*compiler, "-o", str(program), str(test), str(objects),
               *[str(build / library) for library in LIBRARIES], "-lcmocka", "-lsodium", "-fopenmp", "-lm"]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode != 0:
        return "! does not link: " + built.stderr.splitlines()[-1]
    try:
        done = subprocess.run([str(program)], capture_output=True, text=True, check=False, cwd=ROOT,
                              timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return "caught: the test does not end"
    if done.returncode == 0:
        return "SURVIVED"
    output = done.stdout + done.stderr
    check = re.search(r"check (\w+), replica", output)
    failed = re.search(r"\[  FAILED  \] (\w+)", output)
    return "caught: " + (f"check {check[1]}, " if check else "") + (failed[1] if failed else "crash")


def run(build, mutant):
    """'caught: ...', 'SURVIVED' or an error that begins with '!'."""
    protocol, name, file, old, new, _ = mutant
    place = build / "mutants" / protocol / re.sub(r"\W+", "_", name)
    shutil.rmtree(place, ignore_errors=True)
    folders = own_folders(protocol)
    for folder in folders:
        shutil.copytree(ROOT / folder, place / folder)
    target = place / file
    if not target.is_file():
        return f"! {file} is not part of {protocol}"
    text = target.read_text()
    if text.count(old) != 1:
        return f"! the old text stands {text.count(old)} times in {file}"
    target.write_text(text.replace(old, new))
    sources = [str(s) for folder in folders for s in sorted((place / folder).glob("*.c"))]
    objects = place / "objects.o"
    compiler = ["cc", "-std=c11", "-O1", "-w", f"-I{place}", f"-I{ROOT}"]
    built = subprocess.run([*compiler, "-r", "-nostdlib", "-o", str(objects), *sources],
                           capture_output=True, text=True, check=False)
    if built.returncode != 0:
        return "! does not compile: " + built.stderr.splitlines()[-1]
    tests = ROOT / "tests/unit/consensus"
    try:
        for test in [tests / f"test_{protocol}.c", *sorted(tests.glob(f"test_{protocol}_*.c"))]:
            verdict = run_test(build, compiler, test, objects, place / "test")
            if verdict != "SURVIVED":
                return verdict
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return "SURVIVED"


def main(arguments):
    """Run every mutant, two at a time."""
    if len(arguments) < 2:
        sys.exit(__doc__)
    build = Path(arguments[1]).resolve()
    wanted = arguments[2:]
    mutants = [m for path in sorted(HERE.glob("*.txt")) if not wanted or path.stem in wanted
               for m in read_list(path)]
    worst = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for mutant, verdict in zip(mutants, pool.map(lambda m: run(build, m), mutants)):
            print(f"{mutant[0]:<12} {mutant[1][:34]:<34} {verdict}", flush=True)
            worst = max(worst, 1 if verdict == "SURVIVED" else 2 if verdict[0] == "!" else 0)
    print(f"{len(mutants)} mutants" + (", all caught" if worst == 0 else ""))
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv))
