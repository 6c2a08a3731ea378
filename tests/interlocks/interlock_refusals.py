"""Stimuli of the interlocks that refuse a start or a mode, as a table: what is done, and what the pen says.

Each stimulus is a cartridge as its maker or its last user left it, a fault of the plant, a date, a missing
act of the hand, or the build of the firmware. Limits are literals. The tests over this table are in
test_each_refusal.py.
"""

from __future__ import annotations

import contextlib
import itertools
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
from interlock_rig import CARTRIDGES, DAY, DAYS, PERSON, Refusal, Rig

from penctl.errors import SelfTestFailed
from penctl.keys import TAG_KEY
from penctl.protocol import tag
from penctl.protocol.enums import CartridgeKind, Mode, Reason, Role, SelfTestCheck, State
from penctl.visit import SIMULATED_SALT, person_hash
from pensim.cartridges import Cartridge
from pensim.world import CALIBRATED_DAY, Factory

Act = Callable[[Rig], object]
OTHER_VISIT = b"visit-00"
OTHER_PERSON = bytes(range(16))
DEPTH_UM = {"home": 150, "clinical": 1000}
RATE_HZ = {"home": 90.0, "clinical": 110.0}


def nothing(rig: Rig) -> None:
    """The condition is there already."""


@dataclass(frozen=True)
class Inhibit:
    """One way in which one interlock refuses `command`, in STANDBY with visit and setpoints or in `state`.

    `within` is a stimulus just inside the limit, with which the command is taken; None where there is none.
    `cure` takes the cause away and leaves the pen so that the command is taken.
    """

    interlock: int
    name: str
    provoke: Act
    reason: Reason
    value: int = 0
    limit: int = 0
    within: Act | None = None
    cure: Act = nothing
    mode: str = "clinical"
    command: str = "ARM"
    asked: Mode = Mode.CLINICAL
    """Of SET_MODE."""
    state: State = State.STANDBY
    """In which it is refused."""
    role: str = "clinician"
    bench: dict[str, Any] = field(default_factory=dict)

    def standby(self, new_rig: Callable[..., Rig], seed: int = 1) -> Rig:
        """A rig before the stimulus."""
        rig = new_rig(seed, self.role, **self.bench)
        return rig.standby(self.mode, DEPTH_UM[self.mode], RATE_HZ[self.mode])

    def provoked(self, new_rig: Callable[..., Rig], seed: int = 1) -> Rig:
        """A rig with the stimulus."""
        rig = self.standby(new_rig, seed)
        self.provoke(rig)
        return rig

    def fields(self, rig: Rig) -> dict[str, Any]:
        """Fields of the command."""
        if self.command == "SET_MODE":
            return {"mode": self.asked}
        return {"device_time_us": rig.pen.status().device_time_us}

    def ask(self, rig: Rig) -> Refusal:
        """The refusal of the command."""
        return rig.refused(self.command, **self.fields(rig))

    @property
    def answer(self) -> Refusal:
        """What it must be."""
        return Refusal(self.reason, self.value, self.limit)

    def start(self, rig: Rig) -> None:
        """With the cause gone: the command, and the rest of the way to RUN."""
        mode = self.mode
        if self.command == "SET_MODE":
            mode = "clinical"
            rig.cartridge(CARTRIDGES[mode])
            rig.bench.run(0.2)
            rig.setpoints(mode, DEPTH_UM[mode], RATE_HZ[mode])
        rig.bench.hand.hold(False)
        rig.bench.run(0.05)
        rig.pen.arm()
        rig.bench.hand.press(n=3.0)
        rig.start()


# --- cartridges ---


def fitted_number(rig: Rig) -> int:
    """Number of the cartridge in the pen, for the next one; 7 after one that has none."""
    fitted = rig.bench.kernel.cartridge
    assert fitted is not None
    return int(fitted.maker["id"]) or 7


_WRITTEN = itertools.count(1_000_000, 1_000)
"""A pen refuses an image older than what it wrote to that number: each is newer than the one before."""


