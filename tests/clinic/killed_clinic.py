"""A clinic's program in a process of its own, to be killed: treats until somebody does.

usage: killed_clinic.py FOLDER     treats for 0.1 s for each line that it reads; answers with a line of JSON
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from conftest import Practice, application

from penctl.protocol.enums import State
from pengui.clinic import demo


def main() -> None:
    application()
    practice, begun = Practice(demo.open_clinic(Path(sys.argv[1]))), datetime.now(UTC)
    practice.store.clock = lambda: begun + timedelta(seconds=practice.engine.now_s())
    practice.in_run(0.0)
    for _ in sys.stdin:
        practice.run(0.1)
        assert practice.view.state is State.RUN, practice.told()
        told = {
            "events": len(practice.visit.events),
            "strokes": practice.visit.dose("TEMPORAL_RIGHT").strokes,
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
    sys.exit("nobody killed it")


if __name__ == "__main__":
    main()
