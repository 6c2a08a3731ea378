"""kill -9 of the real program in the middle of a pass: at the next start the open visit is there, whole."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monkey import disorder

from penctl.protocol.enums import State
from penctl.treatment import visit_events as ev
from penctl.treatment.visit_steps import Step

SCRIPT = Path(__file__).with_name("killed_clinic.py")
WAIT_S = 60.0


def test_a_program_that_is_killed_returns_to_the_open_visit(practice):
    """Issue 7: everything that was told as noted is there, and the visit goes on to its end."""
    folder = str(Path(practice.store.database.name).parent)
    command = [sys.executable, str(SCRIPT), folder]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, text=True, bufsize=1) as killed:
        told = [{"events": 0, "strokes": 0}]
        while told[-1]["strokes"] == 0:  # the dose is noted each second
            killed.stdin.write("go\n")
            told.append(json.loads(killed.stdout.readline()))
        killed.stdin.write("go\n")  # in the middle of whatever comes next
        killed.send_signal(signal.SIGKILL)
        left = killed.communicate(timeout=WAIT_S)[0].splitlines()
    assert killed.returncode == -signal.SIGKILL
    told += [json.loads(line) for line in left if line.endswith("}")]

    # its virtual time ran ahead of the computer's clock; whoever comes back does so minutes later
    later = datetime.now(UTC) + timedelta(minutes=5)
    practice.store.clock = lambda: later + timedelta(seconds=practice.engine.now_s())
    patients = practice.sign_in().window.patients
    patients.search.setText("Linden")
    assert "open visit" in patients.list.item(0).text()
    assert not patients.begin_button.isVisible()
    practice.resume("Linden")
    assert told[-1]["events"] <= len(practice.visit.events) <= told[-1]["events"] + 1
    assert practice.visit.dose("TEMPORAL_RIGHT").strokes >= told[-1]["strokes"]
    assert practice.screen.here is Step.TREAT
    assert practice.screen.next_button.text() == "Use the simulated pen"
    practice.next()
    practice.act()
    practice.until(
        lambda: practice.view.open and practice.view.state is State.STANDBY and not practice.view.busy
    )
    assert practice.screen.next_button.text() == "Check the pen"
    practice.next()
    practice.bench.hand.button(True)
    practice.act()
    practice.act()
    practice.bench.hand.button(False)
    practice.show()
    assert practice.visit.step is Step.READY, practice.told()
    assert practice.visit.open_pass is None, "the pass that was cut off is ended, not done"
    assert practice.screen.desk.noted(ev.PassEnded)[-1].done is False
    practice.ready()
    assert practice.visit.open_pass.direction == "HORIZONTAL", "what was not done is next"
    assert disorder(practice.visit.events) == ""
    assert practice.store.audit.verify().ok