def fit(kind: str, /, **options: Any) -> Act:
    """Another cartridge with the number of the one before; `mine` makes its last user this visit's person."""

    def act(rig: Rig) -> None:
        number = fitted_number(rig)
        given = {"id": number, "sequence": next(_WRITTEN), **options}
        if given.pop("mine", False):
            assert rig.opened is not None
            given["person"] = person_hash(rig.opened.person, number, SIMULATED_SALT)
        if given.pop("this_visit", False):
            assert rig.opened is not None
            given["visit_id"] = rig.opened.raw_id
        _change(rig, Cartridge(kind, **given))

    return act


def signed(kind: str, /, **fields: Any) -> Act:
    """A cartridge on which the maker has written and signed other fields."""

    def act(rig: Rig) -> None:
        _change(rig, with_fields(Cartridge(kind, id=fitted_number(rig), sequence=next(_WRITTEN)), **fields))

    return act


def with_fields(cartridge: Cartridge, **fields: Any) -> Cartridge:
    """The maker has written these fields, and signed both blocks."""
    maker = tag.TAG_MAKER.encode({**cartridge.maker, **fields})
    maker = maker[: tag.SIGNED_SIZE] + tag.maker_mac(maker, TAG_KEY)
    use = bytes(cartridge.memory[64:128])
    use = use[: tag.SIGNED_SIZE] + tag.use_mac(use, maker, TAG_KEY)
    cartridge.memory[:128] = np.frombuffer(maker + use, np.uint8)
    return cartridge


def damaged(kind: str, address: int) -> Act:
    """One bit of the tag has turned over."""

    def act(rig: Rig) -> None:
        cartridge = Cartridge(kind, id=fitted_number(rig), sequence=next(_WRITTEN))
        cartridge.memory[address] ^= 0x10
        _change(rig, cartridge)

    return act


def _change(rig: Rig, cartridge: Cartridge) -> None:
    rig.bench.hand.cartridge(None)
    rig.bench.run(0.05)
    rig.bench.hand.cartridge(cartridge)
    rig.bench.run(0.3)


def good(kind: str) -> Act:
    """A new cartridge of this kind."""
    return fit(kind)


# --- self-test ---


def self_tested(rig: Rig) -> None:
    """SELF_TEST, however it ends."""
    with contextlib.suppress(SelfTestFailed):
        rig.pen.self_test()
    rig.bench.run(0.05)


def fails(target: str, kind: str, **options: Any) -> Act:
    """A fault of the plant, and the self-test that must find it."""

    def act(rig: Rig) -> None:
        rig.bench.inject(target, kind, **options)
        self_tested(rig)

    return act


def mended(rig: Rig) -> None:
    """The part is whole again, the switch released, and the self-test passed."""
    rig.bench.clear_faults()
    rig.bench.hand.hold(False)
    rig.bench.run(0.1)
    rig.pen.self_test()


def switch_stays_pressed(rig: Rig) -> None:
    """The hold-to-run switch is pressed when the self-test begins."""
    rig.bench.hand.hold(True)
    rig.bench.run(0.05)
    self_tested(rig)


# --- the firmware ---


def _rebooted(rig: Rig, name: str, value: int) -> None:
    rig.bench.kernel.world[name] = value
    rig.off_and_on()


def not_genuine(rig: Rig) -> None:
    """The boot loader's verdict at the next power-on."""
    _rebooted(rig, "firmware_genuine", 0)


def genuine(rig: Rig) -> None:
    """The genuine firmware is loaded again."""
    _rebooted(rig, "firmware_genuine", 1)
    rig.visit()
    rig.setpoints("clinical", 1000, 110.0)


def released_build(rig: Rig) -> None:
    """A released build is loaded instead of the test build."""
    _rebooted(rig, "test_build", 0)
    rig.visit()
    rig.press_button()


# --- calibration ---


def visit_days_later(days: int) -> Act:
    """Another visit, so many days after the calibration."""

    def act(rig: Rig) -> None:
        rig.pen.end_visit()
        day = DAY + timedelta(days=CALIBRATED_DAY + days - DAYS)
        rig.opened = rig.pen.begin_visit(PERSON, None, day)
        rig.setpoints("clinical", 1000, 110.0)

    return act


