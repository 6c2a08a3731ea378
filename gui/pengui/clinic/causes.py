"""What of an alarm's cause is seen in the pen's picture: battery, warmth, cartridge, reference, switch, link.

A condition whose cause is seen stays as long as the cause, whoever has acknowledged it; one whose cause
nobody can see is over when somebody has seen it, or when the pen starts again, which it does only without it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from penctl.hardware import Interlock
from penctl.protocol.enums import Flags, SelfTestCheck, State
from penctl.trip_words import catalogue
from pengui.clinic.alarm_kinds import kind
from pengui.clinic.alarms import Condition
from pengui.console.conditions import BATTERY, WARMTH
from pengui.console.conditions import conditions as pen_conditions
from pengui.widgets.look import Priority
from pengui.worker.snapshot import Snapshot

ARMED: Final = frozenset({State.READY, State.RUN})
SELF_TEST: Final = 34
_OF_CHECK: Final[dict[int, int]] = {SelfTestCheck.FIRMWARE: 35, SelfTestCheck.SOUNDER: 40}
_FLAG: Final = {
    "IL-03": (Flags.HOLD_PRESSED, True),
    "IL-10": (Flags.REFERENCED, False),
    "IL-06": (Flags.SELF_TEST_PASSED, False),
    "IL-34": (Flags.SELF_TEST_PASSED, False),
    "IL-35": (Flags.SELF_TEST_PASSED, False),
    "IL-40": (Flags.SELF_TEST_PASSED, False),
    **dict.fromkeys(("IL-19", "IL-20", "IL-21", "IL-22"), (Flags.CARTRIDGE_OK, False)),
    "LIFT_HANDPIECE": (Flags.NEEDLES_CLEAR, False),
}
"""By the condition's key: the flag that shows its cause, and the value of the flag while it is there."""
_SEEN: Final = frozenset({"IL-16", "IL-18", "LINK_WEAK"})
"""Conditions that `standing` would tell if they were there."""


def priority_named(name: str) -> Priority | None:
    """The priority of the catalogues' word; None for NONE, which is no alarm."""
    return None if name == "NONE" else Priority.__members__.get(name, Priority.LOW)


@lru_cache(maxsize=1)
def _rows_by_reason() -> dict[str, Interlock]:
    return {reason: row for row in catalogue().values() for reason in reversed(row.reasons)}


def row_of(reason: str, value: object = None) -> Interlock | None:
    """The interlock that a refusal shows; `value` tells apart what the self-test found."""
    if reason == "SELF_TEST_NOT_PASSED":
        return row_of_check(value)
    return _rows_by_reason().get(reason)


def row_of_check(check: object) -> Interlock | None:
    """The interlock that holds a check of the self-test."""
    return catalogue().get(_OF_CHECK.get(check, SELF_TEST) if isinstance(check, int) else SELF_TEST)


def still_there(key: str, view: Snapshot) -> bool | None:
    """Whether the cause of a condition is seen now; None where the picture does not show it."""
    if key in _FLAG:
        flag, value = _FLAG[key]
        return (flag in view.flags) is value
    return key in {one.key for one in standing(view)} if key in _SEEN else None


def standing(view: Snapshot) -> list[Condition]:
    """Battery, warmth, cartridge and link that are not as they should be, as conditions of their rows."""
    found = pen_conditions(view)
    conditions = []
    for name, of_row in (("Battery", _battery), ("Warmth", _warmth), ("Cartridge", _cartridge)):
        usable = name == "Cartridge" and Flags.CARTRIDGE_OK in view.flags  # its picture may be a second old
        if found[name].trouble and not usable:
            row, value, limit = of_row(view, found[name].text)
            what, _, remedy = found[name].trouble.partition(". ")
            priority = priority_named(row.priority_warning) or Priority.LOW
            conditions.append(
                Condition(
                    row.id,
                    min(priority, Priority.LOW, key=lambda one: one.value),
                    f"{row.id} {row.name}",
                    what if what.endswith(".") else f"{what}.",
                    value,
                    limit,
                    remedy or row.remedy,
                )
            )
    if found["Link"].trouble:
        conditions.append(_weak(found["Link"].trouble, found["Link"].text))
    return conditions


def _battery(view: Snapshot, text: str) -> tuple[Interlock, str, str]:
    row = catalogue()[BATTERY]
    return row, text, "" if Flags.CHARGING in view.flags else f"{row['low_permille'] / 10:g} %"


def _warmth(view: Snapshot, text: str) -> tuple[Interlock, str, str]:
    row = catalogue()[WARMTH]
    limits = (row[f"{part}_warn_mdegc"] / 1000 for part in ("nose", "handle"))
    return row, text, "nose {:g} °C, handle {:g} °C".format(*limits)


def _cartridge(view: Snapshot, text: str) -> tuple[Interlock, str, str]:
    cartridge = view.cartridge
    reason = cartridge.verdict.name if cartridge is not None and cartridge.verdict else "NO_CARTRIDGE"
    return row_of(reason) or catalogue()[19], text, ""


def _weak(trouble: str, text: str) -> Condition:
    told = kind("LINK_WEAK")
    what = trouble.partition(". ")[0]
    return Condition("LINK_WEAK", Priority[told.priority], told.name, f"{what}.", text, "good", told.remedy)
