"""The plan of a visit: zone by zone depth, stroke rate, passes with directions, and the density to reach.

A plan is for one person and one mode. It is checked against the hard rules, the soft defaults and the course;
nothing in it is ever clamped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

from penctl.treatment.findings import Finding, TreatmentRefused, Weight
from penctl.treatment.rules import MODES, Rules, show
from penctl.treatment.zones import Scalp

MOST_PASSES: Final = 8


class Direction(Enum):
    """Direction of a pass over a zone."""

    HORIZONTAL = "HORIZONTAL"
    VERTICAL = "VERTICAL"
    DIAGONAL_LEFT = "DIAGONAL_LEFT"
    DIAGONAL_RIGHT = "DIAGONAL_RIGHT"


class Indication(Enum):
    """Why the person is treated."""

    ANDROGENETIC = "ANDROGENETIC"
    AREATA = "AREATA"
    TELOGEN_EFFLUVIUM = "TELOGEN_EFFLUVIUM"
    TRACTION = "TRACTION"
    ANAGEN_EFFLUVIUM = "ANAGEN_EFFLUVIUM"
    SCARRING = "SCARRING"
    LARGE_BALD_AREAS = "LARGE_BALD_AREAS"


RESPONSE: Final[Mapping[Indication, str]] = MappingProxyType(
    {
        Indication.ANDROGENETIC: "Early to moderate; best with other treatments (hair-restoration guide)",
        Indication.AREATA: "With triamcinolone acetonide, in a clinic (clinic article that cites the trials)",
        Indication.TELOGEN_EFFLUVIUM: "May help (Verywell Health)",
        Indication.TRACTION: "Said to help (microneedling for hair loss treatment)",
    }
)
"""What is said of indications that may respond."""
NO_RESPONSE: Final[Mapping[Indication, str]] = MappingProxyType(
    {
        Indication.ANAGEN_EFFLUVIUM: "Hair loss by chemotherapy will not be helped (Verywell Health)",
        Indication.SCARRING: "Follicles destroyed by advanced scarring will not be helped (Verywell Health)",
        Indication.LARGE_BALD_AREAS: "Large bald areas in advanced loss will not be helped (Verywell Health)",
    }
)


@dataclass(frozen=True)
class ZonePlan:
    """What is to be done in one zone. `density_per_cm2` is the mean of the zone that ends it."""

    zone: str
    depth_um: int
    rate_mhz: int
    passes: tuple[Direction, ...]
    density_per_cm2: int


@dataclass(frozen=True)
class Plan:
    """The plan of one visit, for one person (pseudonym) in one mode."""

    person: str
    mode: str
    indication: Indication
    zones: tuple[ZonePlan, ...]

    def zone(self, zone_id: str) -> ZonePlan:
        """The part of the plan for a zone. Raises TreatmentRefused when it is not planned."""
        for planned in self.zones:
            if planned.zone == zone_id:
                return planned
        known = ", ".join(planned.zone for planned in self.zones)
        raise TreatmentRefused(
            "This zone is not in the plan", zone_id, known, "Plan it first, or treat these"
        )


@dataclass(frozen=True)
class FormerDepth:
    """Deepest setting that a zone had at its last visit, for titration; None when it was never treated."""

    deepest_um: Mapping[str, int]

    def of(self, zone: str) -> int | None:
        """Depth in µm, or None."""
        return self.deepest_um.get(zone)


def check_plan(plan: Plan, rules: Rules, scalp: Scalp, former: FormerDepth) -> tuple[Finding, ...]:
    """Every finding of a plan by itself; that of the calendar is `Course.check`.

    Raises:
        TreatmentRefused: the plan names no zone, a zone twice or an unknown one, or an unknown mode.
    """
    _check_shape(plan, scalp)
    findings: list[Finding] = []
    for planned in plan.zones:
        findings += _hard(planned, rules, plan.mode)
        findings += _soft(planned, rules, scalp, plan.mode, former.of(planned.zone))
    findings += _overlapping(plan, scalp, rules)
    if plan.indication in NO_RESPONSE:
        findings.append(indication_note(plan.indication))
    return tuple(findings)


def indication_note(indication: Indication) -> Finding:
    """What is known of it, told and holding nobody."""
    none = indication in NO_RESPONSE
    what = "This indication does not respond" if none else "Indication"
    text = NO_RESPONSE[indication] if none else RESPONSE[indication]
    return Finding("R-IND", Weight.NOTE, what, indication.value.lower().replace("_", " "), "", text)


def _check_shape(plan: Plan, scalp: Scalp) -> None:
    if plan.mode not in MODES:
        raise TreatmentRefused("There is no such mode", plan.mode, ", ".join(MODES), "Name one of these")
    if not plan.person.strip():
        raise TreatmentRefused("The plan names no person", "nothing", "a pseudonym", "Name whom it is for")
    if not plan.zones:
        raise TreatmentRefused("The plan names no zone", "nothing", "at least one zone", "Add a zone")
    seen: set[str] = set()
    for planned in plan.zones:
        scalp.zone(planned.zone)
        if planned.zone in seen:
            raise TreatmentRefused(
                "The plan names a zone twice", planned.zone, "each zone once", "Put its passes together"
            )
        seen.add(planned.zone)
        if not 1 <= len(planned.passes) <= MOST_PASSES:
            raise TreatmentRefused(
                f"The plan for {planned.zone} has too many or no passes",
                len(planned.passes),
                f"1 to {MOST_PASSES}",
                "Correct the passes",
            )


def _hard(planned: ZonePlan, rules: Rules, mode: str) -> list[Finding]:
    checks = (
        ("depth_max_um", planned.depth_um, "The planned depth is above the cap"),
        ("rate_max_mhz", planned.rate_mhz, "The planned stroke rate is above the cap"),
        ("rate_min_mhz", planned.rate_mhz, "The planned stroke rate is too low"),
        ("density_max_per_cm2", planned.density_per_cm2, "The planned density is above the cap"),
    )
    found = [
        rules[key, mode].finding(what, show(key, value), planned.zone)
        for key, value, what in checks
        if not rules[key, mode].allows(value)
    ]
    for name, value in (("depth", planned.depth_um), ("density", planned.density_per_cm2)):
        if value <= 0:
            found.append(
                Finding(
                    "R-POS",
                    Weight.HARD,
                    f"The planned {name} is not above zero",
                    str(value),
                    "above 0",
                    "Correct it",
                    planned.zone,
                )
            )
    return found


def _soft(planned: ZonePlan, rules: Rules, scalp: Scalp, mode: str, former_um: int | None) -> list[Finding]:
    found = []
    usual, cap_um = rules["depth_usual_max_um", mode], scalp.zone(planned.zone).depth_max_um
    if not usual.allows(planned.depth_um):
        found.append(
            usual.finding(
                "The planned depth is above the usual one", show(usual.key, planned.depth_um), planned.zone
            )
        )
    if mode == "HOME":
        return found
    if planned.depth_um > cap_um:
        found.append(
            Finding(
                "R-ZONE",
                Weight.SOFT,
                f"The planned depth is above the usual cap of the zone {scalp.zone(planned.zone).name}",
                show("depth_um", planned.depth_um),
                f"at most {show('depth_um', cap_um)}",
                "Set a smaller depth, or let a clinician sign a reason",
                planned.zone,
            )
        )
    return found + _titration(planned, rules, mode, former_um)


def _titration(planned: ZonePlan, rules: Rules, mode: str, former_um: int | None) -> list[Finding]:
    shown = show("depth_um", planned.depth_um)
    start, step = rules["titration_start_um", mode], rules["titration_step_um", mode]
    if former_um is None:
        if start.allows(planned.depth_um):
            return []
        return [start.finding("The first visit of this zone starts deeper than usual", shown, planned.zone)]
    if planned.depth_um <= start.value or step.allows(planned.depth_um - former_um):
        return []
    grown = show("depth_um", planned.depth_um - former_um)
    return [step.finding(f"The depth grows by {grown} since the last visit, to {shown}", grown, planned.zone)]


def _overlapping(plan: Plan, scalp: Scalp, rules: Rules) -> list[Finding]:
    """Zones of one plan that share skin share the density, too."""
    density = rules["density_max_per_cm2", plan.mode]
    found = []
    for number, planned in enumerate(plan.zones):
        for other in plan.zones[number + 1 :]:
            if other.zone not in scalp.zone(planned.zone).overlaps:
                continue
            together = planned.density_per_cm2 + other.density_per_cm2
            if not density.allows(together):
                names = f"{planned.zone} and {other.zone}"
                found.append(
                    density.finding(
                        f"{names} overlap, and where they do their densities add up",
                        show(density.key, together),
                        planned.zone,
                    )
                )
    return found


# --- plan files ---

_PLAN_KEYS: Final = ("schema", "person", "mode", "indication", "zone")
_ZONE_KEYS: Final = ("zone", "depth", "rate", "passes", "density")
_UNITS: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "depth": MappingProxyType({"mm": 1000.0, "um": 1.0, "µm": 1.0}),
        "rate": MappingProxyType({"Hz": 1000.0, "mHz": 1.0}),
        "density": MappingProxyType({"/cm2": 1.0, "/cm²": 1.0, "punctures/cm²": 1.0, "punctures/cm2": 1.0}),
    }
)


def plan_from(content: Mapping[str, Any], scalp: Scalp) -> Plan:
    """A plan from the content of a plan file; every quantity carries its unit, as "0.5 mm".

    Raises:
        TreatmentRefused: a key, a quantity, a unit, a zone or a direction that is not understood.
    """
    _only(content, _PLAN_KEYS, "the plan")
    rows = content.get("zone")
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise TreatmentRefused("The plan has no zones", type(rows).__name__, "[[zone]] tables", "Add them")
    plan = Plan(
        person=_text(content, "person"),
        mode=_text(content, "mode").upper(),
        indication=_member(Indication, _text(content, "indication"), "indication"),
        zones=tuple(_zone_from(row) for row in rows),
    )
    _check_shape(plan, scalp)
    return plan


def _zone_from(row: Mapping[str, Any]) -> ZonePlan:
    _only(row, _ZONE_KEYS, "a zone of the plan")
    passes = row.get("passes")
    if not isinstance(passes, list):
        raise TreatmentRefused("The passes are no list", passes, 'as ["horizontal"]', "Correct them")
    return ZonePlan(
        zone=_text(row, "zone").upper(),
        depth_um=quantity(row.get("depth"), "depth"),
        rate_mhz=quantity(row.get("rate"), "rate"),
        passes=tuple(_member(Direction, one, "direction") for one in passes),
        density_per_cm2=quantity(row.get("density"), "density"),
    )


def quantity(value: object, what: str) -> int:
    """A quantity with its unit, in µm, mHz or punctures/cm²: "0.5 mm", "100 Hz", "600 /cm²".

    Raises:
        TreatmentRefused: no text, a decimal comma, no unit or another one, or a finer step than the pen has.
    """
    units = _UNITS[what]
    allowed = "a number with its unit: " + " or ".join(f"0.5 {unit}" for unit in list(units)[:1])
    number, _, unit = value.strip().partition(" ") if isinstance(value, str) else ("", "", "")
    if "," in number:
        raise TreatmentRefused(
            f"The {what} has a decimal comma", value, "a decimal point, as 0.5", "Write it with a point"
        )
    if not isinstance(value, str) or unit.strip() not in units:
        raise TreatmentRefused(f"The {what} has no unit that is understood", value, allowed, "Add the unit")
    if not number.replace(".", "", 1).isascii() or not number.replace(".", "", 1).isdigit():
        raise TreatmentRefused(f"The {what} is no number", value, allowed, "Correct the number")
    scaled = float(number) * units[unit.strip()]
    if abs(scaled - round(scaled)) > 1e-6:
        raise TreatmentRefused(f"The {what} is finer than the pen can be set", value, allowed, "Round it")
    return round(scaled)


def _text(content: Mapping[str, Any], key: str) -> str:
    value = content.get(key)
    if not isinstance(value, str) or not value.strip():
        raise TreatmentRefused(f"The plan lacks {key}", value, "a text", f"Add {key}")
    return value.strip()


def _member(kind: type[Enum], name: object, what: str) -> Any:
    if isinstance(name, str) and name.strip().upper() in kind.__members__:
        return kind[name.strip().upper()]
    known = ", ".join(member.lower() for member in kind.__members__)
    raise TreatmentRefused(f"There is no such {what}", name, known, "Name one of these")


def _only(content: Mapping[str, Any], keys: Iterable[str], where: str) -> None:
    for key in content:
        if key not in keys:
            raise TreatmentRefused(f"{where} has a key that nobody reads", key, ", ".join(keys), "Delete it")
