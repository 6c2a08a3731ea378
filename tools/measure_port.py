"""Measures what the firmware core costs a port: memory, flash and stack; the port guide quotes it.

usage: measure_port.py [--compiler gcc|arm-none-eabi-gcc] [--write]

--write puts the table into firmware_proto/README.md between its marks; tests/firmware/test_port_guide.py
holds the guide against the build.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "firmware_proto" / "README.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
FLAGS = ("-std=c11", "-O2", "-ffreestanding", "-ffp-contract=off", "-fno-math-errno", "-fwrapv")
M4F = ("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16")
TARGETS = {"arm-none-eabi-gcc": M4F, "gcc": ()}
ENTRIES = ("pen_init", "pen_tick", "pen_rx", "pen_tx", "pen_background")


@dataclass
class Stack:
    """The call graph with the stack of each function in bytes, from gcc's own account."""

    own: dict[str, int] = field(default_factory=dict)
    calls: dict[str, set[str]] = field(default_factory=dict)

    def read(self, graph: str) -> None:
        """Take in one .ci file. Raises ValueError for a function whose stack has no bound."""
        for title, label in re.findall(r'node: \{ title: "([^"]+)" label: "([^"]+)"', graph):
            size = re.search(r"(\d+) bytes \((\w+(?:,\w+)?)\)", label)
            if size is None:
                continue
            if size[2] not in ("static", "dynamic,bounded"):
                raise ValueError(f"{title}: its stack is {size[2]}: make it one that has a bound")
            self.own[title] = int(size[1])
        for caller, called in re.findall(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"', graph):
            self.calls.setdefault(caller, set()).add(called)

    def deepest(self, function: str) -> int:
        """Most stack of a call, B; one by pointer counts as the deepest that is called by no name."""
        inner = 0
        for called in self.calls.get(function, ()):
            inner = max(inner, self.by_pointer() if called == "__indirect_call" else self.deepest(called))
        return self.own.get(function, 0) + inner

    def by_pointer(self) -> int:
        """Most stack of a function that nobody calls by its name: decoders, the hash of a block."""
        named = {called for those in self.calls.values() for called in those}
        loose = [name for name in self.own if name not in named and name not in ENTRIES]
        return max((self.deepest(name) for name in loose if not self.reaches_pointer(name)), default=0)

    def reaches_pointer(self, function: str) -> bool:
        """Whether a function calls by pointer itself, at any depth."""
        calls = self.calls.get(function, ())
        return any(called == "__indirect_call" or self.reaches_pointer(called) for called in calls)


@dataclass(frozen=True)
class Cost:
    """What the core costs on one target, B."""

    pen: int
    flash: int
    stack: dict[str, int]


def measure(compiler: str, root: Path = ROOT) -> Cost:
    """Compile core and skeleton for a target and measure. Raises RuntimeError when they do not compile."""
    firmware = root / "firmware_proto"
    folders = [firmware / part for part in ("core", "generated", "port/skeleton")]
    stack = Stack()
    with tempfile.TemporaryDirectory() as work:
        objects = []
        for source in [path for folder in folders for path in sorted(folder.glob("*.c"))]:
            target = Path(work) / f"{source.stem}.o"
            command = [compiler, *FLAGS, *TARGETS[compiler], "-fcallgraph-info=su", "-c", str(source)]
            command += [*(f"-I{folder}" for folder in folders), "-o", str(target)]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
            if done.returncode != 0:
                raise RuntimeError(f"{source.name} does not compile with {compiler}: {done.stderr[-500:]}")
            stack.read(target.with_suffix(".ci").read_text(encoding="utf-8"))
            objects.append(str(target))
        prefix = compiler.removesuffix("gcc")
        size = [f"{prefix}size", "-t", *objects]
        total = subprocess.run(size, capture_output=True, text=True, check=True, timeout=60).stdout
        nm = [f"{prefix}nm", "-S", str(Path(work) / "skeleton.o")]
        names = subprocess.run(nm, capture_output=True, text=True, check=True, timeout=60).stdout
    pen = re.search(r"^\w+ (\w+) [bB] pen$", names, re.MULTILINE)
    if pen is None:
        raise RuntimeError("skeleton.c holds no pen any more")
    flash = int(total.splitlines()[-1].split()[0])
    return Cost(int(pen[1], 16), flash, {name: stack.deepest(name) for name in ENTRIES})


def table(costs: dict[str, Cost]) -> str:
    """The table of the guide: bytes as measured."""
    names = {"arm-none-eabi-gcc": "Cortex-M4F", "gcc": "x86-64"}
    head = "| bytes, `-O2` | " + " | ".join(names[name] for name in costs) + " |"
    rows = [head, "|---" * (len(costs) + 1) + "|"]
    rows.append("| RAM: `sizeof(pen_t)` | " + " | ".join(f"{cost.pen:,}" for cost in costs.values()) + " |")
    rows.append("| flash: code and tables | " + " | ".join(f"{c.flash:,}" for c in costs.values()) + " |")
    for entry in ENTRIES:
        cells = " | ".join(f"{cost.stack[entry]:,}" for cost in costs.values())
        rows.append(f"| stack of `{entry}`, hooks not counted | {cells} |")
    return "\n".join(rows)


def main() -> int:
    """Print the table, or write it into the guide."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--compiler", choices=TARGETS, help="one target only")
    parser.add_argument(
        "--write", action="store_true", help="write the table into the guide; needs both compilers"
    )
    options = parser.parse_args()
    wanted = [options.compiler] if options.compiler else list(TARGETS)
    missing = [name for name in wanted if shutil.which(name) is None]
    if missing and (options.write or options.compiler):
        print(f"measure_port: needs {', '.join(missing)}: install gcc-arm-none-eabi", file=sys.stderr)
        return 2
    text = table({name: measure(name) for name in wanted if name not in missing})
    if options.write:
        guide = GUIDE.read_text(encoding="utf-8")
        before, rest = guide.split(BEGIN)
        GUIDE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
