"""`penctl info`: who a pen is, what it may do, and how it is."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import sys
from dataclasses import dataclass

from penctl import words
from penctl.cartridge_words import cartridge_text, verdict_words
from penctl.errors import Refused, SelfTestFailed, Unfinished
from penctl.key_store import NotPaired
from penctl.pen import Pen
from penctl.protocol.enums import Flags, Reason, RestartCause, State
from penctl.reason_words import show
from penctl.self_test_words import SELF_TEST_CHECKS
from penctl.status import Cartridge, ModeRange, Status, plain
from penctl.trip_memory import KeptTrip
from penctl.trip_words import told_trip, trip_sentence


@dataclass(frozen=True)
class Told:
    """What the pen tells in a link session; `why_not` says why there is none."""

    cartridge: Cartridge | None = None
    trips: tuple[KeptTrip, ...] = ()
    why_not: str = ""


def run(given: argparse.Namespace) -> int:
    """Open the pen, ask, print."""
    with Pen(given.port) as pen:
        if pen.status().state is State.SELF_TEST:
            with contextlib.suppress(SelfTestFailed, Unfinished):  # the lines below tell it
                pen.wait_ready()
        told = _in_a_link_session(pen)
        limits, status = list(pen.limits().values()), pen.status()
    if given.json:
        cartridge = told.cartridge
        found = {
            "identity": plain(dataclasses.asdict(pen.identity)),
            "limits": [plain(dataclasses.asdict(limit)) for limit in limits],
            "status": plain(dataclasses.asdict(status)),
            "cartridge": None if cartridge is None else plain(dataclasses.asdict(cartridge)),
            "trips_kept": len(told.trips),
            "simulated": pen.simulated,
        }
        sys.stdout.write(json.dumps(found) + "\n")
        return 0
    for label, text in _lines(pen, limits, status, told):
        sys.stdout.write(f"{label:<12} {text}\n")
    return 0


def _in_a_link_session(pen: Pen) -> Told:
    """Cartridge and trips are told only in a link session; this one sends no heartbeats."""
    try:
        pen.listen()
        return Told(pen.cartridge(), tuple(pen.trip_log()))
    except NotPaired as unpaired:
        return Told(why_not=f"not known: {unpaired}")
    except Refused as refused:
        if refused.reason not in (Reason.SESSION_IN_USE.name, Reason.NOT_PAIRED.name):
            raise
        return Told(why_not=f"not known: {refused}")


_STARTED = {
    RestartCause.POWER_ON: "switched on",
    RestartCause.WATCHDOG: "restarted by its watchdog",
    RestartCause.BROWN_OUT: "restarted after its supply broke down",
    RestartCause.SOFTWARE: "restarted by its software",
}


def _lines(pen: Pen, limits: list[ModeRange], status: Status, told: Told) -> list[tuple[str, str]]:
    identity = pen.identity
    kind = " (simulated)" if pen.simulated else ""
    test = ", test build: not for use on people" if identity.test_build else ""
    only = ", HOME only" if identity.home_only else ""
    lines = [
        ("pen", f"{identity.serial_number}{kind}{only}"),
        ("firmware", f"{identity.firmware_version}, protocol {identity.protocol_version}{test}"),
        ("on", f"power-on {identity.boot}, {_STARTED[identity.restart_cause]}"),
        ("pairing", "well-known key of simulated pens" if pen.simulated else pen.role.name.lower()),
        ("limits", f"table {identity.limits_hash[:16]}, as in this program"),
    ]
    lines += [(f"  {limit.mode.name}", _limit_text(limit)) for limit in limits]
    charging = ", charging" if Flags.CHARGING in status.flags else ""
    lines += [
        ("state", f"{status.state.name}, mode {status.mode.name}, {_set_text(status)}"),
        ("visit", "open" if Flags.VISIT_OPEN in status.flags else "none is open"),
        ("battery", f"{show(status.charge_permille, 'permille')}{charging}"),
        ("supply", f"{status.supply_mv / 1000:.2f} V"),
        ("cartridge", _cartridge_text(told)),
        ("checks", _checks_text(status)),
    ]
    return lines + _trip_lines(status, told)


def _trip_lines(status: Status, told: Told) -> list[tuple[str, str]]:
    lines = []
    if status.trip is not None:
        words_of = told_trip(status.trip)
        more = f" and {status.trip_count - 1} more" if status.trip_count > 1 else ""
        title = f"{words_of['id']} {words_of['name']}{more}, latched."
        lines.append(("trip", f"{title} {trip_sentence(status.trip)} {words_of['remedy']}"))
    if told.trips:
        lines.append(("kept trips", f"{len(told.trips)}: penctl trips PORT shows them"))
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


def _cartridge_text(told: Told) -> str:
    if told.cartridge is None:
        return told.why_not
    verdict = verdict_words(told.cartridge)
    text = cartridge_text(told.cartridge)
    return text if verdict is None else f"{text}. NOT usable now. {verdict.what} {verdict.remedy}"


def _checks_text(status: Status) -> str:
    wanted = {
        Flags.SELF_TEST_PASSED: "self-test",
        Flags.REFERENCED: "reference",
        Flags.ESTOP_CLOSED: "emergency stop released",
        Flags.NEEDLES_CLEAR: "needles retracted",
    }
    text = ", ".join(f"{name} {'yes' if flag in status.flags else 'no'}" for flag, name in wanted.items())
    check = SELF_TEST_CHECKS.get(status.self_test_check)
    if check is None or Flags.SELF_TEST_PASSED in status.flags:
        return text
    return f"{text}. Self-test failed at {check.looks_at}. {check.remedy}."
