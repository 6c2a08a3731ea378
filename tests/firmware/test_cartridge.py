"""IL-20 to IL-22: what the tag must say, whose it is, and that a use is counted before the drive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from core_rig import (
    DAY,
    OTHER,
    PERSON,
    VISIT,
    again,
    arm,
    choose,
    drive_is_off,
    opened,
    run,
    start,
    visit,
    why,
)

from penctl.errors import Refused
from penctl.keys import TAG_KEY
from penctl.pen import Pen
from penctl.protocol import tag
from penctl.protocol.enums import CartridgeBinding, Reason, State, Warning  # noqa: A004
from pensim.bench import Bench
from pensim.cartridges import Cartridge

Ready = tuple[Bench, Pen]


@pytest.fixture(params=["clinical", "home"])
def mode(request: pytest.FixtureRequest) -> str:
    """Both modes."""
    return str(request.param)


@pytest.fixture
def ready() -> Iterator[Ready]:
    """A pen in STANDBY, without a cartridge, in the visit."""
    with Bench(seed=3, cartridge=None) as bench:
        pen = opened(bench)
        visit(pen)
        yield bench, pen


def _fit(bench: Bench, kind: str, **options: Any) -> Cartridge:
    fitted = bench.hand.cartridge(kind.upper(), **options)
    assert fitted is not None
    bench.run(0.2)
    return fitted


def _with_stop(bench: Bench, cartridge: Cartridge, stop_um: int) -> None:
    """The maker has given this one another stop, and signed it."""
    fields = {**cartridge.maker, "stop_um": stop_um}
    maker = tag.TAG_MAKER.encode(fields)
    maker = maker[: tag.SIGNED_SIZE] + tag.maker_mac(maker, TAG_KEY)
    use = bytes(cartridge.memory[64:128])
    use = use[: tag.SIGNED_SIZE] + tag.use_mac(use, maker, TAG_KEY)
    cartridge.memory[:128] = np.frombuffer(maker + use, np.uint8)
    bench.hand.cartridge(None)
    bench.run(0.1)
    cartridge.memory[:128] = np.frombuffer(maker + use, np.uint8)
    bench.hand.cartridge(cartridge)
    bench.run(0.2)


def _setpoints(bench: Bench, pen: Pen, mode: str) -> None:
    choose(bench, pen, mode, depth_um=200, rate_hz=100.0 if mode == "clinical" else 80.0)


def _refusal(bench: Bench, pen: Pen, mode: str) -> Refused:
    _setpoints(bench, pen, mode)
    refused = why(lambda: arm(pen))
    assert pen.status().state is State.STANDBY
    assert drive_is_off(bench)
    return refused


def test_a_good_one_is_counted_once_a_visit_with_its_strokes(ready: Ready, mode: str) -> None:
    """IL-21: the first START counts it; runs, a trip and a reconnection inside the visit consume nothing."""
    bench, pen = ready
    cartridge = _fit(bench, mode)
    _setpoints(bench, pen, mode)
    arm(pen)
    assert cartridge.use["uses"] == 0
    pen.stop()
    run(bench, pen, 1.0)
    bench.hand.lift()
    strokes = cartridge.use["strokes"]
    assert (cartridge.use["uses"], cartridge.use["first_day"]) == (1, DAY)
    assert (cartridge.use["person"], cartridge.use["visit_id"]) == (PERSON, VISIT)
    assert strokes == pen.status().stroke_count > 70
    run(bench, pen)
    assert cartridge.use["uses"] == 1
    assert cartridge.use["strokes"] == pen.status().stroke_count > strokes


def test_power_off_inside_a_visit_consumes_nothing(ready: Ready, mode: str) -> None:
    """IL-21: the same visit_id after power-off goes on with the same cartridge."""
    bench, pen = ready
    cartridge = _fit(bench, mode)
    _setpoints(bench, pen, mode)
    run(bench, pen)
    bench.power_off()
    pen = again(bench, pen)
    pen.wait_ready()
    visit(pen)
    _setpoints(bench, pen, mode)
    run(bench, pen)
    assert cartridge.use["uses"] == 1


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"signed": "other"}, Reason.CARTRIDGE_UNKNOWN),
        ({"signed": "none"}, Reason.CARTRIDGE_UNKNOWN),
        ({"tag": False}, Reason.NO_CARTRIDGE),
        ({"expired": True}, Reason.CARTRIDGE_EXPIRED),
        ({"sterile_until_day": DAY - 1}, Reason.CARTRIDGE_EXPIRED),
        ({"strokes": 400_000}, Reason.CARTRIDGE_WORN),
        ({"uses": 1, "person": OTHER, "visit_id": VISIT, "first_day": DAY}, Reason.CARTRIDGE_OTHER_PERSON),
        ({"locked": False}, Reason.CARTRIDGE_NOT_LOCKED),
    ],
    ids=lambda value: value.name if isinstance(value, Reason) else "",
)
def test_each_bad_one_is_refused_with_its_reason(
    ready: Ready, mode: str, options: dict[str, Any], reason: Reason
) -> None:
    """IL-20, IL-21: absent, unknown, expired, worn, another person's: none is armed, in either mode."""
    bench, pen = ready
    cartridge = _fit(bench, mode, **options)
    before = cartridge.memory.tobytes()
    assert _refusal(bench, pen, mode).reason == reason.name
    bench.run(0.1)
    assert cartridge.memory.tobytes() == before


