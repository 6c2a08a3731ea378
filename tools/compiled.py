"""Compiles C for a test once: what came of the same command and the same sources before is taken again.

Kept under build/compiled by a hash of all that the compiler may read: its version, the arguments, every C
source and header of each folder that is named or that holds a named source. Only a build without an error or
a warning is kept.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from functools import cache
from pathlib import Path

KEPT = Path(__file__).resolve().parent.parent / "build" / "compiled"
UNUSED_S = 7 * 86_400
"""What was not taken for so long is thrown away."""
PATHS = ("CPATH", "C_INCLUDE_PATH", "LIBRARY_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX")
"""Variables by which a compiler finds more than the command names."""


def compile_once(command: list[str], timeout_s: float = 100.0) -> subprocess.CompletedProcess[str]:
    """Run a command of the compiler that writes the file after -o; the result tells code and messages."""
    at = command.index("-o") + 1
    target, kept = Path(command[at]), KEPT / _key(command[: at - 1] + command[at + 1 :])
    if kept.is_file():
        shutil.copy2(kept, target)
        os.utime(kept)
        return subprocess.CompletedProcess(command, 0, "", "")
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout_s)
    if done.returncode == 0 and not done.stderr:
        _keep(target, kept)
    return done


def forget_unused() -> None:
    """Throw away what no test has taken for a week."""
    oldest_s = time.time() - UNUSED_S
    for path in KEPT.glob("*"):
        if path.stat().st_mtime < oldest_s:
            path.unlink()


def _keep(target: Path, kept: Path) -> None:
    """Put a copy in its place at once: another worker may look for it now."""
    KEPT.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(f".{os.getpid()}")
    shutil.copy(target, part)
    part.replace(kept)


def _key(command: list[str]) -> str:
    key = hashlib.sha256(_compiler(command[0]))
    for name in PATHS:
        key.update(f"{name}={os.environ.get(name)}\n".encode())
    folder = cache(_folder)  # within one command nothing changes
    for argument in command[1:]:
        path = Path(argument.removeprefix("-I"))
        if argument.startswith("-I"):
            key.update(b"-I" + folder(path))
        elif path.is_file():
            key.update(path.name.encode() + b"\0" + path.read_bytes() + folder(path.parent))
        else:
            key.update(argument.encode() + b"\0")
    return key.hexdigest()


def _folder(folder: Path) -> bytes:
    """A hash of the C in a folder; no #include of ours names a file in a folder below."""
    key = hashlib.sha256()
    for path in sorted(each for each in folder.glob("*.[ch]") if each.is_file()):
        text = path.read_bytes()
        key.update(f"{path.name} {len(text)}\n".encode() + text)
    return key.digest()


@cache
def _compiler(name: str) -> bytes:
    """Which compiler this is; its package's version stands in what it says."""
    command = [name, "--version"]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
