#!/usr/bin/env python3
"""Every room has a README and every header tells its story.

usage: documentation.py [ROOT]

Fails when a folder of core/ or sim/ with sources has no README.md, or its README does not name a
header of the folder; when a header does not open with "/** @file <its path>" (or says which script
wrote it); and when a local link in a Markdown file leads nowhere.
"""
import pathlib
import re
import sys

LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
SKIPPED = {".git", "build"}


def check_readmes(root, problems):
    folders = {path.parent for top in ("core", "sim") for path in (root / top).rglob("*.[ch]")}
    for folder in sorted(folders):
        name = folder.relative_to(root).as_posix()
        readme = folder / "README.md"
        if not readme.exists():
            problems.append(f"{name}: no README.md")
            continue
        text = readme.read_text(encoding="utf-8")
        for header in sorted(folder.glob("*.h")):
            if header.name not in text and header.stem not in text:
                problems.append(f"{name}/README.md: does not mention {header.name}")


def check_headers(root, problems):
    for top in ("core", "sim"):
        for path in sorted((root / top).rglob("*.h")):
            name = path.relative_to(root).as_posix()
            text = path.read_text(encoding="utf-8")
            if not text.startswith((f"/** @file {name}\n", "/* Written by ")):
                problems.append(f'{name}:1: does not open with "/** @file {name}"')


def check_links(root, problems):
    for path in sorted(root.rglob("*.md")):
        name = path.relative_to(root)
        if SKIPPED & set(name.parts):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for target in LINK.findall(line):
                if "://" not in target and not target.startswith("mailto:"):
                    if not (path.parent / target).exists():
                        problems.append(f"{name.as_posix()}:{number}: link to nothing: {target}")


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    problems = []
    check_readmes(root, problems)
    check_headers(root, problems)
    check_links(root, problems)
    if problems:
        print("\n".join(problems))
        sys.exit(f"documentation: {len(problems)} problem(s)")
    print("documentation: every folder has its README, every header its opening, every link its end")


if __name__ == "__main__":
    main()