def test_none_at_all_is_refused(ready: Ready, mode: str) -> None:
    """IL-20: without a cartridge nothing is armed."""
    assert _refusal(*ready, mode).reason == "NO_CARTRIDGE"


@pytest.mark.parametrize(
    ("options", "accepted"),
    [({"sterile_until_day": DAY}, True), ({"strokes": 399_999}, True), ({"uses": 0}, True)],
    ids=["last sterile day", "one stroke left", "new"],
)
def test_just_within_the_limits_it_is_taken(
    ready: Ready, mode: str, options: dict[str, Any], accepted: bool
) -> None:
    """IL-21, no trip below the limit."""
    bench, pen = ready
    _fit(bench, mode, **options)
    _setpoints(bench, pen, mode)
    arm(pen)
    assert (pen.status().state is State.READY) is accepted


@pytest.mark.parametrize(
    ("used", "accepted"),
    [
        ({"visit_id": VISIT, "first_day": DAY}, True),
        ({"visit_id": VISIT, "first_day": DAY - 1}, True),
        ({"visit_id": VISIT, "first_day": DAY - 2}, False),
        ({"visit_id": b"visit-00", "first_day": DAY}, False),
    ],
    ids=["this visit", "since yesterday", "since the day before", "another visit"],
)
def test_in_the_clinic_it_is_one_visits(ready: Ready, used: dict[str, Any], accepted: bool) -> None:
    """IL-21: CLINICAL: one person, one visit, which may run past midnight."""
    bench, pen = ready
    _fit(bench, "clinical", uses=1, person=PERSON, **used)
    _setpoints(bench, pen, "clinical")
    if accepted:
        arm(pen)
        assert pen.status().state is State.READY
    else:
        assert why(lambda: arm(pen)).reason == "CARTRIDGE_USED"


@pytest.mark.parametrize(
    ("uses", "warned", "accepted"), [(8, False, True), (9, True, True), (14, True, True), (15, False, False)]
)
def test_at_home_it_warns_from_ten_uses_and_ends_after_fifteen(
    ready: Ready, uses: int, warned: bool, accepted: bool
) -> None:
    """IL-21: HOME: one person; the 10th to the 15th use warn, a 16th is refused."""
    bench, pen = ready
    cartridge = _fit(bench, "home", uses=uses, person=PERSON, visit_id=b"visit-00", first_day=DAY - 30)
    _setpoints(bench, pen, "home")
    if not accepted:
        refused = why(lambda: arm(pen))
        assert (refused.reason, refused.value, refused.limit) == ("CARTRIDGE_WORN", 15, 15)
        return
    run(bench, pen)
    assert cartridge.use["uses"] == uses + 1
    assert bool(pen.inbox.warnings(Warning.CARTRIDGE_NEARLY_USED, 0)) is warned


@pytest.mark.parametrize(("days", "uses"), [(0, 14), (1, 14), (2, 15)])
def test_at_home_a_visit_id_that_comes_again_days_later_is_another_use(
    ready: Ready, days: int, uses: int
) -> None:
    """IL-21: HOME: one visit_id for ever would never reach fifteen uses; midnight does not cut it."""
    bench, pen = ready
    used = {"person": PERSON, "visit_id": VISIT, "first_day": DAY - 30, "last_day": DAY}
    cartridge = _fit(bench, "home", uses=14, **used)
    visit(pen, day=DAY + days)
    _setpoints(bench, pen, "home")
    run(bench, pen)
    assert (cartridge.use["uses"], cartridge.use["last_day"]) == (uses, DAY if uses == 14 else DAY + days)


