"""What the operator's hand does at the pen: press, glide, lift, hold, the emergency stop, the cartridge.

All of it reaches the simulated pen by the bench's side channel, never over the wire.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from pensim.cartridges import Cartridge
from pensim.errors import BenchError

if TYPE_CHECKING:
    from pensim.kernel import Kernel

PRESS_MAX_N: Final = 30.0
GLIDE_MAX_MM_S: Final = 300.0


class Hand:
    """The hand. `note(what)` tells the bench about an act that may stop the pen."""

    def __init__(self, kernel: Kernel, note: Callable[[str], None]) -> None:
        self._kernel = kernel
        self._note = note
        self._new = 0
        self._fitted: list[Cartridge] = []

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

    def cartridge(self, which: Cartridge | str | None, **options: Any) -> Cartridge | None:
        """Fit a cartridge and return it: one that was fitted before, or a new one; None takes it out.

        A new one is named by kind ("HOME", "CLINICAL") or name ("CLINICAL-36"); `options` are those of
        `Cartridge`: id, uses, strokes, person, expired, signed="other", locked=False and so on. New ones are
        numbered 1, 2, … where no id is given.

        Raises:
            BenchError: there is no such cartridge, or an option does not fit its tag.
        """
        if not which:
            self._kernel.fit_cartridge(None)
            return None
        if isinstance(which, Cartridge):
            if options:
                raise BenchError(
                    "The maker has signed this cartridge already", which.name, ", ".join(options)
                )
            fitted = which
        else:
            fitted = Cartridge(which, **{"id": self._new + 1, **options})
            self._new += 1
        self._kernel.fit_cartridge(fitted)
        if not any(known is fitted for known in self._fitted):
            self._fitted.append(fitted)
        return fitted

    def lock(self, closed: bool) -> None:
        """Close or open the lock of the fitted cartridge. Raises BenchError when none is fitted."""
        fitted = self._kernel.cartridge
        if fitted is None:
            raise BenchError("No cartridge is fitted that could be locked", remedy="Fit one first")
        fitted.locked = closed
        self._kernel.control.cartridge_locked = int(closed)


def _within(what: str, value: float, low: float, high: float) -> float:
    number = float(value)
    if not (math.isfinite(number) and low <= number <= high):
        raise BenchError(
            f"The hand cannot do this {what}", value, f"{low:g} to {high:g}", "Give a value inside"
        )
    return number
