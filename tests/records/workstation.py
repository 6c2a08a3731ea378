"""Another workstation: a process of its own that does what it is told at the records.

usage: workstation.py URL     reads lines `["act", "argument", …]`; to each it says "ready" when only the act
itself is left to do, waits for another line, acts, and tells what came of it as JSON
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "treatment"))

from records_rig import Clinic

from penctl.errors import PenError
from penctl.records import Patient
from penctl.treatment import visit_events as ev
from penctl.treatment.dose import Dose


def go() -> None:
    say("ready")
    sys.stdin.readline()


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def begun(clinic: Clinic, pseudonym: str) -> dict[str, Any]:
    """A visit of a person whom somebody else wants to begin with, too."""
    patient = clinic.desk("dora").patient(pseudonym)
    go()
    return {"visit": clinic.visit(patient).open.id}


def cartridge_read(clinic: Clinic, pseudonym: str, cartridge: str) -> dict[str, Any]:
    """A visit up to a cartridge that somebody else has in hand, too."""
    patient = clinic.desk("dora").patient(pseudonym)
    go()
    return {"visit": clinic.visit(patient, cartridge=int(cartridge)).to_time_out().open.id}


def changed(clinic: Clinic, pseudonym: str, name: str) -> dict[str, Any]:
    """A change of a patient that somebody else changes, too."""
    desk = clinic.desk("dora")
    patient = desk.patient(pseudonym)
    go()
    return {"version": desk.change_patient(replace(patient, name=name)).row_version}


def added(clinic: Clinic, prefix: str, count: str) -> dict[str, Any]:
    """Many patients, as fast as it goes."""
    desk = clinic.desk("dora")
    go()
    made = [desk.add_patient(Patient(pseudonym=f"{prefix}-{number}")) for number in range(int(count))]
    return {"made": [one.pseudonym for one in made]}


def treated(clinic: Clinic, pseudonym: str, cartridge: str) -> dict[str, Any]:
    """A visit that goes on until the process is killed; says how many events are kept after each."""
    play = clinic.visit(clinic.desk("dora").patient(pseudonym), cartridge=int(cartridge)).to_treat()
    play.add(ev.PassBegun, zone="VERTEX", direction="VERTICAL")
    while True:
        play.add(ev.DoseCounted, zone="VERTEX", dose=Dose(strokes=10, deepest_um=500, contact_s=0.1))
        say(str(play.open.version))


ACTS = {"begin": begun, "cartridge": cartridge_read, "change": changed, "add": added, "treat": treated}


def main() -> None:
    clinic = Clinic(sys.argv[1])
    for line in sys.stdin:
        act, *arguments = json.loads(line)
        try:
            say(json.dumps(ACTS[act](clinic, *arguments)))
        except PenError as error:
            say(json.dumps({"refused": type(error).__name__, "text": str(error)}))
    clinic.store.database.close()


if __name__ == "__main__":
    main()
