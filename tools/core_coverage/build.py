"""Builds the core so that it counts, runs the tests on it, and reads the counts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core_coverage import CORE, ROOT

COUNTING: Final = ("-fprofile-instr-generate", "-fcoverage-mapping", "-fcoverage-mcdc")
# As firmware_proto/meson.build; -w, because gcc is the compiler whose warnings are heeded.
COMPILED: Final = (
    "-std=c11",
    "-O1",
    "-fPIC",
    "-shared",
    "-fwrapv",
    "-ffp-contract=off",
    "-fvisibility=hidden",
    "-w",
)
VERSIONS: Final = ("-22", "-21", "-20", "-19", "")  # 18 is the first that counts conditions
SUITES: Final = (("tests/interlocks",), ("tests/firmware", "tests/protocol"))

# A test that compiles parts of the core has its counts, too; a copy with a planted defect has none, nor has a
# library with a sanitizer, for which the test loads what gcc brings. By its version it is another compiler:
# nothing is taken that was compiled before (tools/compiled.py).
WRAPPER: Final = """#!/usr/bin/env bash
[ "$*" != --version ] || exec {clang} --version
case "$*" in *-shared*-fsanitize=* | *-fsanitize=*-shared*) exec {cc} "$@" ;; esac
for word in "$@"; do
    case $word in {core}/*) exec {clang} {counting} "$@" -w ;; esac
done
exec {cc} "$@"
"""


class CoverageError(Exception):
    """It could not be measured: what is wanting, in a sentence."""


@dataclass(frozen=True)
class Tools:
    """The compiler that counts, and the two programs that read its counts."""

    clang: str
    profdata: str
    cov: str

    def said(self) -> str:
        """Name and version of the compiler."""
        return _output([self.clang, "--version"]).splitlines()[0]


def find_tools() -> Tools:
    """The newest that is installed. Raises CoverageError."""
    for version in VERSIONS:
        found = [shutil.which(name + version) for name in ("clang", "llvm-profdata", "llvm-cov")]
        if all(found):
            return Tools(*map(str, found))
    raise CoverageError(
        "Coverage needs clang and llvm from 18 on (on Debian: clang-19 llvm-19 libclang-rt-19-dev)."
    )


def build(tools: Tools, folder: Path) -> Path:
    """The core as a library that counts, and a `cc` before all others in `folder`/bin."""
    parts = [CORE, ROOT / "firmware_proto" / "generated", ROOT / "firmware_proto" / "port" / "host"]
    sources = [str(path) for part in parts for path in sorted(part.glob("*.c"))]
    library = folder / "libpencore.so"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "bin").mkdir(parents=True)
    _output(
        [tools.clang, *COMPILED, *COUNTING, *(f"-I{part}" for part in parts), *sources, "-o", str(library)]
    )
    cc = folder / "bin" / "cc"
    text = WRAPPER.format(
        core=CORE, clang=tools.clang, counting=" ".join(COUNTING), cc=shutil.which("cc") or "cc"
    )
    cc.write_text(text, encoding="utf-8")
    cc.chmod(0o755)
    return library


def run_tests(library: Path) -> list[str]:
    """Run the suites side by side on that core, each in one process, and return what pytest says last.

    Raises CoverageError when a test fails.
    """
    folder = library.parent
    running = []
    for number, suite in enumerate(SUITES):
        environment = os.environ | {
            "PENSIM_CORE": str(library),
            "LLVM_PROFILE_FILE": str(folder / f"{number}-%p-%m.profraw"),
            "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *suite]
        log = (folder / f"{number}.log").open("w+", encoding="utf-8")
        running.append((subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log), log))
    ended = [process.wait() for process, _ in running]
    return [_last_line(status, log) for status, (_, log) in zip(ended, running, strict=True)]


def _last_line(status: int, log: Any) -> str:
    with log:
        log.seek(0)
        lines: list[str] = [
            line for line in log.read().splitlines() if " passed" in line or line.startswith("FAILED")
        ]
    if status != 0 or not lines:
        raise CoverageError(
            f"The tests do not pass on the core that counts: {'; '.join(lines[:5])} ({log.name})"
        )
    return lines[-1]


def counts(tools: Tools, library: Path) -> list[dict[str, Any]]:
    """What `llvm-cov export` says of each file."""
    merged = library.parent / "all.profdata"
    raw = [str(path) for path in sorted(library.parent.glob("*.profraw"))]
    _output([tools.profdata, "merge", "--failure-mode=all", *raw, "-o", str(merged)])
    said = _output([tools.cov, "export", str(library), f"-instr-profile={merged}", "-format=text"])
    files: list[dict[str, Any]] = json.loads(said)["data"][0]["files"]
    return files


def _output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CoverageError(
            f"{Path(command[0]).name} ended with {done.returncode}: {done.stderr.strip()[:500]}"
        )
    return done.stdout