def strokes_of_life(strokes: int) -> Act:
    """A pen that has made so many strokes: its memory says so when it is switched on (docs of store.h)."""

    def act(rig: Rig) -> None:
        rig.pen.close()
        rig.bench.power_off()
        content = rig.bench.memory.content
        for at in (256, 256 + 2048):
            length = int.from_bytes(content[at + 6 : at + 8].tobytes(), "little")
            assert (content[at + 4], length) == (1, 11), "the record of the counters lies here"
            content[at + 16 : at + 20] = np.frombuffer(strokes.to_bytes(4, "little"), np.uint8)
            check = zlib.crc32(content[at : at + 12 + length].tobytes())
            content[at + 12 + length : at + 16 + length] = np.frombuffer(
                check.to_bytes(4, "little"), np.uint8
            )
        rig.off_and_on()
        rig.visit()
        rig.setpoints("clinical", 1000, 110.0)

    return act


def calibrated(rig: Rig) -> None:
    """The service calibrates the depth sensors on the day of the visit; then the visit again."""
    assert rig.opened is not None
    day = rig.opened.day
    rig.pen.end_visit()
    rig.as_role(Role.SERVICE)
    rig.bench.hand.button(True)
    rig.bench.run(0.05)
    rig.pen.command("CALIBRATE", bar_offset_um=0, day=(day - DAY).days + DAYS)
    rig.bench.hand.button(False)
    rig.as_role(Role.CLINICIAN)
    rig.opened = rig.pen.begin_visit(PERSON, None, day)
    rig.setpoints("clinical", 1000, 110.0)


# --- the mode lock ---


def as_clinician(rig: Rig) -> None:
    """The clinician's link session, and a hand at the button."""
    rig.as_role(Role.CLINICIAN)
    rig.press_button()


def button_released(seconds: float) -> Act:
    """The button was pressed, and released so long ago."""

    def act(rig: Rig) -> None:
        rig.press_button()
        rig.bench.run(seconds)

    return act


def armed(rig: Rig) -> None:
    """READY, with the button pressed."""
    rig.pen.arm()
    rig.press_button()


def disarmed(rig: Rig) -> None:
    """STANDBY again, and the button pressed."""
    rig.pen.stop()
    rig.press_button()


LOCK: dict[str, Any] = {"mode": "home", "command": "SET_MODE"}
CLINIC, HOME = "CLINICAL", "HOME"
USED: dict[str, Any] = {"uses": 1, "first_day": DAYS}
TEST: dict[str, Any] = {"reason": Reason.SELF_TEST_NOT_PASSED, "state": State.SELF_TEST, "cure": mended}


def stopped_self_test(rig: Rig) -> None:
    """A new self-test was begun, and a STOP came before it had proved the shut-off path."""
    rig.pen.command("SELF_TEST")
    rig.bench.run(0.02)
    rig.pen.stop()
    rig.bench.run(1.0)


def passed_self_test(rig: Rig) -> None:
    """The self-test passes, the proof within it."""
    rig.pen.self_test()


