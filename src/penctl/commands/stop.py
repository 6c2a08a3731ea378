"""`penctl stop`: STOP to the pen on a port, whoever else has it open."""

from __future__ import annotations

import argparse
import json
import sys

from penctl.stopping import stop_port
from penctl.transport import open_url


def run(given: argparse.Namespace) -> int:
    """Send STOP until the pen is seen stopping. The port is shared with another program that has it open."""
    transport = open_url(given.port, exclusive=False)
    try:
        state = stop_port(transport)
    finally:
        transport.close()
    if given.json:
        sys.stdout.write(json.dumps({"stopped": True, "state": state.name}) + "\n")
    else:
        sys.stdout.write(f"The pen was told to stop, and is {state.name.replace('_', '-')}.\n")
    return 0
