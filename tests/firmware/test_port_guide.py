"""The port guide does not rot: its skeleton compiles and lives, and its figures are those of the build."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import measure_port
import pytest

FLAGS = ("-std=c11", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror")
CORE = ("-ffp-contract=off", "-fno-math-errno", "-fwrapv")
WITHIN = 0.15
"""Two versions of a compiler differ by less; a buffer that was added is seen."""


def quoted(column: str) -> dict[str, int]:
    """The figures of one column of the guide's table."""
    guide = measure_port.GUIDE.read_text(encoding="utf-8")
    table = guide.split(measure_port.BEGIN)[1].split(measure_port.END)[0]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.strip().splitlines()]
    place = rows[0].index(column)
    return {row[0]: int(row[place].replace(",", "")) for row in rows[2:]}


def assert_figures_hold(compiler: str, column: str) -> None:
    cost, said = measure_port.measure(compiler), quoted(column)
    assert said["RAM: `sizeof(pen_t)`"] == pytest.approx(cost.pen, rel=0.03)
    assert said["flash: code and tables"] == pytest.approx(cost.flash, rel=WITHIN)
    for entry, stack in cost.stack.items():
        assert said[f"stack of `{entry}`, hooks not counted"] == pytest.approx(stack, rel=WITHIN, abs=48)


def build(source_root: Path, folder: Path, *flags: str) -> Path:
    """Core, skeleton and the board on the table as a program."""
    firmware = source_root / "firmware_proto"
    folders = [firmware / part for part in ("core", "generated", "port/skeleton")]
    sources = [str(path) for one in folders for path in sorted(one.glob("*.c"))]
    sources.append(str(firmware / "tests" / "skeleton_board.c"))
    command = ["cc", *FLAGS, *CORE, *flags, *(f"-I{one}" for one in folders), "-o", str(folder / "board")]
    done = subprocess.run([*command, *sources], capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    return folder / "board"


@pytest.mark.long
def test_the_skeleton_is_a_whole_port(source_root: Path, tmp_path: Path) -> None:
    """Requirement: the guide's port compiles without a warning, kicks the watchdog and answers IDENTIFY."""
    program = build(source_root, tmp_path, "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    done = subprocess.run([str(program)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    words = done.stdout.split()
    said = dict(zip(words[::2], map(int, words[1::2]), strict=True))
    assert said["kicks"] == 10_000  # one in each of the ticks
    assert said["driven"] == 0  # its memory is empty: nothing is enabled
    assert said["answered"] > 60


@pytest.mark.long
def test_the_figures_of_the_guide_are_those_of_this_computer(source_root: Path) -> None:
    """Requirement: memory, flash and stack in the guide are measured; a table that is out of date fails."""
    assert source_root == measure_port.ROOT
    assert_figures_hold("gcc", "x86-64")


@pytest.mark.long
@pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="gcc-arm-none-eabi is not installed")
def test_the_figures_of_the_guide_are_those_of_the_microcontroller() -> None:
    """Requirement: the core compiles for a Cortex-M4F as the guide says, and takes what it says."""
    assert_figures_hold("arm-none-eabi-gcc", "Cortex-M4F")


def test_every_hook_and_every_function_of_the_board_is_in_the_guide(source_root: Path) -> None:
    """Requirement: no hook of port.h is missing from the guide, and none stands there that is gone."""
    firmware = source_root / "firmware_proto"
    hooks = set(re.findall(r"\(\*(\w+)\)\(", (firmware / "core/port.h").read_text(encoding="utf-8")))
    guide = (firmware / "README.md").read_text(encoding="utf-8")
    section = guide.split("### 6. Hooks")[1].split("###")[0]
    assert names_of_first_cells(section) == hooks


def names_of_first_cells(text: str) -> set[str]:
    """What stands in backquotes in the first cell of each row of a table."""
    cells = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def test_every_file_of_the_core_is_in_the_table_of_files(source_root: Path) -> None:
    """Requirement: a reader finds each file of the core in its README, and no file there that is gone."""
    firmware = source_root / "firmware_proto"
    guide = (firmware / "README.md").read_text(encoding="utf-8")
    section = guide.split("## The files of the core")[1].split("\n## ")[0]
    assert names_of_first_cells(section) == {path.stem for path in (firmware / "core").glob("*.[ch]")}


def test_a_stack_without_a_bound_is_refused() -> None:
    """Requirement: the stack's figure is a bound: a function whose frame has none is told."""
    stack = measure_port.Stack()
    with pytest.raises(ValueError, match="bound"):
        stack.read('node: { title: "f" label: "f\\nfile.c:1:1\\n16 bytes (dynamic)" }')


def test_the_deepest_way_is_counted() -> None:
    """Requirement: the deeper of two ways down counts, a call by pointer as the deepest it may reach."""
    stack = measure_port.Stack({"pen_tick": 10, "a": 5, "b": 7, "loose": 40})
    stack.calls = {"pen_tick": {"a", "b"}, "a": {"__indirect_call"}}
    assert stack.deepest("pen_tick") == 10 + 5 + 40
