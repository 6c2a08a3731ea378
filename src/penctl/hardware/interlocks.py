"""The interlock catalogue: reads hardware/interlocks.toml.

A row's numbers stand once, as parameters; its trigger text carries them as {name} and is filled in here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from penctl.hardware.files import Folder, Table, read_table
from penctl.hardware.limits import mark_of
from penctl.hardware.quantity import Mark

FILE: Final = "interlocks.toml"

HELD_BY: Final = ("hardware", "firmware", "host")
STOPS: Final = ("NONE", "C0", "C1", "INHIBIT")
RESET_ROLES: Final = ("NONE", "OPERATOR", "CLINICIAN", "SERVICE", "POWER_CYCLE")
PRIORITIES: Final = ("NONE", "INFO", "LOW", "MEDIUM", "HIGH")
VALUE_UNITS: Final = (
    "none",
    "1",
    "um",
    "mHz",
    "us",
    "ms",
    "mA",
    "mV",
    "mN",
    "mdegC",
    "permille",
    "milli_g",
    "days",
)
NO_TIME: Final = 0
MANY: Final = 10_000  # from here on the digits of a number stand in groups

# A parameter's name ends with its unit: suffix -> (factor, unit as a person reads it).
SUFFIXES: Final[Mapping[str, tuple[float, str]]] = MappingProxyType(
    {
        "um_per_s": (1e-3, "mm/s"),
        "permille": (0.1, "%"),
        "milli_g": (1e-3, "g"),
        "count": (1, ""),
        "days": (1, "days"),
        "per_cm2": (1, "/cm²"),
        "mdegc": (1e-3, "°C"),
        "um": (1e-3, "mm"),
        "us": (1e-3, "ms"),
        "s": (1, "s"),
        "mn": (1e-3, "N"),
        "mv": (1e-3, "V"),
        "ma": (1, "mA"),
    }
)

_KEYS: Final = (
    "id",
    "name",
    "trigger",
    "parameters",
    "reaction",
    "reaction_us",
    "stop",
    "action",
    "latch",
    "reset",
    "reset_role",
    "reasons",
    "priority",
    "priority_not_clear",
    "priority_warning",
    "held_by",
    "where",
    "tests",
    "fitted",
    "built",
    "value_unit",
    "cause",
    "remedy",
    "mark",
    "source",
)
_OPTIONAL: Final = ("parameters", "reasons", "priority_not_clear", "priority_warning", "where", "tests")
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Parameter:
    """One threshold of an interlock; `name` ends with the unit."""

    name: str
    value: int

    @property
    def text(self) -> str:
        """The value as a person reads it, as "0.1 mm" or "400,000"."""
        suffix = _suffix(self.name)
        factor, unit = (1e-6, "s") if suffix == "us" and self.value >= 1_000_000 else SUFFIXES[suffix]
        shown = self.value * factor
        number = f"{shown:,.0f}" if shown >= MANY else f"{shown:g}"
        return f"{number} {unit}".rstrip()


@dataclass(frozen=True)
class Interlock:
    """One row of the catalogue.

    `reaction_us` is the longest time from the physical onset to the reaction, 0 where the check happens at
    a moment that `reaction` names. `stop` is the strongest stop it takes, in the protocol's words; `action`
    says it in full. `tests` are those of a row that the host holds, which has no cells. `priority_not_clear`
    is the alarm priority while the needles are not confirmed retracted, `priority_warning` that of its
    warning stage. `value_unit` is the unit of a trip's value and limit.
    """

    number: int
    id: str
    name: str
    trigger: str
    parameters: Mapping[str, Parameter]
    reaction: str
    reaction_us: int
    stop: str
    action: str
    latch: bool
    reset: str
    reset_role: str
    reasons: tuple[str, ...]
    priority: str
    priority_not_clear: str
    priority_warning: str
    held_by: str
    where: str
    tests: tuple[str, ...]
    fitted: bool
    built: bool
    value_unit: str
    cause: str
    remedy: str
    mark: Mark
    source: str

    @property
    def held(self) -> bool:
        """Whether it is held today: with cells, or by the host with tests."""
        return self.built or bool(self.tests)

    def __getitem__(self, parameter: str) -> int:
        """Value of a parameter. Raises KeyError."""
        return self.parameters[parameter].value


def load_interlocks(folder: Folder = None) -> dict[int, Interlock]:
    """Read interlocks.toml; keys are the numbers, rising. Raises HardwareFileError."""
    table = read_table(FILE, folder)
    table.only(("schema", "interlock"))
    found: dict[int, Interlock] = {}
    for row in table.tables("interlock"):
        interlock = _interlock(row)
        if interlock.number in found:
            raise row.error("id", interlock.id, "each interlock once")
        found[interlock.number] = interlock
    missing = [f"IL-{number:02d}" for number in range(1, max(found) + 1) if number not in found]
    if missing:
        raise table.error("interlock", ", ".join(missing) + " missing", "every number up to the highest")
    return dict(sorted(found.items()))


def _interlock(row: Table) -> Interlock:
    row.only(_KEYS)
    identity = row.text("id")
    if not re.fullmatch(r"IL-(?!00)[0-9]{2}", identity):
        raise row.error("id", identity, "IL-01 to IL-99")
    parameters = _parameters(row)
    priority = row.choice("priority", PRIORITIES)
    return Interlock(
        number=int(identity[3:]),
        id=identity,
        name=row.text("name"),
        trigger=_filled(row, "trigger", parameters),
        parameters=parameters,
        reaction=row.text("reaction"),
        reaction_us=row.integer("reaction_us", NO_TIME, 60_000_000),
        stop=row.choice("stop", STOPS),
        action=row.text("action"),
        latch=row.boolean("latch"),
        reset=row.text("reset"),
        reset_role=row.choice("reset_role", RESET_ROLES),
        reasons=row.texts("reasons") if "reasons" in row.content else (),
        priority=priority,
        priority_not_clear=_optional_priority(row, "priority_not_clear", priority),
        priority_warning=_optional_priority(row, "priority_warning", priority),
        held_by=row.choice("held_by", HELD_BY),
        where=row.text("where") if "where" in row.content else "",
        tests=row.texts("tests") if "tests" in row.content else (),
        fitted=row.boolean("fitted"),
        built=row.boolean("built"),
        value_unit=row.choice("value_unit", VALUE_UNITS),
        cause=_filled(row, "cause", parameters),
        remedy=_filled(row, "remedy", parameters),
        mark=mark_of(row),
        source=row.text("source"),
    )


def _optional_priority(row: Table, key: str, default: str) -> str:
    return row.choice(key, PRIORITIES) if key in row.content else default


def _parameters(row: Table) -> Mapping[str, Parameter]:
    if "parameters" not in row.content:
        return MappingProxyType({})
    inner = row.table("parameters")
    found = {}
    for name in inner.content:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or not _suffix(name):
            raise inner.error(
                name, inner.content[name], "a name that ends with its unit: " + ", ".join(SUFFIXES)
            )
        found[name] = Parameter(name, inner.integer(name, 0, 2**31 - 1))
    return MappingProxyType(found)


def _suffix(name: str) -> str:
    return next((suffix for suffix in SUFFIXES if name.endswith("_" + suffix)), "")


def _filled(row: Table, key: str, parameters: Mapping[str, Parameter]) -> str:
    """The text under `key` with each {parameter} replaced by its value and unit."""
    text = row.text(key)
    for name in _PLACEHOLDER.findall(text):
        if name not in parameters:
            raise row.error(key, text, "only parameters of this row in {}: " + ", ".join(parameters))
    return _PLACEHOLDER.sub(lambda match: parameters[match[1]].text, text)
