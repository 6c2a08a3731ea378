"""What a test compiles is taken again only when nothing has changed that the compiler reads."""

from __future__ import annotations

import ctypes
from pathlib import Path

import compiled
import pytest


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place of its own for what is kept."""
    monkeypatch.setattr(compiled, "KEPT", tmp_path / "kept")
    return tmp_path / "kept"


class Source:
    """A library that tells a number of its source and one of its header."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "include").mkdir(parents=True)
        self.write("number.c", '#include "number.h"\nint number(void) { return 10 * MORE + 2; }\n')
        self.write("include/number.h", "#define MORE 4\n")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def number(self, name: str, *flags: str) -> int:
        """What the library of this name tells."""
        target = self.folder / name
        command = ["cc", *flags, "-shared", "-fPIC", f"-I{self.folder / 'include'}", "-o", str(target)]
        done = compiled.compile_once([*command, str(self.folder / "number.c")])
        assert done.returncode == 0, done.stderr
        return int(ctypes.CDLL(str(target)).number())


def test_it_is_compiled_anew_when_anything_changed(tmp_path: Path, kept: Path) -> None:
    """Never stale: the source, a header of it and a flag each make another library, wherever they lie."""
    source = Source(tmp_path / "a")
    assert source.number("1.so") == 42
    assert Source(tmp_path / "b").number("2.so") == 42
    assert len(list(kept.iterdir())) == 1, "the same twice, in two places, is compiled once"
    source.write("include/number.h", "#define MORE 5\n")
    assert source.number("3.so") == 52
    source.write("number.c", '#include "number.h"\nint number(void) { return 10 * MORE + EVEN; }\n')
    assert source.number("4.so", "-DEVEN=6") == 56
    assert source.number("5.so", "-DEVEN=8") == 58
    assert len(list(kept.iterdir())) == 4


def test_it_is_the_compilers_work_that_is_taken_again(tmp_path: Path, kept: Path) -> None:
    """The second time nothing is compiled: what is kept is what is taken."""
    source = Source(tmp_path)
    source.number("1.so")
    other = Source(tmp_path / "other")
    other.write("number.c", "int number(void) { return 7; }\n")
    other.number("2.so")
    [path] = [each for each in kept.iterdir() if each.read_bytes() == (tmp_path / "1.so").read_bytes()]
    path.write_bytes((tmp_path / "other" / "2.so").read_bytes())
    assert source.number("3.so") == 7


@pytest.mark.parametrize(
    ("text", "code"), [("int number(void) { int x; return 1; }\n", 0), ("int number(void) {\n", 1)]
)
def test_what_was_warned_of_or_refused_is_told_each_time(
    tmp_path: Path, kept: Path, text: str, code: int
) -> None:
    """A warning is never lost because somebody compiled the same before."""
    (tmp_path / "number.c").write_text(text, encoding="utf-8")
    command = ["cc", "-Wall", "-c", "-o", str(tmp_path / "number.o"), str(tmp_path / "number.c")]
    for _ in range(2):
        done = compiled.compile_once(command)
        assert done.returncode == code
        assert "number.c" in done.stderr
    assert not kept.exists()


def test_what_nobody_takes_is_thrown_away(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a week; what was taken yesterday stays."""
    Source(tmp_path).number("1.so")
    compiled.forget_unused()
    assert len(list(kept.iterdir())) == 1
    monkeypatch.setattr(compiled, "UNUSED_S", -60.0)
    compiled.forget_unused()
    assert not list(kept.iterdir())
