"""The dose of a zone, counted from telemetry: strokes in contact only, as a mean over the zone.

Nobody knows where inside a zone a needle went in: the density is strokes in contact x needles / area of the
zone, and is called a zone mean wherever it shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from penctl.treatment.findings import TreatmentRefused

WRAP: Final = 1 << 16
"""The stroke count of telemetry has 16 bits."""
FASTEST_HZ: Final = 250.0
"""More strokes a second than any pen makes: a count that jumps further belongs to a restart of the pen."""
SENSOR_ERROR_UM: Final = 30
"""The proven error of depth (docs/decisions/0011): a stroke that much deeper than set still counts as set."""


def depth_that_counts(set_um: int, deepest_um: int) -> int:
    """The depth of a treatment for intervals, µm: that set, unless a stroke went really deeper."""
    return set_um if deepest_um <= set_um + SENSOR_ERROR_UM else deepest_um


@dataclass(frozen=True)
class Dose:
    """What a zone has received in one pass or several.

    `strokes` in contact, `strokes_air` without; `strokes_unseen` fell into gaps of the telemetry and count as
    in contact, so that a bad link never hides a puncture. `deepest_um` is the deepest measured stroke.
    """

    strokes: int = 0
    strokes_air: int = 0
    strokes_unseen: int = 0
    deepest_um: int = 0
    contact_s: float = 0.0

    def plus(self, other: Dose) -> Dose:
        """Both together."""
        return Dose(
            self.strokes + other.strokes,
            self.strokes_air + other.strokes_air,
            self.strokes_unseen + other.strokes_unseen,
            max(self.deepest_um, other.deepest_um),
            self.contact_s + other.contact_s,
        )

    def punctures(self, needles: int) -> int:
        """Strokes in contact, unseen ones included, times needles."""
        return (self.strokes + self.strokes_unseen) * needles

    def density_per_cm2(self, needles: int, area_cm2: float) -> float:
        """Punctures per square centimetre, a mean over the zone. Raises TreatmentRefused for no area."""
        if area_cm2 <= 0 or needles <= 0:
            raise TreatmentRefused(
                "A density needs needles and an area",
                f"{needles} needles, {area_cm2} cm²",
                "above 0",
                "Correct it",
            )
        return self.punctures(needles) / area_cm2


class DoseCounter:
    """Counts the dose from telemetry samples as they come; `gap_s` without samples counts as unseen.

    A pen that restarts counts its strokes from zero again: a jump that no pen can make in the time that
    passed starts the count afresh, and the strokes until then stay counted.
    """

    def __init__(self, gap_s: float = 0.1) -> None:
        self._gap_s = gap_s
        self._last: tuple[float, int, bool] | None = None
        self.dose = Dose()

    def take(self, time_s: float, stroke_count: int, contact: bool, depth_um: int) -> Dose:
        """One sample: device time in s, 16-bit stroke count, whether the nose touches, depth in µm."""
        last = self._last
        if last is not None and time_s < last[0]:
            last = None  # the device began anew
        self._last = (time_s, stroke_count % WRAP, contact)
        if last is not None:
            self.dose = self.dose.plus(self._step(last, time_s, stroke_count % WRAP, contact, depth_um))
        return self.dose

    def _step(
        self, last: tuple[float, int, bool], time_s: float, stroke_count: int, contact: bool, depth_um: int
    ) -> Dose:
        elapsed_s, made = time_s - last[0], (stroke_count - last[1]) % WRAP
        if made > FASTEST_HZ * elapsed_s + 1:
            return Dose()
        if elapsed_s > self._gap_s:
            return Dose(strokes_unseen=made)
        if not (contact and last[2]):
            return Dose(strokes_air=made)
        return Dose(strokes=made, deepest_um=depth_um if made else 0, contact_s=elapsed_s)

    def pause(self) -> None:
        """The pen is not in this zone until the next sample: what it does meanwhile is not counted here."""
        self._last = None
