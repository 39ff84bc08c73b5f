#!/usr/bin/env python3
"""Checks that dependencies between the folders of src/ point down, as tools/floors.txt says.

Two things are read: every #include "..." of a source file, and the DEPENDS of every pulso_library() in CMake, which
must name what the folder's files include. Prints one line for each breach (file:line: what and why) and exits 1 if
there is any.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
LIBRARY = re.compile(r"pulso_library\(\s*(\w+)([^)]*)\)", re.DOTALL)
SOURCE_SUFFIXES = {".h", ".cpp"}


@dataclass(frozen=True)
class Floor:
    """A row of the table: how high a folder stands, and its neighbours on the same floor that it may use."""

    level: int
    below: frozenset[str]


class Floors:
    """The table of floors; a pattern such as features/* stands for each folder directly inside."""

    def __init__(self, text: str):
        self._rows: dict[str, Floor] = {}
        for line in text.splitlines():
            fields = line.split("#")[0].split()
            if fields:
                folder, level, *below = fields
                self._rows[folder] = Floor(int(level), frozenset(below))

    def folder_of(self, path: str) -> str | None:
        """The folder of the table that holds the path (relative to src/), or None where the table has none."""
        parts = path.split("/")
        if parts[0] in self._rows:
            return parts[0]
        if len(parts) > 2 and f"{parts[0]}/*" in self._rows:
            return "/".join(parts[:2])
        return None

    def floor(self, folder: str) -> Floor:
        return self._rows.get(folder) or self._rows[folder.split("/")[0] + "/*"]

    def refusal(self, user: str, used: str) -> str | None:
        """Why a folder may not use another one; None when it may."""
        if user == used:
            return None
        upper, lower = self.floor(user), self.floor(used)
        if lower.level < upper.level or used in upper.below:
            return None
        direction = "sideways" if lower.level == upper.level else "up"
        return f"{user} (floor {upper.level}) points {direction} to {used} (floor {lower.level})"


@dataclass(frozen=True)
class Library:
    """A pulso_library() of CMake: the folder that it is built from, and the names in its DEPENDS."""

    folder: str
    depends: tuple[str, ...]


def read_libraries(src: Path) -> dict[str, Library]:
    """Every library below src by its name."""
    libraries = {}
    for path in sorted(src.rglob("CMakeLists.txt")):
        folder = path.parent.relative_to(src).as_posix()
        for name, arguments in LIBRARY.findall(path.read_text(encoding="utf-8")):
            depends = re.search(r"DEPENDS((?:\s+[a-z_]+)*)", arguments)
            libraries[name] = Library(folder, tuple(depends.group(1).split()) if depends else ())
    return libraries


def check_sources(src: Path, floors: Floors, libraries: dict[str, Library]) -> list[str]:
    """The breaches in the #include lines below src; files directly in src (main.cpp) may include anything."""
    depends_of = {
        library.folder: {libraries[name].folder for name in library.depends if name in libraries}
        for library in libraries.values()
    }
    breaches = []
    for path in sorted(p for p in src.rglob("*") if p.suffix in SOURCE_SUFFIXES):
        name = path.relative_to(src).as_posix()
        if "/" not in name:
            continue
        user = floors.folder_of(name)
        if user is None:
            breaches.append(f"src/{name}:1: its folder is not in tools/floors.txt")
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            match = INCLUDE.match(line)
            if not match:
                continue
            included = match.group(1)
            used = floors.folder_of(included)
            if used is None or not (src / included).is_file():
                reason = f'"{included}" is no file below src/ (outside headers are included with <>)'
            else:
                reason = floors.refusal(user, used)
                if not reason and used != user and used not in depends_of.get(user, {used}):
                    reason = f"{used} is missing in DEPENDS of src/{user}/CMakeLists.txt"
            if reason:
                breaches.append(f"src/{name}:{number}: {reason}")
    return breaches


def check_libraries(floors: Floors, libraries: dict[str, Library]) -> list[str]:
    """The breaches in what the libraries depend on."""
    breaches = []
    for name, library in libraries.items():
        where = f"src/{library.folder}/CMakeLists.txt"
        user = floors.folder_of(f"{library.folder}/CMakeLists.txt")
        if user is None:
            breaches.append(f"{where}: its folder is not in tools/floors.txt")
            continue
        for depended in library.depends:
            if depended not in libraries:
                breaches.append(f"{where}: {name} depends on {depended}, which no folder builds")
                continue
            used = floors.folder_of(f"{libraries[depended].folder}/CMakeLists.txt")
            reason = used and floors.refusal(user, used)
            if reason:
                breaches.append(f"{where}: {reason}")
    return breaches


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    src = root / "src"
    floors = Floors((root / "tools/floors.txt").read_text(encoding="utf-8"))
    libraries = read_libraries(src)
    breaches = check_sources(src, floors, libraries) + check_libraries(floors, libraries)
    print("\n".join(breaches) if breaches else "includes: all point down")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