INHIBITS: tuple[Inhibit, ...] = (
    Inhibit(
        6,
        "the proof is wanting",
        stopped_self_test,
        Reason.SELF_TEST_NEEDED,
        state=State.SELF_TEST,
        cure=passed_self_test,
    ),
    Inhibit(
        20,
        "another maker's signature",
        fit(CLINIC, signed="other"),
        Reason.CARTRIDGE_UNKNOWN,
        within=damaged(CLINIC, 128 + 20),  # the empty second copy of its use
        cure=good(CLINIC),
    ),
    Inhibit(20, "no signature", fit(CLINIC, signed="none"), Reason.CARTRIDGE_UNKNOWN, cure=good(CLINIC)),
    Inhibit(
        20, "a bit of the signed block", damaged(CLINIC, 12), Reason.CARTRIDGE_UNKNOWN, cure=good(CLINIC)
    ),
    Inhibit(
        20, "no copy of its use is good", damaged(CLINIC, 70), Reason.CARTRIDGE_UNKNOWN, cure=good(CLINIC)
    ),
    Inhibit(
        20,
        "unknown kind, well signed",
        signed(CLINIC, kind=CartridgeKind.NONE),
        Reason.CARTRIDGE_UNKNOWN,
        cure=good(CLINIC),
    ),
    Inhibit(20, "number 0", signed(CLINIC, id=0), Reason.CARTRIDGE_UNKNOWN, cure=good(CLINIC)),
    Inhibit(
        20,
        "home, another maker",
        fit(HOME, signed="other"),
        Reason.CARTRIDGE_UNKNOWN,
        mode="home",
        cure=good(HOME),
    ),
    Inhibit(
        21,
        "another person's",
        fit(CLINIC, person=OTHER_PERSON, this_visit=True, **USED),
        Reason.CARTRIDGE_OTHER_PERSON,
        within=fit(CLINIC, mine=True, this_visit=True, **USED),
        cure=good(CLINIC),
    ),
    Inhibit(
        21,
        "used in another visit",
        fit(CLINIC, mine=True, visit_id=OTHER_VISIT, **USED),
        Reason.CARTRIDGE_USED,
        1,
        1,
        within=fit(CLINIC, mine=True, this_visit=True, uses=1, first_day=DAYS - 1),
        cure=good(CLINIC),
    ),
    Inhibit(
        21,
        "used two days ago",
        fit(CLINIC, mine=True, this_visit=True, uses=1, first_day=DAYS - 2),
        Reason.CARTRIDGE_USED,
        1,
        1,
        cure=good(CLINIC),
    ),
    Inhibit(
        21,
        "past its date",
        fit(CLINIC, sterile_until_day=DAYS - 1),
        Reason.CARTRIDGE_EXPIRED,
        DAYS,
        DAYS - 1,
        within=fit(CLINIC, sterile_until_day=DAYS),
        cure=good(CLINIC),
    ),
    Inhibit(
        21,
        "worn by strokes",
        fit(CLINIC, strokes=400_000),
        Reason.CARTRIDGE_WORN,
        400_000,
        400_000,
        within=fit(CLINIC, strokes=399_999),
        cure=good(CLINIC),
    ),
    Inhibit(
        21,
        "home, a sixteenth use",
        fit(HOME, mine=True, visit_id=OTHER_VISIT, uses=15, first_day=DAYS - 60),
        Reason.CARTRIDGE_WORN,
        15,
        15,
        within=fit(HOME, mine=True, visit_id=OTHER_VISIT, uses=14, first_day=DAYS - 60),
        mode="home",
        cure=good(HOME),
    ),
    Inhibit(
        21,
        "home, another person's",
        fit(HOME, person=OTHER_PERSON, visit_id=OTHER_VISIT, **USED),
        Reason.CARTRIDGE_OTHER_PERSON,
        mode="home",
        cure=good(HOME),
    ),
    Inhibit(21, "no visit", lambda rig: rig.pen.end_visit(), Reason.NO_VISIT, 0, 1),
    Inhibit(
        22,
        "home cartridge in the clinic",
        good(HOME),
        Reason.CARTRIDGE_WRONG_FOR_MODE,
        CartridgeKind.HOME,
        CartridgeKind.CLINICAL,
        within=good("CLINICAL-36"),
        cure=good(CLINIC),
    ),
    Inhibit(
        22,
        "clinical cartridge at home",
        good(CLINIC),
        Reason.CARTRIDGE_WRONG_FOR_MODE,
        CartridgeKind.CLINICAL,
        CartridgeKind.HOME,
        mode="home",
        cure=good(HOME),
    ),
    Inhibit(
        22,
        "stop at 0.251 mm at home",
        signed(HOME, stop_um=251),
        Reason.CARTRIDGE_TOO_DEEP,
        251,
        250,
        within=signed(HOME, stop_um=250),
        mode="home",
        cure=good(HOME),
    ),
    Inhibit(
        22,
        "stop at 2.501 mm in the clinic",
        signed(CLINIC, stop_um=2501),
        Reason.CARTRIDGE_TOO_DEEP,
        2501,
        2500,
        within=signed(CLINIC, stop_um=2500),
        cure=good(CLINIC),
    ),
    Inhibit(
        22, "no stop at all", signed(CLINIC, stop_um=0), Reason.CARTRIDGE_TOO_DEEP, 0, 2500, cure=good(CLINIC)
    ),
    Inhibit(
        30,
        "nobody at the button",
        nothing,
        Reason.BUTTON_NOT_PRESSED,
        0,
        1,
        within=button_released(4.8),
        cure=as_clinician,
        **LOCK,
    ),
    Inhibit(
        30,
        "released 5 s ago",
        button_released(5.05),
        Reason.BUTTON_NOT_PRESSED,
        0,
        1,
        cure=as_clinician,
        **LOCK,
    ),
    Inhibit(
        30,
        "an operator",
        lambda rig: rig.press_button(),
        Reason.ROLE,
        Role.OPERATOR,
        Role.CLINICIAN,
        role="operator",
        cure=as_clinician,
        **LOCK,
    ),
    Inhibit(
        30,
        "a pen for the home",
        lambda rig: rig.press_button(),
        Reason.HOME_ONLY,
        Mode.CLINICAL,
        Mode.HOME,
        bench={"factory": Factory(home_only=True)},
        **LOCK,
    ),
    Inhibit(
        30,
        "armed",
        armed,
        Reason.WRONG_STATE,
        State.READY,
        State.STANDBY,
        state=State.READY,
        cure=disarmed,
        **LOCK,
    ),
    Inhibit(
        30,
        "a mode that has no limits",
        lambda rig: rig.press_button(),
        Reason.MODE_INVALID,
        Mode.SERVICE,
        Mode.CLINICAL,
        asked=Mode.SERVICE,
        **LOCK,
    ),
    Inhibit(
        34,
        "supply too low",
        fails("supply_sensor", "wrong", gain=0.6, value=0.0),
        value=SelfTestCheck.SUPPLY,
        within=fails("supply_sensor", "wrong", gain=0.95, value=0.0),
        **TEST,
    ),
    Inhibit(34, "switch pressed", switch_stays_pressed, value=SelfTestCheck.HOLD_RELEASED, **TEST),
    Inhibit(
        34,
        "a contact of the switch",
        fails("hold_released_contact", "stuck", value=0),
        value=SelfTestCheck.HOLD_CONTACTS,
        **TEST,
    ),
    Inhibit(34, "needle bar not seen", fails("bar_sensor", "off"), value=SelfTestCheck.BAR_SENSOR, **TEST),
    Inhibit(
        34,
        "nose shows 80 degC",
        fails("nose_temperature", "wrong", gain=1.0, value=55_000.0),
        value=SelfTestCheck.TEMPERATURE,
        **TEST,
    ),
    Inhibit(
        34,
        "press sensor pulls",
        fails("press_sensor", "wrong", gain=1.0, value=-2000.0),
        value=SelfTestCheck.PRESS_SENSOR,
        within=fails("press_sensor", "wrong", gain=1.0, value=-700.0),
        **TEST,
    ),
    Inhibit(
        34,
        "stage shows 4 % too much",
        fails("stage_sensor", "wrong", gain=1.04, value=0.0),
        value=SelfTestCheck.DEPTH_TRAVEL,
        within=fails("stage_sensor", "wrong", gain=1.004, value=0.0),
        **TEST,
    ),
    Inhibit(34, "shut-off path", fails("sto", "off"), value=SelfTestCheck.SHUT_OFF, **TEST),
    Inhibit(
        35,
        "not genuine",
        not_genuine,
        Reason.SELF_TEST_NOT_PASSED,
        SelfTestCheck.FIRMWARE,
        state=State.SELF_TEST,
        cure=genuine,
    ),
    Inhibit(40, "sounder silent", fails("sounder", "off"), value=SelfTestCheck.SOUNDER, **TEST),
    Inhibit(40, "sounder never silent", fails("sounder", "stuck"), value=SelfTestCheck.SOUNDER, **TEST),
    Inhibit(
        42,
        "366 days",
        visit_days_later(366),
        Reason.CALIBRATION_OVERDUE,
        366,
        365,
        within=visit_days_later(365),
        cure=calibrated,
    ),
    Inhibit(
        42,
        "50,000,001 strokes",
        strokes_of_life(50_000_001),
        Reason.CALIBRATION_OVERDUE,
        50_000_001,
        50_000_000,
        within=strokes_of_life(50_000_000),
        cure=calibrated,
    ),
    Inhibit(
        44,
        "test build",
        lambda rig: rig.press_button(),
        Reason.TEST_BUILD,
        Mode.CLINICAL,
        Mode.HOME,
        bench={"factory": Factory(test_build=True)},
        cure=released_build,
        **LOCK,
    ),
)
"""Interlocks that refuse. What else belongs to one of them stands in test_refusals_alone.py."""
