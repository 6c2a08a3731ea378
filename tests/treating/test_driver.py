"""The driver between a visit and a pen: what it notes, when it stops, and what comes first."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from treating_rig import BOTH_WAYS, PLAN, TEMPLE, Rig

from penctl.errors import Refused
from penctl.protocol.enums import Flags, State
from penctl.treating.progress import PassState
from penctl.treating.visit_file import VisitFile, VisitFileError
from penctl.treatment import visit_events as ev
from penctl.treatment.findings import TreatmentRefused
from penctl.treatment.plan import ZonePlan
from penctl.treatment.visit_steps import Step

LONG = replace(PLAN, zones=(replace(TEMPLE, density_per_cm2=800),))


def _running(rig: Rig) -> None:
    """The first pass, half a second into the skin."""
    _ready(rig)
    rig.bench.hand.hold(True)
    assert rig.treating.wait_for_hold(1.0)
    rig.treating.start()
    rig.bench.hand.press(3.0)
    rig.pen.wait(0.5)


def _ready(rig: Rig) -> None:
    rig.run.papers()
    rig.run.pen_ready()
    rig.treating.begin_pass("TEMPORAL_LEFT", "HORIZONTAL")


def _kinds(rig: Rig) -> list[str]:
    return [type(event).__name__ for event in rig.treating.visit.events]


def test_the_dose_agrees_with_what_the_cartridge_has_counted(rig: Callable[..., Rig]) -> None:
    """Two counters that know nothing of each other: telemetry at the host, strokes on the pen's tag."""
    made = rig()
    made.run.run()
    dose = made.treating.visit.dose("TEMPORAL_LEFT")
    assert made.treating.visit.step is Step.CLOSED
    assert made.bench.kernel.cartridge.use["strokes"] == pytest.approx(dose.strokes + dose.strokes_air, abs=4)
    assert dose.strokes >= 40 * 30 / 12
    assert dose.strokes_unseen == 0


def test_strokes_in_air_are_no_dose(rig: Callable[..., Rig]) -> None:
    """A pass with the nose off the skin gives nothing, and the pen stops by itself (IL-23)."""
    made = rig(LONG)
    _ready(made)
    made.bench.hand.hold(True)
    made.treating.wait_for_hold(1.0)
    made.treating.start()
    made.pen.wait(1.0)
    progress = made.treating.poll()
    assert progress.state is PassState.RUNNING
    assert (progress.dose.strokes, progress.density) == (0, 0.0)
    assert progress.dose.strokes_air > 50
    assert made.treating.visit.first_punctures == {}


def test_a_released_switch_pauses_the_pass_and_arming_goes_on_with_it(rig: Callable[..., Rig]) -> None:
    """Hold-to-run: released, the pen rests; the same pass goes on, and its dose adds up."""
    made = rig(LONG)
    _running(made)
    made.bench.hand.lift()
    made.bench.hand.hold(False)
    made.pen.wait(0.3)
    paused = made.treating.poll()
    assert paused.state is PassState.PAUSED
    assert made.treating.visit.step is Step.READY
    before = made.treating.visit.dose("TEMPORAL_LEFT").strokes
    assert before > 20
    made.treating.begin_pass("TEMPORAL_LEFT", "HORIZONTAL")
    made.bench.hand.hold(True)
    made.treating.wait_for_hold(1.0)
    made.treating.start()
    made.bench.hand.press(3.0)
    made.pen.wait(0.5)
    assert made.treating.poll().dose.strokes > before + 20
    assert _kinds(made).count("PassBegun") == 1
    assert _kinds(made).count("Armed") == 2


def test_a_trip_is_noted_with_its_value_and_the_pass_goes_on_after_the_reset(rig: Callable[..., Rig]) -> None:
    """Trips stand in the visit; what was punctured until then counts."""
    made = rig(LONG)
    _running(made)
    made.bench.inject("bar_sensor", "wrong", value=150)
    made.pen.wait(0.3)
    assert made.treating.poll().state is PassState.TRIPPED
    [trip] = [event for event in made.treating.visit.events if isinstance(event, ev.TripNoted)]
    assert trip.interlock == "IL-07"
    assert "mm" in trip.text
    assert made.treating.visit.dose("TEMPORAL_LEFT").strokes > 20
    assert made.treating.visit.step is Step.READY
    with pytest.raises(Refused):
        made.treating.begin_pass("TEMPORAL_LEFT", "HORIZONTAL")


@pytest.mark.parametrize("kind", ["end_early", "unwell"])
def test_ending_early_stops_the_pen_keeps_the_dose_and_goes_on_with_what_must_be_done(
    rig: Callable[..., Rig], kind: str
) -> None:
    """End early (reason), and patient unwell, while the needles move."""
    made = rig(LONG)
    _running(made)
    getattr(made.treating, kind)("dizzy")
    assert made.pen.status().state is State.STANDBY
    assert not made.pen.status().flags & Flags.DRIVE_ENABLED
    assert made.treating.put_away() == ""
    visit = made.treating.visit
    assert visit.dose("TEMPORAL_LEFT").strokes > 20
    assert (visit.ended_early, visit.step) == ("dizzy", Step.DISPOSE)
    assert Flags.VISIT_OPEN not in made.pen.status().flags
    made.run.close()
    assert made.treating.visit.step is Step.CLOSED


