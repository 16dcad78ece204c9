#!/usr/bin/env python3
"""Arrows point one way: check every include against the table in docs/architecture.md.

usage: layers.py [ROOT]

Fails on an include that the table does not allow, an own header that is not first, a ".." in an
include, an include that is neither from the root nor of a system, a folder with sources that has no
row, a row whose folder has no sources, and a row that includes a later row (so the table itself
has no cycle and reads from the bottom up).
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def read_table(root):
    """Rows of the table between the marks: [(module, set of modules it may include)]."""
    text = (root / "docs/architecture.md").read_text(encoding="utf-8")
    begin, end = text.find("<!-- layers:begin -->"), text.find("<!-- layers:end -->")
    if begin < 0 or end < begin:
        sys.exit("docs/architecture.md: no table between <!-- layers:begin --> and <!-- layers:end -->")
    rows = []
    for line in text[begin:end].splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 2 and "/" in cells[0]:
            rows.append((cells[0], set(cells[1].split())))
    return rows


def module_of(path):
    """core/ledger/transfer.h -> core/ledger."""
    return "/".join(path.split("/")[:2])


def sources(root, *tops):
    for top in tops:
        for path in sorted((root / top).rglob("*.[ch]")):
            yield path, path.relative_to(root).as_posix()


def check_table(rows, folders, problems):
    seen = []
    for module, allowed in rows:
        if module in seen:
            problems.append(f"docs/architecture.md: {module} has two rows")
        for other in sorted(allowed - set(seen)):
            problems.append(f"docs/architecture.md: {module} may include {other}, which has no row above it")
        if module.startswith("core/") and any(other.startswith("sim/") for other in allowed):
            problems.append(f"docs/architecture.md: {module} may not include sim")
        if module not in folders:
            problems.append(f"docs/architecture.md: {module} has a row but no sources")
        seen.append(module)
    for folder in sorted(folders - set(seen)):
        problems.append(f"docs/architecture.md: {folder} has sources but no row")


def check_file(path, name, allowed, problems):
    own = path.with_suffix(".h")
    own_name = name[:-2] + ".h"
    first = True
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match is None:
            continue
        bracket, target = match.groups()
        where = f"{name}:{number}"
        if first and name.endswith(".c") and own.exists() and target != own_name:
            problems.append(f'{where}: the own header "{own_name}" must come first')
        first = False
        if ".." in target.split("/"):
            problems.append(f'{where}: "{target}": includes are from the root, never ".."')
        elif bracket == '"' and "/" not in target:
            problems.append(f'{where}: "{target}": write the path from the root')
        elif allowed is not None and target.split("/")[0] in ("core", "sim", "tests", "analysis"):
            module = module_of(target)
            if module not in allowed:
                problems.append(f'{where}: "{target}": {module_of(name)} may not include {module}')


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    problems = []
    rows = read_table(root)
    table = dict(rows)
    files = list(sources(root, "core", "sim"))
    check_table(rows, {module_of(name) for _, name in files}, problems)
    for path, name in files:
        module = module_of(name)
        check_file(path, name, table.get(module, set()) | {module}, problems)
    for path, name in sources(root, "tests"):
        check_file(path, name, None, problems)
    if problems:
        print("\n".join(problems))
        sys.exit(f"layers: {len(problems)} problem(s)")
    print(f"layers: {len(files)} files in {len(rows)} modules keep to the table")


if __name__ == "__main__":
    main()