@pytest.mark.parametrize(("days", "accepted"), [(1, True), (2, False)])
def test_at_home_the_fifteenth_use_is_over_the_day_after(ready: Ready, days: int, accepted: bool) -> None:
    """IL-21: HOME: the last use may run past midnight and cannot be stretched by its visit_id."""
    bench, pen = ready
    used = {"person": PERSON, "visit_id": VISIT, "first_day": DAY - 30, "last_day": DAY}
    _fit(bench, "home", uses=15, **used)
    visit(pen, day=DAY + days)
    if accepted:
        _setpoints(bench, pen, "home")
        arm(pen)
        assert pen.status().state is State.READY
    else:
        assert _refusal(bench, pen, "home").reason == "CARTRIDGE_WORN"


@pytest.mark.parametrize(("mode", "kind"), [("clinical", "home"), ("home", "clinical")])
def test_the_kind_must_be_the_modes(ready: Ready, mode: str, kind: str) -> None:
    """IL-22: a cartridge of the other kind is refused, whatever its stop."""
    bench, pen = ready
    _fit(bench, kind)
    assert _refusal(bench, pen, mode).reason == "CARTRIDGE_WRONG_FOR_MODE"


@pytest.mark.parametrize(
    ("mode", "stop_um"), [("home", 0), ("home", 251), ("home", 2500), ("clinical", 2501)]
)
def test_the_cartridge_itself_must_be_limited_to_the_modes_cap(ready: Ready, mode: str, stop_um: int) -> None:
    """IL-22: its own stop lies within the cap of the mode, by the maker's word."""
    bench, pen = ready
    _with_stop(bench, _fit(bench, mode), stop_um)
    refused = _refusal(bench, pen, mode)
    assert (refused.reason, refused.value, refused.limit) == (
        "CARTRIDGE_TOO_DEEP",
        stop_um,
        250 if mode == "home" else 2500,
    )


def test_what_the_cartridge_message_says(ready: Ready) -> None:
    """Requirement: identity, uses, strokes, binding and verdict are told; who it is never."""
    bench, pen = ready
    _fit(bench, "clinical", id=77, uses=1, person=OTHER, visit_id=b"visit-00", first_day=DAY, strokes=1234)
    choose(bench, pen)
    seen = pen.cartridge()
    assert (seen.cartridge_id, seen.needles, seen.stop_um, seen.uses, seen.strokes) == (77, 12, 2500, 1, 1234)
    assert (seen.binding, seen.verdict) == (CartridgeBinding.OTHER_PERSON, Reason.CARTRIDGE_OTHER_PERSON)


@pytest.mark.parametrize("how", ["refuse", "forget", "silent"])
def test_without_the_use_on_the_tag_the_drive_does_not_go_on(ready: Ready, how: str) -> None:
    """IL-21: a tag that does not keep what is written to it: START is refused, the drive stays off."""
    bench, pen = ready
    cartridge = _fit(bench, "clinical")
    choose(bench, pen)
    arm(pen)
    bench.tag.fail(how)
    assert why(lambda: start(bench, pen)).reason in ("CARTRIDGE_BINDING_FAILED", "EXPIRED")
    assert drive_is_off(bench)
    assert cartridge.use["uses"] == 0
    bench.tag.fail("well")
    start(bench, pen)
    bench.run(0.2)
    assert pen.status().state is State.RUN
    assert cartridge.use["uses"] == 1


@pytest.mark.parametrize("written", range(0, 64, 9))
@pytest.mark.parametrize("write", [1, 2])
def test_power_off_in_the_middle_of_a_write_leaves_a_valid_use_block(write: int, written: int) -> None:
    """IL-21: the power goes at any byte of a write: the tag is still good, and the visit goes on."""
    with Bench(seed=3, cartridge=None) as bench:
        pen = opened(bench)
        visit(pen)
        cartridge = _fit(bench, "clinical")
        choose(bench, pen)
        arm(pen)
        bench.tag.cut_at(write, written)
        try:
            start(bench, pen)
            bench.run(0.3)
            pen.stop()
        except Exception:  # noqa: S110 - the pen is dead in the middle of it
            pass
        bench.advance(0.2)
        bench.hand.hold(False)
        assert not bench.kernel.powered
        assert cartridge.use["uses"] <= 1
        pen = again(bench, pen)
        pen.wait_ready()
        visit(pen)
        choose(bench, pen)
        run(bench, pen)
        assert cartridge.use["uses"] == 1


