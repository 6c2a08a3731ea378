"""Visits: arming needs one, a date does not go back, setpoints are not carried over, nobody is stored."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from core_rig import DAY, OTHER, PERSON, VISIT, again, arm, choose, opened, run, visit, why

from penctl.pen import Pen
from penctl.protocol.enums import Flags, State
from pensim.bench import Bench
from pensim.world import Factory

Ready = tuple[Bench, Pen]


@pytest.fixture
def ready() -> Iterator[Ready]:
    """A pen in STANDBY that has passed its self-test."""
    with Bench(seed=4) as bench:
        yield bench, opened(bench)


def test_arming_needs_a_visit(ready: Ready) -> None:
    """IL-21: without BEGIN_VISIT nothing is armed, and END_VISIT without one is refused."""
    bench, pen = ready
    choose(bench, pen)
    assert why(lambda: arm(pen)).reason == "NO_VISIT"
    assert why(lambda: pen.command("END_VISIT")).reason == "NO_VISIT"


def test_another_visit_clears_the_setpoints_and_the_same_one_keeps_them(ready: Ready) -> None:
    """Requirement: nobody gets the depth of the one before."""
    bench, pen = ready
    visit(pen)
    choose(bench, pen)
    visit(pen)
    assert pen.status().depth_set_um == 500
    visit(pen, VISIT, OTHER)
    status = pen.status()
    assert (status.depth_set_um, status.rate_set_mhz) == (-1, -1)
    choose(bench, pen)
    pen.command("END_VISIT")
    assert pen.status().depth_set_um == -1
    assert Flags.VISIT_OPEN not in pen.status().flags


def test_the_same_visit_is_taken_up_again_in_every_state(ready: Ready) -> None:
    """Requirement: a reconnection changes nothing; another visit is refused outside STANDBY."""
    bench, pen = ready
    visit(pen)
    choose(bench, pen)
    arm(pen)
    visit(pen)
    assert pen.status().state is State.READY
    assert why(lambda: visit(pen, b"visit-02")).reason == "WRONG_STATE"
    bench.hand.estop(True)
    bench.run(0.05)
    visit(pen)
    assert why(lambda: visit(pen, b"visit-02")).reason == "LATCHED"
    pen.command("END_VISIT")


def test_a_date_does_not_go_back_not_even_over_power_off(ready: Ready) -> None:
    """IL-21: the latest date that was seen is kept."""
    bench, pen = ready
    visit(pen, day=DAY + 10)
    refused = why(lambda: visit(pen, b"visit-02", day=DAY + 9))
    assert (refused.reason, refused.value, refused.limit) == ("DATE_INVALID", DAY + 9, DAY + 10)
    bench.run(0.2)
    bench.power_off()
    pen = again(bench, pen)
    assert why(lambda: visit(pen, day=DAY + 9)).reason == "DATE_INVALID"
    visit(pen, day=DAY + 10)


def test_the_same_visit_days_later_with_the_power_kept_is_judged_by_its_new_day(ready: Ready) -> None:
    """IL-21: a visit may run past midnight; two days later its cartridge is used up, power kept or not."""
    bench, pen = ready
    visit(pen)
    choose(bench, pen)
    run(bench, pen)
    visit(pen, day=DAY + 1)
    run(bench, pen)
    visit(pen, day=DAY + 2)
    assert why(lambda: arm(pen)).reason == "CARTRIDGE_USED"


def test_the_sterile_date_is_judged_by_the_day_that_the_visit_goes_on(ready: Ready) -> None:
    """IL-21: the sterile date is passed while the visit is open and the power kept."""
    bench, pen = ready
    bench.hand.cartridge("CLINICAL", sterile_until_day=DAY)
    bench.run(0.2)
    visit(pen)
    choose(bench, pen)
    arm(pen)
    pen.stop()
    visit(pen, day=DAY + 1)
    refused = why(lambda: arm(pen))
    assert (refused.reason, refused.value, refused.limit) == ("CARTRIDGE_EXPIRED", DAY + 1, DAY)


def test_the_calibration_is_judged_by_the_day_that_the_visit_goes_on() -> None:
    """IL-42: the interval ends while the visit is open and the power kept."""
    with Bench(seed=4, factory=Factory(calibration_day=DAY - 365)) as bench:
        pen = opened(bench)
        visit(pen)
        choose(bench, pen)
        visit(pen, day=DAY + 1)
        assert why(lambda: arm(pen)).reason == "CALIBRATION_OVERDUE"


def test_nobody_is_kept_in_the_pens_memory(ready: Ready) -> None:
    """Requirement: the device never stores who was treated; RAM forgets it with the end of the visit."""
    bench, pen = ready
    person = bytes(range(100, 116))
    visit(pen, b"visit-77", person)
    choose(bench, pen)
    run(bench, pen)
    stored = bench.memory.content.tobytes()
    assert person not in stored
    assert b"visit-77" not in stored
    assert PERSON not in stored


@pytest.mark.parametrize(("days", "accepted"), [(365, True), (366, False)])
def test_an_old_calibration_keeps_the_clinical_mode_from_arming(days: int, accepted: bool) -> None:
    """IL-42: in the clinic after a year and a day; at home it does not count."""
    with Bench(seed=4, factory=Factory(calibration_day=DAY - days)) as bench:
        pen = opened(bench)
        visit(pen)
        choose(bench, pen)
        if accepted:
            arm(pen)
            assert pen.status().state is State.READY
            return
        refused = why(lambda: arm(pen))
        assert (refused.reason, refused.value, refused.limit) == ("CALIBRATION_OVERDUE", 366, 365)
        bench.hand.cartridge("HOME")
        bench.run(0.2)
        choose(bench, pen, "home", 200, 80.0)
        arm(pen)
        assert pen.status().state is State.READY
