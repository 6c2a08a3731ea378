"""Holds that no link of the risk file dangles: hazards, interlocks, features, tests, in both directions.

usage: check_risks.py [ROOT]     ROOT is the source tree, by default the one that this file lies in

Whatever hardware/hazards.toml names must exist; every interlock of the catalogue and every feature must be
named by a hazard; every hazard needs a control that stands today. What is not fitted may not be claimed: a
hazard that names it says so in its residual risk.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tools")]

from suite_cells import files_of  # noqa: E402

from penctl.errors import HardwareFileError  # noqa: E402
from penctl.hardware import Interlock, RiskFile, load_hazards, load_interlocks  # noqa: E402
from penctl.hardware.hazards import Hazard  # noqa: E402

#: A check that sees less than the risk file that there is must not pass.
FEWEST_HAZARDS = 26
FEWEST_FEATURES = 34
SUITE = Path("tests") / "interlocks"


def defects(root: Path) -> Iterator[str]:
    """Yield a sentence for each link that dangles. Raises HardwareFileError for a file that is none."""
    risks = load_hazards(root / "hardware")
    catalogue = {each.id: each for each in load_interlocks(root / "hardware").values()}
    if len(risks.hazards) < FEWEST_HAZARDS or len(risks.features) < FEWEST_FEATURES:
        yield (
            f"saw {len(risks.hazards)} hazards and {len(risks.features)} features, at least {FEWEST_HAZARDS}"
            f" and {FEWEST_FEATURES} exist"
        )
    yield from _forwards(risks, catalogue, root)
    yield from _held(catalogue, root)
    yield from _backwards(risks, catalogue)
    yield from _without_control(risks, catalogue)
    yield from _without_cell(catalogue, root)


def _forwards(risks: RiskFile, catalogue: dict[str, Interlock], root: Path) -> Iterator[str]:
    """What hazards and features name must be there."""
    for hazard in risks.hazards.values():
        for name in hazard.interlocks:
            if name not in catalogue:
                yield f"{hazard.id} names {name}, and the catalogue has no such interlock"
        for name in hazard.features:
            if name not in risks.features:
                yield f"{hazard.id} names the feature {name}, and there is none of that name"
        yield from (f"{hazard.id} names {test}: {why}" for test, why in _missing(hazard.tests, root))
    for feature in risks.features.values():
        yield from (
            f"feature {feature.id} names {test}: {why}" for test, why in _missing(feature.tests, root)
        )
        for place in feature.said_in:
            if not (root / place).is_file():
                yield f"feature {feature.id} is said in {place}: there is no such file"


def _held(catalogue: dict[str, Interlock], root: Path) -> Iterator[str]:
    """The tests that rows of the catalogue name are there, and what is fitted is held."""
    for name, row in catalogue.items():
        yield from (f"{name} names {test}: {why}" for test, why in _missing(row.tests, root))
        if row.fitted and not row.held:
            yield f"{name} is fitted, and neither built nor held by a test of the host"


def _backwards(risks: RiskFile, catalogue: dict[str, Interlock]) -> Iterator[str]:
    """What is there must be named: a control against nothing is needless, or its hazard is forgotten."""
    interlocks = {name for hazard in risks.hazards.values() for name in hazard.interlocks}
    features = {name for hazard in risks.hazards.values() for name in hazard.features}
    for name in catalogue:
        if name not in interlocks:
            yield f"{name} stands in the catalogue, and no hazard names it"
    for name in risks.features:
        if name not in features:
            yield f"feature {name}: no hazard names it"


def _without_control(risks: RiskFile, catalogue: dict[str, Interlock]) -> Iterator[str]:
    for hazard in risks.hazards.values():
        if not any(standing(hazard, risks, catalogue)):
            yield f"{hazard.id}: none of its controls stands"
        for name in hazard.interlocks:
            if name in catalogue and not catalogue[name].fitted and name not in hazard.residual:
                yield f"{hazard.id} names {name}, which is not fitted; its residual risk has to say so"


def standing(hazard: Hazard, risks: RiskFile, catalogue: dict[str, Interlock]) -> Iterator[str]:
    """The controls of a hazard that are built today."""
    yield from (name for name in hazard.interlocks if name in catalogue and catalogue[name].held)
    yield from (name for name in hazard.features if name in risks.features and risks.features[name].built)


def _without_cell(catalogue: dict[str, Interlock], root: Path) -> Iterator[str]:
    """A built interlock has tests that carry its name, and no test carries the name of none."""
    marked = set(files_of(root / SUITE))
    for name, interlock in catalogue.items():
        if interlock.built and name not in marked:
            yield f"{name} is built, and no test of {SUITE.as_posix()} carries its name"
    for name in sorted(marked - set(catalogue)):
        yield f"{name} is tested in {SUITE.as_posix()}, and the catalogue has no such interlock"


def _missing(tests: tuple[str, ...], root: Path) -> Iterator[tuple[str, str]]:
    for test in tests:
        name, _, function = test.partition("::")
        path = root / name
        if not (name.startswith("tests/") and path.is_file()):
            yield test, "there is no such file"
        elif function and function not in _functions(path):
            yield test, "the file has no such test"
        elif not function and not _functions(path):
            yield test, "the file holds no test"


@lru_cache(maxsize=256)
def _functions(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = (node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return frozenset(name for name in names if name.startswith("test"))


def main() -> int:
    """Print the defects; exit status 1 when there are any."""
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT
    try:
        found = list(defects(root))
        risks = load_hazards(root / "hardware")
    except HardwareFileError as error:
        print(error)
        return 1
    for defect in found:
        print(defect)
    print(f"check_risks: {len(risks.hazards)} hazards, {len(risks.features)} features, {len(found)} defects")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
