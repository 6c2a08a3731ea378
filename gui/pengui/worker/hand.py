"""The hand of a simulated pen, as the window moves it: by the bench's side channel, never over the wire."""

from __future__ import annotations

import dataclasses
from typing import Any

from pengui.worker.snapshot import HandView


class SimulatedHand:
    """Passes what the hand does on to the bench, and remembers it for the window."""

    def __init__(self, bench: Any) -> None:
        self._bench = bench
        self.view = HandView()

    def _note(self, **changes: Any) -> None:
        self.view = dataclasses.replace(self.view, **changes)

    def hold(self, pressed: bool) -> None:
        """Press or release the hold-to-run switch."""
        self._bench.hand.hold(pressed)
        self._note(held=pressed)

    def press(self, force_n: float) -> None:
        """Set the nose on the skin."""
        self._bench.hand.press(n=force_n)
        self._note(lifted=False, press_n=force_n)

    def glide(self, mm_s: float) -> None:
        """Glide over the skin; 0 stands still."""
        self._bench.hand.glide(mm_s=mm_s)
        self._note(glide_mm_s=mm_s)

    def lift(self) -> None:
        """Lift the nose off the skin."""
        self._bench.hand.lift()
        self._note(lifted=True, press_n=0.0, glide_mm_s=0.0)

    def cartridge(self, kind: str | None) -> None:
        """Fit a cartridge by kind, or none."""
        self._bench.hand.cartridge(kind)

    def button(self, pressed: bool) -> None:
        """Press or release the button at the pen."""
        self._bench.hand.button(pressed)

    def charger(self, plugged: bool) -> None:
        """Plug the charger in, or pull it out."""
        self._bench.hand.charger(plugged)
        self._note(charging=plugged)

    def estop(self, pushed: bool) -> None:
        """Push or release the emergency stop."""
        self._bench.hand.estop(pushed)

    def unplug(self, out: bool) -> None:
        """Pull the cable out, or plug it in again."""
        if out:
            self._bench.cut_link()
        else:
            self._bench.restore_link()
        self._note(unplugged=out)
