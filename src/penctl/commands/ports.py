"""`penctl ports`: the ports of this computer."""

from __future__ import annotations

import argparse
import json
import sys

from penctl.transport import list_ports


def run(given: argparse.Namespace) -> int:
    """List serial ports, then simulated pens."""
    found = list_ports()
    if given.json:
        sys.stdout.write(json.dumps({"ports": [{"name": n, "description": d} for n, d in found]}) + "\n")
        return 0
    if not found:
        sys.stdout.write("No ports found. Plug the pen in, then try again.\n")
    for name, description in found:
        sys.stdout.write(f"{name:<24} {description}\n")
    return 0
