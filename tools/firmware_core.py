"""The firmware core as its checks see it: its sources, how to compile one, and its text without comments."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Position dependent and without the distribution's hardening: then the symbols are those of the source alone.
PLAIN = (
    "-std=c11",
    "-fno-pie",
    "-fno-stack-protector",
    "-U_FORTIFY_SOURCE",
    "-ffp-contract=off",
    "-fno-math-errno",
)


@dataclass(frozen=True)
class Core:
    """The sources to check, and a folder for what the compiler makes of them."""

    root: Path
    sources: list[Path]
    port_sources: list[Path]
    include: list[str]
    work: Path

    def compile(self, source: Path, *flags: str, suffix: str = ".o") -> tuple[Path, str]:
        """Compile one source; return the object's path, which is absent after an error, and what gcc said."""
        target = self.work / (source.stem + suffix)
        command = ["gcc", *PLAIN, *self.include, *flags, "-c", str(source), "-o", str(target)]
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        return target, result.stderr


def read_core(root: Path, work: Path) -> Core:
    """Find the firmware core of the source tree `root`."""
    firmware = root / "firmware_proto"
    folders = [firmware / "core", firmware / "generated"]
    ports = sorted(path for path in (firmware / "port").glob("*") if path.is_dir())
    sources = [path for folder in folders for path in sorted(folder.glob("*.c"))]
    port_sources = [path for port in ports for path in sorted(port.glob("*.c"))]
    return Core(root, sources, port_sources, [f"-I{folder}" for folder in [*folders, *ports]], work)


def without_comments(text: str) -> str:
    """Blank comments and string literals of C, keeping the lines."""
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.DOTALL)
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def lines_with(path: Path, pattern: str) -> Iterator[str]:
    """Yield name:line of each line of C outside comments in which `pattern` is found."""
    for number, line in enumerate(without_comments(path.read_text(encoding="utf-8")).splitlines(), start=1):
        if re.search(pattern, line):
            yield f"{path.name}:{number}"
