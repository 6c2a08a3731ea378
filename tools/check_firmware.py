"""Holds the rules of the firmware core that a compiler, a symbol table and a call graph can show.

usage: check_firmware.py [ROOT]     ROOT is the source tree, by default the one that this file lies in

Each rule is one function that yields a sentence for each defect; RULES lists them. The reasons are in
docs/decisions/0003-firmware-rules.md. Needs gcc: the call graph and -mgeneral-regs-only are its own.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from firmware_core import Core, lines_with, read_core
from firmware_producers import claims, producers
from firmware_readers import clang_tidy, cppcheck, hushed

# A check that sees less than the core that there is must not pass.
FEWEST_SOURCES = 21
FEWEST_CODES = 150

WARNINGS = (
    *("-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Wmissing-prototypes", "-Wshadow"),
    *("-Wstrict-prototypes", "-Wswitch-enum", "-Wundef", "-Wunsuffixed-float-constants", "-Wvla"),
)
HEADERS = {"limits.h", "stdatomic.h", "stdbool.h", "stddef.h", "stdint.h", "string.h"}
#: What the core may use that it does not define: the four that a compiler may call by itself.
OUTSIDE_SYMBOLS = {"memcmp", "memcpy", "memmove", "memset"}
WRITABLE = set("bBdDsSgGC")  # letters of nm for data that can be written to

MAX_COMPLEXITY = 10


def warnings(core: Core) -> Iterator[str]:
    """Everything compiles without a warning; a switch over an enum names every member."""
    for source in [*core.sources, *core.port_sources]:
        _, said = core.compile(source, "-O2", "-Werror", *WARNINGS)
        for line in said.splitlines():
            if re.search(r": (warning|error|fatal error): ", line):
                yield line


def headers(core: Core) -> Iterator[str]:
    """Only headers that a bare-metal build has and the core needs: no stdlib, stdio, math, time."""
    own = {path for source in core.sources for path in source.parent.glob("*.h")}
    for path in [*core.sources, *sorted(own)]:
        for header in re.findall(
            r"^\s*#\s*include\s*<([^>]+)>", path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            if header not in HEADERS:
                yield f"{path.name}: includes <{header}>, which the core does without"


def doubles(core: Core) -> Iterator[str]:
    """No double: a Cortex-M4F has none in hardware, and its library's might round differently."""
    own = {path for source in core.sources for path in source.parent.glob("*.h")}
    for path in [*core.sources, *sorted(own)]:
        yield from (f"{line}: the core has no double" for line in lines_with(path, r"\bdouble\b"))


def symbols(core: Core) -> Iterator[str]:
    """No variable outlives a call but what the caller owns; no heap, no libm, nothing from outside."""
    defined: set[str] = set()
    wanted: list[tuple[str, str]] = []
    for source in core.sources:
        target, _ = core.compile(source, "-O2")
        if not target.exists():
            continue  # `warnings` tells why
        listing = subprocess.run(["nm", str(target)], capture_output=True, text=True, check=True).stdout
        for line in listing.splitlines():
            kind, name = line.split()[-2:]
            if kind == "U":
                wanted.append((source.name, name))
            else:
                defined.add(name)
            if kind in WRITABLE:
                yield f"{source.name}: {name} can be written to and belongs to no pen_t"
    for file, name in wanted:
        if name not in defined | OUTSIDE_SYMBOLS:
            yield f"{file}: uses {name}, which is not the core's own"


