"""Two programs read the firmware core besides the compiler: cppcheck and clang-tidy, and nothing hushes them.

Both come as wheels from requirements.lock. What clang-tidy looks for, and why not for the rest, stands in
.clang-tidy.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from firmware_core import Core

#: For the 32 bits of the microcontroller: what overflows there need not overflow here.
CPPCHECK = (
    *("--std=c11", "--platform=unix32", "--enable=warning,style,performance,portability"),
    *("--check-level=exhaustive", "--inconclusive", "--quiet", "--error-exitcode=3"),
    "--template={file}:{line}: {message} [{id}]",
)
HUSHED = re.compile(r"\bNOLINT|\bcppcheck-suppress\b|#\s*pragma\s+(GCC|clang)\s+diagnostic")
CONFIGURATION = Path(__file__).resolve().parent.parent / ".clang-tidy"


def program(name: str) -> str:
    """Give the path of a program of this virtual environment. Raises FileNotFoundError with the remedy."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is missing; it comes with requirements.lock: run make setup")
    return found


def said_by(core: Core, command: list[str], told: str, good: tuple[int, ...]) -> Iterator[str]:
    """Run a reader; yield each line of its output that `told` matches, or that it failed without one."""
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, cwd=core.root)
    lines = [line for line in (result.stdout + result.stderr).splitlines() if re.search(told, line)]
    yield from dict.fromkeys(line.removeprefix(f"{core.root}{os.sep}") for line in lines)
    if not lines and result.returncode not in good:
        yield f"{Path(command[0]).name} ended with {result.returncode}: {result.stderr.strip()[-300:]}"


def cppcheck(core: Core) -> Iterator[str]:
    """Cppcheck finds nothing, whatever way it thinks a branch may go."""
    files = [str(path) for path in [*core.sources, *core.port_sources]]
    yield from said_by(core, [program("cppcheck"), *CPPCHECK, *core.include, *files], r" \[\w+\]$", (0,))


def clang_tidy(core: Core) -> Iterator[str]:
    """clang-tidy finds nothing of what .clang-tidy asks it for."""
    reader = [program("clang-tidy"), "--quiet", f"--config-file={CONFIGURATION}"]

    def read(path: Path) -> list[str]:
        command = [*reader, str(path), "--", "-std=c11", *core.include]
        return list(said_by(core, command, r": (warning|error): ", (0,)))

    files = [*core.sources, *core.port_sources]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from dict.fromkeys(line for lines in pool.map(read, files) for line in lines)


def hushed(core: Core) -> Iterator[str]:
    """No line of the core tells a reader or the compiler to look away."""
    own = {path for source in [*core.sources, *core.port_sources] for path in source.parent.glob("*.[ch]")}
    for path in sorted(own):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if HUSHED.search(line):
                yield f"{path.name}:{number}: tells a check to look away; mend what it found"
