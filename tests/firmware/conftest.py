"""What the tests of the firmware share: the link, compiled with a tick that is no pen, and guard alone."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from compiled import compile_once

sys.path.insert(0, str(Path(__file__).resolve().parent))

from guard_rig import GuardLibrary, NewGuard, compile_guard
from link_rig import LINK_SOURCES, Rig, RigLibrary

STRICT = ("-std=c11", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror")


@pytest.fixture(scope="session")
def link_build(source_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Compile the link with more sources of firmware_proto/tests; returns the file that came of it."""
    firmware = source_root / "firmware_proto"
    folder = tmp_path_factory.mktemp("link")

    def build(name: str, sources: tuple[str, ...], *flags: str) -> Path:
        files = [firmware / "core" / f"{source}.c" for source in LINK_SOURCES]
        files += [firmware / "generated" / "pen_messages.c"]
        files += [firmware / "tests" / f"{source}.c" for source in sources]
        include = [f"-I{firmware / part}" for part in ("core", "generated", "tests")]
        command = ["cc", *include, *flags, "-o", str(folder / name), *map(str, files)]
        done = compile_once(command)
        assert done.returncode == 0, done.stderr
        return folder / name

    return build


@pytest.fixture(scope="session")
def link_library(link_build: Callable[..., Path]) -> RigLibrary:
    """The link as a library, compiled without a warning."""
    return RigLibrary(link_build("liblink.so", ("link_rig", "link_rig_api"), *STRICT, "-shared", "-fPIC"))


@pytest.fixture
def rig(link_library: RigLibrary) -> Rig:
    """A link that was just powered on."""
    return Rig(link_library)


@pytest.fixture(scope="session")
def new_guard(source_root: Path, tmp_path_factory: pytest.TempPathFactory) -> NewGuard:
    """Makes guards that were just powered on, compiled without a warning."""
    target = tmp_path_factory.mktemp("guard") / "libguard.so"
    firmware = source_root / "firmware_proto"
    return GuardLibrary(compile_guard(firmware, target, *STRICT, "-shared", "-fPIC")).new