def test_a_cartridge_that_is_changed_in_ready_must_be_good_itself(ready: Ready) -> None:
    """IL-19, IL-21: what was checked at ARM is checked again at START."""
    bench, pen = ready
    _fit(bench, "clinical")
    choose(bench, pen)
    arm(pen)
    bench.hand.cartridge("CLINICAL", uses=1, person=OTHER, visit_id=VISIT, first_day=DAY)
    bench.run(0.2)
    assert why(lambda: start(bench, pen)).reason == "CARTRIDGE_OTHER_PERSON"
    assert drive_is_off(bench)


def _put_back(bench: Bench, cartridge: Cartridge, image: bytes) -> None:
    """Take it out, write an older image of its tag to it, and fit it again."""
    bench.hand.cartridge(None)
    bench.run(0.1)
    cartridge.memory[:] = np.frombuffer(image, np.uint8)
    bench.hand.cartridge(cartridge)
    bench.run(0.7)


@pytest.mark.parametrize("off", [False, True], ids=["the pen stays on", "off and on"])
def test_an_older_image_of_the_tag_gives_no_use_back(ready: Ready, mode: str, off: bool) -> None:
    """IL-21: the pen knows the last write to each of its last cartridges, power-off or not."""
    bench, pen = ready
    cartridge = _fit(bench, mode)
    new = cartridge.memory.tobytes()
    _setpoints(bench, pen, mode)
    run(bench, pen)
    bench.run(0.2)
    bench.hand.cartridge(None)
    honest = cartridge.memory.tobytes()
    if off:
        bench.power_off()
        pen = again(bench, pen)
        pen.wait_ready()
    for person, visit_id in ((PERSON, b"visit-02"), (OTHER, b"visit-03")):
        visit(pen, visit_id, person)
        pen.wait_ready()
        _put_back(bench, cartridge, new)
        assert _refusal(bench, pen, mode).reason == "CARTRIDGE_UNKNOWN"
        assert cartridge.memory.tobytes() == new
    visit(pen)
    pen.wait_ready()
    _put_back(bench, cartridge, honest)
    _setpoints(bench, pen, mode)
    arm(pen)
    assert pen.status().state is State.READY


def test_a_use_that_is_spoilt_on_the_tag_is_not_given_back(ready: Ready) -> None:
    """IL-21: without any key: the newer copy of the use block is damaged, the older one has no use yet."""
    bench, pen = ready
    cartridge = _fit(bench, "clinical")
    choose(bench, pen)
    arm(pen)
    start(bench, pen)
    bench.run(0.01)
    bench.power_off()
    uses = [int.from_bytes(cartridge.memory[at + 8 : at + 10].tobytes(), "little") for at in (64, 128)]
    assert cartridge.use["uses"] == 1
    spoilt = bytearray(cartridge.memory.tobytes())
    newer = 64 if int.from_bytes(spoilt[64:68], "little") > int.from_bytes(spoilt[128:132], "little") else 128
    spoilt[newer + 30] ^= 0x01
    bench.hand.hold(False)
    pen = again(bench, pen)
    pen.wait_ready()
    visit(pen, b"visit-02", OTHER)
    _put_back(bench, cartridge, bytes(spoilt))
    assert (_refusal(bench, pen, "clinical").reason, sorted(uses)[0]) == ("CARTRIDGE_UNKNOWN", 0)


@pytest.mark.parametrize("written", [0, 5, 12, 40, 100, 200, 256, 300])
def test_power_off_while_the_pen_notes_a_use_refuses_no_cartridge(written: int) -> None:
    """IL-21: the note follows the tag, so that a cut between the two leaves an honest cartridge accepted."""
    with Bench(seed=3, cartridge=None) as bench:
        pen = opened(bench)
        visit(pen)
        cartridge = _fit(bench, "clinical")
        choose(bench, pen)
        arm(pen)
        bench.run(0.5)
        bench.memory.cut_at(1 + written // 64, written % 64)
        try:
            start(bench, pen)
            bench.run(0.3)
        except Exception:  # noqa: S110 - the pen is dead in the middle of it
            pass
        bench.advance(0.2)
        bench.hand.hold(False)
        assert not bench.kernel.powered
        assert cartridge.use["uses"] == 1
        pen = again(bench, pen)
        pen.wait_ready()
        visit(pen)
        choose(bench, pen)
        run(bench, pen)
        assert cartridge.use["uses"] == 1
