#!/usr/bin/env python3
"""Abuse the link between host and pen, case by case, on the real firmware; and say what did not hold.

usage: abuse_link.py [--only CASE ...] [--again] [--print] [--out FILE]

Writes docs/evidence/link.json after each piece of a case and goes on where it was ended; what was done with
another host or firmware is done anew. `make generate` then writes docs/evidence/link.md. The exit code is 1
when anything did not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from link_campaign import evidence  # noqa: E402
from link_campaign.cases import CASES, Case  # noqa: E402
from link_campaign.outcome import Outcome  # noqa: E402


def begun(name: str, case: Case, path: Path) -> dict[str, Any]:
    """What is there of a case for this host and this firmware; else nothing."""
    said = {"host": evidence.host_digest(), "core": evidence.core_digest(), "size": case.size}
    kept: dict[str, Any] = evidence.read(path)["cases"].get(name, {})
    if {key: kept.get(key) for key in said} != said:
        return {**said, "pieces": 0, "load": 0.0, "outcome": Outcome().plain()}
    return kept


def do(name: str, case: Case, path: Path, *, again: bool) -> Outcome:
    """All pieces that are wanting; each is in the file when it is over."""
    kept = begun(name, case, path)
    if again:
        kept |= {"pieces": 0, "load": 0.0, "outcome": Outcome().plain()}
    outcome = Outcome.of(kept["outcome"])
    while kept["pieces"] < case.pieces:
        piece = case.run(kept["pieces"] + 1, case.size)
        outcome.add(piece)
        load = max(kept["load"], round(os.getloadavg()[0], 1))
        kept |= {"pieces": kept["pieces"] + 1, "load": load, "outcome": outcome.plain()}
        with evidence.changed(path) as whole:
            whole["cases"][name] = kept
        for what in piece.broken[:5]:
            print(f"{name}, piece {kept['pieces']}: {what}", flush=True)
    return outcome


def main(arguments: list[str] | None = None) -> int:
    """Do the cases that are asked for, all by default."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", nargs="+", choices=list(CASES), metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--again", action="store_true", help="do it anew, whatever is in the file")
    parser.add_argument("--print", action="store_true", help="print what came out, as JSON")
    parser.add_argument("--out", type=Path, default=evidence.FILE)
    options = parser.parse_args(arguments)
    broken = 0
    for name in options.only or CASES:
        outcome = do(name, CASES[name], options.out, again=options.again)
        broken += len(outcome.broken)
        print(
            f"{name}: {int(outcome.counts['checks']):,} checks, {len(outcome.broken)} did not hold",
            flush=True,
        )
        if options.print:
            print(json.dumps(outcome.plain(), indent=1, ensure_ascii=False))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
