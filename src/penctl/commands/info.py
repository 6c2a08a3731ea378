"""`penctl info`: who a pen is, what it may do, and how it is."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from typing import Any

from penctl import words
from penctl.errors import Refused
from penctl.pen import Pen
from penctl.protocol.enums import Flags, Reason
from penctl.status import Cartridge, ModeRange, Status, plain
from penctl.trip_words import told_trip, trip_sentence


def run(given: argparse.Namespace) -> int:
    """Open the pen, ask, print."""
    with Pen(given.port) as pen:
        cartridge = _cartridge(pen)
        limits, status = list(pen.limits().values()), pen.status()
    if given.json:
        found = {
            "identity": plain(dataclasses.asdict(pen.identity)),
            "limits": [plain(dataclasses.asdict(limit)) for limit in limits],
            "status": plain(dataclasses.asdict(status)),
            "cartridge": None if cartridge is None else plain(dataclasses.asdict(cartridge)),
            "simulated": pen.simulated,
        }
        sys.stdout.write(json.dumps(found) + "\n")
        return 0
    for label, text in _lines(pen, limits, status, cartridge):
        sys.stdout.write(f"{label:<12} {text}\n")
    return 0


def _cartridge(pen: Pen) -> Cartridge | None:
    """The cartridge is told only in a link session; None while another program holds the pen's."""
    try:
        pen.open_session()
    except Refused as refused:
        if refused.reason != Reason.SESSION_IN_USE.name:
            raise
        return None
    return pen.cartridge()


def _lines(
    pen: Pen, limits: list[ModeRange], status: Status, cartridge: Cartridge | None
) -> list[tuple[str, str]]:
    identity = pen.identity
    kind = " (simulated)" if pen.simulated else ""
    test = ", test build: not for use on people" if identity.test_build else ""
    lines = [
        ("pen", f"{identity.serial_number}{kind}"),
        ("firmware", f"{identity.firmware_version}, protocol {identity.protocol_version}{test}"),
        ("limits", f"table {identity.limits_hash[:16]}, as in this program"),
    ]
    lines += [(f"  {limit.mode.name}", _limit_text(limit)) for limit in limits]
    lines += [
        ("state", f"{status.state.name}, mode {status.mode.name}, {_set_text(status)}"),
        ("supply", f"{status.supply_mv / 1000:.2f} V"),
        ("cartridge", _cartridge_text(cartridge)),
        ("checks", _flags_text(status.flags)),
    ]
    if status.trip is not None:
        told = told_trip(status.trip)
        title = f"{told['id']} {told['name']}, latched."
        lines.append(("trip", f"{title} {trip_sentence(status.trip)} {told['remedy']}"))
    return lines


def _limit_text(limit: ModeRange) -> str:
    depths = f"{words.depth_text(limit.depth_min_um)} to {words.depth_text(limit.depth_max_um)}"
    rates = (words.rate_text(mhz / 1000) for mhz in (limit.rate_min_mhz, limit.rate_max_mhz))
    return f"{depths}, {' to '.join(rates)}"


def _set_text(status: Status) -> str:
    depth = "depth not set" if status.depth_set_um < 0 else f"depth {words.depth_text(status.depth_set_um)}"
    rate = (
        "rate not set" if status.rate_set_mhz < 0 else f"rate {words.rate_text(status.rate_set_mhz / 1000)}"
    )
    return f"{depth}, {rate}"


def _cartridge_text(cartridge: Cartridge | None) -> str:
    if cartridge is None:
        return "not known: another program holds the pen's link session"
    if not cartridge.cartridge_id:
        return "none"
    stop = words.depth_text(cartridge.stop_um)
    return f"{cartridge.kind.name}, {cartridge.needles} needles, stop at {stop}, tag {cartridge.cartridge_id}"


def _flags_text(flags: Any) -> str:
    wanted = {
        Flags.SELF_TEST_PASSED: "self-test",
        Flags.REFERENCED: "reference",
        Flags.ESTOP_CLOSED: "emergency stop released",
        Flags.NEEDLES_CLEAR: "needles retracted",
    }
    return ", ".join(f"{text} {'yes' if flag in flags else 'no'}" for flag, text in wanted.items())