def test_ending_early_without_a_reason_stops_the_pen_all_the_same(rig: Callable[..., Rig]) -> None:
    """A stop waits for no words."""
    made = rig(LONG)
    _running(made)
    with pytest.raises(TreatmentRefused):
        made.treating.end_early(" ")
    made.pen.wait(0.2)
    assert not made.pen.status().flags & Flags.DRIVE_ENABLED


def test_a_journal_that_cannot_be_written_stops_the_pen(
    rig: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk in a pass: the needles stop, nothing that was noted is lost, and nothing more is taken."""
    made = rig(LONG)
    _running(made)
    before = made.journal.read_bytes()

    def full(*_: Any, **__: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        with pytest.raises(VisitFileError, match="No space"):
            made.treating.pause("look")
    assert not made.pen.status().flags & Flags.DRIVE_ENABLED
    assert made.journal.read_bytes() == before
    with pytest.raises(VisitFileError, match="takes nothing more"):
        made.treating.add(ev.Noted, text="later")


def test_a_full_disk_between_two_lines_of_a_running_pass_stops_the_pen(
    rig: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dose of a running pass goes to the disk each second; when it cannot, the pen is stopped."""
    made = rig(LONG)
    _running(made)
    made.pen.wait(1.0)
    monkeypatch.setattr(made.treating.journal, "add", _raise_no_space)
    with pytest.raises(VisitFileError):
        made.treating.poll()
    made.pen.wait(0.2)
    assert not made.pen.status().flags & Flags.DRIVE_ENABLED


def _raise_no_space(event: object) -> None:
    raise VisitFileError("The journal of the visit cannot be written", "disk full")


def test_nothing_is_armed_before_the_time_out(rig: Callable[..., Rig]) -> None:
    """The visit's order holds the pen, too."""
    made = rig()
    made.run.papers()
    with pytest.raises(TreatmentRefused, match="not yet time"):
        made.treating.begin_pass("TEMPORAL_LEFT", "HORIZONTAL")
    assert made.pen.status().state is not State.READY


def test_a_pass_that_the_rules_refuse_leaves_the_pen_unarmed(rig: Callable[..., Rig]) -> None:
    """A direction that is not planned."""
    made = rig()
    made.run.papers()
    made.run.pen_ready()
    with pytest.raises(TreatmentRefused, match="not planned"):
        made.treating.begin_pass("TEMPORAL_LEFT", "DIAGONAL_LEFT")
    made.pen.wait(0.2)
    assert made.pen.status().state is State.STANDBY


def test_a_used_cartridge_is_refused(rig: Callable[..., Rig]) -> None:
    """One cartridge, one visit in a clinic: the pen's tag says so, and the visit takes none."""
    made = rig()
    made.run.papers()
    made.bench.hand.cartridge("CLINICAL", id=9, uses=1, first_day=10, last_day=10, person=bytes([7] * 16))
    made.bench.run(0.02)  # a button that is pressed from power-on is nobody's hand
    made.bench.hand.button(True)
    made.treating.make_ready()
    with pytest.raises(TreatmentRefused, match="cartridge"):
        made.treating.read_cartridge()
    assert made.treating.visit.cartridge is None


def test_nobody_holds_the_switch(rig: Callable[..., Rig]) -> None:
    """The wait for the hand's start is bounded, and the pen is disarmed after it."""
    made = rig()
    made.run.papers()
    made.run.pen_ready()
    made.run._hand.take = lambda treating, text: None  # type: ignore[method-assign]
    made.run.treat()
    ended = made.treating.visit.zone_ended("TEMPORAL_LEFT")
    assert ended is not None
    assert not ended.done
    assert "nobody held the switch" in ended.reason
    assert made.pen.status().state is State.STANDBY


def test_zones_that_overlap_share_the_cap_of_punctures(rig: Callable[..., Rig]) -> None:
    """Hard: the density cap is one for vertex and parting together, also when rules were made stricter."""
    zones = tuple(ZonePlan(name, 500, 150_000, BOTH_WAYS[:1], 20) for name in ("PARTING", "VERTEX"))
    made = rig(replace(PLAN, zones=zones))
    rules = made.treating.visit.knowledge.rules.stricter({"R-13": 40})
    object.__setattr__(made.treating.visit.knowledge, "rules", rules)
    made.run.run()
    visit = made.treating.visit
    together = sum(made.treating.density(zone) for zone in ("PARTING", "VERTEX"))
    assert together <= 40 * 1.1
    assert [visit.zone_ended(zone) is not None for zone in ("PARTING", "VERTEX")] == [True, True]


def test_a_real_visit_does_not_run_on_a_simulated_pen(rig: Callable[..., Rig]) -> None:
    """Simulated and real are never mixed."""
    made = rig()
    object.__setattr__(made.treating.visit.begun, "simulated", False)
    made.run.papers()
    with pytest.raises(TreatmentRefused, match="simulated"):
        made.run.pen_ready()
    assert isinstance(made.treating.journal, VisitFile)
