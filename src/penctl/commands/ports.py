"""`penctl ports`: the ports of this computer, which are pens, and with --ask who answers."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from dataclasses import dataclass
from typing import Any

from penctl.discovery import Answer, Port, Verdict, ask, serial_ports
from penctl.status import plain
from penctl.transport import simulated_ports

EXIT_NONE = 1


@dataclass(frozen=True)
class Row:
    """A port or URL, the USB device behind it, and who answered; None where nobody was asked."""

    name: str
    text: str
    port: Port | None = None
    answer: Answer | None = None

    def as_json(self) -> dict[str, Any]:
        """For a program."""
        port, answer = self.port, self.answer
        usb = None
        if port is not None and port.vendor is not None:
            usb = {"vendor": port.vendor, "product": port.product, "serial_number": port.usb_serial}
        found: dict[str, Any] = {
            "name": self.name,
            "description": self.text,
            "usb": usb,
            "pen_by_usb": port is not None and port.is_pen,
        }
        if answer is not None:
            who = None if answer.identity is None else plain(dataclasses.asdict(answer.identity))
            found["answer"] = {"verdict": answer.verdict.name, "identity": who, "told": answer.told}
        return found


def run(given: argparse.Namespace) -> int:
    """List serial ports, those of pens first, then simulated pens; or ask. Exit code 1: no pen answered."""
    wanted = given.ask
    rows = [Row(port.device, _port_text(port), port) for port in serial_ports()]
    if wanted:
        known = {row.name: row for row in rows}
        rows = [known.get(name, Row(name, "")) for name in wanted]
    elif wanted is None:
        rows += [Row(name, text) for name, text in simulated_ports()]
    if given.json:
        shown = [_asked(row, wanted is not None) for row in rows]
        sys.stdout.write(json.dumps({"ports": [row.as_json() for row in shown]}) + "\n")
    else:
        shown = _printed(rows, wanted is not None)
    found = any(row.answer is not None and row.answer.verdict is Verdict.PEN for row in shown)
    return 0 if wanted is None or found else EXIT_NONE


def _asked(row: Row, wanted: bool) -> Row:
    return dataclasses.replace(row, answer=ask(row.name)) if wanted else row


def _printed(rows: list[Row], wanted: bool) -> list[Row]:
    if not rows:
        sys.stdout.write("No ports found. Plug the pen in, then try again.\n")
    shown = []
    for row in rows:
        asked = _asked(row, wanted)
        told = row.text if asked.answer is None else asked.answer.text
        sys.stdout.write(f"{row.name:<24} {told}\n")
        if asked.answer is not None and asked.answer.verdict not in (Verdict.PEN, Verdict.SILENT):
            sys.stdout.write(f"{'':<24} {asked.answer.told}\n")
        shown.append(asked)
    return shown


def _port_text(port: Port) -> str:
    usb = f" ({port.usb_text})" if port.usb_text else ""
    text = port.text.replace("n/a", "a serial port that is no USB device")
    return f"a pen by its USB identity{usb}" if port.is_pen else f"{text}{usb}"