def guard_sources(core: Core) -> list[Path]:
    """Find guard*.c and the sources behind the headers that they include: what guard may call."""
    sources = [path for path in core.sources if path.stem.startswith("guard")]
    by_stem = {path.stem: path for path in core.sources if path.parent.name == "core"}
    headers_of_guard = {path.with_suffix(".h") for path in sources if path.with_suffix(".h").exists()}
    found = dict.fromkeys(sources)
    for path in [*sources, *sorted(headers_of_guard)]:
        for stem in re.findall(
            r'^\s*#\s*include\s*"(\w+)\.h"', path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            if stem in by_stem:
                found[by_stem[stem]] = None
    return list(found)


def guard_is_integer(core: Core) -> Iterator[str]:
    """Guard uses integers only: no float in its text, and it compiles without floating-point registers."""
    sources = guard_sources(core)
    if not sources:
        yield "found no guard*.c"
    for source in sources:
        for path in (source, source.with_suffix(".h")):
            if path.exists():
                yield from (
                    f"{line}: guard has no floating point" for line in lines_with(path, r"\b(float|double)\b")
                )
        _, said = core.compile(source, "-O2", "-mgeneral-regs-only", suffix=".integer.o")
        if "error" in said:
            yield f"{source.name}: does not compile without floating-point registers: {said.strip()}"


def recursion(core: Core) -> Iterator[str]:
    """No function calls itself, by whatever way round: the stack's bound can be told."""
    calls: dict[str, set[str]] = {}
    for source in core.sources:
        target, _ = core.compile(source, "-O0", "-fcallgraph-info", suffix=".graph.o")
        graph = target.with_suffix(".ci")
        text = graph.read_text(encoding="utf-8") if graph.exists() else ""
        for caller, called in re.findall(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"', text):
            calls.setdefault(caller, set()).add(called)
    for function in calls:
        if function in reached_from(function, calls):
            yield f"{function.rsplit(':', 1)[-1]}: calls itself, directly or through others"


def reached_from(start: str, calls: dict[str, set[str]]) -> set[str]:
    """Give every function that a call of `start` may reach."""
    reached: set[str] = set()
    waiting = list(calls.get(start, ()))
    while waiting:
        function = waiting.pop()
        if function not in reached:
            reached.add(function)
            waiting.extend(calls.get(function, ()))
    return reached


def complexity(core: Core) -> Iterator[str]:
    """No function takes more than ten decisions; a switch is one, because it must name every member."""
    import lizard  # type: ignore[import-untyped]

    written = [path for path in core.sources if path.parent.name == "core"]
    analyzer = lizard.FileAnalyzer(lizard.get_extensions(["modified"]))
    for path in written:
        for function in analyzer(str(path)).function_list:
            if function.cyclomatic_complexity > MAX_COMPLEXITY:
                where = f"{path.name}:{function.start_line}: {function.name}"
                yield f"{where} has complexity {function.cyclomatic_complexity}, allowed is {MAX_COMPLEXITY}"


Rule = Callable[[Core], Iterator[str]]
RULES: tuple[Rule, ...] = (
    *(warnings, headers, doubles, symbols, guard_is_integer, recursion, complexity),
    *(cppcheck, clang_tidy, hushed, producers),
)


def check(
    root: Path,
    fewest: int = FEWEST_SOURCES,
    fewest_codes: int = FEWEST_CODES,
    rules: tuple[Rule, ...] = RULES,
) -> tuple[int, dict[str, list[str]]]:
    """Check the core of the source tree `root`. Return how many sources it has, and the defects by rule."""
    with tempfile.TemporaryDirectory() as work:
        core = read_core(root.resolve(), Path(work))
        defects = {rule.__name__: list(rule(core)) for rule in rules} if core.sources else {}
        codes = claims(core)
    if len(core.sources) < fewest or codes < fewest_codes:
        defects["sources"] = [
            f"saw {len(core.sources)} sources and {codes} codes, at least {fewest} and {fewest_codes} exist: "
            "is this the right folder?"
        ]
    return len(core.sources), {rule: found for rule, found in defects.items() if found}


def main() -> int:
    """Print the defects of a source tree; exit status 1 when there are any, 2 without gcc."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    if shutil.which("gcc") is None:
        print("check_firmware: needs gcc, and this machine has none: install gcc", file=sys.stderr)
        return 2
    try:
        count, defects = check(root)
    except FileNotFoundError as missing:
        print(f"check_firmware: {missing}", file=sys.stderr)
        return 2
    for rule, found in defects.items():
        for defect in found:
            print(f"{rule}: {defect}")
    print(f"check_firmware: {count} sources, {len(RULES)} rules, {sum(map(len, defects.values()))} defects")
    return 1 if defects else 0


if __name__ == "__main__":
    sys.exit(main())
