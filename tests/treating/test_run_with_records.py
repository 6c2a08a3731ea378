"""`penctl run` with the clinic's records as the journal: a whole visit, a kill -9, another person's zone."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from treating_rig import EXAMPLE

from penctl import cli
from penctl.commands.run_recording import named_in_journal, recording_path
from penctl.recording import Recorder
from penctl.records import Patient, Role, create_store, keys, open_store
from penctl.treating.played import recordings
from penctl.treatment.visit_events import DoseCounted, Signed

PASSPHRASE, PASSWORD = "correct horse battery", "dora password"
SECRETS = f"{PASSPHRASE}\n{PASSWORD}\n"
MADE = datetime(2026, 6, 1, 6, tzinfo=UTC)
KILLED = """
import os, signal, sys
from penctl import cli
from penctl.records import keys
from penctl.records.open_visit import OpenVisit
from penctl.treatment.visit_events import DoseCounted

keys.MEMORY_KIB = 64
add = OpenVisit.add
doses = 0

def counted(self, event):
    global doses
    add(self, event)
    doses += isinstance(event, DoseCounted)
    if doses == 2:
        os.kill(os.getpid(), signal.SIGKILL)

OpenVisit.add = counted
cli.main(sys.argv[1:])
"""


@pytest.fixture(scope="module", autouse=True)
def cheap_keys() -> Iterator[None]:
    """argon2id at its cheapest: what it costs is no part of these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "MEMORY_KIB", 64)
        yield


@pytest.fixture(scope="module")
def template(cheap_keys: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Simulated records with a clinician and the person of the example."""
    path = tmp_path_factory.mktemp("records") / "records.db"
    with create_store(
        path,
        key=PASSPHRASE,
        simulated=True,
        time_zone="Europe/Berlin",
        admin=("ada", "ada password"),
        clock=lambda: MADE,
        memory_kib=64,
    ) as store:
        desk = store.sign_in("ada", "ada password")
        desk.add_user("dora", PASSWORD, Role.CLINICIAN)
        store.sign_in("dora", PASSWORD).add_patient(Patient(pseudonym="P-0001"))
    return path


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The example with a tenth of its punctures."""
    path = tmp_path_factory.mktemp("plan") / "plan.toml"
    text = EXAMPLE.read_text(encoding="utf-8").replace("400 /cm2", "40 /cm2").replace("300 /cm2", "20 /cm2")
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.fixture
def store(template: Path, tmp_path: Path) -> str:
    """A copy of the records."""
    shutil.copyfile(template, tmp_path / "records.db")
    return str(tmp_path / "records.db")


def _line(store: str, *arguments: str) -> list[str]:
    return [
        "run",
        *arguments,
        "--store",
        store,
        "--user",
        "dora",
        "--out",
        str(Path(store).parent / "runs"),
        "--json",
    ]


def _run(line: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(SECRETS))
    return cli.main(line)


def test_a_whole_visit_in_the_records(
    store: str, plan: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Issue 6, parts 6 and 7: the database is the visit's journal; two days later the zones are locked."""
    at = ("--at", "2026-06-01T10:00+02:00")
    assert _run(_line(store, plan, *at), monkeypatch) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["step"] == "CLOSED"
    with open_store(store, key=PASSPHRASE, memory_kib=64) as opened:
        desk = opened.sign_in("dora", PASSWORD)
        [row] = desk.visits("P-0001")
        events = desk.visit_events(row.id)
        assert row.id == told["visit"]
        assert isinstance(events[-1], Signed)
        strokes = sum(event.dose.strokes for event in events if isinstance(event, DoseCounted))
        assert strokes == sum(zone["strokes"] for zone in told["zones"])
        assert {event.by for event in events} == {"dora"}
        recording = Path(told["files"]["recording"])
        assert recording.name == f"visit_{row.id}.mcap"
        [kept] = recordings(events)
        assert kept.name == recording.name
        assert kept.sha256 == hashlib.sha256(recording.read_bytes()).hexdigest()
        assert opened.audit.verify().ok
    course = ["course", "P-0001", "--store", store, "--user", "dora", "--at", "2026-06-03", "--json"]
    assert _run(course, monkeypatch) == 0
    zones = json.loads(capsys.readouterr().out)["zones"]
    assert (zones["VERTEX"]["due"], zones["VERTEX"]["locked_until"]) == ("LOCKED", "2026-06-08")
    assert _run(_line(store, plan, "--at", "2026-06-03T10:00+02:00"), monkeypatch) == 2
    assert "is locked: treated on 1 Jun 2026" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
def test_a_killed_visit_is_found_in_the_records_and_goes_on(
    store: str, plan: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Kill -9 in a pass: found at the next start, resumed with all that was done, the audit trail whole."""
    line = _line(store, plan, "--at", "2026-06-01T10:00+02:00")
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, *line],
        input=SECRETS.encode(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    assert _run(line, monkeypatch) == 2
    told = capsys.readouterr().err
    assert "was cut off" in told
    visit = told.split("--resume ")[1].split(";")[0]
    assert _run(_line(store, "--resume", visit, "--at", "2026-06-01T10:20+02:00"), monkeypatch) == 0
    done: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert done["step"] == "CLOSED"
    assert sum(zone["strokes_unseen"] for zone in done["zones"]) == 150
    with open_store(store, key=PASSPHRASE, memory_kib=64) as opened:
        assert opened.audit.verify().ok
        desk = opened.sign_in("dora", PASSWORD)
        assert desk.open_visits() == ()
        cut_off, whole = recordings(desk.visit_events(visit))
        assert cut_off.sha256 == "", "nobody could note the end of what was killed"
        assert whole.sha256 == hashlib.sha256(Path(done["files"]["recording"]).read_bytes()).hexdigest()
        assert whole.name == Path(done["files"]["recording"]).name


def test_a_run_that_breaks_off_notes_the_end_of_its_recording(tmp_path: Path) -> None:
    """Ctrl-C or a refusal: the file is whole and the visit has its hash, and the error goes on."""
    noted: list[tuple[str, str]] = []

    class Journal:
        def add(self, kind: type, /, name: str, sha256: str = "") -> None:
            noted.append((kind.__name__, sha256))

    path = recording_path(tmp_path, "visit_1")

    def broken_off() -> None:
        with (
            named_in_journal(names=True) as named,
            Recorder(path, {}, now_s=lambda: 0.0, wall_s=None) as recorder,
        ):
            named(recorder, Journal()).begin()  # type: ignore[arg-type, union-attr]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert noted == [
        ("RecordingBegun", ""),
        ("RecordingEnded", hashlib.sha256(path.read_bytes()).hexdigest()),
    ]
    assert recording_path(tmp_path, "visit_1").name == "visit_1_2.mcap"


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--person", "P-0002"), "P-0002"),
        (("--clinic", "clinic.toml"), "do not go together"),
        (("--resume", "0011223344556677"), "0011223344556677"),
    ],
)
def test_what_the_records_do_not_know_is_refused(
    store: str,
    plan: str,
    arguments: tuple[str, ...],
    what: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A person, a visit, a file beside the records: a sentence, and nothing is begun."""
    assert _run(_line(store, plan, *arguments), monkeypatch) == 2
    told = capsys.readouterr().err
    assert what in told
    assert "mistake of penctl" not in told
