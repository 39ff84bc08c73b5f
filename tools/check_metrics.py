#!/usr/bin/env python3
"""Every metric that boards and alerts ask for is one that the server has."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SUFFIXES = ("_bucket", "_count", "_sum")


def main():
    known = set()
    for path in (ROOT / "src").rglob("*.cpp"):
        known.update(re.findall(r'"(pulso_[a-z_]+)"', path.read_text()))
    bad = 0
    for path in sorted([*(ROOT / "deploy").rglob("*.json"), *(ROOT / "deploy").rglob("*.yml")]):
        for name in sorted(set(re.findall(r"\bpulso_[a-z_]+", path.read_text()))):
            base = next((name.removesuffix(end) for end in SUFFIXES if name.endswith(end)), name)
            if base not in known:
                print(f"{path.relative_to(ROOT)}: the server has no metric {base}")
                bad += 1
    print(f"metrics: {bad} unknown" if bad else "metrics: boards and alerts ask for known ones")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
