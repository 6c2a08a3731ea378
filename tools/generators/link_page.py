"""docs/evidence/link.md: what was done to the link and what held, from docs/evidence/link.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from generators.pages import table

ROOT = Path(__file__).resolve().parent.parent.parent
EVIDENCE = ROOT / "docs" / "evidence" / "link.json"
TITLES = {
    "unplugged": "the cable pulled and plugged in again at random: a treatment in virtual time, whatever the host is doing",
    "flipped": "every byte of an exchange flipped once: the end that it goes to is byte for byte what it was, but for counts",
    "flipped-live": "one byte of each command or its answer flipped on a live link: it acts, once, and is answered",
    "garbage": "garbage at the rate of the line while the pen runs, to the pen, to the host, both ways; STOP in the midst",
    "two-hosts": "a second host on the same line asks, commands, sends torn frames, stops, and takes over in the end",
    "restarted": "the controller restarts in the middle, for every cause, whatever it is asked",
    "clocks": "the date jumps while it is recorded; the host sleeps and wakes, or its clock is set back, while the pen runs",
    "disks": "a disk that fills in RUN, as a file at its limit (EFBIG) and as a whole disk (ENOSPC); a read-only folder",
    "frozen": "SIGSTOP of the host for 5 s in RUN, on the pty and on TCP; the simulated pen is a process of its own",
}
HELD = {
    "unplugged": "no event lost or told twice, the recording holds all that was heard, drive off within 350 ms of a cut, "
    "never armed by coming back",
    "flipped": "nothing but counts changes, the good frame behind it acts, no frame has to be sent again",
    "flipped-live": "every command acts once and ends well",
    "garbage": "STOP within 10 ms, drive off, the link never called good, no event lost, memory bounded",
    "two-hosts": "the first is not disturbed, the second is refused in words, its STOP is taken, nobody is deceived",
    "restarted": "drive off, known to the host within 0.5 s, never armed by coming back, no event of the new boot lost",
    "clocks": "nothing lost, jumps told, no wait grows by the jump, the next visit refused when the date cannot be right",
    "disks": "the treatment goes on, all but the last second is readable and can be mended, a sentence and no traceback",
    "frozen": "IL-26 within 350 ms, told when the host goes on, nothing armed, no event lost",
}
HEAD = """# The link under abuse

Written from `docs/evidence/link.json` by `make generate`; do not edit. `tools/abuse_link.py` does the cases and
`tools/measure_link_stops.py` the stops, both on the firmware that a real pen would run, on a simulated pen.
{said}

"""
STOPS = """
## STOP on a bad line

{count:,} stops of a pen in RUN (0.2 mm, 60 Hz, on skin), in virtual time. From the moment of the STOP on {damaged:g} % of the
bytes are damaged in either direction, telemetry comes at 1 kHz and {queue} questions wait. The host repeats STOP every
millisecond until it has seen the pen stopping, and the pen tells that in a STATUS that seldom survives such a line. A
STOP that the pen had not taken within {watch:g} ms counts as missed; IL-26 would stop the pen after 250 ms.

**Missed: {missed} of {count:,}.** Times in ms.

"""
CLEAN = """
## STOP on a good line with a full queue

{count:,} stops of the same pen with the same telemetry and the same queue, and no damage. Times in ms.

