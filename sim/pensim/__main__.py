"""`python -m pensim serve | list | hand`: the same as `penctl sim …`, where that is not installed."""

from __future__ import annotations

import argparse
import sys

from penctl.errors import PenError
from pensim.commands import EXIT_ERROR, add_sim_commands


def main() -> int:
    """Run the command line and return the exit code."""
    top = argparse.ArgumentParser(prog="python -m pensim", description="The simulated pen.")
    add_sim_commands(top)
    given = top.parse_args()
    try:
        return int(given.run(given))
    except PenError as error:
        sys.stderr.write(f"pensim: {error}\n")
        return EXIT_ERROR


if __name__ == "__main__":
    sys.exit(main())
