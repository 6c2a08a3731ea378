"""The words of every check of the self-test: what it looks at, and how to mend what it found.

Keyed by the number that the firmware gives a check, so that this module imports nothing of the protocol; a
test holds that it has every check of the protocol and no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True)
class SelfTestCheck:
    """What a check of the self-test looks at, and what to do when it fails."""

    looks_at: str
    remedy: str


_AGAIN: Final = "Switch the pen off and on; if it happens again, have the pen serviced"
_POWERED: Final = "Switch the pen off, do not use it and have it serviced"

SELF_TEST_CHECKS: Final[Mapping[int, SelfTestCheck]] = MappingProxyType(
    {
        1: SelfTestCheck(
            "supply voltage",
            "Charge or change the battery and unplug the charger, then run the self-test again",
        ),
        2: SelfTestCheck("hold-to-run switch released", "Release the switch, then run the self-test again"),
        3: SelfTestCheck(
            "needle bar's sensor",
            "Seat the cartridge until it locks, run the self-test again; if it fails again, have the pen"
            " serviced",
        ),
        4: SelfTestCheck("depth stage's sensor", _AGAIN),
        5: SelfTestCheck("shaft sensor", _AGAIN),
        6: SelfTestCheck("drive off", _POWERED),
        7: SelfTestCheck("no motor current with the drive off", _POWERED),
        8: SelfTestCheck(
            "temperature of nose and handle",
            "Let the pen come to room temperature, then run the self-test again",
        ),
        9: SelfTestCheck("clock against the second clock", _AGAIN),
        10: SelfTestCheck(
            "both contacts of the hold-to-run switch",
            "Press and release the switch once, then run the self-test again; if it fails again, do not use"
            " the pen and have the switch and its cable checked",
        ),
        11: SelfTestCheck(
            "path that removes drive power",
            "Release the emergency stop, then run the self-test again; if it fails again, do not use the pen"
            " and have it serviced",
        ),
        12: SelfTestCheck("second path that removes drive power", _POWERED),
        13: SelfTestCheck("short of the winding, which stops the needles", _POWERED),
        14: SelfTestCheck("sounder of the alarms", "Have the sounder serviced; an alarm could not be heard"),
        15: SelfTestCheck(
            "needles inside the nose",
            "Lift the handpiece off the skin, let the depth stage retract the needles, then run the self-test"
            " again",
        ),
        16: SelfTestCheck(
            "both depth sensors over the travel of the stage",
            "Lift the handpiece off the skin, seat the cartridge, then run the self-test again; if it fails"
            " again, have the depth sensors calibrated",
        ),
        17: SelfTestCheck(
            "zero of the depth stage",
            "Lift the handpiece off the skin, then run the self-test again; if it fails again, have the pen"
            " serviced",
        ),
        18: SelfTestCheck("memory of the pen", _AGAIN),
        19: SelfTestCheck(
            "settings of the pen", "Have the pen serviced: its settings are damaged and must be stored again"
        ),
        20: SelfTestCheck("firmware is genuine", "Do not use the pen; have its firmware installed again"),
        21: SelfTestCheck("controller", _POWERED),
        22: SelfTestCheck(
            "press sensor of the nose",
            "Lift the handpiece off the skin, then run the self-test again; if it fails again, have the pen"
            " serviced",
        ),
    }
)
"""The checks of the self-test by the number that the firmware gives them."""
