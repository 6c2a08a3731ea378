"""`penctl doctor`: each line is good, or says what mends it."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from penctl import platforms
from penctl.doctor.finding import Finding, Verdict

if TYPE_CHECKING:
    from rich.console import Console

EXIT_GOOD, EXIT_WRONG = 0, 1
WIDTH = 96
LABEL = 14
_MARKS = {
    Verdict.GOOD: ("good ", "green"),
    Verdict.NOTE: ("note ", "cyan"),
    Verdict.WRONG: ("WRONG", "bold red"),
}


def run(given: argparse.Namespace) -> int:
    """Check and print. Exit code 1 when something is to be mended."""
    if given.udev:
        sys.stdout.write(platforms.udev_rule())
        sys.stderr.write(f"\nTo install it:\n\n    {platforms.INSTALL_UDEV}\n")
        return EXIT_GOOD
    findings = list(_findings(given.port)) if given.json else _shown(_findings(given.port))
    wrong = [finding for finding in findings if finding.verdict is Verdict.WRONG]
    if given.json:
        found = {"good": not wrong, "findings": [finding.as_json() for finding in findings]}
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    return EXIT_WRONG if wrong else EXIT_GOOD


def _findings(port: str | None) -> Iterator[Finding]:
    from penctl.doctor.computer import computer
    from penctl.doctor.pen import pen
    from penctl.doctor.ports import ports, serial_ports

    yield from computer(time.time())
    there = serial_ports()
    yield from ports(there)
    asked = [port] if port is not None else [found.device for found in there if found.is_pen]
    for url in asked:
        yield from pen(url)


def _shown(findings: Iterator[Finding]) -> list[Finding]:
    """Print each as it is found: some take a moment."""
    from rich.console import Console
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    seen: list[Finding] = []
    for finding in findings:
        if not seen or seen[-1].area != finding.area:
            console.print(Text(("\n" if seen else "") + finding.area, "bold"))
        _line(console, finding)
        seen.append(finding)
    count = sum(finding.verdict is Verdict.WRONG for finding in seen)
    if not any(finding.area.startswith("pen ") for finding in seen):
        console.print(Text("\nNo pen was asked: name one with --port, for example --port pensim://", "dim"))
    told = "1 thing is to be mended" if count == 1 else f"{count} things are to be mended"
    console.print(Text(f"\n{told}." if count else "\nAll is good.", "bold red" if count else "bold green"))
    return seen


def _line(console: Console, finding: Finding) -> None:
    from rich.table import Table
    from rich.text import Text

    mark, style = _MARKS[finding.verdict]
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, width=5)
    table.add_column(no_wrap=True, min_width=LABEL)
    table.add_column()
    table.add_row(Text(mark, style), finding.name, Text(finding.found))
    if finding.remedy:
        table.add_row("", "", Text(finding.remedy, "yellow" if finding.verdict is Verdict.WRONG else "dim"))
    console.print(table)
    if finding.command:  # never broken in two: it is to be copied
        console.print(Text(f"{'':9}$ {finding.command}", "bold"), soft_wrap=True)
