"""The treatment rules as data: every figure with its source, its mark and whom it binds.

A clinic may make a rule stricter; a HARD rule never gets looser, and a SOFT one not silently either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType

from penctl.treatment.findings import Finding, TreatmentRefused, Weight

BOTH = "BOTH"
MODES = ("HOME", "CLINICAL")

UNITS: Mapping[str, tuple[float, str]] = MappingProxyType(
    {
        "um": (1e-3, "mm"),
        "mhz": (1e-3, "Hz"),
        "days": (1, "days"),
        "years": (1, "years"),
        "months": (1, "months"),
        "hours": (1, "h"),
        "weeks": (1, "weeks"),
        "count": (1, ""),
        "per_cm2": (1, "punctures/cm²"),
        "fold": (1, "-fold"),
    }
)
"""End of a key -> factor and unit as a person reads it."""


class Stricter(Enum):
    """Which way a rule may be moved."""

    LOWER = "LOWER"
    HIGHER = "HIGHER"


@dataclass(frozen=True)
class Rule:
    """One rule. `value` is in the unit at the end of `key`; `mode` is HOME, CLINICAL or BOTH."""

    id: str
    key: str
    mode: str
    weight: Weight
    stricter: Stricter
    value: int
    text: str
    remedy: str
    mark: str
    source: str
    set_by_clinic: bool = False

    @property
    def shown(self) -> str:
        """The figure with its unit."""
        return show(self.key, self.value)

    def allows(self, value: float) -> bool:
        """Whether a value is on the right side of the rule, or on it."""
        return value <= self.value if self.stricter is Stricter.LOWER else value >= self.value

    def finding(self, what: str, value: str, zone: str = "", weight: Weight | None = None) -> Finding:
        """This rule as a finding."""
        word = "at most" if self.stricter is Stricter.LOWER else "at least"
        return Finding(self.id, weight or self.weight, what, value, f"{word} {self.shown}", self.remedy, zone)


def unit_of(key: str) -> str:
    """End of a key that names its unit. Raises TreatmentRefused for a key without one."""
    for end in UNITS:
        if key.endswith("_" + end):
            return end
    raise TreatmentRefused("A rule's key ends with no known unit", key, ", ".join(UNITS), "Correct its name")


def show(key: str, value: float) -> str:
    """A figure as a person reads it: 0.25 mm, 7 days."""
    factor, unit = UNITS[unit_of(key)]
    return f"{value * factor:g}{'' if unit.startswith('-') else ' '}{unit}".rstrip()


class Rules:
    """All rules of one clinic. `rules["same_area_days", "HOME"]` is a rule."""

    def __init__(self, rules: Mapping[tuple[str, str], Rule]) -> None:
        self._rules = MappingProxyType(dict(rules))

    @classmethod
    def of(cls, rules: list[Rule]) -> Rules:
        """From rows; a row for BOTH stands for each mode. Raises TreatmentRefused for one said twice."""
        found: dict[tuple[str, str], Rule] = {}
        for rule in rules:
            for mode in MODES if rule.mode == BOTH else (rule.mode,):
                if (rule.key, mode) in found:
                    raise TreatmentRefused(
                        "A rule is said twice", f"{rule.key}, {mode}", "each once", "Delete one"
                    )
                found[rule.key, mode] = rule
        return cls(found)

    def __getitem__(self, place: tuple[str, str]) -> Rule:
        try:
            return self._rules[place]
        except KeyError:
            known = ", ".join(sorted({key for key, _ in self._rules}))
            raise TreatmentRefused(
                "There is no such rule", f"{place[0]} in {place[1]}", known, "Name one of these"
            ) from None

    def has(self, key: str, mode: str) -> bool:
        """Whether there is such a rule in this mode."""
        return (key, mode) in self._rules

    def all(self) -> list[Rule]:
        """Every rule once, by id."""
        return sorted({rule.id: rule for rule in self._rules.values()}.values(), key=lambda rule: rule.id)

    def stricter(self, wishes: Mapping[str, int]) -> Rules:
        """The same rules with a clinic's own figures, by rule id.

        Raises:
            TreatmentRefused: an unknown rule, a value that is no whole number, or a looser one.
        """
        by_id = {rule.id: rule for rule in self.all()}
        changed = dict(by_id)
        for rule_id, value in wishes.items():
            changed[rule_id] = _stricter(by_id, rule_id, value)
        return Rules({place: changed[rule.id] for place, rule in self._rules.items()})


def _stricter(by_id: Mapping[str, Rule], rule_id: str, value: object) -> Rule:
    if rule_id not in by_id:
        raise TreatmentRefused("There is no such rule", rule_id, ", ".join(by_id), "Name one of these")
    rule = by_id[rule_id]
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TreatmentRefused(
            f"The clinic's figure for {rule_id} is no whole number",
            value,
            f"{rule.value} {unit_of(rule.key)}",
            "Give a whole number in the rule's own unit",
        )
    looser = value > rule.value if rule.stricter is Stricter.LOWER else value < rule.value
    if looser:
        raise TreatmentRefused(
            f"The clinic's figure for {rule_id} ({rule.key}) is looser than the rule",
            show(rule.key, value),
            rule.shown,
            "A clinic may only make a rule stricter",
        )
    return replace(rule, value=value, set_by_clinic=True)
