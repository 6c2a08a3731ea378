"""Holds who may import whom, and that the sans-IO packages touch neither a port nor a clock.

usage: check_imports.py [ROOT]     ROOT is the source tree, by default the one that this file lies in

Every import statement counts, also one inside a function. The rules are the table RULES and the lists above
it; the reasons are in docs/decisions/0002-imports.md. The check fails too when it sees fewer modules than
there are known to be: a check that looks at nothing must not pass.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE_ROOTS = ("src", "sim", "gui")

#: Fewest modules that a check of this project must have seen, by package.
FEWEST_MODULES = {"penctl": 40, "penctl.protocol": 16, "pensim": 40, "pengui": 20}

QT = ("PySide6", "PySide2", "PyQt5", "PyQt6", "pyqtgraph", "shiboken6")

#: What a package without IO and without a clock may import from outside penctl. A list of what is allowed,
#: not of what is forbidden: nobody can think of every way to reach a port or a clock.
PURE_OUTSIDE = (
    *("__future__", "abc", "collections", "dataclasses", "enum", "functools", "hashlib", "hmac", "itertools"),
    *("math", "operator", "struct", "types", "typing", "zlib"),
    *("cobs", "construct", "numpy"),
    *("datetime",),  # values of time; reading a clock is held by IMPURE_METHODS
)
#: Builtins and methods that do IO or read a clock without any import.
IMPURE_CALLS = ("open", "input", "print", "exec", "eval", "__import__", "breakpoint")
IMPURE_METHODS = ("fromfile", "tofile", "loadtxt", "savetxt", "memmap", "now", "utcnow", "today")

PURE_PACKAGES = (
    "penctl.protocol",
    "penctl.treatment",
    "penctl.dates",
    "penctl.errors",
    "penctl.reason_words",
    "penctl.self_test_words",
)


#: What the simulator shares with the host: what the pen is, the wire, how errors read, the fixed key.
SHARED = ("penctl.hardware", "penctl.protocol", "penctl.errors", "penctl.keys")


@dataclass(frozen=True)
class Rule:
    """Modules inside `importer` may import of `of` only what lies inside `allowed`."""

    importer: str
    of: tuple[str, ...]
    allowed: tuple[str, ...]
    why: str
    except_importer: tuple[str, ...] = ()


RULES = (
    Rule("penctl", ("pensim", "pengui"), (), "simulator and screen plug in by entry points"),
    Rule("penctl", QT, (), "the host library runs without a screen"),
    Rule("pensim", ("pengui",), (), "the simulator runs without a screen"),
    Rule("pensim", QT, (), "the simulator runs without a screen"),
    Rule(
        *("pensim", ("penctl",), SHARED),
        why="the plant must not lean on the host that it tests",
        except_importer=("pensim.bench",),
    ),
    Rule(
        *("pensim.bench", ("penctl",), (*SHARED, "penctl.pen", "penctl.transport", "penctl.Pen")),
        why="bench.pen() gives the host's own Pen, and nothing more of the host",
    ),
    Rule("pengui.worker", QT, (), "the thread that owns the pen is tested without a screen"),
    Rule("pengui", ("pensim",), (), "the screen reaches the simulator through penctl's entry points"),
)


@dataclass(frozen=True)
class Module:
    """One source file: its dotted name, its path and its syntax tree."""

    name: str
    path: Path
    tree: ast.Module
    is_package: bool


def inside(name: str, packages: tuple[str, ...]) -> bool:
    """Tell whether the dotted `name` is one of `packages` or lies in one."""
    return any(name == package or name.startswith(package + ".") for package in packages)


def read_modules(root: Path) -> list[Module]:
    """Read every Python file of the package roots of the source tree `root`."""
    modules = []
    for folder in PACKAGE_ROOTS:
        for path in sorted((root / folder).rglob("*.py")):
            parts = path.relative_to(root / folder).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            name = ".".join(parts[:-1] if is_package else parts)
            tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
            modules.append(Module(name, path.relative_to(root), tree, is_package))
    return modules


def imports_of(module: Module, known: set[str]) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of each thing that `module` imports; `from a import b` gives a.b."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute_base(module, node)
            for alias in node.names:
                full = f"{base}.{alias.name}"
                # A name from a module is that module's; one from a package may be a module itself.
                yield node.lineno, full if full in known or base == "penctl" else base
        elif isinstance(node, ast.Call) and called_name(node) == "import_module" and node.args:
            name = node.args[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield node.lineno, name.value


def absolute_base(module: Module, node: ast.ImportFrom) -> str:
    """Give the absolute name of the module that a `from … import` names."""
    if node.level == 0:
        return node.module or ""
    parts = module.name.split(".")
    drop = node.level - 1 if module.is_package else node.level
    parts = parts[: len(parts) - drop]
    return ".".join([*parts, node.module] if node.module else parts)


def called_name(node: ast.Call) -> str:
    """Give the last part of the name that a call calls, or an empty string."""
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def broken_rules(module: Module, known: set[str]) -> Iterator[str]:
    """Yield a sentence for each import of `module` that a rule forbids."""
    for line, imported in imports_of(module, known):
        for rule in RULES:
            if not inside(module.name, (rule.importer,)) or inside(module.name, rule.except_importer):
                continue
            if inside(imported, rule.of) and not inside(imported, rule.allowed):
                yield f"{module.path}:{line}: {module.name} imports {imported}: {rule.why}"


def impurities(module: Module, known: set[str]) -> Iterator[str]:
    """Yield a sentence for each way in which a module of PURE_PACKAGES could do IO or read a clock."""
    if not inside(module.name, PURE_PACKAGES):
        return
    for line, imported in imports_of(module, known):
        if not inside(imported, (*PURE_OUTSIDE, *PURE_PACKAGES)):
            yield f"{module.path}:{line}: {module.name} imports {imported}: it might do IO or read a clock"
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        name = called_name(node)
        forbidden = IMPURE_CALLS if isinstance(node.func, ast.Name) else IMPURE_METHODS
        if name in forbidden:
            yield f"{module.path}:{node.lineno}: {module.name} calls {name}(): it does IO or reads a clock"


def too_few(modules: list[Module]) -> Iterator[str]:
    """Yield a sentence for each package of which fewer modules were seen than are known to exist."""
    for package, fewest in FEWEST_MODULES.items():
        seen = sum(inside(module.name, (package,)) for module in modules)
        if seen < fewest:
            yield f"saw {seen} modules of {package}, at least {fewest} exist: is this the right folder?"


def check(root: Path) -> tuple[int, list[str]]:
    """Check the source tree `root`. Return how many modules were seen, and one sentence for each defect."""
    modules = read_modules(root)
    known = {module.name for module in modules}
    defects = list(too_few(modules))
    for module in modules:
        defects += broken_rules(module, known)
        defects += impurities(module, known)
    return len(modules), defects


def main() -> int:
    """Print the defects of a source tree; exit status 1 when there are any."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    count, defects = check(root)
    for defect in defects:
        print(defect)
    print(f"check_imports: {count} modules, {len(RULES)} rules and purity, {len(defects)} defects")
    return 1 if defects else 0


if __name__ == "__main__":
    sys.exit(main())
