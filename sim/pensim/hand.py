"""What the operator's hand does at the pen: press, glide, lift, hold, the emergency stop, the cartridge.

All of it reaches the simulated pen by the bench's side channel, never over the wire.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from pensim.errors import BenchError

if TYPE_CHECKING:
    from pensim.kernel import Kernel

PRESS_MAX_N: Final = 30.0
GLIDE_MAX_MM_S: Final = 300.0
USUAL: Final = {"HOME": "HOME-12", "CLINICAL": "CLINICAL-12"}


class Hand:
    """The hand. `note(what)` tells the bench about an act that may stop the pen."""

    def __init__(self, kernel: Kernel, note: Callable[[str], None]) -> None:
        self._kernel = kernel
        self._note = note

    def press(self, n: float = 3.0) -> None:
        """Set the nose on the skin and press with `n` newton."""
        control = self._kernel.control
        control.press_n = _within("press force in N", n, 0.0, PRESS_MAX_N)
        control.lifted = 0

    def glide(self, mm_s: float = 20.0) -> None:
        """Glide over the skin with `mm_s` millimetres a second; 0 stands still."""
        self._kernel.control.glide_mm_s = _within(
            "glide speed in mm/s", mm_s, -GLIDE_MAX_MM_S, GLIDE_MAX_MM_S
        )

    def lift(self) -> None:
        """Lift the nose off the skin and stand still."""
        control = self._kernel.control
        control.lifted = 1
        control.press_n = 0.0
        control.glide_mm_s = 0.0

    def hold(self, pressed: bool) -> None:
        """Hold or release the hold-to-run switch."""
        control = self._kernel.control
        if control.hold and not pressed:
            self._note("hold-to-run released")
        control.hold = int(pressed)

    def button(self, pressed: bool) -> None:
        """Press or release the button at the pen, for pairing and for the clinical mode."""
        self._kernel.control.button = int(pressed)

    def charger(self, plugged: bool) -> None:
        """Plug the charger in or pull it out."""
        self._kernel.control.charger = int(plugged)

    def estop(self, pushed: bool) -> None:
        """Push or release the emergency stop."""
        control = self._kernel.control
        if pushed and not control.estop:
            self._note("emergency stop pushed")
        control.estop = int(pushed)

    def cartridge(self, kind: str | None, number: int = 1) -> None:
        """Fit a cartridge by kind ("HOME", "CLINICAL") or name ("CLINICAL-36") with this tag number, or none.

        Raises:
            BenchError: there is no such cartridge.
        """
        try:
            self._kernel.fit_cartridge(USUAL.get(kind, kind) if kind else None, number)
        except KeyError as error:
            raise BenchError(
                "There is no such cartridge",
                kind,
                ", ".join(USUAL),
                "Name a kind, or a cartridge of cartridges.toml",
            ) from error


def _within(what: str, value: float, low: float, high: float) -> float:
    number = float(value)
    if not (math.isfinite(number) and low <= number <= high):
        raise BenchError(
            f"The hand cannot do this {what}", value, f"{low:g} to {high:g}", "Give a value inside"
        )
    return number
