"""The zones of the scalp: areas, usual caps, which overlap, and what a stage of hair loss suggests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from penctl.treatment.findings import TreatmentRefused


@dataclass(frozen=True)
class Zone:
    """A named area of the scalp; `overlaps` are the ids of zones that share skin with it."""

    id: str
    name: str
    area_cm2: float
    depth_max_um: int
    overlaps: frozenset[str]
    mark: str
    source: str


@dataclass(frozen=True)
class Stage:
    """A stage of hair loss ("NORWOOD", 4) and the zones that it suggests; a suggestion, no diagnosis."""

    scale: str
    grade: int
    zones: tuple[str, ...]
    note: str
    mark: str
    source: str


class Scalp:
    """All zones and stages of one clinic."""

    def __init__(self, zones: Iterable[Zone], stages: Iterable[Stage] = ()) -> None:
        self._zones: Mapping[str, Zone] = MappingProxyType({zone.id: zone for zone in zones})
        self._stages = {(stage.scale, stage.grade): stage for stage in stages}
        for zone in self._zones.values():
            for other in zone.overlaps:
                if zone.id not in self.zone(other).overlaps:
                    raise TreatmentRefused(
                        "Two zones overlap only one way", f"{zone.id} and {other}", None, "Name it in both"
                    )
        for stage in self._stages.values():
            for name in stage.zones:
                self.zone(name)

    @property
    def zones(self) -> Mapping[str, Zone]:
        """Zones by id."""
        return self._zones

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Stages by scale and grade."""
        return tuple(self._stages.values())

    def zone(self, zone_id: str) -> Zone:
        """The zone. Raises TreatmentRefused, naming those there are."""
        try:
            return self._zones[zone_id]
        except KeyError:
            raise TreatmentRefused(
                "There is no such zone", zone_id, ", ".join(self._zones), "Name one of these"
            ) from None

    def locked_with(self, zone_id: str) -> frozenset[str]:
        """The zone and all that a puncture in it locks: those that overlap it."""
        return frozenset({zone_id}) | self.zone(zone_id).overlaps

    def suggested(self, scale: str, grade: int) -> Stage:
        """What a stage suggests. Raises TreatmentRefused for an unknown one."""
        try:
            return self._stages[scale.upper(), grade]
        except KeyError:
            known = ", ".join(f"{name.title()} {number}" for name, number in sorted(self._stages))
            raise TreatmentRefused(
                "There is no such stage", f"{scale} {grade}", known, "Name one of these"
            ) from None
