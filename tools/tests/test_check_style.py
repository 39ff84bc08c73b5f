"""Tests of tools/check_style.py."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import check_style


class TextTest(unittest.TestCase):
    def assert_breach(self, text: str, reason: str, name: str = "src/net/a.cpp"):
        breaches = check_style.check_text(name, text)
        self.assertEqual(len(breaches), 1, breaches)
        self.assertIn(reason, breaches[0])

    def assert_clean(self, text: str, name: str = "src/net/a.cpp"):
        self.assertEqual(check_style.check_text(name, text), [])

    def test_line_may_have_120_columns_and_no_more(self):
        self.assert_clean("x" * 120 + "\n")
        self.assert_breach("x" * 121 + "\n", "a.cpp:1: 121 columns")

    def test_prose_may_have_long_lines(self):
        self.assert_clean("x" * 300 + "\n", name="docs/HACKING.md")

    def test_file_may_have_450_lines_and_no_more(self):
        self.assert_clean("x\n" * 450)
        self.assert_breach("x\n" * 451, "451 lines")

    def test_banned_words(self):
        self.assert_breach("// FIXME later\n", "banned word FIXME")
        self.assert_breach("// TODO: finish\n", "TODO without a reason")
        self.assert_clean("// TODO(HTTP/2 needs it): finish\n")

    def test_template_of_a_temporary_name_is_no_banned_word(self):
        self.assert_clean('auto name = folder + "/pulso-XXXXXX";\n')

    def test_paths_of_one_machine(self):
        self.assert_breach('auto path = "/home/ana/pulso";\n', "path of one machine: /home/")
        self.assert_clean("#include <app/home/page.h>\n")

    def test_whitespace(self):
        self.assert_breach("\tint a;\n", "a tab")
        self.assert_breach("int a; \n", "space at the end")
        self.assert_breach("int a;", "no newline at the end")


class ReadmesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        (self.root / "src/net").mkdir(parents=True)

    def breaches(self) -> list[str]:
        return check_style.check_readmes(self.root, ["src/main.cpp", "src/net/http.cpp", "src/net/CMakeLists.txt"])

    def test_folder_needs_one(self):
        self.assertEqual(self.breaches(), ["src/net: no README.md"])

    def test_it_may_have_40_lines_and_no_more(self):
        readme = self.root / "src/net/README.md"
        readme.write_text("x\n" * 40, encoding="utf-8")
        self.assertEqual(self.breaches(), [])
        readme.write_text("x\n" * 41, encoding="utf-8")
        self.assertEqual(self.breaches(), ["src/net/README.md: 41 lines, more than 40"])


if __name__ == "__main__":
    unittest.main()
