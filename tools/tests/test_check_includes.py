"""Tests of tools/check_includes.py on small trees made for each test."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import check_includes

TABLE = """
# folder  floor  below
base        0
ops         0    base
net         1
store       1
features/*  3
"""


class TreeTest(unittest.TestCase):
    """A folder src/ with one header on each floor."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.src = Path(folder.name)
        self.floors = check_includes.Floors(TABLE)
        for header in ("base/clock.h", "ops/log.h", "net/http.h", "store/row.h", "features/seats/seat.h"):
            self.write(header, "")

    def write(self, name: str, text: str):
        path = self.src / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


class IncludesTest(TreeTest):
    def breaches_of(self, name: str, text: str) -> list[str]:
        self.write(name, text)
        return check_includes.check_sources(self.src, self.floors, check_includes.read_libraries(self.src))

    def test_lower_floor_may_be_included(self):
        self.assertEqual(self.breaches_of("net/a.cpp", '#include "net/http.h"\n#include "base/clock.h"\n'), [])

    def test_upper_floor_is_refused_with_its_line(self):
        self.assertEqual(
            self.breaches_of("base/a.cpp", '#include <map>\n#include "net/http.h"\n'),
            ["src/base/a.cpp:2: base (floor 0) points up to net (floor 1)"],
        )

    def test_same_floor_is_refused(self):
        self.assertIn("sideways", self.breaches_of("net/a.cpp", '#include "store/row.h"\n')[0])

    def test_named_exception_holds_in_one_direction(self):
        self.assertEqual(self.breaches_of("ops/a.cpp", '#include "base/clock.h"\n'), [])
        self.assertIn("sideways", self.breaches_of("base/a.cpp", '#include "ops/log.h"\n')[0])

    def test_feature_may_not_include_another(self):
        source = '#include "features/seats/seat.h"\n#include "net/http.h"\n'
        breaches = self.breaches_of("features/tracks/a.cpp", source)
        self.assertEqual(len(breaches), 1)
        self.assertIn("features/tracks (floor 3) points sideways to features/seats", breaches[0])

    def test_folder_without_a_floor_is_refused(self):
        self.assertIn("not in tools/floors.txt", self.breaches_of("misc/a.cpp", "")[0])

    def test_missing_file_is_refused(self):
        self.assertIn("no file below src/", self.breaches_of("net/a.cpp", '#include "net/gone.h"\n')[0])

    def test_include_must_be_among_the_depends_of_the_library(self):
        self.write("base/CMakeLists.txt", "pulso_library(base)")
        self.write("net/CMakeLists.txt", "pulso_library(net)")
        source = '#include "base/clock.h"\n'
        self.assertEqual(
            self.breaches_of("net/a.cpp", source),
            ["src/net/a.cpp:1: base is missing in DEPENDS of src/net/CMakeLists.txt"],
        )
        self.write("net/CMakeLists.txt", "pulso_library(net DEPENDS base)")
        self.assertEqual(self.breaches_of("net/a.cpp", source), [])

    def test_main_may_include_anything(self):
        self.assertEqual(self.breaches_of("main.cpp", '#include "features/seats/seat.h"\n'), [])


class LibrariesTest(TreeTest):
    def library_breaches(self, files: dict[str, str]) -> list[str]:
        for name, text in files.items():
            self.write(f"{name}/CMakeLists.txt", text)
        return check_includes.check_libraries(self.floors, check_includes.read_libraries(self.src))

    def test_depends_that_point_down_pass(self):
        files = {
            "base": "pulso_library(base LINK Threads::Threads)",
            "net": "pulso_library(net DEPENDS base LINK ZLIB::ZLIB)",
        }
        self.assertEqual(self.library_breaches(files), [])

    def test_depends_that_point_up_are_refused(self):
        files = {"base": "pulso_library(base DEPENDS seats)", "features/seats": "pulso_library(seats)"}
        self.assertEqual(
            self.library_breaches(files),
            ["src/base/CMakeLists.txt: base (floor 0) points up to features/seats (floor 3)"],
        )

    def test_unknown_library_is_refused(self):
        self.assertIn("which no folder builds", self.library_breaches({"base": "pulso_library(base DEPENDS gone)"})[0])


if __name__ == "__main__":
    unittest.main()
