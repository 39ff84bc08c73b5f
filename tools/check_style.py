#!/usr/bin/env python3
"""Checks what a formatter can't: docs/STYLE.md's rules on sizes, words and READMEs, over every text file of the project.

Prints one line for each breach (file:line: what) and exits 1 if there is any.
"""

import re
import subprocess
import sys
from pathlib import Path

LINE_COLUMNS_MAX = 120
FILE_LINES_MAX = 450
README_LINES_MAX = 40

CODE_SUFFIXES = {".h", ".cpp", ".py", ".sh", ".ts", ".tsx", ".vue", ".css", ".js", ".mjs", ".sql", ".lua"}
TEXT_SUFFIXES = CODE_SUFFIXES | {".cmake", ".md", ".txt", ".toml", ".yaml", ".yml", ".conf", ".cfg", ".service", ".html"}
# Prettier breaks these lines where it can; what stays long is a text or a path.
FORMATTED_SUFFIXES = {".ts", ".tsx", ".css", ".js"}
# Files without a suffix that are code all the same.
CODE_NAMES = {"dev", "run", "Dockerfile"}
# Inputs of tests are kept byte for byte.
EXEMPT = re.compile(r"^tests/(fuzz/corpus|.*/fixtures)/|^tools/check_style\.py$|^tools/tests/test_check_style\.py$|^LICENSE$")

WORDS = [
    (re.compile(r"\b(FIXME|XXX)\b"), "banned word {0}"),
    (re.compile(r"\b(TODO)\b(?!\([^)]+\))"), "{0} without a reason in parentheses"),
    (re.compile(r"(?<![\w./*-])(/(?:home|root|tmp|work)/)"), "path of one machine: {0}"),
]


def is_code(name: str) -> bool:
    path = Path(name)
    return path.suffix in CODE_SUFFIXES or path.name in CODE_NAMES


def check_text(name: str, text: str) -> list[str]:
    """The breaches inside one file, whose name is relative to the root of the project."""
    breaches = []
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        reasons = [reason.format(match.group(1)) for word, reason in WORDS if (match := word.search(line))]
        if "\t" in line:
            reasons.append("a tab")
        if line != line.rstrip():
            reasons.append("space at the end of the line")
        if is_code(name) and Path(name).suffix not in FORMATTED_SUFFIXES and len(line) > LINE_COLUMNS_MAX:
            reasons.append(f"{len(line)} columns, more than {LINE_COLUMNS_MAX}")
        breaches += [f"{name}:{number}: {reason}" for reason in reasons]
    if is_code(name) and len(lines) > FILE_LINES_MAX:
        breaches.append(f"{name}:1: {len(lines)} lines, more than {FILE_LINES_MAX}: is it one concept?")
    if text and not text.endswith("\n"):
        breaches.append(f"{name}:{len(lines)}: no newline at the end")
    return breaches


def check_readmes(root: Path, names: list[str]) -> list[str]:
    """Each folder of src/ that holds C++ opens with a short README."""
    folders = {Path(name).parent for name in names if name.startswith("src/") and Path(name).suffix in {".h", ".cpp"}}
    breaches = []
    for folder in sorted(folders - {Path("src")}):
        readme = root / folder / "README.md"
        if not readme.is_file():
            breaches.append(f"{folder.as_posix()}: no README.md")
            continue
        count = len(readme.read_text(encoding="utf-8").splitlines())
        if count > README_LINES_MAX:
            breaches.append(f"{folder.as_posix()}/README.md: {count} lines, more than {README_LINES_MAX}")
    return breaches


def project_files(root: Path) -> list[str]:
    """Every file that git tracks or would track."""
    listing = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=root, check=True, capture_output=True, text=True
    )
    return sorted(name for name in set(listing.stdout.splitlines()) if (root / name).is_file())


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    names = project_files(root)
    breaches = check_readmes(root, names)
    for name in names:
        if EXEMPT.match(name) or not (is_code(name) or Path(name).suffix in TEXT_SUFFIXES):
            continue
        breaches += check_text(name, (root / name).read_text(encoding="utf-8"))
    print("\n".join(breaches) if breaches else f"style: {len(names)} files pass")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
