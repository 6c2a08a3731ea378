"""Two workstations at once, each a process of its own; and one that is killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from records_rig import BEGIN, Clinic

from penctl.records import Patient
from penctl.treatment import visit_events as ev
from penctl.treatment.visit_steps import Step

SCRIPT = Path(__file__).with_name("workstation.py")
WAIT_S = 60.0


class Workstation:
    """Another process at the records."""

    def __init__(self, where: str) -> None:
        command = [sys.executable, str(SCRIPT), where]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def say(self, *act: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(act) + "\n")
        self.process.stdin.flush()

    def heard(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


def at_once(pair: Sequence[Workstation], *acts: tuple[str, ...]) -> list[dict[str, Any]]:
    """All at once: each is told to go when all are ready."""
    for station, act in zip(pair, acts, strict=True):
        station.say(*act)
    for station in pair:
        assert station.heard() == "ready"
    for station in pair:
        station.say("go")
    return [json.loads(station.heard()) for station in pair]


@pytest.fixture
def patient(where: str) -> Patient:
    clinic = Clinic(where)
    made = clinic.patient(pseudonym="P-ADA")
    for other in ("P-BEA", "P-CIA"):
        clinic.patient(pseudonym=other)
    clinic.store.database.close()
    return made


@pytest.fixture
def pair(where: str, patient: Patient) -> Iterator[Sequence[Workstation]]:
    found = [Workstation(where), Workstation(where)]
    yield found
    for station in found:
        station.close()


def test_two_workstations_lose_nothing_and_use_nothing_twice(where: str, pair: Sequence[Workstation]) -> None:
    """Two workstations at once: no lost update; one visit of a person, one person of a cartridge."""

    def refused(*acts: tuple[str, ...]) -> list[str]:
        return sorted(one.get("refused", "") for one in at_once(pair, *acts))

    assert refused(("begin", "P-ADA"), ("begin", "P-ADA")) == ["", "InUse"]
    assert refused(("cartridge", "P-BEA", "3"), ("cartridge", "P-CIA", "3")) == ["", "TreatmentRefused"]
    assert refused(("change", "P-ADA", "Ada One"), ("change", "P-ADA", "Ada Two")) == ["", "StaleRow"]
    told = at_once(pair, ("add", "A", "8"), ("add", "B", "8"))
    clinic = Clinic(where)
    found = {one.pseudonym for one in clinic.desk().find_patients("")}
    assert found == {"P-ADA", "P-BEA", "P-CIA", *told[0]["made"], *told[1]["made"]}
    assert len(found) == 19
    assert sorted(one.pseudonym for one in clinic.desk().open_visits()) == ["P-ADA", "P-BEA", "P-CIA"]
    assert {one.cartridge_id: len(one.visits) for one in clinic.desk().cartridges()} == {3: 1}
    assert clinic.store.audit.verify().findings == []
    clinic.store.database.close()


def test_a_visit_that_was_killed_is_found_with_all_that_was_done(new_file: Callable[[], str]) -> None:
    """kill -9: at the next start the visit is there, with every event that was told as kept."""
    where = new_file()
    patient = Clinic(where).patient(pseudonym="P-ADA")
    station = Workstation(where)
    station.say("treat", "P-ADA", "5")
    told = [int(station.heard()) for _ in range(5)]
    station.process.send_signal(signal.SIGKILL)
    told += [int(line) for line in station.process.communicate(timeout=WAIT_S)[0].split()]
    clinic = Clinic(where)
    clinic.now = BEGIN.replace(hour=12)
    [row] = clinic.desk().open_visits()
    resumed = clinic.desk().resume_visit(row.id)
    assert told[-1] <= resumed.version <= told[-1] + 1
    doses = [event for event in resumed.visit.events if isinstance(event, ev.DoseCounted)]
    assert resumed.visit.dose("VERTEX").strokes == 10 * len(doses)
    assert resumed.visit.step is Step.TREAT
    assert clinic.store.audit.verify().findings == []
    resumed.add(ev.Unwell(clinic.now, "dora", "the program was killed"))
    assert clinic.desk().knowledge(patient.id, "CLINICAL").course.punctured
    clinic.store.database.close()
