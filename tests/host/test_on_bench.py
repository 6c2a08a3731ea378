"""Visits, pairing, trips and the button on the real firmware in the simulator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from penctl.errors import BadProof, Refused
from penctl.keys import PAIRING_CODES
from penctl.pen import Pen
from penctl.protocol.enums import CartridgeBinding, Flags, Mode, State
from pensim import Bench

CLINICIAN_CODE = PAIRING_CODES[0].decode()


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A simulated pen that has passed its self-test at power-on."""
    with Bench(seed=1) as made:
        yield made


def _ready(bench: Bench, **options: str) -> Pen:
    pen = bench.pen(**options)
    pen.open_session()
    pen.wait_ready()
    return pen


def _treat(bench: Bench, pen: Pen) -> None:
    """A second of treatment in CLINICAL, and back to STANDBY."""
    if pen.mode is not Mode.CLINICAL:
        bench.hand.button(True)
        pen.set_mode("clinical", button_timeout_s=1.0)
        bench.hand.button(False)
    pen.set_depth_um(1000)
    pen.set_rate_hz(110.0)
    pen.arm()
    bench.hand.press(n=3.0)
    bench.hand.hold(True)
    pen.wait(0.1)
    pen.start()
    pen.wait(1.0)
    bench.hand.hold(False)
    pen.wait(0.2)
    bench.hand.lift()
    pen.stop()


def test_the_power_on_self_test_ends_within_three_seconds(bench: Bench) -> None:
    """Issue 4, 5: below 3 s simulated."""
    pen = bench.pen()
    status = pen.wait_ready()
    assert status.state is State.STANDBY
    assert Flags.SELF_TEST_PASSED in status.flags
    assert pen.now_s() < 3.0


def test_clinical_without_the_button_is_refused_with_the_remedy(bench: Bench) -> None:
    """IL-30: a change of mode needs the physical button."""
    pen = _ready(bench)
    with pytest.raises(Refused, match="Press the button at the pen"):
        pen.set_mode("clinical")
    assert pen.status().mode is Mode.HOME


def test_arming_opens_a_visit_and_the_cartridge_is_then_this_persons(bench: Bench) -> None:
    """IL-21: bound at the first start; the setpoints of this arming survive the new visit."""
    pen = _ready(bench)
    _treat(bench, pen)
    assert Flags.VISIT_OPEN in pen.status().flags
    cartridge = pen.cartridge()
    assert (cartridge.binding, cartridge.uses) == (CartridgeBinding.THIS_PERSON, 1)


def test_a_cartridge_of_one_person_is_refused_for_another(bench: Bench) -> None:
    """IL-21, CLINICAL: one patient, one visit; no override."""
    pen = _ready(bench)
    pen.begin_visit("Patient 1")
    _treat(bench, pen)
    pen.end_visit()
    pen.begin_visit("Patient 2")
    pen.set_depth_um(1000)
    pen.set_rate_hz(110.0)
    with pytest.raises(Refused) as refused:
        pen.arm()
    assert refused.value.reason == "CARTRIDGE_OTHER_PERSON"
    assert "use a new one" in refused.value.remedy


def test_a_new_link_session_goes_on_with_the_visit_and_consumes_nothing(bench: Bench) -> None:
    """Issue 4, 4: a reconnection inside a visit consumes nothing."""
    pen = _ready(bench)
    pen.begin_visit("Patient 1")
    _treat(bench, pen)
    pen.open_session()
    _treat(bench, pen)
    assert pen.cartridge().uses == 1


def test_a_trip_is_read_back_with_its_snapshot(bench: Bench) -> None:
    """Issue 4, 1: readable afterwards: input, value, limit, time, and the inputs around it."""
    pen = _ready(bench)
    bench.hand.estop(True)
    pen.wait(0.2, through_trips=True)
    [kept] = pen.trip_log()
    assert kept.trip.id == "IL-01"
    assert kept.latched
    assert kept.trip.time_us == pen.trips[-1].time_us
    rows = pen.snapshot(kept.index).rows
    assert len(rows) >= 30
    assert min(row.time_us for row in rows) < 0 < max(row.time_us for row in rows)


def test_pairing_with_the_button_held_gives_a_key_that_opens_the_pen(bench: Bench) -> None:
    """Issue 4, 3: pairing with the button held; the key opens link sessions of its role."""
    pen = bench.pen()
    pen.wait_ready()
    bench.hand.button(True)
    pairing = pen.pair("clinician", CLINICIAN_CODE, "desk", button_timeout_s=5.0)
    bench.hand.button(False)
    pen.close()
    with bench.pen(key=pairing.key, slot=pairing.slot) as again:
        again.open_session()
        assert again.session_open
    with bench.pen(key=bytes(32), slot=pairing.slot) as stranger, pytest.raises((BadProof, Refused)):
        stranger.open_session()


def test_a_wrong_code_says_how_many_tries_are_left(bench: Bench) -> None:
    """Issue 4, 3: limited tries."""
    pen = bench.pen()
    pen.wait_ready()
    bench.hand.button(True)
    with pytest.raises(Refused, match="tries that are left: 4"):
        pen.pair("clinician", "GUESS", button_timeout_s=5.0)


def test_pairing_without_the_button_is_refused(bench: Bench) -> None:
    """Issue 4, 3: the button is a person's, and no program presses it."""
    pen = bench.pen()
    pen.wait_ready()
    with pytest.raises(Refused, match="button"):
        pen.pair("operator")