"""
QUANTILES = ("from STOP", "median", "99 %", "99.9 %", "longest")


def evidence() -> dict[str, Any]:
    """What was measured; nothing where there is no file yet."""
    if not EVIDENCE.is_file():
        return {"cases": {}}
    read: dict[str, Any] = json.loads(EVIDENCE.read_text(encoding="utf-8"))
    return read


def link() -> str:
    """Text of docs/evidence/link.md."""
    found = evidence()
    text = HEAD.format(said=versions(found)) + table(
        ("what was done", "how much", "what was asked of it", "checks", "held"),
        [case_row(name, found["cases"][name]) for name in TITLES if name in found["cases"]],
    )
    text += extremes(found["cases"]) + not_held(found["cases"]) + messages(found["cases"])
    if "stops" in found:
        text += stops(STOPS, found["stops"]) + histogram(found["stops"])
    if "stops_clean" in found:
        text += stops(CLEAN, found["stops_clean"])
    return text


def versions(found: dict[str, Any]) -> str:
    """With which host and which firmware."""
    rows = [*found["cases"].values(), *(found[name] for name in ("stops", "stops_clean") if name in found)]
    if not rows:
        return "Nothing has been measured yet."
    core = ", ".join(sorted({row["core"] for row in rows}))
    host = ", ".join(sorted({row["host"] for row in rows}))
    return f"Firmware core {core}, host {host}: first digits of a SHA-256 over their sources."


def number(value: float) -> str:
    """A figure as people read it."""
    return f"{value:,.0f}" if float(value).is_integer() or value >= 100 else f"{value:.1f}"


def case_row(name: str, kept: dict[str, Any]) -> tuple[str, ...]:
    """One line of the first table."""
    counts, broken = kept["outcome"]["counts"], kept["outcome"]["broken"]
    shown = [(what, value) for what, value in counts.items() if what != "checks" and value]
    if name == "unplugged":
        hours = counts.get("s of treatment", 0.0) / 3600.0
        shown = [
            ("h", round(hours, 1)),
            *((what, value) for what, value in shown if what != "s of treatment"),
        ]
    much = "; ".join(f"{number(value)} {what}" for what, value in shown)
    held = "yes" if not broken else f"**{len(broken)} not**"
    return TITLES[name], much, HELD[name], number(counts.get("checks", 0)), held


def extremes(cases: dict[str, Any]) -> str:
    """The longest and largest of each case."""
    rows = [
        (name, what, number(value))
        for name in TITLES
        if name in cases
        for what, value in cases[name]["outcome"]["most"].items()
    ]
    loads = ", ".join(f"{name} {cases[name]['load']}" for name in TITLES if name in cases)
    if not rows:
        return ""
    note = "\n*frozen* runs in real time, all others in virtual time. "
    note += f"The machine's load average while they ran was at most: {loads}.\n"
    return "\n## The worst of each case\n\n" + table(("case", "what", "worst"), rows) + note


def not_held(cases: dict[str, Any]) -> str:
    """What did not hold, in words."""
    rows = [
        f"* {name}: {what}\n"
        for name in TITLES
        if name in cases
        for what in cases[name]["outcome"]["broken"][:20]
    ]
    return "\n## What did not hold\n\n" + "".join(rows) if rows else ""


def messages(cases: dict[str, Any]) -> str:
    """What a person was told."""
    rows = [
        (name, text.replace("|", "/"))
        for name in TITLES
        if name in cases
        for text in cases[name]["outcome"]["said"]
        if text
    ]
    if not rows:
        return ""
    return "\n## What the person was told\n\nEach kind of message once.\n\n" + table(
        ("case", "message"), rows
    )


def stops(head: str, found: dict[str, Any]) -> str:
    """The section on stops."""
    text = head.format(
        count=found["count"],
        damaged=found["damaged_percent"],
        queue=found["queue"],
        watch=found["watch_ms"],
        missed=found["missed"],
    )
    names = {
        "taken_ms": "the pen has left RUN",
        "off_ms": "the drive is off",
        "seen_ms": "the host has seen it",
    }
    rows = [(title, *(f"{value:.1f}" for value in found[name])) for name, title in names.items()]
    text += table(QUANTILES, rows)
    return (
        text + f"\nNot seen by the host within {found['watch_ms']:g} ms, although taken: {found['unseen']}.\n"
    )


def histogram(found: dict[str, Any]) -> str:
    """How many pens had left RUN after so many ms."""
    return "\n" + table(
        ("left RUN after", "stops"), [(f"{low} to {high} ms", number(n)) for low, high, n in found["bins"]]
    )
