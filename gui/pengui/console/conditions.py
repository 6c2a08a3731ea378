"""Visit, cartridge, battery and warmth: a word each, and a sentence for what is not as it should be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout

from penctl.cartridge_words import verdict_words
from penctl.protocol.enums import Flags
from penctl.protocol.link import LinkQuality
from penctl.trip_words import catalogue
from pengui.console import wording
from pengui.console.parts import label, show_role, show_text
from pengui.worker.snapshot import Snapshot

WARMTH: Final = 16
BATTERY: Final = 18
"""Numbers of the interlocks whose warning thresholds are shown."""


@dataclass(frozen=True)
class Condition:
    """A word, what is wrong with it ("" when nothing is), and what else there is to know."""

    text: str
    trouble: str = ""
    more: str = ""


def conditions(view: Snapshot) -> dict[str, Condition]:
    """Every condition by its name."""
    return {
        "Visit": _visit(view),
        "Cartridge": _cartridge(view),
        "Battery": _battery(view),
        "Warmth": _warmth(view),
        "Link": _link(view),
    }


def _visit(view: Snapshot) -> Condition:
    return Condition("open" if Flags.VISIT_OPEN in view.flags else "none")


def _cartridge(view: Snapshot) -> Condition:
    cartridge = view.cartridge
    if cartridge is None:
        return Condition("not recorded" if view.recorded else "not read yet")
    if not cartridge.cartridge_id:
        return Condition("none", "No cartridge is seen. Seat a cartridge until it locks.")
    verdict = verdict_words(cartridge)
    text = f"{cartridge.kind.name.capitalize()}, {cartridge.needles} needles"
    return Condition(text, "" if verdict is None else f"{verdict.what} {verdict.remedy}")


def _battery(view: Snapshot) -> Condition:
    charge = view.status.charge_permille if view.status is not None else 0
    row = catalogue()[BATTERY]
    text = f"{charge / 10:.0f} %"
    if Flags.CHARGING in view.flags:
        return Condition(f"{text}, charging", "The charger is plugged in: unplug it to arm the pen.")
    if charge < row["critical_permille"]:
        return Condition(text, "The battery is too low to start. Charge it.")
    if charge < row["low_permille"]:
        return Condition(text, "The battery is low. End this pass, then charge it.")
    return Condition(text)


def _link(view: Snapshot) -> Condition:
    if view.link is None:
        return Condition("not recorded" if view.recorded else "not measured yet")
    return _link_words(view.link)


@lru_cache(maxsize=1)
def _link_words(link: LinkQuality) -> Condition:
    return Condition(wording.link_text(link), wording.link_trouble(link), wording.link_counts(link))


def _warmth(view: Snapshot) -> Condition:
    if view.nose_c is None or view.handle_c is None:
        return Condition("not read yet")
    row = catalogue()[WARMTH]
    text = f"nose {view.nose_c:.0f} °C, handle {view.handle_c:.0f} °C"
    for name, measured, key in (("nose", view.nose_c, "nose"), ("handle", view.handle_c, "handle")):
        warn_c, stop_c = (row[f"{key}_{what}_mdegc"] / 1000 for what in ("warn", "stop"))
        if measured >= warn_c:
            return Condition(text, f"The {name} is warm; at {stop_c:g} °C the pen stops. Let it cool down.")
    return Condition(text)


class Conditions(QFrame):
    """The conditions in a row, that of the link apart; troubles are worded below it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.chips = {name: label("", "chip") for name in conditions(Snapshot())}
        self.troubles = label("", "trouble", wrap=True)
        self._shown: dict[str, Condition] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 6)
        layout.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.link = self.chips["Link"]  # it stands beside the pen's name, in the bar
        for chip in self.chips.values():
            chip.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
            if chip is not self.link:
                row.addWidget(chip)
        self.link.hide()
        row.addStretch(1)
        layout.addLayout(row)
        layout.addWidget(self.troubles)
        self.hide()

    def show_view(self, view: Snapshot) -> None:
        """Follow the pen; without one nothing is shown."""
        self.setVisible(view.open)
        self.link.setVisible(view.live)
        if not view.open:
            return
        found = conditions(view)
        for name, condition in found.items():
            chip = self.chips[name]
            if condition is self._shown.get(name):
                continue
            self._shown[name] = condition
            show_text(chip, f"{'▲ ' if condition.trouble else ''}{name} {condition.text}")
            chip.setToolTip(f"{condition.trouble}\n{condition.more}".strip())
            show_role(chip, "chip-caution" if condition.trouble else "chip")
        troubles = " ".join(condition.trouble for condition in found.values() if condition.trouble)
        show_text(self.troubles, troubles)
        self.troubles.setVisible(bool(troubles))
