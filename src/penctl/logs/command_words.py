"""Commands in words, as the log of a recording tells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from penctl import words

_SIMPLE: Final = {
    "STOP": "stop",
    "ARM": "arm",
    "START": "start",
    "SELF_TEST": "self-test",
    "REFERENCE": "reference run of the depth stage",
    "BEGIN_VISIT": "begin a visit",
    "END_VISIT": "end the visit",
    "OPEN_SESSION": "open a link session",
    "PAIR": "pair",
    "CALIBRATE": "store the calibration",
    "CONFIGURE": "store narrower limits",
}


def command_words(name: str, fields: Mapping[str, Any]) -> str:
    """What was asked of the pen; a command without words of its own is told as it is on the wire."""
    match name:
        case "SET_DEPTH":
            return f"set depth {words.depth_text(fields['depth_um'])}"
        case "SET_RATE":
            return f"set stroke rate {words.rate_text(fields['rate_mhz'] / 1000)}"
        case "SET_MODE":
            return f"set mode {fields['mode']}"
        case "RESET":
            return f"reset IL-{fields['interlock']:02d}"
        case "SET_TELEMETRY":
            period_us = fields["period_us"]
            return f"telemetry every {period_us / 1000:g} ms" if period_us else "telemetry off"
    return _SIMPLE.get(name) or " ".join([name, *(f"{key} {value}" for key, value in fields.items())])
