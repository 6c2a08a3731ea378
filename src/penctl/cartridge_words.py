"""What a cartridge's tag says, in words: the one place that command line, monitor and window read."""

from __future__ import annotations

from dataclasses import dataclass

from penctl import words
from penctl.errors import Refused
from penctl.protocol.enums import CartridgeBinding, Reason
from penctl.reason_words import day_text
from penctl.status import Cartridge

BINDING_WORDS = {
    CartridgeBinding.NONE: "not used yet",
    CartridgeBinding.THIS_PERSON: "used on the person of this visit",
    CartridgeBinding.OTHER_PERSON: "used on another person",
    CartridgeBinding.UNKNOWN: "used on somebody",
}
"""Whose the cartridge is."""

_WHAT = {
    Reason.CARTRIDGE_EXPIRED: "The cartridge was sterile until {sterile}",
    Reason.CARTRIDGE_USED: "The cartridge was used in as many visits as it may be: {uses}",
    Reason.CARTRIDGE_WORN: "The cartridge is worn: visits {uses}, strokes {strokes}",
    Reason.CARTRIDGE_TOO_DEEP: "The cartridge lets the needles out to {stop}, deeper than this mode allows",
    Reason.CARTRIDGE_WRONG_FOR_MODE: "The cartridge is for {kind}, and that is not the mode of the pen",
}
_REMEDY = {
    Reason.CARTRIDGE_WRONG_FOR_MODE: "Use a cartridge for this mode, or another mode",
}


@dataclass(frozen=True)
class Verdict:
    """Why a cartridge cannot be used now, and what to do: two sentences."""

    what: str
    remedy: str


def verdict_words(cartridge: Cartridge) -> Verdict | None:
    """The words of the pen's verdict; None for a cartridge that can be used."""
    reason = cartridge.verdict
    if reason is Reason.NONE:
        return None
    facts = {
        "sterile": day_text(cartridge.sterile_until_day),
        "uses": cartridge.uses,
        "strokes": cartridge.strokes,
        "stop": words.depth_text(cartridge.stop_um),
        "kind": cartridge.kind.name,
    }
    refused = Refused(reason)
    what = _WHAT.get(reason, refused.what).format(**facts)
    return Verdict(f"{what}.", f"{_REMEDY.get(reason, refused.remedy)}.")


def cartridge_text(cartridge: Cartridge) -> str:
    """What the tag says, in a line."""
    if not cartridge.cartridge_id:
        return "none"
    stop = words.depth_text(cartridge.stop_um)
    return ", ".join(
        (
            f"{cartridge.kind.name}, {cartridge.needles} needles, stop at {stop}",
            f"tag {cartridge.cartridge_id}",
            f"sterile until {day_text(cartridge.sterile_until_day)}",
            f"{BINDING_WORDS[cartridge.binding]}, visits {cartridge.uses}, strokes {cartridge.strokes}",
        )
    )
