"""The build's lists are whole: the package gets what the folders hold, and nothing comes in unpinned."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib import metadata
from importlib.resources import files
from pathlib import Path

import pytest

#: The folders whose C goes into the host library.
C_FOLDERS = ("core", "generated", "port/host")


def named_in(meson_file: Path, ending: str) -> set[str]:
    return set(re.findall(rf"'([\w./-]+\.{ending})'", meson_file.read_text(encoding="utf-8")))


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=!~;(]", name, maxsplit=1)[0]).lower()


def test_the_build_names_every_c_file(source_root: Path) -> None:
    """Requirement: no source of the firmware core is missing from the library that is tested."""
    firmware = source_root / "firmware_proto"
    there = {
        str(path.relative_to(firmware)) for folder in C_FOLDERS for path in (firmware / folder).glob("*.c")
    }
    assert named_in(firmware / "meson.build", "c") == there


def test_the_build_names_every_hardware_file(source_root: Path) -> None:
    """Requirement: an installed penctl carries every table of hardware/."""
    there = {path.name for path in (source_root / "hardware").glob("*.toml")}
    assert named_in(source_root / "hardware" / "meson.build", "toml") == there


def test_the_installed_package_carries_data_and_library() -> None:
    """Requirement: tables and firmware core are found through importlib.resources, editable or not."""
    data = files("penctl") / "data"
    assert (data / "limits.toml").is_file()
    libraries = ("libpencore.so", "libpencore.dylib", "pencore.dll")
    assert any((files("pensim") / name).is_file() for name in libraries)


def test_the_version_is_said_once(source_root: Path) -> None:
    """Requirement: the package's version is the one in meson.build, and pyproject.toml names none."""
    text = (source_root / "meson.build").read_text(encoding="utf-8")
    said = re.search(r"^\s*version: '([^']+)'", text, re.MULTILINE)
    assert said
    assert metadata.version("penctl") == said[1]
    project = tomllib.loads((source_root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "version" not in project


def test_the_lock_pins_every_dependency_with_hashes(source_root: Path) -> None:
    """Requirement: set-up installs exact versions whose files are known by their hashes."""
    text = (source_root / "requirements.lock").read_text(encoding="utf-8")
    blocks = re.findall(
        r"^([a-z0-9][\w.-]*)==(\S+)(?: ;[^\\\n]+)? \\\n((?:    --hash=sha256:[0-9a-f]{64}.*\n)+)", text, re.M
    )
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", "    "))]
    assert len(blocks) == len(lines)
    pinned = {normal(name) for name, _, _ in blocks}
    pyproject = tomllib.loads((source_root / "pyproject.toml").read_text(encoding="utf-8"))
    groups = pyproject["dependency-groups"].values()
    wanted = pyproject["project"]["dependencies"] + [
        each for group in groups for each in group if isinstance(each, str)
    ]
    assert {normal(each) for each in wanted} <= pinned


def test_the_lock_names_no_package_server(source_root: Path) -> None:
    """Requirement: where packages come from is each machine's own setting."""
    text = (source_root / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text


@pytest.mark.parametrize("group", ["penctl.serial_handlers", "console_scripts"])
def test_the_entry_points_can_be_loaded(group: str) -> None:
    """Requirement: what plugs in by an entry point is there."""
    points = [
        point for point in metadata.entry_points(group=group) if point.dist and point.dist.name == "penctl"
    ]
    assert points
    for point in points:
        assert point.load()


def test_every_test_says_what_it_holds(source_root: Path) -> None:
    """Requirement: each test function has a docstring whose first line says which requirement it holds."""
    silent = []
    seen = 0
    for path in sorted((source_root / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                seen += 1
                if not ast.get_docstring(node):
                    silent.append(f"{path.relative_to(source_root)}:{node.lineno}: {node.name}")
    assert silent == []
    assert seen > 50
